/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Queues as a pcapng file, for Wireshark: draft-ietf-opsawg-pcapng. Each queue is an interface of
 * LINKTYPE_USER0, each chunk an enhanced packet block with a comment that says what it is.
 */
#ifndef LIBIMG_PCAPNG_H
#define LIBIMG_PCAPNG_H

#include "convert.h"

/* Writes all queues of convert->from, with boundaries as convert knows them, into convert->to. */
int pcapng_write(struct convert *convert, struct pimg_error *error);

#endif
