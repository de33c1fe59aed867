// SPDX-License-Identifier: GPL-2.0-or-later
#include "shared/merged.h"

#include <inttypes.h>

#include "pipeimg-private.h"
#include "shared/message.h"

void note_merged(enum pimg_type type, uint32_t id, uint64_t packets)
{
	if (packets)
		notice("%s %" PRIu32 ": boundaries lost: the spliced layout merges its %" PRIu64
		       " packet%s",
		       pimg_type_word(type), id, packets, PLURAL_S(packets));
}
