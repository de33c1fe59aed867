// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A 32-bit x86 process that waits in one system call for standard input, a pipe. It needs no 32-bit C
 * library, which few machines have: it makes the calls itself.
 *
 *	wait-32 read|readv|poll|ppoll|old-select|select|pselect|epoll
 */
struct set {
	unsigned words[32];
};

struct vector {
	char *base;
	unsigned length;
};

struct polled {
	int fd;
	short events, found;
};

struct old_select {
	int count;
	struct set *reads, *writes, *others;
	void *timeout;
};

struct __attribute__((packed)) event {
	unsigned events;
	unsigned long long data;
};

static struct set set;
static char byte;
static struct vector vector = {&byte, 1};
static struct polled polled = {0, 1 /* POLLIN */, 0};
static struct old_select old_select = {1, &set, 0, 0, 0};
static struct event event = {1 /* EPOLLIN */, 0};

/* Arguments five and six are 0. */
static long call(long number, long a, long b, long c, long d)
{
	long result;

	__asm__ volatile("push %%ebp\n"
			 "xor %%ebp, %%ebp\n"
			 "int $0x80\n"
			 "pop %%ebp"
			 : "=a"(result)
			 : "a"(number), "b"(a), "c"(b), "d"(c), "S"(d), "D"(0)
			 : "memory");
	return result;
}

static int is(const char *name, const char *wanted)
{
	while (*name && *name == *wanted) {
		name++;
		wanted++;
	}
	return *name == *wanted;
}

static void wait_in_epoll(void)
{
	long instance = call(329, 0, 0, 0, 0); /* epoll_create1 */

	call(255, instance, 1, 0, (long)&event); /* epoll_ctl, EPOLL_CTL_ADD */
	call(256, instance, (long)&event, 1, -1);
}

static void wait_in(const char *name)
{
	set.words[0] = 1;
	if (is(name, "read"))
		call(3, 0, (long)&byte, 1, 0);
	else if (is(name, "readv"))
		call(145, 0, (long)&vector, 1, 0);
	else if (is(name, "poll"))
		call(168, (long)&polled, 1, -1, 0);
	else if (is(name, "ppoll"))
		call(309, (long)&polled, 1, 0, 0);
	else if (is(name, "old-select"))
		call(82, (long)&old_select, 0, 0, 0);
	else if (is(name, "select"))
		call(142, 1, (long)&set, 0, 0);
	else if (is(name, "pselect"))
		call(308, 1, (long)&set, 0, 0);
	else if (is(name, "epoll"))
		wait_in_epoll();
}

/* The kernel leaves the arguments on the stack: their count, then pointers to each. */
__attribute__((used)) static void run(long *stack)
{
	wait_in(((char **)stack)[2]);
	call(1, 0, 0, 0, 0); /* exit */
}

__asm__(".globl _start\n"
	"_start:\n"
	"	mov %esp, %eax\n"
	"	and $-16, %esp\n"
	"	sub $12, %esp\n"
	"	push %eax\n"
	"	call run\n");
