// SPDX-License-Identifier: GPL-2.0-or-later
#include "name.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "message.h"

static const struct form {
	const char *suffix;
	const char *begins;
	const char *otherwise;
} forms[] = {
	{".zst", "\x28\xb5\x2f\xfd", "is not compressed; --compress does that"},
	{".gz", "\x1f\x8b", "is not compressed by gzip"},
	{".tgz", "\x1f\x8b", "is not compressed by gzip"},
	{".xz", "\xfd\x37zXZ", "is not compressed by xz"},
	{".bz2", "BZh", "is not compressed by bzip2"},
	{".lz4", "\x04\x22\x4d\x18", "is not compressed by lz4"},
	{".json", "{", "is an image, not JSON; --to json writes that"},
	{".pcapng", "\n\r\r\n", "is an image, not for Wireshark; --to pcapng writes that"},
};

/* Returns how many bytes were read of its beginning: of a regular file, for others would be waited for. */
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

static bool ends_in(const char *path, const char *suffix)
{
	size_t length = strlen(path), end = strlen(suffix);

	return length > end && !strcmp(path + length - end, suffix);
}

static bool begins_with(const char *bytes, size_t length, const char *begins)
{
	size_t needed = strlen(begins);

	return length >= needed && !memcmp(bytes, begins, needed);
}

void note_broken_promise(const char *path)
{
	char bytes[8];
	size_t length = read_beginning(path, bytes, sizeof(bytes));

	for (size_t i = 0; length && i < sizeof(forms) / sizeof(*forms); i++) {
		if (ends_in(path, forms[i].suffix) && !begins_with(bytes, length, forms[i].begins))
			notice("%s %s", path, forms[i].otherwise);
	}
}

bool is_plain_file(const char *path)
{
	char bytes[8];
	size_t length = read_beginning(path, bytes, sizeof(bytes));

	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		if (begins_with(bytes, length, forms[i].begins))
			return false;
	}
	return length > 0;
}
