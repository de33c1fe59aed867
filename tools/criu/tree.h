/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tasks that CRIU dumps or has restored, and their pipes. */
#ifndef TOOLS_CRIU_TREE_H
#define TOOLS_CRIU_TREE_H

#include "criu/files.h"

struct task {
	pid_t pid;
	pid_t inner_pid; /* in its pid namespace, as in the images */
};

struct tree {
	struct pimg_live *live;
	struct task *tasks; /* sorted by pid */
	size_t count;
	struct task *inner; /* sorted by inner_pid, each once */
	size_t inner_count;
};

/* Finds the tasks that CRIU has frozen. Returns 0, or an exit status after printing an error. */
int tree_of_dump(const struct hook *hook, struct tree *tree);
/* The same for the tasks that CRIU has restored. Also looks at processes outside the tree. */
int tree_of_restore(const struct hook *hook, struct tree *tree);
void tree_release(struct tree *tree);
#define _cleanup_tree_ __attribute__((cleanup(tree_release)))

const struct task *tree_find(const struct tree *tree, pid_t pid);
const struct task *tree_find_inner(const struct tree *tree, pid_t inner_pid);

/* True if one of the ends is in packet mode, also if it is a read end. */
bool any_in_packet_mode(const struct pimg_ends *ends, size_t count);

#endif
