// SPDX-License-Identifier: GPL-2.0-or-later
#include "data/live-pipes.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "data/blocking.h"
#include "data/turn.h"
#include "pipeimg-private.h"
#include "terminal/screen.h"
#include "terminal/trouble.h"

/* With thousands of processes, looks are less frequent, to take at most a twentieth of a processor. */
#define EVERY_NS	 1000000000U
#define REST_OF_COST	 19
#define STEP_NS		 2000000U
#define PROCESSES_A_STEP 4
/* Looks are at least this far apart, except those that the user requests. */
#define STUCK_NS (EVERY_NS / 2)

/* ---- a look ---- */

static void free_look(struct live_look *look)
{
	if (!look)
		return;
	pimg_live_free(look->live);
	for (size_t i = 0; i < look->asked; i++)
		free(look->pipes[i].unknown);
	free(look->pipes);
	free(look);
}

static struct live_look *begin_look(struct pimg_error *error)
{
	struct live_look *look = calloc(1, sizeof(*look));

	if (!look) {
		system_trouble(error, 0, "no memory");
		return NULL;
	}
	look->live = pimg_live_begin(PIMG_LIVE_WAITS, error);
	if (look->live)
		return look;
	free(look);
	return NULL;
}

/* Looks at some more processes. Returns the same as pimg_live_step(). */
static int find_pipes(struct live_look *look, struct pimg_error *error)
{
	int result = pimg_live_step(look->live, PROCESSES_A_STEP, error);

	if (result)
		return result;
	look->count = pimg_live_pipe_count(look->live);
	look->pipes = calloc(look->count ? look->count : 1, sizeof(*look->pipes));
	return look->pipes ? 0 : system_trouble(error, 0, "no memory");
}

/*
 * The pipe is asked later than its processes were looked at, so a different pipe may have replaced it. The
 * library makes sure that the two are not confused.
 */
static void ask_pipe(struct live_look *look, size_t index)
{
	struct live_pipe *pipe = &look->pipes[index];
	struct pimg_error error;

	pipe->found = pimg_live_pipe(look->live, index);
	pipe->fill_known = pimg_live_fill(look->live, index, &pipe->fill, &error) == 0;
	if (!pipe->fill_known)
		pipe->unknown = strdup(error.sentence);
	pipe->wait_count =
		pimg_live_waits(look->live, index, pipe->fill_known ? &pipe->fill : NULL);
	if (pipe->wait_count > LIVE_WAITS)
		pipe->wait_count = LIVE_WAITS;
	for (size_t i = 0; i < pipe->wait_count; i++)
		pipe->waits[i] = *pimg_live_wait(look->live, i);
	pipe->state = blocking_state(pipe);
	pipe->halt = blocking_halt(look, pipe);
	if (pipe->halt)
		pipe->state = LIVE_HALTED;
}

/* Returns 1 while there is more to do, 0 when the look is complete, or -1. */
static int continue_look(struct live_look *look, struct pimg_error *error)
{
	if (!look->pipes)
		return find_pipes(look, error) < 0 ? -1 : 1;
	if (look->asked < look->count)
		ask_pipe(look, look->asked++);
	return look->asked < look->count;
}

/* ---- comparing looks ---- */

/* A full pipe whose bytes still move only slows down a fast writer. */
static void note_stuck(struct live_pipe *pipe, const struct live_look *before, bool goes_on,
		       uint64_t now)
{
	struct live_identity identity = live_identity_of(pipe);
	size_t found = before ? live_find(before, &identity) : SIZE_MAX;

	pipe->full_since_ns = now;
	pipe->full_before = !goes_on;
	if (found == SIZE_MAX || !blocking_goes_on(pipe, &before->pipes[found]))
		return;
	pipe->full_since_ns = before->pipes[found].full_since_ns;
	pipe->full_before = before->pipes[found].full_before;
	if (now - pipe->full_since_ns >= STUCK_NS)
		pipe->state = LIVE_STUCK;
}

static void note_states(struct live_look *look, const struct live_look *before, bool goes_on,
			uint64_t now)
{
	for (size_t i = 0; i < look->count; i++) {
		note_stuck(&look->pipes[i], before, goes_on, now);
		look->states[look->pipes[i].state]++;
	}
}

static void plan_next(struct live *live, uint64_t now)
{
	live->due_ns = live->begun_ns + EVERY_NS;
	if (live->due_ns < now + live->cost_ns * REST_OF_COST)
		live->due_ns = now + live->cost_ns * REST_OF_COST;
	live->cost_ns = 0;
}

static void show_next(struct live *live, uint64_t now)
{
	note_states(live->next, live->shown, live->goes_on, now);
	live->goes_on = !live->paused;
	free_look(live->shown);
	live->shown = live->next;
	live->next = NULL;
	live->generation++;
	live->has_failed = false;
	plan_next(live, now);
}

static void give_up(struct live *live, uint64_t now)
{
	free_look(live->next);
	live->next = NULL;
	live->has_failed = true;
	plan_next(live, now);
}

/* CPU time, so that what other processes do in the meantime does not count. */
static uint64_t spent_ns(void)
{
	struct timespec spent;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &spent);
	return (uint64_t)spent.tv_sec * 1000000000U + (uint64_t)spent.tv_nsec;
}

bool live_step(struct live *live)
{
	uint64_t now = screen_now_ns(), end = now + STEP_NS, spent = spent_ns();
	int result = 1;

	if (!live->next) {
		if (live->due_ns > now)
			return false;
		live->begun_ns = now;
		live->next = begin_look(&live->failure);
		result = live->next ? 1 : -1;
	}
	while (result > 0 && now < end) {
		result = continue_look(live->next, &live->failure);
		now = screen_now_ns();
	}
	live->cost_ns += spent_ns() - spent;
	if (result < 0)
		give_up(live, now);
	else if (!result)
		show_next(live, now);
	if (result <= 0 && live->paused)
		live->due_ns = UINT64_MAX;
	return result > 0;
}

int live_wait(const struct live *live)
{
	uint64_t now = screen_now_ns();

	if (live->next || live->due_ns <= now)
		return 0;
	/* Rounded up, so that the look is due when the wait ends. */
	return live->due_ns == UINT64_MAX ? -1 : (int)((live->due_ns - now) / 1000000) + 1;
}

void live_refresh(struct live *live)
{
	if (!live->next)
		live->due_ns = 0;
}

void live_pause(struct live *live, bool paused)
{
	live->paused = paused;
	live->goes_on = false;
	free_look(live->next);
	live->next = NULL;
	live->due_ns = paused ? UINT64_MAX : 0;
}

/* ---- finding pipes again ---- */

struct live_identity live_identity_of(const struct live_pipe *pipe)
{
	const struct pimg_live_pipe *found = pipe->found;

	return (struct live_identity){found->type, found->device, found->inode};
}

static int compare(const struct live_identity *a, const struct pimg_live_pipe *b)
{
	if (a->type != b->type)
		return a->type < b->type ? -1 : 1;
	if (a->inode != b->inode)
		return a->inode < b->inode ? -1 : 1;
	return (a->device > b->device) - (a->device < b->device);
}

/* Pipes are sorted by their identity. */
size_t live_find(const struct live_look *look, const struct live_identity *identity)
{
	size_t low = 0, high = look->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = compare(identity, look->pipes[middle].found);

		if (!order)
			return middle;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return SIZE_MAX;
}

size_t live_find_id(const struct live_look *look, uint64_t id, size_t before, size_t *count)
{
	struct turn turn = turn_after(before);

	for (size_t i = 0; i < look->count; i++) {
		if (look->pipes[i].found->inode == id || look->pipes[i].found->id == id)
			turn_add(&turn, i);
	}
	*count = turn.count;
	return turn_found(&turn);
}

/* ---- life ---- */

struct live *live_new(void)
{
	return calloc(1, sizeof(struct live));
}

void live_free(struct live *live)
{
	if (!live)
		return;
	free_look(live->shown);
	free_look(live->next);
	free(live);
}
