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
	$(library_pages) \
	man/pipeimg.5 \
	man/pipeimg-intro.7

# The functions of the library. A page for several functions is installed under each name.
library_pages = \
	man/pimg_check.3 \
	man/pimg_compress.3 \
	man/pimg_convert.3 \
	man/pimg_diff.3 \
	man/pimg_end_at.3 \
	man/pimg_error.3 \
	man/pimg_frame_parse.3 \
	man/pimg_image_container.3 \
	man/pimg_image_load.3 \
	man/pimg_image_open.3 \
	man/pimg_image_queue.3 \
	man/pimg_image_task.3 \
	man/pimg_input_open.3 \
	man/pimg_live_capture.3 \
	man/pimg_live_fill.3 \
	man/pimg_live_scan.3 \
	man/pimg_probe.3 \
	man/pimg_progress.3 \
	man/pimg_queue_new.3 \
	man/pimg_refill.3 \
	man/pimg_stop_processes.3 \
	man/pimg_type_name.3 \
	man/pimg_verify.3 \
	man/pimg_version.3 \
	man/pimg_writer_open.3
EXTRA_DIST += man/links.sh
library_links = $(top_srcdir)/man/links.sh $(library_pages:%=$(top_srcdir)/%)
install-data-local:
	$(MKDIR_P) '$(DESTDIR)$(man3dir)'
	$(library_links) | while read -r name page; do \
		echo ".so man3/$$page" >'$(DESTDIR)$(man3dir)'/$$name.3 && \
		chmod 644 '$(DESTDIR)$(man3dir)'/$$name.3 || exit 1; \
	done
uninstall-local:
	$(library_links) | while read -r name page; do rm -f '$(DESTDIR)$(man3dir)'/$$name.3; done

# Tables that the program has too are generated from the same source: man/print-table replaces a line
# @CHECKS@, @FRAMES@ or @KEYS@ of a page by the table.
nodist_man_MANS = \
	man/pipeimg-browse.1 \
	man/pipeimg-convert.1 \
	man/pipeimg-upgrade.1 \
	man/pipeimg-verify.1
EXTRA_DIST += $(nodist_man_MANS:=.in)
CLEANFILES += $(nodist_man_MANS) $(nodist_man_MANS:=.checks) $(nodist_man_MANS:=.frames) \
	$(nodist_man_MANS:=.keys)
# It runs during the build, so it is compiled for the build machine even if pipeimg is cross-compiled.
EXTRA_DIST += man/print-table.c
CLEANFILES += man/print-table
man/print-table: $(top_srcdir)/man/print-table.c $(top_srcdir)/libimg/base/check.c \
		$(top_srcdir)/libimg/base/check.h $(top_srcdir)/libimg/queue/framing-rules.def \
		$(top_srcdir)/tui/terminal/requests.def
	$(AM_V_GEN)$(MKDIR_P) man && $(CC_FOR_BUILD) $(CFLAGS_FOR_BUILD) -std=gnu11 -D_GNU_SOURCE \
		-I$(top_srcdir)/libimg -Ilibimg -o $@ \
		$(top_srcdir)/man/print-table.c $(top_srcdir)/libimg/base/check.c

man/pipeimg-browse.1: $(top_srcdir)/man/pipeimg-browse.1.in
man/pipeimg-convert.1: $(top_srcdir)/man/pipeimg-convert.1.in
man/pipeimg-upgrade.1: $(top_srcdir)/man/pipeimg-upgrade.1.in
man/pipeimg-verify.1: $(top_srcdir)/man/pipeimg-verify.1.in

$(nodist_man_MANS): man/print-table
	$(AM_V_GEN)man/print-table checks >$@.checks && \
	man/print-table frames >$@.frames && \
	man/print-table keys >$@.keys && \
	sed -e '/^@CHECKS@$$/{' -e 'r $@.checks' -e 'd' -e '}' \
		-e '/^@FRAMES@$$/{' -e 'r $@.frames' -e 'd' -e '}' \
		-e '/^@KEYS@$$/{' -e 'r $@.keys' -e 'd' -e '}' \
		$(top_srcdir)/$@.in >$@.tmp && \
	rm -f $@.checks $@.frames $@.keys && mv -f $@.tmp $@
