// SPDX-License-Identifier: LGPL-2.1-or-later
#include "format/directory.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "criu.pb-c.h"
#include "format/directory-names.h"
#include "format/open-files.h"
#include "format/task-command.h"
#include "io/source/source.h"

/*
 * The value of O_DIRECT on the machine that made the dump, by core_entry.mtype. It differs between
 * architectures, and is another flag elsewhere.
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

static int take_end(const struct directory *directory, const struct open_file *file, uint32_t fd,
		    struct pimg_error *error)
{
	struct pimg_end end = directory->task;

	/* Such a descriptor only names the inode. */
	if (file->flags & O_PATH)
		return 0;
	end.fd = fd;
	if (directory_give_end(directory, file, &end, error) < 0)
		return -1;
	return directory->reader->descriptor
		       ? directory->reader->descriptor(directory->reader->context, fd, file->id,
						       error)
		       : 0;
}

static int take_descriptor(struct directory *directory, const uint8_t *message, uint32_t length,
			   struct pimg_error *error)
{
	CriuFdinfoEntry *entry = criu_fdinfo_entry__unpack(NULL, length, message);
	struct open_file *file;
	int result = 0;

	if (!entry)
		return directory_undecodable(error);
	/* Every task can name the same image: without a limit, the work would be a product. */
	if (++directory->descriptor_count > FILES_MAX) {
		criu_fdinfo_entry__free_unpacked(entry, NULL);
		return error_check(error, CHECK_TOO_MANY, "more than %u descriptors in total",
				   FILES_MAX);
	}
	file = open_files_find(directory, entry->id);
	if (file && file->has_queue) {
		file->held = true;
		result = take_end(directory, file, entry->fd, error);
	}
	criu_fdinfo_entry__free_unpacked(entry, NULL);
	return result;
}

static int take_ids(struct directory *directory, const uint8_t *message, uint32_t length,
		    struct pimg_error *error)
{
	CriuIdsEntry *entry = criu_ids_entry__unpack(NULL, length, message);

	if (!entry)
		return directory_undecodable(error);
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
		return directory_undecodable(error);
	directory->machine_o_direct = o_direct_of_machine(entry->mtype);
	directory->task_state = entry->tc ? entry->tc->task_state : 0;
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

static enum pimg_task_state state_of_task(uint32_t state)
{
	enum { ALIVE = 1, DEAD = 2, STOPPED = 3, ZOMBIE = 6 };

	switch (state) {
	case ALIVE:
		return PIMG_TASK_ALIVE;
	case STOPPED:
		return PIMG_TASK_STOPPED;
	case DEAD:
	case ZOMBIE:
		return PIMG_TASK_ZOMBIE;
	default:
		return PIMG_TASK_UNKNOWN;
	}
}

static int give_task(struct directory *directory, struct pimg_error *error)
{
	char command[TASK_COMMAND_MAX];
	struct directory_task task = {
		.pid = directory->task.pid,
		.parent = directory->task_parent,
		.state = state_of_task(directory->task_state),
		.comm = directory->task.comm,
		.command = command,
	};

	if (!directory->reader->task)
		return 0;
	task.command_bytes = task_command_read(directory->folder, task.pid,
					       &directory->pagemap_entries_left, command);
	if (!task.command_bytes)
		task.command = NULL;
	return directory->reader->task(directory->reader->context, &task, error);
}

static int read_task(struct directory *directory, struct pimg_error *error)
{
	uint32_t pid = directory->task.pid;
	char name[64];
	int found;

	snprintf(name, sizeof(name), "core-%" PRIu32 ".img", pid);
	found = directory_read_image(directory, name, IMAGE_CORE, take_core, error);
	if (found < 0 || (!found && directory_miss_image(directory, name, error) < 0))
		return -1;
	snprintf(name, sizeof(name), "ids-%" PRIu32 ".img", pid);
	if (directory_read_image(directory, name, IMAGE_IDS, take_ids, error) < 0 ||
	    give_task(directory, error) < 0)
		return -1;
	snprintf(name, sizeof(name), "fdinfo-%" PRIu32 ".img",
		 directory->fdinfo_by_pid ? pid : directory->task_files_id);
	found = directory_read_image(directory, name, IMAGE_FDINFO, take_descriptor, error);
	/* A task that has ended, and waits for its parent, has no descriptors. */
	directory->reader->has_bare_task |= !found;
	if (!found && !directory->fdinfo_by_pid && directory->task_files_id)
		return directory_miss_image(directory, name, error);
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
	return error_check(error, CHECK_TOO_MANY, "process %" PRIu32 " is listed twice",
			   directory->task.pid);
}

static int take_task(struct directory *directory, const uint8_t *message, uint32_t length,
		     struct pimg_error *error)
{
	CriuPstreeEntry *entry = criu_pstree_entry__unpack(NULL, length, message);

	if (!entry)
		return directory_undecodable(error);
	directory->task = (struct pimg_end){.pid = entry->pid};
	directory->task_files_id = directory->task_state = 0;
	directory->task_parent = entry->ppid;
	criu_pstree_entry__free_unpacked(entry, NULL);
	return add_task(directory, error) < 0 ? -1 : read_task(directory, error);
}

static int take_inventory(struct directory *directory, const uint8_t *message, uint32_t length,
			  struct pimg_error *error)
{
	CriuInventoryEntry *entry = criu_inventory_entry__unpack(NULL, length, message);

	if (!entry)
		return directory_undecodable(error);
	directory->fdinfo_by_pid = !entry->has_fdinfo_per_id || !entry->fdinfo_per_id;
	criu_inventory_entry__free_unpacked(entry, NULL);
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
	int found = directory_read_image(directory, "inventory.img", IMAGE_INVENTORY,
					 take_inventory, error);
	struct pimg_error problem;

	if (found < 0 || directory_pause(directory, error) < 0)
		return -1;
	directory->reader->has_inventory = found > 0;
	directory->stage = READS_TASKS;
	found = folder_find(directory->folder, "pstree.img", &directory->pstree, &problem);
	if (found > 0 && directory_start_image(directory, &directory->pstree_reader,
					       directory->pstree, IMAGE_PSTREE, &problem) == 0)
		return 0;
	end_tasks(directory);
	if (found)
		return directory_tell(directory, &problem, error);
	return directory->reader->has_inventory
		       ? directory_miss_image(directory, "pstree.img", error)
		       : 0;
}

static int read_tasks(struct directory *directory, size_t tasks, struct pimg_error *error)
{
	struct pimg_error problem;
	int result = 1;

	while (tasks-- && result > 0)
		result = directory_take_record(directory, &directory->pstree_reader, take_task,
					       &problem);
	if (result <= 0)
		end_tasks(directory);
	return result < 0 ? directory_tell(directory, &problem, error) : 0;
}

static int finish(struct directory *directory, struct pimg_error *error)
{
	struct pimg_error problem;

	directory->reader->machine_o_direct = directory->machine_o_direct;
	return open_files_give(directory, &problem) == 0
		       ? 0
		       : directory_tell(directory, &problem, error);
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
	directory->pagemap_entries_left = TASK_ENTRIES_MAX;
	directory->reader = reader;
	queue_table_start(&directory->tasks);
	reader->has_inventory = reader->has_files = reader->format_10 = false;
	reader->has_bare_task = reader->lacks_files = false;
	memset(reader->has_type, 0, sizeof(reader->has_type));
	return directory;
}

int directory_step(struct directory *directory, size_t tasks, struct pimg_error *error)
{
	int result = 0;

	switch (directory->stage) {
	case READS_FILES:
		result = open_files_read(directory, error);
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
	free(directory->paths);
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

/* ---- is anything missing? ---- */

/* The image is missing, or is damaged and may occur again later in the archive. */
static int stop_at_problem(void *context, const struct pimg_error *problem,
			   struct pimg_error *error)
{
	(void)context;
	(void)problem;
	(void)error;
	return -1;
}

/* An engine describes the container in a file beside the directory of images, which then has this name. */
static bool lacks_description(const struct folder *folder)
{
	return folder_is_called(folder, FOLDER_OF_EXPORT) &&
	       !folder_has_above(folder, "config.dump");
}

bool directory_is_complete(struct folder *folder, bool left)
{
	struct directory_reader reader = {.problem = stop_at_problem};

	/* Before CRIU 3.5, each type of open file had a separate image. */
	if (!folder_has(folder, "files.img") || directory_read(&reader, folder, NULL) < 0 ||
	    !reader.has_inventory || reader.has_bare_task)
		return false;
	for (size_t i = 0; i < 3; i++) {
		/* CRIU also saves empty pipes and FIFOs, but only sockets with content. */
		bool may_be_none = left && i == PIMG_SOCKET;

		if (reader.has_type[i] && !may_be_none &&
		    !folder_has(folder, directory_queue_images[i]))
			return false;
	}
	/* Files of the hook precede pstree.img in a sorted archive, and can be anywhere in another. */
	if (!left && !folder_is_sorted(folder))
		return false;
	return !lacks_description(folder);
}

/* ---- files of the runtime ---- */

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
