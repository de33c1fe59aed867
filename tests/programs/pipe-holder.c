// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Creates pipes with known content, prints where they are, and waits until it is killed.
 *
 *	pipe-holder [OPTION | PIECE]...
 *
 * Pieces are written in the given order; the write end stays in the mode of the last:
 *	p:TEXT, p:@N	one write in packet mode, of TEXT or of N bytes of a pattern
 *	s:TEXT, s:@N	ordinary bytes
 * Options apply to the current pipe, from their position:
 *	--new		begin another pipe
 *	--fifo PATH	hold this FIFO instead of a pipe; must precede its pieces
 *	--handle PATH	open this with O_PATH, so that it is not an end, at the lowest free descriptor
 *	--capacity N	F_SETPIPE_SZ
 *	--mode OCTAL	permission bits of the inode
 *	--owner ID	user and group of the inode
 *	--packet-reader	O_DIRECT on the read end too
 *	--dup		hold both ends again, under other numbers
 *	--close-read, --close-write, --close	close ends of the first pair at last
 * and these to the process:
 *	--name TEXT	name of the process
 *	--fork		a child holds everything too, and exits with its parent
 *	--read, --write	wait in read(2) or write(2) on the last pipe instead of in pause(2)
 *	--become PROGRAM  on SIGUSR1, execute it with the read ends' numbers as arguments
 *
 * Prints a line for each pipe: "PID INODE READ-FD WRITE-FD CHILD-PID", with - for missing values.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIPES_MAX 128

/* Bytes of the largest content: the default of fs.pipe-max-size. */
#define CONTENT_MAX (1024 * 1024)

struct held_pipe {
	int read, write;
	unsigned long long inode;
	size_t written; /* offset at which the pattern continues */
	bool close_read, close_write;
};

static struct held_pipe pipes[PIPES_MAX];
static size_t pipe_count;

static void __attribute__((noreturn, format(printf, 1, 2))) fail(const char *format, ...)
{
	int errno_value = errno;
	va_list arguments;

	fputs("pipe-holder: ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fprintf(stderr, ": %s\n", strerror(errno_value));
	exit(EXIT_FAILURE);
}

static unsigned long parse_number(const char *text, int base)
{
	char *end;
	unsigned long number = strtoul(text, &end, base);

	errno = EINVAL;
	if (end == text || *end)
		fail("'%s' is not a number", text);
	return number;
}

/* ---- pipes ---- */

static struct held_pipe *hold(int read_end, int write_end)
{
	struct held_pipe *held = &pipes[pipe_count];
	struct stat status;

	errno = ENFILE;
	if (pipe_count == PIPES_MAX || fstat(read_end, &status) < 0)
		fail("cannot hold one more pipe");
	*held = (struct held_pipe){.read = read_end, .write = write_end, .inode = status.st_ino};
	pipe_count++;
	return held;
}

static struct held_pipe *new_pipe(void)
{
	int ends[2];

	/* Without O_NONBLOCK, writing content that does not fit would block forever. */
	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
		fail("cannot create a pipe");
	return hold(ends[0], ends[1]);
}

static struct held_pipe *open_fifo(const char *path)
{
	int read_end = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	int write_end = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);

	if (read_end < 0 || write_end < 0)
		fail("%s", path);
	return hold(read_end, write_end);
}

static struct held_pipe *last_pipe(void)
{
	return pipe_count ? &pipes[pipe_count - 1] : new_pipe();
}

/* ---- content ---- */

/* No two pages are alike, and shifting a copy changes every byte. */
static void fill_pattern(unsigned char *bytes, size_t length, size_t position)
{
	for (size_t i = 0; i < length; i++)
		bytes[i] = (unsigned char)((position + i) * 2654435761U >> 24);
}

static size_t get_content(const char *text, size_t position, unsigned char *bytes)
{
	size_t length = *text == '@' ? parse_number(text + 1, 10) : strlen(text);

	errno = EFBIG;
	if (length > CONTENT_MAX)
		fail("'%.20s' is too large", text);
	if (*text == '@')
		fill_pattern(bytes, length, position);
	else
		memcpy(bytes, text, length);
	return length;
}

static void write_whole(int fd, const unsigned char *bytes, size_t length)
{
	ssize_t written = write(fd, bytes, length);

	if (written >= 0)
		errno = ENOSPC;
	if (written != (ssize_t)length)
		fail("%zu bytes do not fit into the pipe", length);
}

/*
 * A packet would be merged into the last page of earlier write(2) data, but not into one from
 * tee(2).
 */
static void tee_whole(int fd, const unsigned char *bytes, size_t length)
{
	static unsigned char drained[CONTENT_MAX];
	int ends[2];

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0 ||
	    fcntl(ends[1], F_SETPIPE_SZ, CONTENT_MAX) < 0)
		fail("cannot create a pipe");
	write_whole(ends[1], bytes, length);
	if (tee(ends[0], fd, length, SPLICE_F_NONBLOCK) != (ssize_t)length ||
	    read(ends[0], drained, length) != (ssize_t)length)
		fail("%zu bytes do not fit into the pipe (tee)", length);
	close(ends[0]);
	close(ends[1]);
}

static bool is_packet(const char *argument)
{
	return argument && !strncmp(argument, "p:", 2);
}

static void put_piece(struct held_pipe *held, const char *argument, bool packet_follows)
{
	static unsigned char bytes[CONTENT_MAX];
	size_t length = get_content(argument + 2, held->written, bytes);
	bool packet = is_packet(argument);

	if (fcntl(held->write, F_SETFL, O_NONBLOCK | (packet ? O_DIRECT : 0)) < 0)
		fail("cannot set packet mode");
	if (!packet && packet_follows)
		tee_whole(held->write, bytes, length);
	else
		write_whole(held->write, bytes, length);
	held->written += length;
}

/* ---- the command line ---- */

static pid_t child;
static char waits_in = 'p';
static char *successor; /* of --become */

/* Returns false if there is no such option. */
static bool take_flag(const char *option)
{
	if (!strcmp(option, "--new"))
		new_pipe();
	else if (!strcmp(option, "--packet-reader"))
		fcntl(last_pipe()->read, F_SETFL, fcntl(last_pipe()->read, F_GETFL) | O_DIRECT);
	else if (!strcmp(option, "--dup")) {
		if (dup(last_pipe()->read) < 0 || dup(last_pipe()->write) < 0)
			fail("dup");
	} else if (!strcmp(option, "--close-read"))
		last_pipe()->close_read = true;
	else if (!strcmp(option, "--close-write"))
		last_pipe()->close_write = true;
	else if (!strcmp(option, "--close"))
		last_pipe()->close_read = last_pipe()->close_write = true;
	else if (!strcmp(option, "--fork"))
		child = -1;
	else if (!strcmp(option, "--read") || !strcmp(option, "--write"))
		waits_in = option[2];
	else
		return false;
	return true;
}

static void take_value(const char *option, const char *value)
{
	int result = 0;

	errno = EINVAL;
	if (!value)
		fail("%s", option);
	if (!strcmp(option, "--fifo"))
		open_fifo(value);
	else if (!strcmp(option, "--handle"))
		result = open(value, O_PATH);
	else if (!strcmp(option, "--capacity"))
		result = fcntl(last_pipe()->write, F_SETPIPE_SZ, (int)parse_number(value, 10));
	else if (!strcmp(option, "--mode"))
		result = fchmod(last_pipe()->write, (mode_t)parse_number(value, 8));
	else if (!strcmp(option, "--owner"))
		result = fchown(last_pipe()->write, (uid_t)parse_number(value, 10),
				(gid_t)parse_number(value, 10));
	else if (!strcmp(option, "--name"))
		result = prctl(PR_SET_NAME, value);
	else if (!strcmp(option, "--become"))
		successor = (char *)value;
	else
		result = -1;
	if (result < 0)
		fail("%s %s", option, value);
}

static void make_pipes(char **arguments)
{
	for (; *arguments; arguments++) {
		if (is_packet(*arguments) || !strncmp(*arguments, "s:", 2))
			put_piece(last_pipe(), *arguments, is_packet(arguments[1]));
		else if (!take_flag(*arguments)) {
			take_value(arguments[0], arguments[1]);
			arguments++;
		}
	}
	last_pipe();
}

/* ---- waiting ---- */

static void close_end(int *end)
{
	close(*end);
	*end = -1;
}

static void settle(struct held_pipe *held)
{
	int flags = fcntl(held->write, F_GETFL) & O_DIRECT;

	if (fcntl(held->write, F_SETFL, flags) < 0 || fcntl(held->read, F_SETFL, 0) < 0)
		fail("fcntl");
	if (held->close_read)
		close_end(&held->read);
	if (held->close_write)
		close_end(&held->write);
}

static void start_child(void)
{
	child = fork();
	if (child < 0)
		fail("fork");
	if (child)
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		pause();
}

static char *successor_arguments[PIPES_MAX + 2];

/* Write ends close on execve(2), so that the successor sees the end of each pipe. */
static void become_successor(int signal_number)
{
	(void)signal_number;
	for (size_t i = 0; i < pipe_count; i++) {
		if (pipes[i].read >= 0)
			fcntl(pipes[i].read, F_SETFD, 0);
	}
	execv(successor, successor_arguments);
	_exit(EXIT_FAILURE);
}

/* Everything is prepared here, because a signal handler may call few functions. */
static void expect_signal(void)
{
	static char numbers[PIPES_MAX][12];
	char **argument = successor_arguments;

	*argument++ = successor;
	for (size_t i = 0; i < pipe_count; i++) {
		if (pipes[i].read < 0)
			continue;
		snprintf(numbers[i], sizeof(numbers[i]), "%d", pipes[i].read);
		*argument++ = numbers[i];
	}
	if (signal(SIGUSR1, become_successor) == SIG_ERR)
		fail("signal");
}

static void print_number(long long number)
{
	if (number < 0)
		fputs(" -", stdout);
	else
		printf(" %lld", number);
}

static void print_pipes(void)
{
	for (size_t i = 0; i < pipe_count; i++) {
		printf("%ld %llu", (long)getpid(), pipes[i].inode);
		print_number(pipes[i].read);
		print_number(pipes[i].write);
		print_number(child ? child : -1);
		putchar('\n');
	}
	if (fflush(stdout) != 0)
		fail("standard output");
}

static void wait_for_end(void)
{
	static const unsigned char bytes[PIPE_BUF];
	unsigned char drained[PIPE_BUF];

	while (waits_in == 'r' && read(last_pipe()->read, drained, sizeof(drained)) > 0)
		continue;
	while (waits_in == 'w' && write(last_pipe()->write, bytes, sizeof(bytes)) > 0)
		continue;
	for (;;)
		pause();
}

int main(int argc, char **argv)
{
	(void)argc;
	/* The caller may have passed other pipes: bats its pipes, make its job server. */
	close_range(STDERR_FILENO + 1, UINT_MAX, 0);
	/* The kernel ignores SIGTSTP in a group whose parents are all in another session. */
	setpgid(0, 0);
	make_pipes(argv + 1);
	for (size_t i = 0; i < pipe_count; i++)
		settle(&pipes[i]);
	if (child)
		start_child();
	if (successor)
		expect_signal();
	print_pipes();
	wait_for_end();
}
