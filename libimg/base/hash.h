/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* XXH3, by the widest instructions that this processor has, where the library can choose. */
#ifndef LIBIMG_BASE_HASH_H
#define LIBIMG_BASE_HASH_H

#include <xxhash.h>
#ifdef HAVE_XXH_X86DISPATCH_H
#include <xxh_x86dispatch.h>
#endif

#endif
