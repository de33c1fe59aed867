/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pipes of restored tasks that CRIU did not create, because they were passed to it (--inherit-fd). */
#ifndef TOOLS_CRIU_PASSED_H
#define TOOLS_CRIU_PASSED_H

#include "criu/tree.h"

struct passed {
	bool passed;
	/* An end of the process that may have passed it, or null if it is certain that it was passed. */
	const struct pimg_end *by;
};

/* @pipe: in which tree_of_restore() has found a descriptor of the tree */
struct passed passed_to_criu(const struct hook *hook, const struct tree *tree,
			     const struct pimg_live_pipe *pipe);

#endif
