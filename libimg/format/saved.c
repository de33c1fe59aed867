// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Every inventory.img is different, because it contains the time of its dump, to the microsecond. The
 * hook's copy identifies the dump that the saved queues belong to; the line before the copy says how many
 * queues there must be.
 */
#include "format/saved.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "criu.pb-c.h"
#include "format/record.h"

/* CRIU's inventory has a few hundred bytes. */
#define SMALL_MAX 16384

const char *saved_image(enum pimg_type type)
{
	return type == PIMG_FIFO ? SAVED_FIFOS : SAVED_PIPES;
}

/* Reads the beginning of a file. Returns its length, or -1 if it does not exist or cannot be read. */
static ssize_t read_beginning(struct folder *folder, const char *name, char bytes[SMALL_MAX])
{
	struct source *source;
	const uint8_t *data;
	ssize_t length;

	if (folder_find(folder, name, &source, NULL) <= 0)
		return -1;
	length = source_peek(source, SMALL_MAX, &data, NULL);
	if (length > 0)
		memcpy(bytes, data, (size_t)length);
	source_close(source);
	return length;
}

/* Reads a small file. Returns its length, or -1 if it does not exist, is longer, or cannot be read. */
static ssize_t read_small(struct folder *folder, const char *name, char bytes[SMALL_MAX])
{
	ssize_t length = read_beginning(folder, name, bytes);

	return length < SMALL_MAX ? length : -1;
}

static enum saved_state check_counts(struct saved *saved, const char *head)
{
	if (sscanf(head, "pipes %zu fifos %zu", &saved->counts[PIMG_PIPE],
		   &saved->counts[PIMG_FIFO]) != 2)
		return SAVED_DAMAGED;
	for (int type = PIMG_PIPE; type <= PIMG_FIFO; type++) {
		if (saved->counts[type] && !saved->has[type])
			return SAVED_INCOMPLETE;
	}
	return SAVED_WHOLE;
}

static enum saved_state check_inventory(struct saved *saved, struct folder *folder)
{
	char stock[SMALL_MAX], ours[SMALL_MAX];
	ssize_t length = read_small(folder, "inventory.img", stock);

	if (length < 0 ||
	    read_small(folder, SAVED_INVENTORY, ours) != SAVED_INVENTORY_BYTES + length ||
	    memcmp(ours + SAVED_INVENTORY_BYTES, stock, (size_t)length) != 0)
		return SAVED_OF_OTHER;
	ours[SAVED_INVENTORY_BYTES - 1] = '\0';
	return check_counts(saved, ours);
}

/* CRIU 4.1 and later list the plugins that took part in a dump, and ours takes part if the hook saves queues. */
static bool lists_plugin(const CriuPluginsEntry *entry)
{
	for (size_t i = 0; entry && i < entry->n_plugins; i++) {
		if (!strcmp(entry->plugins[i], "pipeimg"))
			return true;
	}
	return false;
}

/* Damage of the inventory is reported elsewhere. */
static bool inventory_lists_plugin(struct folder *folder)
{
	CriuInventoryPlugins *inventory = NULL;
	struct record_reader reader;
	struct pimg_error ignored;
	struct record record;
	struct source *source;
	bool listed;

	if (folder_find(folder, "inventory.img", &source, NULL) <= 0)
		return false;
	if (record_reader_start(&reader, source, &ignored) == 0 &&
	    reader.head.kind == IMAGE_INVENTORY && record_next(&reader, &record, &ignored) > 0 &&
	    record.message_length <= SMALL_MAX)
		inventory =
			criu_inventory_plugins__unpack(NULL, record.message_length, record.message);
	listed = inventory && lists_plugin(inventory->plugins_entry);
	criu_inventory_plugins__free_unpacked(inventory, NULL);
	source_close(source);
	return listed;
}

struct saved saved_look(struct folder *folder)
{
	struct saved saved = {.state = SAVED_NOTHING};

	for (int type = PIMG_PIPE; type <= PIMG_FIFO; type++)
		saved.has[type] = folder_has(folder, saved_image((enum pimg_type)type));
	if (folder_has(folder, SAVED_FAILED))
		saved.state = SAVED_DUMP_FAILED;
	else if (folder_has(folder, SAVED_INVENTORY))
		saved.state = check_inventory(&saved, folder);
	else if (saved.has[PIMG_PIPE] || saved.has[PIMG_FIFO])
		saved.state = SAVED_NO_INVENTORY;
	else if (inventory_lists_plugin(folder))
		saved.state = SAVED_GONE;
	return saved;
}

char *saved_log(struct folder *folder)
{
	char *log = malloc(SMALL_MAX + 1);
	ssize_t length = log ? read_beginning(folder, SAVED_LOG, log) : -1;

	if (length <= 0) {
		free(log);
		return NULL;
	}
	log[length] = '\0';
	return log;
}
