// SPDX-License-Identifier: LGPL-2.1-or-later
#include "image/flights.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/error.h"
#include "criu.pb-c.h"
#include "format/queue-table.h"
#include "format/record.h"

#define CRIU_SCM_RIGHTS 1

static int add(struct flights *flights, const struct flight *flight, struct pimg_error *error)
{
	if (flights->count == ENDS_MAX)
		return error_check(error, CHECK_TOO_MANY,
				   "more than %u descriptors in flight, which no machine has",
				   ENDS_MAX);
	if (array_make_room(&flights->list, &flights->room, flights->count + 1,
			    sizeof(*flights->list), error) < 0)
		return -1;
	flights->list[flights->count++] = *flight;
	return 0;
}

static int add_rights(struct flights *flights, struct flight *flight, const CriuScmEntry *scm,
		      struct pimg_error *error)
{
	for (size_t i = 0; i < scm->n_rights; i++) {
		flight->passed.file = scm->rights[i];
		if (add(flights, flight, error) < 0)
			return -1;
		flight->number++;
	}
	return 0;
}

int flights_add(struct flights *flights, uint32_t queue, size_t chunk, const struct entry *entry,
		struct pimg_error *error)
{
	struct flight flight = {.queue = queue, .chunk = (uint32_t)chunk, .socket = entry->id};
	SkPacketEntry *packet;
	int result = 0;

	/* Ancillary data that cannot be decoded does not prevent reading the bytes. */
	packet = entry->message_length <= DECODED_MESSAGE_MAX
			 ? sk_packet_entry__unpack(NULL, entry->message_length, entry->message)
			 : NULL;
	if (!packet)
		return 0;
	for (size_t i = 0; i < packet->n_scm && result == 0; i++) {
		if (packet->scm[i]->type == CRIU_SCM_RIGHTS)
			result = add_rights(flights, &flight, packet->scm[i], error);
	}
	sk_packet_entry__free_unpacked(packet, NULL);
	return result;
}

/* ---- searching by position and by file ---- */

static int by_place(const void *a, const void *b)
{
	const struct flight *x = a, *y = b;

	if (x->queue != y->queue)
		return x->queue < y->queue ? -1 : 1;
	if (x->chunk != y->chunk)
		return x->chunk < y->chunk ? -1 : 1;
	return (x->number > y->number) - (x->number < y->number);
}

static int by_file(const void *a, const void *b, void *list)
{
	const struct flight *x = (const struct flight *)list + *(const uint32_t *)a;
	const struct flight *y = (const struct flight *)list + *(const uint32_t *)b;

	if (x->passed.file != y->passed.file)
		return x->passed.file < y->passed.file ? -1 : 1;
	return (x->socket > y->socket) - (x->socket < y->socket);
}

int flights_settle(struct flights *flights, struct pimg_error *error)
{
	size_t count = flights->count;

	if (!count)
		return 0;
	flights->by_file = calloc(count, sizeof(*flights->by_file));
	flights->of = calloc(count, sizeof(*flights->of));
	if (!flights->by_file || !flights->of)
		return error_memory(error);
	qsort(flights->list, count, sizeof(*flights->list), by_place);
	for (size_t i = 0; i < count; i++)
		flights->of[i] = (uint32_t)i;
	qsort_r(flights->of, count, sizeof(*flights->of), by_file, flights->list);
	for (size_t i = 0; i < count; i++) {
		const struct flight *flight = &flights->list[flights->of[i]];

		flights->by_file[i] =
			(struct directory_flight){flight->passed.file, flight->socket};
	}
	return 0;
}

int flights_describe(struct flights *flights, const struct directory_file *file,
		     struct pimg_error *error)
{
	for (size_t i = directory_first_flight(flights->by_file, flights->count, file->id);
	     i < flights->count && flights->by_file[i].file_id == file->id; i++) {
		struct pimg_passed *passed = &flights->list[flights->of[i]].passed;

		if (passed->known)
			continue;
		*passed = (struct pimg_passed){
			.file = file->id,
			.known = true,
			.has_queue = file->has_queue,
			.type = file->type,
			.id = file->queue_id,
			.flags = file->flags,
			.path = file->path ? strdup(file->path) : NULL,
		};
		if (file->path && !passed->path)
			return error_memory(error);
	}
	return 0;
}

const struct pimg_passed *flights_find(const struct flights *flights, size_t queue, size_t chunk,
				       size_t number)
{
	struct flight wanted = {(uint32_t)queue, (uint32_t)chunk, (uint32_t)number, 0, {0}}, *found;

	/* Until flights_settle(), the order is that of the records. */
	if (!flights->by_file || queue > UINT32_MAX || chunk > UINT32_MAX || number > UINT32_MAX)
		return NULL;
	found = bsearch(&wanted, flights->list, flights->count, sizeof(*found), by_place);
	return found ? &found->passed : NULL;
}

void flights_release(struct flights *flights)
{
	for (size_t i = 0; i < flights->count; i++)
		free((char *)flights->list[i].passed.path);
	free(flights->list);
	free(flights->by_file);
	free(flights->of);
}
