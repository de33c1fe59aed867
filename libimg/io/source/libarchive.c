// SPDX-License-Identifier: LGPL-2.1-or-later
#include "io/source/libarchive.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>

#include "base/elf-note.h"

ELF_NOTE_DLOPEN(libarchive_note,
		"[{\"feature\":\"archive\","
		"\"description\":\"Reading and writing archives of images (tar, zip)\","
		"\"priority\":\"recommended\","
		"\"soname\":[\"" LIBARCHIVE_SONAME "\"]}]");

#define DEFINE(name) __typeof__(name) *sym_##name;
LIBARCHIVE_FUNCTIONS(DEFINE)

#define ENTRY(name) {#name, (void **)&sym_##name},
static const struct {
	const char *name;
	void **pointer;
} functions[] = {LIBARCHIVE_FUNCTIONS(ENTRY)};

static pthread_once_t once = PTHREAD_ONCE_INIT;
/* Why libarchive cannot be used, or empty. The library stays loaded: other threads may be using it. */
static char why_not[256];

static void load(void)
{
	void *library = dlopen(LIBARCHIVE_SONAME, RTLD_LAZY | RTLD_LOCAL);

	if (!library) {
		/*
		 * The loader knows the reason: the file, one of its dependencies, or memory may be missing.
		 */
		snprintf(why_not, sizeof(why_not), "%s", dlerror());
		return;
	}
	for (size_t i = 0; i < sizeof(functions) / sizeof(*functions); i++) {
		*functions[i].pointer = dlsym(library, functions[i].name);
		if (!*functions[i].pointer)
			snprintf(why_not, sizeof(why_not), "%s is missing", functions[i].name);
	}
}

int libarchive_load(struct pimg_error *error)
{
	pthread_once(&once, load);
	if (!*why_not)
		return 0;
	return error_refused(error, 0, "archives cannot be opened without libarchive: %s", why_not);
}
