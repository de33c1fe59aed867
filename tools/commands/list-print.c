// SPDX-License-Identifier: GPL-2.0-or-later
#include "commands/list-print.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "shared/text.h"

/* Hundreds of workers can inherit an end, so list only the first. */
#define HOLDERS_SHOWN 8

/* "5", "64K": at most five characters. */
static void format_size(char text[16], uint64_t bytes)
{
	static const char units[] = "BKMG";
	unsigned unit = 0;
	uint64_t value = bytes;

	while (value >= 10000 && unit + 2 < sizeof(units)) {
		value /= 1024;
		unit++;
	}
	if (unit)
		snprintf(text, 16, "%" PRIu64 "%c", value, units[unit]);
	else
		snprintf(text, 16, "%" PRIu64, value);
}

static void print_end(const struct pimg_end *end)
{
	print_bytes(stdout, end->comm, strlen(end->comm), 32, false);
	printf("[%" PRIu32 "]:%" PRIu32 "%s", end->pid, end->fd, end_letters(end));
}

/* Not "none": an end can be in flight in a socket, or open in a process that cannot be inspected. */
static void print_holders(const struct row *row, bool (*does)(const struct pimg_end *))
{
	size_t count = 0;

	for (size_t i = 0; i < row->pipe->end_count; i++) {
		const struct pimg_end *end = pimg_end_at(row->pipe->ends, i);

		if (!does(end) || count++ >= HOLDERS_SHOWN)
			continue;
		fputs(count > 1 ? " " : "", stdout);
		print_end(end);
	}
	if (!count)
		fputs("(none seen)", stdout);
	if (count > HOLDERS_SHOWN)
		printf(" and %zu more", count - HOLDERS_SHOWN);
}

/* Prints the ends that could end a wait. Omits the waiting process: only another thread of it could do so. */
static void print_awaited(const struct row *row, const struct pimg_wait *wait)
{
	bool (*does)(const struct pimg_end *) = wait->writes ? pimg_end_reads : pimg_end_writes;
	const struct pimg_end *first = NULL;
	size_t others = 0, all = 0;

	for (size_t i = 0; i < row->pipe->end_count; i++) {
		const struct pimg_end *end = pimg_end_at(row->pipe->ends, i);

		if (!does(end))
			continue;
		all++;
		if (end->pid == wait->pid)
			continue;
		first = first ? first : end;
		others++;
	}
	if (!all)
		fputs("(none seen)", stdout);
	else if (!others)
		fputs("itself", stdout);
	else
		print_end(first);
	if (others > 1)
		printf(" or %zu more", others - 1);
}

static const char *comm_of(const struct pimg_live_pipe *pipe, uint32_t pid)
{
	size_t end = 0;

	while (pimg_end_at(pipe->ends, end)->pid != pid)
		end++;
	return pimg_end_at(pipe->ends, end)->comm;
}

static void print_process(const struct row *row, uint32_t pid)
{
	const char *comm = comm_of(row->pipe, pid);

	printf("            %s", style(STYLE_ALARM));
	print_bytes(stdout, comm, strlen(comm), 32, false);
	printf("[%" PRIu32 "]%s", pid, style(STYLE_PLAIN));
}

static void print_waits(const struct row *row)
{
	for (size_t i = 0; i < row->wait_count; i++) {
		const struct pimg_wait *wait = &row->waits[i];

		print_process(row, wait->pid);
		printf(" %s to %s ", wait->polls ? "polls" : "waits",
		       wait->writes ? "write to" : "read from");
		print_awaited(row, wait);
		putchar('\n');
	}
}

static void print_halts(const struct row *row)
{
	size_t count = 0;

	for (size_t i = 0; i < row->pipe->end_count; i++) {
		const struct pimg_halt *halt = row_halt(row, i);
		char text[256];

		if (!halt || count++ >= HOLDERS_SHOWN)
			continue;
		pimg_halt_describe(halt, text, sizeof(text));
		print_process(row, pimg_end_at(row->pipe->ends, i)->pid);
		fputs(" is ", stdout);
		print_bytes(stdout, text, strlen(text), SIZE_MAX, false);
		putchar('\n');
	}
	if (count > HOLDERS_SHOWN)
		printf("            and %zu more processes are not running\n",
		       count - HOLDERS_SHOWN);
}

/* Explains a question mark in the row. */
static void print_unknown(const struct row *row)
{
	if (!row->fill_known)
		printf("            fill level unknown: %s\n", row->fill_error.sentence);
	else if (!row->content_known)
		printf("            content unknown: %s\n", row->content_error.sentence);
}

void row_print(const struct row *row)
{
	char bytes[16] = "?", capacity[16] = "?", packets[24] = "?";
	const char *mode = row->content_known ? pimg_mode_name(row->mode) : "?";

	if (row->fill_known) {
		format_size(bytes, row->fill.bytes);
		format_size(capacity, row->fill.capacity);
	}
	if (row->content_known)
		snprintf(packets, sizeof(packets), "%zu", row->packets);
	printf("%s%10" PRIu32 "%s  %s%6s/%-6s%s %-4s  %-7s %7s  ", style(STYLE_HEADING),
	       row->pipe->id, style(STYLE_PLAIN), row->fill.full ? style(STYLE_ALARM) : "", bytes,
	       capacity, row->fill.full ? style(STYLE_PLAIN) : "", row->fill.full ? "full" : "",
	       mode, packets);
	print_holders(row, pimg_end_writes);
	fputs(" -> ", stdout);
	print_holders(row, pimg_end_reads);
	if (row->pipe->path) {
		fputs("  ", stdout);
		print_bytes(stdout, row->pipe->path, strlen(row->pipe->path), SIZE_MAX, false);
	}
	putchar('\n');
	print_unknown(row);
	print_waits(row);
	print_halts(row);
}

void row_print_head(void)
{
	printf("%s%10s  %6s/%-6s %-4s  %-7s %7s  %s%s\n", style(STYLE_DIM), "pipe", "unread",
	       "size", "", "mode", "packets", "writers -> readers, as process[pid]:descriptor",
	       style(STYLE_PLAIN));
}
