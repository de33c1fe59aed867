# SPDX-License-Identifier: GPL-2.0-or-later
dist_man_MANS += \
	man/pipeimg.1 \
	man/pipeimg-capture.1 \
	man/pipeimg-compress.1 \
	man/pipeimg-criu-hook.1 \
	man/pipeimg-diff.1 \
	man/pipeimg-list.1 \
	man/pipeimg-restore.1 \
	man/pipeimg-show.1 \
	man/libpipeimg.3 \
	man/pipeimg.5

# Pages with tables that the program has too are made from the same lines: where a page has
# @CHECKS@, @FRAMES@ or @KEYS@ alone on a line, man/print-table prints what stands there.
nodist_man_MANS = \
	man/pipeimg-browse.1 \
	man/pipeimg-convert.1 \
	man/pipeimg-upgrade.1 \
	man/pipeimg-verify.1
EXTRA_DIST += $(nodist_man_MANS:=.in)
CLEANFILES += $(nodist_man_MANS) $(nodist_man_MANS:=.checks) $(nodist_man_MANS:=.frames) \
	$(nodist_man_MANS:=.keys)
noinst_PROGRAMS += man/print-table
man_print_table_SOURCES = man/print-table.c
man_print_table_LDADD = libimg/libpipeimg-internal.la

man/pipeimg-browse.1: $(top_srcdir)/man/pipeimg-browse.1.in
man/pipeimg-convert.1: $(top_srcdir)/man/pipeimg-convert.1.in
man/pipeimg-upgrade.1: $(top_srcdir)/man/pipeimg-upgrade.1.in
man/pipeimg-verify.1: $(top_srcdir)/man/pipeimg-verify.1.in

$(nodist_man_MANS): man/print-table$(EXEEXT)
	$(AM_V_GEN)man/print-table$(EXEEXT) checks >$@.checks && \
	man/print-table$(EXEEXT) frames >$@.frames && \
	man/print-table$(EXEEXT) keys >$@.keys && \
	sed -e '/^@CHECKS@$$/{' -e 'r $@.checks' -e 'd' -e '}' \
		-e '/^@FRAMES@$$/{' -e 'r $@.frames' -e 'd' -e '}' \
		-e '/^@KEYS@$$/{' -e 'r $@.keys' -e 'd' -e '}' \
		$(top_srcdir)/$@.in >$@.tmp && \
	rm -f $@.checks $@.frames $@.keys && mv -f $@.tmp $@
