/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The checksum of a record's payload, compared while the payload is read. */
#ifndef LIBIMG_FORMAT_CHECKSUM_H
#define LIBIMG_FORMAT_CHECKSUM_H

#include "format/decode.h"
#include "io/source/source.h"

/* All zeros before the first record. */
struct checksum {
	void *state; /* XXH3_state_t */
	bool comparing;
	bool in_pieces; /* the payload was hashed in several pieces */
	uint64_t wanted, found;
	uint64_t length; /* of the payload */
};

/* Starts with a record's payload; if the record has no checksum, nothing is compared. */
int checksum_start(struct checksum *checksum, const struct entry *entry, struct pimg_error *error);
void checksum_add(struct checksum *checksum, const void *data, size_t length);
/* To be called if part of the payload is not read: nothing is compared. */
void checksum_give_up(struct checksum *checksum);
/* To be called after the entire payload: an error if the checksum differs. */
int checksum_end(struct checksum *checksum, struct pimg_error *error);
void checksum_release(struct checksum *checksum);

/* Reports a payload that differs. Returns -1. */
int checksum_differs(uint64_t found, uint64_t wanted, struct pimg_error *error);

/*
 * Reads the next length bytes of a source and hashes them.
 * @hash: set to their XXH3-64, if all exist
 * @progress: may be null; called with context while bytes are read
 * Returns how many there were, or -1.
 */
int64_t checksum_of_next(struct source *source, uint64_t length, uint64_t *hash,
			 const struct pimg_progress *progress, struct pimg_error *error);

#endif
