// SPDX-License-Identifier: GPL-2.0-or-later
#include "criu/plugin-restore.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "criu/names.h"

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
	       check_and_remove_inventory_plugin(PLUGIN_NAME, strlen(PLUGIN_NAME));
}

static bool has_packets(void)
{
	return has_file(HOOK_STATE_PIPE) || has_file(HOOK_STATE_FIFO) || has_file(HOOK_INVENTORY) ||
	       has_file(HOOK_FAILED) || lists_packets(STOCK_PIPE) || lists_packets(STOCK_FIFO);
}

/* ---- pipes that were passed to criu ---- */

/* Appends the number of the pipe at a descriptor of criu, if it is one. Returns false if there is no room. */
static bool add_pipe(int directory, const char *fd, char *list, size_t size)
{
	size_t length = strlen(list);
	char link[64] = "";
	uint32_t number;

	/* The link of a FIFO, whose number need not be unique, is its path. */
	return readlinkat(directory, fd, link, sizeof(link) - 1) < 0 ||
	       sscanf(link, "pipe:[%" SCNu32 "]", &number) != 1 ||
	       (size_t)snprintf(list + length, size - length, " %" PRIu32, number) < size - length;
}

/* CRIU has not yet moved the descriptors that were passed to it to another place. */
static bool list_open_pipes(char *list, size_t size)
{
	DIR *directory = opendir("/proc/self/fd");
	bool complete = directory != NULL;
	struct dirent *entry;

	*list = '\0';
	while (complete && (entry = readdir(directory)))
		complete = add_pipe(dirfd(directory), entry->d_name, list, size);
	if (directory)
		closedir(directory);
	return complete;
}

static void announce_passed_pipes(void)
{
	/* Below the length of a string in the environment of a program, 128 KiB. */
	static char list[64 * 1024];

	if (list_open_pipes(list, sizeof(list)))
		setenv(HOOK_PASSED, list, 1);
	else
		unsetenv(HOOK_PASSED);
}

/* If the hook cannot be added, the plugin stays in CRIU's list of those that are missing. */
void plugin_start_restore(void)
{
	bool listed, added;

	if (!host_is_known())
		return;
	announce_passed_pipes();
	listed = is_listed();
	if (listed)
		setenv(HOOK_IS_LISTED, "1", 1);
	added = (listed || has_packets()) && host_set_hook();
	if (listed && !added && add_inventory_plugin)
		add_inventory_plugin(PLUGIN_NAME);
}
