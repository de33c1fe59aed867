// SPDX-License-Identifier: GPL-2.0-or-later
#include "terminal/signals.h"

#include <string.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>

static volatile sig_atomic_t interrupted, ended, stop_asked, continued;

/* What a handler needs to restore the terminal, because it must not call curses. */
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

/* When the handler returns, the previous handler (of a sanitizer) or the default action gets the signal. */
static void die(int number)
{
	put_terminal_back();
	sigaction(number, &before_us[number], NULL);
	raise(number);
}

/* Every signal that ends a process is caught. */
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
		/* Then exceeding the file size limit is an error, like a full disk. */
		return SIG_IGN;
	default:
		return die;
	}
}

/* @text: null or -1 if the terminal lacks the capability */
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

/* A separate stack, because no handler can run on a stack that has overflowed. */
static void set_stack(void)
{
	static char room[64 * 1024];
	stack_t stack = {.ss_sp = room, .ss_size = sizeof(room)};

	sigaltstack(&stack, NULL);
}

/* Signals that were ignored at the start (nohup) stay ignored. */
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
	/* The kernel and the C library refuse SIGKILL, SIGSTOP and internal signals. */
	for (int number = 1; number < SIGRTMIN; number++)
		caught[number] = catch_signal(number);
}

/* Curses lets SIGWINCH interrupt read(2) for programs that wait there; here keys are awaited in ppoll(2). */
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
