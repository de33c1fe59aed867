// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * not-criu PLUGIN STAGE: loads a plugin as criu does. Has the symbols of criu that pipeimg's plugin uses; macros remove or
 * change one. Prints what the plugin logs, and whether the functions that dump pipes are wrapped.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct fd_parms {
	int fd;
#ifdef OTHER_PARMS
	int other[8];
#endif
	off_t pos;
	unsigned flags;
};

static unsigned flags_seen;

static int dump(int fd, uint32_t id, const struct fd_parms *params)
{
	(void)fd;
	(void)id;
	flags_seen = params->flags;
	return 0;
}

struct fdtype_ops {
#ifdef OTHER_LAYOUT
	const char *name;
#endif
	unsigned type;
	int (*dump)(int fd, uint32_t id, const struct fd_parms *params);
};

#ifdef OTHER_TYPES
enum { TYPE_PIPE = 7, TYPE_FIFO = 8 };
#else
enum { TYPE_PIPE = 2, TYPE_FIFO = 3 };
#endif

#ifndef NO_PIPE_OPS
const struct fdtype_ops pipe_dump_ops = {.type = TYPE_PIPE, .dump = dump};
#else
static const struct fdtype_ops pipe_dump_ops = {.type = TYPE_PIPE, .dump = dump};
#endif
const struct fdtype_ops fifo_dump_ops = {.type = TYPE_FIFO, .dump = dump};

#ifndef NO_ADD_SCRIPT
int add_script(char *path);
int add_script(char *path)
{
	(void)path;
	return 0;
}
#endif

#ifndef NO_IMAGE_DIR
int criu_get_image_dir(void);
int criu_get_image_dir(void)
{
	return AT_FDCWD;
}
#endif

#ifndef OLDER_THAN_3_19
int rpc_query_external_files(void);
int rpc_query_external_files(void)
{
	return 0;
}
#endif

#ifndef NO_LOG
void print_on_level(unsigned level, const char *format, ...);
void print_on_level(unsigned level, const char *format, ...)
{
	va_list arguments;

	(void)level;
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
}
#endif

struct cr_plugin_desc {
	const char *name;
	int (*init)(int stage);
};

static void dump_packet_pipe(int (*dump_end)(int fd, uint32_t id, const struct fd_parms *params))
{
	struct fd_parms params = {0};
	int ends[2];

	if (pipe2(ends, O_DIRECT) < 0)
		exit(EXIT_FAILURE);
	params.fd = ends[1];
	params.flags = (unsigned)fcntl(ends[1], F_GETFL);
	dump_end(ends[1], 1, &params);
	if (flags_seen & O_DIRECT)
		puts("O_DIRECT was seen");
}

int main(int argc, char **argv)
{
	/* The compiler could know what the table has. */
	const struct fdtype_ops *volatile pipes = &pipe_dump_ops;
	void *plugin = argc == 3 ? dlopen(argv[1], RTLD_LAZY) : NULL;
	struct cr_plugin_desc *desc = plugin ? dlsym(plugin, "CR_PLUGIN_DESC") : NULL;

	if (!desc) {
		puts(dlerror());
		return EXIT_FAILURE;
	}
	if (desc->init(atoi(argv[2])) != 0)
		return EXIT_FAILURE;
#ifdef OTHER_PARMS
	dump_packet_pipe(pipes->dump);
#endif
	(void)dump_packet_pipe;
	puts(pipes->dump == dump ? "not wrapped" : "wrapped");
	return EXIT_SUCCESS;
}
