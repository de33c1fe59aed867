// SPDX-License-Identifier: GPL-2.0-or-later
#include "frame/target.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "frame/ask.h"
#include "frame/layout.h"
#include "pipeimg-private.h"

/* ---- path ---- */

void target_expand(char *path, size_t size)
{
	const char *home = getenv("HOME");
	size_t length = home ? strlen(home) : 0;

	if (strncmp(path, "~/", 2) || !length || length + strlen(path) > size)
		return;
	memmove(path + length, path + 1, strlen(path));
	memcpy(path, home, length);
}

static int check(const struct browser *browser, const char *path, bool *exists,
		 struct pimg_error *error)
{
	if (pimg_check_target(NULL, path, exists, error) < 0)
		return -1;
	for (size_t i = 0; i < browser->count; i++) {
		const struct model *model = browser->views[i]->model;

		if (model && pimg_check_target(model->image, path, exists, error) < 0)
			return -1;
	}
	return 0;
}

static bool may_replace(struct browser *browser, const char *path)
{
	char question[1200];

	snprintf(question, sizeof(question), "%s exists. Replace it?  y yes  n no", path);
	if (ask_key(browser, question, "replace it?  y  n", "yY"))
		return true;
	browser_say(browser, "nothing was written");
	return false;
}

bool target_ask(struct browser *browser, const char *path, bool *replace)
{
	struct pimg_error error;

	if (check(browser, path, replace, &error) < 0) {
		browser_complain(browser, &error);
		return false;
	}
	return !*replace || may_replace(browser, path);
}

/* ---- progress ---- */

/* Nothing is drawn in the first moment, because that is usually long enough; then at this interval. */
#define FIRST_DRAWN_NS 150000000U
#define DRAWN_EVERY_NS 100000000U

void lasting_begin(struct lasting *lasting, struct browser *browser, const char *what)
{
	*lasting = (struct lasting){browser, what, screen_now_ns(), 0};
}

static bool user_stops(void)
{
	int key = screen_key(0);

	return key == 'q' || key == 'Q' || key == KEY_ESCAPE || key == SCREEN_LEAVE;
}

int lasting_tell(void *context, uint64_t done, uint64_t total)
{
	struct lasting *lasting = context;
	uint64_t now = screen_now_ns();
	unsigned percent = total ? (unsigned)((double)done / (double)total * 100) : 0;

	if (now - lasting->began_ns < FIRST_DRAWN_NS || now - lasting->drawn_ns < DRAWN_EVERY_NS)
		return 0;
	lasting->drawn_ns = now;
	browser_say(lasting->browser, "%s  %u%%  Esc stops it", lasting->what, percent);
	layout_draw(lasting->browser);
	return user_stops();
}

void lasting_complain(struct lasting *lasting, const struct pimg_error *error)
{
	if (error->errno_value != EINTR) {
		browser_complain(lasting->browser, error);
		return;
	}
	screen_forget_interrupt();
	browser_say(lasting->browser, "%s cancelled; nothing was written", lasting->what);
}
