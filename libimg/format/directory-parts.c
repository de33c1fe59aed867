// SPDX-License-Identifier: LGPL-2.1-or-later
#include "format/directory-parts.h"

#include <fcntl.h>

#include "base/error.h"
#include "io/source/source.h"

/* ---- the reader's callbacks ---- */

uint32_t directory_flags(const struct directory *directory, uint32_t flags)
{
	uint32_t direct = flags & directory->machine_o_direct;

	if (directory->machine_o_direct == O_DIRECT)
		return flags;
	return (flags & ~directory->machine_o_direct & ~(uint32_t)O_DIRECT) |
	       (direct ? O_DIRECT : 0);
}

int directory_tell(const struct directory *directory, const struct pimg_error *problem,
		   struct pimg_error *error)
{
	const struct directory_reader *reader = directory->reader;

	if (problem->status == PIMG_BAD_DATA)
		return reader->problem ? reader->problem(reader->context, problem, error) : 0;
	return error_copy(error, problem);
}

int directory_pause(const struct directory *directory, struct pimg_error *error)
{
	const struct directory_reader *reader = directory->reader;

	return reader->pause ? reader->pause(reader->context, error) : 0;
}

int directory_give_end(const struct directory *directory, const struct open_file *file,
		       struct pimg_end *end, struct pimg_error *error)
{
	const struct directory_reader *reader = directory->reader;

	if (!reader->end)
		return 0;
	end->flags = directory_flags(directory, file->flags);
	return reader->end(reader->context, (enum pimg_type)file->type, file->queue_id, end, error);
}

/* ---- one image ---- */

int directory_undecodable(struct pimg_error *error)
{
	return error_check(error, CHECK_UNDECODABLE, "the message cannot be decoded");
}

static bool tells_of_files(enum image_kind kind)
{
	return kind == IMAGE_FILES || kind == IMAGE_PIPES || kind == IMAGE_FIFO ||
	       kind == IMAGE_UNIXSK;
}

/* Images of different byte orders are reported, but still read. */
static int check_order(struct directory *directory, const struct record_reader *reader,
		       struct pimg_error *error)
{
	struct pimg_error problem;

	if (directory_check_order(directory->reader, reader->head.byte_order,
				  source_name(reader->source), &problem) == 0)
		return 0;
	return directory_tell(directory, &problem, error);
}

int directory_start_image(struct directory *directory, struct record_reader *reader,
			  struct source *source, enum image_kind kind, struct pimg_error *error)
{
	if (record_reader_start(reader, source, error) < 0)
		return -1;
	if (reader->head.kind == kind)
		return check_order(directory, reader, error);
	error_check(error, CHECK_WRONG_TYPE, "contains %s records, but %s were expected",
		    image_kind_name(reader->head.kind), image_kind_name(kind));
	return error_in_file(error, source_name(source));
}

int directory_take_record(struct directory *directory, struct record_reader *reader, take_fn take,
			  struct pimg_error *error)
{
	struct record record;
	int result = record_next(reader, &record, error);

	if (result <= 0)
		return result;
	result = record.message_length > DECODED_MESSAGE_MAX
			 ? error_check(error, CHECK_LENGTH_ABSURD,
				       "a message of %u bytes, more than %u", record.message_length,
				       DECODED_MESSAGE_MAX)
			 : take(directory, record.message, record.message_length, error);
	return result < 0 ? record_error(reader, &record, error) : 1;
}

static int read_records(struct directory *directory, struct source *source, enum image_kind kind,
			take_fn take, struct pimg_error *error)
{
	/* An image with a single record is not read a million times. */
	bool is_alone = kind == IMAGE_INVENTORY || kind == IMAGE_CORE || kind == IMAGE_IDS;
	struct record_reader reader;
	int result;

	if (directory_start_image(directory, &reader, source, kind, error) < 0)
		return -1;
	if (tells_of_files(kind))
		directory->reader->format_10 = reader.head.format_10;
	while ((result = directory_take_record(directory, &reader, take, error)) > 0 && !is_alone)
		;
	return result < 0 ? -1 : 0;
}

int directory_miss_image(const struct directory *directory, const char *base,
			 struct pimg_error *error)
{
	struct pimg_error problem;

	error_check(&problem, CHECK_MISSING_IMAGE, "has no %s", base);
	error_in_file(&problem, directory->name);
	return directory_tell(directory, &problem, error);
}

int directory_read_image(struct directory *directory, const char *base, enum image_kind kind,
			 take_fn take, struct pimg_error *error)
{
	struct pimg_error problem;
	struct source *source;
	int result;

	if (directory_pause(directory, error) < 0)
		return -1;
	result = folder_find(directory->folder, base, &source, &problem);
	if (!result)
		return 0;
	directory->reader->has_files |= tells_of_files(kind);
	if (result > 0) {
		result = read_records(directory, source, kind, take, &problem);
		source_close(source);
	}
	directory->reader->lacks_files |= result < 0 && tells_of_files(kind);
	if (result < 0 && directory_tell(directory, &problem, error) < 0)
		return -1;
	return 1;
}
