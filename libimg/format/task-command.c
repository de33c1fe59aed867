// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * mm-PID.img says at which addresses the arguments are, pagemap-PID.img which pages of memory are saved, and
 * pages-ID.img has these pages one after another.
 */
#include "format/task-command.h"

#include <inttypes.h>
#include <stdio.h>

#include "criu.pb-c.h"
#include "format/record.h"

/* A range of addresses that is to be found, and where it was found. */
struct range {
	uint64_t start, end;
	bool found;
	uint64_t pages_before, pages; /* in pages-ID.img; the block of pages that has start */
	uint64_t block_at;	      /* address of this block */
	uint64_t all_pages;
	uint32_t pages_id;
	uint32_t *entries_left;
};

/* Returns false at an error. */
typedef bool (*message_fn)(struct range *range, uint64_t number, const uint8_t *message,
			   uint32_t length);

static bool read_messages(struct folder *folder, const char *base, enum image_kind kind,
			  message_fn take, struct range *range)
{
	struct record_reader reader;
	struct record record;
	struct source *source;
	int result = -1;

	if (folder_find(folder, base, &source, NULL) <= 0)
		return false;
	if (record_reader_start(&reader, source, NULL) == 0 && reader.head.kind == kind) {
		while ((result = record_next(&reader, &record, NULL)) > 0) {
			if (record.message_length > DECODED_MESSAGE_MAX ||
			    !take(range, record.number, record.message, record.message_length)) {
				result = -1;
				break;
			}
		}
	}
	source_close(source);
	return result == 0;
}

static bool take_mm(struct range *range, uint64_t number, const uint8_t *message, uint32_t length)
{
	CriuMmEntry *entry = number == 1 ? criu_mm_entry__unpack(NULL, length, message) : NULL;

	if (!entry)
		return false;
	range->start = entry->mm_arg_start;
	range->end = entry->mm_arg_end;
	criu_mm_entry__free_unpacked(entry, NULL);
	return range->start && range->start < range->end;
}

static bool take_head(struct range *range, const uint8_t *message, uint32_t length)
{
	CriuPagemapHead *head = criu_pagemap_head__unpack(NULL, length, message);

	if (!head)
		return false;
	range->pages_id = head->pages_id;
	criu_pagemap_head__free_unpacked(head, NULL);
	return true;
}

static bool is_saved_here(const CriuPagemapEntry *entry)
{
	enum { PRESENT = 1 << 2 };

	return entry->has_flags ? entry->flags & PRESENT : !entry->in_parent;
}

/* The size of a page is known only after all entries: the last block that begins before the range is kept. */
static bool take_pages(struct range *range, uint64_t number, const uint8_t *message,
		       uint32_t length)
{
	CriuPagemapEntry *entry;
	uint64_t pages;

	if (number == 1)
		return take_head(range, message, length);
	if (!*range->entries_left)
		return false;
	--*range->entries_left;
	entry = criu_pagemap_entry__unpack(NULL, length, message);
	if (!entry)
		return false;
	pages = entry->has_nr_pages ? entry->nr_pages : entry->compat_nr_pages;
	if (is_saved_here(entry) && pages < UINT32_MAX) {
		if (entry->vaddr <= range->start) {
			range->found = true;
			range->block_at = entry->vaddr;
			range->pages = pages;
			range->pages_before = range->all_pages;
		}
		range->all_pages += pages;
	}
	criu_pagemap_entry__free_unpacked(entry, NULL);
	return true;
}

/* Architectures differ in the size of a page. Returns 0 if the file has another number of pages. */
static uint64_t size_of_page(const struct range *range, uint64_t length)
{
	uint64_t size = range->all_pages ? length / range->all_pages : 0;

	if (!size || length % range->all_pages || size < 4096 || size > 65536 || size & (size - 1))
		return 0;
	return size;
}

static size_t read_range(struct folder *folder, const struct range *range, char *command)
{
	uint64_t size, offset, length = range->end - range->start;
	struct source *source;
	char name[64];
	size_t there = 0;

	snprintf(name, sizeof(name), "pages-%" PRIu32 ".img", range->pages_id);
	if (folder_find(folder, name, &source, NULL) <= 0)
		return 0;
	size = size_of_page(range, source_length(source));
	offset = range->start - range->block_at;
	if (size && offset < range->pages * size) {
		there = length < TASK_COMMAND_MAX ? (size_t)length : TASK_COMMAND_MAX;
		if (there > range->pages * size - offset)
			there = (size_t)(range->pages * size - offset);
		if (source_read_at(source, range->pages_before * size + offset, command, there,
				   NULL) < 0)
			there = 0;
	}
	source_close(source);
	return there;
}

size_t task_command_read(struct folder *folder, uint32_t pid, uint32_t *entries_left,
			 char command[TASK_COMMAND_MAX])
{
	struct range range = {.entries_left = entries_left};
	char mm[64], pagemap[64];
	size_t length;

	if (folder_is_archive(folder))
		return 0;
	snprintf(mm, sizeof(mm), "mm-%" PRIu32 ".img", pid);
	snprintf(pagemap, sizeof(pagemap), "pagemap-%" PRIu32 ".img", pid);
	if (!read_messages(folder, mm, IMAGE_MM, take_mm, &range) ||
	    !read_messages(folder, pagemap, IMAGE_PAGEMAP, take_pages, &range) || !range.found)
		return 0;
	length = read_range(folder, &range, command);
	/* Processes can overwrite their arguments, and pages can be holes. */
	if (!length || !command[0])
		return 0;
	command[length - 1] = '\0';
	return length;
}
