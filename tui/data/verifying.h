/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An image being verified in a process of its own, so that keys need not wait for it, and so that it can
 * be stopped at any time. What it finds is read as it comes.
 */
#ifndef TUI_DATA_VERIFYING_H
#define TUI_DATA_VERIFYING_H

#include "pipeimg.h"

/* Of one check, so many findings are kept; of others it is known how many there are. */
#define VERIFYING_KEPT 100

struct finding {
	size_t check; /* for pimg_check() */
	enum pimg_type type;
	int64_t record, pipe, offset; /* or PIMG_NONE */
	char *file;
	char *sentence;
	uint64_t more; /* it stands for so many like it; else 0, and there are file and sentence */
};

struct verifying {
	pid_t child; /* or 0 */
	int input;   /* from it, or -1 */

	struct finding *findings;
	size_t count, room;
	uint64_t done_bytes, total_bytes;
	bool is_complete;
	struct pimg_verify_summary summary; /* once it is complete */
	bool has_failed;
	struct pimg_error failure;
};

/*
 * Begins.
 * @path: of the image, or null: then image is verified as it would be written to a file
 * Returns -1 if the system refuses; it can be freed in any case.
 */
int verifying_start(struct verifying *verifying, const char *path, struct pimg_image *image,
		    struct pimg_error *error);
/* Reads what it has found, waiting for nothing. Returns whether there was something. */
bool verifying_step(struct verifying *verifying);
bool verifying_is_running(const struct verifying *verifying);
/* Ends it, and keeps what it found. */
void verifying_stop(struct verifying *verifying);
void verifying_free(struct verifying *verifying);

#endif
