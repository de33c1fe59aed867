// SPDX-License-Identifier: LGPL-2.1-or-later
#include "io/compression/liblz4.h"

LIBLZ4_FUNCTIONS(LIBRARY_DEFINE_FUNCTION)
LIBRARY(liblz4, LIBLZ4_FUNCTIONS, LIBLZ4_SONAME, "lz4 is not available without liblz4", "lz4",
	"Reading and writing lz4");

int liblz4_load(struct pimg_error *error)
{
	return library_load(&liblz4, error);
}
