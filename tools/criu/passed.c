// SPDX-License-Identifier: GPL-2.0-or-later
#include "criu/passed.h"

#include <errno.h>
#include <stdlib.h>

#include "criu/names.h"

static bool is_in_list(const char *list, uint32_t id)
{
	char *end;

	for (; *list; list = end) {
		unsigned long number = strtoul(list, &end, 10);

		if (end == list)
			return false;
		if (number == id)
			return true;
	}
	return false;
}

/* CRIU keeps descriptors that were passed to it open, and usually so does the program that passed them. */
static const struct pimg_end *end_of_criu(const struct hook *hook, const struct tree *tree,
					  const struct pimg_live_pipe *pipe)
{
	for (size_t i = 0; i < pipe->end_count; i++) {
		const struct pimg_end *end = pimg_end_at(pipe->ends, i);

		if (!tree_find(tree, (pid_t)end->pid) &&
		    pimg_live_descends(tree->live, hook->criu, (pid_t)end->pid))
			return end;
	}
	return NULL;
}

/*
 * Other processes can have a pipe open although CRIU has created it, for example a monitor that looks at restored tasks.
 * CRIU also opens FIFOs that others have open.
 */
struct passed passed_to_criu(const struct hook *hook, const struct tree *tree,
			     const struct pimg_live_pipe *pipe)
{
	const char *list = getenv(HOOK_PASSED);
	struct passed result = {0};

	if (pipe->type != PIMG_PIPE)
		return result;
	if (list)
		return (struct passed){.passed = is_in_list(list, pipe->id)};
	result.by = end_of_criu(hook, tree, pipe);
	result.passed = result.by != NULL;
	return result;
}
