// SPDX-License-Identifier: LGPL-2.1-or-later
#include "live/no-proc.h"

#include <errno.h>
#include <linux/magic.h>
#include <sys/vfs.h>

#include "base/interrupt.h"

bool proc_is_mounted(void)
{
	struct statfs status;

	return RETRIED(statfs("/proc", &status)) == 0 && status.f_type == PROC_SUPER_MAGIC;
}

int error_no_proc(struct pimg_error *error, const char *what)
{
	return error_refused(error, ENOENT,
			     "%s: /proc is not mounted; run mount -t proc proc /proc", what);
}

int error_proc(struct pimg_error *error, int errno_value, const char *what)
{
	if (errno_value == ENOENT && !proc_is_mounted())
		return error_no_proc(error, what);
	return error_system(error, errno_value, "%s", what);
}
