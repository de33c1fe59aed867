// SPDX-License-Identifier: LGPL-2.1-or-later
#include "format/directory-names.h"

#include <stdio.h>
#include <string.h>

#include "format/saved.h"

const char *const directory_queue_images[QUEUE_TYPES] = {
	[PIMG_PIPE] = "pipes-data.img",
	[PIMG_FIFO] = "fifo-data.img",
	[PIMG_SOCKET] = "sk-queues.img",
};

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

/* The other images that this library reads. */
static bool is_read(const char *name)
{
	static const char *const names[] = {
		"pipes.img",	 "fifo.img",   "unixsk.img", "reg-files.img", "descriptors.json",
		"config.dump",	 "spec.dump",  "ids-",	     SAVED_PIPES,     SAVED_FIFOS,
		SAVED_INVENTORY, SAVED_FAILED, SAVED_LOG,
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

/* Of any set after the first. */
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
	/* A pre-dump, which contains only memory, also has an inventory. */
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
