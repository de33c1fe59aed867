// SPDX-License-Identifier: LGPL-2.1-or-later
#include "verify/verify.h"

#include "base/error.h"
#include "base/interrupt.h"
#include "base/sized.h"
#include "image/content.h"
#include "image/image.h"
#include "verify/candidate.h"
#include "verify/dump.h"
#include "verify/findings.h"
#include "verify/part.h"
#include "verify/queues.h"

/* Returns 1, 0 if a search found the file and it does not look like a checkpoint, or -1. */
static int open_content(const struct verify *verify, struct image_content *content,
			const char *path, struct pimg_error *error)
{
	if (verify->flags & PIMG_VERIFY_IF_IMAGE && !folder_is_at(path))
		return candidate_open(content, path, verify->progress, error);
	return image_content_open(content, path, 0, verify->progress, error) < 0 ? -1 : 1;
}

static int verify_path(struct verify *verify, const char *path, struct pimg_error *error)
{
	struct pimg_error failure;
	struct image_content content;
	int found = open_content(verify, &content, path, &failure);

	if (found < 0)
		return verify_tell_or_fail(verify, &failure, error);
	verify->summary->skipped = !found;
	if (!found)
		return 0;
	verify->folder = content.folder;
	return content.folder ? verify_folder(verify, content.folder, error)
			      : verify_part(verify, content.source, -1, error);
}

int pimg_verify(const char *path, const struct pimg_verify_options *given,
		struct pimg_verify_summary *given_summary, struct pimg_error *error)
{
	struct pimg_verify_options options;
	struct pimg_verify_summary summary = {0};
	struct verify verify = {.summary = &summary};
	int result;

	if (sized_take(&options, sizeof(options), given,
		       SIZE_TO(struct pimg_verify_options, progress), error) < 0)
		return -1;
	verify.flags = options.flags;
	verify.found = options.found;
	verify.context = options.context;
	verify.progress = options.progress;
	ASK_WHEN_INTERRUPTED(verify.progress);
	queue_table_start(&verify.table);
	queue_table_start(&verify.saved_table);
	if (verify.flags & ~(PIMG_VERIFY_ANYWHERE | PIMG_VERIFY_IF_IMAGE | PIMG_VERIFY_CONTAINER))
		result = error_usage(error, "unknown flags");
	else
		result = verify_path(&verify, path, error);
	if (result >= 0)
		result = verify_queues(&verify, error);
	verify_release(&verify);
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
