// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A plugin for CRIU that is in the way of pipeimg's: it has hooks as plugins for devices have, says that they are for
 * nobody else, and wraps CRIU's functions for pipes and FIFOs too, without a trace at its end. It is not linked with
 * anything.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define HOOKS 10

struct fd_parms;
struct fdtype_ops {
	unsigned type;
	int (*dump)(int fd, uint32_t id, const struct fd_parms *params);
};

extern struct fdtype_ops pipe_dump_ops, fifo_dump_ops;

static struct fdtype_ops *const types[] = {&pipe_dump_ops, &fifo_dump_ops};
static int (*next[2])(int fd, uint32_t id, const struct fd_parms *params);

static int dump_pipe(int fd, uint32_t id, const struct fd_parms *params)
{
	return next[0](fd, id, params);
}

static int dump_fifo(int fd, uint32_t id, const struct fd_parms *params)
{
	return next[1](fd, id, params);
}

static int set(size_t type, int (*dump)(int, uint32_t, const struct fd_parms *))
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	uintptr_t start = (uintptr_t)&types[type]->dump & ~(page - 1);

	if (mprotect((void *)start, 2 * page, PROT_READ | PROT_WRITE) < 0)
		return -1;
	types[type]->dump = dump;
	return 0;
}

static int start(int stage)
{
	if (stage != 0)
		return 0;
	for (size_t i = 0; i < 2; i++)
		next[i] = types[i]->dump;
	return set(0, dump_pipe) < 0 || set(1, dump_fifo) < 0 ? -1 : 0;
}

static void end(int stage, int result)
{
	(void)result;
	for (size_t i = 0; stage == 0 && i < 2; i++)
		set(i, next[i]);
}

/* Every other plugin is skipped for this hook. */
static int take_all(void)
{
	return 0;
}

struct {
	const char *name;
	int (*init)(int stage);
	void (*exit)(int stage, int result);
	unsigned version, max_hooks;
	void *hooks[HOOKS];
} CR_PLUGIN_DESC = {
	.name = "neighbour",
	.init = start,
	.exit = end,
	.version = 0 << 16 | 2 << 8,
	.max_hooks = HOOKS,
	.hooks = {[9] = (void *)take_all},
};
