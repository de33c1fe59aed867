/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The files in an archive that have a role. All headers are read once. Files that may be asked for are read
 * from the archive directly if it can seek; else they are copied to a nameless temporary file during that pass.
 *
 * Several archives can be laid over each other, as the layers of a container image are: a file hides the file
 * of the same name in the layers below, and ".wh.NAME" (a whiteout) hides NAME there, or everything below it;
 * ".wh..wh..opq" hides everything in its directory.
 */
#ifndef LIBIMG_IO_ARCHIVE_MEMBERS_H
#define LIBIMG_IO_ARCHIVE_MEMBERS_H

#include "io/archive/roles.h"
#include "io/source/source.h"

struct members;

struct archived {
	char *path;
	size_t base_at; /* in path, after its directory */
	char *link;	/* target of a link, as it is in the archive; or null */
	unsigned roles;
	size_t number; /* in the order of the archives */
	unsigned layer;
	bool is_file, is_hard_link;
	bool hidden; /* by a layer above */
	bool kept;   /* at is an offset in the kept data, else in the archive */
	uint64_t at, size;
	uint64_t head_at,
		end_at; /* extent in the archive, header included; end_at is 0 if truncated */
};

/*
 * @name: of the input, for messages
 * @within: the members that the archives are opened from, which stay open; or null
 */
struct members *members_new(const char *name, folder_roles_fn roles, struct members *within,
			    struct pimg_error *error);
/* Another owner of the same members. Returns them. */
struct members *members_share(struct members *members);
/* Frees them when the last owner releases them. Null is fine. */
void members_release(struct members *members);

/*
 * Whether enough was found, so that the rest of an archive that cannot seek need not be read.
 * @next: the path of the member that follows
 */
struct members_enough {
	bool (*ask)(void *context, struct members *members, const char *next);
	void *context;
};

/*
 * Reads the headers of an archive, whose files hide those of the archives before it. Takes ownership of the
 * archive, also on failure.
 * @enough: may be null
 * @progress: may be null
 * Returns 0, also if the archive is damaged: see members_damage(). Or -1.
 */
int members_add(struct members *members, struct source *archive,
		const struct members_enough *enough, const struct pimg_progress *progress,
		struct pimg_error *error);

/* How much memory their names take. */
size_t members_name_bytes(const struct members *members);
/* The name of the input. */
const char *members_name(const struct members *members);
/* What precedes a member's path in messages: "IMAGE/", or "" unless it was set. */
const char *members_prefix(const struct members *members);
/* Takes over the prefix. */
void members_set_prefix(struct members *members, char *prefix);
/* The archive, decompressed; null for the layers of a container image. */
struct source *members_archive(const struct members *members);
bool members_are_of_zip(const struct members *members);
/* The first defect that prevents reading, also of what the archives are in; or null. */
const struct pimg_error *members_damage(const struct members *members);
/* Notes such a defect, unless there is one. */
void members_note_damage(struct members *members, const struct pimg_error *damage);
/* A defect that does not prevent reading, or null. */
const struct pimg_error *members_problem(const struct members *members);
/*
 * Decompresses the skipped parts of compressed archives.
 * @progress: may be null
 */
int members_read_through(struct members *members, const struct pimg_progress *progress,
			 struct pimg_error *error);

/*
 * The last member of that name, as unpacking the archives would leave it; null if there is none.
 * @directory, @length: "" or "a/b/", before base
 */
const struct archived *members_find(const struct members *members, const char *directory,
				    size_t length, const char *base);
/*
 * Opens a member, or the one that it is a link to. The source may not outlive the members.
 * Returns 1 and sets source, or -1.
 */
int members_open(struct members *members, const struct archived *member, struct source **source,
		 struct pimg_error *error);

/*
 * The members in the order of their paths, numbered from 0; null after the last. Those of the same path follow each other.
 */
const struct archived *members_at(const struct members *members, size_t number);
/* Whether both are in the same directory. */
bool members_are_together(const struct archived *a, const struct archived *b);
/* Whether a member in the directory, not below it, has one of the roles. */
bool members_have_role(const struct members *members, const char *directory, size_t length,
		       unsigned roles);
/* Whether the members of the directory are in the archive in the order of their names. */
bool members_are_sorted(const struct members *members, const char *directory, size_t length);

#endif
