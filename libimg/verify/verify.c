// SPDX-License-Identifier: LGPL-2.1-or-later
#include "verify/verify.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "base/interrupt.h"
#include "base/sized.h"
#include "image/content.h"
#include "image/dumps-in-layers.h"
#include "image/image.h"
#include "image/open.h"
#include "verify/candidate.h"
#include "verify/dump.h"
#include "verify/findings.h"
#include "verify/part.h"
#include "verify/queues.h"

/* Returns 1, 0 if a search found the file and it does not look like a checkpoint, or -1. */
static int open_content(const struct pimg_verify_options *options, struct image_content *content,
			const char *path, struct pimg_error *error)
{
	if (options->flags & PIMG_VERIFY_IF_IMAGE)
		return candidate_open(content, path, options->progress, error);
	return image_content_open(content, path, 0, options->progress, error) < 0 ? -1 : 1;
}

static int tell_of_layer(void *context, const struct pimg_error *defect, struct pimg_error *error)
{
	return verify_tell_or_fail(context, defect, error);
}

static int verify_dump(struct verify *verify, const struct dumps *dumps, size_t number,
		       struct pimg_error *error)
{
	struct pimg_error failure;

	verify->folder = dumps_open(dumps, number, &failure);
	if (!verify->folder)
		return verify_tell_or_fail(verify, &failure, error);
	if (verify->flags & PIMG_VERIFY_CONTAINER)
		verify->summary->container = dumps_container(dumps, number, verify->folder);
	if (dumps_check_layers(dumps, number, verify->progress, tell_of_layer, verify, error) < 0)
		return -1;
	return verify_folder(verify, verify->folder, error);
}

static void start(struct verify *verify, const struct pimg_verify_options *options,
		  struct pimg_verify_summary *summary)
{
	*verify = (struct verify){
		.summary = summary,
		.flags = options->flags,
		.found = options->found,
		.context = options->context,
		.progress = options->progress,
	};
	queue_table_start(&verify->table);
	queue_table_start(&verify->saved_table);
}

/* The container of the sum is that of the first dump. */
static void add_summary(struct pimg_verify_summary *sum, struct pimg_verify_summary *add)
{
	sum->is_directory |= add->is_directory;
	sum->queues += add->queues;
	sum->records += add->records;
	sum->bytes += add->bytes;
	sum->checksums += add->checksums;
	for (size_t i = 0; i < sizeof(sum->findings) / sizeof(*sum->findings); i++)
		sum->findings[i] += add->findings[i];
	if (sum->container)
		pimg_container_free(add->container);
	else
		sum->container = add->container;
}

/* One dump, or the file if there are none. */
static int verify_one(const struct pimg_verify_options *options, struct image_content *content,
		      size_t number, struct pimg_verify_summary *sum, struct pimg_error *error)
{
	struct pimg_verify_summary summary = {.size = sizeof(summary)};
	struct source *source = take_pointer(content->source);
	struct verify verify;
	int result;

	if (options->begin)
		options->begin(options->context,
			       content->dumps.count ? content->dumps.all[number].path : "",
			       content->dumps.count ? content->dumps.count : 1);
	start(&verify, options, &summary);
	result = source ? verify_part(&verify, source, -1, error)
			: verify_dump(&verify, &content->dumps, number, error);
	if (result >= 0)
		result = verify_queues(&verify, error);
	verify_release(&verify);
	if (options->checked)
		options->checked(options->context, &summary);
	add_summary(sum, &summary);
	return result;
}

static int verify_content(const struct pimg_verify_options *options, struct image_content *content,
			  struct pimg_verify_summary *sum, struct pimg_error *error)
{
	size_t first = 0, last = content->dumps.count ? content->dumps.count - 1 : 0;

	if (options->dump && image_content_choose(content, options->dump, &first, error) < 0)
		return -1;
	if (options->dump)
		last = first;
	for (size_t i = first; i <= last; i++) {
		if (verify_one(options, content, i, sum, error) < 0)
			return -1;
	}
	return 0;
}

/* A failure to open the input is a finding too. */
static int tell_failure(const struct pimg_verify_options *options, const struct pimg_error *failure,
			struct pimg_verify_summary *sum, struct pimg_error *error)
{
	struct verify verify;
	int result;

	start(&verify, options, sum);
	result = verify_tell_or_fail(&verify, failure, error);
	verify_release(&verify);
	return result;
}

static int verify_path(const struct pimg_verify_options *options, const char *path,
		       struct pimg_verify_summary *sum, struct pimg_error *error)
{
	struct pimg_error failure;
	struct image_content content;
	int found = open_content(options, &content, path, &failure);

	if (found < 0)
		return tell_failure(options, &failure, sum, error);
	sum->skipped = !found;
	if (!found)
		return 0;
	found = verify_content(options, &content, sum, error);
	image_content_close(&content);
	return found;
}

int pimg_verify(const char *path, const struct pimg_verify_options *given,
		struct pimg_verify_summary *given_summary, struct pimg_error *error)
{
	struct pimg_verify_options options;
	struct pimg_verify_summary summary = {0};
	int result;

	if (sized_take(&options, sizeof(options), given,
		       SIZE_TO(struct pimg_verify_options, checked), error) < 0)
		return -1;
	ASK_WHEN_INTERRUPTED(options.progress);
	if (options.flags & ~(PIMG_VERIFY_ANYWHERE | PIMG_VERIFY_IF_IMAGE | PIMG_VERIFY_CONTAINER))
		result = error_usage(error, "unknown flags");
	else
		result = verify_path(&options, path, &summary, error);
	sized_give(given_summary, &summary, sizeof(summary),
		   SIZE_TO(struct pimg_verify_summary, container));
	if (!given_summary)
		pimg_container_free(summary.container);
	return result < 0 ? -1 : 0;
}

/* ---- refusing damaged images ---- */

struct refusing {
	bool refused;
	struct pimg_error reason;
};

static int refuse_error(void *context, const struct pimg_check *check,
			const struct pimg_error *finding, enum pimg_type type)
{
	struct refusing *refusing = context;

	(void)type;
	if (check->severity != PIMG_ERROR)
		return 0;
	refusing->refused = true;
	refusing->reason = *finding;
	return 1;
}

int verify_refuse_errors(struct source *source, const struct pimg_progress *progress,
			 struct pimg_error *error)
{
	struct refusing refusing = {0};
	struct pimg_verify_summary summary = {0};
	struct verify verify = {
		.flags = PIMG_VERIFY_ANYWHERE,
		.found = refuse_error,
		.context = &refusing,
		.progress = progress,
		.summary = &summary,
	};
	uint64_t offset = source_offset(source);
	int result;

	queue_table_start(&verify.table);
	result = source_seek(source, 0, error);
	if (result >= 0)
		result = verify_named(&verify, source, -1, error);
	if (result >= 0)
		result = verify_queues(&verify, error);
	verify_release(&verify);
	if (refusing.refused && error)
		*error = refusing.reason;
	return result < 0 ? -1 : source_seek(source, offset, error);
}
