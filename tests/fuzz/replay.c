// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Runs a target on the inputs in tests/fuzz/corpus, or on the given files, and prints TAP. A
 * failing input ends the program; its name is the one that is missing.
 */
#include <dirent.h>
#include <string.h>
#include <sys/stat.h>

#include "target.h"

static void run_file(const char *path)
{
	FILE *file = fopen(path, "re");
	struct stat status;
	uint8_t *data;

	if (!file || fstat(fileno(file), &status) < 0) {
		perror(path);
		exit(1);
	}
	/* Exactly as large as the input, so that sanitizers detect reads beyond it. */
	data = malloc((size_t)status.st_size);
	if (!data || fread(data, 1, (size_t)status.st_size, file) != (size_t)status.st_size)
		abort();
	fclose(file);
	LLVMFuzzerTestOneInput(data, (size_t)status.st_size);
	free(data);
}

static int is_not_hidden(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static int replay_corpus(const char *directory)
{
	struct dirent **entries;
	int count = scandir(directory, &entries, is_not_hidden, alphasort);

	if (count <= 0) {
		fprintf(stderr, "%s: no inputs\n", directory);
		return 1;
	}
	printf("1..%d\n", count);
	for (int i = 0; i < count; i++) {
		char path[4096];

		snprintf(path, sizeof(path), "%s/%s", directory, entries[i]->d_name);
		printf("# %s\n", entries[i]->d_name);
		fflush(stdout);
		run_file(path);
		printf("ok %d - %s\n", i + 1, entries[i]->d_name);
		fflush(stdout);
		free(entries[i]);
	}
	free(entries);
	return 0;
}

int main(int argc, char **argv)
{
	const char *slash = strrchr(argv[0], '/'), *source = getenv("PIPEIMG_SOURCE");
	char directory[2048];

	LLVMFuzzerInitialize(&argc, &argv);
	for (int i = 1; i < argc; i++)
		run_file(argv[i]);
	if (argc > 1)
		return 0;
	snprintf(directory, sizeof(directory), "%s/tests/fuzz/corpus/%s", source ? source : ".",
		 slash ? slash + 1 : argv[0]);
	return replay_corpus(directory);
}
