# SPDX-License-Identifier: GPL-2.0-or-later
dist_man_MANS += \
	man/pipeimg.1 \
	man/pipeimg-capture.1 \
	man/pipeimg-list.1 \
	man/pipeimg-restore.1 \
	man/pipeimg-show.1 \
	man/libpipeimg.3 \
	man/pipeimg.5

# Pages with tables that the program has too are made from the same lines.
nodist_man_MANS = man/pipeimg-verify.1
EXTRA_DIST += man/pipeimg-verify.1.in
CLEANFILES += man/pipeimg-verify.1
noinst_PROGRAMS += man/print-checks
man_print_checks_SOURCES = man/print-checks.c
man_print_checks_LDADD = libimg/libpipeimg-internal.la

man/pipeimg-verify.1: $(top_srcdir)/man/pipeimg-verify.1.in man/print-checks$(EXEEXT)
	$(AM_V_GEN)man/print-checks$(EXEEXT) >$@.checks && \
	sed -e '/^@CHECKS@$$/{' -e 'r $@.checks' -e 'd' -e '}' \
		$(top_srcdir)/man/pipeimg-verify.1.in >$@.tmp && \
	rm -f $@.checks && mv -f $@.tmp $@
