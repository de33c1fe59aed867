# SPDX-License-Identifier: GPL-2.0-or-later
bin_PROGRAMS += pipeimg
pipeimg_SOURCES = \
	tools/browse.c \
	tools/capture.c \
	tools/choice.c \
	tools/choice.h \
	tools/command.h \
	tools/compress.c \
	tools/container.c \
	tools/container.h \
	tools/convert.c \
	tools/criu-dump.c \
	tools/criu-explain.c \
	tools/criu-files.c \
	tools/criu-hook.c \
	tools/criu-hook.h \
	tools/criu-inventory.c \
	tools/criu-keeper.c \
	tools/criu-others.c \
	tools/criu-restore.c \
	tools/criu-tree.c \
	tools/criu-window.c \
	tools/diff.c \
	tools/frames.c \
	tools/frames.h \
	tools/json.c \
	tools/json.h \
	tools/level.c \
	tools/level.h \
	tools/list.c \
	tools/list.h \
	tools/list-json.c \
	tools/list-look.c \
	tools/list-print.c \
	tools/main.c \
	tools/look.h \
	tools/message.c \
	tools/message.h \
	tools/name.c \
	tools/output.c \
	tools/output.h \
	tools/name.h \
	tools/restore.c \
	tools/selection.c \
	tools/selection.h \
	tools/show.c \
	tools/take.c \
	tools/take.h \
	tools/show.h \
	tools/show-json.c \
	tools/show-text.c \
	tools/text.c \
	tools/text.h \
	tools/upgrade.c \
	tools/verify.c \
	tools/verify-checks.c \
	tools/verify-checks.h \
	tools/verify-report.c \
	tools/verify-report.h \
	tools/verify-table.c \
	tools/verify-table.h \
	tools/verify-turns.c \
	tools/verify-turns.h \
	tools/verify-walk.c \
	tools/verify-walk.h
pipeimg_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)
pipeimg_LDADD = tui/libtui.la libimg/libpipeimg.la

dist_bashcompletion_DATA = completions/pipeimg

# CRIU runs its action script without arguments: pipeimg by this name is its criu-hook.
# And a program that is not found to have its library would fail every dump.
install-exec-hook:
	cd '$(DESTDIR)$(bindir)' && rm -f pipeimg-criu-hook && $(LN_S) pipeimg pipeimg-criu-hook
	test -n '$(DESTDIR)' || PATH="$$PATH:/usr/sbin:/sbin" ldconfig 2>/dev/null || :

uninstall-hook:
	rm -f '$(DESTDIR)$(bindir)/pipeimg-criu-hook'
