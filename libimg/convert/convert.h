/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBIMG_CONVERT_CONVERT_H
#define LIBIMG_CONVERT_CONVERT_H

#include "image/image.h"

/* Sets options that depend on the image, before it is converted. */
typedef void (*convert_choose_fn)(const struct pimg_image *image, const char *to,
				  struct pimg_convert_options *options);

/* pimg_convert(), with options that depend on the image. @choose: may be null */
int convert_choosing(const char *from, const char *to, const struct pimg_convert_options *options,
		     convert_choose_fn choose, const struct pimg_progress *progress,
		     struct pimg_error *error);

/* Refuses a damaged image, and rules for pipes that are not in it or need no rule. */
int convert_check(const struct pimg_image *image, const struct pimg_convert_options *options,
		  struct pimg_error *error);

/* Copies the options that the caller of the library gave. */
int convert_take_options(struct pimg_convert_options *options,
			 const struct pimg_convert_options *given, struct pimg_error *error);

#endif
