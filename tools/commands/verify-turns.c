// SPDX-License-Identifier: GPL-2.0-or-later
#include "commands/verify-turns.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "commands/verify-table.h"
#include "shared/message.h"

/* Limits for the output that is buffered while an earlier number is not finished. */
#define TURNS_MAX 1024
#define BYTES_MAX (16U << 20)

static struct {
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	size_t due; /* all lower numbers are printed */
	struct {
		bool ended;
		struct turn turn;
	} kept[TURNS_MAX]; /* by number, modulo */
	size_t kept_bytes;
	bool has_head;
} turns = {.mutex = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

bool turns_are_at(size_t number)
{
	bool due;

	pthread_mutex_lock(&turns.mutex);
	due = turns.due == number;
	pthread_mutex_unlock(&turns.mutex);
	return due;
}

void turns_wait(size_t number)
{
	pthread_mutex_lock(&turns.mutex);
	while (turns.due != number)
		pthread_cond_wait(&turns.changed, &turns.mutex);
	pthread_mutex_unlock(&turns.mutex);
}

static void print(const struct turn *turn)
{
	if (turn->has_row && !turns.has_head)
		table_head(stdout, TABLE_WIDTH);
	turns.has_head |= turn->has_row;
	fwrite(turn->text, 1, turn->length, stdout);
	/* If writing the output failed, that is reported at the end. */
	if (turn->failure && (interrupted() || !ferror(stdout))) {
		fflush(stdout);
		complain(turn->failure);
	}
	free(turn->text);
	free(turn->failure);
}

static void print_due(void)
{
	size_t before = turns.due;

	while (turns.kept[turns.due % TURNS_MAX].ended) {
		struct turn *turn = &turns.kept[turns.due % TURNS_MAX].turn;

		turns.kept_bytes -= turn->length;
		if (turn->text || turn->failure)
			print(turn);
		turns.kept[turns.due % TURNS_MAX].ended = false;
		turns.due++;
	}
	if (turns.due != before)
		fflush(stdout);
}

void turns_end(size_t number, struct turn turn)
{
	pthread_mutex_lock(&turns.mutex);
	while (number != turns.due &&
	       (number - turns.due >= TURNS_MAX || turns.kept_bytes > BYTES_MAX))
		pthread_cond_wait(&turns.changed, &turns.mutex);
	turns.kept[number % TURNS_MAX].ended = true;
	turns.kept[number % TURNS_MAX].turn = turn;
	turns.kept_bytes += turn.length;
	if (number == turns.due) {
		print_due();
		pthread_cond_broadcast(&turns.changed);
	}
	pthread_mutex_unlock(&turns.mutex);
}
