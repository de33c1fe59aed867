// SPDX-License-Identifier: GPL-2.0-or-later
#include "shared/message.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "shared/output.h"
#include "shared/settings.h"
#include "shared/text.h"

static volatile sig_atomic_t caught;

static const int interrupting[] = {SIGINT, SIGTERM, SIGHUP, SIGALRM};

static void __attribute__((format(printf, 1, 0))) say(const char *format, va_list arguments)
{
	char text[2048], *line = NULL;
	size_t length = 0;
	FILE *buffer = open_memstream(&line, &length);

	vsnprintf(text, sizeof(text), format, arguments);
	if (!buffer)
		return;
	/* Standard error is unbuffered; build the line first, so that it is written in one call. */
	fputs("pipeimg: ", buffer);
	print_bytes(buffer, text, strlen(text), SIZE_MAX, false);
	fputc('\n', buffer);
	if (fclose(buffer) == 0)
		fwrite(line, 1, length, stderr);
	free(line);
}

int refuse(enum pimg_status status, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say(format, arguments);
	va_end(arguments);
	return status;
}

int complain(const struct pimg_error *error)
{
	char text[sizeof(error->file) + sizeof(error->sentence) + 128];

	pimg_error_format(error, text, sizeof(text));
	/* 'pipeimg verify --list-checks' explains the check. */
	if (error->check[0])
		return refuse(error->status, "%s [%s]", text, error->check);
	return refuse(error->status, "%s", text);
}

void notice(const char *format, ...)
{
	va_list arguments;

	if (settings.quiet)
		return;
	va_start(arguments, format);
	say(format, arguments);
	va_end(arguments);
}

void detail(const char *format, ...)
{
	va_list arguments;

	if (!settings.verbose)
		return;
	va_start(arguments, format);
	say(format, arguments);
	va_end(arguments);
}

/*
 * A write that a signal interrupts halfway returns a short count, and the next one would block forever. The
 * timer interrupts every blocking call until the program ends.
 */
static void note_signal(int signal)
{
	static const struct itimerval again = {{0, 20000}, {0, 20000}};

	if (signal != SIGALRM) {
		caught = signal;
		setitimer(ITIMER_REAL, &again, NULL);
	}
}

/* Signals that were ignored when we started (nohup, background jobs) stay ignored. */
void catch_interrupts(void)
{
	struct sigaction action = {.sa_handler = note_signal}, before;

	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < sizeof(interrupting) / sizeof(*interrupting); i++) {
		if (sigaction(interrupting[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
			sigaction(interrupting[i], &action, NULL);
	}
}

void release_interrupts(void)
{
	static const struct itimerval never;
	struct sigaction action = {.sa_handler = SIG_DFL}, before;

	setitimer(ITIMER_REAL, &never, NULL);
	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < sizeof(interrupting) / sizeof(*interrupting); i++) {
		if (sigaction(interrupting[i], NULL, &before) == 0 &&
		    before.sa_handler == note_signal)
			sigaction(interrupting[i], &action, NULL);
	}
}

bool interrupted(void)
{
	return caught;
}

static int stop_when_interrupted(void *context, uint64_t done, uint64_t total)
{
	(void)context;
	(void)done;
	(void)total;
	return caught;
}

const struct pimg_progress until_interrupted = {.report = stop_when_interrupted};

int end_by_signal(int status)
{
	if (!caught || status != PIMG_SYSTEM)
		return status;
	release_interrupts();
	raise(caught);
	return status;
}

int finish_output(int status)
{
	int failed = output_finish();

	if (!failed)
		return status;
	if (interrupted())
		return status == PIMG_SYSTEM ? status : refuse(PIMG_SYSTEM, "interrupted");
	return refuse(PIMG_SYSTEM, "standard output: cannot write: %s", strerror(failed));
}

/* ---- progress ---- */

#define FIRST_DRAWN_AFTER_NS 500000000U
#define DRAWN_EVERY_NS	     100000000U

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

static void draw(const struct progress *progress, uint64_t done, uint64_t total)
{
	enum { CELLS = 30 };
	char bar[CELLS + 1];
	unsigned cells;

	if (!total) {
		fprintf(stderr, "\r%s: %llu MiB ", progress->label,
			(unsigned long long)(done >> 20));
		return;
	}
	cells = (unsigned)(done >= total ? CELLS : (double)done / (double)total * CELLS);
	memset(bar, ' ', CELLS);
	memset(bar, '#', cells);
	bar[CELLS] = '\0';
	fprintf(stderr, "\r%s [%s] %3u%% ", progress->label, bar,
		(unsigned)((double)done / (double)total * 100));
}

int show_progress(void *context, uint64_t done, uint64_t total)
{
	struct progress *progress = context;
	uint64_t now;

	if (interrupted())
		return 1;
	now = now_ns();
	if (!progress->started_ns)
		progress->started_ns = now;
	if (now - progress->started_ns < FIRST_DRAWN_AFTER_NS ||
	    now - progress->drawn_ns < DRAWN_EVERY_NS || settings.quiet || !isatty(STDERR_FILENO))
		return 0;
	draw(progress, done, total);
	progress->drawn_ns = now;
	progress->drawn = true;
	return 0;
}

void end_progress(struct progress *progress)
{
	if (progress->drawn)
		fputs("\r\033[K", stderr);
	progress->drawn = false;
}
