/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the fuzz targets share. Each is a separate program: with --enable-fuzzers libFuzzer drives
 * it, otherwise replay.c runs it on the inputs in corpus/.
 */
#ifndef TESTS_FUZZ_TARGET_H
#define TESTS_FUZZ_TARGET_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* Names that libFuzzer requires. */
int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A property of every input; an input that violates it is a find. */
#define CLAIM(condition, ...)                                                                      \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s:%d: not true: %s\n\t", __FILE__, __LINE__,             \
				#condition);                                                       \
			fprintf(stderr, __VA_ARGS__);                                              \
			fputc('\n', stderr);                                                       \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

/*
 * Writes the bytes to a file without a name. Returns its path, which is valid until the next call.
 */
const char *nameless_file(const uint8_t *data, size_t size);

/* The descriptor of that file. */
int nameless_fd(void);

/* If possible: not every machine that runs the targets has /dev/shm. */
void use_memory_for_temporary_files(void);

#endif
