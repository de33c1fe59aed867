// SPDX-License-Identifier: GPL-2.0-or-later
/* The input is an image as JSON. Most changes make it invalid; the rest is read. */
#include "agree.h"
#include "target.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	/* The image from JSON is first written there. */
	use_memory_for_temporary_files();
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	readers_agree(nameless_file(data, size));
	return 0;
}
