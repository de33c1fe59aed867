/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The row above the holders of live pipes: what does not fit in the selected line. */
#ifndef TUI_VIEWS_HOLDERS_HEAD_H
#define TUI_VIEWS_HOLDERS_HEAD_H

#include "data/holders.h"
#include "paint/paint.h"

/* Why a process does not run, why a fill level is unknown, and the path of a FIFO. @item: or ORDER_NOWHERE */
void holders_put_head(const struct holders *holders, size_t item, struct pen *pen);

#endif
