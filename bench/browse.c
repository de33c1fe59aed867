// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Times "pipeimg browse" as a user on an 80x24 terminal experiences it, compared with cat. Prints the
 * medians in microseconds, the median ratio, and its spread:
 *
 *     browse frame ROUNDS PIPEIMG IMAGE    from the start to the first frame / cat's first byte
 *     browse key ROUNDS PIPEIMG IMAGE      from a key to its frame, for the slowest key,
 *                                          after indexing / cat's next byte
 *     browse early-key ROUNDS PIPEIMG IMAGE    the same while the image is being indexed
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS_MAX 101
/* A frame arrives in one piece, or in pieces that follow each other immediately. */
#define PIECE_MS 2
/* While an image is indexed, ten frames a second are drawn without a key. */
#define QUIET_MS    500
#define GIVEN_UP_MS 10000

/* The end of the last row in the view of queues. */
static const char last_words[] = "findings";
/* Down, last line, first line, open packets, last one, page up, open payload, as text, back, back. */
static const char *const keys[] = {"j", "G", "g", "\r", "G", "\002", "\r", "2", "q", "q"};

#define KEY_COUNT (sizeof(keys) / sizeof(*keys))

struct terminal {
	int fd;
	pid_t pid;
};

static double now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static void fail(const char *what)
{
	fprintf(stderr, "browse: %s\n", what);
	exit(1);
}

/* ---- a program on a terminal ---- */

/* Raw from the start, so that only the program sends output, and nothing is echoed. */
static int open_terminal(int master)
{
	struct winsize size = {.ws_row = 24, .ws_col = 80};
	struct termios modes;
	char name[64];
	int fd;

	if (master < 0 || unlockpt(master) < 0 || ptsname_r(master, name, sizeof(name)) != 0)
		fail("cannot open a terminal");
	fd = open(name, O_RDWR | O_NOCTTY);
	if (fd < 0 || ioctl(fd, TIOCSWINSZ, &size) < 0 || tcgetattr(fd, &modes) < 0)
		fail("cannot open a terminal");
	cfmakeraw(&modes);
	tcsetattr(fd, TCSANOW, &modes);
	return fd;
}

static void run_program(int fd, char **command)
{
	setsid();
	ioctl(fd, TIOCSCTTY, 0);
	for (int i = 0; i <= 2; i++)
		dup2(fd, i);
	setenv("TERM", "xterm-256color", 1);
	setenv("LC_ALL", "C.UTF-8", 1);
	execv(command[0], command);
	_exit(127);
}

static struct terminal start(char **command)
{
	struct terminal terminal = {.fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)};
	int fd = open_terminal(terminal.fd);

	terminal.pid = fork();
	if (terminal.pid < 0)
		fail("cannot start a process");
	if (!terminal.pid)
		run_program(fd, command);
	close(fd);
	return terminal;
}

static void end(struct terminal *terminal)
{
	kill(terminal->pid, SIGTERM);
	waitpid(terminal->pid, NULL, 0);
	close(terminal->fd);
}

/* Reads what arrives within a time. Returns its length, or 0 if nothing arrived. */
static size_t receive(const struct terminal *terminal, int milliseconds, char *buffer, size_t size)
{
	struct pollfd ready = {.fd = terminal->fd, .events = POLLIN};
	ssize_t length;

	if (poll(&ready, 1, milliseconds) <= 0)
		return 0;
	length = read(terminal->fd, buffer, size);
	if (length <= 0)
		fail("the program ended");
	return (size_t)length;
}

static void press(const struct terminal *terminal, const char *key)
{
	if (write(terminal->fd, key, strlen(key)) < 0)
		fail("cannot write a key to the terminal");
}

/* ---- timing ---- */

/* Waits for these words, and then for the rest of the same frame. */
static void wait_for_words(const struct terminal *terminal, const char *words)
{
	char text[65536] = "", *end = text;

	while (!strstr(text, words)) {
		size_t room = sizeof(text) - 1 - (size_t)(end - text);
		size_t length = room ? receive(terminal, GIVEN_UP_MS, end, room) : 0;

		if (!length)
			fail("the first frame does not appear");
		for (size_t i = 0; i < length; i++)
			end[i] = end[i] ? end[i] : ' ';
		end += length;
		*end = '\0';
	}
}

static void wait_for_rest(const struct terminal *terminal)
{
	char buffer[65536];

	while (receive(terminal, QUIET_MS, buffer, sizeof(buffer)))
		;
}

static double time_key(const struct terminal *terminal, const char *key)
{
	char buffer[65536];
	double begin = now_us(), last;

	press(terminal, key);
	if (!receive(terminal, GIVEN_UP_MS, buffer, sizeof(buffer)))
		fail("a key has no effect");
	do {
		last = now_us();
	} while (receive(terminal, PIECE_MS, buffer, sizeof(buffer)));
	return last - begin;
}

struct times {
	double frame, key; /* the slowest key */
};

/* After indexing, waits for the frame of each key; during indexing, sends keys as fast as they are answered. */
static struct times time_browser(char **command, bool early)
{
	double begin = now_us(), key;
	struct terminal terminal = start(command);
	struct times times = {0};

	wait_for_words(&terminal, last_words);
	times.frame = now_us() - begin;
	if (!early)
		wait_for_rest(&terminal);
	for (size_t i = 0; i < KEY_COUNT; i++) {
		key = time_key(&terminal, keys[i]);
		times.key = key > times.key ? key : times.key;
	}
	end(&terminal);
	return times;
}

static struct times time_cat(void)
{
	char *command[] = {(char *)"/bin/cat", NULL}, buffer[16];
	double begin = now_us();
	struct terminal terminal = start(command);
	struct times times;

	press(&terminal, "a");
	if (!receive(&terminal, GIVEN_UP_MS, buffer, sizeof(buffer)))
		fail("cat does not answer");
	times.frame = now_us() - begin;
	times.key = time_key(&terminal, "b");
	end(&terminal);
	return times;
}

/* ---- all ---- */

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
	static double ours[ROUNDS_MAX], theirs[ROUNDS_MAX], ratios[ROUNDS_MAX];
	int rounds = argc == 5 ? atoi(argv[2]) : 0;
	bool frame, early;

	if (rounds < 1 || rounds > ROUNDS_MAX) {
		fputs("usage: browse frame|key|early-key ROUNDS PIPEIMG IMAGE\n", stderr);
		return 2;
	}
	frame = !strcmp(argv[1], "frame");
	early = frame || !strcmp(argv[1], "early-key");
	for (int i = 0; i < rounds; i++) {
		char *command[] = {argv[3], (char *)"browse", argv[4], NULL};
		struct times browser = time_browser(command, early), cat = time_cat();

		ours[i] = frame ? browser.frame : browser.key;
		theirs[i] = frame ? cat.frame : cat.key;
		ratios[i] = ours[i] / theirs[i];
	}
	qsort(ours, (size_t)rounds, sizeof(double), by_value);
	qsort(theirs, (size_t)rounds, sizeof(double), by_value);
	qsort(ratios, (size_t)rounds, sizeof(double), by_value);
	printf("%.1f %.1f %.3f %.3f %.3f\n", ours[rounds / 2], theirs[rounds / 2],
	       ratios[rounds / 2], ratios[rounds / 10], ratios[rounds - 1 - rounds / 10]);
	return 0;
}
