/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBIMG_LIVE_HALTS_H
#define LIBIMG_LIVE_HALTS_H

#include "pipeimg.h"

/* Whether a thread in a call does not run, and therefore does not wait. @state: of the thread */
bool halts_thread(struct pimg_live *live, const struct pimg_wait *wait, char state);

#endif
