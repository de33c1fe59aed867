// SPDX-License-Identifier: GPL-2.0-or-later
/* pipeimg verify: everything that is wrong with images, found and named. */
#include <errno.h>
#include <fts.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "command.h"
#include "message.h"
#include "text.h"
#include "verify-report.h"

#define JOBS_MAX       256
#define JOBS_UNASKED   8
#define TOLD_BY_CHECK  10
#define NAMES_IN_DUMPS 3

struct verify {
	bool strict;
	bool recursive;
	bool list_checks;
	bool has_limit;
	uint64_t limit;
	uint64_t jobs; /* 0: as many as there are processors */
	unsigned flags;

	struct report_row *rows; /* an image each */
	size_t count, room;
	size_t passed_over; /* named as images are */

	pthread_mutex_t mutex; /* over next and status */
	size_t next;
	enum pimg_status status;
	struct progress progress;
};

/* ---- which images ---- */

static int add_image(struct verify *verify, const char *path)
{
	char *copy = strdup(path);

	if (verify->count == verify->room) {
		size_t room = verify->room ? verify->room * 2 : 16;
		struct report_row *grown = reallocarray(verify->rows, room, sizeof(*grown));

		if (!grown)
			return refuse(PIMG_SYSTEM, "out of memory");
		verify->rows = grown;
		verify->room = room;
	}
	if (!copy)
		return refuse(PIMG_SYSTEM, "out of memory");
	verify->rows[verify->count++] = (struct report_row){.image = copy};
	return PIMG_OK;
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

/* A file that its directory's own verification looks at. */
static bool is_part_of_directory(const FTSENT *entry)
{
	static const char *const names[NAMES_IN_DUMPS] = {"pipes-data.img", "fifo-data.img",
							  "sk-queues.img"};

	for (size_t i = 0; i < NAMES_IN_DUMPS; i++) {
		if (entry->fts_parent->fts_number && !strcmp(entry->fts_name, names[i]))
			return true;
	}
	return false;
}

/* What cannot be read is said, and does not end the walk. */
static void note_failure(struct verify *verify, enum pimg_status status)
{
	pthread_mutex_lock(&verify->mutex);
	if (status > verify->status)
		verify->status = status;
	pthread_mutex_unlock(&verify->mutex);
}

/* What the user named may be a link, and is followed: "dump/" is what "dump" leads to. */
static int probe(const FTSENT *entry, enum pimg_content *content, struct pimg_error *error)
{
	char *named = NULL;
	int result;

	if (entry->fts_level != FTS_ROOTLEVEL || entry->fts_info != FTS_D)
		return pimg_probe(entry->fts_accpath, content, error);
	if (asprintf(&named, "%s/", entry->fts_path) < 0)
		return -1;
	result = pimg_probe(named, content, error);
	free(named);
	return result;
}

/* Files that have the name of an image, and were none: what is left of one after a crash. */
static void note_passed_over(struct verify *verify, const FTSENT *entry)
{
	size_t length = strlen(entry->fts_name);

	if (entry->fts_info != FTS_F || entry->fts_parent->fts_number || length < 4 ||
	    strcmp(entry->fts_name + length - 4, ".img"))
		return;
	verify->passed_over++;
	detail("%s: does not begin as an image of queues, and is passed over", entry->fts_path);
}

static int look_at_entry(struct verify *verify, FTSENT *entry)
{
	enum pimg_content content;
	struct pimg_error error;

	if (entry->fts_info == FTS_DNR || entry->fts_info == FTS_ERR || entry->fts_info == FTS_NS) {
		note_failure(verify,
			     (enum pimg_status)refuse(PIMG_SYSTEM, "%s: cannot read: %s",
						      entry->fts_path, strerror(entry->fts_errno)));
		return PIMG_OK;
	}
	if (entry->fts_info != FTS_D && entry->fts_info != FTS_F)
		return PIMG_OK;
	if (probe(entry, &content, &error) < 0) {
		note_failure(verify, (enum pimg_status)complain(&error));
		return PIMG_OK;
	}
	entry->fts_number = content == PIMG_CONTENT_DIRECTORY;
	if (content == PIMG_CONTENT_OTHER)
		note_passed_over(verify, entry);
	if (content == PIMG_CONTENT_OTHER || is_part_of_directory(entry))
		return PIMG_OK;
	return add_image(verify, entry->fts_path);
}

static int add_below(struct verify *verify, char *path)
{
	char *paths[] = {path, NULL};
	FTS *walk = fts_open(paths, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR, by_name);
	size_t before = verify->count;
	int status = PIMG_OK;
	FTSENT *entry;

	if (!walk)
		return refuse(PIMG_SYSTEM, "%s: cannot read: %s", path, strerror(errno));
	while (!status && !interrupted() && (entry = fts_read(walk)))
		status = look_at_entry(verify, entry);
	fts_close(walk);
	if (!status && verify->count == before && !verify->status)
		note_failure(verify,
			     (enum pimg_status)refuse(
				     PIMG_BAD_DATA, "%s: there is no image of queues in it", path));
	return status;
}

static int add_images(struct verify *verify, char **paths, int count)
{
	int status = PIMG_OK;

	for (int i = 0; i < count && !status; i++) {
		if (verify->recursive && strcmp(paths[i], "-"))
			status = add_below(verify, paths[i]);
		else
			status = add_image(verify, paths[i]);
	}
	return status;
}

/* ---- the work ---- */

/* The report of one image, and the progress that is shown while it is due. */
struct job {
	struct verify *verify;
	struct report *report;
};

static int find(void *context, const struct pimg_check *check, const struct pimg_error *finding,
		enum pimg_type type)
{
	struct job *job = context;

	if (report_is_due(job->report))
		end_progress(&job->verify->progress);
	return report_finding(job->report, check, finding, type);
}

static int advance(void *context, uint64_t done, uint64_t total)
{
	struct job *job = context;

	if (report_is_due(job->report))
		return show_progress(&job->verify->progress, done, total);
	return interrupted();
}

static enum pimg_status judge(const struct verify *verify, const struct report_row *row,
			      const struct pimg_error *failure)
{
	if (row->failed)
		return failure->status;
	if (row->summary.findings[PIMG_ERROR] ||
	    (verify->strict && row->summary.findings[PIMG_WARNING]))
		return PIMG_BAD_DATA;
	return PIMG_OK;
}

static void verify_image(struct verify *verify, size_t index)
{
	struct report_row *row = &verify->rows[index];
	struct job job = {verify, report_start(index, row->image, verify->limit)};
	struct pimg_error failure;

	row->failed = pimg_verify(row->image, verify->flags, find, advance, &job, &row->summary,
				  &failure) < 0;
	if (report_is_due(job.report))
		end_progress(&verify->progress);
	note_failure(verify, judge(verify, row, &failure));
	report_end(job.report, &row->summary, row->failed ? &failure : NULL);
}

/* The next image, or none if the work is over. What is taken is also reported: others wait for it. */
static bool take_next(struct verify *verify, size_t *index)
{
	bool taken;

	pthread_mutex_lock(&verify->mutex);
	taken = verify->next < verify->count && !interrupted() && !ferror(stdout);
	*index = verify->next;
	verify->next += taken;
	pthread_mutex_unlock(&verify->mutex);
	return taken;
}

/* Images are taken in order, so that the one that is due is always being worked on. */
static void *work(void *context)
{
	struct verify *verify = context;
	size_t index;

	while (take_next(verify, &index))
		verify_image(verify, index);
	return NULL;
}

static size_t job_count(const struct verify *verify)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	size_t jobs = processors > 0 ? (size_t)processors : 1;

	/* Each may need its 64 MiB. */
	if (jobs > JOBS_UNASKED)
		jobs = JOBS_UNASKED;
	if (verify->jobs)
		jobs = verify->jobs;
	return jobs < verify->count ? jobs : verify->count;
}

struct workers {
	pthread_t threads[JOBS_MAX];
	size_t count;
};

/* Signals come to the first thread alone: workers that wait in a call are woken by it. */
static void join(struct workers *workers, size_t which)
{
	struct timespec until;

	for (;;) {
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_nsec += 50000000;
		until.tv_sec += until.tv_nsec / 1000000000;
		until.tv_nsec %= 1000000000;
		if (pthread_timedjoin_np(workers->threads[which], NULL, &until) != ETIMEDOUT)
			return;
		for (size_t i = which; interrupted() && i < workers->count; i++)
			pthread_kill(workers->threads[i], SIGALRM);
	}
}

/* This thread waits, and passes signals on; where no other can be made, it does all the work. */
static void work_in_parallel(struct verify *verify)
{
	size_t jobs = job_count(verify);
	struct workers workers = {.count = 0};

	while (jobs > 1 && workers.count < jobs &&
	       pthread_create(&workers.threads[workers.count], NULL, work, verify) == 0)
		workers.count++;
	if (!workers.count)
		work(verify);
	for (size_t i = 0; i < workers.count; i++)
		join(&workers, i);
}

static int verify_all(struct verify *verify, char **paths, int count)
{
	int status = add_images(verify, paths, count);

	if (status)
		return status;
	work_in_parallel(verify);
	if (interrupted())
		return refuse(PIMG_SYSTEM, "interrupted");
	if (!settings.json && !settings.quiet && verify->count)
		report_table(verify->rows, verify->count);
	if (verify->passed_over)
		notice("%zu file%s named *.img %s with no magic number of queues, and %s passed "
		       "over; -v names them",
		       verify->passed_over, verify->passed_over == 1 ? "" : "s",
		       verify->passed_over == 1 ? "begins" : "begin",
		       verify->passed_over == 1 ? "was" : "were");
	return verify->status;
}

/* ---- options ---- */

enum {
	OPTION_STRICT = OPTION_OWN,
	OPTION_LIST_CHECKS,
	OPTION_LIMIT,
	OPTION_ANYWHERE,
};

static const struct option long_options[] = {
	{"strict", no_argument, NULL, OPTION_STRICT},
	{"recursive", no_argument, NULL, 'r'},
	{"jobs", required_argument, NULL, 'j'},
	{"limit", required_argument, NULL, OPTION_LIMIT},
	{"anywhere", no_argument, NULL, OPTION_ANYWHERE},
	{"list-checks", no_argument, NULL, OPTION_LIST_CHECKS},
	COMMON_LONG_OPTIONS,
};

static int take_option(struct verify *verify, int option, char **argv)
{
	switch (option) {
	case OPTION_STRICT:
		verify->strict = true;
		return 0;
	case 'r':
		verify->recursive = true;
		return 0;
	case 'j':
		if (!parse_number(optarg, JOBS_MAX, &verify->jobs) || !verify->jobs)
			return usage_error(&command_verify, "--jobs takes a number from 1 to %d",
					   JOBS_MAX);
		return 0;
	case OPTION_LIMIT:
		verify->has_limit = true;
		if (!parse_number(optarg, UINT64_MAX, &verify->limit))
			return usage_error(&command_verify,
					   "--limit takes a number; 0 is no limit");
		return 0;
	case OPTION_ANYWHERE:
		verify->flags |= PIMG_VERIFY_ANYWHERE;
		return 0;
	case OPTION_LIST_CHECKS:
		verify->list_checks = true;
		return 0;
	default:
		return common_option(&command_verify, option, argv);
	}
}

static int check_usage(char **paths, int count)
{
	int standard_input = 0;

	if (!count)
		return usage_error(&command_verify, "verify takes images, and none was given");
	for (int i = 0; i < count; i++)
		standard_input += !strcmp(paths[i], "-");
	if (standard_input > 1)
		return usage_error(&command_verify, "standard input (-) can be read only once");

	return 0;
}

static int run(int argc, char **argv)
{
	struct verify verify = {
		.mutex = PTHREAD_MUTEX_INITIALIZER,
		.progress = {.label = "verifying"},
	};
	int option, status;

	while ((option = getopt_long(argc, argv, ":rj:" COMMON_SHORT_OPTIONS, long_options,
				     NULL)) != -1) {
		status = take_option(&verify, option, argv);
		if (status)
			return status;
	}
	if (verify.list_checks)
		return report_checks(argv + optind, argc - optind);
	status = check_usage(argv + optind, argc - optind);
	if (status)
		return status;
	if (!verify.has_limit && !settings.json)
		verify.limit = TOLD_BY_CHECK;
	status = verify_all(&verify, argv + optind, argc - optind);
	for (size_t i = 0; i < verify.count; i++)
		free((char *)(uintptr_t)verify.rows[i].image);
	free(verify.rows);
	return status;
}

const struct command command_verify = {
	.name = "verify",
	.run = run,
	.summary = "find everything that is wrong with images",
	.synopsis = "IMAGE... [-r] [--strict] [--jobs N] [--limit N] [--anywhere] | --list-checks "
		    "[ID...]",
	.options =
		"      --strict         fail for warnings too\n"
		"  -r, --recursive      look for images and CRIU directories below directories\n"
		"  -j, --jobs=N         look at N images at once (as many as processors)\n"
		"      --limit=N        findings told per check and image (10; with --json all)\n"
		"      --anywhere       leave out this machine's limits and page size\n"
		"      --list-checks    what is checked, with ids and remedies\n",
};
