// SPDX-License-Identifier: GPL-2.0-or-later
#include "shared/output.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

static int first_errno;
static FILE *usual; /* the original stdout, while it is replaced */

#ifdef __GLIBC__

static ssize_t write_out(void *cookie, const char *data, size_t length)
{
	size_t done = 0;

	(void)cookie;
	while (done < length) {
		ssize_t written = write(STDOUT_FILENO, data + done, length - done);

		if (written < 0) {
			if (!first_errno)
				first_errno = errno;
			return 0;
		}
		done += (size_t)written;
	}
	return (ssize_t)done;
}

void output_start(void)
{
	static const cookie_io_functions_t functions = {.write = write_out};
	FILE *noting = fopencookie(NULL, "w", functions);

	if (!noting)
		return;
	setvbuf(noting, NULL, isatty(STDOUT_FILENO) ? _IOLBF : _IOFBF, 65536);
	usual = stdout;
	stdout = noting;
}

void output_release(void)
{
	if (!usual)
		return;
	fclose(stdout);
	stdout = usual;
	usual = NULL;
}

#else

/* Other C libraries do not allow assigning stdout: only an error of the last write is reported. */
void output_start(void)
{
}

void output_release(void)
{
}

#endif

int output_finish(void)
{
	int flushed = fflush(stdout) == 0 ? 0 : errno;

	if (first_errno)
		return first_errno;
	if (flushed || ferror(stdout))
		return flushed ? flushed : EIO;
	return close(STDOUT_FILENO) == 0 ? 0 : errno;
}
