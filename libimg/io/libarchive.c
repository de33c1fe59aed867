// SPDX-License-Identifier: LGPL-2.1-or-later
#include "io/libarchive.h"

#include <dlfcn.h>
#include <pthread.h>

#include "io/elf-note.h"

ELF_NOTE_DLOPEN(libarchive_note,
		"[{\"feature\":\"archive\","
		"\"description\":\"Opening and writing archives (tar, zip) of images\","
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
/* What is missing, or null. It stays loaded: other threads may be using it. */
static const char *missing;

static void load(void)
{
	void *library = dlopen(LIBARCHIVE_SONAME, RTLD_LAZY | RTLD_LOCAL);

	if (!library) {
		missing = LIBARCHIVE_SONAME;
		return;
	}
	for (size_t i = 0; i < sizeof(functions) / sizeof(*functions); i++) {
		*functions[i].pointer = dlsym(library, functions[i].name);
		if (!*functions[i].pointer)
			missing = functions[i].name;
	}
}

int libarchive_load(struct pimg_error *error)
{
	pthread_once(&once, load);
	if (!missing)
		return 0;
	return error_refused(
		error, 0, "archives cannot be opened without libarchive: %s is missing", missing);
}
