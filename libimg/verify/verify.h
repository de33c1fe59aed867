/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBIMG_VERIFY_VERIFY_H
#define LIBIMG_VERIFY_VERIFY_H

#include "io/source/source.h"

/*
 * Fails with the first error that verification finds in an image file. Checks that depend on this machine are
 * skipped.
 * @source: can be read at any offset; the caller still owns it, and its offset does not change
 */
int verify_refuse_errors(struct source *source, const struct pimg_progress *progress,
			 struct pimg_error *error);

#endif
