// SPDX-License-Identifier: LGPL-2.1-or-later
#include "io/source/libarchive.h"

LIBARCHIVE_FUNCTIONS(LIBRARY_DEFINE_FUNCTION)
LIBRARY(libarchive, LIBARCHIVE_FUNCTIONS, LIBARCHIVE_SONAME,
	"archives cannot be opened without libarchive", "archive",
	"Reading and writing archives of images (tar, zip)");

int libarchive_load(struct pimg_error *error)
{
	return library_load(&libarchive, error);
}
