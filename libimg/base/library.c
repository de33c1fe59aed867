// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/library.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>

/* The loader has a lock too; this one protects the libraries' state. */
static pthread_mutex_t loading = PTHREAD_MUTEX_INITIALIZER;

static void load(struct library *library)
{
	void *handle = dlopen(library->soname, RTLD_LAZY | RTLD_LOCAL);

	if (!handle) {
		/* The loader knows the reason: the file, one of its dependencies, or memory may be missing. */
		snprintf(library->why_not, sizeof(library->why_not), "%s", dlerror());
		return;
	}
	for (size_t i = 0; i < library->function_count; i++) {
		const struct library_function *function = &library->functions[i];

		*function->pointer = dlsym(handle, function->name);
		if (!*function->pointer)
			snprintf(library->why_not, sizeof(library->why_not), "%s is missing",
				 function->name);
	}
}

int library_load(struct library *library, struct pimg_error *error)
{
	bool usable;

	pthread_mutex_lock(&loading);
	if (!library->tried)
		load(library);
	library->tried = true;
	usable = !*library->why_not;
	pthread_mutex_unlock(&loading);
	if (usable)
		return 0;
	return error_refused(error, 0, "%s: %s", library->refusal, library->why_not);
}
