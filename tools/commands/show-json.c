// SPDX-License-Identifier: GPL-2.0-or-later
/* Prints the queues of an image as JSON. */
#include "commands/show-json.h"

#include <stdio.h>

#include "shared/container.h"

static void put_base64(struct show *show, const uint8_t *bytes, size_t length, uint64_t offset)
{
	(void)offset;
	json_base64(&show->json, bytes, length);
}

static void write_json_passed(struct show *show, size_t queue, size_t chunk)
{
	const struct pimg_passed *passed = pimg_image_passed(show->image, queue, chunk, 0);
	struct json *json = &show->json;

	if (!passed)
		return;
	json_open_array(json, "descriptors");
	for (size_t i = 0; passed; passed = pimg_image_passed(show->image, queue, chunk, ++i)) {
		const struct pimg_end end = {.flags = passed->flags};

		json_open_object(json, NULL);
		json_number(json, "file", passed->file);
		if (passed->has_queue) {
			json_string(json, "type", pimg_type_name(passed->type));
			json_number(json, "id", passed->id);
			json_bool(json, "reads", pimg_end_reads(&end));
			json_bool(json, "writes", pimg_end_writes(&end));
			json_bool(json, "packet_mode", pimg_end_packet_mode(&end));
		}
		if (passed->path)
			json_string(json, "path", passed->path);
		json_close_object(json);
	}
	json_close_array(json);
}

int show_json_chunk(struct show *show, size_t queue, size_t number, struct pimg_error *error)
{
	struct pimg_chunk chunk = pimg_image_chunk(show->image, queue, number);
	struct json *json = &show->json;
	int result;

	json_open_object(json, NULL);
	json_number(json, "number", number + 1);
	json_string(json, "kind", pimg_kind_name(chunk.kind));
	json_number(json, "length", chunk.length);
	json_number(json, "offset", chunk.offset);
	write_json_passed(show, queue, number);
	json_open_base64(json, "data");
	result = show_pieces(show, queue, number, UINT32_MAX, put_base64, error);
	json_close_base64(json);
	json_close_object(json);
	return result;
}

static void write_json_origin(struct json *json, const struct pimg_origin *origin)
{
	if (origin->known & PIMG_ORIGIN_TIME)
		json_number(json, "captured_at_ns", origin->captured_at_ns);
	if (origin->known & PIMG_ORIGIN_PAGE)
		json_number(json, "page_size", origin->page_size);
	if (origin->known & PIMG_ORIGIN_OWNER) {
		json_number(json, "uid", origin->uid);
		json_number(json, "gid", origin->gid);
	}
	if (origin->known & PIMG_ORIGIN_MODE)
		json_number(json, "permissions", origin->mode);
}

static void write_json_problem(struct json *json, const char *key, const struct pimg_error *damage)
{
	json_open_object(json, key);
	json_string(json, "file", damage->file);
	if (damage->check[0])
		json_string(json, "check", damage->check);
	if (damage->record != PIMG_NONE)
		json_number(json, "record", (uint64_t)damage->record);
	if (damage->pipe != PIMG_NONE)
		json_number(json, "id", (uint64_t)damage->pipe);
	if (damage->offset != PIMG_NONE)
		json_number(json, "offset", (uint64_t)damage->offset);
	json_string(json, "message", damage->sentence);
	json_close_object(json);
}

static void write_json_paths(struct json *json, const struct pimg_queue_info *info)
{
	if (!info->path_count)
		return;
	json_open_array(json, "paths");
	for (size_t i = 0; i < info->path_count; i++)
		json_string(json, NULL, info->paths[i]);
	json_close_array(json);
}

void show_json_open_queue(struct show *show, size_t queue)
{
	const struct pimg_queue_info *info = pimg_image_queue(show->image, queue);
	struct json *json = &show->json;

	json_open_object(json, NULL);
	json_string(json, "type", pimg_type_name(info->type));
	json_number(json, "id", info->id);
	json_bool(json, "in_dump", true);
	json_string(json, "mode", pimg_mode_name(info->mode));
	if (info->type == PIMG_SOCKET)
		json_string(json, "socket_type", pimg_socket_name(info->socket));
	else
		json_string(json, "layout", pimg_layout_name(info->layout));
	if (info->capacity)
		json_number(json, "capacity", info->capacity);
	json_number(json, "bytes", info->bytes);
	json_number(json, "packets", info->packets);
	json_number(json, "chunk_count", info->chunks);
	json_bool(json, "boundaries_lost", info->boundaries_lost);
	json_bool(json, "kept_by_hook", info->saved_by_hook);
	write_json_paths(json, info);
	write_json_origin(json, pimg_image_origin(show->image, queue));
	json_ends(json, info->ends, info->end_count);
	json_open_array(json, "chunks");
}

void show_json_close_queue(struct show *show)
{
	json_close_array(&show->json);
	json_close_object(&show->json);
}

void show_json_unsaved(struct show *show, const struct pimg_queue_info *info)
{
	struct json *json = &show->json;

	json_open_object(json, NULL);
	json_string(json, "type", pimg_type_name(info->type));
	json_number(json, "id", info->id);
	if (info->unreadable)
		json_null(json, "in_dump");
	else
		json_bool(json, "in_dump", false);
	write_json_paths(json, info);
	json_ends(json, info->ends, info->end_count);
	json_open_array(json, "chunks");
	show_json_close_queue(show);
}

void show_json_open(struct show *show)
{
	enum pimg_byte_order order = pimg_image_byte_order(show->image);
	enum pimg_hook hook = pimg_image_hook(show->image);
	struct json *json = &show->json;

	*json = show->one_of_many ? json_start_line(stdout) : json_start(stdout);
	json_open_object(json, NULL);
	json_string(json, "image", pimg_image_name(show->image));
	if (*pimg_image_dump(show->image))
		json_string(json, "dump", pimg_image_dump(show->image));
	if (order)
		json_string(json, "byte_order", pimg_byte_order_name(order));
	json_container(json, pimg_image_container(show->image));
	json_bool(json, "needs_hook", hook == PIMG_HOOK_SAVED || hook == PIMG_HOOK_NEEDED);
	json_open_array(json, show->form == FORM_PROCESSES ? "processes" : "queues");
}

void show_json_close(struct show *show, const struct pimg_error *damage)
{
	json_close_array(&show->json);
	json_bool(&show->json, "damaged", damage != NULL);
	if (damage)
		write_json_problem(&show->json, "damage", damage);
	json_close_object(&show->json);
}

void show_json_failure(const char *name, const struct pimg_error *failure)
{
	struct json json = json_start_line(stdout);

	json_open_object(&json, NULL);
	json_string(&json, "image", name);
	write_json_problem(&json, "failure", failure);
	json_close_object(&json);
}
