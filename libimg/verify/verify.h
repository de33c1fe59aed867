/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBIMG_VERIFY_VERIFY_H
#define LIBIMG_VERIFY_VERIFY_H

#include "io/source/source.h"

/*
 * Fails for an image file in which verifying finds an error, with the first. What depends on this machine
 * is left out.
 * @source: any offset of which can be read; stays the caller's, and where it is
 */
int verify_refuse_errors(struct source *source, const struct pimg_progress *progress,
			 struct pimg_error *error);

#endif
