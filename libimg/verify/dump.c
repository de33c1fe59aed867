// SPDX-License-Identifier: LGPL-2.1-or-later
#include "verify/dump.h"

#include <string.h>

#include "base/error.h"
#include "base/progress.h"
#include "format/saved.h"
#include "image/image.h"
#include "image/no-images.h"
#include "image/open.h"
#include "verify/part.h"
#include "verify/queues.h"
#include "verify/saved.h"

static int take_end(void *context, enum pimg_type type, uint32_t pipe_id,
		    const struct pimg_end *end, struct pimg_error *error)
{
	struct verify *verify = context;
	int64_t number;

	/* Only sockets with unread data matter. */
	if (type == PIMG_SOCKET && queue_table_find(&verify->table, type, pipe_id) < 0)
		return 0;
	number = verify_add_queue(verify, type, pipe_id, error);
	if (number < 0)
		return -1;
	verify_count_end(verify, &verify->queues[number], end);
	return 0;
}

static int check_packet_fifo(struct verify *verify, const struct directory_file *fifo,
			     struct pimg_error *error)
{
	struct pimg_error finding;

	if (!fifo->is_refused)
		return 0;
	error_check(&finding, CHECK_PACKET_FIFO,
		    "%s was open in packet mode, and CRIU cannot open a FIFO in that mode",
		    fifo->path ? fifo->path : "its file");
	error_of_queue(&finding, PIMG_FIFO, fifo->queue_id);
	error_in_file(&finding, verify->directory_name);
	return verify_tell(verify, &finding, PIMG_FIFO, error);
}

/* CRIU treats two FIFOs with the same inode number as one. */
static int check_number(struct verify *verify, struct verify_queue *queue,
			const struct directory_file *fifo, struct pimg_error *error)
{
	struct pimg_error finding;

	if (!queue->path) {
		queue->path = strdup(fifo->path);
		return queue->path ? 0 : error_memory(error);
	}
	if (queue->shares_number || !strcmp(queue->path, fifo->path))
		return 0;
	queue->shares_number = true;
	error_check(&finding, CHECK_SHARED_NUMBER,
		    "%s and %s have the same inode number: the content of one of them is lost",
		    queue->path, fifo->path);
	error_of_queue(&finding, PIMG_FIFO, fifo->queue_id);
	error_in_file(&finding, verify->directory_name);
	return verify_tell(verify, &finding, PIMG_FIFO, error);
}

static int take_file(void *context, const struct directory_file *file, struct pimg_error *error)
{
	struct verify *verify = context;
	int64_t number;

	if (!file->has_queue || file->type != PIMG_FIFO || file->flags == DIRECTORY_FLAGS_UNKNOWN)
		return 0;
	if (check_packet_fifo(verify, file, error) < 0)
		return -1;
	number = file->path ? verify_add_queue(verify, PIMG_FIFO, file->queue_id, error) : -1;
	if (!file->path || number < 0)
		return file->path ? -1 : 0;
	return check_number(verify, &verify->queues[number], file, error);
}

static int pause_directory(void *context, struct pimg_error *error)
{
	struct verify *verify = context;

	return progress_report(verify->progress, 0, 0, error);
}

static int take_problem(void *context, const struct pimg_error *problem, struct pimg_error *error)
{
	return verify_tell(context, problem, PIMG_FIFO, error);
}

/* An inventory without files, and other images without an inventory. */
static int check_completeness(struct verify *verify, struct pimg_error *error)
{
	struct pimg_error finding;

	if (verify->directory.has_inventory ? verify->directory.has_files : !verify->is_of_criu)
		return 0;
	if (verify->directory.has_inventory)
		error_check(&finding, CHECK_MISSING_IMAGE,
			    "has no files.img; ends are not checked");
	else
		error_check(&finding, CHECK_UNFINISHED, "has CRIU images, but no inventory.img");
	error_in_file(&finding, verify->directory_name);
	return verify_tell(verify, &finding, PIMG_PIPE, error);
}

static int verify_directory_parts(struct verify *verify, struct folder *folder,
				  struct pimg_error *error)
{
	for (int i = 0; i < VERIFY_PARTS; i++) {
		struct pimg_error failure;
		struct source *source;
		int found = image_find_part(folder, (enum pimg_type)i, 0, &source, &failure);

		verify->broken_type[i] = found < 0;
		if ((found > 0 && verify_part(verify, source, i, error) < 0) ||
		    (found < 0 && verify_tell_or_fail(verify, &failure, error) < 0))
			return -1;
	}
	return 0;
}

static int note_saved(struct verify *verify, const struct queue_table *saved,
		      struct pimg_error *error)
{
	for (size_t i = 0; i < saved->count; i++) {
		if (queue_table_add(&verify->saved_table, saved->keys[i].type, saved->keys[i].id,
				    error) < 0)
			return -1;
	}
	return 0;
}

/*
 * What the CRIU hook saved is a separate image. Its queues are in CRIU's images too, so only its findings are
 * counted, not its queues.
 */
static int verify_saved_image(struct verify *verify, struct folder *folder, enum pimg_type type,
			      struct pimg_error *error)
{
	struct pimg_verify_summary summary = {0};
	struct verify saved = {
		.flags = verify->flags,
		.is_saved = true,
		.found = verify->found,
		.context = verify->context,
		.progress = verify->progress,
		.summary = &summary,
	};
	struct pimg_error failure;
	struct source *source;
	int result = folder_find(folder, saved_image(type), &source, &failure);

	if (result <= 0)
		return result < 0 ? verify_tell_or_fail(verify, &failure, error) : 0;
	queue_table_start(&saved.table);
	result = verify_part(&saved, source, (int)type, error);
	if (result >= 0)
		result = verify_queues(&saved, error);
	if (result >= 0 && verify->uses_saved)
		result = note_saved(verify, &saved.table, error);
	verify_release(&saved);
	for (size_t i = 0; i < sizeof(summary.findings) / sizeof(*summary.findings); i++)
		verify->summary->findings[i] += summary.findings[i];
	return result;
}

/* Queues whose ids are also in the first image of their type: a separate image, whose queues are counted. */
static int verify_set(struct verify *verify, struct folder *folder, enum pimg_type type,
		      unsigned set, struct pimg_error *error)
{
	struct verify other = {
		.flags = verify->flags,
		.found = verify->found,
		.context = verify->context,
		.progress = verify->progress,
		.summary = verify->summary,
	};
	char name[DIRECTORY_NAME_MAX];
	struct pimg_error failure;
	struct source *source;
	int found = folder_find(folder, directory_set_image(type, set, name), &source, &failure);
	int result;

	if (found <= 0)
		return found < 0 ? verify_tell_or_fail(verify, &failure, error) : 0;
	queue_table_start(&other.table);
	result = verify_part(&other, source, (int)type, error);
	if (result >= 0)
		result = verify_queues(&other, error);
	verify_release(&other);
	return result < 0 ? -1 : 1;
}

static int verify_sets(struct verify *verify, struct folder *folder, struct pimg_error *error)
{
	for (int type = PIMG_PIPE; type <= PIMG_FIFO; type++) {
		int found = 1;

		for (unsigned set = 1; found > 0 && set < DIRECTORY_SETS_MAX; set++)
			found = verify_set(verify, folder, (enum pimg_type)type, set, error);
		if (found < 0)
			return -1;
	}
	return 0;
}

int verify_folder(struct verify *verify, struct folder *folder, struct pimg_error *error)
{
	const char *name = folder_input(folder);
	struct pimg_error failure;

	verify->summary->is_directory = true;
	verify->directory_name = folder_name(folder);
	verify->directory = (struct directory_reader){
		.end = take_end,
		.file = take_file,
		.problem = take_problem,
		.pause = pause_directory,
		.context = verify,
	};
	verify->is_of_criu = folder_has_trace(folder);
	verify->passed_in = directory_passed_in(folder);
	/* Missing images of a dump are reported below, one by one. */
	if (image_check_folder(folder, name, &failure) < 0 &&
	    (!verify->is_of_criu || folder_is_archive(folder) ||
	     error_check_of(&failure) == CHECK_PRE_DUMP))
		return verify_tell_or_fail(verify, &failure, error);
	if (folder_problem(folder) &&
	    verify_tell_or_fail(verify, folder_problem(folder), error) < 0)
		return -1;
	if (folder_damage(folder) && verify_tell_or_fail(verify, folder_damage(folder), error) < 0)
		return -1;
	if (folder_read_through(folder, verify->progress, &failure) < 0 &&
	    verify_tell_or_fail(verify, &failure, error) < 0)
		return -1;
	if (verify_directory_parts(verify, folder, error) < 0 ||
	    directory_read(&verify->directory, folder, error) < 0 ||
	    check_completeness(verify, error) < 0 || verify_saved(verify, folder, error) < 0 ||
	    verify_saved_image(verify, folder, PIMG_PIPE, error) < 0 ||
	    verify_saved_image(verify, folder, PIMG_FIFO, error) < 0 ||
	    verify_sets(verify, folder, error) < 0)
		return -1;
	return 0;
}
