/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Random programs of operations on one pipe. Running the same program twice gives two pipes that no
 * reader can distinguish, as far as the kernel is concerned, so a program represents a queue.
 */
#ifndef TESTS_UNIT_PIPE_PROGRAM_H
#define TESTS_UNIT_PIPE_PROGRAM_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum operation_kind {
	WRITE_PACKET, /* write(2) with O_DIRECT */
	WRITE_STREAM,
	READ_SOME,
	TEE_IN,	     /* tee(2) of size bytes from a pipe with packets and stream bytes */
	SPLICE_IN,   /* splice(2) from such a pipe */
	SPLICE_FILE, /* splice(2) from a file, size is also its offset */
	VMSPLICE,
	SET_CAPACITY, /* size in pages, 0 for fs.pipe-max-size */
	FILL_PACKETS, /* packets of size bytes until no slot is free */
	FILL_STREAM,
	OPERATION_KINDS
};

struct operation {
	enum operation_kind kind;
	uint32_t size;
};

#define OPERATIONS_MAX 64

struct program {
	size_t count;
	struct operation operations[OPERATIONS_MAX];
};

/* Sources that programs read from, shared by all programs of a test. */
struct program_sources {
	int file;	    /* with bytes to splice */
	const void *memory; /* for vmsplice, not changed while pipes hold it */
};

int program_sources_open(struct program_sources *sources);
void program_sources_close(struct program_sources *sources);

/* xorshift64*: small, and identical on every machine. */
uint32_t next_random(uint64_t *state);

void program_generate(struct program *program, uint64_t *random);
/* Creates a nonblocking pipe and runs the program on it. */
void program_run(const struct program *program, const struct program_sources *sources, int ends[2]);
/* Prints a program as the lines of a corpus file. */
void program_print(FILE *to, const struct program *program);
/* Reads what program_print() printed. Returns 0, or -1 at the end of the file. */
int program_read(FILE *from, struct program *program);

#endif
