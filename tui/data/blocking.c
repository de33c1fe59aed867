// SPDX-License-Identifier: GPL-2.0-or-later
#include "data/blocking.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "pipeimg-private.h"

/* How many of the processes that could end a wait are named, and how many links of a chain are followed. */
#define NAMED 3
#define LINKS 16

/* ---- the state of a pipe ---- */

const char *blocking_state_name(enum live_state state)
{
	static const char *const names[LIVE_STATE_COUNT] = {
		[LIVE_STUCK] = "STUCK",	  [LIVE_FULL] = "full",	    [LIVE_HALTED] = "halted",
		[LIVE_UNREAD] = "unread", [LIVE_AWAITED] = "waits", [LIVE_EMPTY] = "empty",
		[LIVE_UNKNOWN] = "?",	  [LIVE_PRIVATE] = "empty",
	};

	return names[state];
}

const char *blocking_halt_name(const struct pimg_halt *halt)
{
	return halt->stopped ? "stopped" : halt->traced ? "traced" : "frozen";
}

const char *blocking_word(const struct live_pipe *pipe)
{
	return pipe->halt ? blocking_halt_name(pipe->halt) : blocking_state_name(pipe->state);
}

/* A thread that polls waits for other things too, so one that does not poll is preferred. */
static const struct pimg_wait *first_wait(const struct live_pipe *pipe, bool writes)
{
	const struct pimg_wait *polls = NULL;

	for (size_t i = 0; i < pipe->wait_count; i++) {
		const struct pimg_wait *wait = &pipe->waits[i];

		if (wait->writes != writes)
			continue;
		if (!wait->polls)
			return wait;
		if (!polls)
			polls = wait;
	}
	return polls;
}

static bool is_private(const struct pimg_live_pipe *pipe)
{
	bool reads = false, writes = false;

	for (size_t i = 0; i < pipe->end_count; i++) {
		if (pimg_end_at(pipe->ends, i)->pid != pimg_end_at(pipe->ends, 0)->pid)
			return false;
		reads |= pimg_end_reads(pimg_end_at(pipe->ends, i));
		writes |= pimg_end_writes(pimg_end_at(pipe->ends, i));
	}
	return reads && writes;
}

enum live_state blocking_state(const struct live_pipe *pipe)
{
	const struct pimg_wait *reader = first_wait(pipe, false);

	if (!pipe->fill_known)
		return LIVE_UNKNOWN;
	if (pipe->fill.full)
		return LIVE_FULL;
	if (pipe->fill.bytes)
		return LIVE_UNREAD;
	if (is_private(pipe->found))
		return reader && !reader->polls ? LIVE_AWAITED : LIVE_PRIVATE;
	return reader ? LIVE_AWAITED : LIVE_EMPTY;
}

static const struct pimg_wait *find_wait(const struct live_pipe *pipe,
					 const struct pimg_wait *wanted)
{
	for (size_t i = 0; i < pipe->wait_count; i++) {
		const struct pimg_wait *wait = &pipe->waits[i];

		if (wait->tid == wanted->tid && wait->writes && wait->polls == wanted->polls)
			return wait;
	}
	return NULL;
}

bool blocking_goes_on(const struct live_pipe *pipe, const struct live_pipe *before)
{
	const struct pimg_wait *writer = first_wait(pipe, true), *then;

	if (pipe->state != LIVE_FULL || !writer || before->fill.bytes != pipe->fill.bytes)
		return false;
	then = find_wait(before, writer);
	/* Something else may have woken a thread that polls. */
	return then && (writer->polls || writer->switches == then->switches);
}

/*
 * Waits are collected before the fill level is read: if the pipe is in use at this moment, a wait may
 * already be over.
 */
static const struct pimg_wait *wait_that_counts(const struct live_pipe *pipe)
{
	switch (pipe->state) {
	case LIVE_STUCK:
	case LIVE_FULL:
		return first_wait(pipe, true);
	case LIVE_AWAITED:
		return first_wait(pipe, false);
	case LIVE_UNKNOWN:
		return pipe->wait_count ? &pipe->waits[0] : NULL;
	default:
		return NULL;
	}
}

bool blocking_waits(const struct live_pipe *pipe)
{
	return wait_that_counts(pipe) != NULL;
}

/* ---- processes that do not run ---- */

/* A look that was not taken on this machine has no halts. */
const struct pimg_halt *blocking_halt_of(const struct live_look *look, uint32_t pid)
{
	return look->live ? pimg_live_halt(look->live, (pid_t)pid) : NULL;
}

/* If no process that has one kind of end runs: why the first of them does not. */
static const struct pimg_halt *halt_of_side(const struct live_look *look,
					    const struct pimg_live_pipe *pipe,
					    bool (*does)(const struct pimg_end *))
{
	const struct pimg_halt *first = NULL;

	for (size_t i = 0; i < pipe->end_count; i++) {
		const struct pimg_halt *halt;

		if (!does(pimg_end_at(pipe->ends, i)))
			continue;
		halt = blocking_halt_of(look, pimg_end_at(pipe->ends, i)->pid);
		if (!halt)
			return NULL;
		first = first ? first : halt;
	}
	return first;
}

const struct pimg_halt *blocking_halt(const struct live_look *look, const struct live_pipe *pipe)
{
	const struct pimg_halt *halt;

	if (pipe->state == LIVE_UNKNOWN || pipe->state == LIVE_PRIVATE || blocking_waits(pipe))
		return NULL;
	halt = halt_of_side(look, pipe->found, pimg_end_reads);
	return halt ? halt : halt_of_side(look, pipe->found, pimg_end_writes);
}

/* ---- processes that could end a wait ---- */

/* Processes that hold the other end, each once. */
struct others {
	size_t count;
	uint32_t last; /* pid */
	const struct pimg_end *named[NAMED];
};

static bool does_other(const struct pimg_end *end, const struct pimg_wait *wait)
{
	return wait->writes ? pimg_end_reads(end) : pimg_end_writes(end);
}

/* Ends of the same process are adjacent. */
static void add_other(struct others *others, const struct pimg_end *end)
{
	if (others->count && others->last == end->pid)
		return;
	if (others->count < NAMED)
		others->named[others->count] = end;
	others->count++;
	others->last = end->pid;
}

/* The waiting process could end the wait only by another thread, so it counts only if nobody else can. */
static struct others find_others(const struct pimg_live_pipe *pipe, const struct pimg_wait *wait)
{
	struct others others = {0}, itself = {0};

	for (size_t i = 0; i < pipe->end_count; i++) {
		const struct pimg_end *end = pimg_end_at(pipe->ends, i);

		if (does_other(end, wait))
			add_other(end->pid == wait->pid ? &itself : &others, end);
	}
	return others.count ? others : itself;
}

/* ---- in words ---- */

struct words {
	char *text;
	size_t size, length;
};

static void __attribute__((format(printf, 2, 3))) say(struct words *words, const char *format, ...)
{
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(words->text + words->length, words->size - words->length, format,
			   arguments);
	va_end(arguments);
	if (length > 0)
		words->length += (size_t)length;
	if (words->length >= words->size)
		words->length = words->size - 1;
}

static const char *name_of(const struct pimg_live_pipe *pipe, uint32_t pid)
{
	for (size_t i = 0; i < pipe->end_count; i++) {
		if (pimg_end_at(pipe->ends, i)->pid == pid)
			return pimg_end_at(pipe->ends, i)->comm;
	}
	return "process";
}

/* There may be an end although none was seen: in flight in a socket, or in a hidden process. */
static void say_others(struct words *words, const struct others *others,
		       const struct pimg_wait *wait)
{
	size_t named = others->count < NAMED ? others->count : NAMED;

	if (!named)
		say(words, "an unseen %s", wait->writes ? "reader" : "writer");
	if (named == 1 && others->named[0]->pid == wait->pid) {
		say(words, "itself");
		return;
	}
	for (size_t i = 0; i < named; i++)
		say(words, "%s%s[%" PRIu32 "]", i ? " or " : "", others->named[i]->comm,
		    others->named[i]->pid);
	if (others->count > named)
		say(words, " or %zu other%s", others->count - named,
		    PLURAL_S(others->count - named));
}

/*
 * The pipe on which a process itself waits. Only its first thread counts, because it is unknown what the
 * others are for. A thread that polls for bytes may get them elsewhere.
 */
static const struct live_pipe *find_wait_of(const struct live_look *look, uint32_t pid,
					    const struct pimg_wait **wait)
{
	for (size_t i = 0; i < look->count; i++) {
		const struct pimg_wait *found = wait_that_counts(&look->pipes[i]);

		for (size_t j = 0; found && j < look->pipes[i].wait_count; j++) {
			*wait = &look->pipes[i].waits[j];
			if ((*wait)->pid == pid && (*wait)->tid == pid &&
			    (*wait)->writes == found->writes && (found->writes || !(*wait)->polls))
				return &look->pipes[i];
		}
	}
	return NULL;
}

static void say_halt(struct words *words, const struct pimg_halt *halt)
{
	char text[256];

	pimg_halt_describe(halt, text, sizeof(text));
	say(words, "is %s", text);
}

/* Names the processes that hold a pipe on which nobody waits, and that do not run. */
static void explain_halts(const struct live_look *look, const struct pimg_live_pipe *pipe,
			  struct words *words)
{
	for (size_t i = 0; i < pipe->end_count; i++) {
		const struct pimg_end *end = pimg_end_at(pipe->ends, i);
		const struct pimg_halt *halt = blocking_halt_of(look, end->pid);

		if (!halt || (i && pimg_end_at(pipe->ends, i - 1)->pid == end->pid))
			continue;
		say(words, "%s%s[%" PRIu32 "] ", words->length ? ", " : "", end->comm, end->pid);
		say_halt(words, halt);
	}
}

static bool was_named(const uint32_t *pids, size_t count, uint32_t pid)
{
	for (size_t i = 0; i < count; i++) {
		if (pids[i] == pid)
			return true;
	}
	return false;
}

void blocking_explain(const struct live_look *look, size_t index, char *text, size_t size)
{
	const struct live_pipe *pipe = &look->pipes[index];
	const struct pimg_wait *wait = wait_that_counts(pipe);
	struct words words = {text, size, 0};
	uint32_t pids[LINKS];
	size_t count = 0;

	text[0] = '\0';
	if (!wait) {
		explain_halts(look, pipe->found, &words);
		return;
	}
	say(&words, "%s[%" PRIu32 "]", name_of(pipe->found, wait->pid), wait->pid);
	while (pipe) {
		struct others others = find_others(pipe->found, wait);
		uint32_t next = others.count ? others.named[0]->pid : 0;

		say(&words, "%s waits for ", count ? ", which" : "");
		say_others(&words, &others, wait);
		pids[count++] = wait->pid;
		if (others.count != 1 || next == wait->pid || count == LINKS)
			return;
		if (blocking_halt_of(look, next)) {
			say(&words, ", which ");
			say_halt(&words, blocking_halt_of(look, next));
			return;
		}
		if (was_named(pids, count, next)) {
			say(&words, ": deadlock");
			return;
		}
		pipe = find_wait_of(look, next, &wait);
	}
}
