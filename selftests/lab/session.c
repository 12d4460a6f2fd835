// SPDX-License-Identifier: GPL-2.0-only
/*
 * lab - session: COMMAND in a terminal of its own, relayed to the host
 *
 * The command always leads a session with a controlling terminal. Where the caller's standard output is a terminal, the command's is
 * this one, elsewhere it is a pipe; standard input likewise, if both are. So end of file arrives, and output is byte-exact.
 * Owns: struct session. Not here: anything about the machine (guest.c).
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <termios.h>

#include "frame.h"
#include "guest.h"

/* More reads than a pipe and a terminal can hold, so that a process left behind that writes for ever does not hold up the end. */
#define DRAIN_MAX 64

static void open_terminal(struct session *session, int *slave, const struct config *config)
{
	struct winsize size = { .ws_row = 24, .ws_col = 80 };
	struct termios attributes;
	char name[64];

	session->terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (session->terminal < 0 || unlockpt(session->terminal) || ptsname_r(session->terminal, name, sizeof(name)))
		fail("cannot make a terminal: %m");
	*slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (*slave < 0)
		fail("cannot open %s: %m", name);
	if (config->rows)
		size.ws_row = atoi(config->rows);
	if (config->columns)
		size.ws_col = atoi(config->columns);
	ioctl(*slave, TIOCSWINSZ, &size);
	/* Between two terminals the outer one is raw, and this one does the work; else this one changes nothing. */
	if (!config->stdin_is_terminal || !config->stdout_is_terminal) {
		tcgetattr(*slave, &attributes);
		cfmakeraw(&attributes);
		tcsetattr(*slave, TCSANOW, &attributes);
	}
}

static void make_pipe(int *ours, int *theirs, bool is_input)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC))
		fail("cannot make a pipe: %m");
	*ours = ends[is_input];
	*theirs = ends[!is_input];
	fcntl(*ours, F_SETFL, O_NONBLOCK);
}

static void __attribute__((noreturn)) become_command(const struct config *config, int slave, int input, int output)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setsid();
	ioctl(slave, TIOCSCTTY, 0);
	dup2(input, STDIN_FILENO);
	dup2(output, STDOUT_FILENO);
	dup2(output, STDERR_FILENO);
	if (chdir(config->directory ?: "/"))
		dprintf(STDERR_FILENO, "lab: %s: %m\n", config->directory);
	clearenv();
	for (char *const *variable = config->environment; *variable; variable++)
		putenv(*variable);
	execvp(config->arguments[0], config->arguments);
	dprintf(STDERR_FILENO, "lab: %s: %m\n", config->arguments[0]);
	_exit(errno == ENOENT ? 127 : 126);
}

static void start(struct session *session, const struct config *config)
{
	int slave, input, output;
	sigset_t children;

	open_terminal(session, &slave, config);
	input = output = slave;
	session->input = session->output = session->terminal;
	if (!config->stdin_is_terminal || !config->stdout_is_terminal)
		make_pipe(&session->input, &input, true);
	if (!config->stdout_is_terminal)
		make_pipe(&session->output, &output, false);
	fcntl(session->terminal, F_SETFL, O_NONBLOCK);

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&children);
	sigaddset(&children, SIGCHLD);
	sigprocmask(SIG_BLOCK, &children, NULL);
	session->signals = signalfd(-1, &children, SFD_CLOEXEC);

	session->child = fork();
	if (session->child < 0)
		fail("cannot fork: %m");
	if (!session->child) {
		signal(SIGPIPE, SIG_DFL);
		become_command(config, slave, input, output);
	}
	lab_send(session->port, LAB_STARTED, NULL, 0);
	if (input != slave)
		close(input);
	if (output != slave)
		close(output);
	/* The slave stays open here: a master without any slave reports a hang-up in every poll. */
}

static void close_input(struct session *session)
{
	if (session->input != session->terminal)
		close(session->input);
	session->input = -1;
}

static void flush_input(struct session *session)
{
	ssize_t size;

	if (session->input >= 0 && session->pending_start < session->pending_end) {
		size = write(session->input, session->pending + session->pending_start, session->pending_end - session->pending_start);
		if (size > 0)
			session->pending_start += size;
		else if (size < 0 && errno != EAGAIN && errno != EINTR)
			close_input(session);
	}
	if (session->input < 0)
		session->pending_start = session->pending_end;
	else if (session->input_ends && session->pending_start == session->pending_end)
		close_input(session);
}

static void take_frame(struct session *session)
{
	char payload[LAB_PAYLOAD_MAX];
	struct lab_frame frame;

	if (lab_receive(session->port, &frame, payload))
		fail("the host is gone");
	if (frame.type == LAB_WINDOW) {
		ioctl(session->terminal, TIOCSWINSZ, payload);
	} else if (frame.type == LAB_INPUT) {
		memcpy(session->pending, payload, frame.length);
		session->pending_start = 0;
		session->pending_end = frame.length;
		session->input_ends = !frame.length;
		flush_input(session);
	}
}

/* Moves one read's worth to the host. False when there is nothing (any more). */
static bool relay_output(struct session *session, int fd)
{
	char buffer[LAB_PAYLOAD_MAX];
	ssize_t size = read(fd, buffer, sizeof(buffer));

	if (size > 0)
		lab_send(session->port, LAB_OUTPUT, buffer, size);
	return size > 0;
}

/* True when the command itself ended; every orphan of the machine is collected here as well. */
static bool reap(struct session *session, int *status)
{
	struct signalfd_siginfo information;
	bool has_ended = false;
	int pid, one;

	if (read(session->signals, &information, sizeof(information)) < 0)
		return false;
	while ((pid = waitpid(-1, &one, WNOHANG)) > 0) {
		if (pid != session->child)
			continue;
		has_ended = true;
		*status = WIFEXITED(one) ? WEXITSTATUS(one) : 128 + WTERMSIG(one);
	}
	return has_ended;
}

int session_run(int port, const struct config *config)
{
	struct session session = { .port = port };
	int status = 0;

	start(&session, config);
	for (;;) {
		bool is_pending = session.pending_start < session.pending_end;
		struct pollfd fds[] = {
			{ .fd = session.signals, .events = POLLIN },
			{ .fd = is_pending ? -1 : port, .events = POLLIN },
			{ .fd = session.terminal, .events = POLLIN },
			{ .fd = session.output == session.terminal ? -1 : session.output, .events = POLLIN },
			{ .fd = is_pending ? session.input : -1, .events = POLLOUT },
		};

		if (poll(fds, 5, -1) < 0)
			continue;
		if (fds[2].revents)
			relay_output(&session, session.terminal);
		if (fds[3].revents && !relay_output(&session, session.output)) {
			close(session.output);
			session.output = -1;
		}
		if (fds[4].revents)
			flush_input(&session);
		if (fds[1].revents)
			take_frame(&session);
		if (fds[0].revents && reap(&session, &status))
			break;
	}
	/* What it wrote is in the pipe or the terminal by now. Others that still hold these open are not waited for. */
	for (int reads = 0; reads < DRAIN_MAX && relay_output(&session, session.terminal); reads++)
		;
	if (session.output == session.terminal)
		return status;
	for (int reads = 0; reads < DRAIN_MAX && relay_output(&session, session.output); reads++)
		;
	return status;
}
