/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBIMG_IMAGE_NO_IMAGES_H
#define LIBIMG_IMAGE_NO_IMAGES_H

#include "io/archive/folder.h"

/*
 * Returns 0 if a directory may have queues, or -1: error says what it is instead, and what to do.
 * @name: for messages
 */
int image_check_folder(struct folder *folder, const char *name, struct pimg_error *error);

#endif
