/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Filling struct pimg_error. Each function returns -1, so that a failure is one statement:
 *
 *	return error_data(error, "a record of %u bytes", length);
 */
#ifndef LIBIMG_BASE_ERROR_H
#define LIBIMG_BASE_ERROR_H

#include <stdarg.h>

#include "base/check.h"

#define PRINTF_LIKE(text, first) __attribute__((format(printf, text, first)))

/* PIMG_BAD_DATA */
int error_data(struct pimg_error *error, const char *format, ...) PRINTF_LIKE(2, 3);
/* PIMG_BAD_DATA, found by a check */
int error_check(struct pimg_error *error, enum check check, const char *format, ...)
	PRINTF_LIKE(3, 4);
int error_check_list(struct pimg_error *error, enum check check, const char *format,
		     va_list arguments) PRINTF_LIKE(3, 0);
/* The check that failed, or CHECK_NONE. */
enum check error_check_of(const struct pimg_error *error);
/* PIMG_USAGE */
int error_usage(struct pimg_error *error, const char *format, ...) PRINTF_LIKE(2, 3);
/*
 * PIMG_SYSTEM, with errno's text appended: "cannot open: Permission denied". EINTR becomes
 * error_interrupted(): an interrupted call is repeated unless the caller wants to stop.
 */
int error_system(struct pimg_error *error, int errno_value, const char *format, ...)
	PRINTF_LIKE(3, 4);
/* PIMG_SYSTEM, for a sentence that needs no errno text */
int error_refused(struct pimg_error *error, int errno_value, const char *format, ...)
	PRINTF_LIKE(3, 4);
int error_memory(struct pimg_error *error);
int error_interrupted(struct pimg_error *error);
/* Reports that there is no data to read yet, which is not a failure. */
int error_waiting(struct pimg_error *error);
/* @error: or null */
bool error_is_waiting(const struct pimg_error *error);

/* Passes on an error of a callee. @error: or null. Also returns -1. */
int error_copy(struct pimg_error *error, const struct pimg_error *from);
/* Adds to the sentence what to do about it. Also returns -1. */
int error_append(struct pimg_error *error, const char *text);

/* Add the place, unless the error already has one. Also return -1. */
int error_in_file(struct pimg_error *error, const char *file);
int error_at(struct pimg_error *error, uint64_t record, uint64_t offset);
int error_of_queue(struct pimg_error *error, enum pimg_type type, uint32_t id);

#endif
