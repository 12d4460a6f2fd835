// SPDX-License-Identifier: GPL-2.0-only
/*
 * lab - host: starts QEMU, and is the near end of COMMAND's standard input and output
 *
 * Usage: host RESULT BOOT-TIMEOUT TIMEOUT QEMU ARGUMENT...
 * QEMU finds the lab's port as descriptor 3. RESULT gets one line: what happened, see finish(). Exit status 0 if COMMAND ended by itself.
 *
 * Owns: the QEMU process (it dies with this one, which dies with `lab`), the caller's terminal while it is raw.
 * Not here: what QEMU is told and what the kernel log says (lab), the far end (session.c).
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>

#include "frame.h"

#define QEMU_PORT 3

/* A pipe that polls as writable takes this much at once. */
#define OUTPUT_CHUNK 4096

static struct {
	int port, signals;
	pid_t qemu;
	FILE *result;
	bool has_started, input_has_ended, is_raw;
	bool is_interactive;	/* standard input and output are terminals, and we are in their foreground */
	struct termios attributes;
	char output[LAB_PAYLOAD_MAX];
	unsigned int output_start, output_end;
} host;

static void restore_terminal(void)
{
	if (host.is_raw)
		tcsetattr(STDIN_FILENO, TCSADRAIN, &host.attributes);
	host.is_raw = false;
}

static void make_terminal_raw(void)
{
	struct termios raw = host.attributes;

	if (!host.is_interactive)
		return;
	cfmakeraw(&raw);
	host.is_raw = true;
	tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
}

/* The only way out: leaves nothing running, the terminal as it was, and the reason in the result file. */
static void __attribute__((noreturn, format(printf, 2, 3))) finish(int status, const char *format, ...)
{
	va_list arguments;

	kill(host.qemu, SIGKILL);
	waitpid(host.qemu, NULL, 0);
	restore_terminal();
	va_start(arguments, format);
	vfprintf(host.result, format, arguments);
	va_end(arguments);
	fputc('\n', host.result);
	exit(status || fclose(host.result));
}

static void start_qemu(char *arguments[])
{
	pid_t parent = getpid();
	sigset_t none;
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends)) {
		perror("lab: socketpair");
		exit(1);
	}
	host.port = ends[0];
	host.qemu = fork();
	if (!host.qemu) {
		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(1);
		setpgid(0, 0);
		dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
		if (ends[1] == QEMU_PORT)
			fcntl(QEMU_PORT, F_SETFD, 0);
		else
			dup2(ends[1], QEMU_PORT);
		execvp(arguments[0], arguments);
		perror(arguments[0]);
		_exit(127);
	}
	close(ends[1]);
	fcntl(host.port, F_SETFL, O_NONBLOCK);
}

/* The socket ends only with QEMU. It is left for finish() to collect. */
static void __attribute__((noreturn)) report_death(void)
{
	siginfo_t information;

	waitid(P_PID, host.qemu, &information, WEXITED | WNOWAIT);
	finish(1, "%s %d", host.has_started ? "died" : "qemu", information.si_status);
}

static void send_window_size(void)
{
	struct winsize size;

	if (host.is_interactive && !ioctl(STDIN_FILENO, TIOCGWINSZ, &size))
		lab_send(host.port, LAB_WINDOW, &size, sizeof(size));
}

static void take_signal(void)
{
	struct signalfd_siginfo information;

	if (read(host.signals, &information, sizeof(information)) < 0)
		return;
	switch (information.ssi_signo) {
	case SIGWINCH:
		if (host.has_started)
			send_window_size();
		break;
	default:
		finish(1, "signal %u", information.ssi_signo);
	}
}

static void take_frame(void)
{
	char payload[LAB_PAYLOAD_MAX];
	struct lab_frame frame;
	struct lab_exit result;

	if (lab_receive(host.port, &frame, payload))
		report_death();
	switch (frame.type) {
	case LAB_STARTED:
		host.has_started = true;
		make_terminal_raw();
		send_window_size();
		break;
	case LAB_OUTPUT:
		memcpy(host.output, payload, frame.length);
		host.output_start = 0;
		host.output_end = frame.length;
		break;
	case LAB_NOTE:
		fprintf(stderr, "lab: note: %.*s\n", frame.length, payload);
		break;
	case LAB_ERROR:
		finish(1, "error %.*s", frame.length, payload);
	case LAB_EXIT:
		memcpy(&result, payload, sizeof(result));
		finish(0, "exit %u %llu", result.status, (unsigned long long)result.taint);
	default:
		finish(1, "error the guest sent a frame of the unknown type %u", frame.type);
	}
}

static void forward_input(void)
{
	char buffer[LAB_PAYLOAD_MAX];
	ssize_t size = read(STDIN_FILENO, buffer, sizeof(buffer));

	if (size < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	host.input_has_ended = size <= 0;
	if (lab_send(host.port, LAB_INPUT, buffer, size > 0 ? size : 0))
		report_death();
}

static void write_output(void)
{
	unsigned int size = host.output_end - host.output_start;
	ssize_t done = write(STDOUT_FILENO, host.output + host.output_start, size < OUTPUT_CHUNK ? size : OUTPUT_CHUNK);

	if (done > 0)
		host.output_start += done;
	else if (done < 0 && errno != EINTR && errno != EAGAIN)
		finish(1, "output %s", strerror(errno));
}

static long long now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000LL + time.tv_nsec / 1000000;
}

static void pump(long long boot_end, long long end)
{
	for (;;) {
		bool is_output = host.output_start < host.output_end;
		long long left = (host.has_started ? end : boot_end) - now();
		/* Output that was not taken yet stops the reading, so that a slow reader slows the command. */
		struct pollfd fds[] = {
			{ .fd = host.signals, .events = POLLIN },
			{ .fd = is_output ? -1 : host.port, .events = POLLIN },
			{ .fd = is_output ? STDOUT_FILENO : -1, .events = POLLOUT },
			{ .fd = host.has_started && !host.input_has_ended ? STDIN_FILENO : -1, .events = POLLIN },
		};

		if (left <= 0)
			finish(1, host.has_started ? "timeout command" : "timeout boot");
		if (poll(fds, 4, left) < 0)
			continue;
		if (fds[0].revents)
			take_signal();
		if (fds[2].revents)
			write_output();
		if (fds[1].revents)
			take_frame();
		if (fds[3].revents)
			forward_input();
	}
}

int main(int argc, char *argv[])
{
	static const int handled[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGWINCH };
	long long start = now();
	sigset_t set;

	/* `lab` waits for this process; if it is killed, the terminal is still to be restored. */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (argc < 5 || !(host.result = fopen(argv[1], "we"))) {
		fprintf(stderr, "usage: %s RESULT BOOT-TIMEOUT TIMEOUT QEMU ARGUMENT...\n", argv[0]);
		return 2;
	}
	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(handled) / sizeof(handled[0]); i++) {
		sigaddset(&set, handled[i]);
		/* A shell starts background jobs with some of them ignored, and what is ignored is not queued. */
		signal(handled[i], SIG_DFL);
	}
	sigprocmask(SIG_BLOCK, &set, NULL);
	host.signals = signalfd(-1, &set, SFD_CLOEXEC);
	signal(SIGPIPE, SIG_IGN);
	host.is_interactive = isatty(STDOUT_FILENO) && !tcgetattr(STDIN_FILENO, &host.attributes) &&
			      tcgetpgrp(STDIN_FILENO) == getpgrp();

	start_qemu(argv + 4);
	pump(start + atoi(argv[2]) * 1000LL, start + atoi(argv[3]) * 1000LL);
}
