/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* "1 byte", "2 bytes": for the library, the command and the browser alike. */
#ifndef LIBIMG_BASE_PLURAL_H
#define LIBIMG_BASE_PLURAL_H

/* The end of a noun after its number: "%zu packet%s", count, PLURAL_S(count) */
#define PLURAL_S(count) ((count) == 1 ? "" : "s")
/* "%zu process%s" */
#define PLURAL_ES(count) ((count) == 1 ? "" : "es")
/* "%zu byte%s %s left" */
#define PLURAL_VERB(count) ((count) == 1 ? "is" : "are")

#endif
