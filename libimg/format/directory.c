// SPDX-License-Identifier: LGPL-2.1-or-later
#include "format/directory.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "criu.pb-c.h"
#include "format/queue-table.h"
#include "format/record.h"
#include "io/cleanup.h"
#include "io/error.h"
#include "io/source.h"

const char *const directory_queue_images[3] = {
	[PIMG_PIPE] = "pipes-data.img",
	[PIMG_FIFO] = "fifo-data.img",
	[PIMG_SOCKET] = "sk-queues.img",
};

/* More than any directory of a real machine; a bound against images that repeat themselves. */
#define FILES_MAX (1U << 20)

/* Flags of a FIFO whose path's record is missing: an access mode that no open file has. */
#define FLAGS_UNKNOWN 3U

/* A pipe or FIFO among the open files. */
struct open_file {
	uint32_t id; /* as descriptors name it */
	uint32_t pipe_id;
	uint32_t path_id; /* of a FIFO: the id of its regular-file record, else 0 */
	uint32_t flags;
	enum pimg_type type;
	bool held; /* some process's descriptor leads to it */
};

struct directory {
	struct folder *folder;
	const char *name;
	struct open_file *files; /* sorted by id once all are read */
	size_t file_count, file_room;
	uint32_t machine_o_direct;
	bool fdinfo_by_pid;
	size_t descriptor_count; /* looked at, of all tasks */

	enum { READS_FILES, STARTS_TASKS, READS_TASKS, ENDS } stage;
	struct source *pstree; /* while tasks are read, else null */
	struct record_reader pstree_reader;
	struct queue_table tasks; /* by pid */
	struct pimg_end task;	  /* pid and comm of the one whose descriptors are read */
	uint32_t task_files_id;

	struct directory_reader *reader;
};

/*
 * O_DIRECT of the machine that was dumped, by core_entry.mtype. Its value is each architecture's
 * own, and another flag elsewhere.
 */
static uint32_t o_direct_of_machine(uint32_t mtype)
{
	enum { MACHINE_ARM = 2, MACHINE_AARCH64 = 3, MACHINE_PPC64 = 4, MACHINE_MIPS = 6 };

	switch (mtype) {
	case MACHINE_ARM:
	case MACHINE_AARCH64:
		return 0200000;
	case MACHINE_PPC64:
		return 0400000;
	case MACHINE_MIPS:
		return 0100000;
	default:
		return 040000;
	}
}

/* Puts O_DIRECT where this machine has it. */
static uint32_t own_flags(const struct directory *directory, uint32_t flags)
{
	uint32_t direct = flags & directory->machine_o_direct;

	if (directory->machine_o_direct == O_DIRECT)
		return flags;
	return (flags & ~directory->machine_o_direct & ~(uint32_t)O_DIRECT) |
	       (direct ? O_DIRECT : 0);
}

static bool tells_of_files(enum image_kind kind)
{
	return kind == IMAGE_FILES || kind == IMAGE_PIPES || kind == IMAGE_FIFO;
}

/* Reads one kind of image; take is called for each message. A missing file is no records. */
typedef int (*take_fn)(struct directory *directory, const uint8_t *message, uint32_t length,
		       struct pimg_error *error);

/* Bad data is told, and the end of this image alone. */
static int tell_problem(struct directory *directory, const struct pimg_error *problem,
			struct pimg_error *error)
{
	struct directory_reader *reader = directory->reader;

	if (problem->status == PIMG_BAD_DATA)
		return reader->problem(reader->context, problem, error);
	if (error)
		*error = *problem;
	return -1;
}

int directory_check_order(struct directory_reader *reader, enum pimg_byte_order order,
			  const char *name, struct pimg_error *problem)
{
	if (!reader->byte_order)
		reader->byte_order = order;
	if (reader->byte_order == order || reader->mixed_order)
		return 0;
	reader->mixed_order = true;
	error_check(problem, CHECK_MIXED_ORDER, "is %s, where the images before it are %s",
		    pimg_byte_order_name(order), pimg_byte_order_name(reader->byte_order));
	return error_in_file(problem, name);
}

/* Images of two orders are reported, and read all the same. */
static int check_order(struct directory *directory, const struct record_reader *reader,
		       struct pimg_error *error)
{
	struct pimg_error problem;

	if (directory_check_order(directory->reader, reader->head.byte_order,
				  source_name(reader->source), &problem) == 0)
		return 0;
	return tell_problem(directory, &problem, error);
}

static int start_records(struct directory *directory, struct record_reader *reader,
			 struct source *source, enum image_kind kind, struct pimg_error *error)
{
	if (record_reader_start(reader, source, error) < 0)
		return -1;
	if (reader->head.kind == kind)
		return check_order(directory, reader, error);
	error_check(error, CHECK_WRONG_TYPE, "holds %s records where %s were expected",
		    image_kind_name(reader->head.kind), image_kind_name(kind));
	return error_in_file(error, source_name(source));
}

/* Returns 1, 0 at the end, or -1. */
static int take_record(struct directory *directory, struct record_reader *reader, take_fn take,
		       struct pimg_error *error)
{
	struct record record;
	int result = record_next(reader, &record, error);

	if (result <= 0)
		return result;
	result = record.message_length > DECODED_MESSAGE_MAX
			 ? error_check(error, CHECK_LENGTH_ABSURD,
				       "a message of %u bytes, more than %u", record.message_length,
				       DECODED_MESSAGE_MAX)
			 : take(directory, record.message, record.message_length, error);
	return result < 0 ? record_error(reader, &record, error) : 1;
}

static int read_records(struct directory *directory, struct source *source, enum image_kind kind,
			take_fn take, struct pimg_error *error)
{
	/* What there is one of is not read a million times. */
	bool is_alone = kind == IMAGE_INVENTORY || kind == IMAGE_CORE || kind == IMAGE_IDS;
	struct record_reader reader;
	int result;

	if (start_records(directory, &reader, source, kind, error) < 0)
		return -1;
	if (tells_of_files(kind))
		directory->reader->version_10 = reader.head.version_10;
	while ((result = take_record(directory, &reader, take, error)) > 0 && !is_alone)
		;
	return result < 0 ? -1 : 0;
}

static int missing_image(struct directory *directory, const char *base, struct pimg_error *error)
{
	struct pimg_error problem;

	error_check(&problem, CHECK_MISSING_IMAGE, "holds no %s", base);
	error_in_file(&problem, directory->name);
	return tell_problem(directory, &problem, error);
}

/* Returns 1, 0 if there is no such image, or -1. */
static int read_image(struct directory *directory, const char *base, enum image_kind kind,
		      take_fn take, struct pimg_error *error)
{
	struct pimg_error problem;
	struct source *source;
	int result;

	if (directory->reader->pause(directory->reader->context, error) < 0)
		return -1;
	result = folder_find(directory->folder, base, &source, &problem);
	if (!result)
		return 0;
	directory->reader->has_files |= tells_of_files(kind);
	if (result > 0) {
		result = read_records(directory, source, kind, take, &problem);
		source_close(source);
	}
	if (result < 0 && tell_problem(directory, &problem, error) < 0)
		return -1;
	return 1;
}

static int undecodable(struct pimg_error *error)
{
	return error_check(error, CHECK_UNDECODABLE, "a message that cannot be decoded");
}

static int add_file(struct directory *directory, const struct open_file *file,
		    struct pimg_error *error)
{
	if (directory->file_count == FILES_MAX)
		return error_check(error, CHECK_TOO_MANY, "more than %u pipes and FIFOs",
				   FILES_MAX);
	if (directory->file_count == directory->file_room) {
		size_t room = directory->file_room ? directory->file_room * 2 : 64;
		struct open_file *grown = reallocarray(directory->files, room, sizeof(*grown));

		if (!grown)
			return error_memory(error);
		directory->files = grown;
		directory->file_room = room;
	}
	directory->files[directory->file_count++] = *file;
	return 0;
}

static int take_pipe(struct directory *directory, const CriuPipeEntry *pipe,
		     struct pimg_error *error)
{
	struct open_file file = {
		.id = pipe->id,
		.pipe_id = pipe->pipe_id,
		.flags = pipe->flags,
		.type = PIMG_PIPE,
	};

	return add_file(directory, &file, error);
}

/* A FIFO's flags stand in the record of the regular file that its path is. */
static int take_fifo(struct directory *directory, const CriuFifoEntry *fifo,
		     struct pimg_error *error)
{
	struct open_file file = {
		.id = fifo->id,
		.pipe_id = fifo->pipe_id,
		.path_id = fifo->regf_id,
		.flags = FLAGS_UNKNOWN,
		.type = PIMG_FIFO,
	};

	return add_file(directory, &file, error);
}

/* Of any family, for CRIU may come to save the queues of others than today. */
static bool is_socket(uint32_t file_type)
{
	enum { INET = 4, UNIX = 5, PACKET = 10, NETLINK = 13 };

	return file_type == INET || file_type == UNIX || file_type == PACKET ||
	       file_type == NETLINK;
}

static int take_file(struct directory *directory, const uint8_t *message, uint32_t length,
		     struct pimg_error *error)
{
	CriuFileEntry *entry = criu_file_entry__unpack(NULL, length, message);
	int result = 0;

	if (!entry)
		return undecodable(error);
	directory->reader->has_type[PIMG_PIPE] |= entry->pipe != NULL;
	directory->reader->has_type[PIMG_FIFO] |= entry->fifo != NULL;
	directory->reader->has_type[PIMG_SOCKET] |= is_socket(entry->type);
	if (entry->pipe)
		result = take_pipe(directory, entry->pipe, error);
	else if (entry->fifo)
		result = take_fifo(directory, entry->fifo, error);
	criu_file_entry__free_unpacked(entry, NULL);
	return result;
}

/* Before CRIU 3.5 pipes and FIFOs had images of their own. */
static int take_old_pipe(struct directory *directory, const uint8_t *message, uint32_t length,
			 struct pimg_error *error)
{
	CriuPipeEntry *entry = criu_pipe_entry__unpack(NULL, length, message);
	int result;

	if (!entry)
		return undecodable(error);
	result = take_pipe(directory, entry, error);
	criu_pipe_entry__free_unpacked(entry, NULL);
	return result;
}

static int take_old_fifo(struct directory *directory, const uint8_t *message, uint32_t length,
			 struct pimg_error *error)
{
	CriuFifoEntry *entry = criu_fifo_entry__unpack(NULL, length, message);
	int result;

	if (!entry)
		return undecodable(error);
	result = take_fifo(directory, entry, error);
	criu_fifo_entry__free_unpacked(entry, NULL);
	return result;
}

static int by_path_id(const void *a, const void *b)
{
	uint32_t x = ((const struct open_file *)a)->path_id;
	uint32_t y = ((const struct open_file *)b)->path_id;

	return (x > y) - (x < y);
}

static int by_id(const void *a, const void *b)
{
	uint32_t x = ((const struct open_file *)a)->id, y = ((const struct open_file *)b)->id;

	return (x > y) - (x < y);
}

/* Second reading of files.img, with the files sorted by path_id: the flags of FIFOs. */
static int take_path_flags(struct directory *directory, const uint8_t *message, uint32_t length,
			   struct pimg_error *error)
{
	CriuFileEntry *entry = criu_file_entry__unpack(NULL, length, message);

	if (!entry)
		return undecodable(error);
	if (entry->reg && entry->reg->id) {
		struct open_file wanted = {.path_id = entry->reg->id}, *file;

		file = bsearch(&wanted, directory->files, directory->file_count, sizeof(*file),
			       by_path_id);
		if (file)
			file->flags = entry->reg->flags;
	}
	criu_file_entry__free_unpacked(entry, NULL);
	return 0;
}

static void sort_files(struct directory *directory, int (*compare)(const void *, const void *))
{
	if (directory->file_count)
		qsort(directory->files, directory->file_count, sizeof(*directory->files), compare);
}

/* Before CRIU 3.5 paths are in an image of their own, which is not read. */
static int read_paths(struct directory *directory, struct pimg_error *error)
{
	int result = read_image(directory, "files.img", IMAGE_FILES, take_path_flags, error);

	for (size_t i = 0; result > 0 && i < directory->file_count; i++) {
		const struct open_file *file = &directory->files[i];
		struct pimg_error problem;

		if (!file->path_id || file->flags != FLAGS_UNKNOWN)
			continue;
		error_check(&problem, CHECK_FIFO_PATH,
			    "FIFO with file id %" PRIu32 " was opened by the path of file id "
			    "%" PRIu32 ", which has no record",
			    file->id, file->path_id);
		error_of_pipe(&problem, file->pipe_id);
		error_in_file(&problem, directory->name);
		if (tell_problem(directory, &problem, error) < 0)
			return -1;
	}
	return result;
}

static int read_files(struct directory *directory, struct pimg_error *error)
{
	static const struct {
		const char *name;
		enum image_kind kind;
		take_fn take;
	} images[] = {
		{"files.img", IMAGE_FILES, take_file},
		{"pipes.img", IMAGE_PIPES, take_old_pipe},
		{"fifo.img", IMAGE_FIFO, take_old_fifo},
	};

	for (size_t i = 0; i < sizeof(images) / sizeof(*images); i++) {
		if (read_image(directory, images[i].name, images[i].kind, images[i].take, error) <
		    0)
			return -1;
	}
	sort_files(directory, by_path_id);
	if (directory->file_count && directory->files[directory->file_count - 1].path_id &&
	    read_paths(directory, error) < 0)
		return -1;
	sort_files(directory, by_id);
	return 0;
}

static int give_end(struct directory *directory, const struct open_file *file, uint32_t pid,
		    uint32_t fd, struct pimg_error *error)
{
	struct pimg_end end = directory->task;

	/* Such a descriptor only names the inode. */
	if (file->flags & O_PATH)
		return 0;
	end.pid = pid;
	end.fd = fd;
	end.flags = own_flags(directory, file->flags);
	return directory->reader->end(directory->reader->context, file->type, file->pipe_id, &end,
				      error);
}

static int take_descriptor(struct directory *directory, const uint8_t *message, uint32_t length,
			   struct pimg_error *error)
{
	CriuFdinfoEntry *entry = criu_fdinfo_entry__unpack(NULL, length, message);
	struct open_file wanted, *file = NULL;
	int result = 0;

	if (!entry)
		return undecodable(error);
	/* Every task can name the same image: without a bound that is a product. */
	if (++directory->descriptor_count > FILES_MAX) {
		criu_fdinfo_entry__free_unpacked(entry, NULL);
		return error_check(error, CHECK_TOO_MANY, "more than %u descriptors in all",
				   FILES_MAX);
	}
	wanted.id = entry->id;
	if (directory->file_count)
		file = bsearch(&wanted, directory->files, directory->file_count, sizeof(*file),
			       by_id);
	if (file) {
		file->held = true;
		result = give_end(directory, file, directory->task.pid, entry->fd, error);
	}
	criu_fdinfo_entry__free_unpacked(entry, NULL);
	return result;
}

static int take_ids(struct directory *directory, const uint8_t *message, uint32_t length,
		    struct pimg_error *error)
{
	CriuIdsEntry *entry = criu_ids_entry__unpack(NULL, length, message);

	if (!entry)
		return undecodable(error);
	if (entry->has_files_id)
		directory->task_files_id = entry->files_id;
	criu_ids_entry__free_unpacked(entry, NULL);
	return 0;
}

static int take_core(struct directory *directory, const uint8_t *message, uint32_t length,
		     struct pimg_error *error)
{
	CriuCoreEntry *entry = criu_core_entry__unpack(NULL, length, message);
	size_t comm_length;

	if (!entry)
		return undecodable(error);
	directory->machine_o_direct = o_direct_of_machine(entry->mtype);
	if (entry->tc && entry->tc->comm.len) {
		comm_length = strnlen((const char *)entry->tc->comm.data, entry->tc->comm.len);
		if (comm_length >= sizeof(directory->task.comm))
			comm_length = sizeof(directory->task.comm) - 1;
		memcpy(directory->task.comm, entry->tc->comm.data, comm_length);
	}
	if (entry->ids && entry->ids->has_files_id)
		directory->task_files_id = entry->ids->files_id;
	criu_core_entry__free_unpacked(entry, NULL);
	return 0;
}

static int read_task_descriptors(struct directory *directory, struct pimg_error *error)
{
	uint32_t pid = directory->task.pid;
	char name[64];
	int found;

	snprintf(name, sizeof(name), "core-%" PRIu32 ".img", pid);
	found = read_image(directory, name, IMAGE_CORE, take_core, error);
	if (found < 0 || (!found && missing_image(directory, name, error) < 0))
		return -1;
	snprintf(name, sizeof(name), "ids-%" PRIu32 ".img", pid);
	if (read_image(directory, name, IMAGE_IDS, take_ids, error) < 0)
		return -1;
	snprintf(name, sizeof(name), "fdinfo-%" PRIu32 ".img",
		 directory->fdinfo_by_pid ? pid : directory->task_files_id);
	found = read_image(directory, name, IMAGE_FDINFO, take_descriptor, error);
	/* A task that has ended, and waits for its parent, has no descriptors. */
	directory->reader->has_bare_task |= !found;
	if (!found && !directory->fdinfo_by_pid && directory->task_files_id)
		return missing_image(directory, name, error);
	return found < 0 ? -1 : 0;
}

/* Each task's images are read once, however often pstree.img names it. */
static int add_task(struct directory *directory, struct pimg_error *error)
{
	size_t count = directory->tasks.count;

	if (queue_table_add(&directory->tasks, PIMG_PIPE, directory->task.pid, error) < 0)
		return -1;
	if (directory->tasks.count > count)
		return 0;
	return error_check(error, CHECK_TOO_MANY,
			   "process %" PRIu32 " for the second time, which no machine has",
			   directory->task.pid);
}

static int take_task(struct directory *directory, const uint8_t *message, uint32_t length,
		     struct pimg_error *error)
{
	CriuPstreeEntry *entry = criu_pstree_entry__unpack(NULL, length, message);

	if (!entry)
		return undecodable(error);
	directory->task = (struct pimg_end){.pid = entry->pid};
	directory->task_files_id = 0;
	criu_pstree_entry__free_unpacked(entry, NULL);
	return add_task(directory, error) < 0 ? -1 : read_task_descriptors(directory, error);
}

static int take_inventory(struct directory *directory, const uint8_t *message, uint32_t length,
			  struct pimg_error *error)
{
	CriuInventoryEntry *entry = criu_inventory_entry__unpack(NULL, length, message);

	if (!entry)
		return undecodable(error);
	directory->fdinfo_by_pid = !entry->has_fdinfo_per_id || !entry->fdinfo_per_id;
	criu_inventory_entry__free_unpacked(entry, NULL);
	return 0;
}

/* Ends that are in flight in a socket, or whose process's images are missing. */
static int give_unheld(struct directory *directory, struct pimg_error *error)
{
	directory->task = (struct pimg_end){0};
	for (size_t i = 0; i < directory->file_count; i++) {
		if (!directory->files[i].held &&
		    give_end(directory, &directory->files[i], 0, 0, error) < 0)
			return -1;
	}
	return 0;
}

/* ---- step by step ---- */

static int end_tasks(struct directory *directory)
{
	source_close(take_pointer(directory->pstree));
	directory->stage = ENDS;
	return 0;
}

static int start_tasks(struct directory *directory, struct pimg_error *error)
{
	int found = read_image(directory, "inventory.img", IMAGE_INVENTORY, take_inventory, error);
	struct pimg_error problem;

	if (found < 0 || directory->reader->pause(directory->reader->context, error) < 0)
		return -1;
	directory->reader->has_inventory = found > 0;
	directory->stage = READS_TASKS;
	found = folder_find(directory->folder, "pstree.img", &directory->pstree, &problem);
	if (found > 0 && start_records(directory, &directory->pstree_reader, directory->pstree,
				       IMAGE_PSTREE, &problem) == 0)
		return 0;
	end_tasks(directory);
	if (found)
		return tell_problem(directory, &problem, error);
	return directory->reader->has_inventory ? missing_image(directory, "pstree.img", error) : 0;
}

static int read_tasks(struct directory *directory, size_t tasks, struct pimg_error *error)
{
	struct pimg_error problem;
	int result = 1;

	while (tasks-- && result > 0)
		result = take_record(directory, &directory->pstree_reader, take_task, &problem);
	if (result <= 0)
		end_tasks(directory);
	return result < 0 ? tell_problem(directory, &problem, error) : 0;
}

static int finish(struct directory *directory, struct pimg_error *error)
{
	struct pimg_error problem;

	return give_unheld(directory, &problem) == 0 ? 0 : tell_problem(directory, &problem, error);
}

struct directory *directory_begin(struct directory_reader *reader, struct folder *folder,
				  struct pimg_error *error)
{
	struct directory *directory = calloc(1, sizeof(*directory));

	if (!directory) {
		error_memory(error);
		return NULL;
	}
	directory->folder = folder;
	directory->name = folder_name(folder);
	directory->machine_o_direct = O_DIRECT;
	directory->reader = reader;
	queue_table_start(&directory->tasks);
	reader->has_inventory = reader->has_files = reader->version_10 = false;
	reader->has_bare_task = false;
	memset(reader->has_type, 0, sizeof(reader->has_type));
	return directory;
}

int directory_step(struct directory *directory, size_t tasks, struct pimg_error *error)
{
	int result = 0;

	switch (directory->stage) {
	case READS_FILES:
		result = read_files(directory, error);
		directory->stage = STARTS_TASKS;
		break;
	case STARTS_TASKS:
		result = start_tasks(directory, error);
		break;
	case READS_TASKS:
		result = read_tasks(directory, tasks, error);
		break;
	case ENDS:
		return finish(directory, error);
	}
	return result < 0 ? -1 : 1;
}

void directory_end(struct directory *directory)
{
	if (!directory)
		return;
	end_tasks(directory);
	free(directory->files);
	queue_table_release(&directory->tasks);
	free(directory);
}

int directory_read(struct directory_reader *reader, struct folder *folder, struct pimg_error *error)
{
	struct directory *directory = directory_begin(reader, folder, error);
	int result = directory ? 1 : -1;

	while (result > 0)
		result = directory_step(directory, SIZE_MAX, error);
	directory_end(directory);
	return result;
}

/* ---- whether more is to come ---- */

static int ignore_end(void *context, enum pimg_type type, uint32_t pipe_id,
		      const struct pimg_end *end, struct pimg_error *error)
{
	(void)context;
	(void)type;
	(void)pipe_id;
	(void)end;
	(void)error;
	return 0;
}

/* An image that is missing, or is damaged, and may stand again further on. */
static int stop_at_problem(void *context, const struct pimg_error *problem,
			   struct pimg_error *error)
{
	(void)context;
	(void)problem;
	(void)error;
	return -1;
}

static int go_on(void *context, struct pimg_error *error)
{
	(void)context;
	(void)error;
	return 0;
}

/* Engines tell of a container in a file beside its directory of images, which has this name then. */
static bool lacks_description(const struct folder *folder)
{
	return folder_is_called(folder, FOLDER_OF_EXPORT) &&
	       !folder_has_above(folder, "config.dump");
}

bool directory_is_complete(struct folder *folder, bool left)
{
	struct directory_reader reader = {
		.end = ignore_end,
		.problem = stop_at_problem,
		.pause = go_on,
	};

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
		"pipes.img", "fifo.img", "descriptors.json", "config.dump",  "spec.dump",
		"ids-",	     KEPT_PIPES, KEPT_FIFOS,	     KEPT_INVENTORY, KEPT_FAILED,
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
