// SPDX-License-Identifier: LGPL-2.1-or-later
#include "verify/verify.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/interrupt.h"
#include "format/container.h"
#include "format/kept.h"
#include "image/image.h"
#include "queue/queue.h"
#include "verify/candidate.h"

int verify_tell(struct verify *verify, const struct pimg_error *finding, enum pimg_type type,
		struct pimg_error *error)
{
	/* What is wrong without a check of its own is a file that others write to. */
	const struct pimg_check *check =
		check_row(finding->check ? (enum check)finding->check : CHECK_CHANGED);

	verify->summary->findings[check->severity]++;
	if (verify->found && verify->found(verify->context, check, finding, type))
		return error_interrupted(error);
	return 0;
}

int64_t verify_add_queue(struct verify *verify, enum pimg_type type, uint32_t id,
			 struct pimg_error *error)
{
	int64_t number = queue_table_add(&verify->table, type, id, error);

	if (number >= (int64_t)verify->queue_room) {
		size_t room = verify->queue_room ? verify->queue_room * 2 : 16;
		struct verify_queue *grown = reallocarray(verify->queues, room, sizeof(*grown));

		if (!grown)
			return error_memory(error);
		memset(grown + verify->queue_room, 0, (room - verify->queue_room) * sizeof(*grown));
		verify->queues = grown;
		verify->queue_room = room;
	}
	return number;
}

void verify_count_end(struct verify *verify, struct verify_queue *queue, const struct pimg_end *end)
{
	verify->end_count++;
	queue->has_end = true;
	queue->reads |= pimg_end_reads(end);
	queue->surely_reads |= pimg_end_reads(end) && queue_end_is_known(end);
	queue->writes |= pimg_end_writes(end);
	queue->packet_mode |= pimg_end_packet_mode(end);
}

/* Bad data is a finding; anything else stops the work. */
static int tell_or_fail(struct verify *verify, const struct pimg_error *failure,
			struct pimg_error *error)
{
	if (failure->status == PIMG_BAD_DATA)
		return verify_tell(verify, failure, PIMG_PIPE, error);
	if (error)
		*error = *failure;
	return -1;
}

/* ---- image files ---- */

static int tell_of_file(struct verify *verify, struct pimg_error *finding, struct pimg_error *error)
{
	error_in_file(finding, verify->names[verify->part]);
	return verify_tell(verify, finding, PIMG_PIPE, error);
}

/* @type: what it must hold, an enum pimg_type, or -1 for any */
static int check_kind(struct verify *verify, int type, struct pimg_error *error)
{
	enum image_kind kind = verify->reader.head.kind;
	struct pimg_error finding;
	bool queues = image_kind_is_queues(kind, &verify->types[verify->part]);

	if (queues && (type < 0 || verify->types[verify->part] == (enum pimg_type)type))
		return 1;
	error_check(&finding, CHECK_WRONG_TYPE,
		    queues ? "holds %s records, which its name does not say"
			   : "is a CRIU image of %s records, which hold no queues; give "
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

	if (!verify->reader.head.version_10)
		return 0;
	verify->old_version = true;
	error_check(&finding, CHECK_OLD_VERSION,
		    "begins with one magic number, as before CRIU 1.6");
	return tell_of_file(verify, &finding, error);
}

static int read_places(struct verify *verify, struct source *source, struct pimg_error *error)
{
	int result;

	queue_places_release(&verify->places);
	queue_places_release(&verify->found_places);
	result = queue_places_read(&verify->places, source, error);
	verify->has_places = result > 0 || verify->places.damaged;
	return result < 0 ? -1 : 0;
}

static int check_places(struct verify *verify, struct pimg_error *error)
{
	struct pimg_error finding;

	if (!verify->has_places || verify->broken[verify->part] ||
	    (!verify->places.damaged && queue_places_equal(&verify->places, &verify->found_places)))
		return 0;
	error_check(&finding, CHECK_QUEUE_PLACES, "its index of queues %s",
		    verify->places.damaged ? "is damaged" : "is that of another image");
	return tell_of_file(verify, &finding, error);
}

static int verify_source(struct verify *verify, struct source *source, int type,
			 struct pimg_error *error)
{
	struct pimg_error finding;
	int result;

	verify->broken[verify->part] = true;
	if (source_problem(source) && tell_or_fail(verify, source_problem(source), error) < 0)
		return -1;
	if (read_places(verify, source, error) < 0)
		return -1;
	if (record_reader_start(&verify->reader, source, &finding) < 0)
		return tell_or_fail(verify, &finding, error);
	result = check_kind(verify, type, error);
	if (result <= 0)
		return result;
	verify->broken[verify->part] = false;
	if (check_version(verify, error) < 0 || check_order(verify, error) < 0 ||
	    verify_records(verify, error) < 0 || check_places(verify, error) < 0)
		return -1;
	/* Before images were made only when they were needed, empty ones were usual. */
	if (verify->reader.number || verify->broken[verify->part] || verify->reader.head.version_10)
		return 0;
	error_check(&finding, CHECK_NO_RECORDS, "ends after its magic number");
	return tell_of_file(verify, &finding, error);
}

/* The source stays the caller's. */
static int verify_named(struct verify *verify, struct source *source, int type,
			struct pimg_error *error)
{
	verify->names[verify->part] = strdup(source_name(source));
	return verify->names[verify->part] ? verify_source(verify, source, type, error)
					   : error_memory(error);
}

/* Takes the source over. */
static int verify_part(struct verify *verify, struct source *source, int type,
		       struct pimg_error *error)
{
	int result = verify_named(verify, source, type, error);

	source_close(source);
	if (type >= 0)
		verify->broken_type[type] |= verify->broken[verify->part];
	verify->part++;
	return result;
}

/* ---- directories ---- */

static int take_end(void *context, enum pimg_type type, uint32_t pipe_id,
		    const struct pimg_end *end, struct pimg_error *error)
{
	struct verify *verify = context;
	int64_t number;

	/* Of sockets only those are of interest that have something unread. */
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
		    "%s was open in packet mode, and CRIU cannot open a FIFO so",
		    fifo->path ? fifo->path : "its file");
	error_of_queue(&finding, PIMG_FIFO, fifo->queue_id);
	error_in_file(&finding, verify->directory_name);
	return verify_tell(verify, &finding, PIMG_FIFO, error);
}

/* CRIU takes them for one. */
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
		    "%s and %s have the same number: the content of one of them is lost",
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

	if (!verify->progress || !verify->progress(verify->context, 0, 0))
		return 0;
	return error_interrupted(error);
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
			    "holds no files.img: ends are not checked");
	else
		error_check(&finding, CHECK_UNFINISHED,
			    "holds images of CRIU, but no inventory.img");
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
		    (found < 0 && tell_or_fail(verify, &failure, error) < 0))
			return -1;
	}
	return 0;
}

static void verify_release(struct verify *verify);

static int note_kept(struct verify *verify, const struct queue_table *kept,
		     struct pimg_error *error)
{
	for (size_t i = 0; i < kept->count; i++) {
		if (queue_table_add(&verify->kept_table, kept->keys[i].type, kept->keys[i].id,
				    error) < 0)
			return -1;
	}
	return 0;
}

/*
 * What the hook of CRIU kept is an image by itself, with queues that are in CRIU's too: what is found there
 * counts, and they do not.
 */
static int verify_kept_image(struct verify *verify, struct folder *folder, enum pimg_type type,
			     struct pimg_error *error)
{
	struct pimg_verify_summary summary = {0};
	struct verify kept = {
		.flags = verify->flags,
		.is_kept = true,
		.found = verify->found,
		.progress = verify->progress,
		.context = verify->context,
		.summary = &summary,
	};
	struct pimg_error failure;
	struct source *source;
	int result = folder_find(folder, kept_image(type), &source, &failure);

	if (result <= 0)
		return result < 0 ? tell_or_fail(verify, &failure, error) : 0;
	queue_table_start(&kept.table);
	result = verify_part(&kept, source, (int)type, error);
	if (result >= 0)
		result = verify_queues(&kept, error);
	if (result >= 0 && verify->uses_kept)
		result = note_kept(verify, &kept.table, error);
	verify_release(&kept);
	for (size_t i = 0; i < sizeof(summary.findings) / sizeof(*summary.findings); i++)
		verify->summary->findings[i] += summary.findings[i];
	return result;
}

/* Queues whose ids are in the first image of their type too: an image by itself, whose queues count. */
static int verify_set(struct verify *verify, struct folder *folder, enum pimg_type type,
		      unsigned set, struct pimg_error *error)
{
	struct verify other = {
		.flags = verify->flags,
		.found = verify->found,
		.progress = verify->progress,
		.context = verify->context,
		.summary = verify->summary,
	};
	char name[DIRECTORY_NAME_MAX];
	struct pimg_error failure;
	struct source *source;
	int found = folder_find(folder, directory_set_image(type, set, name), &source, &failure);
	int result;

	if (found <= 0)
		return found < 0 ? tell_or_fail(verify, &failure, error) : 0;
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

static int verify_folder(struct verify *verify, struct folder *folder, struct pimg_error *error)
{
	const char *name = folder_is_archive(folder) ? source_name(folder_archive(folder))
						     : folder_name(folder);
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
	if (verify->flags & PIMG_VERIFY_CONTAINER)
		verify->summary->container = container_read(folder);
	/* Images that a dump lacks are reported below, one by one. */
	if (image_check_folder(folder, name, &failure) < 0 &&
	    (!verify->is_of_criu || folder_is_archive(folder) || failure.check == CHECK_PRE_DUMP))
		return tell_or_fail(verify, &failure, error);
	if (folder_problem(folder) && tell_or_fail(verify, folder_problem(folder), error) < 0)
		return -1;
	if (folder_damage(folder) && tell_or_fail(verify, folder_damage(folder), error) < 0)
		return -1;
	if (folder_read_through(folder, verify->progress, verify->context, &failure) < 0 &&
	    tell_or_fail(verify, &failure, error) < 0)
		return -1;
	if (verify_directory_parts(verify, folder, error) < 0 ||
	    directory_read(&verify->directory, folder, error) < 0 ||
	    check_completeness(verify, error) < 0 || verify_kept(verify, folder, error) < 0 ||
	    verify_kept_image(verify, folder, PIMG_PIPE, error) < 0 ||
	    verify_kept_image(verify, folder, PIMG_FIFO, error) < 0 ||
	    verify_sets(verify, folder, error) < 0)
		return -1;
	return 0;
}

/* ---- the whole ---- */

/* Returns 1, 0 if it was found by searching and does not look like a checkpoint, or -1. */
static int open_content(const struct verify *verify, struct image_content *content,
			const char *path, struct pimg_error *error)
{
	struct stat status;

	if (verify->flags & PIMG_VERIFY_IF_IMAGE &&
	    (stat(path, &status) < 0 || !S_ISDIR(status.st_mode)))
		return candidate_open(content, path, verify->progress, verify->context, error);
	return image_content_open(content, path, 0, verify->progress, verify->context, error) < 0
		       ? -1
		       : 1;
}

static int verify_path(struct verify *verify, const char *path, struct pimg_error *error)
{
	struct pimg_error failure;
	struct image_content content;
	int found = open_content(verify, &content, path, &failure);

	if (found < 0)
		return tell_or_fail(verify, &failure, error);
	verify->summary->skipped = !found;
	if (!found)
		return 0;
	verify->folder = content.folder;
	return content.folder ? verify_folder(verify, content.folder, error)
			      : verify_part(verify, content.source, -1, error);
}

static void verify_release(struct verify *verify)
{
	for (size_t i = 0; i < VERIFY_PARTS; i++)
		free(verify->names[i]);
	for (size_t i = 0; i < verify->table.count && i < verify->queue_room; i++)
		free(verify->queues[i].path);
	queue_table_release(&verify->table);
	queue_table_release(&verify->kept_table);
	queue_places_release(&verify->places);
	queue_places_release(&verify->found_places);
	free(verify->queues);
	free(verify->passed_in);
	folder_close(verify->folder);
}

int pimg_verify(const char *path, unsigned flags, pimg_finding_fn found, pimg_progress_fn progress,
		void *context, struct pimg_verify_summary *summary, struct pimg_error *error)
{
	struct pimg_verify_summary unwanted = {0};
	struct verify verify = {
		.flags = flags,
		.found = found,
		.progress = progress,
		.context = context,
		.summary = summary ? summary : &unwanted,
	};
	int result;

	ASK_WHEN_INTERRUPTED(progress, context);
	*verify.summary = (struct pimg_verify_summary){0};
	queue_table_start(&verify.table);
	queue_table_start(&verify.kept_table);
	if (flags & ~(PIMG_VERIFY_ANYWHERE | PIMG_VERIFY_IF_IMAGE | PIMG_VERIFY_CONTAINER))
		result = error_usage(error, "flags that are not known");
	else
		result = verify_path(&verify, path, error);
	if (result >= 0)
		result = verify_queues(&verify, error);
	verify_release(&verify);
	pimg_container_free(unwanted.container);
	return result < 0 ? -1 : 0;
}

/* ---- what is refused ---- */

struct refusing {
	pimg_progress_fn progress;
	void *context;
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

static int pass_progress(void *context, uint64_t done, uint64_t total)
{
	struct refusing *refusing = context;

	return refusing->progress ? refusing->progress(refusing->context, done, total) : 0;
}

int verify_refuse_errors(struct source *source, pimg_progress_fn progress, void *context,
			 struct pimg_error *error)
{
	struct refusing refusing = {.progress = progress, .context = context};
	struct pimg_verify_summary summary = {0};
	struct verify verify = {
		.flags = PIMG_VERIFY_ANYWHERE,
		.found = refuse_error,
		.progress = pass_progress,
		.context = &refusing,
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
