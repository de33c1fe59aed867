// SPDX-License-Identifier: GPL-2.0-or-later
#include "terminal/clipboard.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pipeimg-private.h"
#include "terminal/screen.h"

extern char **environ;

/* ---- tmux ---- */

static int text_as_file(const char *text, size_t length)
{
	int fd = memfd_create("pipeimg", MFD_CLOEXEC);

	if (fd < 0)
		return -1;
	if (write(fd, text, length) == (ssize_t)length && lseek(fd, 0, SEEK_SET) == 0)
		return fd;
	close(fd);
	return -1;
}

static bool run_tmux(int input)
{
	char *const arguments[] = {(char *)"tmux", (char *)"load-buffer", (char *)"-w", (char *)"-",
				   NULL};
	posix_spawn_file_actions_t actions;
	int status = -1;
	pid_t pid;

	if (posix_spawn_file_actions_init(&actions))
		return false;
	posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
	posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	if (posix_spawnp(&pid, arguments[0], &actions, NULL, arguments, environ) == 0)
		waitpid(pid, &status, 0);
	posix_spawn_file_actions_destroy(&actions);
	return status == 0;
}

/* By default, tmux ignores clipboard sequences from programs in it, but it accepts a command. */
static bool put_by_tmux(const char *text, size_t length)
{
	bool done;
	int fd;

	if (!getenv("TMUX"))
		return false;
	fd = text_as_file(text, length);
	if (fd < 0)
		return false;
	done = run_tmux(fd);
	close(fd);
	return done;
}

/* ---- the terminal ---- */

bool clipboard_put(const char *text, size_t length)
{
	char *encoded;
	bool done;

	if (put_by_tmux(text, length))
		return true;
	encoded = malloc(PIMG_BASE64_ROOM(length) + 1);
	if (!encoded)
		return false;
	encoded[pimg_base64_encode(encoded, text, length)] = '\0';
	done = screen_put_clipboard(encoded);
	free(encoded);
	return done;
}
