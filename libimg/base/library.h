/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Shared libraries that are loaded on demand. Each library that is linked adds about 0.1 ms to the start of
 * every command, which is a fifth of what an empty program needs, and few images need all of them.
 *
 * For a library, a C file has a list of functions, such as
 *	#define BZIP2_FUNCTIONS(FUNCTION) FUNCTION(BZ2_bzDecompress) FUNCTION(BZ2_bzDecompressEnd)
 *	BZIP2_FUNCTIONS(LIBRARY_STATIC_FUNCTION)
 *	LIBRARY(bzip2, BZIP2_FUNCTIONS, ...);
 * After library_load(&bzip2) has succeeded, the functions are called by their names with the prefix sym_.
 * If other files call them too, a header has the list and LIBRARY_DECLARE_FUNCTION, and the C file has
 * LIBRARY_DEFINE_FUNCTION.
 */
#ifndef LIBIMG_BASE_LIBRARY_H
#define LIBIMG_BASE_LIBRARY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/elf-note.h"
#include "base/error.h"

struct library_function {
	const char *name;
	void **pointer;
};

struct library {
	const char *soname;
	const char *refusal; /* "archives cannot be opened without libarchive", for messages */
	const struct library_function *functions;
	size_t function_count;
	/* Set when it is first loaded, or fails to. It stays loaded: other threads may be using it. */
	bool tried;
	char why_not[256]; /* empty if it can be used */
};

#define LIBRARY_DECLARE_FUNCTION(name_) extern __typeof__(name_) *sym_##name_;
#define LIBRARY_DEFINE_FUNCTION(name_)	__typeof__(name_) *sym_##name_;
#define LIBRARY_STATIC_FUNCTION(name_)	static __typeof__(name_) *sym_##name_;
#define LIBRARY_FUNCTION_ENTRY(name_)	{#name_, (void **)&sym_##name_},

/*
 * @soname_, @refusal_, @feature_, @description_: string literals; the last two are for packagers.
 */
#define LIBRARY(library_, functions_, soname_, refusal_, feature_, description_)                   \
	ELF_NOTE_DLOPEN(library_##_note,                                                           \
			"[{\"feature\":\"" feature_ "\",\"description\":\"" description_           \
			"\",\"priority\":\"recommended\",\"soname\":[\"" soname_ "\"]}]");         \
	static const struct library_function library_##_functions[] = {                            \
		functions_(LIBRARY_FUNCTION_ENTRY)};                                               \
	static struct library library_ = {                                                         \
		.soname = soname_,                                                                 \
		.refusal = refusal_,                                                               \
		.functions = library_##_functions,                                                 \
		.function_count = sizeof(library_##_functions) / sizeof(*library_##_functions),    \
	}

/*
 * Safe in any thread. Returns 0, also if it is already loaded; or -1: PIMG_SYSTEM if it is not installed, or
 * lacks a function.
 */
int library_load(struct library *library, struct pimg_error *error);

#endif
