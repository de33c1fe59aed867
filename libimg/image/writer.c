// SPDX-License-Identifier: LGPL-2.1-or-later
#include "image/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/array.h"
#include "base/byte-order.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/interrupt.h"
#include "base/sized.h"
#include "format/layout.h"
#include "format/magic.h"
#include "format/queue-table.h"
#include "image/image.h"
#include "image/open.h"
#include "image/writer-sets.h"
#include "io/sink/new-directory.h"
#include "io/sink/sink.h"
#include "pipeimg-private.h"

/*
 * Keeps only one digest per queue (over its identity, capacity, chunks and bytes), so that memory does not
 * grow with the payload. The image gets its final name only if reading it back gives the same digests.
 */
struct pimg_writer {
	struct sink *sink;
	enum pimg_type type;
	enum pimg_layout layout;
	enum pimg_byte_order order;
	uint32_t queue_count;	  /* announced, or 0 */
	struct queue_table table; /* numbers of the queues added, by id */
	XXH64_hash_t *digests;	  /* of each queue */
	size_t count, room;
	struct pimg_progress progress;
};

/* The digest of a queue as read back from this layout. */
static int digest_queue(enum pimg_layout layout, const struct pimg_queue *queue,
			XXH64_hash_t *digest, struct pimg_error *error)
{
	XXH3_state_t *state = XXH3_createState();
	size_t count = pimg_queue_chunk_count(queue);
	uint32_t head[3] = {pimg_queue_type(queue), pimg_queue_id(queue),
			    pimg_queue_capacity(queue)};
	size_t bytes = pimg_queue_bytes(queue);

	if (!state)
		return error_memory(error);
	XXH3_64bits_reset(state);
	hash_update(state, head, sizeof(head));
	for (size_t i = 0; layout != PIMG_LAYOUT_SPLICED && i < count; i++) {
		struct pimg_chunk chunk = pimg_queue_chunk(queue, i);
		uint32_t words[2] = {chunk.kind, chunk.length};

		hash_update(state, words, sizeof(words));
	}
	if (bytes)
		hash_update(state, pimg_queue_data(queue), bytes);
	*digest = XXH3_64bits_digest(state);
	XXH3_freeState(state);
	return 0;
}

static struct pimg_writer *writer_new(struct sink *sink, enum pimg_type type,
				      const struct pimg_writer_options *options,
				      struct pimg_error *error)
{
	struct pimg_writer *writer = calloc(1, sizeof(*writer));
	struct image_head head;

	if (!writer) {
		error_memory(error);
		sink_abort(sink);
		return NULL;
	}
	writer->sink = sink;
	writer->type = type;
	writer->layout = options->layout;
	writer->order = options->byte_order ? options->byte_order : BYTE_ORDER_HERE;
	writer->queue_count = options->queue_count;
	writer->progress = options->progress;
	queue_table_start(&writer->table);
	head = (struct image_head){image_kind_of_queues(type), options->format == PIMG_FORMAT_1_0,
				   writer->order};
	if (magic_write(sink, &head, error) < 0) {
		pimg_writer_abort(writer);
		return NULL;
	}
	return writer;
}

static int take_options(struct pimg_writer_options *options,
			const struct pimg_writer_options *given, struct pimg_error *error)
{
	if (sized_take(options, sizeof(*options), given,
		       SIZE_TO(struct pimg_writer_options, progress), error) < 0)
		return -1;
	if (options->format > PIMG_FORMAT_1_1 || options->byte_order > PIMG_BIG_ENDIAN)
		return error_usage(error, "unknown format or byte order");
	return layout_check(options->layout, error);
}

static int check_type(enum pimg_type type, struct pimg_error *error)
{
	if (type == PIMG_PIPE || type == PIMG_FIFO)
		return 0;
	return error_usage(error, type == PIMG_SOCKET ? "socket queues can be read but not written"
						      : "queues of unknown type cannot be written");
}

/* @directory: or -1 if name is a path */
static struct pimg_writer *open_writer(int directory, const char *name, const char *shown_name,
				       enum pimg_type type, const struct pimg_writer_options *given,
				       struct pimg_error *error)
{
	struct pimg_writer_options options;
	struct sink *sink;

	if (take_options(&options, given, error) < 0 || check_type(type, error) < 0)
		return NULL;
	ASK_WHEN_INTERRUPTED(&options.progress);
	sink = directory < 0 ? sink_open(name, options.replace, error)
			     : sink_open_at(directory, name, shown_name, error);
	return sink ? writer_new(sink, type, &options, error) : NULL;
}

struct pimg_writer *pimg_writer_open(const char *path, enum pimg_type type,
				     const struct pimg_writer_options *given,
				     struct pimg_error *error)
{
	return open_writer(-1, path, path, type, given, error);
}

struct pimg_writer *pimg_writer_open_at(int directory, const char *name, const char *shown_name,
					enum pimg_type type,
					const struct pimg_writer_options *given,
					struct pimg_error *error)
{
	return open_writer(directory, name, shown_name, type, given, error);
}

int pimg_writer_put(struct pimg_writer *writer, const struct pimg_queue *queue,
		    struct pimg_error *error)
{
	ASK_WHEN_INTERRUPTED(&writer->progress);
	if (pimg_queue_type(queue) != writer->type) {
		error_usage(error, "a %s queue cannot be in an image of %ss",
			    pimg_type_name(pimg_queue_type(queue)), pimg_type_name(writer->type));
		return error_of_queue(error, pimg_queue_type(queue), pimg_queue_id(queue));
	}
	/* For readers, records with one id are one queue. FIFOs on two file systems can have the same id. */
	if (queue_table_find(&writer->table, writer->type, pimg_queue_id(queue)) >= 0) {
		error_usage(error, "a second queue with this id, but a file can contain only one; "
				   "write to a directory");
		return error_of_queue(error, pimg_queue_type(queue), pimg_queue_id(queue));
	}
	if (array_make_room(&writer->digests, &writer->room, writer->count + 1,
			    sizeof(*writer->digests), error) < 0 ||
	    digest_queue(writer->layout, queue, &writer->digests[writer->count], error) < 0 ||
	    layout_write(writer->sink, writer->order, writer->layout, queue,
			 writer->count ? 0 : writer->queue_count, error) < 0 ||
	    queue_table_add(&writer->table, writer->type, pimg_queue_id(queue), error) < 0)
		return error_in_file(error, sink_name(writer->sink));
	writer->count++;
	return 0;
}

static int compare_queues(const struct pimg_writer *writer, struct pimg_image *image,
			  struct pimg_error *error)
{
	const struct pimg_error *damage = pimg_image_damage(image);

	if (damage)
		return error_copy(error, damage);
	if (pimg_image_queue_count(image) != writer->count)
		return error_data(error, "%zu queue%s written, but %zu read back", writer->count,
				  PLURAL_S(writer->count), pimg_image_queue_count(image));
	for (size_t i = 0; i < writer->count; i++) {
		struct pimg_queue *queue = pimg_image_load(image, i, error);
		XXH64_hash_t digest = 0;
		int result;

		if (!queue)
			return -1;
		result = digest_queue(writer->layout, queue, &digest, error);
		if (result == 0 && digest != writer->digests[i]) {
			result = error_data(error, "data read back differs from the data written");
			error_of_queue(error, pimg_queue_type(queue), pimg_queue_id(queue));
		}
		pimg_queue_free(queue);
		if (result < 0)
			return -1;
	}
	return 0;
}

/* Reads the output back. A stream cannot be read back. */
static int verify_written(struct pimg_writer *writer, struct pimg_error *error)
{
	struct source *source;
	struct pimg_image *image;
	int result = sink_reread(writer->sink, &source, true, error);

	if (result <= 0)
		return result;
	image = image_from_source(source, 0, NULL, error);
	if (!image)
		return -1;
	result = compare_queues(writer, image, error);
	pimg_image_close(image);
	return result;
}

static void writer_free(struct pimg_writer *writer)
{
	queue_table_release(&writer->table);
	free(writer->digests);
	free(writer);
}

void pimg_writer_abort(struct pimg_writer *writer)
{
	if (!writer)
		return;
	sink_abort(writer->sink);
	writer_free(writer);
}

int pimg_writer_commit(struct pimg_writer *writer, struct pimg_error *error)
{
	int result;

	ASK_WHEN_INTERRUPTED(&writer->progress);
	if (writer->queue_count && writer->queue_count != writer->count)
		result = error_usage(error, "%zu queue%s added, but %u announced", writer->count,
				     PLURAL_S(writer->count), writer->queue_count);
	else
		result = verify_written(writer, error);
	if (result < 0) {
		error_in_file(error, sink_name(writer->sink));
		sink_abort(writer->sink);
	} else {
		result = sink_commit(writer->sink, error);
	}
	writer_free(writer);
	return result;
}

struct source *writer_write_nameless(const struct pimg_queue *const *queues, size_t count,
				     enum pimg_type type, const struct pimg_writer_options *options,
				     struct pimg_error *error)
{
	struct sink *sink = sink_open_nameless("temporary file", error);
	struct pimg_writer *writer = sink ? writer_new(sink, type, options, error) : NULL;
	struct source *source = NULL;

	if (!writer)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		if (pimg_queue_type(queues[i]) == type &&
		    pimg_writer_put(writer, queues[i], error) < 0)
			goto out;
	}
	sink_reread(writer->sink, &source, true, error);
out:
	pimg_writer_abort(writer);
	return source;
}

/* ---- directories ---- */

static int write_directory_image(const struct new_directory *directory,
				 const struct writer_sets *sets, enum pimg_type type, unsigned set,
				 const struct pimg_writer_options *given, struct pimg_error *error)
{
	struct pimg_writer_options options = *given;
	_cleanup_free_ char *shown = NULL;
	char name[DIRECTORY_NAME_MAX];
	struct pimg_writer *writer;
	struct sink *sink;
	size_t count;
	const struct pimg_queue *const *queues = writer_set(sets, type, set, &count);

	directory_set_image(type, set, name);
	if (asprintf(&shown, "%s/%s", directory->path, name) < 0) {
		shown = NULL;
		return error_memory(error);
	}
	options.queue_count = (uint32_t)count;
	sink = sink_open_at(directory->fd, name, shown, error);
	writer = sink ? writer_new(sink, type, &options, error) : NULL;
	if (!writer)
		return -1;
	for (size_t i = 0; i < count; i++) {
		if (pimg_writer_put(writer, queues[i], error) < 0) {
			pimg_writer_abort(writer);
			return -1;
		}
	}
	return pimg_writer_commit(writer, error);
}

static int fill_directory(const struct new_directory *directory, const struct writer_sets *sets,
			  bool empty, const struct pimg_writer_options *options,
			  struct pimg_error *error)
{
	for (unsigned set = 0; set < sets->set_count; set++) {
		for (int type = PIMG_PIPE; type <= PIMG_FIFO; type++) {
			size_t count;

			writer_set(sets, (enum pimg_type)type, set, &count);
			/* Even without queues an image is written, to record that the pipes were empty. */
			if ((count || (empty && type == PIMG_PIPE)) &&
			    write_directory_image(directory, sets, (enum pimg_type)type, set,
						  options, error) < 0)
				return -1;
		}
	}
	return 0;
}

static int write_directory(const char *path, const struct writer_sets *sets, bool empty,
			   const struct pimg_writer_options *options, struct pimg_error *error)
{
	struct new_directory directory;

	if (new_directory_make(&directory, path, error) < 0)
		return -1;
	if (fill_directory(&directory, sets, empty, options, error) < 0) {
		new_directory_abort(&directory);
		return -1;
	}
	return new_directory_commit(&directory, error);
}

int pimg_directory_write(const char *path, const struct pimg_queue *const *queues, size_t count,
			 const struct pimg_writer_options *given, struct pimg_error *error)
{
	struct pimg_writer_options options;
	struct writer_sets sets;
	int result;

	if (take_options(&options, given, error) < 0)
		return -1;
	ASK_WHEN_INTERRUPTED(&options.progress);
	for (size_t i = 0; i < count; i++) {
		if (check_type(pimg_queue_type(queues[i]), error) < 0)
			return -1;
	}
	result = writer_sets_make(&sets, queues, count, error);
	if (result == 0)
		result = write_directory(path, &sets, !count, &options, error);
	writer_sets_release(&sets);
	return result;
}
