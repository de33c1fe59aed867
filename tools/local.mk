# SPDX-License-Identifier: GPL-2.0-or-later
noinst_LTLIBRARIES += tools/libshared.la
tools_libshared_la_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir) -I$(top_srcdir)/tools
tools_libshared_la_SOURCES = \
	tools/shared/choice.c \
	tools/shared/choice.h \
	tools/shared/container.c \
	tools/shared/container.h \
	tools/shared/frames.c \
	tools/shared/frames.h \
	tools/shared/json.c \
	tools/shared/json.h \
	tools/shared/level.c \
	tools/shared/level.h \
	tools/shared/look.h \
	tools/shared/message.c \
	tools/shared/message.h \
	tools/shared/merged.c \
	tools/shared/merged.h \
	tools/shared/name.c \
	tools/shared/name.h \
	tools/shared/options.c \
	tools/shared/options.h \
	tools/shared/output.c \
	tools/shared/output.h \
	tools/shared/program.c \
	tools/shared/program.h \
	tools/shared/selection.c \
	tools/shared/selection.h \
	tools/shared/settings.c \
	tools/shared/settings.h \
	tools/shared/take.c \
	tools/shared/take.h \
	tools/shared/text.c \
	tools/shared/text.h
tools_libshared_la_LIBADD = tui/libtui.la libimg/libpipeimg.la

bin_PROGRAMS += pipeimg
pipeimg_SOURCES = \
	tools/commands/browse.c \
	tools/commands/capture.c \
	tools/commands/compress.c \
	tools/commands/convert.c \
	tools/commands/diff.c \
	tools/commands/list-json.c \
	tools/commands/list-json.h \
	tools/commands/list-look.c \
	tools/commands/list-look.h \
	tools/commands/list-print.c \
	tools/commands/list-print.h \
	tools/commands/list.c \
	tools/commands/restore.c \
	tools/commands/show-json.c \
	tools/commands/show-json.h \
	tools/commands/show-pieces.c \
	tools/commands/show-pieces.h \
	tools/commands/show-processes.c \
	tools/commands/show-processes.h \
	tools/commands/show-table.c \
	tools/commands/show-table.h \
	tools/commands/show-text.c \
	tools/commands/show-text.h \
	tools/commands/show.c \
	tools/commands/upgrade.c \
	tools/commands/verify-checks.c \
	tools/commands/verify-checks.h \
	tools/commands/verify-report.c \
	tools/commands/verify-report.h \
	tools/commands/verify-table.c \
	tools/commands/verify-table.h \
	tools/commands/verify-turns.c \
	tools/commands/verify-turns.h \
	tools/commands/verify-walk.c \
	tools/commands/verify-walk.h \
	tools/commands/verify.c \
	tools/criu/capture.c \
	tools/criu/capture.h \
	tools/criu/check.c \
	tools/criu/check.h \
	tools/criu/dump.c \
	tools/criu/dump.h \
	tools/criu/explain.c \
	tools/criu/explain.h \
	tools/criu/files.c \
	tools/criu/files.h \
	tools/criu/hook.c \
	tools/criu/inventory.c \
	tools/criu/inventory.h \
	tools/criu/names.h \
	tools/criu/node.c \
	tools/criu/node.h \
	tools/criu/noted.c \
	tools/criu/noted.h \
	tools/criu/passed.c \
	tools/criu/passed.h \
	tools/criu/restore.c \
	tools/criu/restore.h \
	tools/criu/tree.c \
	tools/criu/tree.h \
	tools/criu/trial.c \
	tools/criu/trial.h \
	tools/main.c \
	tools/shared/commands.h
pipeimg_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir) -I$(top_srcdir)/tools -DBINDIR='"$(bindir)"' \
	-DCRIU_PLUGIN_DIR='"$(criuplugindir)"'
# Of the browser's files, only those without curses: see tools/commands/browse.c.
pipeimg_LDADD = tools/libshared.la tui/libtui.la libimg/libpipeimg.la

bin_PROGRAMS += pipeimg-browse
pipeimg_browse_SOURCES = tools/browse.c
pipeimg_browse_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir) -I$(top_srcdir)/tools
pipeimg_browse_LDADD = tools/libshared.la tui/libtui.la libimg/libpipeimg.la

# CRIU loads all files *.so of its plugin directory, and a dump fails if that is not possible. So the plugin is linked only
# with libc, and built without sanitizers.
if CRIU_PLUGIN
criuplugin_LTLIBRARIES = tools/criu/pipeimg_plugin.la
tools_criu_pipeimg_plugin_la_SOURCES = \
	tools/criu/names.h \
	tools/criu/plugin-dump.c \
	tools/criu/plugin-dump.h \
	tools/criu/plugin-host.c \
	tools/criu/plugin-host.h \
	tools/criu/plugin-packets.c \
	tools/criu/plugin-packets.h \
	tools/criu/plugin-restore.c \
	tools/criu/plugin-restore.h \
	tools/criu/plugin.c
tools_criu_pipeimg_plugin_la_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tools $(criu_plugin_paths)
tools_criu_pipeimg_plugin_la_CFLAGS = $(plain_cflags)
tools_criu_pipeimg_plugin_la_LDFLAGS = -module -avoid-version -shared -Wl,-z,nodelete
criu_plugin_paths = -DHOOK='"$(bindir)/pipeimg-criu-hook"' -DOFF_FILE='"/etc/pipeimg/no-criu-plugin"'
endif

dist_bashcompletion_DATA = completions/pipeimg

# CRIU runs its action script without arguments: under this name pipeimg acts as the criu-hook.
# A program that does not find its library would make every dump fail.
install-exec-hook:
	cd '$(DESTDIR)$(bindir)' && rm -f pipeimg-criu-hook && $(LN_S) pipeimg pipeimg-criu-hook
	test -n '$(DESTDIR)' || PATH="$$PATH:/usr/sbin:/sbin" ldconfig 2>/dev/null || :

# Only libtool needs the .la file.
install-data-hook:
	rm -f '$(DESTDIR)$(criuplugindir)/pipeimg_plugin.la'

uninstall-hook:
	rm -f '$(DESTDIR)$(bindir)/pipeimg-criu-hook' '$(DESTDIR)$(criuplugindir)/pipeimg_plugin.so'
