// SPDX-License-Identifier: GPL-2.0-or-later
#include "frame/opening.h"

#include <string.h>

#include "paint/paint.h"
#include "pipeimg-private.h"
#include "terminal/screen.h"

/* Nothing is drawn in the first moment, because that is usually long enough; then at this interval. */
#define FIRST_DRAWN_NS 150000000U
#define DRAWN_EVERY_NS 100000000U

static void draw(const struct opening *opening, uint64_t done, uint64_t total)
{
	struct area area = {LINES - 1, 0, 1, COLS};
	struct pen pen = pen_at(&area, 0);

	erase();
	pen_print(&pen, ROLE_PLAIN, "opening %s  ",
		  strcmp(opening->path, "-") ? opening->path : "standard input");
	if (total)
		pen_print(&pen, ROLE_PLAIN, "%u%%", (unsigned)((double)done / (double)total * 100));
	else
		pen_print(&pen, ROLE_PLAIN, "%llu MiB", (unsigned long long)(done >> 20));
	pen_print(&pen, ROLE_DIM, "  q stops it");
}

static bool user_stops(void)
{
	int key = screen_key(0);

	return key == 'q' || key == 'Q' || key == KEY_ESCAPE || key == SCREEN_LEAVE;
}

static int show(struct opening *opening, uint64_t done, uint64_t total)
{
	uint64_t now = screen_now_ns();

	if (now - opening->began_ns < FIRST_DRAWN_NS || now - opening->drawn_ns < DRAWN_EVERY_NS)
		return 0;
	opening->drawn_ns = now;
	if (!screen_is_started() && screen_start(opening->color, &opening->error) < 0) {
		opening->has_failed = true;
		return 1;
	}
	draw(opening, done, total);
	opening->was_stopped = user_stops();
	return opening->was_stopped;
}

/*
 * When something is open, keys and signals belong to the views: the loop notices a signal that ends the
 * browser, and no other signal may end the reading.
 */
static int tell(void *context, uint64_t done, uint64_t total)
{
	struct opening *opening = context;

	switch (opening->state) {
	case OPENING_SHOWN:
		return show(opening, done, total);
	case OPENING_UNSEEN:
		opening->was_stopped |= screen_has_key();
		return opening->was_stopped;
	default:
		return 0;
	}
}

static void begin(struct opening *opening, enum opening_state state)
{
	opening->state = state;
	opening->was_stopped = false;
	opening->began_ns = screen_now_ns();
}

void opening_end(struct opening *opening)
{
	opening->state = OPENING_OVER;
}

void opening_begin_unseen(struct opening *opening)
{
	begin(opening, OPENING_UNSEEN);
}

struct pimg_input *opening_input(struct opening *opening, struct pimg_error *error)
{
	struct pimg_open_options options = {
		.flags = PIMG_OPEN_GROWING,
		.progress = &opening->progress,
	};
	struct pimg_input *input;

	opening->progress = (struct pimg_progress){tell, opening};
	begin(opening, OPENING_SHOWN);
	input = pimg_input_open(opening->path, &options, error);
	opening_end(opening);
	/* Without any bytes, the input is open although it was stopped; opening its image would fail. */
	if (input && opening->was_stopped) {
		pimg_input_close(input);
		return NULL;
	}
	if (!input && opening->has_failed)
		*error = opening->error;
	return input;
}

struct pimg_image *opening_dump(struct opening *opening, struct pimg_input *input, size_t number,
				struct pimg_error *error)
{
	struct pimg_image *image;

	begin(opening, OPENING_SHOWN);
	image = pimg_input_image(input, number, error);
	opening_end(opening);
	if (!image && opening->has_failed)
		*error = opening->error;
	return image;
}
