// SPDX-License-Identifier: GPL-2.0-or-later
#include "shared/name.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "shared/message.h"

static const struct form {
	const char *suffix;
	const char *begins;
	const char *otherwise;
} forms[] = {
	{".zst", "\x28\xb5\x2f\xfd",
	 "not compressed with zstd, despite its name; use pipeimg compress"},
	{".gz", "\x1f\x8b", "not compressed with gzip, despite its name"},
	{".tgz", "\x1f\x8b", "not compressed with gzip, despite its name"},
	{".xz", "\xfd\x37zXZ", "not compressed with xz, despite its name"},
	{".bz2", "BZh", "not compressed with bzip2, despite its name"},
	{".lz4", "\x04\x22\x4d\x18", "not compressed with lz4, despite its name"},
};

#define FORM_COUNT (sizeof(forms) / sizeof(*forms))

/* Returns how many bytes were read. Reads only regular files, because reading others can block. */
static size_t read_beginning(const char *path, char *bytes, size_t size)
{
	struct stat status;
	FILE *file = NULL;
	size_t length;

	if (strcmp(path, "-") && stat(path, &status) == 0 && S_ISREG(status.st_mode))
		file = fopen(path, "re");
	length = file ? fread(bytes, 1, size, file) : 0;
	if (file)
		fclose(file);
	return length;
}

/* True if the first length bytes of path end in the suffix. */
static bool ends_within(const char *path, size_t length, const char *suffix)
{
	size_t end = strlen(suffix);

	return length > end && !memcmp(path + length - end, suffix, end);
}

static bool ends_in(const char *path, const char *suffix)
{
	return ends_within(path, strlen(path), suffix);
}

static bool begins_with(const char *bytes, size_t length, const char *begins)
{
	size_t needed = strlen(begins);

	return length >= needed && !memcmp(bytes, begins, needed);
}

enum pimg_output target_of_name(const char *path, bool *compressed)
{
	size_t length = strlen(path);

	*compressed = ends_within(path, length, ".zst");
	if (*compressed)
		length -= strlen(".zst");
	if (ends_within(path, length, ".json"))
		return PIMG_TO_JSON;
	return ends_within(path, length, ".pcapng") ? PIMG_TO_PCAPNG : PIMG_TO_IMAGE;
}

void note_broken_promise(const char *path, enum pimg_output target)
{
	char bytes[8];
	size_t length = read_beginning(path, bytes, sizeof(bytes));

	if (!length)
		return;
	for (size_t i = 0; i < FORM_COUNT; i++) {
		if (ends_in(path, forms[i].suffix) && !begins_with(bytes, length, forms[i].begins))
			notice("%s: %s", path, forms[i].otherwise);
	}
	if (ends_in(path, ".json") && target != PIMG_TO_JSON)
		notice("%s: not JSON, despite its name; use pipeimg convert --to json", path);
	if (ends_in(path, ".pcapng") && target != PIMG_TO_PCAPNG)
		notice("%s: not pcapng, despite its name; use pipeimg convert --to pcapng", path);
}

/* A skippable zstd frame. */
static bool is_skippable(const char *bytes, size_t length)
{
	return length >= 4 && (bytes[0] & 0xf0) == 0x50 && !memcmp(bytes + 1, "\x2a\x4d\x18", 3);
}

bool is_plain_file(const char *path)
{
	char bytes[64];
	size_t length = read_beginning(path, bytes, sizeof(bytes)), at = 0;

	for (size_t i = 0; i < FORM_COUNT; i++) {
		if (begins_with(bytes, length, forms[i].begins))
			return false;
	}
	while (at < length && isspace((unsigned char)bytes[at]))
		at++;
	return length && !is_skippable(bytes, length) && (at == length || bytes[at] != '{');
}
