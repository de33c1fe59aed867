/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One method of decompression: the common interface of the libraries. */
#ifndef LIBIMG_IO_COMPRESSION_CODEC_H
#define LIBIMG_IO_COMPRESSION_CODEC_H

#include "io/compression/compression.h"
#include "pipeimg.h"

/* The largest window that a compressed file may ask for: what `xz -9` and `zstd -21` need. */
#define CODEC_WINDOW_LOG 26

/* What a step may read and write, and how much of it was used. */
struct codec_step {
	const uint8_t *in;
	size_t in_size, in_used;
	uint8_t *out;
	size_t out_size, out_used;
};

enum codec_result {
	CODEC_MORE, /* continue */
	CODEC_END,  /* of a frame, a member or a stream: another may follow */
	CODEC_DAMAGED,
	CODEC_WINDOW, /* needs more memory than is allowed */
	CODEC_MEMORY, /* out of memory */
};

struct codec {
	const char *name;
	/* Loads the library. Returns 0 or -1 (PIMG_SYSTEM). */
	int (*load)(struct pimg_error *error);
	/* Returns null if memory is short. The library must be loaded: see codec_open(). */
	void *(*open)(void);
	enum codec_result (*step)(void *self, struct codec_step *step, const char **why);
	/* Starts another frame. Returns 0 or -1 (memory). */
	int (*again)(void *self);
	void (*close)(void *self);
};

const struct codec *codec_of(enum compression method);
/* Returns a state for the codec's functions, or null: PIMG_SYSTEM if its library is missing or memory is short. */
void *codec_open(const struct codec *codec, struct pimg_error *error);

#endif
