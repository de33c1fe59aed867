/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_CRIU_CHECK_H
#define TOOLS_CRIU_CHECK_H

/*
 * Reports whether criu on this machine can dump and restore packet pipes.
 * @criu: the program, searched in PATH
 * Returns an exit status: PIMG_BAD_DATA if it cannot.
 */
int hook_check_node(const char *criu);

#endif
