// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/error.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "pipeimg-private.h"

static void PRINTF_LIKE(4, 0) fill(struct pimg_error *error, enum pimg_status status,
				   int errno_value, const char *format, va_list arguments)
{
	if (!error)
		return;
	error->status = status;
	error->errno_value = errno_value;
	error->check[0] = '\0';
	error->record = PIMG_NONE;
	error->pipe = PIMG_NONE;
	error->type = PIMG_PIPE;
	error->offset = PIMG_NONE;
	error->file[0] = '\0';
	memset(error->reserved, 0, sizeof(error->reserved));
	vsnprintf(error->sentence, sizeof(error->sentence), format, arguments);
}

int error_data(struct pimg_error *error, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	fill(error, PIMG_BAD_DATA, 0, format, arguments);
	va_end(arguments);
	return -1;
}

int error_check_list(struct pimg_error *error, enum check check, const char *format,
		     va_list arguments)
{
	fill(error, PIMG_BAD_DATA, 0, format, arguments);
	if (error)
		snprintf(error->check, sizeof(error->check), "%s", check_row(check)->id);
	return -1;
}

int error_check(struct pimg_error *error, enum check check, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	error_check_list(error, check, format, arguments);
	va_end(arguments);
	return -1;
}

enum check error_check_of(const struct pimg_error *error)
{
	return check_by_id(error->check);
}

int error_usage(struct pimg_error *error, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	fill(error, PIMG_USAGE, 0, format, arguments);
	va_end(arguments);
	return -1;
}

int error_system(struct pimg_error *error, int errno_value, const char *format, ...)
{
	va_list arguments;
	size_t used;

	/* RETRIED() repeats the call unless the caller wants to stop. */
	if (errno_value == EINTR)
		return error_interrupted(error);
	va_start(arguments, format);
	fill(error, PIMG_SYSTEM, errno_value, format, arguments);
	va_end(arguments);
	if (!error)
		return -1;
	used = strlen(error->sentence);
	/* strerror() is not thread-safe; %m is, and reads errno. */
	errno = errno_value;
	snprintf(error->sentence + used, sizeof(error->sentence) - used, ": %m");
	return -1;
}

int error_refused(struct pimg_error *error, int errno_value, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	fill(error, PIMG_SYSTEM, errno_value, format, arguments);
	va_end(arguments);
	return -1;
}

int error_memory(struct pimg_error *error)
{
	return error_system(error, ENOMEM, "out of memory");
}

int error_interrupted(struct pimg_error *error)
{
	return error_refused(error, EINTR, "interrupted");
}

int error_waiting(struct pimg_error *error)
{
	return error_refused(error, EAGAIN, "no more data yet");
}

bool error_is_waiting(const struct pimg_error *error)
{
	return error && error->status == PIMG_SYSTEM && error->errno_value == EAGAIN;
}

int error_copy(struct pimg_error *error, const struct pimg_error *from)
{
	if (error)
		*error = *from;
	return -1;
}

int error_append(struct pimg_error *error, const char *text)
{
	size_t used = error ? strlen(error->sentence) : 0;

	if (error)
		snprintf(error->sentence + used, sizeof(error->sentence) - used, "%s", text);
	return -1;
}

int error_in_file(struct pimg_error *error, const char *file)
{
	size_t length = strlen(file);

	if (!error || error->file[0])
		return -1;
	/* The end of a long path says more than its beginning. */
	if (length >= sizeof(error->file))
		snprintf(error->file, sizeof(error->file), "...%s",
			 file + length - sizeof(error->file) + 4);
	else
		memcpy(error->file, file, length + 1);
	return -1;
}

int error_at(struct pimg_error *error, uint64_t record, uint64_t offset)
{
	if (!error)
		return -1;
	if (error->record == PIMG_NONE)
		error->record = (int64_t)record;
	if (error->offset == PIMG_NONE)
		error->offset = (int64_t)offset;
	return -1;
}

int error_of_queue(struct pimg_error *error, enum pimg_type type, uint32_t id)
{
	if (error && error->pipe == PIMG_NONE) {
		error->pipe = id;
		error->type = type;
	}
	return -1;
}

char *pimg_error_format(const struct pimg_error *error, char *text, size_t size)
{
	char place[96] = "";
	int used = 0;

	if (error->record != PIMG_NONE)
		used = snprintf(place, sizeof(place), "record %" PRId64, error->record);
	if (error->pipe != PIMG_NONE)
		used += snprintf(place + used, sizeof(place) - (size_t)used,
				 used ? " (%s %" PRId64 ")" : "%s %" PRId64,
				 pimg_type_word(error->type), error->pipe);
	if (error->offset != PIMG_NONE)
		snprintf(place + used, sizeof(place) - (size_t)used,
			 used ? " at 0x%" PRIx64 : "at 0x%" PRIx64, (uint64_t)error->offset);
	snprintf(text, size, "%s%s%s%s%s", error->file, error->file[0] ? ": " : "", place,
		 place[0] ? ": " : "", error->sentence);
	return text;
}
