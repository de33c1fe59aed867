// SPDX-License-Identifier: GPL-2.0-or-later
#include "commands/verify-walk.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/message.h"

/* Files that are verified as part of the directory. */
static bool is_part_of_dump(const FTSENT *entry)
{
	static const char *const names[] = {"pipes-data.img", "fifo-data.img", "sk-queues.img",
					    "pipeimg-pipes.img", "pipeimg-fifos.img"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (entry->fts_parent->fts_number && !strcmp(entry->fts_name, names[i]))
			return true;
	}
	return false;
}

static void note_failure(struct walk *walk, int status)
{
	if ((enum pimg_status)status > walk->worst)
		walk->worst = (enum pimg_status)status;
}

/* Symbolic links on the command line are followed: "dump/" is the target of "dump". */
static int probe(const FTSENT *entry, enum pimg_content *content, struct pimg_error *error)
{
	char *named;
	int result;

	if (entry->fts_level != FTS_ROOTLEVEL)
		return pimg_probe(entry->fts_accpath, content, error);
	if (asprintf(&named, "%s/", entry->fts_path) < 0)
		return -1;
	result = pimg_probe(named, content, error);
	free(named);
	return result;
}

/* An unreadable directory is reported, and does not end the walk. Returns whether the directory is a dump. */
static bool takes_directory(struct walk *walk, FTSENT *entry)
{
	enum pimg_content content;
	struct pimg_error error;

	if (probe(entry, &content, &error) < 0) {
		note_failure(walk, complain(&error));
		return false;
	}
	entry->fts_number = content == PIMG_CONTENT_DIRECTORY;
	/* The files in it are its parts, and have no other meaning. */
	if (content == PIMG_CONTENT_LAYOUT)
		fts_set(walk->below, entry, FTS_SKIP);
	return content != PIMG_CONTENT_OTHER;
}

static bool takes(struct walk *walk, FTSENT *entry)
{
	switch (entry->fts_info) {
	case FTS_DNR:
	case FTS_ERR:
	case FTS_NS:
		note_failure(walk, refuse(PIMG_SYSTEM, "%s: cannot read: %s", entry->fts_path,
					  strerror(entry->fts_errno)));
		return false;
	case FTS_D:
		return takes_directory(walk, entry);
	case FTS_F:
		return !is_part_of_dump(entry);
	case FTS_SL:
	case FTS_SLNONE:
	case FTS_DEFAULT:
		return !entry->fts_parent->fts_number;
	default:
		return false;
	}
}

/* Why the entry is not opened, or null. Paths on the command line are always opened. */
static const char *reason_to_skip(const FTSENT *entry)
{
	if (entry->fts_level == FTS_ROOTLEVEL)
		return NULL;
	if (entry->fts_info == FTS_SL || entry->fts_info == FTS_SLNONE)
		return "it is a symbolic link";
	return entry->fts_info == FTS_DEFAULT ? "it is not a regular file" : NULL;
}

static int set_item(const struct walk *walk, struct walk_item *item, const char *path,
		    bool is_found)
{
	*item = (struct walk_item){
		.path = strdup(path),
		.root = walk->at,
		.is_found = is_found,
	};
	if (item->path)
		return 1;
	return -1;
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

/* A container image may be of something other than a checkpoint. */
static bool is_found(const FTSENT *entry)
{
	return entry->fts_info == FTS_F || (entry->fts_info == FTS_D && !entry->fts_number);
}

/* Returns 1 and sets item, 0 after the last below this path, or -1. */
static int next_below(struct walk *walk, struct walk_item *item)
{
	char *paths[] = {walk->paths[walk->at], NULL};
	FTSENT *entry;
	int result;

	if (!walk->below)
		walk->below = fts_open(paths, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR, by_name);
	if (!walk->below) {
		note_failure(walk,
			     refuse(PIMG_SYSTEM, "%s: cannot read: %s", paths[0], strerror(errno)));
		return 0;
	}
	while (!interrupted() && (entry = fts_read(walk->below))) {
		bool is_file = entry->fts_info == FTS_F;

		if (!takes(walk, entry))
			continue;
		result = set_item(walk, item, entry->fts_path,
				  is_found(entry) && entry->fts_level > FTS_ROOTLEVEL);
		item->is_in_dump = is_file && entry->fts_parent->fts_number;
		item->skip = reason_to_skip(entry);
		return result;
	}
	fts_close(walk->below);
	walk->below = NULL;
	return 0;
}

int walk_next(struct walk *walk, struct walk_item *item)
{
	while (walk->at < walk->count) {
		bool searches = walk->recursive && strcmp(walk->paths[walk->at], "-") != 0;
		int result = searches ? next_below(walk, item)
				      : set_item(walk, item, walk->paths[walk->at], false);

		if (!searches || !result)
			walk->at++;
		if (result)
			return result;
	}
	return 0;
}

void walk_end(struct walk *walk)
{
	if (walk->below)
		fts_close(walk->below);
	walk->below = NULL;
}
