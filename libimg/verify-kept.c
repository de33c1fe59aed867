// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What pipeimg-criu-hook(1) keeps beside CRIU's images is of use only for the dump that it was made at. A
 * copy of inventory.img tells which that was, and the line before it how many queues there must be.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "io/error.h"
#include "plural.h"
#include "verify.h"

/* CRIU's has some hundred bytes. */
#define INVENTORY_MAX 16384

static int PRINTF_LIKE(3, 4) tell(struct verify *verify, enum check check, const char *format, ...)
{
	struct pimg_error finding, failure;
	char sentence[sizeof(finding.sentence)];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(sentence, sizeof(sentence), format, arguments);
	va_end(arguments);
	error_check(&finding, check, "%s", sentence);
	error_in_file(&finding, verify->directory_name);
	return verify_tell(verify, &finding, PIMG_PIPE, &failure);
}

/* Reads a small file. Returns its length, -1 if there is none, it is longer, or cannot be read. */
static ssize_t read_small(struct folder *folder, const char *name, char bytes[INVENTORY_MAX])
{
	struct source *source;
	const uint8_t *data;
	ssize_t length;

	if (folder_find(folder, name, &source, NULL) <= 0)
		return -1;
	length = source_peek(source, INVENTORY_MAX, &data, NULL);
	if (length >= INVENTORY_MAX)
		length = -1;
	if (length > 0)
		memcpy(bytes, data, (size_t)length);
	source_close(source);
	return length;
}

static int check_counts(struct verify *verify, const struct folder *folder, const char *head)
{
	static const char *const names[] = {KEPT_PIPES, KEPT_FIFOS};
	size_t counts[2];

	if (sscanf(head, "pipes %zu fifos %zu", &counts[0], &counts[1]) != 2)
		return tell(verify, CHECK_KEPT_OTHER, "%s is damaged", KEPT_INVENTORY);
	for (int i = 0; i < 2; i++) {
		if (counts[i] && !folder_has(folder, names[i]) &&
		    tell(verify, CHECK_KEPT_MISSING, "holds no %s, in which %zu queue%s must be",
			 names[i], counts[i], PLURAL_S(counts[i])) < 0)
			return -1;
	}
	return 0;
}

static int check_inventory(struct verify *verify, struct folder *folder)
{
	char stock[INVENTORY_MAX], kept[INVENTORY_MAX];
	ssize_t length = read_small(folder, "inventory.img", stock);
	ssize_t kept_length = read_small(folder, KEPT_INVENTORY, kept);

	if (length < 0)
		return 0; /* which is told of already */
	if (kept_length != KEPT_INVENTORY_BYTES + length ||
	    memcmp(kept + KEPT_INVENTORY_BYTES, stock, (size_t)length) != 0)
		return tell(verify, CHECK_KEPT_OTHER,
			    "holds what was kept of another dump than inventory.img is of");
	kept[KEPT_INVENTORY_BYTES - 1] = '\0';
	return check_counts(verify, folder, kept);
}

int verify_kept(struct verify *verify, struct folder *folder, struct pimg_error *error)
{
	bool has_queues = folder_has(folder, KEPT_PIPES) || folder_has(folder, KEPT_FIFOS);
	int result = 0;

	if (folder_has(folder, KEPT_FAILED))
		result = tell(verify, CHECK_HOOK_FAILED, "holds the mark of a dump that failed");
	else if (folder_has(folder, KEPT_INVENTORY))
		result = check_inventory(verify, folder);
	else if (has_queues)
		result = tell(verify, CHECK_KEPT_MISSING, "holds no %s", KEPT_INVENTORY);
	return result < 0 ? error_interrupted(error) : 0;
}
