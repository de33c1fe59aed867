// SPDX-License-Identifier: GPL-2.0-or-later
#include "criu/trial.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "criu/names.h"
#include "pipeimg.h"
#include "shared/message.h"

/* A dump takes a tenth of a second. On some virtual machines, CRIU waits forever for a hardware breakpoint. */
#define TIME_LIMIT_S 60

/* How the process ends. */
enum outcome { READ_BOTH, READ_MERGED, LOST_PACKET_MODE };

/* ---- the process ---- */

static int packets[2];

static void __attribute__((noreturn)) read_packets(int signal_number)
{
	char bytes[16];

	(void)signal_number;
	if (read(packets[0], bytes, sizeof(bytes)) != 3 ||
	    read(packets[0], bytes, sizeof(bytes)) != 5)
		_exit(READ_MERGED);
	_exit(fcntl(packets[1], F_GETFL) & O_DIRECT ? READ_BOTH : LOST_PACKET_MODE);
}

/* Closes ready when it can be dumped: as a session, without other files. */
static void __attribute__((noreturn)) be_holder(int ready)
{
	int null = open("/dev/null", O_RDWR);
	int highest = packets[0] > packets[1] ? packets[0] : packets[1];

	setsid();
	if (chdir("/") < 0)
		_exit(127);
	for (int fd = 0; fd <= 2; fd++)
		dup2(null, fd);
	for (int fd = 3; fd <= highest; fd++) {
		if (fd != packets[0] && fd != packets[1] && fd != ready)
			close(fd);
	}
	signal(SIGUSR1, read_packets);
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	signal(SIGHUP, SIG_DFL);
	if (ready > highest)
		highest = ready;
	closefrom(highest + 1);
	close(ready);
	for (;;)
		pause();
}

/* Returns its pid, or -1 with errno set. */
static pid_t start_holder(void)
{
	int ready[2];
	pid_t pid;
	char byte;

	if (pipe2(packets, O_DIRECT | O_NONBLOCK) < 0 || write(packets[1], "one", 3) != 3 ||
	    write(packets[1], "three", 5) != 5 || pipe2(ready, O_CLOEXEC) < 0)
		return -1;
	pid = fork();
	if (pid == 0) {
		close(ready[0]);
		be_holder(ready[1]);
	}
	close(packets[0]);
	close(packets[1]);
	close(ready[1]);
	while (pid > 0 && read(ready[0], &byte, 1) < 0 && errno == EINTR && !interrupted())
		continue;
	close(ready[0]);
	return pid;
}

/* Waits for the end of a child. Returns its wait(2) status, or -1 if it did not end in time. */
static int wait_for(pid_t pid)
{
	struct pollfd ended = {.fd = (int)syscall(SYS_pidfd_open, pid, 0), .events = POLLIN};
	int status = -1;

	if (ended.fd >= 0 && poll(&ended, 1, TIME_LIMIT_S * 1000) == 1 && !interrupted() &&
	    waitpid(pid, &status, 0) != pid)
		status = -1;
	if (ended.fd >= 0)
		close(ended.fd);
	return status;
}

static void end_child(pid_t pid)
{
	if (pid > 0 && waitpid(pid, NULL, WNOHANG) == 0) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
}

/* ---- criu ---- */

struct work {
	const char *criu;
	char directory[PATH_MAX];
	pid_t holder;
};

static void path_in(const struct work *work, const char *name, char path[PATH_MAX])
{
	if (snprintf(path, PATH_MAX, "%s/%s", work->directory, name) >= PATH_MAX)
		path[0] = '\0';
}

static void __attribute__((noreturn)) become(const char **arguments, const char *output)
{
	int fd = open(output, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	release_interrupts();
	dup2(null, STDIN_FILENO);
	dup2(fd, STDOUT_FILENO);
	dup2(fd, STDERR_FILENO);
	execvp(arguments[0], (char **)arguments);
	fprintf(stderr, "Error: cannot run %s: %s\n", arguments[0], strerror(errno));
	_exit(127);
}

/* Returns its wait(2) status, or -1 if it did not end in time. */
static int run_criu(const struct work *work, const char **arguments)
{
	char output[PATH_MAX];
	pid_t pid;
	int status;

	path_in(work, "output", output);
	pid = fork();
	if (pid == 0)
		become(arguments, output);
	status = pid < 0 ? -1 : wait_for(pid);
	if (status == -1)
		end_child(pid);
	return status;
}

/* The first line of a file that contains the word, without what CRIU prints before it. Returns false if there is none. */
static bool find_line(const struct work *work, const char *name, const char *word,
		      char found[TRIAL_PROBLEM_SIZE])
{
	char path[PATH_MAX], line[2048];
	bool is_found = false;
	FILE *file;

	path_in(work, name, path);
	file = fopen(path, "re");
	while (file && !is_found && fgets(line, sizeof(line), file)) {
		const char *at = strstr(line, word);

		/* In containers, CRIU reports that it cannot change this limit, and continues. */
		if (!at || strstr(at, "RLIMIT_NOFILE"))
			continue;
		is_found = true;
		line[strcspn(line, "\n")] = '\0';
		snprintf(found, TRIAL_PROBLEM_SIZE, "%.*s", TRIAL_PROBLEM_SIZE - 1, at);
	}
	if (file)
		fclose(file);
	return is_found;
}

static void describe_failure(const struct work *work, const char *log, int status,
			     char problem[TRIAL_PROBLEM_SIZE])
{
	if (status == -1)
		snprintf(problem, TRIAL_PROBLEM_SIZE, "criu did not finish within %d seconds",
			 TIME_LIMIT_S);
	else if (!find_line(work, log, "Error", problem) &&
		 !find_line(work, "output", "Error", problem))
		snprintf(problem, TRIAL_PROBLEM_SIZE, "criu failed without a message");
}

static void look_at_plugin(const struct work *work, struct trial *trial)
{
	char line[TRIAL_PROBLEM_SIZE];

	trial->plugin_loaded = find_line(work, "dump.log", "Plugin \"pipeimg\"", line);
	trial->plugin_ready = find_line(work, "dump.log", "pipeimg: " PLUGIN_READY, line);
	if (!trial->plugin_ready &&
	    !find_line(work, "dump.log", "pipeimg: ", trial->plugin_problem))
		snprintf(trial->plugin_problem, sizeof(trial->plugin_problem),
			 "the plugin is not loaded");
}

static bool dump(struct work *work, struct trial *trial)
{
	char pid[16];
	const char *arguments[] = {
		work->criu,	 "dump", "--tree",     pid,	   "--images-dir",
		work->directory, "-v4",	 "--log-file", "dump.log", NULL};
	int status;

	snprintf(pid, sizeof(pid), "%ld", (long)work->holder);
	status = run_criu(work, arguments);
	look_at_plugin(work, trial);
	if (status != 0) {
		describe_failure(work, "dump.log", status, trial->dump_problem);
		return false;
	}
	/* CRIU killed it. Its pid must be free. */
	waitpid(work->holder, NULL, 0);
	trial->dumped = true;
	return true;
}

static void describe_outcome(int status, char problem[TRIAL_PROBLEM_SIZE])
{
	static const char *const outcomes[] = {
		[READ_MERGED] = "the restored process did not read its packets one by one",
		[LOST_PACKET_MODE] = "the restored process has no pipe in packet mode",
	};

	if (status == -1)
		snprintf(problem, TRIAL_PROBLEM_SIZE, "the restored process did not continue");
	else if (WIFEXITED(status) && WEXITSTATUS(status) <= LOST_PACKET_MODE)
		snprintf(problem, TRIAL_PROBLEM_SIZE, "%s",
			 WEXITSTATUS(status) ? outcomes[WEXITSTATUS(status)] : "");
	else
		snprintf(problem, TRIAL_PROBLEM_SIZE, "the restored process ended with status %d",
			 status);
}

static void restore(struct work *work, struct trial *trial)
{
	const char *arguments[] = {work->criu, "restore",    "--images-dir", work->directory,
				   "-v4",      "--log-file", "restore.log",  "--restore-detached",
				   NULL};
	int status = run_criu(work, arguments);

	if (status != 0) {
		describe_failure(work, "restore.log", status, trial->restore_problem);
		return;
	}
	kill(work->holder, SIGUSR1);
	status = wait_for(work->holder);
	describe_outcome(status, trial->restore_problem);
	if (status != -1)
		work->holder = 0;
}

/* ---- before and after ---- */

static int make_directory(struct work *work)
{
	const char *parent = getenv("TMPDIR");

	if (snprintf(work->directory, sizeof(work->directory), "%s/pipeimg-check.XXXXXX",
		     parent && *parent ? parent : "/tmp") < PATH_MAX &&
	    mkdtemp(work->directory))
		return 0;
	return refuse(PIMG_SYSTEM, "%s: cannot create: %s", work->directory, strerror(errno));
}

static void remove_directory(const struct work *work)
{
	DIR *directory = opendir(work->directory);
	struct dirent *entry;

	while (directory && (entry = readdir(directory)))
		unlinkat(dirfd(directory), entry->d_name, 0);
	if (directory)
		closedir(directory);
	rmdir(work->directory);
}

int trial_run(const char *criu, struct trial *trial)
{
	struct work work = {.criu = criu};
	int status = make_directory(&work);

	*trial = (struct trial){0};
	if (status)
		return status;
	/* A restored process becomes a child of this one, and not of init, so that its end can be waited for. */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	work.holder = start_holder();
	if (work.holder < 0)
		status = refuse(PIMG_SYSTEM, "cannot start a process: %s", strerror(errno));
	else if (dump(&work, trial))
		restore(&work, trial);
	end_child(work.holder);
	remove_directory(&work);
	return interrupted() ? PIMG_SYSTEM : status;
}
