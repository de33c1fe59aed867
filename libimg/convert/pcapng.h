/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBIMG_CONVERT_PCAPNG_H
#define LIBIMG_CONVERT_PCAPNG_H

#include "convert/work.h"

/* Writes all queues as a pcapng file, with the boundaries of the conversion. */
int convert_write_pcapng(struct convert *convert, struct pimg_error *error);

#endif
