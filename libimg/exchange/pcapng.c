// SPDX-License-Identifier: LGPL-2.1-or-later
#include "exchange/pcapng.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/byte-order.h"
#include "base/error.h"
#include "pipeimg-private.h"

/* Wireshark rejects longer packets of this link type, so longer chunks are split. */
#define PACKET_MAX 262144U

/* Room for the names of holders; of further holders, only the number is given. */
#define HOLDERS_TEXT_MAX 1024

enum block_type {
	BLOCK_SECTION = 0x0a0d0d0a,
	BLOCK_INTERFACE = 1,
	BLOCK_PACKET = 6,
};

enum option {
	OPTION_END = 0,
	OPTION_COMMENT = 1,
	OPTION_SECTION_APPLICATION = 4,
	OPTION_INTERFACE_NAME = 2,
	OPTION_INTERFACE_DESCRIPTION = 3,
	OPTION_INTERFACE_RESOLUTION = 9,
};

#define LINKTYPE_USER0 147

/* The fields before or after a block's data. */
struct fields {
	uint8_t bytes[4096];
	size_t length;
};

static void put_u16(struct fields *fields, uint16_t value)
{
	fields->bytes[fields->length++] = (uint8_t)value;
	fields->bytes[fields->length++] = (uint8_t)(value >> 8);
}

static void put_u32(struct fields *fields, uint32_t value)
{
	store_le32(fields->bytes + fields->length, value);
	fields->length += 4;
}

static uint32_t padding(uint32_t length)
{
	return -length & 3;
}

/* The length of texts is limited, so that all of them fit. */
static void put_option(struct fields *fields, enum option option, const void *value, size_t length)
{
	put_u16(fields, (uint16_t)option);
	put_u16(fields, (uint16_t)length);
	memcpy(fields->bytes + fields->length, value, length);
	fields->length += length;
	memset(fields->bytes + fields->length, 0, padding((uint32_t)length));
	fields->length += padding((uint32_t)length);
}

static void put_text(struct fields *fields, enum option option, const char *text)
{
	put_option(fields, option, text, strlen(text));
}

static int write_data(struct sink *to, uint32_t length, const struct pcapng_data *data,
		      struct pimg_error *error)
{
	static const uint8_t zeros[4];

	for (uint32_t left = length; left;) {
		const uint8_t *piece;
		ssize_t there = data->next(data->context, left, &piece, error);

		if (there <= 0)
			return there < 0 ? -1
					 : error_check(error, CHECK_CHANGED,
						       "the file changed while it was read");
		if (sink_write(to, piece, (size_t)there, error) < 0)
			return -1;
		left -= (uint32_t)there;
	}
	return sink_write(to, zeros, padding(length), error);
}

/* A block: type, length, head, data with padding, tail, and the length again. */
static int write_block(struct sink *to, enum block_type type, const struct fields *head,
		       uint32_t data_length, const struct pcapng_data *data,
		       const struct fields *tail, struct pimg_error *error)
{
	uint32_t length = 12 + (uint32_t)head->length + data_length + padding(data_length) +
			  (tail ? (uint32_t)tail->length : 0);
	uint8_t words[8];

	store_le32(words, type);
	store_le32(words + 4, length);
	if (sink_write(to, words, 8, error) < 0 ||
	    sink_write(to, head->bytes, head->length, error) < 0 ||
	    write_data(to, data_length, data, error) < 0 ||
	    (tail && sink_write(to, tail->bytes, tail->length, error) < 0))
		return -1;
	return sink_write(to, words + 4, 4, error);
}

int pcapng_write_section(struct sink *to, const char *image, struct pimg_error *error)
{
	struct fields head = {.length = 0};
	char text[512];

	put_u32(&head, 0x1a2b3c4d); /* shows the byte order */
	put_u16(&head, 1);
	put_u16(&head, 0);
	put_u32(&head, UINT32_MAX); /* the length of the section is not given */
	put_u32(&head, UINT32_MAX);
	snprintf(text, sizeof(text), "pipeimg %s", pimg_version());
	put_text(&head, OPTION_SECTION_APPLICATION, text);
	snprintf(text, sizeof(text), "unread in pipes: %s", image);
	put_text(&head, OPTION_COMMENT, text);
	put_option(&head, OPTION_END, "", 0);
	return write_block(to, BLOCK_SECTION, &head, 0, NULL, NULL, error);
}

/* ---- queues ---- */

/* The name of a process can be any bytes, but a comment is UTF-8. */
static void add_holder(char *text, size_t size, const struct pimg_end *end)
{
	size_t used = strlen(text);
	char name[sizeof(end->comm)] = "";

	for (size_t i = 0; i < sizeof(name); i++) {
		unsigned char byte = (unsigned char)end->comm[i];

		name[i] = (char)(!byte || (byte >= 0x20 && byte < 0x7f) ? byte : '?');
	}
	snprintf(text + used, size - used, "%s%s[%" PRIu32 "]:%" PRIu32 "%s%s%s", used ? " " : "",
		 name, end->pid, end->fd, pimg_end_reads(end) ? "r" : "",
		 pimg_end_writes(end) ? "w" : "",
		 pimg_end_packet_mode(end) ? " (packet mode)" : "");
}

static void holders_text(const struct pimg_queue_info *info, char *text, size_t size)
{
	enum { ROOM_FOR_ONE = 96 };
	size_t listed = 0;

	text[0] = '\0';
	while (listed < info->end_count && strlen(text) + ROOM_FOR_ONE < size)
		add_holder(text, size, pimg_end_at(info->ends, listed++));
	if (listed < info->end_count)
		snprintf(text + strlen(text), size - strlen(text), " and %zu more",
			 info->end_count - listed);
}

int pcapng_write_interface(struct sink *to, const struct pimg_queue_info *info,
			   struct pimg_error *error)
{
	static const uint8_t nanoseconds = 9;
	char text[HOLDERS_TEXT_MAX];
	struct fields head = {.length = 0};

	put_u16(&head, LINKTYPE_USER0);
	put_u16(&head, 0);
	put_u32(&head, 0); /* no limit on the packet length */
	snprintf(text, sizeof(text), "%s:[%" PRIu32 "]", pimg_type_name(info->type), info->id);
	put_text(&head, OPTION_INTERFACE_NAME, text);
	if (info->capacity)
		snprintf(text, sizeof(text), "capacity %" PRIu32 " bytes, %" PRIu64 " unread",
			 info->capacity, info->bytes);
	else
		snprintf(text, sizeof(text), "%" PRIu64 " byte%s unread", info->bytes,
			 PLURAL_S(info->bytes));
	put_text(&head, OPTION_INTERFACE_DESCRIPTION, text);
	put_option(&head, OPTION_INTERFACE_RESOLUTION, &nanoseconds, 1);
	holders_text(info, text, sizeof(text));
	if (text[0])
		put_text(&head, OPTION_COMMENT, text);
	put_option(&head, OPTION_END, "", 0);
	return write_block(to, BLOCK_INTERFACE, &head, 0, NULL, NULL, error);
}

/* ---- chunks ---- */

static const char *kind_word(const struct pimg_queue_info *info, enum pimg_kind kind)
{
	if (info->type == PIMG_SOCKET)
		return "datagram";
	return kind == PIMG_PACKET ? "packet" : "stream run";
}

static int write_piece(struct sink *to, const struct pcapng_chunk *chunk, uint32_t length,
		       const struct pcapng_data *data, const char *comment,
		       struct pimg_error *error)
{
	uint64_t time = chunk->captured_at_ns;
	struct fields head = {.length = 0}, tail = {.length = 0};

	put_u32(&head, chunk->interface);
	put_u32(&head, (uint32_t)(time >> 32));
	put_u32(&head, (uint32_t)time);
	put_u32(&head, length);
	put_u32(&head, length);
	put_text(&tail, OPTION_COMMENT, comment);
	put_option(&tail, OPTION_END, "", 0);
	return write_block(to, BLOCK_PACKET, &head, length, data, &tail, error);
}

int pcapng_write_chunk(struct sink *to, const struct pcapng_chunk *chunk,
		       const struct pcapng_data *data, struct pimg_error *error)
{
	const char *word = kind_word(chunk->queue, chunk->kind);
	uint64_t done = 0;
	char comment[128];

	do {
		uint64_t left = chunk->length - done;
		uint32_t piece = left < PACKET_MAX ? (uint32_t)left : PACKET_MAX;

		if (chunk->length <= PACKET_MAX)
			snprintf(comment, sizeof(comment), "%s (chunk %" PRIu64 ")", word,
				 chunk->number);
		else
			snprintf(comment, sizeof(comment),
				 "%s (chunk %" PRIu64 "), from byte %" PRIu64 " of %" PRIu64, word,
				 chunk->number, done, chunk->length);
		if (write_piece(to, chunk, piece, data, comment, error) < 0)
			return -1;
		done += piece;
	} while (done < chunk->length);
	return 0;
}
