// SPDX-License-Identifier: GPL-2.0-or-later
#include "terminal/trouble.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void __attribute__((format(printf, 3, 0)))
fill(struct pimg_error *error, enum pimg_status status, const char *format, va_list arguments)
{
	memset(error, 0, sizeof(*error));
	error->status = status;
	error->record = error->pipe = error->offset = PIMG_NONE;
	vsnprintf(error->sentence, sizeof(error->sentence), format, arguments);
}

int trouble(struct pimg_error *error, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	fill(error, PIMG_USAGE, format, arguments);
	va_end(arguments);
	return -1;
}

int system_trouble(struct pimg_error *error, int errno_value, const char *format, ...)
{
	va_list arguments;
	size_t length;

	va_start(arguments, format);
	fill(error, PIMG_SYSTEM, format, arguments);
	va_end(arguments);
	error->errno_value = errno_value;
	length = strlen(error->sentence);
	if (errno_value)
		snprintf(error->sentence + length, sizeof(error->sentence) - length, ": %s",
			 strerror(errno_value));
	return -1;
}
