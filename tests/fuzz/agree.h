/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What reading and verifying an image, whatever is in it, must have in common. */
#ifndef TESTS_FUZZ_AGREE_H
#define TESTS_FUZZ_AGREE_H

#include "pipeimg.h"

/*
 * Opens, reads and verifies the image. What a reader stumbles over, verifying must have told as an
 * error.
 */
void readers_agree(const char *path);

/* What pimg_verify() found, after the claim that it could look at all of it. */
struct pimg_verify_summary verified(const char *path);

#endif
