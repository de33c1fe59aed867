// SPDX-License-Identifier: LGPL-2.1-or-later
#include "image/content.h"

#include "base/error.h"
#include "exchange/json.h"
#include "format/foreign.h"
#include "image/find-dumps.h"
#include "io/archive/reader.h"
#include "io/compression/decompress.h"
#include "io/sink/sink.h"
#include "io/source/open.h"

/* JSON that begins like an image is damaged; any other JSON is from another program. */
static void tell_foreign_json(const char *key, struct pimg_error *error)
{
	if (!error || error_check_of(error) != CHECK_JSON)
		return;
	error_check(error, CHECK_JSON,
		    "is JSON of another program: its first key is \"%s\", not \"magic\"; give the "
		    "output of crit decode or pipeimg convert --to json",
		    key);
}

/* Takes ownership of the source. */
static struct source *source_of_json(struct source *json, struct pimg_error *error)
{
	struct sink *sink = sink_open_nameless(source_name(json), error);
	char key[64];
	bool is_foreign = foreign_json_key(json, key, sizeof(key));
	struct source *source = NULL;

	if (sink && json_read(json, sink, error) < 0) {
		if (is_foreign)
			tell_foreign_json(key, error);
		error_in_file(error, source_name(json));
	} else if (sink)
		sink_reread(sink, &source, true, error);
	sink_abort(sink);
	source_close(json);
	return source;
}

/* Takes ownership of the source. */
static int open_source(struct image_content *content, struct source *source, unsigned flags,
		       const struct pimg_progress *progress, struct pimg_error *error)
{
	source = source_plain(source, error);
	if (!source)
		return -1;
	if (archive_is_next(source)) {
		if (flags & IMAGE_CONTENT_AGAIN && content->file.passes &&
		    source_keep_all(source, progress, error) < 0) {
			source_close(source);
			return -1;
		}
		return dumps_of_archive(&content->dumps, source, flags & IMAGE_CONTENT_ENOUGH,
					progress, error);
	}
	if (json_is_next(source)) {
		content->input = NULL;
		content->is_json = true;
		content->source = source_of_json(source, error);
		return content->source ? 0 : -1;
	}
	content->source = source;
	return flags & IMAGE_CONTENT_KEEP ? source_keep(source, error) : 0;
}

int image_content_open(struct image_content *content, const char *path, unsigned flags,
		       const struct pimg_progress *progress, struct pimg_error *error)
{
	struct source *source;

	*content = (struct image_content){0};
	if (folder_is_at(path)) {
		if (dumps_at(&content->dumps, path, flags & IMAGE_CONTENT_ENOUGH, progress,
			     error) == 0)
			return 0;
		image_content_close(content);
		return -1;
	}
	source = source_open(path, error);
	if (source)
		content->file = source->file;
	if (source && flags & IMAGE_CONTENT_WAITS)
		source_tell_waits(source, progress);
	if (source && flags & IMAGE_CONTENT_AGAIN)
		content->compression = compression_of(source);
	if (source && source_input(source) >= 0)
		content->input = source;
	if (source && open_source(content, source, flags, progress, error) == 0)
		return 0;
	image_content_close(content);
	return -1;
}

void image_content_close(struct image_content *content)
{
	source_close(content->source);
	content->source = NULL;
	dumps_release(&content->dumps);
}
