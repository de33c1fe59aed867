// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The input is a CRIU directory: each file is preceded by "IMG:" and a letter for its name. An
 * uppercase letter creates a directory in place of the file. With marks instead of lengths, an
 * insertion changes only one file.
 */
#include <string.h>
#include <sys/stat.h>

#include "agree.h"
#include "scratch.h"
#include "target.h"

/* Their letters are 'a', 'b', ... The process images are those of the first process. */
static const char *const names[] = {
	"files.img",	 "pstree.img",	     "core-1.img",    "ids-1.img",     "fdinfo-1.img",
	"inventory.img", "pipes-data.img",   "fifo-data.img", "sk-queues.img", "pipes.img",
	"fifo.img",	 "descriptors.json", "mm-1.img",      "pagemap-1.img", "pages-1.img",
};
enum { NAMES = sizeof(names) / sizeof(*names) };

static const char mark[] = "IMG:";
enum { MARK_BYTES = sizeof(mark) - 1 };

static int scratch_fd = -1;

static void remove_files(void)
{
	for (size_t i = 0; i < NAMES; i++) {
		if (unlinkat(scratch_fd, names[i], 0) < 0)
			unlinkat(scratch_fd, names[i], AT_REMOVEDIR);
	}
}

static void make_file(const char *name, const uint8_t *data, size_t size)
{
	int fd = openat(scratch_fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	/* The name is already a directory. */
	if (fd < 0)
		return;
	if (size && write(fd, data, size) != (ssize_t)size)
		abort();
	close(fd);
}

static void make_entry(uint8_t letter, const uint8_t *data, size_t size)
{
	/* 'a' and 'A' both give 1. */
	const char *name = names[((letter & 31U) + NAMES - 1) % NAMES];

	if (letter & 32)
		make_file(name, data, size);
	else
		mkdirat(scratch_fd, name, 0700);
}

static void make_directory(const uint8_t *data, size_t size)
{
	const uint8_t *end = data + size, *at = memmem(data, size, mark, MARK_BYTES);

	while (at && end - at > MARK_BYTES) {
		const uint8_t *content = at + MARK_BYTES + 1;
		const uint8_t *next = memmem(content, (size_t)(end - content), mark, MARK_BYTES);

		make_entry(at[MARK_BYTES], content, (size_t)((next ? next : end) - content));
		at = next;
	}
}

static void remove_scratch(void)
{
	scratch_remove(NULL);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	if (scratch_make(NULL) < 0)
		abort();
	atexit(remove_scratch);
	scratch_fd = open(scratch, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum pimg_content content;
	struct pimg_error error;

	remove_files();
	make_directory(data, size);
	CLAIM(pimg_probe(scratch, &content, &error) == 0, "%s", error.sentence);
	readers_agree(scratch);
	return 0;
}
