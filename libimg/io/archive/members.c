// SPDX-License-Identifier: LGPL-2.1-or-later
#include "io/archive/members.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "io/archive/reader.h"
#include "io/archive/whiteouts.h"
#include "io/source/spool-source.h"

/* Limits against archives that were crafted to exhaust their reader. */
#define MEMBERS_MAX    (1U << 18)
#define PATH_BYTES_MAX 1024
#define NAMES_MAX      (16U << 20)

/*
 * Before this many bytes are skipped, the callback is asked whether enough was found; but not without
 * limit.
 */
#define MUCH_BYTES (1U << 20)
#define ASKED_MAX  32

/* Links that lead to other links. */
#define LINKS_MAX 8

/* An archive. */
struct layer {
	struct source *archive;
	bool passes_over;    /* compressed data that is not wanted */
	struct spool *spool; /* for members that cannot be read from the archive directly */
	struct source *kept; /* its content */
};

struct members {
	unsigned owners;
	struct members *within; /* or null */
	char *name, *prefix;
	folder_roles_fn roles;
	struct layer *layers;
	size_t layer_count, layer_room;
	bool is_zip;

	struct archived **members; /* in the order of the archives */
	size_t count, room, name_bytes;
	const struct archived **by_path; /* sorted; those that existed at the last sort */
	size_t sorted_count;
	struct whiteouts whiteouts; /* of the layer that is being added */

	bool damaged;
	struct pimg_error damage;
};

struct members *members_new(const char *name, folder_roles_fn roles, struct members *within,
			    struct pimg_error *error)
{
	struct members *members = calloc(1, sizeof(*members));

	if (members) {
		members->owners = 1;
		members->name = strdup(name);
		members->prefix = strdup("");
		members->roles = roles;
		members->within = within ? members_share(within) : NULL;
	}
	if (members && members->name && members->prefix)
		return members;
	members_release(members);
	error_memory(error);
	return NULL;
}

struct members *members_share(struct members *members)
{
	members->owners++;
	return members;
}

static size_t bytes_of(const char *path, const char *link)
{
	return strlen(path) + (link ? strnlen(link, PATH_BYTES_MAX) : 0);
}

/* Forgets the members from that number on. */
static void forget(struct members *members, size_t from)
{
	while (members->count > from) {
		struct archived *member = members->members[--members->count];

		members->name_bytes -= bytes_of(member->path, member->link);
		free(member->path);
		free(member->link);
		free(member);
	}
	members->sorted_count = 0;
}

void members_release(struct members *members)
{
	if (!members || --members->owners)
		return;
	forget(members, 0);
	free(members->members);
	free(members->by_path);
	whiteouts_release(&members->whiteouts);
	for (size_t i = 0; i < members->layer_count; i++) {
		source_close(members->layers[i].kept);
		spool_free(members->layers[i].spool);
		source_close(members->layers[i].archive);
	}
	free(members->layers);
	free(members->name);
	free(members->prefix);
	members_release(members->within);
	free(members);
}

/* ---- searching ---- */

static int compare_path(const struct archived *member, const char *directory, size_t length,
			const char *base)
{
	int order = strncmp(member->path, directory, length);

	return order ? order : strcmp(member->path + length, base);
}

/* Members of the same path in the order of the archives. */
static int by_path(const void *a, const void *b)
{
	const struct archived *first = *(const struct archived *const *)a;
	const struct archived *second = *(const struct archived *const *)b;
	int order = strcmp(first->path, second->path);

	return order ? order : first->number < second->number ? -1 : 1;
}

/* Makes each search cheap, however many members there are. */
static int sort(struct members *members, struct pimg_error *error)
{
	const struct archived **grown;

	if (!members->count)
		return 0;
	grown = reallocarray(members->by_path, members->count, sizeof(*grown));
	if (!grown)
		return error_memory(error);
	members->by_path = grown;
	members->sorted_count = members->count;
	for (size_t i = 0; i < members->count; i++)
		members->by_path[i] = members->members[i];
	qsort(members->by_path, members->sorted_count, sizeof(*members->by_path), by_path);
	return 0;
}

/* The number of the first member that comes after that path, or, with or_equal, that is not before it. */
static size_t first_after(const struct members *members, const char *directory, size_t length,
			  const char *base, bool or_equal)
{
	size_t low = 0, high = members->sorted_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = compare_path(members->by_path[middle], directory, length, base);

		if (order < 0 || (order == 0 && !or_equal))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct archived *members_find(const struct members *members, const char *directory,
				    size_t length, const char *base)
{
	size_t after = first_after(members, directory, length, base, false);
	const struct archived *found = after ? members->by_path[after - 1] : NULL;

	return found && !found->hidden && !compare_path(found, directory, length, base) ? found
											: NULL;
}

const struct archived *members_at(const struct members *members, size_t number)
{
	return number < members->sorted_count ? members->by_path[number] : NULL;
}

static bool is_in(const struct archived *member, const char *directory, size_t length)
{
	return member->base_at == length && !memcmp(member->path, directory, length);
}

bool members_are_together(const struct archived *a, const struct archived *b)
{
	return is_in(a, b->path, b->base_at);
}

bool members_have_role(const struct members *members, const char *directory, size_t length,
		       unsigned roles)
{
	size_t i = first_after(members, directory, length, "", true);

	for (; i < members->sorted_count; i++) {
		const struct archived *member = members->by_path[i];

		if (strncmp(member->path, directory, length) != 0)
			return false;
		if (member->roles & roles && !member->hidden && is_in(member, directory, length))
			return true;
	}
	return false;
}

bool members_are_sorted(const struct members *members, const char *directory, size_t length)
{
	const struct archived *last = NULL;

	for (size_t i = 0; i < members->count; i++) {
		const struct archived *member = members->members[i];

		if (!is_in(member, directory, length))
			continue;
		if (last && strcmp(last->path, member->path) > 0)
			return false;
		last = member;
	}
	return true;
}

/* ---- reading headers ---- */

static int too_many(const struct members *members, struct pimg_error *error)
{
	error_check(error, CHECK_TOO_MANY, "an archive of more than %u images", MEMBERS_MAX);
	return error_in_file(error, members->name);
}

static struct archived *add_member(struct members *members, const struct archive_member *found,
				   unsigned roles, struct pimg_error *error)
{
	size_t bytes = bytes_of(found->path, found->link);
	const char *slash = strrchr(found->path, '/');
	struct archived *member;

	if (members->count == MEMBERS_MAX || members->name_bytes + bytes > NAMES_MAX) {
		too_many(members, error);
		return NULL;
	}
	if (array_make_room(&members->members, &members->room, members->count + 1,
			    sizeof(struct archived *), error) < 0)
		return NULL;
	member = malloc(sizeof(*member));
	if (!member) {
		error_memory(error);
		return NULL;
	}
	*member = (struct archived){
		.path = strdup(found->path),
		.base_at = slash ? (size_t)(slash + 1 - found->path) : 0,
		.link = found->link ? strndup(found->link, PATH_BYTES_MAX) : NULL,
		.roles = roles,
		.number = members->count,
		.layer = (unsigned)members->layer_count - 1,
		.is_file = found->is_file,
		.is_hard_link = found->is_hard_link,
		.size = found->in_one_piece,
	};
	if (!member->path || (found->link && !member->link)) {
		free(member->path);
		free(member);
		error_memory(error);
		return NULL;
	}
	members->members[members->count++] = member;
	members->name_bytes += bytes;
	return member;
}

/* A name that leads out of the archive's directory has no role. */
static bool leads_out(const char *path)
{
	return strlen(path) > PATH_BYTES_MAX || !strncmp(path, "../", 3) || strstr(path, "/../");
}

static unsigned roles_of(const struct members *members, const char *path)
{
	const char *slash = strrchr(path, '/');

	return leads_out(path) ? 0 : members->roles(slash ? slash + 1 : path);
}

/* What is read of an archive's members. */
struct reading {
	struct members *members;
	struct layer *layer;
	const struct members_enough *enough;
	struct archive_reader *reader;
	bool keep_all; /* no member is read from the archive directly */
	size_t asked;  /* how many members there were at the last question */
	unsigned times_asked;
	bool must_keep; /* the place of some member is not known */
	size_t latest;	/* number of the member that ends at the next header, or SIZE_MAX */
};

static int keep_member(struct reading *reading, struct archived *member, struct pimg_error *error)
{
	int result;

	member->at = spool_length(reading->layer->spool);
	result = archive_reader_keep(reading->reader, reading->layer->spool, error);
	member->size = spool_length(reading->layer->spool) - member->at;
	return result;
}

/* Whether some member of the layers below is hidden by it. */
static bool hides_some(const struct members *members, const struct whiteout *whiteout)
{
	size_t length = strlen(whiteout->path);
	const struct archived *next = members_at(
		members, first_after(members, whiteout->path, length, length ? "/" : "", true));

	if (next && !strncmp(next->path, whiteout->path, length) &&
	    (!length || next->path[length] == '/'))
		return true;
	return !whiteout->only_below && members_find(members, "", 0, whiteout->path);
}

static int take_whiteout(struct reading *reading, const struct archive_member *found,
			 struct pimg_error *error)
{
	struct members *members = reading->members;
	struct whiteout whiteout;
	int result;

	if (members->layer_count == 1 || leads_out(found->path))
		return 0;
	result = whiteout_of(found->path, found->is_directory, &whiteout, error);
	if (result <= 0)
		return result;
	if (!hides_some(members, &whiteout)) {
		free(whiteout.path);
		return 0;
	}
	if (members->whiteouts.count == MEMBERS_MAX ||
	    members->name_bytes + members->whiteouts.bytes > NAMES_MAX) {
		free(whiteout.path);
		return too_many(members, error);
	}
	return whiteouts_add(&members->whiteouts, whiteout, error);
}

static int take_member(struct reading *reading, const struct archive_member *found,
		       struct pimg_error *error)
{
	struct members *members = reading->members;
	unsigned roles = roles_of(members, found->path);
	struct archived *member;

	if (take_whiteout(reading, found, error) < 0)
		return -1;
	if (!roles)
		return 0;
	member = add_member(members, found, roles, error);
	if (!member)
		return -1;
	member->head_at = archive_reader_offset(reading->reader);
	reading->latest = members->count - 1;
	if (!(roles & FOLDER_WANTED) || !found->is_file)
		return 0;
	member->kept = reading->keep_all || !found->in_one_piece;
	return member->kept ? keep_member(reading, member, error) : 0;
}

/* The bytes of a member precede the next header, in whole blocks. */
static void end_member(struct reading *reading)
{
	enum { BLOCK = 512 };
	struct archived *member;

	if (reading->latest == SIZE_MAX)
		return;
	member = reading->members->members[reading->latest];
	member->end_at = archive_reader_offset(reading->reader);
	if (!member->kept)
		member->at = member->end_at - (member->size + BLOCK - 1) / BLOCK * BLOCK;
	reading->latest = SIZE_MAX;
}

/* Asking is only worthwhile if the member must be read to be skipped. */
static bool is_enough(struct reading *reading, const struct archive_member *found)
{
	struct members *members = reading->members;

	if (!reading->enough || source_can_seek(reading->layer->archive) ||
	    found->in_one_piece < MUCH_BYTES || roles_of(members, found->path) & FOLDER_WANTED ||
	    reading->asked == members->count || reading->times_asked == ASKED_MAX)
		return false;
	reading->asked = members->count;
	reading->times_asked++;
	return sort(members, NULL) == 0 &&
	       reading->enough->ask(reading->enough->context, members, found->path);
}

static int read_members(struct reading *reading, struct pimg_error *error)
{
	struct archive_member found;
	int result;

	while ((result = archive_reader_next(reading->reader, &found, error)) > 0) {
		end_member(reading);
		if (is_enough(reading, &found))
			return 0;
		if (take_member(reading, &found, error) < 0)
			return -1;
	}
	if (result == 0)
		end_member(reading);
	/* Truncated within the member's bytes: their place is not known. */
	else if (reading->latest != SIZE_MAX && !reading->members->members[reading->latest]->kept)
		reading->must_keep = true;
	return result;
}

/* Whether everything that is to be read from the archive directly is there. The reader is closed. */
static bool lie_in_one_piece(const struct reading *reading, size_t from)
{
	const struct members *members = reading->members;

	if (reading->must_keep)
		return false;
	for (size_t i = from; i < members->count; i++) {
		const struct archived *member = members->members[i];

		if (member->roles & FOLDER_WANTED && member->is_file && !member->kept &&
		    member->size &&
		    !archive_has_at(reading->layer->archive, member->at, member->size))
			return false;
	}
	return true;
}

static int read_once(struct reading *reading, const struct pimg_progress *progress,
		     struct pimg_error *error)
{
	int result = -1;

	reading->latest = SIZE_MAX;
	reading->reader = archive_reader_open(reading->layer->archive, progress, error);
	if (reading->reader)
		result = read_members(reading, error);
	archive_reader_close(reading->reader);
	return result;
}

/* If members are sparse or truncated, all are read a second time, and kept. */
static int read_all(struct reading *reading, const struct pimg_progress *progress,
		    struct pimg_error *error)
{
	size_t from = reading->members->count;
	int result;

	reading->keep_all = !source_can_seek(reading->layer->archive);
	result = read_once(reading, progress, error);
	if (reading->keep_all || (result < 0 && error->status != PIMG_BAD_DATA) ||
	    lie_in_one_piece(reading, from))
		return result;
	forget(reading->members, from);
	whiteouts_release(&reading->members->whiteouts);
	if (sort(reading->members, error) < 0 || source_seek(reading->layer->archive, 0, error) < 0)
		return -1;
	reading->keep_all = true;
	return read_once(reading, progress, error);
}

static struct layer *add_layer(struct members *members, struct source *archive,
			       struct pimg_error *error)
{
	struct layer *layer;

	if (array_make_room(&members->layers, &members->layer_room, members->layer_count + 1,
			    sizeof(*members->layers), error) < 0) {
		source_close(archive);
		return NULL;
	}
	layer = &members->layers[members->layer_count++];
	*layer = (struct layer){
		.archive = archive,
		.passes_over = source_can_seek(archive) && source_consumed(archive) != UINT64_MAX,
		.spool = spool_new(error),
	};
	if (!layer->spool)
		return NULL;
	layer->kept = spool_source(layer->spool, members->name, error);
	return layer->kept ? layer : NULL;
}

/* Hides what the last layer's whiteouts are for. */
static void hide(struct members *members)
{
	unsigned last = (unsigned)members->layer_count - 1;

	whiteouts_sort(&members->whiteouts);
	for (size_t i = 0; i < members->count && members->whiteouts.count; i++) {
		struct archived *member = members->members[i];

		if (member->layer < last && !member->hidden)
			member->hidden = whiteouts_hide(&members->whiteouts, member->path);
	}
	whiteouts_release(&members->whiteouts);
}

int members_add(struct members *members, struct source *archive,
		const struct members_enough *enough, const struct pimg_progress *progress,
		struct pimg_error *error)
{
	struct reading reading = {.members = members, .enough = enough};
	struct pimg_error failure;
	int result;

	members->is_zip = archive_is_zip(archive);
	if (members->is_zip && source_keep_all(archive, progress, error) < 0) {
		source_close(archive);
		return -1;
	}
	reading.layer = add_layer(members, archive, error);
	if (!reading.layer)
		return -1;
	result = read_all(&reading, progress, &failure);
	if (result < 0 && failure.status != PIMG_BAD_DATA)
		return error_copy(error, &failure);
	if (result < 0)
		members_note_damage(members, &failure);
	hide(members);
	return sort(members, error);
}

/* ---- opening ---- */

/* The path that a link leads to, or null if it leads out of the archive. To be freed. */
static char *resolve(const struct archived *member)
{
	const char *from = member->link;
	char *path;
	size_t length = 0;

	if (*from == '/' || member->is_hard_link)
		path = calloc(1, strlen(from) + 2);
	else
		path = calloc(1, member->base_at + strlen(from) + 2);
	if (!path)
		return NULL;
	if (*from != '/' && !member->is_hard_link) {
		memcpy(path, member->path, member->base_at);
		length = member->base_at;
	}
	for (const char *end; *from; from = *end ? end + 1 : end) {
		end = strchrnul(from, '/');
		if (end == from || (end == from + 1 && *from == '.'))
			continue;
		if (end == from + 2 && !memcmp(from, "..", 2)) {
			if (!length) {
				free(path);
				return NULL;
			}
			/* Before the slash at its end. */
			for (length--; length && path[length - 1] != '/'; length--)
				;
			continue;
		}
		memcpy(path + length, from, (size_t)(end - from));
		length += (size_t)(end - from);
		path[length++] = '/';
	}
	path[length ? length - 1 : 0] = '\0';
	return path;
}

static const struct archived *follow(const struct members *members, const struct archived *member)
{
	for (int i = 0; member && member->link && i < LINKS_MAX; i++) {
		_cleanup_free_ char *path = resolve(member);

		member = path ? members_find(members, "", 0, path) : NULL;
	}
	return member;
}

int members_open(struct members *members, const struct archived *member, struct source **source,
		 struct pimg_error *error)
{
	const struct archived *target = follow(members, member);
	_cleanup_free_ char *shown = NULL;
	const struct layer *layer;

	if (asprintf(&shown, "%s:%s%s", members->name, members->prefix, member->path) < 0) {
		shown = NULL;
		return error_memory(error);
	}
	if (!target || !target->is_file || !(target->roles & FOLDER_WANTED)) {
		error_check(error, CHECK_NOT_A_FILE, "is not a regular file%s",
			    member->link ? ", but a link to a file that is not in the archive"
					 : "");
		return error_in_file(error, shown);
	}
	layer = &members->layers[target->layer];
	*source = source_part(target->kept ? layer->kept : layer->archive, target->at, target->size,
			      shown, error);
	return *source ? 1 : -1;
}

int members_read_through(struct members *members, const struct pimg_progress *progress,
			 struct pimg_error *error)
{
	for (size_t i = 0; i < members->layer_count; i++) {
		const struct layer *layer = &members->layers[i];

		/* A source that cannot seek was read to its end, or to the damaged place. */
		if (layer->passes_over && source_read_through(layer->archive, progress, error) < 0)
			return -1;
	}
	return members->within ? members_read_through(members->within, progress, error) : 0;
}

/* ---- queries ---- */

size_t members_name_bytes(const struct members *members)
{
	return members->name_bytes;
}

const char *members_name(const struct members *members)
{
	return members->name;
}

const char *members_prefix(const struct members *members)
{
	return members->prefix;
}

void members_set_prefix(struct members *members, char *prefix)
{
	free(members->prefix);
	members->prefix = prefix;
}

struct source *members_archive(const struct members *members)
{
	return members->layer_count == 1 && !members->within ? members->layers[0].archive : NULL;
}

bool members_are_of_zip(const struct members *members)
{
	return members->is_zip;
}

const struct pimg_error *members_damage(const struct members *members)
{
	if (members->damaged)
		return &members->damage;
	return members->within ? members_damage(members->within) : NULL;
}

void members_note_damage(struct members *members, const struct pimg_error *damage)
{
	if (members->damaged)
		return;
	members->damaged = true;
	members->damage = *damage;
}

const struct pimg_error *members_problem(const struct members *members)
{
	const struct pimg_error *problem = NULL;

	for (size_t i = 0; i < members->layer_count && !problem; i++)
		problem = source_problem(members->layers[i].archive);
	return problem || !members->within ? problem : members_problem(members->within);
}
