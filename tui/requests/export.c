// SPDX-License-Identifier: GPL-2.0-or-later
#include "requests/export.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "frame/ask.h"
#include "frame/target.h"
#include "pipeimg-private.h"

/* The key answers the question; the ending selects the form of a path that was typed. */
static const struct {
	char key;
	const char *ending;
	const char *name;
	enum pimg_export_form form;
} forms[] = {
	{'r', ".bin", "raw bytes", PIMG_EXPORT_RAW},
	{'h', ".hex", "hex", PIMG_EXPORT_HEX},
	{'p', ".pcapng", "pcapng", PIMG_EXPORT_PCAPNG},
	{'i', ".img", "an image", PIMG_EXPORT_IMAGE},
	{'j', ".json", "JSON", PIMG_EXPORT_JSON},
};

#define FORM_COUNT (sizeof(forms) / sizeof(*forms))

/* ---- what is written ---- */

static size_t collect_marked(const struct model *model, struct pimg_chunk_id *places)
{
	size_t count = 0;

	for (size_t queue = 0; queue < model->marks.queue_count; queue++) {
		size_t end = model->marks.queues[queue].word_count * 64;

		for (size_t chunk = 0; chunk < end; chunk++) {
			if (marks_has(&model->marks, queue, chunk))
				places[count++] = (struct pimg_chunk_id){queue, chunk};
		}
	}
	return count;
}

/* In the order of the image. Returns null if memory is short. */
static struct pimg_chunk_id *collect(const struct model *model, size_t *count)
{
	size_t wanted = model->marks.count ? model->marks.count : 1;
	struct pimg_chunk_id *places = calloc(wanted, sizeof(*places));

	*count = 1;
	if (places && model->marks.count)
		*count = collect_marked(model, places);
	else if (places)
		*places = (struct pimg_chunk_id){model->place.queue, model->place.chunk};
	return places;
}

/* ---- questions ---- */

static size_t form_by_ending(const char *path)
{
	size_t length = strlen(path);

	for (size_t i = 0; i < FORM_COUNT; i++) {
		size_t ending = strlen(forms[i].ending);

		if (length > ending && !strcmp(path + length - ending, forms[i].ending))
			return i;
	}
	return 0;
}

/* Returns FORM_COUNT if it was cancelled. */
static size_t ask_form(struct browser *browser, size_t count)
{
	char question[160], brief[32] = "write", keys[FORM_COUNT + 1] = "";
	size_t used;
	int key;

	used = (size_t)snprintf(question, sizeof(question), "write %zu packet%s as", count,
				PLURAL_S(count));
	for (size_t i = 0; i < FORM_COUNT; i++) {
		keys[i] = forms[i].key;
		snprintf(brief + strlen(brief), sizeof(brief) - strlen(brief), " %c", keys[i]);
		used += (size_t)snprintf(question + used, sizeof(question) - used, "  %c %s",
					 forms[i].key, forms[i].name);
	}
	key = ask_key(browser, question, brief, keys);
	for (size_t i = 0; i < FORM_COUNT; i++) {
		if (key && forms[i].key == key)
			return i;
	}
	return FORM_COUNT;
}

static bool ask_path(struct view *view, size_t form, char *path, size_t size)
{
	const struct pimg_queue_info *queue = model_queue(view->model);

	snprintf(path, size, "%s-%u%s", pimg_type_name(queue->type), queue->id, forms[form].ending);
	return ask_line(view->browser, "to: ", &view->browser->files, path, size, NULL, NULL) &&
	       *path;
}

/* ---- all ---- */

static void write_to(struct view *view, const struct pimg_chunk_id *places, size_t count,
		     size_t form, const char *path)
{
	char what[EDIT_SIZE * 4 + 16], done[EDIT_SIZE * 4 + 64];
	struct lasting lasting;
	struct pimg_error error;
	bool replace;
	int result;

	if (!target_ask(view->browser, path, &replace))
		return;
	snprintf(what, sizeof(what), "writing %s", path);
	lasting_begin(&lasting, view->browser, what);
	result = pimg_export(view->model->image, places, count, forms[form].form, path, replace,
			     &(struct pimg_progress){lasting_tell, &lasting}, &error);
	if (result < 0) {
		lasting_complain(&lasting, &error);
		return;
	}
	snprintf(done, sizeof(done), "wrote %zu packet%s to %s, as %s%s", count, PLURAL_S(count),
		 path, forms[form].name, result ? "; wrong checksum" : "");
	if (result)
		browser_complain_that(view->browser, done, &error);
	else
		browser_say(view->browser, "%s", done);
}

void export_ask(struct view *view, const char *argument)
{
	struct pimg_chunk_id *places;
	char path[EDIT_SIZE * 4];
	struct pimg_chunk chunk;
	size_t count, form;

	if (!view->model->marks.count && !model_chunk(view->model, &chunk)) {
		browser_say(view->browser, "no packet to write");
		return;
	}
	places = collect(view->model, &count);
	if (!places) {
		browser_say(view->browser, "no memory");
		return;
	}
	snprintf(path, sizeof(path), "%s", argument ? argument : "");
	form = *path ? form_by_ending(path) : ask_form(view->browser, count);
	if (form < FORM_COUNT && (*path || ask_path(view, form, path, sizeof(path)))) {
		target_expand(path, sizeof(path));
		write_to(view, places, count, form, path);
	}
	free(places);
}
