/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Verifies an image in a separate process, so that keys do not wait and it can be stopped at any time. Its
 * findings are read as they arrive.
 */
#ifndef TUI_DATA_VERIFYING_H
#define TUI_DATA_VERIFYING_H

#include "pipeimg.h"

/* How many findings are kept for each check; the rest are only counted. */
#define VERIFYING_KEPT 100

struct finding {
	size_t check; /* for pimg_check() */
	enum pimg_type type;
	int64_t record, pipe, offset; /* or PIMG_NONE */
	char *file;
	char *sentence;
	uint64_t more; /* represents this many similar findings; if 0, file and sentence are set */
};

struct verifying {
	pid_t child; /* or 0 */
	int input;   /* from it, or -1 */

	struct finding *findings;
	size_t count, room;
	uint64_t done_bytes, total_bytes;
	bool is_complete;
	struct pimg_verify_summary summary; /* set when it is complete */
	bool has_failed;
	struct pimg_error failure;
};

/*
 * Starts.
 * @path: of the image; if null, image is verified as it would be written to a file
 * @dump: which of several dumps at the path, or null
 * Returns -1 on a system error; verifying_free() is allowed in any case.
 */
int verifying_start(struct verifying *verifying, const char *path, const char *dump,
		    struct pimg_image *image, struct pimg_error *error);
/* Reads the findings so far without blocking. Returns whether there were any. */
bool verifying_step(struct verifying *verifying);
bool verifying_is_running(const struct verifying *verifying);
/* Stops it, and keeps the findings. */
void verifying_stop(struct verifying *verifying);
void verifying_free(struct verifying *verifying);

#endif
