// SPDX-License-Identifier: LGPL-2.1-or-later
#include "verify/part.h"

#include <string.h>

#include "base/error.h"
#include "verify/records.h"

static int tell_of_file(struct verify *verify, struct pimg_error *finding, struct pimg_error *error)
{
	error_in_file(finding, verify->names[verify->part]);
	return verify_tell(verify, finding, PIMG_PIPE, error);
}

/* @type: the expected enum pimg_type, or -1 for any */
static int check_kind(struct verify *verify, int type, struct pimg_error *error)
{
	enum image_kind kind = verify->reader.head.kind;
	struct pimg_error finding;
	bool queues = image_kind_is_queues(kind, &verify->types[verify->part]);

	if (queues && (type < 0 || verify->types[verify->part] == (enum pimg_type)type))
		return 1;
	error_check(&finding, CHECK_WRONG_TYPE,
		    queues ? "contains %s records, which do not match its name"
			   : "is a CRIU image of %s records, which contain no queues; give "
			     "pipes-data.img, fifo-data.img, sk-queues.img or the directory",
		    image_kind_name(kind));
	return tell_of_file(verify, &finding, error);
}

static int check_order(struct verify *verify, struct pimg_error *error)
{
	struct pimg_error finding;

	if (!verify->directory_name ||
	    directory_check_order(&verify->directory, verify->reader.head.byte_order,
				  verify->names[verify->part], &finding) == 0)
		return 0;
	return verify_tell(verify, &finding, PIMG_PIPE, error);
}

static int check_version(struct verify *verify, struct pimg_error *error)
{
	struct pimg_error finding;

	if (!verify->reader.head.format_10)
		return 0;
	verify->old_version = true;
	error_check(&finding, CHECK_OLD_VERSION,
		    "begins with one magic number, as in CRIU before 1.6");
	return tell_of_file(verify, &finding, error);
}

static int read_index(struct verify *verify, struct source *source, struct pimg_error *error)
{
	int result;

	queue_index_release(&verify->index);
	queue_index_release(&verify->found_index);
	result = queue_index_read(&verify->index, source, error);
	verify->has_index = result > 0 || verify->index.damaged;
	return result < 0 ? -1 : 0;
}

static int check_index(struct verify *verify, struct pimg_error *error)
{
	struct pimg_error finding;

	if (!verify->has_index || verify->broken[verify->part] ||
	    (!verify->index.damaged && queue_index_equal(&verify->index, &verify->found_index)))
		return 0;
	error_check(&finding, CHECK_QUEUE_INDEX, "its index of queues %s",
		    verify->index.damaged ? "is damaged" : "belongs to another image");
	return tell_of_file(verify, &finding, error);
}

static int verify_source(struct verify *verify, struct source *source, int type,
			 struct pimg_error *error)
{
	struct pimg_error finding;
	int result;

	verify->broken[verify->part] = true;
	if (source_problem(source) &&
	    verify_tell_or_fail(verify, source_problem(source), error) < 0)
		return -1;
	if (read_index(verify, source, error) < 0)
		return -1;
	if (record_reader_start(&verify->reader, source, &finding) < 0)
		return verify_tell_or_fail(verify, &finding, error);
	result = check_kind(verify, type, error);
	if (result <= 0)
		return result;
	verify->broken[verify->part] = false;
	if (check_version(verify, error) < 0 || check_order(verify, error) < 0 ||
	    verify_records(verify, error) < 0 || check_index(verify, error) < 0)
		return -1;
	/* Old versions of CRIU also wrote images that were not needed, so empty ones were normal. */
	if (verify->reader.number || verify->broken[verify->part] || verify->reader.head.format_10)
		return 0;
	error_check(&finding, CHECK_NO_RECORDS, "ends after its magic number");
	return tell_of_file(verify, &finding, error);
}

int verify_named(struct verify *verify, struct source *source, int type, struct pimg_error *error)
{
	verify->names[verify->part] = strdup(source_name(source));
	return verify->names[verify->part] ? verify_source(verify, source, type, error)
					   : error_memory(error);
}

int verify_part(struct verify *verify, struct source *source, int type, struct pimg_error *error)
{
	int result = verify_named(verify, source, type, error);

	source_close(source);
	if (type >= 0)
		verify->broken_type[type] |= verify->broken[verify->part];
	verify->part++;
	return result;
}
