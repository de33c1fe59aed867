/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names of the values of an enum, from a table with one entry per value. */
#ifndef LIBIMG_BASE_NAMES_H
#define LIBIMG_BASE_NAMES_H

#include <stddef.h>

/* Callers may pass any value, so one that is not in the table also gets a name. */
static inline const char *name_in(const char *const *names, size_t count, unsigned value)
{
	return value < count && names[value] ? names[value] : "unknown";
}

#define NAME_IN(names, value) name_in(names, sizeof(names) / sizeof(*(names)), (unsigned)(value))

#endif
