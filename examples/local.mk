# SPDX-License-Identifier: GPL-2.0-or-later
# Not part of the build: the tests build it against the installed library, as a user would.
EXTRA_DIST += examples/queue-sizes.c
