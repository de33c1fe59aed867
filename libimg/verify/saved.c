// SPDX-License-Identifier: LGPL-2.1-or-later
/* Whether the queues that pipeimg-criu-hook(1) saved beside CRIU's images can be used. */
#include "verify/saved.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/error.h"
#include "format/saved.h"
#include "pipeimg-private.h"

static int PRINTF_LIKE(3, 4) tell(struct verify *verify, enum check check, const char *format, ...)
{
	struct pimg_error finding, failure;
	va_list arguments;

	va_start(arguments, format);
	error_check_list(&finding, check, format, arguments);
	va_end(arguments);
	error_in_file(&finding, verify->directory_name);
	return verify_tell(verify, &finding, PIMG_PIPE, &failure);
}

static int check_counts(struct verify *verify, const struct saved *saved)
{
	for (int type = PIMG_PIPE; type <= PIMG_FIFO; type++) {
		if (saved->counts[type] && !saved->has[type] &&
		    tell(verify, CHECK_SAVED_MISSING, "has no %s, which should contain %zu queue%s",
			 saved_image((enum pimg_type)type), saved->counts[type],
			 PLURAL_S(saved->counts[type])) < 0)
			return -1;
	}
	return 0;
}

static int judge(struct verify *verify, const struct folder *folder, const struct saved *saved)
{
	switch (saved->state) {
	case SAVED_NOTHING:
		return 0;
	case SAVED_WHOLE:
		return tell(verify, CHECK_NEEDS_HOOK,
			    "pipeimg-criu-hook saved its queues; a restore needs the hook");
	case SAVED_DUMP_FAILED:
		return tell(verify, CHECK_HOOK_FAILED, "is marked as a failed dump");
	case SAVED_OF_OTHER:
		/* A missing inventory was already reported. */
		if (!folder_has(folder, "inventory.img"))
			return 0;
		return tell(
			verify, CHECK_SAVED_OTHER,
			"has inventory.img and files of pipeimg-criu-hook from different dumps");
	case SAVED_DAMAGED:
		return tell(verify, CHECK_SAVED_OTHER, "%s is damaged", SAVED_INVENTORY);
	case SAVED_NO_INVENTORY:
		return tell(verify, CHECK_SAVED_MISSING, "has no %s", SAVED_INVENTORY);
	case SAVED_GONE:
		return tell(
			verify, CHECK_SAVED_MISSING,
			"has no files of pipeimg-criu-hook, but inventory.img lists its plugin");
	case SAVED_INCOMPLETE:
		return check_counts(verify, saved);
	}
	return 0;
}

int verify_saved(struct verify *verify, struct folder *folder, struct pimg_error *error)
{
	struct saved saved = saved_look(folder);

	verify->uses_saved = saved.state == SAVED_WHOLE;
	return judge(verify, folder, &saved) < 0 ? error_interrupted(error) : 0;
}
