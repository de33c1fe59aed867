// SPDX-License-Identifier: GPL-2.0-or-later
#include "terminal/signals.h"

#include <string.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>

static volatile sig_atomic_t interrupted, ended, stop_asked, continued;

/* What a handler needs to put the terminal back, for it may call nothing of curses. */
static struct {
	int fd;
	bool modes_known;
	struct termios modes;
	char text[512];
	size_t length;
} terminal;

static void note_signal(int number)
{
	if (number == SIGTSTP)
		stop_asked = 1;
	else if (number == SIGCONT)
		continued = 1;
	else if (number == SIGINT)
		interrupted = 1;
	else
		ended = 1;
}

static void die(int number);

/* All that would end the process; but for SIGKILL, which nobody can catch, and those of real time. */
static struct caught {
	int number;
	void (*handler)(int);
	bool set;
	struct sigaction before;
} caught[] = {
	{.number = SIGINT, .handler = note_signal},
	{.number = SIGTERM, .handler = note_signal},
	{.number = SIGHUP, .handler = note_signal},
	{.number = SIGTSTP, .handler = note_signal},
	{.number = SIGCONT, .handler = note_signal},
	{.number = SIGSEGV, .handler = die},
	{.number = SIGBUS, .handler = die},
	{.number = SIGFPE, .handler = die},
	{.number = SIGILL, .handler = die},
	{.number = SIGABRT, .handler = die},
	{.number = SIGQUIT, .handler = die},
	{.number = SIGSYS, .handler = die},
	{.number = SIGUSR1, .handler = die},
	{.number = SIGUSR2, .handler = die},
	{.number = SIGALRM, .handler = die},
	{.number = SIGVTALRM, .handler = die},
	{.number = SIGPROF, .handler = die},
	{.number = SIGPOLL, .handler = die},
	{.number = SIGXCPU, .handler = die},
	{.number = SIGTRAP, .handler = die},
	{.number = SIGPIPE, .handler = die},
	{.number = SIGPWR, .handler = die},
	{.number = SIGSTKFLT, .handler = die},
	/* Then a file that becomes too large is an error like a full disk. */
	{.number = SIGXFSZ, .handler = SIG_IGN},
};

#define CAUGHT_COUNT (sizeof(caught) / sizeof(*caught))

static void put_terminal_back(void)
{
	ssize_t written = write(terminal.fd, terminal.text, terminal.length);

	(void)written;
	if (terminal.modes_known)
		tcsetattr(terminal.fd, TCSADRAIN, &terminal.modes);
}

/* Whoever caught it before (a sanitizer), or the system, gets it when the handler returns. */
static void die(int number)
{
	put_terminal_back();
	for (size_t i = 0; i < CAUGHT_COUNT; i++) {
		if (caught[i].number == number)
			sigaction(number, &caught[i].before, NULL);
	}
	raise(number);
}

/* A terminal that lacks something has null for it, or -1. */
static void remember_text(const char *text)
{
	size_t length;

	if (!text || text == (const char *)-1)
		return;
	length = strlen(text);
	if (length > sizeof(terminal.text) - terminal.length)
		return;
	memcpy(terminal.text + terminal.length, text, length);
	terminal.length += length;
}

void signals_remember_terminal(int fd)
{
	static const char mouse_off[] = "\033[?1006l\033[?1002l\033[?1000l";

	terminal.fd = fd;
	terminal.modes_known = tcgetattr(fd, &terminal.modes) == 0;
	terminal.length = 0;
	if (key_mouse)
		remember_text(mouse_off);
	remember_text(exit_attribute_mode);
	remember_text(orig_pair);
	remember_text(cursor_normal);
	remember_text(exit_ca_mode);
	remember_text(keypad_local);
}

/* A stack of its own, for a stack that has overflowed can take no handler. */
static void set_stack(void)
{
	static char room[64 * 1024];
	stack_t stack = {.ss_sp = room, .ss_size = sizeof(room)};

	sigaltstack(&stack, NULL);
}

void signals_catch(void)
{
	struct sigaction action = {0};

	set_stack();
	for (size_t i = 0; i < CAUGHT_COUNT; i++) {
		action.sa_handler = caught[i].handler;
		action.sa_flags = caught[i].handler == die ? SA_ONSTACK : 0;
		/* What was ignored when we started (nohup) stays ignored. */
		sigaction(caught[i].number, NULL, &caught[i].before);
		caught[i].set = caught[i].before.sa_handler != SIG_IGN &&
				sigaction(caught[i].number, &action, NULL) == 0;
	}
}

/* Curses has it interrupt, for who waits for keys in read(2); here that is done in ppoll(2). */
void signals_restart_reads(void)
{
	struct sigaction action;

	if (sigaction(SIGWINCH, NULL, &action) < 0 || action.sa_handler == SIG_DFL)
		return;
	action.sa_flags |= SA_RESTART;
	sigaction(SIGWINCH, &action, NULL);
}

void signals_release(void)
{
	for (size_t i = 0; i < CAUGHT_COUNT; i++) {
		if (caught[i].set)
			sigaction(caught[i].number, &caught[i].before, NULL);
		caught[i].set = false;
	}
}

bool signals_interrupted(void)
{
	return interrupted || ended;
}

void signals_forget_interrupt(void)
{
	interrupted = 0;
}

bool signals_take_stop(void)
{
	bool asked = stop_asked;

	stop_asked = 0;
	return asked;
}

bool signals_take_continue(void)
{
	bool was = continued;

	continued = 0;
	return was;
}

void signals_stop_process(void)
{
	struct sigaction action = {.sa_handler = SIG_DFL}, ours;
	sigset_t stop, before;

	sigaction(SIGTSTP, &action, &ours);
	sigemptyset(&stop);
	sigaddset(&stop, SIGTSTP);
	raise(SIGTSTP);
	sigprocmask(SIG_UNBLOCK, &stop, &before);
	sigprocmask(SIG_SETMASK, &before, NULL);
	sigaction(SIGTSTP, &ours, NULL);
	continued = 0;
	stop_asked = 0;
}

void signals_block(sigset_t *before)
{
	sigset_t asked;

	sigemptyset(&asked);
	for (size_t i = 0; i < CAUGHT_COUNT; i++) {
		if (caught[i].handler == note_signal)
			sigaddset(&asked, caught[i].number);
	}
	sigaddset(&asked, SIGWINCH);
	sigprocmask(SIG_BLOCK, &asked, before);
}
