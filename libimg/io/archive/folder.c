// SPDX-License-Identifier: LGPL-2.1-or-later
#include "io/archive/folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/interrupt.h"
#include "io/archive/reader.h"
#include "io/source/open.h"
#include "io/source/spool-source.h"
#include "io/source/tree.h"

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

struct member {
	char *path;
	size_t base_at; /* in path, after its directory */
	unsigned roles;
	bool is_file, is_link;
	bool kept; /* at is an offset in the kept data, else in the archive */
	uint64_t at, size;
	uint64_t head_at,
		end_at; /* extent in the archive, header included; end_at is 0 if truncated */
};

struct folder {
	char *name;
	folder_roles_fn roles;
	folder_enough_fn enough;
	int dirfd;   /* or -1 in an archive */
	int abovefd; /* of an unpacked export, or -1 */
	bool is_below;

	struct source *archive;
	bool is_zip;
	bool passes_over;    /* compressed data that is not wanted */
	struct spool *spool; /* for members that cannot be read from the archive directly */
	struct source *kept; /* its content */
	struct member *members;
	size_t member_count, member_room, name_bytes;
	const struct member **by_name; /* sorted; those that existed at the last sort */
	size_t sorted_count;
	const struct member *mark; /* a member of the chosen directory */
	struct member hint;	   /* used if there is no mark; may have no path */
	bool damaged;
	struct pimg_error damage;
};

/* ---- on a disk ---- */

static struct folder *folder_new(const char *name, folder_roles_fn roles, struct pimg_error *error)
{
	struct folder *folder = calloc(1, sizeof(*folder));

	if (folder) {
		folder->dirfd = folder->abovefd = -1;
		folder->roles = roles;
		folder->name = strdup(name);
	}
	if (folder && folder->name)
		return folder;
	free(folder);
	error_memory(error);
	return NULL;
}

bool folder_is_at(const char *path)
{
	struct stat status;

	return strcmp(path, "-") && stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

struct folder *folder_open(const char *path, folder_roles_fn roles, struct pimg_error *error)
{
	struct folder *folder = folder_new(path, roles, error);

	if (!folder)
		return NULL;
	folder->dirfd = tree_open(path, error);
	if (folder->dirfd >= 0)
		return folder;
	folder_close(folder);
	return NULL;
}

static void forget_members(struct folder *folder)
{
	for (size_t i = 0; i < folder->member_count; i++)
		free(folder->members[i].path);
	folder->member_count = folder->name_bytes = folder->sorted_count = 0;
}

void folder_close(struct folder *folder)
{
	if (!folder)
		return;
	if (folder->dirfd >= 0)
		close(folder->dirfd);
	if (folder->abovefd >= 0)
		close(folder->abovefd);
	forget_members(folder);
	free(folder->hint.path);
	free(folder->members);
	free(folder->by_name);
	source_close(folder->kept);
	spool_free(folder->spool);
	source_close(folder->archive);
	free(folder->name);
	free(folder);
}

/* Null if it cannot be read. */
static DIR *list_names(const struct folder *folder)
{
	int fd = RETRIED(openat(folder->dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	DIR *directory = fd < 0 ? NULL : fdopendir(fd);

	if (!directory && fd >= 0)
		close(fd);
	return directory;
}

static bool disk_has_role(const struct folder *folder, unsigned roles)
{
	DIR *directory = list_names(folder);
	const struct dirent *entry;
	bool found = false;

	if (!directory)
		return false;
	while (!found && (entry = readdir(directory)))
		found = folder->roles(entry->d_name) & roles;
	closedir(directory);
	return found;
}

/* Enters the directory of images in an export, if there is one. */
static int enter_export(struct folder *folder, struct pimg_error *error)
{
	int below = RETRIED(
		openat(folder->dirfd, FOLDER_OF_EXPORT, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	char *name;

	if (below < 0)
		return 0;
	if (disk_has_role(folder, FOLDER_MARK | FOLDER_TRACE)) {
		close(below);
		return 0;
	}
	folder->abovefd = folder->dirfd;
	folder->dirfd = below;
	folder->is_below = true;
	if (asprintf(&name, "%s/" FOLDER_OF_EXPORT, folder->name) < 0)
		return error_memory(error);
	free(folder->name);
	folder->name = name;
	return 0;
}

static bool is_called_as_in_exports(const char *path)
{
	size_t length = strlen(path), wanted = strlen(FOLDER_OF_EXPORT);

	while (length && path[length - 1] == '/')
		length--;
	return length >= wanted && !memcmp(path + length - wanted, FOLDER_OF_EXPORT, wanted) &&
	       (length == wanted || path[length - wanted - 1] == '/');
}

struct folder *folder_open_export(const char *path, folder_roles_fn roles, struct pimg_error *error)
{
	struct folder *folder = folder_open(path, roles, error);

	if (!folder)
		return NULL;
	if (is_called_as_in_exports(path)) {
		folder->abovefd =
			RETRIED(openat(folder->dirfd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	} else if (enter_export(folder, error) < 0) {
		folder_close(folder);
		return NULL;
	}
	return folder;
}

bool folder_is_below(const struct folder *folder)
{
	return folder->is_below;
}

static bool is_name_of_image(const char *name)
{
	size_t length = strlen(name);

	return length > 4 && !strcmp(name + length - 4, ".img");
}

bool folder_has_file(const struct folder *folder, const struct file_identity *file)
{
	DIR *directory = folder->dirfd < 0 ? NULL : list_names(folder);
	const struct dirent *entry;
	bool found = false;

	if (!directory)
		return false;
	while (!found && (entry = readdir(directory))) {
		struct stat status;

		found = is_name_of_image(entry->d_name) &&
			fstatat(folder->dirfd, entry->d_name, &status, 0) == 0 &&
			status.st_dev == file->device && status.st_ino == file->inode;
	}
	closedir(directory);
	return found;
}

/* ---- the members of an archive ---- */

static bool in_same_directory(const struct member *a, const struct member *b)
{
	return a->base_at == b->base_at && !memcmp(a->path, b->path, a->base_at);
}

static const char *base_of(const struct member *member)
{
	return member->path + member->base_at;
}

/* By directory and name, in any stable order. */
static int compare_names(const struct member *member, const char *directory,
			 size_t directory_length, const char *base)
{
	int order;

	if (member->base_at != directory_length)
		return member->base_at < directory_length ? -1 : 1;
	order = memcmp(member->path, directory, directory_length);
	return order ? order : strcmp(base_of(member), base);
}

/* Members of the same name in the order of the archive. */
static int by_name(const void *a, const void *b)
{
	const struct member *first = *(const struct member *const *)a;
	const struct member *second = *(const struct member *const *)b;
	int order = compare_names(first, second->path, second->base_at, base_of(second));

	return order ? order : first < second ? -1 : first > second;
}

/* Makes each search cheap, however many members there are. */
static int sort_members(struct folder *folder, struct pimg_error *error)
{
	const struct member **grown;

	if (!folder->member_count)
		return 0;
	grown = reallocarray(folder->by_name, folder->member_count, sizeof(*grown));
	if (!grown)
		return error_memory(error);
	folder->by_name = grown;
	folder->sorted_count = folder->member_count;
	for (size_t i = 0; i < folder->member_count; i++)
		folder->by_name[i] = &folder->members[i];
	qsort(folder->by_name, folder->sorted_count, sizeof(*folder->by_name), by_name);
	return 0;
}

static struct member *add_member(struct folder *folder, const struct archive_member *found,
				 unsigned roles, struct pimg_error *error)
{
	size_t length = strlen(found->path);
	struct member *member;

	if (folder->member_count == MEMBERS_MAX || folder->name_bytes + length > NAMES_MAX) {
		error_check(error, CHECK_TOO_MANY, "an archive of more than %u images",
			    MEMBERS_MAX);
		error_in_file(error, source_name(folder->archive));
		return NULL;
	}
	if (array_make_room(&folder->members, &folder->member_room, folder->member_count + 1,
			    sizeof(*folder->members), error) < 0)
		return NULL;
	member = &folder->members[folder->member_count];
	*member = (struct member){
		.path = strdup(found->path),
		.base_at = length - strlen(strrchr(found->path, '/') ? strrchr(found->path, '/') + 1
								     : found->path),
		.roles = roles,
		.is_file = found->is_file,
		.is_link = found->is_link,
		.size = found->in_one_piece,
	};
	if (!member->path) {
		error_memory(error);
		return NULL;
	}
	folder->member_count++;
	folder->name_bytes += length;
	return member;
}

/* A name that leads out of the archive's directory has no role. */
static unsigned roles_of(const struct folder *folder, const char *path)
{
	const char *slash = strrchr(path, '/');

	if (strlen(path) > PATH_BYTES_MAX || !strncmp(path, "../", 3) || strstr(path, "/../"))
		return 0;
	return folder->roles(slash ? slash + 1 : path);
}

/* What is read of an archive's members. */
struct reading {
	struct folder *folder;
	struct archive_reader *reader;
	bool keep_all; /* no member is read from the archive directly */
	size_t asked;  /* how many members there were at the last question */
	unsigned times_asked;
	bool must_keep; /* the place of some member is not known */
	size_t latest;	/* number of the member that ends at the next header, or SIZE_MAX */
};

static int keep_member(struct reading *reading, struct member *member, struct pimg_error *error)
{
	int result;

	member->at = spool_length(reading->folder->spool);
	result = archive_reader_keep(reading->reader, reading->folder->spool, error);
	member->size = spool_length(reading->folder->spool) - member->at;
	return result;
}

static int take_member(struct reading *reading, const struct archive_member *found,
		       struct pimg_error *error)
{
	struct folder *folder = reading->folder;
	unsigned roles = roles_of(folder, found->path);
	struct member *member;

	if (!roles)
		return 0;
	member = add_member(folder, found, roles, error);
	if (!member)
		return -1;
	member->head_at = archive_reader_offset(reading->reader);
	reading->latest = folder->member_count - 1;
	if (!(roles & FOLDER_WANTED) || !found->is_file)
		return 0;
	member->kept = reading->keep_all || !found->in_one_piece;
	return member->kept ? keep_member(reading, member, error) : 0;
}

/* The bytes of a member precede the next header, in whole blocks. */
static void end_member(struct reading *reading)
{
	enum { BLOCK = 512 };
	struct member *member;

	if (reading->latest == SIZE_MAX)
		return;
	member = &reading->folder->members[reading->latest];
	member->end_at = archive_reader_offset(reading->reader);
	if (!member->kept)
		member->at = member->end_at - (member->size + BLOCK - 1) / BLOCK * BLOCK;
	reading->latest = SIZE_MAX;
}

/* Null if no member shows one. Returns -1 if the members show several. */
static int choose_directory(struct folder *folder, struct pimg_error *error)
{
	for (size_t i = 0; i < folder->member_count; i++) {
		const struct member *member = &folder->members[i];

		if (!(member->roles & FOLDER_MARK))
			continue;
		if (!folder->mark) {
			folder->mark = member;
		} else if (!in_same_directory(folder->mark, member)) {
			error_check(error, CHECK_ARCHIVE_MANY,
				    "contains queue images in %.*s and in %.*s; unpack it, and use "
				    "one of them",
				    (int)folder->mark->base_at, folder->mark->path,
				    (int)member->base_at, member->path);
			return error_in_file(error, source_name(folder->archive));
		}
	}
	return 0;
}

/* Asking is only worthwhile if the member must be read to be skipped. */
static bool is_enough(struct reading *reading, const struct archive_member *found)
{
	struct folder *folder = reading->folder;
	bool enough, left;

	if (!folder->enough || source_can_seek(folder->archive) ||
	    found->in_one_piece < MUCH_BYTES || roles_of(folder, found->path) & FOLDER_WANTED ||
	    reading->asked == folder->member_count || reading->times_asked == ASKED_MAX)
		return false;
	reading->asked = folder->member_count;
	reading->times_asked++;
	if (choose_directory(folder, NULL) < 0 || !folder->mark || sort_members(folder, NULL) < 0)
		return false;
	left = strncmp(found->path, folder->mark->path, folder->mark->base_at) != 0;
	enough = folder->enough(folder, left);
	/* Members move when more are added. */
	folder->mark = NULL;
	return enough;
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
	else if (reading->latest != SIZE_MAX && !reading->folder->members[reading->latest].kept)
		reading->must_keep = true;
	return result;
}

/* Whether everything that is to be read from the archive directly is there. The reader is closed. */
static bool lie_in_one_piece(const struct reading *reading)
{
	const struct folder *folder = reading->folder;

	if (reading->must_keep)
		return false;
	for (size_t i = 0; i < folder->member_count; i++) {
		const struct member *member = &folder->members[i];

		if (member->roles & FOLDER_WANTED && member->is_file && !member->kept &&
		    member->size && !archive_has_at(folder->archive, member->at, member->size))
			return false;
	}
	return true;
}

static int name_directory(struct folder *folder, struct pimg_error *error)
{
	const struct member *mark = folder->mark;
	char *name;

	if (!mark->base_at)
		return 0;
	if (asprintf(&name, "%s:%.*s", folder->name, (int)mark->base_at - 1, mark->path) < 0)
		return error_memory(error);
	free(folder->name);
	folder->name = name;
	return 0;
}

static int read_once(struct reading *reading, const struct pimg_progress *progress,
		     struct pimg_error *error)
{
	struct source *archive = reading->folder->archive;
	int result = -1;

	reading->latest = SIZE_MAX;
	reading->reader = archive_reader_open(archive, progress, error);
	if (reading->reader)
		result = read_members(reading, error);
	archive_reader_close(reading->reader);
	return result;
}

/* If members are sparse or truncated, all are read a second time, and kept. */
static int read_all(struct folder *folder, const struct pimg_progress *progress,
		    struct pimg_error *error)
{
	struct reading reading = {.folder = folder, .keep_all = !source_can_seek(folder->archive)};
	int result = read_once(&reading, progress, error);

	if (reading.keep_all || lie_in_one_piece(&reading))
		return result;
	forget_members(folder);
	if (source_seek(folder->archive, 0, error) < 0)
		return -1;
	reading = (struct reading){.folder = folder, .keep_all = true};
	return read_once(&reading, progress, error);
}

static int read_archive(struct folder *folder, const struct pimg_progress *progress,
			struct pimg_error *error)
{
	int result;

	folder->spool = spool_new(error);
	if (!folder->spool)
		return -1;
	folder->kept = spool_source(folder->spool, folder->name, error);
	if (!folder->kept)
		return -1;
	result = read_all(folder, progress, &folder->damage);
	folder->damaged = result < 0;
	if (result < 0 && folder->damage.status != PIMG_BAD_DATA) {
		if (error)
			*error = folder->damage;
		return -1;
	}
	return sort_members(folder, error) < 0 ? -1 : choose_directory(folder, error);
}

static const struct member *find_role(const struct folder *folder, enum folder_role role)
{
	for (size_t i = 0; i < folder->member_count; i++) {
		if (folder->members[i].roles & role)
			return &folder->members[i];
	}
	return NULL;
}

/* Finds a directory without wanted images, so that the error can say what it is. */
static int take_hint(struct folder *folder, struct pimg_error *error)
{
	const struct member *memory = find_role(folder, FOLDER_MEMORY);
	const struct member *beside = memory ? NULL : find_role(folder, FOLDER_BESIDE);
	const struct member *found = memory ? memory : beside;

	if (!found)
		return 0;
	if (asprintf(&folder->hint.path, "%.*s%s", (int)found->base_at, found->path,
		     beside ? FOLDER_OF_EXPORT "/" : "") < 0) {
		folder->hint.path = NULL;
		return error_memory(error);
	}
	folder->hint.base_at = strlen(folder->hint.path);
	folder->mark = &folder->hint;
	return 0;
}

static int check_found(struct folder *folder, struct pimg_error *error)
{
	if (!folder->mark && folder->damaged) {
		if (error)
			*error = folder->damage;
		return -1;
	}
	if (!folder->mark && take_hint(folder, error) < 0)
		return -1;
	if (folder->mark)
		return name_directory(folder, error);
	error_check(error, CHECK_ARCHIVE_EMPTY,
		    "is an archive without queue images or CRIU images");
	return error_in_file(error, source_name(folder->archive));
}

struct folder *folder_of_archive(struct source *archive, folder_roles_fn roles,
				 folder_enough_fn enough, const struct pimg_progress *progress,
				 struct pimg_error *error)
{
	struct folder *folder = folder_new(source_name(archive), roles, error);

	if (!folder) {
		source_close(archive);
		return NULL;
	}
	folder->archive = archive;
	folder->enough = enough;
	folder->is_zip = archive_is_zip(archive);
	folder->passes_over = source_can_seek(archive) && source_consumed(archive) != UINT64_MAX;
	if ((!folder->is_zip || source_keep_all(archive, progress, error) == 0) &&
	    read_archive(folder, progress, error) == 0 && check_found(folder, error) == 0)
		return folder;
	folder_close(folder);
	return NULL;
}

/* The last member of that name, as unpacking the archive would leave it. */
static const struct member *find_member(const struct folder *folder, size_t directory_length,
					const char *base)
{
	const char *directory = folder->mark->path;
	size_t low = 0, high = folder->sorted_count;
	const struct member *found;

	/* The first after it. */
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_names(folder->by_name[middle], directory, directory_length, base) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	found = low ? folder->by_name[low - 1] : NULL;
	return found && !compare_names(found, directory, directory_length, base) ? found : NULL;
}

static int open_member(struct folder *folder, const struct member *member, struct source **source,
		       struct pimg_error *error)
{
	_cleanup_free_ char *shown = NULL;

	if (asprintf(&shown, "%s:%s", source_name(folder->archive), member->path) < 0) {
		shown = NULL;
		return error_memory(error);
	}
	if (!member->is_file) {
		error_check(error, CHECK_NOT_A_FILE, "is not a regular file%s",
			    member->is_link ? ", but a link to another member; unpack the archive, "
					      "and use the directory"
					    : "");
		return error_in_file(error, shown);
	}
	*source = source_part(member->kept ? folder->kept : folder->archive, member->at,
			      member->size, shown, error);
	return *source ? 1 : -1;
}

int folder_read_through(struct folder *folder, const struct pimg_progress *progress,
			struct pimg_error *error)
{
	/* A source that cannot seek was read to its end, or to the damaged place. */
	if (!folder->passes_over)
		return 0;
	return source_read_through(folder->archive, progress, error);
}

/* ---- queries ---- */

const char *folder_name(const struct folder *folder)
{
	return folder->name;
}

const struct pimg_error *folder_problem(const struct folder *folder)
{
	return folder->archive ? source_problem(folder->archive) : NULL;
}

const struct pimg_error *folder_damage(const struct folder *folder)
{
	return folder->damaged ? &folder->damage : NULL;
}

int folder_find(struct folder *folder, const char *base, struct source **source,
		struct pimg_error *error)
{
	const struct member *member;

	if (folder->dirfd >= 0)
		return source_open_in(folder->dirfd, folder->name, base, source, error);
	member = find_member(folder, folder->mark->base_at, base);
	return member ? open_member(folder, member, source, error) : 0;
}

/* In an archive. Null if there is none, or no directory above. */
static const struct member *find_above(const struct folder *folder, const char *base)
{
	size_t length = folder->mark->base_at;

	if (!length)
		return NULL;
	length--;
	while (length && folder->mark->path[length - 1] != '/')
		length--;
	return find_member(folder, length, base);
}

int folder_find_above(struct folder *folder, const char *base, struct source **source,
		      struct pimg_error *error)
{
	const struct member *member = folder->dirfd < 0 ? find_above(folder, base) : NULL;

	if (folder->abovefd >= 0)
		return source_open_in(folder->abovefd, folder->name, base, source, error);
	return member ? open_member(folder, member, source, error) : 0;
}

bool folder_has(const struct folder *folder, const char *base)
{
	return folder->dirfd >= 0 ? faccessat(folder->dirfd, base, F_OK, 0) == 0
				  : find_member(folder, folder->mark->base_at, base) != NULL;
}

bool folder_has_above(const struct folder *folder, const char *base)
{
	if (folder->abovefd >= 0)
		return faccessat(folder->abovefd, base, F_OK, 0) == 0;
	return folder->dirfd < 0 && find_above(folder, base);
}

bool folder_is_called(const struct folder *folder, const char *name)
{
	size_t length = strlen(name), end = folder->mark ? folder->mark->base_at : 0;
	const char *path;

	if (folder->dirfd >= 0 || end < length + 1)
		return false;
	path = folder->mark->path + end - 1 - length;
	return !memcmp(path, name, length) && (end == length + 1 || path[-1] == '/');
}

bool folder_is_sorted(const struct folder *folder)
{
	const struct member *last = NULL;

	for (size_t i = 0; folder->mark && i < folder->member_count; i++) {
		const struct member *member = &folder->members[i];

		if (!in_same_directory(member, folder->mark))
			continue;
		if (last && strcmp(last->path, member->path) > 0)
			return false;
		last = member;
	}
	return true;
}

bool folder_is_archive(const struct folder *folder)
{
	return folder->dirfd < 0;
}

struct source *folder_archive(const struct folder *folder)
{
	return folder->archive;
}

bool folder_is_tar(const struct folder *folder)
{
	return folder_is_archive(folder) && !folder->is_zip;
}

int folder_extent(const struct folder *folder, const char *base, struct folder_extent *extent)
{
	const struct member *member = find_member(folder, folder->mark->base_at, base);

	if (!member || !member->is_file || !member->end_at)
		return 0;
	*extent = (struct folder_extent){member->head_at, member->end_at};
	return 1;
}

bool folder_has_role(const struct folder *folder, enum folder_role role)
{
	if (folder->dirfd >= 0)
		return disk_has_role(folder, role);
	for (size_t i = 0; i < folder->member_count; i++) {
		const struct member *member = &folder->members[i];

		if (member->roles & role && in_same_directory(member, folder->mark))
			return true;
	}
	return false;
}

bool folder_has_trace(const struct folder *folder)
{
	return folder_has_role(folder, FOLDER_TRACE);
}
