// SPDX-License-Identifier: LGPL-2.1-or-later
#include "format/open-files.h"

#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/array.h"
#include "base/error.h"
#include "criu.pb-c.h"

/* Of all paths together: otherwise only its own size would limit a hostile image. */
#define PATHS_MAX (8U * 1024 * 1024)

/* ---- the list ---- */

static int add_file(struct directory *directory, const struct open_file *file,
		    struct pimg_error *error)
{
	if (directory->file_count == FILES_MAX)
		return error_check(error, CHECK_TOO_MANY, "more than %u pipes, FIFOs and sockets",
				   FILES_MAX);
	if (array_make_room(&directory->files, &directory->file_room, directory->file_count + 1,
			    sizeof(*directory->files), error) < 0)
		return -1;
	directory->files[directory->file_count++] = *file;
	return 0;
}

static int add_path(struct directory *directory, struct open_file *file,
		    const ProtobufCBinaryData *name, struct pimg_error *error)
{
	size_t length = strnlen((const char *)name->data, name->len), needed;

	if (!length || length >= PATH_MAX)
		return 0;
	/* Offset 0 is for files without a path. */
	if (!directory->path_bytes)
		directory->path_bytes = 1;
	needed = directory->path_bytes + length + 1;
	if (needed > PATHS_MAX)
		return error_check(error, CHECK_TOO_MANY, "more than %u bytes of paths", PATHS_MAX);
	if (array_make_room(&directory->paths, &directory->path_room, needed, 1, error) < 0)
		return -1;
	file->path = (uint32_t)directory->path_bytes;
	memcpy(directory->paths + file->path, name->data, length);
	directory->paths[file->path + length] = '\0';
	directory->path_bytes = needed;
	return 0;
}

static bool is_in_flight(const struct directory_reader *reader, uint32_t file_id)
{
	size_t first = directory_first_flight(reader->flights, reader->flight_count, file_id);

	return first < reader->flight_count && reader->flights[first].file_id == file_id;
}

/* ---- records ---- */

static int take_pipe(struct directory *directory, const CriuPipeEntry *pipe,
		     struct pimg_error *error)
{
	struct open_file file = {
		.id = pipe->id,
		.queue_id = pipe->pipe_id,
		.flags = pipe->flags,
		.type = PIMG_PIPE,
		.has_queue = true,
	};

	return add_file(directory, &file, error);
}

/* A FIFO's flags and path are in the record of the regular file that it was opened as. */
static int take_fifo(struct directory *directory, const CriuFifoEntry *fifo,
		     struct pimg_error *error)
{
	struct open_file file = {
		.id = fifo->id,
		.queue_id = fifo->pipe_id,
		.path_id = fifo->regf_id,
		.flags = DIRECTORY_FLAGS_UNKNOWN,
		.type = PIMG_FIFO,
		.has_queue = true,
	};

	return add_file(directory, &file, error);
}

static enum pimg_socket socket_type(uint32_t type)
{
	switch (type) {
	case SOCK_STREAM:
		return PIMG_SOCKET_STREAM;
	case SOCK_DGRAM:
		return PIMG_SOCKET_DATAGRAM;
	case SOCK_SEQPACKET:
		return PIMG_SOCKET_SEQPACKET;
	default:
		return PIMG_SOCKET_UNKNOWN;
	}
}

static int take_socket(struct directory *directory, const CriuUnixSkEntry *socket,
		       struct pimg_error *error)
{
	struct open_file file = {
		.id = socket->id,
		.queue_id = socket->id,
		.flags = socket->flags,
		.type = PIMG_SOCKET,
		.socket_type = (uint8_t)socket_type(socket->type),
		.inode = socket->ino,
		.has_queue = true,
	};

	return add_file(directory, &file, error);
}

/* A file without a queue matters only if it is in flight. */
static int take_other(struct directory *directory, const CriuFileEntry *entry,
		      struct pimg_error *error)
{
	struct open_file file = {
		.id = entry->id,
		.path_id = entry->reg ? entry->reg->id : 0,
		.flags = DIRECTORY_FLAGS_UNKNOWN,
	};

	return is_in_flight(directory->reader, entry->id) ? add_file(directory, &file, error) : 0;
}

/* Of any family, because CRIU may save the queues of more families in the future. */
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
	int result;

	if (!entry)
		return directory_undecodable(error);
	directory->reader->has_type[PIMG_PIPE] |= entry->pipe != NULL;
	directory->reader->has_type[PIMG_FIFO] |= entry->fifo != NULL;
	directory->reader->has_type[PIMG_SOCKET] |= is_socket(entry->type);
	if (entry->pipe)
		result = take_pipe(directory, entry->pipe, error);
	else if (entry->fifo)
		result = take_fifo(directory, entry->fifo, error);
	else if (entry->usk)
		result = take_socket(directory, entry->usk, error);
	else
		result = take_other(directory, entry, error);
	criu_file_entry__free_unpacked(entry, NULL);
	return result;
}

/* Before CRIU 3.5, each type had a separate image. */
static int take_old_pipe(struct directory *directory, const uint8_t *message, uint32_t length,
			 struct pimg_error *error)
{
	CriuPipeEntry *entry = criu_pipe_entry__unpack(NULL, length, message);
	int result;

	if (!entry)
		return directory_undecodable(error);
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
		return directory_undecodable(error);
	result = take_fifo(directory, entry, error);
	criu_fifo_entry__free_unpacked(entry, NULL);
	return result;
}

static int take_old_socket(struct directory *directory, const uint8_t *message, uint32_t length,
			   struct pimg_error *error)
{
	CriuUnixSkEntry *entry = criu_unix_sk_entry__unpack(NULL, length, message);
	int result;

	if (!entry)
		return directory_undecodable(error);
	result = take_socket(directory, entry, error);
	criu_unix_sk_entry__free_unpacked(entry, NULL);
	return result;
}

/* ---- paths, in a second pass ---- */

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

static void sort_files(struct directory *directory, int (*compare)(const void *, const void *))
{
	if (directory->file_count)
		qsort(directory->files, directory->file_count, sizeof(*directory->files), compare);
}

/* The files are sorted by path_id here. */
static int take_path(struct directory *directory, const CriuRegFileEntry *path,
		     struct pimg_error *error)
{
	struct open_file wanted = {.path_id = path->id}, *file;

	if (!path->id)
		return 0;
	file = bsearch(&wanted, directory->files, directory->file_count, sizeof(*file), by_path_id);
	if (!file)
		return 0;
	file->flags = path->has_dumped_flags ? path->dumped_flags : path->flags;
	file->criu_flags = path->flags;
	return path->has_name && !file->path ? add_path(directory, file, &path->name, error) : 0;
}

static int take_file_path(struct directory *directory, const uint8_t *message, uint32_t length,
			  struct pimg_error *error)
{
	CriuFileEntry *entry = criu_file_entry__unpack(NULL, length, message);
	int result;

	if (!entry)
		return directory_undecodable(error);
	result = entry->reg ? take_path(directory, entry->reg, error) : 0;
	criu_file_entry__free_unpacked(entry, NULL);
	return result;
}

static int take_old_path(struct directory *directory, const uint8_t *message, uint32_t length,
			 struct pimg_error *error)
{
	CriuRegFileEntry *entry = criu_reg_file_entry__unpack(NULL, length, message);
	int result;

	if (!entry)
		return directory_undecodable(error);
	result = take_path(directory, entry, error);
	criu_reg_file_entry__free_unpacked(entry, NULL);
	return result;
}

static int tell_missing_path(struct directory *directory, const struct open_file *file,
			     struct pimg_error *error)
{
	struct pimg_error problem;

	error_check(&problem, CHECK_FIFO_PATH,
		    "the path of the FIFO with file id %" PRIu32 " is in file id %" PRIu32
		    ", which has no record",
		    file->id, file->path_id);
	error_of_queue(&problem, PIMG_FIFO, file->queue_id);
	error_in_file(&problem, directory->name);
	return directory_tell(directory, &problem, error);
}

static int read_paths(struct directory *directory, struct pimg_error *error)
{
	int result =
		directory_read_image(directory, "files.img", IMAGE_FILES, take_file_path, error);

	if (result == 0)
		return directory_read_image(directory, "reg-files.img", IMAGE_REG_FILES,
					    take_old_path, error);
	for (size_t i = 0; result > 0 && i < directory->file_count; i++) {
		const struct open_file *file = &directory->files[i];

		if (file->has_queue && file->path_id && file->flags == DIRECTORY_FLAGS_UNKNOWN &&
		    tell_missing_path(directory, file, error) < 0)
			return -1;
	}
	return result;
}

/* ---- all files ---- */

int open_files_read(struct directory *directory, struct pimg_error *error)
{
	static const struct {
		const char *name;
		enum image_kind kind;
		take_fn take;
	} images[] = {
		{"files.img", IMAGE_FILES, take_file},
		{"pipes.img", IMAGE_PIPES, take_old_pipe},
		{"fifo.img", IMAGE_FIFO, take_old_fifo},
		{"unixsk.img", IMAGE_UNIXSK, take_old_socket},
	};

	for (size_t i = 0; i < sizeof(images) / sizeof(*images); i++) {
		if (directory_read_image(directory, images[i].name, images[i].kind, images[i].take,
					 error) < 0)
			return -1;
	}
	sort_files(directory, by_path_id);
	if (directory->file_count && directory->files[directory->file_count - 1].path_id &&
	    read_paths(directory, error) < 0)
		return -1;
	sort_files(directory, by_id);
	return 0;
}

struct open_file *open_files_find(const struct directory *directory, uint32_t id)
{
	struct open_file wanted = {.id = id};

	return directory->file_count ? bsearch(&wanted, directory->files, directory->file_count,
					       sizeof(wanted), by_id)
				     : NULL;
}

/* Ends in flight, and ends whose process's images are missing. */
static int give_unheld(struct directory *directory, const struct open_file *file,
		       struct pimg_error *error)
{
	const struct directory_reader *reader = directory->reader;
	size_t first = directory_first_flight(reader->flights, reader->flight_count, file->id);
	struct pimg_end one = {0};
	size_t at = first;

	for (; at < reader->flight_count && reader->flights[at].file_id == file->id; at++) {
		one.socket = reader->flights[at].socket;
		if (directory_give_end(directory, file, &one, error) < 0)
			return -1;
	}
	if (at > first || file->held)
		return 0;
	return directory_give_end(directory, file, &one, error);
}

int open_files_give(struct directory *directory, struct pimg_error *error)
{
	const struct directory_reader *reader = directory->reader;

	for (size_t i = 0; i < directory->file_count; i++) {
		const struct open_file *file = &directory->files[i];
		struct directory_file given = {
			.id = file->id,
			.has_queue = file->has_queue,
			.type = (enum pimg_type)file->type,
			.queue_id = file->queue_id,
			.flags = directory_flags(directory, file->flags),
			.path = file->path ? directory->paths + file->path : NULL,
			.socket = (enum pimg_socket)file->socket_type,
			.inode = file->inode,
			.path_id = file->path_id,
			.is_refused = file->has_queue && file->type == PIMG_FIFO &&
				      file->criu_flags & directory->machine_o_direct,
		};

		if (reader->file && reader->file(reader->context, &given, error) < 0)
			return -1;
		if (file->has_queue && give_unheld(directory, file, error) < 0)
			return -1;
	}
	return 0;
}
