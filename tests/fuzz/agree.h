/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What reading and verifying any image must have in common. */
#ifndef TESTS_FUZZ_AGREE_H
#define TESTS_FUZZ_AGREE_H

#include "pipeimg.h"

/*
 * Opens, reads and verifies the image. Verifying must report everything that makes reading fail as
 * an error.
 */
void readers_agree(const char *path);

/* The summary of pimg_verify(), after the claim that it succeeded. */
struct pimg_verify_summary verified(const char *path);

#endif
