// SPDX-License-Identifier: GPL-2.0-or-later
#include "shared/text.h"

#include <ctype.h>
#include <inttypes.h>
#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "pipeimg-private.h"
#include "shared/settings.h"
#include "tui/terminal/escape.h"

const char *style(enum style style)
{
	/* These of the 16 colours are readable on dark and light backgrounds. */
	static const char *const sequences[] = {
		[STYLE_PLAIN] = "\033[0m",   [STYLE_HEADING] = "\033[1m",
		[STYLE_PACKET] = "\033[36m", [STYLE_STREAM] = "\033[35m",
		[STYLE_DIM] = "\033[2m",     [STYLE_ALARM] = "\033[1;31m",
	};

	return settings.color_stdout ? sequences[style] : "";
}

size_t output_columns(void)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size;
	uint64_t number;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col)
		return size.ws_col;
	return columns && parse_number(columns, 10000, &number) && number ? number : 80;
}

/* ---- bytes ---- */

static const char *ellipsis(void)
{
	return !strcmp(nl_langinfo(CODESET), "UTF-8") ? "…" : "...";
}

static size_t ellipsis_columns(void)
{
	return ellipsis()[0] == '.' ? 3 : 1;
}

void print_bytes(FILE *to, const void *data, size_t length, size_t columns, bool keep_newlines)
{
	const uint8_t *bytes = data;
	char text[ESCAPE_SIZE];
	size_t end = length, width;

	if (columns != SIZE_MAX && escape_fitting(bytes, length, columns) < length)
		end = columns > ellipsis_columns()
			      ? escape_fitting(bytes, length, columns - ellipsis_columns())
			      : 0;
	for (size_t done = 0; done < end;) {
		if (keep_newlines && (bytes[done] == '\n' || bytes[done] == '\t')) {
			fputc(bytes[done++], to);
			continue;
		}
		done += escape_next(bytes + done, length - done, text, &width);
		fputs(text, to);
	}
	if (end < length)
		fputs(ellipsis(), to);
}

size_t text_columns(const char *text)
{
	size_t length = strlen(text), total = 0, width;
	char piece[ESCAPE_SIZE];

	for (size_t done = 0; done < length; total += width)
		done += escape_next(text + done, length - done, piece, &width);
	return total;
}

void print_hex(FILE *to, const uint8_t *bytes, size_t length, uint64_t offset)
{
	char line[PIMG_HEX_LINE_SIZE];

	for (size_t at = 0; at < length; at += PIMG_HEX_LINE_BYTES) {
		size_t count =
			length - at < PIMG_HEX_LINE_BYTES ? length - at : PIMG_HEX_LINE_BYTES;

		fprintf(to, "\t%s0x%04" PRIx64 ":%s %s\n", style(STYLE_DIM), offset + at,
			style(STYLE_PLAIN), pimg_hex_line(line, bytes + at, count));
	}
}

/* ---- ends ---- */

void print_ends(FILE *to, const struct pimg_ends *ends, size_t count, size_t columns)
{
	for (size_t i = 0; i < count; i++) {
		const struct pimg_end *end = pimg_end_at(ends, i);
		bool same = i && end->pid && pimg_end_at(ends, i - 1)->pid == end->pid;

		if (same) {
			fputc(',', to);
		} else {
			fputs(i ? " " : "", to);
			if (end->pid) {
				print_bytes(to, end->comm, strlen(end->comm), columns, false);
				fprintf(to, "[%" PRIu32 "]:", end->pid);
			}
		}
		if (end->pid)
			fprintf(to, "%" PRIu32 "%s", end->fd, end_letters(end));
		else if (end->socket)
			fprintf(to, "(in flight in socket %" PRIu32 "):%s", end->socket,
				end_letters(end));
		else
			fprintf(to, "(no process):%s", end_letters(end));
	}
}

/* ---- numbers and times ---- */

void print_live_pipe(FILE *to, const struct pimg_live_pipe *pipe)
{
	if (pipe->type == PIMG_PIPE) {
		fprintf(to, "pipe %" PRIu64, pipe->inode);
		return;
	}
	fprintf(to, "FIFO %" PRIu64 " on device %u:%u, ", pipe->inode, major(pipe->device),
		minor(pipe->device));
	print_bytes(to, pipe->path, strlen(pipe->path), SIZE_MAX, false);
}

void print_time(FILE *to, uint64_t ns)
{
	time_t seconds = (time_t)(ns / 1000000000U);
	struct tm parts;
	char text[64];

	gmtime_r(&seconds, &parts);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &parts);
	fprintf(to, "%s.%09" PRIu64 "Z", text, ns % 1000000000U);
}

bool parse_number(const char *text, uint64_t max, uint64_t *number)
{
	uint64_t value = 0;

	if (!*text)
		return false;
	for (; *text; text++) {
		uint64_t digit = (uint64_t)(*text - '0');

		if (!isdigit((unsigned char)*text) || value > (max - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	*number = value;
	return true;
}

bool parse_pipe_id(const char *text, uint64_t *id)
{
	char digits[32];
	size_t length = strlen(text);

	if (strncmp(text, "pipe:[", 6) || length < 8 || length - 7 >= sizeof(digits) ||
	    text[length - 1] != ']')
		return parse_number(text, UINT64_MAX, id);
	memcpy(digits, text + 6, length - 7);
	digits[length - 7] = '\0';
	return parse_number(digits, UINT64_MAX, id);
}

bool parse_queue_id(const char *text, uint64_t *id)
{
	if (!parse_pipe_id(text, id))
		return false;
	*id = (uint32_t)*id;
	return true;
}
