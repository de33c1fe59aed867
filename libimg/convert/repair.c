// SPDX-License-Identifier: LGPL-2.1-or-later
#include "convert/repair.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/byte-order.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "format/directory.h"
#include "format/fields.h"
#include "format/record.h"
#include "format/wire.h"

/* ---- which records ---- */

static int take_file(void *context, const struct directory_file *file, struct pimg_error *error)
{
	struct repair *repair = context;
	struct pimg_repaired repaired = {
		.type = file->type, .id = file->queue_id, .path = file->path};

	if (!file->is_refused)
		return 0;
	if (array_make_room(&repair->path_ids, &repair->room, repair->count + 1,
			    sizeof(*repair->path_ids), error) < 0)
		return -1;
	repair->path_ids[repair->count++] = file->path_id;
	if (repair->repaired)
		repair->repaired(repair->context, &repaired);
	return 0;
}

static int by_value(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

int repair_look(struct repair *repair, struct folder *folder, struct pimg_error *error)
{
	/* Problems are ignored: damage was refused before, and missing images are not repaired here. */
	struct directory_reader reader = {.file = take_file, .context = repair};

	if (directory_read(&reader, folder, error) < 0)
		return -1;
	repair->base = folder_has(folder, "files.img") ? "files.img" : "reg-files.img";
	repair->flag = reader.machine_o_direct;
	if (repair->count)
		qsort(repair->path_ids, repair->count, sizeof(*repair->path_ids), by_value);
	return 0;
}

void repair_release(struct repair *repair)
{
	free(repair->path_ids);
}

/* ---- messages ---- */

static uint8_t *put_varint(uint8_t *at, uint64_t value)
{
	for (; value > 0x7f; value >>= 7)
		*at++ = (uint8_t)(value | 0x80);
	*at++ = (uint8_t)value;
	return at;
}

static uint8_t *put_bytes(uint8_t *to, const uint8_t *from, const uint8_t *end)
{
	memcpy(to, from, (size_t)(end - from));
	return to + (end - from);
}

/* The most that a message can grow: the field with the old flags, and two lengths. */
#define GROWTH_MAX 32

/* Writes a reg_file_entry without the flag. Returns the end of the output, or null for bad data. */
static uint8_t *put_cleared(const struct repair *repair, const uint8_t *at, const uint8_t *end,
			    uint8_t *to)
{
	uint32_t flags = 0;

	while (at < end) {
		const uint8_t *start = at;
		struct wire_field field;

		at = wire_read_field(at, end, &field);
		if (!at)
			return NULL;
		if (field.number != FIELD_REG_FLAGS || field.wire != WIRE_VARINT) {
			to = put_bytes(to, start, at);
			continue;
		}
		flags = (uint32_t)field.value;
		to += wire_put_key(to, FIELD_REG_FLAGS, WIRE_VARINT);
		to = put_varint(to, flags & ~repair->flag);
	}
	to += wire_put_key(to, FIELD_REG_DUMPED_FLAGS, WIRE_VARINT);
	return put_varint(to, flags);
}

static bool is_wanted(const struct repair *repair, const uint8_t *at, const uint8_t *end)
{
	bool has_flag = false, has_id = false;
	struct wire_field field;

	while (at && at < end) {
		at = wire_read_field(at, end, &field);
		if (!at || field.wire != WIRE_VARINT)
			continue;
		if (field.number == FIELD_REG_FLAGS)
			has_flag = field.value & repair->flag;
		if (field.number == FIELD_REG_ID) {
			uint32_t id = (uint32_t)field.value;

			has_id =
				bsearch(&id, repair->path_ids, repair->count, sizeof(id), by_value);
		}
	}
	return at && has_flag && has_id;
}

/* Writes a file_entry, which contains the path in an inner message. */
static uint8_t *put_file(const struct repair *repair, const uint8_t *at, const uint8_t *end,
			 uint8_t *to, uint8_t *room)
{
	while (at < end) {
		const uint8_t *start = at, *cleared;
		struct wire_field field;

		at = wire_read_field(at, end, &field);
		if (!at)
			return NULL;
		if (field.number != FIELD_REG || field.wire != WIRE_BYTES ||
		    !is_wanted(repair, field.data, at)) {
			to = put_bytes(to, start, at);
			continue;
		}
		cleared = put_cleared(repair, field.data, at, room);
		if (!cleared)
			return NULL;
		to += wire_put_key(to, FIELD_REG, WIRE_BYTES);
		to = put_varint(to, (uint64_t)(cleared - room));
		to = put_bytes(to, room, cleared);
	}
	return to;
}

/* Writes the new message to to. Returns its end, or null for bad data. */
static uint8_t *put_message(const struct repair *repair, enum image_kind kind,
			    const struct record *record, uint8_t *to, uint8_t *room)
{
	const uint8_t *message = record->message, *end = message + record->message_length;

	if (kind == IMAGE_FILES)
		return put_file(repair, message, end, to, room);
	return is_wanted(repair, message, end) ? put_cleared(repair, message, end, to)
					       : put_bytes(to, message, end);
}

/* ---- the image ---- */

static int copy_record(const struct repair *repair, const struct record_reader *reader,
		       const struct record *record, struct sink *to, struct pimg_error *error)
{
	size_t most = record->message_length + GROWTH_MAX;
	_cleanup_free_ uint8_t *message = malloc(most), *room = malloc(most);
	uint8_t length[4];
	const uint8_t *end;

	if (!message || !room)
		return error_memory(error);
	end = put_message(repair, reader->head.kind, record, message, room);
	if (!end) {
		error_check(error, CHECK_UNDECODABLE, "a message that cannot be decoded");
		return record_error(reader, record, error);
	}
	store_word(length, (uint32_t)(end - message), reader->head.byte_order);
	if (sink_write(to, length, sizeof(length), error) < 0)
		return -1;
	return sink_write(to, message, (size_t)(end - message), error);
}

int repair_write(const struct repair *repair, struct source *files, struct sink *to,
		 struct pimg_error *error)
{
	struct record_reader reader;
	struct record record;
	int result;

	if (record_reader_start(&reader, files, error) < 0 ||
	    magic_write(to, &reader.head, error) < 0)
		return -1;
	while ((result = record_next(&reader, &record, error)) > 0) {
		if (copy_record(repair, &reader, &record, to, error) < 0)
			return -1;
	}
	return result < 0 ? -1 : sink_check(to, error);
}
