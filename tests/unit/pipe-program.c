// SPDX-License-Identifier: GPL-2.0-or-later
#include "pipe-program.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

/* Names in the order of enum operation_kind. */
static const char *const names[OPERATION_KINDS] = {
	"packet", "stream",   "read",	  "tee",	  "splice",
	"file",	  "vmsplice", "capacity", "fill-packets", "fill-stream",
};

#define MEMORY_BYTES (64 * 1024)

uint32_t next_random(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return (uint32_t)(*state * UINT64_C(0x2545f4914f6cdd1d) >> 32);
}

int program_sources_open(struct program_sources *sources)
{
	uint8_t *memory = mmap(NULL, MEMORY_BYTES, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	sources->file = memfd_create("pipe-program", MFD_CLOEXEC);
	if (memory == MAP_FAILED || sources->file < 0)
		return -1;
	for (size_t i = 0; i < MEMORY_BYTES; i++)
		memory[i] = (uint8_t)(i * 7 + i / 251);
	sources->memory = memory;
	return write(sources->file, memory, MEMORY_BYTES) == MEMORY_BYTES ? 0 : -1;
}

void program_sources_close(struct program_sources *sources)
{
	munmap((void *)(uintptr_t)sources->memory, MEMORY_BYTES);
	close(sources->file);
}

static uint32_t random_size(uint64_t *random)
{
	/* Around the sizes at which the kernel changes its behaviour, or any size. */
	static const uint32_t notable[] = {1, 2, 5, 4095, 4096, 4097, 8191, 8192, 8193};

	switch (next_random(random) % 4) {
	case 0:
		return notable[next_random(random) % (sizeof(notable) / sizeof(*notable))];
	case 1:
		return 1 + next_random(random) % 10000;
	default:
		return 1 + next_random(random) % 64;
	}
}

void program_generate(struct program *program, uint64_t *random)
{
	/* Most programs are short; some fill a pipe to its last slot. */
	program->count = 1 + next_random(random) % (next_random(random) % 8 ? 12 : OPERATIONS_MAX);
	for (size_t i = 0; i < program->count; i++) {
		struct operation *operation = &program->operations[i];
		uint32_t pick = next_random(random) % 1000;

		operation->kind = pick < 350   ? WRITE_PACKET
				  : pick < 600 ? WRITE_STREAM
				  : pick < 720 ? READ_SOME
				  : pick < 790 ? TEE_IN
				  : pick < 860 ? SPLICE_IN
				  : pick < 910 ? SPLICE_FILE
				  : pick < 950 ? VMSPLICE
				  : pick < 994 ? SET_CAPACITY
				  : pick < 997 ? FILL_PACKETS
					       : FILL_STREAM;
		operation->size = operation->kind == SET_CAPACITY
					  ? (1U << next_random(random) % 8) & 0x7f
					  : random_size(random);
	}
}

/* Bytes that depend on their position, so that a swap or shift is detected. */
static void fill_payload(uint8_t *bytes, size_t length, uint32_t *counter)
{
	for (size_t i = 0; i < length; i++, ++*counter)
		bytes[i] = (uint8_t)(*counter ^ *counter >> 8);
}

/* Returns whether everything was written. */
static bool put(int fd, int flags, uint32_t size, uint32_t *counter)
{
	uint8_t bytes[16384];
	ssize_t written;

	fill_payload(bytes, size, counter);
	fcntl(fd, F_SETFL, O_NONBLOCK | flags);
	written = write(fd, bytes, size);
	if (written < 0 && errno != EAGAIN)
		abort();
	return written == (ssize_t)size;
}

static void set_capacity(int fd, uint32_t pages)
{
	FILE *limit = fopen("/proc/sys/fs/pipe-max-size", "re");
	unsigned bytes = pages * (unsigned)sysconf(_SC_PAGESIZE);

	if (!limit || (!pages && fscanf(limit, "%u", &bytes) != 1))
		abort();
	fclose(limit);
	fcntl(fd, F_SETPIPE_SZ, bytes); /* EBUSY if the content does not fit */
}

/* A pipe with packets and stream bytes to take from. */
static void make_donor(int ends[2], uint32_t *counter)
{
	static const struct {
		int flags;
		uint32_t size;
	} content[] = {{O_DIRECT, 3}, {0, 10}, {O_DIRECT, 4096}, {O_DIRECT, 1}, {0, 5000}};

	if (pipe2(ends, O_NONBLOCK | O_CLOEXEC) < 0)
		abort();
	for (size_t i = 0; i < sizeof(content) / sizeof(*content); i++)
		put(ends[1], content[i].flags, content[i].size, counter);
}

static void take_from_donor(enum operation_kind kind, uint32_t size, int fd, uint32_t *counter)
{
	int donor[2];

	make_donor(donor, counter);
	if (kind == TEE_IN)
		tee(donor[0], fd, size, SPLICE_F_NONBLOCK);
	else
		splice(donor[0], NULL, fd, NULL, size, SPLICE_F_NONBLOCK);
	close(donor[0]);
	close(donor[1]);
}

static void run_operation(const struct operation *operation, const struct program_sources *sources,
			  const int ends[2], uint32_t *counter)
{
	uint8_t bytes[16384];
	struct iovec vector = {(void *)(uintptr_t)sources->memory, operation->size};
	loff_t offset = operation->size;

	switch (operation->kind) {
	case WRITE_PACKET:
		put(ends[1], O_DIRECT, operation->size, counter);
		break;
	case WRITE_STREAM:
		put(ends[1], 0, operation->size, counter);
		break;
	case READ_SOME:
		if (read(ends[0], bytes, operation->size) < 0 && errno != EAGAIN)
			abort();
		break;
	case TEE_IN:
	case SPLICE_IN:
		take_from_donor(operation->kind, operation->size, ends[1], counter);
		break;
	case SPLICE_FILE:
		splice(sources->file, &offset, ends[1], NULL, operation->size, SPLICE_F_NONBLOCK);
		break;
	case VMSPLICE: /* if a seccomp profile forbids it, it has no effect in both runs */
		vmsplice(ends[1], &vector, 1, SPLICE_F_NONBLOCK);
		break;
	case SET_CAPACITY:
		set_capacity(ends[1], operation->size);
		break;
	case FILL_PACKETS:
	case FILL_STREAM:
		while (put(ends[1], operation->kind == FILL_PACKETS ? O_DIRECT : 0, operation->size,
			   counter))
			;
		break;
	case OPERATION_KINDS:
		break;
	}
}

void program_run(const struct program *program, const struct program_sources *sources, int ends[2])
{
	uint32_t counter = 0;

	if (pipe2(ends, O_NONBLOCK | O_CLOEXEC) < 0)
		abort();
	for (size_t i = 0; i < program->count; i++)
		run_operation(&program->operations[i], sources, ends, &counter);
}

void program_print(FILE *to, const struct program *program)
{
	for (size_t i = 0; i < program->count; i++)
		fprintf(to, "%s%s %u", i ? ", " : "", names[program->operations[i].kind],
			program->operations[i].size);
	fputc('\n', to);
}

int program_read(FILE *from, struct program *program)
{
	char line[4096], *at = line, *word;

	do {
		if (!fgets(line, sizeof(line), from))
			return -1;
	} while (line[0] == '#' || line[0] == '\n');
	program->count = 0;
	while ((word = strsep(&at, ",\n")) && program->count < OPERATIONS_MAX) {
		struct operation *operation = &program->operations[program->count];
		char name[16];

		if (sscanf(word, "%15s %u", name, &operation->size) != 2)
			continue;
		for (int kind = 0; kind < OPERATION_KINDS; kind++) {
			if (!strcmp(names[kind], name)) {
				operation->kind = (enum operation_kind)kind;
				program->count++;
			}
		}
	}
	return 0;
}
