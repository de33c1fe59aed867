/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_SHARED_MERGED_H
#define TOOLS_SHARED_MERGED_H

#include "pipeimg.h"

/* Says that a queue was written in the spliced layout, if it had packets. */
void note_merged(enum pimg_type type, uint32_t id, uint64_t packets);

#endif
