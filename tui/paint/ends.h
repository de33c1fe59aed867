/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ends of queues in a few letters. */
#ifndef TUI_PAINT_ENDS_H
#define TUI_PAINT_ENDS_H

#include "pipeimg.h"

/* "r", "w", "rw", or "W" and "rW" for a write end in packet mode. */
const char *end_letters(const struct pimg_end *end);

#endif
