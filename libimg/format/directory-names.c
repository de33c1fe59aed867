// SPDX-License-Identifier: LGPL-2.1-or-later
/* Which files a directory of CRIU is read from, and whether all of them are there. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format/directory.h"
#include "format/kept.h"
#include "io/source.h"

const char *const directory_queue_images[3] = {
	[PIMG_PIPE] = "pipes-data.img",
	[PIMG_FIFO] = "fifo-data.img",
	[PIMG_SOCKET] = "sk-queues.img",
};

/* ---- whether more is to come ---- */

/* An image that is missing, or is damaged, and may stand again further on. */
static int stop_at_problem(void *context, const struct pimg_error *problem,
			   struct pimg_error *error)
{
	(void)context;
	(void)problem;
	(void)error;
	return -1;
}

/* Engines tell of a container in a file beside its directory of images, which has this name then. */
static bool lacks_description(const struct folder *folder)
{
	return folder_is_called(folder, FOLDER_OF_EXPORT) &&
	       !folder_has_above(folder, "config.dump");
}

bool directory_is_complete(struct folder *folder, bool left)
{
	struct directory_reader reader = {.problem = stop_at_problem};

	/* Before CRIU 3.5 open files were told of in an image for each type. */
	if (!folder_has(folder, "files.img") || directory_read(&reader, folder, NULL) < 0 ||
	    !reader.has_inventory || reader.has_bare_task)
		return false;
	for (size_t i = 0; i < 3; i++) {
		/*
		 * CRIU saves pipes and FIFOs though they are empty, but of sockets only those that
		 * have something.
		 */
		bool may_be_none = left && i == PIMG_SOCKET;

		if (reader.has_type[i] && !may_be_none &&
		    !folder_has(folder, directory_queue_images[i]))
			return false;
	}
	/* What the hook kept comes before pstree.img by name, and anywhere else in the directory. */
	if (!left && !folder_is_sorted(folder))
		return false;
	return !lacks_description(folder);
}

/* ---- names ---- */

static bool is_name_of_criu(const char *name)
{
	static const char *const names[] = {"inventory.img", "pstree.img", "files.img"};
	static const char *const prefixes[] = {"core-", "fdinfo-", "pagemap-", "mm-"};
	size_t length = strlen(name);

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (!strcmp(name, names[i]))
			return true;
	}
	if (length < 4 || strcmp(name + length - 4, ".img"))
		return false;
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++) {
		if (!strncmp(name, prefixes[i], strlen(prefixes[i])))
			return true;
	}
	return false;
}

/* The other images that are read here. */
static bool is_read(const char *name)
{
	static const char *const names[] = {
		"pipes.img",	    "fifo.img",	   "unixsk.img",   "reg-files.img",
		"descriptors.json", "config.dump", "spec.dump",	   "ids-",
		KEPT_PIPES,	    KEPT_FIFOS,	   KEPT_INVENTORY, KEPT_FAILED,
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (!strncmp(name, names[i], strlen(names[i])))
			return true;
	}
	return false;
}

const char *directory_set_image(enum pimg_type type, unsigned set, char name[DIRECTORY_NAME_MAX])
{
	const char *base = directory_queue_images[type];
	int stem = (int)(strlen(base) - strlen(".img"));

	if (set)
		snprintf(name, DIRECTORY_NAME_MAX, "%.*s-%u.img", stem, base, set + 1);
	else
		snprintf(name, DIRECTORY_NAME_MAX, "%s", base);
	return name;
}

/* Of a set but the first. */
static bool is_set_image(const char *name)
{
	for (unsigned set = 1; set < DIRECTORY_SETS_MAX; set++) {
		char pipes[DIRECTORY_NAME_MAX], fifos[DIRECTORY_NAME_MAX];

		if (!strcmp(name, directory_set_image(PIMG_PIPE, set, pipes)) ||
		    !strcmp(name, directory_set_image(PIMG_FIFO, set, fifos)))
			return true;
	}
	return false;
}

static bool is_queue_image(const char *name)
{
	for (size_t i = 0; i < 3; i++) {
		if (!strcmp(name, directory_queue_images[i]))
			return true;
	}
	return false;
}

unsigned directory_roles(const char *name)
{
	/* A dump of memory alone, before the real one, has an inventory too. */
	if (is_queue_image(name))
		return FOLDER_WANTED | FOLDER_MARK;
	if (!strcmp(name, "files.img"))
		return FOLDER_WANTED | FOLDER_MARK | FOLDER_TRACE;
	if (!strncmp(name, "pagemap-", 8))
		return FOLDER_TRACE | FOLDER_MEMORY;
	if (!strncmp(name, "mm-", 3))
		return FOLDER_TRACE;
	if (!strcmp(name, "config.dump"))
		return FOLDER_WANTED | FOLDER_BESIDE;
	if (is_name_of_criu(name))
		return FOLDER_WANTED | FOLDER_TRACE;
	if (!strncmp(name, "pipes-data-", 11) || !strncmp(name, "fifo-data-", 10))
		return is_set_image(name) ? FOLDER_WANTED : 0;
	return is_read(name) ? FOLDER_WANTED : 0;
}

char *directory_passed_in(struct folder *folder)
{
	enum { MOST = 64 * 1024 };
	struct source *source;
	const uint8_t *data;
	char *text = NULL;
	ssize_t there;

	if (folder_find(folder, "descriptors.json", &source, NULL) <= 0)
		return NULL;
	there = source_peek(source, MOST, &data, NULL);
	if (there > 0)
		text = strndup((const char *)data, there < MOST ? (size_t)there : MOST);
	source_close(source);
	return text;
}
