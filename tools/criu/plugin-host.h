/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What criu exports to the plugin, and the hook. Symbols of the plugin itself are hidden: criu exports all of its symbols,
 * and one with the same name would be used instead.
 */
#ifndef TOOLS_CRIU_PLUGIN_HOST_H
#define TOOLS_CRIU_PLUGIN_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define HIDDEN __attribute__((visibility("hidden")))

/* ---- criu/include/files.h, from 2.0 to 4.2 ---- */

/* The first fields. */
struct fd_parms {
	int fd;
	off_t pos;
	unsigned flags;
};

typedef int (*dump_fn)(int fd, uint32_t id, const struct fd_parms *params);

struct fdtype_ops {
	unsigned type; /* as in images/fdinfo.proto */
	dump_fn dump;
};

/* ---- what criu exports ---- */

#define WEAK __attribute__((weak))
extern struct fdtype_ops pipe_dump_ops WEAK, fifo_dump_ops WEAK;
extern int criu_get_image_dir(void) WEAK;
extern int add_script(char *path) WEAK;
/* Since 3.19, like the support of action scripts beside those of RPC: before, add_script() aborts criu under runc. */
extern int rpc_query_external_files(void) WEAK;
/* Since 4.1: the inventory lists plugins without which a restore fails. */
extern int add_inventory_plugin(const char *name) WEAK;
extern bool check_and_remove_inventory_plugin(const char *name, size_t length) WEAK;
extern void print_on_level(unsigned level, const char *format, ...) WEAK
	__attribute__((format(printf, 2, 3)));

enum { LEVEL_ERROR = 1, LEVEL_WARN = 2, LEVEL_INFO = 3 };
#define LOG(level, ...)                                                                            \
	do {                                                                                       \
		if (print_on_level)                                                                \
			print_on_level(level, "pipeimg: " __VA_ARGS__);                            \
	} while (0)

/* ---- the plugin ---- */

/* As CRIU's inventory lists it. */
#define PLUGIN_NAME "pipeimg"

/* Whether criu runs action scripts that a plugin adds, and has an image directory. */
bool host_is_known(void) HIDDEN;
/* Whether the hook is installed. */
bool host_has_hook(void) HIDDEN;
/* Adds the hook as an action script, until criu exits. Returns false after logging an error. */
bool host_set_hook(void) HIDDEN;

#endif
