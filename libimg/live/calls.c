// SPDX-License-Identifier: LGPL-2.1-or-later
#include "live/calls.h"

#include <stddef.h>
#include <sys/syscall.h>

struct call {
	long number;
	enum call_kind kind;
};

/* Not every architecture has all of these. */
static const struct call native_calls[] = {
	{SYS_read, CALL_READ},
	{SYS_readv, CALL_READ},
	{SYS_write, CALL_WRITE},
	{SYS_writev, CALL_WRITE},
	{SYS_splice, CALL_SPLICE},
	{SYS_tee, CALL_TEE},
	{SYS_vmsplice, CALL_VMSPLICE},
	{SYS_sendfile, CALL_SENDFILE},
	{SYS_ppoll, CALL_POLL},
	{SYS_pselect6, CALL_SELECT},
	{SYS_epoll_pwait, CALL_EPOLL},
	{SYS_restart_syscall, CALL_RESTART},
#ifdef SYS_preadv2
	{SYS_preadv2, CALL_READ},
	{SYS_pwritev2, CALL_WRITE},
#endif
#ifdef SYS_sendfile64
	{SYS_sendfile64, CALL_SENDFILE},
#endif
#ifdef SYS_poll
	{SYS_poll, CALL_POLL},
#endif
#ifdef SYS__newselect
	{SYS__newselect, CALL_SELECT},
#elif defined(SYS_select)
	{SYS_select, CALL_SELECT},
#endif
#ifdef SYS_epoll_wait
	{SYS_epoll_wait, CALL_EPOLL},
#endif
#ifdef SYS_epoll_pwait2
	{SYS_epoll_pwait2, CALL_EPOLL},
#endif
#ifdef SYS_ppoll_time64
	{SYS_ppoll_time64, CALL_POLL},
	{SYS_pselect6_time64, CALL_SELECT},
#endif
#ifdef __x86_64__
#define X32 0x40000000
	/* x32: the numbers below 512 are those of x86_64, with this bit. */
	{X32 + SYS_read, CALL_READ},
	{X32 + SYS_write, CALL_WRITE},
	{X32 + SYS_poll, CALL_POLL},
	{X32 + SYS_ppoll, CALL_POLL},
	{X32 + SYS_select, CALL_SELECT},
	{X32 + SYS_pselect6, CALL_SELECT},
	{X32 + SYS_epoll_wait, CALL_EPOLL},
	{X32 + SYS_epoll_pwait, CALL_EPOLL},
	{X32 + SYS_epoll_pwait2, CALL_EPOLL},
	{X32 + SYS_splice, CALL_SPLICE},
	{X32 + SYS_tee, CALL_TEE},
	{X32 + SYS_sendfile, CALL_SENDFILE},
	{X32 + SYS_restart_syscall, CALL_RESTART},
	{X32 + 515, CALL_READ},	    /* readv */
	{X32 + 516, CALL_WRITE},    /* writev */
	{X32 + 532, CALL_VMSPLICE}, /* vmsplice */
	{X32 + 546, CALL_READ},	    /* preadv2 */
	{X32 + 547, CALL_WRITE},    /* pwritev2 */
#endif
};

#if defined(__x86_64__) || defined(__aarch64__)
/* Numbers that i386 and 32-bit ARM share. */
static const struct call compat_calls[] = {
	{0, CALL_RESTART},     {3, CALL_READ},	     {4, CALL_WRITE},
	{145, CALL_READ},						   /* readv */
	{146, CALL_WRITE},						   /* writev */
	{142, CALL_SELECT},						   /* _newselect */
	{168, CALL_POLL},      {187, CALL_SENDFILE}, {239, CALL_SENDFILE}, /* sendfile64 */
	{413, CALL_SELECT},						   /* pselect6_time64 */
	{414, CALL_POLL},						   /* ppoll_time64 */
	{441, CALL_EPOLL},						   /* epoll_pwait2 */
#ifdef __x86_64__
	{82, CALL_SELECT_OLD}, {256, CALL_EPOLL}, /* epoll_wait */
	{308, CALL_SELECT},			  /* pselect6 */
	{309, CALL_POLL},			  /* ppoll */
	{313, CALL_SPLICE},    {315, CALL_TEE},	     {316, CALL_VMSPLICE},
	{319, CALL_EPOLL}, /* epoll_pwait */
	{378, CALL_READ},  /* preadv2 */
	{379, CALL_WRITE}, /* pwritev2 */
#else
	{252, CALL_EPOLL},  /* epoll_wait */
	{335, CALL_SELECT}, /* pselect6 */
	{336, CALL_POLL},   /* ppoll */
	{340, CALL_SPLICE}, {342, CALL_TEE},	  {343, CALL_VMSPLICE},
	{346, CALL_EPOLL}, /* epoll_pwait */
	{392, CALL_READ},  /* preadv2 */
	{393, CALL_WRITE}, /* pwritev2 */
#endif
};
#endif

static enum call_kind find_kind(const struct call *calls, size_t count, long number)
{
	for (size_t i = 0; i < count; i++) {
		if (calls[i].number == number)
			return calls[i].kind;
	}
	return CALL_OTHER;
}

enum call_kind calls_kind(long number, bool compat)
{
	enum call_kind kind;

#if defined(__x86_64__) || defined(__aarch64__)
	if (compat)
		return find_kind(compat_calls, sizeof(compat_calls) / sizeof(*compat_calls),
				 number);
#endif
	kind = find_kind(native_calls, sizeof(native_calls) / sizeof(*native_calls), number);
	/* Elsewhere (powerpc, s390), 32-bit processes have the same numbers, and these two in addition. */
	if (kind == CALL_OTHER && compat && (number == 413 || number == 414))
		return number == 413 ? CALL_SELECT : CALL_POLL;
	return kind;
}
