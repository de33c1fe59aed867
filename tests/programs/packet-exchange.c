// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Continuously exchanges numbered packets, and counts those that do not arrive as written.
 *
 *	packet-exchange [OPTION]...
 *
 *	--writers N	that many children write to one pipe, which the first process reads (default 2)
 *	--share-files	they share its descriptor table instead of having copies
 *	--apart		one child, in a separate session, writes, and the parent reads
 *	--apart-reader	the same, but the parent writes, and the child reads and prints
 *	--apart-forks	like --apart-reader, but the parent starts a child for each packet
 *	--idle N	hold that many more packet pipes
 *	--loop		one child, which sends each packet back through a second pipe
 *	--unread N	hold a pipe with N packets, of 1, 2, 3... bytes, which nobody reads
 *	--nonblock	the write ends do not block; writers wait with poll(2)
 *	--output FILE	print to this file
 *	--undumpable	hold a descriptor that CRIU cannot dump
 *
 * Prints its pid, or that of the child in the separate session, and at each SIGUSR1 "READ BAD": how many
 * packets were read, and how many were lost, duplicated, merged or cut, or written without packet mode.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define WRITERS_MAX 16
#define PACKET_MAX  512
#define STACK_SIZE  65536

struct packet {
	uint32_t writer, length;
	uint64_t number;
	unsigned char filler[PACKET_MAX];
};

#define HEAD_SIZE offsetof(struct packet, filler)

static int pipe_to_reader[2], pipe_to_child[2];
static int writers = 2;
static bool share_files, loop, nonblock, apart, apart_reader, apart_forks;
static volatile sig_atomic_t asked;
static uint64_t packets_read, packets_bad;

static void __attribute__((noreturn)) fail(const char *what)
{
	fprintf(stderr, "packet-exchange: %s: %s\n", what, strerror(errno));
	exit(EXIT_FAILURE);
}

static void note_question(int signal_number)
{
	(void)signal_number;
	asked = 1;
}

/* Lengths differ from packet to packet, so that merged packets cannot look like one. */
static uint32_t length_of(uint32_t writer, uint64_t number)
{
	return (uint32_t)(HEAD_SIZE + (number * 7 + writer * 3) % PACKET_MAX);
}

static void send_packet(int fd, const struct packet *packet)
{
	for (;;) {
		ssize_t written = write(fd, packet, packet->length);
		struct pollfd writable = {.fd = fd, .events = POLLOUT};

		if (written == (ssize_t)packet->length)
			return;
		if (written >= 0 || (errno != EAGAIN && errno != EINTR))
			fail("write");
		if (errno == EAGAIN)
			poll(&writable, 1, -1);
	}
}

static int __attribute__((noreturn)) write_for_ever(void *argument)
{
	struct packet packet = {.writer = (uint32_t)(uintptr_t)argument};

	/* Only the parent prints. */
	signal(SIGUSR1, SIG_IGN);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;; packet.number++) {
		packet.length = length_of(packet.writer, packet.number);
		send_packet(pipe_to_reader[1], &packet);
	}
}

/* Each child exits before the next one starts, so that packets stay in order. */
static void __attribute__((noreturn)) fork_for_ever(void)
{
	struct packet packet = {0};

	signal(SIGUSR1, SIG_IGN);
	for (;; packet.number++) {
		pid_t child = fork();

		if (child < 0)
			fail("fork");
		if (!child) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			packet.length = length_of(packet.writer, packet.number);
			send_packet(pipe_to_reader[1], &packet);
			_exit(0);
		}
		while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
			continue;
	}
}

static void __attribute__((noreturn)) echo_for_ever(void)
{
	static unsigned char bytes[2 * sizeof(struct packet)];

	signal(SIGUSR1, SIG_IGN);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		ssize_t got = read(pipe_to_child[0], bytes, sizeof(bytes));

		if (got > 0 && write(pipe_to_reader[1], bytes, (size_t)got) != got)
			fail("write");
		if (got <= 0 && errno != EINTR)
			fail("read");
	}
}

/* ---- the reader ---- */

static void answer(void)
{
	char text[64];
	int length;

	if (!(fcntl(pipe_to_reader[1], F_GETFL) & O_DIRECT) ||
	    !(fcntl(pipe_to_reader[1], F_GETFL) & O_NONBLOCK) != !nonblock)
		packets_bad++;
	length = snprintf(text, sizeof(text), "%llu %llu\n", (unsigned long long)packets_read,
			  (unsigned long long)packets_bad);
	if (write(STDOUT_FILENO, text, (size_t)length) != length)
		fail("standard output");
	asked = 0;
}

static void read_packet(uint64_t *expected)
{
	static unsigned char bytes[16 * sizeof(struct packet)];
	struct packet packet;
	ssize_t got = read(pipe_to_reader[0], bytes, sizeof(bytes));

	if (got < 0 && errno == EINTR)
		return;
	if (got <= 0)
		fail("read");
	packets_read++;
	memcpy(&packet, bytes, HEAD_SIZE);
	if (got < (ssize_t)HEAD_SIZE || packet.writer >= WRITERS_MAX ||
	    packet.number != expected[packet.writer] || (uint32_t)got != packet.length ||
	    packet.length != length_of(packet.writer, packet.number)) {
		packets_bad++;
		return;
	}
	expected[packet.writer]++;
}

static void read_for_ever(void)
{
	uint64_t expected[WRITERS_MAX] = {0};
	struct packet packet = {0};

	for (;;) {
		if (asked)
			answer();
		if (loop) {
			packet.length = length_of(0, packet.number);
			send_packet(pipe_to_child[1], &packet);
			packet.number++;
		}
		read_packet(expected);
	}
}

/* ---- starting ---- */

static void start_children(void)
{
	for (int i = 0; i < (loop ? 1 : writers); i++) {
		char *stack = malloc(STACK_SIZE);
		int flags = SIGCHLD | (share_files ? CLONE_FILES : 0);
		pid_t child;

		if (!stack)
			fail("memory");
		if (loop) {
			child = fork();
			if (child == 0)
				echo_for_ever();
		} else {
			child = clone(write_for_ever, stack + STACK_SIZE, flags,
				      (void *)(uintptr_t)i);
		}
		if (child < 0)
			fail("fork");
	}
}

/*
 * One of the two sides is in a separate session, to be dumped without the other. Both have all
 * descriptors.
 */
static void part(void)
{
	pid_t child = fork();

	if (child < 0)
		fail("fork");
	if (child) {
		printf("%ld\n", (long)child);
		fflush(stdout);
	} else {
		setsid();
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	}
	if (apart_forks && child)
		fork_for_ever();
	/* The pid of a dumped child must be free for its restore. */
	if (child)
		signal(SIGCHLD, SIG_IGN);
	if (apart == !child)
		write_for_ever(NULL);
}

static void print_to(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);

	if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0)
		fail(path);
	close(fd);
}

/* A file system context, a descriptor that CRIU does not know. */
static void hold_undumpable(void)
{
	if (syscall(SYS_fsopen, "tmpfs", 0) < 0)
		fail("fsopen");
}

static void hold_idle(int count)
{
	int ends[2];

	while (count-- > 0) {
		if (pipe2(ends, O_DIRECT) < 0)
			fail("pipe");
	}
}

static void hold_unread(int count)
{
	static const unsigned char bytes[PACKET_MAX];
	int ends[2];

	if (count > PACKET_MAX || pipe2(ends, O_DIRECT | O_NONBLOCK) < 0)
		fail("pipe");
	for (int length = 1; length <= count; length++) {
		if (write(ends[1], bytes, (size_t)length) != length)
			fail("--unread");
	}
}

static void take_options(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--writers") && i + 1 < argc)
			writers = atoi(argv[++i]);
		else if (!strcmp(argv[i], "--output") && i + 1 < argc)
			print_to(argv[++i]);
		else if (!strcmp(argv[i], "--share-files"))
			share_files = true;
		else if (!strcmp(argv[i], "--loop"))
			loop = true;
		else if (!strcmp(argv[i], "--apart"))
			apart = true;
		else if (!strcmp(argv[i], "--apart-reader"))
			apart_reader = true;
		else if (!strcmp(argv[i], "--apart-forks"))
			apart_reader = apart_forks = true;
		else if (!strcmp(argv[i], "--idle") && i + 1 < argc)
			hold_idle(atoi(argv[++i]));
		else if (!strcmp(argv[i], "--unread") && i + 1 < argc)
			hold_unread(atoi(argv[++i]));
		else if (!strcmp(argv[i], "--nonblock"))
			nonblock = true;
		else if (!strcmp(argv[i], "--undumpable"))
			hold_undumpable();
		else
			fail(argv[i]);
	}
	if (writers < 1 || writers > WRITERS_MAX)
		fail("--writers");
}

int main(int argc, char **argv)
{
	struct sigaction action = {.sa_handler = note_question};
	int flags;

	close_range(STDERR_FILENO + 1, ~0U, 0);
	take_options(argc, argv);
	flags = O_DIRECT | (nonblock ? O_NONBLOCK : 0);
	if (pipe2(pipe_to_reader, 0) < 0 || fcntl(pipe_to_reader[1], F_SETFL, flags) < 0)
		fail("pipe");
	if (loop && pipe2(pipe_to_child, O_DIRECT) < 0)
		fail("pipe");
	sigaction(SIGUSR1, &action, NULL);
	if (apart || apart_reader) {
		part();
	} else {
		start_children();
		printf("%ld\n", (long)getpid());
		fflush(stdout);
	}
	read_for_ever();
}
