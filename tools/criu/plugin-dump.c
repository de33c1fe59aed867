// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * CRIU refuses a pipe with O_DIRECT, and dumps a FIFO with O_DIRECT although it cannot restore it. It calls the functions
 * that do so through its tables of file types, where this puts a wrapper, which hides the flag. When the wrapper sees the
 * first packet pipe, it adds the hook.
 */
#include "criu/plugin-dump.h"

#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "criu/names.h"
#include "criu/plugin-host.h"
#include "criu/plugin-packets.h"

static struct end_type {
	struct fdtype_ops *ops;
	unsigned type;
	dump_fn dump;
	dump_fn next; /* CRIU's own function, or another plugin's */
} pipes, fifos;

static bool tried;    /* to wrap the functions, in this process */
static bool wrapped;  /* the tables have the wrappers */
static bool is_on;    /* for this dump */
static int mark = -1; /* HOOK_FAILED of this dump, since the first packet pipe */

/* True if fd_parms has the layout above: then its flags are those of the descriptor. */
static bool knows_layout(int fd, const struct fd_parms *params)
{
	/* Processes outside the tree can change the others at any time. */
	const unsigned flags = O_ACCMODE | O_APPEND | O_DIRECT;
	int actual = fcntl(fd, F_GETFL);

	if (actual >= 0 && !((params->flags ^ (unsigned)actual) & flags))
		return true;
	LOG(LEVEL_WARN, "the flags of pipes are elsewhere in this version of CRIU; packet pipes "
			"cannot be dumped\n");
	is_on = false;
	return false;
}

/* What an earlier dump left in the directory. */
static void remove_old_files(void)
{
	static const char *const names[] = {HOOK_SAVED, HOOK_FAILED, HOOK_LOG};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		unlinkat(criu_get_image_dir(), names[i], 0);
}

/*
 * Until the hook has saved the queues, the dump is marked as failed, because CRIU's images look complete.
 * Returns false if packet pipes cannot be saved.
 */
static bool announce(void)
{
	if (!host_set_hook())
		return false;
	remove_old_files();
	mark = openat(criu_get_image_dir(), HOOK_FAILED,
		      O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
	if (mark < 0)
		LOG(LEVEL_ERROR, "cannot create %s: %m\n", HOOK_FAILED);
	else if (add_inventory_plugin && add_inventory_plugin(PLUGIN_NAME) < 0)
		LOG(LEVEL_ERROR, "cannot record that a restore needs this plugin\n");
	else
		return true;
	return false;
}

/*
 * Notes the pipe in the mark: the hook must find it, though it may be open in no process, but in flight in a socket.
 * Returns false if the dump must fail.
 */
static bool note(const struct end_type *type, int fd, unsigned flags)
{
	struct stat status;
	char line[64];
	int length;

	if (mark < 0 && !announce())
		return false;
	if (fstat(fd, &status) < 0)
		return false;
	length = snprintf(line, sizeof(line), PACKET_PIPE, type->type, (uint32_t)status.st_ino,
			  flags & O_DIRECT ? 1 : 0);
	if (write(mark, line, (size_t)length) == length)
		return true;
	LOG(LEVEL_ERROR, "cannot write %s: %m\n", HOOK_FAILED);
	return false;
}

static void forget_mark(void)
{
	if (mark >= 0)
		close(mark);
	mark = -1;
}

static int dump_end(const struct end_type *type, int fd, uint32_t id, const struct fd_parms *params)
{
	/* A variable of CRIU's function dump_one_file(). */
	struct fd_parms *changed = (struct fd_parms *)params;
	const unsigned flags = params->flags;
	bool seen;
	int result;

	if (!is_on || !knows_layout(fd, params))
		return type->next(fd, id, params);
	seen = is_packet_pipe(type->type, fd, flags);
	if (seen && !note(type, fd, flags))
		return -1;
	changed->flags &= ~(unsigned)O_DIRECT;
	result = type->next(fd, id, params);
	changed->flags = flags;
	/* A process outside the tree can have written packets before CRIU copied the pipe. */
	if (!seen && result == 0 && is_packet_pipe(type->type, fd, flags) && !note(type, fd, flags))
		return -1;
	return result;
}

static int dump_pipe(int fd, uint32_t id, const struct fd_parms *params)
{
	return dump_end(&pipes, fd, id, params);
}

static int dump_fifo(int fd, uint32_t id, const struct fd_parms *params)
{
	return dump_end(&fifos, fd, id, params);
}

/* ---- the table of file types ---- */

/* The protection of the memory at an address, from proc_pid_maps(5), or -1. */
static int protection_of(uintptr_t address)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[PATH_MAX + 128], mode[5];
	int protection = -1;

	while (maps && protection < 0 && fgets(line, sizeof(line), maps)) {
		uintptr_t start, end;

		if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %4s", &start, &end, mode) == 3 &&
		    address >= start && address < end)
			protection = (mode[0] == 'r' ? PROT_READ : 0) |
				     (mode[1] == 'w' ? PROT_WRITE : 0) |
				     (mode[2] == 'x' ? PROT_EXEC : 0);
	}
	if (maps)
		fclose(maps);
	return protection;
}

/* Also checks the layout: the function is code, and the table is not. */
static bool is_known(const struct end_type *type)
{
	int table = type->ops ? protection_of((uintptr_t)type->ops) : -1;

	if (table < 0 || !(table & PROT_READ) || (table & PROT_EXEC) ||
	    type->ops->type != type->type)
		return false;
	return protection_of((uintptr_t)type->ops->dump) >= 0 &&
	       protection_of((uintptr_t)type->ops->dump) & PROT_EXEC;
}

/* The table is read-only after relocation (RELRO). */
static bool wrap(struct end_type *type)
{
	uintptr_t page_mask = ~((uintptr_t)sysconf(_SC_PAGESIZE) - 1);
	dump_fn *slot = &type->ops->dump;
	uintptr_t start = (uintptr_t)slot & page_mask;
	size_t length = (uintptr_t)(slot + 1) - start;
	int protection = protection_of((uintptr_t)slot);

	if (mprotect((void *)start, length, PROT_READ | PROT_WRITE) < 0)
		return false;
	type->next = *slot;
	*slot = type->dump;
	mprotect((void *)start, length, protection);
	return true;
}

static void wrap_types(void)
{
	pipes = (struct end_type){&pipe_dump_ops, FDINFO_PIPE, dump_pipe, NULL};
	fifos = (struct end_type){&fifo_dump_ops, FDINFO_FIFO, dump_fifo, NULL};
	if (!host_is_known() || !is_known(&pipes) || !is_known(&fifos))
		LOG(LEVEL_WARN,
		    "this version of CRIU is not known; packet pipes cannot be dumped\n");
	else if (wrap(&pipes) && wrap(&fifos))
		wrapped = true; /* a wrapper does nothing without the other */
	else
		LOG(LEVEL_WARN, "cannot change CRIU's table of file types: %m\n");
}

void plugin_start_dump(void)
{
	/* Only once, because a wrapper around itself would never end. */
	if (!tried)
		wrap_types();
	tried = true;
	is_on = wrapped && host_has_hook();
	forget_mark();
	if (is_on)
		LOG(LEVEL_INFO, PLUGIN_READY "\n");
}

/* A dump without packet pipes runs no hook, and must not find what an earlier dump left. */
void plugin_end_dump(bool succeeded)
{
	if (is_on && succeeded && mark < 0)
		remove_old_files();
	is_on = false;
	forget_mark();
}
