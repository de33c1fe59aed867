// SPDX-License-Identifier: LGPL-2.1-or-later
#include "checksum.h"

#include <inttypes.h>

#include "io/error.h"
#include "io/hash.h"

int checksum_start(struct checksum *checksum, const struct entry *entry, struct pimg_error *error)
{
	/* Datagrams have none, whatever their fields say. */
	checksum->comparing = entry->has_checksum && entry->type != PIMG_SOCKET;
	checksum->wanted = entry->checksum;
	if (!checksum->comparing)
		return 0;
	if (!checksum->state)
		checksum->state = XXH3_createState();
	if (!checksum->state)
		return error_memory(error);
	XXH3_64bits_reset(checksum->state);
	return 0;
}

void checksum_add(struct checksum *checksum, const void *data, size_t length)
{
	if (checksum->comparing)
		XXH3_64bits_update(checksum->state, data, length);
}

void checksum_give_up(struct checksum *checksum)
{
	checksum->comparing = false;
}

int checksum_end(struct checksum *checksum, struct pimg_error *error)
{
	uint64_t found;

	if (!checksum->comparing)
		return 0;
	checksum->comparing = false;
	found = XXH3_64bits_digest(checksum->state);
	return found == checksum->wanted ? 0 : checksum_differs(found, checksum->wanted, error);
}

void checksum_release(struct checksum *checksum)
{
	XXH3_freeState(checksum->state);
	*checksum = (struct checksum){0};
}

int checksum_differs(uint64_t found, uint64_t wanted, struct pimg_error *error)
{
	return error_check(error, CHECK_PAYLOAD_CHECKSUM,
			   "bytes of the payload changed since it was written: its XXH3-64 is "
			   "%016" PRIx64 ", not %016" PRIx64,
			   found, wanted);
}
