// SPDX-License-Identifier: GPL-2.0-or-later
/* The input is an image file. It is read and verified, from a file and from a pipe. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "agree.h"
#include "target.h"

/* The default capacity of a pipe, which nobody reads until it is full. */
#define PIPE_BYTES 65536

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	/* Standard input is spooled to temporary files. */
	use_memory_for_temporary_files();
	return 0;
}

static void pipe_to_standard_input(const uint8_t *data, size_t size)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0 || write(ends[1], data, size) != (ssize_t)size ||
	    dup2(ends[0], STDIN_FILENO) < 0)
		abort();
	close(ends[0]);
	close(ends[1]);
}

static void same_errors(const struct pimg_error *file, const struct pimg_error *pipe)
{
	CLAIM(!file == !pipe, "only one of the two reports damage: %s",
	      file ? file->sentence : pipe->sentence);
	if (!file)
		return;
	CLAIM(!strcmp(file->sentence, pipe->sentence), "%s; %s", file->sentence, pipe->sentence);
	CLAIM(file->offset == pipe->offset && file->record == pipe->record, "%s", file->sentence);
}

static void same_queue(struct pimg_image *file, struct pimg_image *pipe, size_t number)
{
	struct pimg_error file_error, pipe_error, error;
	struct pimg_queue *from_file = pimg_image_load(file, number, &file_error);
	struct pimg_queue *from_pipe = pimg_image_load(pipe, number, &pipe_error);

	same_errors(from_file ? NULL : &file_error, from_pipe ? NULL : &pipe_error);
	CLAIM(!from_file || pimg_queue_equal(from_file, from_pipe, &error), "%s", error.sentence);
	pimg_queue_free(from_file);
	pimg_queue_free(from_pipe);
}

static void a_pipe_is_read_as_a_file(const char *path)
{
	struct pimg_error file_error, pipe_error;
	struct pimg_image *file = pimg_image_open(path, NULL, &file_error);
	struct pimg_image *pipe = pimg_image_open("-", NULL, &pipe_error);

	same_errors(file ? NULL : &file_error, pipe ? NULL : &pipe_error);
	if (!file)
		return;
	same_errors(pimg_image_damage(file), pimg_image_damage(pipe));
	CLAIM(pimg_image_queue_count(file) == pimg_image_queue_count(pipe), "%zu; %zu",
	      pimg_image_queue_count(file), pimg_image_queue_count(pipe));
	for (size_t i = 0; i < pimg_image_queue_count(file); i++)
		same_queue(file, pipe, i);
	pimg_image_close(file);
	pimg_image_close(pipe);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *path = nameless_file(data, size);

	readers_agree(path);
	/* This takes half as long again, so only some inputs get it. */
	if (size % 4 == 0 && size <= PIPE_BYTES) {
		pipe_to_standard_input(data, size);
		a_pipe_is_read_as_a_file(path);
	}
	return 0;
}
