// SPDX-License-Identifier: GPL-2.0-or-later
#include "terminal/screen.h"

#include <errno.h>
#include <langinfo.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <term.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>

#include "terminal/signals.h"
#include "terminal/trouble.h"

#define DOUBLE_CLICK_NS 400000000U
#define ESCAPE_DELAY_MS 25

/* Curses supports only one terminal. */
static struct {
	bool started;
	bool unicode;
	bool color;
	bool mouse_taken;
	SCREEN *screen;
	FILE *keys; /* /dev/tty, if standard input is not a terminal */
	int keys_fd;
	struct mouse mouse;
	uint64_t clicked_ns;
	attr_t styles[ROLE_COUNT];
} the;

/*
 * The style of each role, with and without colour. The colours are those of the 16 that are readable on dark
 * and light backgrounds; the background is the terminal's default.
 */
static const struct {
	short color; /* or -1: the terminal's default */
	attr_t with_color, without;
} looks[ROLE_COUNT] = {
	[ROLE_PLAIN] = {-1, A_NORMAL, A_NORMAL},
	[ROLE_TITLE] = {-1, A_BOLD, A_BOLD},
	[ROLE_TITLE_OTHER] = {-1, A_NORMAL, A_NORMAL},
	[ROLE_RULE] = {COLOR_BLUE, A_NORMAL, A_NORMAL},
	[ROLE_HEADING] = {-1, A_DIM, A_NORMAL},
	[ROLE_HEADING_SORT] = {-1, A_BOLD, A_BOLD},
	[ROLE_SELECTED] = {-1, A_REVERSE, A_REVERSE},
	[ROLE_SELECTED_OTHER] = {-1, A_UNDERLINE, A_UNDERLINE},
	[ROLE_PACKET] = {COLOR_CYAN, A_NORMAL, A_NORMAL},
	[ROLE_STREAM] = {COLOR_MAGENTA, A_NORMAL, A_NORMAL},
	[ROLE_DIM] = {-1, A_DIM, A_NORMAL},
	[ROLE_GOOD] = {COLOR_GREEN, A_NORMAL, A_NORMAL},
	[ROLE_WARNING] = {COLOR_MAGENTA, A_BOLD, A_BOLD},
	[ROLE_ALARM] = {COLOR_RED, A_BOLD, A_BOLD},
	[ROLE_MATCH] = {COLOR_RED, A_BOLD | A_UNDERLINE, A_BOLD | A_UNDERLINE},
	[ROLE_MARK] = {COLOR_GREEN, A_BOLD, A_BOLD},
	[ROLE_KEY] = {-1, A_BOLD, A_BOLD},
	[ROLE_NAME] = {COLOR_BLUE, A_NORMAL, A_NORMAL},
	[ROLE_STRING] = {COLOR_GREEN, A_NORMAL, A_NORMAL},
	[ROLE_NUMBER] = {COLOR_CYAN, A_NORMAL, A_NORMAL},
};

uint64_t screen_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

/* ---- setup and restore ---- */

/* newterm() sets up another one. */
static void forget_terminal(void)
{
	TERMINAL *terminal = set_curterm(NULL);

	if (terminal)
		del_curterm(terminal);
}

int screen_check(struct pimg_error *error)
{
	bool can_draw;
	int result;

	if (!isatty(STDOUT_FILENO))
		return trouble(error, "standard output is not a terminal; use 'pipeimg show' to "
				      "print an image");
	use_extended_names(true);
	can_draw = setupterm(NULL, STDOUT_FILENO, &result) == OK && cursor_address && clear_screen;
	if (can_draw)
		signals_remember_terminal(STDOUT_FILENO);
	forget_terminal();
	if (!can_draw)
		return system_trouble(error, 0,
				      "TERM names an unknown terminal, or one that cannot move "
				      "its cursor; set TERM to the terminal's type, for example "
				      "xterm-256color");
	return 0;
}

static int find_keys(struct pimg_error *error)
{
	the.keys_fd = STDIN_FILENO;
	if (isatty(STDIN_FILENO))
		return 0;
	the.keys = fopen("/dev/tty", "re");
	if (!the.keys)
		return system_trouble(
			error, 0,
			"standard input is not a terminal, and /dev/tty cannot be opened to read "
			"keys");
	the.keys_fd = fileno(the.keys);
	return 0;
}

static void forget_keys(void)
{
	if (the.keys)
		fclose(the.keys);
	the.keys = NULL;
}

/* Colour pairs have the numbers of roles, because each role may have a different colour. */
static void choose_styles(void)
{
	if (the.color) {
		start_color();
		use_default_colors();
	}
	for (int i = 0; i < ROLE_COUNT; i++) {
		the.styles[i] = the.color ? looks[i].with_color : looks[i].without;
		if (the.color && looks[i].color >= 0 &&
		    init_pair((short)i, looks[i].color, -1) == OK)
			the.styles[i] |= (attr_t)COLOR_PAIR(i);
	}
}

int screen_start(bool color, struct pimg_error *error)
{
	if (find_keys(error) < 0)
		return -1;
	/* Before newterm(), which does not replace existing handlers. */
	signals_catch();
	the.screen = newterm(NULL, stdout, the.keys ? the.keys : stdin);
	if (!the.screen) {
		signals_release();
		forget_keys();
		return system_trouble(error, 0, "cannot set up the terminal");
	}
	the.started = true;
	the.unicode = !strcmp(nl_langinfo(CODESET), "UTF-8");
	the.color = color && has_colors();
	signals_restart_reads();
	cbreak();
	noecho();
	nonl();
	keypad(stdscr, true);
	nodelay(stdscr, true);
	set_escdelay(ESCAPE_DELAY_MS);
	curs_set(0);
	choose_styles();
	screen_take_mouse(true);
	return 0;
}

void screen_stop(void)
{
	if (!the.started)
		return;
	screen_take_mouse(false);
	endwin();
	signals_release();
	delscreen(the.screen);
	/* An interrupted write while drawing must not count as a failed write to standard output. */
	clearerr(stdout);
	forget_keys();
	memset(&the, 0, sizeof(the));
}

bool screen_is_started(void)
{
	return the.started;
}

attr_t screen_style(enum role role)
{
	return the.styles[role];
}

bool screen_has_unicode(void)
{
	return the.unicode;
}

/* ---- keys ---- */

static const struct {
	int code, key;
} same_keys[] = {
	{KEY_CODE + KEY_ENTER, '\r'},		{'\n', '\r'},
	{127, KEY_CODE + KEY_BACKSPACE},	{8, KEY_CODE + KEY_BACKSPACE},
	{KEY_CODE + KEY_RESIZE, SCREEN_REDRAW},
};

static int take_mouse_event(void)
{
	uint64_t now = screen_now_ns();
	MEVENT event;

	if (getmouse(&event) != OK)
		return SCREEN_NO_KEY;
	the.mouse.row = event.y;
	the.mouse.column = event.x;
	if (event.bstate & BUTTON4_PRESSED) {
		the.mouse.action = MOUSE_WHEEL_UP;
	} else if (event.bstate & BUTTON5_PRESSED) {
		the.mouse.action = MOUSE_WHEEL_DOWN;
	} else if (event.bstate & BUTTON1_PRESSED) {
		the.mouse.action =
			now - the.clicked_ns < DOUBLE_CLICK_NS ? MOUSE_DOUBLE_CLICK : MOUSE_CLICK;
		the.clicked_ns = the.mouse.action == MOUSE_CLICK ? now : 0;
	} else {
		return SCREEN_NO_KEY;
	}
	return SCREEN_MOUSE;
}

static int read_key(void)
{
	wint_t character;
	int result = get_wch(&character), key;

	if (result == ERR)
		return SCREEN_NO_KEY;
	key = result == KEY_CODE_YES ? KEY_CODE + (int)character : (int)character;
	if (key == KEY_CODE + KEY_MOUSE)
		return take_mouse_event();
	for (size_t i = 0; i < sizeof(same_keys) / sizeof(*same_keys); i++) {
		if (same_keys[i].code == key)
			return same_keys[i].key;
	}
	return key;
}

static void stop(void)
{
	endwin();
	signals_stop_process();
	/* Another program used the terminal. */
	screen_redraw();
}

/* Returns the key for signals since the last call, or SCREEN_NO_KEY. */
static int answer_signals(void)
{
	if (signals_interrupted())
		return SCREEN_LEAVE;
	if (signals_take_stop()) {
		stop();
		return SCREEN_REDRAW;
	}
	/* SIGSTOP cannot be caught, so the terminal may still have the shell's modes. */
	if (signals_take_continue()) {
		endwin();
		screen_redraw();
		return SCREEN_REDRAW;
	}
	return SCREEN_NO_KEY;
}

static bool terminal_is_gone(const struct pollfd *keys)
{
	return keys->revents & (POLLERR | POLLNVAL) ||
	       ((keys->revents & POLLHUP) && !(keys->revents & POLLIN));
}

int screen_key(int milliseconds)
{
	return screen_key_or(-1, milliseconds);
}

int screen_key_or(int input, int milliseconds)
{
	struct pollfd files[] = {
		{.fd = the.keys_fd, .events = POLLIN},
		{.fd = input, .events = POLLIN},
	};
	struct timespec timeout = {milliseconds / 1000, milliseconds % 1000 * 1000000L};
	sigset_t before;
	int key;

	refresh();
	/* Otherwise a signal between the check and the wait would go unnoticed until the next key. */
	signals_block(&before);
	key = answer_signals();
	if (key == SCREEN_NO_KEY)
		key = read_key();
	if (key == SCREEN_NO_KEY && milliseconds) {
		ppoll(files, 2, milliseconds < 0 ? NULL : &timeout, &before);
		key = answer_signals();
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (terminal_is_gone(&files[0]))
		return SCREEN_LEAVE;
	return key == SCREEN_NO_KEY ? read_key() : key;
}

bool screen_has_key(void)
{
	struct pollfd keys = {.fd = the.keys_fd, .events = POLLIN};

	return signals_interrupted() || poll(&keys, 1, 0) != 0;
}

const struct mouse *screen_mouse(void)
{
	return &the.mouse;
}

void screen_take_mouse(bool take)
{
	the.mouse_taken = take;
	/* Otherwise curses delays a click to wait for a second one. */
	mouseinterval(0);
	mousemask(take ? BUTTON1_PRESSED | BUTTON4_PRESSED | BUTTON5_PRESSED : 0, NULL);
}

bool screen_has_mouse(void)
{
	return the.mouse_taken;
}

bool screen_is_interrupted(void)
{
	return signals_interrupted();
}

void screen_forget_interrupt(void)
{
	signals_forget_interrupt();
}

/* Stops the complete process group, as ^Z does: other programs of a pipeline too. */
void screen_suspend(void)
{
	kill(0, SIGTSTP);
}

void screen_redraw(void)
{
	clearok(curscr, true);
	refresh();
}

/* ---- the clipboard ---- */

bool screen_put_clipboard(const char *base64)
{
	const char *known = tigetstr("Ms");

	if (!known || known == (const char *)-1)
		return false;
	refresh();
	fprintf(stdout, "\033]52;c;%s\a", base64);
	return fflush(stdout) == 0;
}
