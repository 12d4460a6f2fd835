// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * silo-vm - front: the process that is called, in front of the one that stays
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "front.h"
#include "report.h"

#define LINE_MAX_SIZE 1200
/* The supervisor's end of the pipe. */
#define PIPE_FD 3

/* 0, or the code with which the launch failed; as exit code, those of a command as they are. */
static int exit_code(const char *line)
{
	int code;

	if (sscanf(line, "failed %d ", &code) != 1)
		return strncmp(line, "ok ", 3) ? 1 : 0;
	if (code == 126 || code == 127)
		return code;
	return code == -EINVAL ? 2 : 1;
}

static void say(const char *line)
{
	unsigned long long id;
	int code, at = 0;

	if (sscanf(line, "ok %llu %n", &id, &at) == 1 && at)
		fputs(line + at, stdout);
	else if (sscanf(line, "failed %d %n", &code, &at) == 1 && at)
		fprintf(stderr, "silo-vm: %s", line + at);
	else
		fputs("silo-vm: the supervisor ended without a word\n", stderr);
}

static void __attribute__((noreturn)) wait_in_front(int pipe, int ready_fd, pid_t supervisor)
{
	struct pollfd fds[] = { { .fd = pipe, .events = POLLIN }, { .fd = ready_fd } };
	char line[LINE_MAX_SIZE] = "";
	ssize_t size = 0;

	while (poll(fds, 2, -1) < 0)
		;
	if (fds[0].revents)
		size = read(pipe, line, sizeof(line) - 1);
	line[size > 0 ? size : 0] = '\0';
	if (fds[0].revents && ready_fd >= 0 && write(ready_fd, line, strlen(line)) < 0)
		fds[0].revents = 0;
	/* With the pipe closed, a supervisor that has not said its line gives up, and is gone when we are. */
	close(pipe);
	if (!fds[0].revents || exit_code(line))
		waitpid(supervisor, NULL, 0);
	if (ready_fd < 0)
		say(line);
	fflush(stdout);
	_exit(exit_code(line));
}

int front_split(int ready_fd)
{
	int ends[2], nothing;
	pid_t supervisor;

	fflush(NULL);
	if (pipe2(ends, O_CLOEXEC))
		return failure_errno("no pipe");
	supervisor = fork();
	if (supervisor < 0)
		return failure_errno("the supervisor can't be made");
	if (supervisor) {
		close(ends[1]);
		wait_in_front(ends[0], ready_fd, supervisor);
	}
	setsid();
	nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (chdir("/") || dup2(nothing, STDIN_FILENO) < 0 || dup2(nothing, STDOUT_FILENO) < 0 ||
	    dup2(ends[1], PIPE_FD) < 0)
		_exit(1);
	/* What the caller left open, pipes that somebody reads to the end say, must not stay open with us. */
	fcntl(PIPE_FD, F_SETFD, FD_CLOEXEC);
	close_range(PIPE_FD + 1, ~0U, 0);
	return PIPE_FD;
}
