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

static bool caught[NSIG];
static struct sigaction before_us[NSIG];

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
	sigaction(number, &before_us[number], NULL);
	raise(number);
}

/* Everything that ends a process is caught. */
static sighandler_t handler_of(int number)
{
	switch (number) {
	case SIGINT:
	case SIGTERM:
	case SIGHUP:
	case SIGTSTP:
	case SIGCONT:
		return note_signal;
	case SIGCHLD:
	case SIGTTIN:
	case SIGTTOU:
	case SIGURG:
	case SIGWINCH:
		return SIG_DFL;
	case SIGXFSZ:
		/* Then a file that becomes too large is an error like a full disk. */
		return SIG_IGN;
	default:
		return die;
	}
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

/* What was ignored when we started (nohup) stays ignored. */
static bool catch_signal(int number)
{
	struct sigaction action = {.sa_handler = handler_of(number)};

	if (action.sa_handler == die)
		action.sa_flags = SA_ONSTACK;
	return action.sa_handler != SIG_DFL && sigaction(number, NULL, &before_us[number]) == 0 &&
	       before_us[number].sa_handler != SIG_IGN && sigaction(number, &action, NULL) == 0;
}

void signals_catch(void)
{
	set_stack();
	/* SIGKILL, SIGSTOP and those of the C library are refused. */
	for (int number = 1; number < SIGRTMIN; number++)
		caught[number] = catch_signal(number);
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
	for (int number = 1; number < SIGRTMIN; number++) {
		if (caught[number])
			sigaction(number, &before_us[number], NULL);
		caught[number] = false;
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
	for (int number = 1; number < SIGRTMIN; number++) {
		if (handler_of(number) == note_signal)
			sigaddset(&asked, number);
	}
	sigaddset(&asked, SIGWINCH);
	sigprocmask(SIG_BLOCK, &asked, before);
}
