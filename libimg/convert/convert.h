/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Converting images. convert.c decides what is asked for, and into what; convert-file.c writes a file, reads
 * it back and compares; convert-records.c writes records; convert-boundaries.c decides where chunks that the
 * image does not tell come from; convert-choice.c chooses one of several images; convert-pcapng.c writes for Wireshark; convert-directory.c has
 * directories, and convert-archive.c archives.
 */
#ifndef LIBIMG_CONVERT_CONVERT_H
#define LIBIMG_CONVERT_CONVERT_H

#include "format/queue-places.h"
#include "image/cursor.h"
#include "image/image.h"
#include "io/sink/sink.h"
#include "pipe-data.pb-c.h"

/*
 * An image file on its way into another. Each queue is walked along by a cursor, and its records are
 * written anew; what no layout of ours knows (fields of a later CRIU) goes along byte for byte.
 */
struct convert {
	struct pimg_image *from;
	struct sink *to;
	const struct pimg_convert_options *options;
	enum pimg_type type;
	struct image_head head; /* of what is written */
	bool has_layout;	/* else records are copied as they are */
	enum pimg_layout layout;
	uint32_t written; /* queues */
	uint64_t packets; /* of the queue that was written last */

	/* Where boundaries are taken from, and the queue of it that is walked along. */
	struct pimg_image *boundaries;
	struct cursor model;

	/* Of the records read since the last that was written: what must not be lost. */
	uint8_t *unknown; /* fields, one after another */
	size_t unknown_length, unknown_room;
	PipeOrigin *origin;
	uint8_t *origin_bytes; /* as it was encoded */
	uint32_t origin_length;

	struct queue_places places; /* where queues are in what is written */

	bool in_record; /* what was written last is not all of one */

	/* The record that is copied as it is. */
	struct checksum checksum;
	uint32_t copied_id;
	uint64_t copied_offset; /* in what is written */

	pimg_progress_fn progress;
	void *progress_context;
	uint64_t progress_done; /* where it was reported last */
};

/* Whether its records are written anew: datagrams have but one layout. */
bool convert_is_given_layout(const struct pimg_image *image,
			     const struct pimg_convert_options *options);

/*
 * Reads an image that was opened to grow, without index, as far as it has to be known before it is
 * converted, and refuses a damaged one. What is copied record by record is not read yet: that is
 * done, and damage refused, while it is copied.
 * @whole: the directory that it is from, or null
 */
int convert_prepare(struct pimg_image *image, const struct pimg_convert_options *options,
		    const struct pimg_image *whole, struct pimg_error *error);

/*
 * Writes the only part of an image that was prepared into a sink, reads it back where that can be
 * done, and compares. The sink stays the caller's, to commit or abort.
 * @boundaries: the image that boundaries are taken from, or null
 */
int convert_file(struct pimg_image *from, struct sink *to,
		 const struct pimg_convert_options *options, struct pimg_image *boundaries,
		 pimg_progress_fn progress, void *context, struct pimg_error *error);

/* Decides what depends on what the image is, before anything of it is converted. */
typedef void (*convert_choose_fn)(const struct pimg_image *image, const char *to,
				  struct pimg_convert_options *options);

/* pimg_convert(), with what is decided only then. @choose: may be null */
int convert_choosing(const char *from, const char *to, const struct pimg_convert_options *options,
		     convert_choose_fn choose, pimg_progress_fn progress, void *context,
		     struct pimg_error *error);

/* Opens the target. What is converted in place is replaced only while it is what was read. */
struct sink *convert_open_target(const struct pimg_image *image, const char *from, const char *to,
				 bool replace, struct pimg_error *error);

/*
 * Compresses what is written into the sink as is asked for, or if a file replaces itself, as it was.
 * @from, @to: paths
 */
int convert_choose_compression(const char *from, const char *to, struct sink *sink,
			       const struct pimg_convert_options *options,
			       struct pimg_error *error);

/* True for a file that stands, or will stand, among the images of a dump, by a link too. */
bool convert_is_in_dump(const char *path);
/* The same for what has the name of an image of CRIU there: CRIU will read it. */
bool convert_is_image_of_dump(const char *path);

/* Refuses a damaged image, and rules for pipes that it does not have or that need none. */
int convert_check(const struct pimg_image *image, const struct pimg_convert_options *options,
		  struct pimg_error *error);

/*
 * A directory into a new one: images of queues are converted, everything else is copied.
 * @whole: the directory as one image
 */
int convert_directory(const struct pimg_image *whole, const char *to,
		      const struct pimg_convert_options *options, struct pimg_image *boundaries,
		      pimg_progress_fn progress, void *context, struct pimg_error *error);

/* What a directory of CRIU must stay: one that CRIU restores. */
int convert_check_dump(const struct pimg_image *whole, const struct pimg_convert_options *options,
		       struct pimg_error *error);

/* Refuses a target in the directory that is read for it. */
int convert_check_outside(const char *directory, const char *to, struct pimg_error *error);

/*
 * An archive into a new one, compressed as it was; or a directory into an archive: images of queues are
 * converted, where a layout is asked for, everything else goes along as it is.
 * @whole: the archive or directory as one image
 */
int convert_archive(const struct pimg_image *whole, const char *from, const char *to,
		    const struct pimg_convert_options *options, struct pimg_image *boundaries,
		    pimg_progress_fn progress, void *context, struct pimg_error *error);

/* ---- records ---- */

/* Writes a queue in the layout that is asked for. */
int convert_write_queue(struct convert *convert, size_t queue, struct pimg_error *error);
/* The layout that the queue gets: that which is asked for, if its chunks are known. */
enum pimg_layout convert_layout_of(const struct convert *convert,
				   const struct pimg_queue_info *info);
/* Reads the image, and copies all records in the order of the file; refuses a damaged one. */
int convert_copy_records(struct convert *convert, struct pimg_error *error);
/* What was written from offset on are records of that queue. */
int convert_note_place(struct convert *convert, uint32_t id, uint64_t offset,
		       struct pimg_error *error);
/* Frees what the struct holds. */
void convert_release(struct convert *convert);
int convert_report_progress(struct convert *convert, const struct source *source,
			    struct pimg_error *error);

/* ---- other targets ---- */

/*
 * Of an image of which all is read: where the target has room for one of a directory's images, leaves that one
 * of them that has unread data.
 */
int convert_choose_part(struct pimg_image *image, const struct pimg_convert_options *options,
			void *context, struct pimg_error *error);

/* Writes all queues as a pcapng file, with boundaries as convert knows them. */
int convert_write_pcapng(struct convert *convert, struct pimg_error *error);

/* ---- boundaries ---- */

/* The rule for a queue, if there is one that is for it. */
const struct pimg_frame *convert_frame(const struct convert *convert,
				       const struct pimg_queue_info *info);
/* True if its boundaries come from the other image. */
bool convert_has_model(const struct convert *convert, const struct pimg_queue_info *info);
/* An error if the other image has other bytes for the queue: its boundaries would be lies. */
int convert_check_model(struct convert *convert, size_t queue, struct pimg_error *error);
/* Opens a cursor that takes stream runs apart, where that is asked for. */
int convert_open_cursor(struct convert *convert, struct cursor *cursor, size_t queue,
			struct pimg_error *error);

#endif
