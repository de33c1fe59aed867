// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A plugin for CRIU (criu-plugin.h), which lets it dump pipes and FIFOs in packet mode.
 *
 * CRIU refuses a pipe with O_DIRECT, and dumps a FIFO with O_DIRECT although it cannot restore it. It calls the functions
 * that do so through its tables of file types, where this plugin puts a wrapper, which hides the flag. No flag of any
 * task changes, so there is nothing to undo if CRIU is killed. When the wrapper sees the first packet pipe, it
 * registers pipeimg-criu-hook as an action script, which saves the queues and restores them. A dump without packet
 * pipes is not affected.
 *
 * This uses symbols that criu exports, although they are not an interface. So each is weak, and every assumption about
 * them is checked before use. If a check fails, one line is logged, and CRIU refuses packet pipes as usual. CRIU aborts
 * a dump if a plugin cannot be loaded or initialised; so init always succeeds, and no library except libc is needed.
 *
 * This plugin stays loaded until criu exits (-z nodelete), because the tables refer to it, and so does the script.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "criu/names.h"

/* ---- criu-plugin.h, version 0.2; later versions only append hooks ---- */

enum { STAGE_DUMP, STAGE_PRE_DUMP, STAGE_RESTORE };
#define PLUGIN_VERSION (0 << 16 | 2 << 8 | 0)
/* The number of hooks in 3.17. CRIU refuses a plugin with more hooks than it has. */
#define MAX_HOOKS 10

struct cr_plugin_desc {
	const char *name;
	int (*init)(int stage);
	void (*exit)(int stage, int result);
	unsigned version, max_hooks;
	void *hooks[MAX_HOOKS];
};

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

static const char name[] = "pipeimg";
static char hook[] = HOOK;

static struct end_type {
	struct fdtype_ops *ops;
	unsigned type;
	dump_fn dump;
	dump_fn next; /* CRIU's own function, or another plugin's */
} pipes, fifos;

static bool tried;	 /* to wrap the functions, in this process */
static bool wrapped;	 /* the tables have the wrappers */
static bool is_on;	 /* for this dump */
static int mark = -1;	 /* HOOK_FAILED of this dump, since the first packet pipe */
static bool hook_is_set; /* it stays an action script until criu exits */

static void set_hook(void)
{
	if (!hook_is_set && add_script(hook) == 0)
		hook_is_set = true;
	if (!hook_is_set)
		LOG(LEVEL_ERROR, "cannot add the action script %s\n", hook);
}

/* ---- unread packets ---- */

/*
 * Reads a copy of the unread data with one ordinary byte after it. A read of stream bytes continues to that byte, but
 * ends after a packet. True if that is unknown, because the hook looks again.
 * @copy: a pipe
 */
static bool copy_has_packets(int fd, const int copy[2])
{
	ssize_t copied, got;
	char *bytes;

	/* Room for one more buffer. */
	if (fcntl(copy[1], F_SETPIPE_SZ, fcntl(fd, F_GETPIPE_SZ) + 1) < 0)
		return true;
	copied = tee(fd, copy[1], INT_MAX, SPLICE_F_NONBLOCK);
	if (copied <= 0)
		return copied < 0 && errno != EAGAIN;
	bytes = malloc((size_t)copied + 1);
	if (!bytes || write(copy[1], "", 1) != 1) {
		free(bytes);
		return true;
	}
	got = read(copy[0], bytes, (size_t)copied + 1);
	free(bytes);
	return got != copied + 1;
}

/* CRIU does not dump what only a write end holds. A FIFO is not opened: that would end another process's open(2). */
static int reopen_for_reading(int fd)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
}

static bool has_unread_packets(int fd)
{
	int copy[2];
	bool found;

	if (fd < 0 || pipe2(copy, O_CLOEXEC | O_NONBLOCK) < 0)
		return true;
	found = copy_has_packets(fd, copy);
	close(copy[0]);
	close(copy[1]);
	return found;
}

/* Packets can be unread though no end is in packet mode: it was left, or its writer is the kernel, as for autofs. */
static bool is_packet_pipe(const struct end_type *type, int fd, unsigned flags)
{
	int unread = 0;
	bool found;

	if (flags & O_DIRECT)
		return true;
	if (ioctl(fd, FIONREAD, &unread) < 0 || !unread)
		return false;
	if ((flags & O_ACCMODE) != O_WRONLY)
		return has_unread_packets(fd);
	if (type->type != FDINFO_PIPE)
		return false;
	fd = reopen_for_reading(fd);
	found = has_unread_packets(fd);
	if (fd >= 0)
		close(fd);
	return found;
}

/* ---- dump ---- */

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
	set_hook();
	if (!hook_is_set)
		return false;
	remove_old_files();
	mark = openat(criu_get_image_dir(), HOOK_FAILED,
		      O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
	if (mark < 0)
		LOG(LEVEL_ERROR, "cannot create %s: %m\n", HOOK_FAILED);
	else if (add_inventory_plugin && add_inventory_plugin(name) < 0)
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
	seen = is_packet_pipe(type, fd, flags);
	if (seen && !note(type, fd, flags))
		return -1;
	changed->flags &= ~(unsigned)O_DIRECT;
	result = type->next(fd, id, params);
	changed->flags = flags;
	/* A process outside the tree can have written packets before CRIU copied the pipe. */
	if (!seen && result == 0 && is_packet_pipe(type, fd, flags) && !note(type, fd, flags))
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
	if (!rpc_query_external_files || !add_script || !criu_get_image_dir || !is_known(&pipes) ||
	    !is_known(&fifos))
		LOG(LEVEL_WARN,
		    "this version of CRIU is not known; packet pipes cannot be dumped\n");
	else if (wrap(&pipes) && wrap(&fifos))
		wrapped = true; /* a wrapper does nothing without the other */
	else
		LOG(LEVEL_WARN, "cannot change CRIU's table of file types: %m\n");
}

static void start_dump(void)
{
	/* Only once, because a wrapper around itself would never end. */
	if (!tried)
		wrap_types();
	tried = true;
	is_on = wrapped && access(hook, X_OK) == 0;
	forget_mark();
	if (is_on)
		LOG(LEVEL_INFO, PLUGIN_READY "\n");
	else if (wrapped)
		LOG(LEVEL_WARN, "%s is missing; packet pipes cannot be dumped\n", hook);
}

/* ---- restore ---- */

static bool has_file(const char *file)
{
	return faccessat(criu_get_image_dir(), file, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* Decodes a protobuf integer. Returns the byte after it, or null if it is not complete. */
static const uint8_t *get_varint(const uint8_t *from, const uint8_t *end, uint64_t *value)
{
	*value = 0;
	for (unsigned shift = 0; from < end && shift < 64; shift += 7) {
		*value |= (uint64_t)(*from & 0x7f) << shift;
		if (!(*from++ & 0x80))
			return from;
	}
	return NULL;
}

/* The beginning of a pipe_data_entry. */
struct entry {
	uint64_t bytes;
	bool has_chunks;
};

/* Fields are in the order of their numbers, and pipeimg's come last. */
static struct entry parse_entry(const uint8_t *from, const uint8_t *end)
{
	enum { VARINT = 0, FIELD_BYTES = 2, FIELD_CHUNKS = 1000, FIELD_KIND = 1001 };
	struct entry entry = {0};
	uint64_t key, value;

	while (from && from < end && !entry.has_chunks) {
		from = get_varint(from, end, &key);
		if (!from)
			break;
		entry.has_chunks = key >> 3 == FIELD_CHUNKS || key >> 3 == FIELD_KIND;
		if (entry.has_chunks || (key & 7) != VARINT)
			break;
		from = get_varint(from, end, &value);
		if (from && key >> 3 == FIELD_BYTES)
			entry.bytes = value;
	}
	return entry;
}

/*
 * Whether an image of unread data lists packets. A dump without the plugin can have them since an upgrade. Damage
 * is CRIU's to report.
 */
static bool lists_packets(const char *file)
{
	int fd = openat(criu_get_image_dir(), file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	off_t offset = 2 * sizeof(uint32_t); /* the magic numbers */
	struct entry entry = {0};
	uint8_t bytes[64];
	uint32_t length;

	while (fd >= 0 && !entry.has_chunks &&
	       pread(fd, &length, sizeof(length), offset) == sizeof(length)) {
		ssize_t got = pread(fd, bytes, length < sizeof(bytes) ? length : sizeof(bytes),
				    offset + (off_t)sizeof(length));

		if (got <= 0)
			break;
		entry = parse_entry(bytes, bytes + got);
		if (entry.bytes > UINT32_MAX)
			break;
		offset += (off_t)sizeof(length) + (off_t)length + (off_t)entry.bytes;
	}
	if (fd >= 0)
		close(fd);
	return entry.has_chunks;
}

/*
 * Whether the inventory lists this plugin, which removes it from the list. Before 4.1, images have no list: then CRIU
 * finds any name in it.
 */
static bool is_listed(void)
{
	static const char nobody[] = "pipeimg-nobody";

	return check_and_remove_inventory_plugin &&
	       !check_and_remove_inventory_plugin(nobody, strlen(nobody)) &&
	       check_and_remove_inventory_plugin(name, strlen(name));
}

/* If the hook cannot be added, the plugin stays in CRIU's list of those that are missing. */
static void start_restore(void)
{
	bool listed;

	if (!rpc_query_external_files || !add_script || !criu_get_image_dir)
		return;
	listed = is_listed();
	if (listed)
		setenv(HOOK_IS_LISTED, "1", 1);
	if (listed || has_file(HOOK_STATE_PIPE) || has_file(HOOK_STATE_FIFO) ||
	    has_file(HOOK_INVENTORY) || has_file(HOOK_FAILED) || lists_packets(STOCK_PIPE) ||
	    lists_packets(STOCK_FIFO))
		set_hook();
	if (listed && !hook_is_set && add_inventory_plugin)
		add_inventory_plugin(name);
}

/* ---- the plugin ---- */

static bool is_off(void)
{
	const char *value = getenv("PIPEIMG_CRIU_PLUGIN");

	return (value && !strcmp(value, "0")) || access(OFF_FILE, F_OK) == 0;
}

static int start(int stage)
{
	is_on = false;
	if (is_off())
		LOG(LEVEL_INFO, "switched off\n");
	else if (stage == STAGE_DUMP)
		start_dump();
	else if (stage == STAGE_RESTORE)
		start_restore();
	return 0;
}

/* A dump without packet pipes runs no hook, and must not find what an earlier dump left. */
static void end(int stage, int result)
{
	if (is_on && stage == STAGE_DUMP && result == 0 && mark < 0)
		remove_old_files();
	is_on = false;
	forget_mark();
}

struct cr_plugin_desc CR_PLUGIN_DESC = {
	.name = name,
	.init = start,
	.exit = end,
	.version = PLUGIN_VERSION,
	.max_hooks = MAX_HOOKS,
};
