// SPDX-License-Identifier: GPL-2.0-or-later
/* pipeimg verify: checks images and reports everything that is wrong. */
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "commands/verify-checks.h"
#include "commands/verify-report.h"
#include "commands/verify-table.h"
#include "commands/verify-turns.h"
#include "commands/verify-walk.h"
#include "pipeimg-private.h"
#include "shared/commands.h"
#include "shared/message.h"
#include "shared/text.h"

#define JOBS_MAX     256
#define JOBS_UNASKED 8
/* Free memory that each job may keep; a window of an archive and of its members. */
#define KEPT_BYTES    (4 * 1024 * 1024)
#define TOLD_BY_CHECK 10

struct verify {
	bool strict;
	bool list_checks;
	bool has_limit;
	uint64_t limit;
	uint64_t jobs; /* 0: JOBS_UNASKED */
	unsigned flags;

	pthread_mutex_t mutex; /* protects the following members while there are workers */
	struct walk walk;
	size_t next; /* number of the next item */
	enum pimg_status status;
	struct progress progress;

	const char *dump; /* the only one to check in each input, or null */

	bool prints_rows; /* immediately; otherwise they are kept for the end */
	struct kept_row *rows;
	size_t row_count, row_room;
	struct table_row all;
	size_t images, skipped;
	size_t passed_over; /* skipped files that are named like images */
	size_t *found;	    /* number of images found, by path */
};

struct kept_row {
	size_t index; /* of the input */
	size_t number;
	struct table_row row;
};

static int out_of_memory(void)
{
	return refuse(PIMG_SYSTEM, "out of memory");
}

static void note_status(struct verify *verify, enum pimg_status status)
{
	if (status > verify->status)
		verify->status = status;
}

/* ---- one image ---- */

/* An item that is being verified. */
struct job {
	struct verify *verify;
	struct walk_item item;
	size_t index;
	struct report *report;		    /* null until there is something to report */
	bool has_dump;			    /* which is being checked */
	struct pimg_verify_summary summary; /* of that dump */
};

static struct report *report_of(struct job *job)
{
	if (!job->report)
		job->report = report_start(job->index, job->item.path, job->verify->limit);
	return job->report;
}

static int find(void *context, const struct pimg_check *check, const struct pimg_error *finding,
		enum pimg_type type)
{
	struct job *job = context;

	if (turns_are_at(job->index))
		end_progress(&job->verify->progress);
	return report_finding(report_of(job), check, finding, type);
}

static int advance(void *context, uint64_t done, uint64_t total)
{
	struct job *job = context;

	if (turns_are_at(job->index))
		return show_progress(&job->verify->progress, done, total);
	return interrupted();
}

static enum pimg_status judge(const struct verify *verify, const struct table_row *row,
			      const struct pimg_error *failure)
{
	if (row->failed)
		return failure->status;
	if (row->summary.findings[PIMG_ERROR] ||
	    (verify->strict && row->summary.findings[PIMG_WARNING]))
		return PIMG_BAD_DATA;
	return PIMG_OK;
}

static bool is_named_image(const char *path)
{
	size_t length = strlen(path);

	return length > 4 && !strcmp(path + length - 4, ".img");
}

/* Other files in a dump belong to it, and are not counted. */
static void note_skipped(struct verify *verify, const struct walk_item *item)
{
	if (item->is_in_dump)
		return;
	pthread_mutex_lock(&verify->mutex);
	verify->skipped++;
	verify->passed_over += !item->skip && is_named_image(item->path);
	pthread_mutex_unlock(&verify->mutex);
	detail("%s: skipped: %s", item->path,
	       item->skip ? item->skip : "it does not look like a checkpoint");
}

static void keep_row(struct verify *verify, size_t index, const struct table_row *row)
{
	struct kept_row *kept;

	if (verify->row_count == verify->row_room) {
		verify->row_room = verify->row_room ? 2 * verify->row_room : 16;
		verify->rows = realloc(verify->rows, verify->row_room * sizeof(*verify->rows));
		if (!verify->rows)
			exit(out_of_memory());
	}
	kept = &verify->rows[verify->row_count];
	*kept = (struct kept_row){index, verify->row_count, *row};
	verify->row_count++;
	kept->row.image = strdup(row->image);
	if (!kept->row.image)
		exit(out_of_memory());
}

static void note_row(struct verify *verify, const struct job *job, const struct table_row *row,
		     enum pimg_status status)
{
	pthread_mutex_lock(&verify->mutex);
	note_status(verify, status);
	verify->images++;
	verify->found[job->item.root]++;
	table_add(&verify->all, row);
	if (!verify->prints_rows)
		keep_row(verify, job->index, row);
	pthread_mutex_unlock(&verify->mutex);
}

/* The end of a dump, or of an input that cannot be opened. */
static void end_dump(struct job *job, struct pimg_verify_summary *summary,
		     const struct pimg_error *failure)
{
	struct verify *verify = job->verify;
	struct report *report = report_of(job);
	struct table_row row = {report_name(report), *summary, failure != NULL};

	note_row(verify, job, &row, judge(verify, &row, failure));
	report_result(report, summary, failure,
		      verify->prints_rows && !settings.json && !settings.quiet);
	pimg_container_free(summary->container);
	summary->container = NULL;
}

static void begin_dump(void *context, const char *dump, size_t count)
{
	struct job *job = context;

	if (job->has_dump)
		end_dump(job, &job->summary, NULL);
	job->has_dump = true;
	report_dump(report_of(job), dump, count > 1);
}

static void take_summary(void *context, struct pimg_verify_summary *summary)
{
	struct job *job = context;

	job->summary = *summary;
	summary->container = NULL;
}

static void skip_item(struct verify *verify, const struct job *job)
{
	note_skipped(verify, &job->item);
	report_skipped(job->index, job->item.is_in_dump ? NULL : job->item.path);
}

static void verify_item(struct verify *verify, struct job *job)
{
	struct pimg_verify_summary summary = {0};
	struct pimg_verify_options options = {
		.flags = verify->flags | (job->item.is_found ? PIMG_VERIFY_IF_IMAGE : 0),
		.dump = verify->dump,
		.begin = begin_dump,
		.found = find,
		.checked = take_summary,
		.context = job,
		.progress = &(struct pimg_progress){advance, job},
	};
	bool with_container = settings.json || settings.verbose;
	struct pimg_error failure;
	bool failed;

	options.flags |= with_container ? PIMG_VERIFY_CONTAINER : 0;
	failed = pimg_verify(job->item.path, &options, &summary, &failure) < 0;
	if (turns_are_at(job->index))
		end_progress(&verify->progress);
	if (summary.skipped) {
		skip_item(verify, job);
		return;
	}
	end_dump(job, job->has_dump ? &job->summary : &summary, failed ? &failure : NULL);
	report_end(report_of(job), failed ? &failure : NULL);
}

/* ---- all images ---- */

/* Takes the next item; false if there is none. A taken item must be reported, because later ones wait for it. */
static bool take_next(struct verify *verify, struct job *job)
{
	int result = 0;

	pthread_mutex_lock(&verify->mutex);
	if (!interrupted() && !ferror(stdout))
		result = walk_next(&verify->walk, &job->item);
	if (result < 0)
		note_status(verify, (enum pimg_status)out_of_memory());
	job->index = verify->next;
	verify->next += result > 0;
	pthread_mutex_unlock(&verify->mutex);
	return result > 0;
}

/*
 * An idle thread takes the next image of the walk. So the first image is verified immediately, and the image
 * to be printed next is always in progress.
 */
static void *work(void *context)
{
	struct verify *verify = context;
	struct job job = {.verify = verify};

	while (take_next(verify, &job)) {
		if (job.item.skip)
			skip_item(verify, &job);
		else
			verify_item(verify, &job);
		free(job.item.path);
		job.report = NULL;
		job.has_dump = false;
	}
	return NULL;
}

/*
 * Not fewer on a machine with few processors: on a file server that is far away, jobs wait for answers most of the
 * time. Not more on a machine with many: each can need 64 MiB.
 */
static size_t job_count(const struct verify *verify)
{
	size_t jobs = verify->jobs ? verify->jobs : JOBS_UNASKED;

	return verify->walk.recursive || jobs < verify->walk.count ? jobs : verify->walk.count;
}

struct workers {
	pthread_t threads[JOBS_MAX];
	size_t count;
};

/* A signal interrupts only one thread. Wake workers that are blocked in a system call. */
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

/* This thread waits and forwards signals. If no thread can be created, it does all the work itself. */
static void work_in_parallel(struct verify *verify)
{
	size_t jobs = job_count(verify);
	struct workers workers = {.count = 0};

	/* Memory of one small file serves the next, instead of being returned to the kernel and cleared again. */
	mallopt(M_TRIM_THRESHOLD, KEPT_BYTES);
	mallopt(M_MMAP_THRESHOLD, KEPT_BYTES);

	while (jobs > 1 && workers.count < jobs &&
	       pthread_create(&workers.threads[workers.count], NULL, work, verify) == 0)
		workers.count++;
	if (!workers.count)
		work(verify);
	for (size_t i = 0; i < workers.count; i++)
		join(&workers, i);
}

static void tell_of_nothing(struct verify *verify)
{
	for (size_t i = 0; i < verify->walk.count; i++) {
		if (!verify->found[i] && !verify->status)
			note_status(verify, (enum pimg_status)refuse(PIMG_BAD_DATA,
								     "%s: no queue image found",
								     verify->walk.paths[i]));
	}
}

static int by_input(const void *a, const void *b)
{
	const struct kept_row *x = a, *y = b;

	if (x->index != y->index)
		return x->index < y->index ? -1 : 1;
	return x->number < y->number ? -1 : 1;
}

static void print_rows(struct verify *verify, const struct table_row *all)
{
	struct table_row *rows = calloc(verify->row_count, sizeof(*rows));

	if (!rows)
		exit(out_of_memory());
	qsort(verify->rows, verify->row_count, sizeof(*verify->rows), by_input);
	for (size_t i = 0; i < verify->row_count; i++)
		rows[i] = verify->rows[i].row;
	table_print(rows, verify->row_count, all);
	free(rows);
}

static void print_total(struct verify *verify)
{
	struct table_row all = verify->all;
	char name[96];
	int used = snprintf(name, sizeof(name), "%zu image%s", verify->images,
			    PLURAL_S(verify->images));

	if (verify->skipped)
		snprintf(name + used, sizeof(name) - (size_t)used, ", %zu file%s skipped",
			 verify->skipped, PLURAL_S(verify->skipped));
	all.image = name;
	if (verify->row_count)
		print_rows(verify, &all);
	else if (verify->images > 1 || (verify->images && verify->skipped))
		table_row(stdout, &all, TABLE_WIDTH);
}

static void report_all(struct verify *verify)
{
	if (settings.json && verify->walk.recursive)
		report_total(&verify->all, verify->images, verify->skipped);
	else if (!settings.json && !settings.quiet)
		print_total(verify);
	if (verify->passed_over)
		notice("skipped %zu file%s named *.img without the magic number of a queue image; "
		       "-v lists %s",
		       verify->passed_over, PLURAL_S(verify->passed_over),
		       verify->passed_over == 1 ? "it" : "them");
}

static int verify_all(struct verify *verify)
{
	work_in_parallel(verify);
	walk_end(&verify->walk);
	note_status(verify, verify->walk.worst);
	if (interrupted())
		return refuse(PIMG_SYSTEM, "interrupted");
	report_all(verify);
	if (verify->walk.recursive)
		tell_of_nothing(verify);
	return verify->status;
}

/* ---- options ---- */

enum {
	OPTION_STRICT = OPTION_OWN,
	OPTION_LIST_CHECKS,
	OPTION_LIMIT,
	OPTION_ANYWHERE,
	OPTION_DUMP,
};

static const struct option long_options[] = {
	{"strict", no_argument, NULL, OPTION_STRICT},
	{"recursive", no_argument, NULL, 'r'},
	{"jobs", required_argument, NULL, 'j'},
	{"limit", required_argument, NULL, OPTION_LIMIT},
	{"anywhere", no_argument, NULL, OPTION_ANYWHERE},
	{"dump", required_argument, NULL, OPTION_DUMP},
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
		verify->walk.recursive = true;
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
					   "--limit takes a number; 0 means no limit");
		return 0;
	case OPTION_ANYWHERE:
		verify->flags |= PIMG_VERIFY_ANYWHERE;
		return 0;
	case OPTION_DUMP:
		verify->dump = optarg;
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
		return usage_error(&command_verify, "no image given");
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
	verify.walk.paths = argv + optind;
	verify.walk.count = (size_t)(argc - optind);
	verify.found = calloc(verify.walk.count, sizeof(*verify.found));
	verify.prints_rows = verify.walk.recursive;
	status = verify.found ? verify_all(&verify) : out_of_memory();
	free(verify.found);
	for (size_t i = 0; i < verify.row_count; i++)
		free((char *)verify.rows[i].row.image);
	free(verify.rows);
	return status;
}

const struct command command_verify = {
	.name = "verify",
	.run = run,
	.summary = "check images and report everything that is wrong",
	.synopsis = "IMAGE... [-r] [--strict] [--dump PATH] [--jobs N] [--limit N] [--anywhere] | "
		    "--list-checks [ID...]",
	.options = "      --strict         also fail on warnings\n"
		   "  -r, --recursive      search directories for images and CRIU dumps\n"
		   "      --dump=PATH      only this dump of an input that has several\n"
		   "  -j, --jobs=N         check N images in parallel (default: 8)\n"
		   "      --limit=N        report at most N findings per check and image\n"
		   "                       (default 10, or all with --json; 0 for all)\n"
		   "      --anywhere       ignore this machine's limits and page size\n"
		   "      --list-checks    list all checks, with ids and remedies\n",
};
