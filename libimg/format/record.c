// SPDX-License-Identifier: LGPL-2.1-or-later
#include "format/record.h"

#include "base/byte-order.h"
#include "base/error.h"
#include "pipeimg-private.h"

int record_reader_start(struct record_reader *reader, struct source *source,
			struct pimg_error *error)
{
	reader->source = source;
	reader->number = 0;
	return magic_read(source, &reader->head, error);
}

int record_error(const struct record_reader *reader, const struct record *record,
		 struct pimg_error *error)
{
	error_at(error, record->number, record->offset);
	return error_in_file(error, source_name(reader->source));
}

static int read_message(struct record_reader *reader, struct record *record,
			struct pimg_error *error)
{
	const uint8_t *data;
	ssize_t there = source_peek(reader->source, 4, &data, error);

	if (there <= 0)
		return (int)there;
	if (there < 4)
		return error_check(error, CHECK_LENGTH_CUT,
				   "the file ends after %zd of 4 bytes of a record's length",
				   there);
	record->message_length = load_word(data, reader->head.byte_order);
	if (record->message_length == IMAGE_COMMON_MAGIC)
		return error_check(error, CHECK_LENGTH_ABSURD,
				   "another image begins here, with its magic number: files were "
				   "concatenated");
	if (record->message_length > RECORD_MESSAGE_MAX)
		return error_check(error, CHECK_LENGTH_ABSURD,
				   "a message of %u bytes, longer than any queue needs (%u); "
				   "the length is damaged or this is not a record",
				   record->message_length, RECORD_MESSAGE_MAX);
	/*
	 * Nothing is consumed before all of it is there: a caller that waits for the rest reads it again.
	 */
	there = source_peek(reader->source, 4 + (size_t)record->message_length, &data, error);
	if (there < 0)
		return -1;
	there -= 4;
	if ((size_t)there < record->message_length)
		return error_check(error, CHECK_MESSAGE_CUT,
				   "the file ends after %zd of %u byte%s of a message", there,
				   record->message_length, PLURAL_S(record->message_length));
	record->message = data + 4;
	source_consume(reader->source, 4 + (size_t)record->message_length);
	return 1;
}

int record_next(struct record_reader *reader, struct record *record, struct pimg_error *error)
{
	int result;

	record->number = reader->number + 1;
	record->offset = source_offset(reader->source);
	result = read_message(reader, record, error);
	if (result < 0)
		return record_error(reader, record, error);
	reader->number += (uint64_t)result;
	return result;
}
