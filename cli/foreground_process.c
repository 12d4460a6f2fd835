// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * siloctl: a command of a silo of this kernel in the foreground
 *
 * Without a terminal the command has our own descriptors, and nothing is copied here. With one, bytes go from
 * standard input to its master and from there to standard output.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "foreground.h"
#include "report.h"
#include "terminal.h"

/* How often to look whether somebody has opened a terminal again that everybody had closed. */
#define REOPEN_MS 50

/* More than this is in no terminal's buffer. */
#define DRAIN_MAX (128 * 1024)

struct pump {
	struct foreground *foreground;
	struct silo_process *process;
	int master;			/* of the command's terminal; -1: it has none */
	bool is_hung_up;		/* nobody has the terminal open */
	bool is_input_open;
	char input[4096];		/* read from standard input, not yet taken by the master */
	size_t start, end;
};

/* ---- signals ------------------------------------------------------------ */

/*
 * Whether the kernel keeps a signal from a process: the first one of a pid namespace, without a handler for
 * it.
 */
static bool is_kept_from(const struct silo_process *process, int signal)
{
	unsigned long long caught = 0;
	bool is_first = false;
	char line[256];
	FILE *stream;

	snprintf(line, sizeof(line), "/proc/%d/status", silo_process_pid(process));
	stream = fopen(line, "re");
	while (stream && fgets(line, sizeof(line), stream)) {
		const char *last_tab = strrchr(line, '\t');

		sscanf(line, "SigCgt: %llx", &caught);
		if (!strncmp(line, "NSpid:", 6) && last_tab)
			is_first = !strcmp(last_tab, "\t1\n");
	}
	if (stream)
		fclose(stream);
	return is_first && !(caught & 1ull << (signal - 1));
}

static void send_signal(void *data, int signal)
{
	struct pump *pump = data;

	if (signal != SIGWINCH && is_kept_from(pump->process, signal))
		complain(pump->foreground->name,
			 "its command has no handler for %s, which an init process needs; "
			 "'siloctl stop %s' ends it",
			 sigabbrev_np(signal), pump->foreground->name);
	silo_process_signal(pump->process, signal);
}

static void resize(void *data, struct winsize size)
{
	struct pump *pump = data;

	if (pump->master >= 0)
		ioctl(pump->master, TIOCSWINSZ, &size);
}

void foreground_resize(const struct silo_process *process)
{
	struct winsize size = terminal_size();

	ioctl(silo_process_terminal(process), TIOCSWINSZ, &size);
}

/* ---- bytes -------------------------------------------------------------- */

/*
 * Writes all, also to a descriptor that does not block. What can't be written is lost: the command must not
 * wait for it.
 */
static void write_out(const char *bytes, size_t size)
{
	while (size) {
		ssize_t done = write(STDOUT_FILENO, bytes, size);

		if (done >= 0) {
			bytes += done;
			size -= done;
		} else if (errno == EAGAIN) {
			poll(&(struct pollfd){ .fd = STDOUT_FILENO, .events = POLLOUT }, 1, -1);
		} else if (errno != EINTR) {
			return;
		}
	}
}

/* Moves a part of what the command has written. Returns its size, 0 if there is nothing now. */
static size_t move_output(struct pump *pump)
{
	char bytes[16384];
	ssize_t size = read(pump->master, bytes, sizeof(bytes));

	pump->is_hung_up = size < 0 && errno == EIO;
	if (size <= 0)
		return 0;
	write_out(bytes, size);
	return size;
}

/*
 * What the command wrote is in the terminal by now. Others that have it open, and may be writing still, are
 * not waited for.
 */
static void drain(struct pump *pump)
{
	size_t size = 1;

	for (size_t total = 0; size && total < DRAIN_MAX; total += size)
		size = move_output(pump);
}

/*
 * The end of our input is the command's end-of-file character, which is what a terminal has instead of an
 * end.
 */
static void end_input(struct pump *pump)
{
	struct termios attributes;

	pump->is_input_open = false;
	if (tcgetattr(pump->master, &attributes) || !(attributes.c_lflag & ICANON))
		return;
	pump->input[0] = attributes.c_cc[VEOF];
	pump->start = 0;
	pump->end = 1;
}

static void read_input(struct pump *pump)
{
	ssize_t size = read(STDIN_FILENO, pump->input, sizeof(pump->input));

	if (size > 0) {
		pump->start = 0;
		pump->end = size;
	} else if (size == 0 || (errno != EAGAIN && errno != EINTR)) {
		end_input(pump);
	}
}

static void write_input(struct pump *pump)
{
	ssize_t size = write(pump->master, pump->input + pump->start, pump->end - pump->start);

	if (size > 0)
		pump->start += size;
	else if (size < 0 && errno != EAGAIN && errno != EINTR)
		pump->start = pump->end;
}

/* ---- waiting ------------------------------------------------------------ */

/* One wait, and all that it was for. Returns whether the command still runs. */
static bool pump_once(struct pump *pump, int pidfd)
{
	struct foreground *foreground = pump->foreground;
	bool is_pending = pump->start < pump->end;
	bool reads_input = pump->is_input_open && !is_pending && !pump->is_hung_up;
	struct pollfd fds[] = {
		{ .fd = foreground->signals, .events = POLLIN },
		{ .fd = pidfd, .events = POLLIN },
		{ .fd = pump->is_hung_up ? -1 : pump->master, .events = POLLIN | (is_pending ? POLLOUT : 0) },
		{ .fd = reads_input ? STDIN_FILENO : -1, .events = POLLIN },
	};
	int count = poll(fds, sizeof(fds) / sizeof(fds[0]), pump->is_hung_up ? REOPEN_MS : -1);

	if (count < 0)
		return true;
	if (fds[0].revents)
		foreground_take_signal(foreground, &(struct foreground_process){ send_signal, resize, pump });
	if (fds[2].revents & ~POLLOUT || (!count && pump->is_hung_up))
		move_output(pump);
	if (fds[2].revents & POLLOUT)
		write_input(pump);
	if (fds[3].revents)
		read_input(pump);
	return !fds[1].revents;
}

int foreground_process(struct foreground *foreground, struct silo_process *process, int *status)
{
	struct pump pump = {
		.foreground = foreground,
		.process = process,
		.master = silo_process_terminal(process),
		.is_input_open = foreground->terminal && foreground->interactive,
	};
	int pidfd = silo_process_pidfd(process), ret = foreground_listen(foreground);

	if (ret)
		return ret;
	if (pump.master >= 0)
		fcntl(pump.master, F_SETFL, fcntl(pump.master, F_GETFL) | O_NONBLOCK);
	if (foreground_is_raw(foreground))
		terminal_make_raw(STDIN_FILENO);
	while (pump_once(&pump, pidfd))
		;
	if (pump.master >= 0)
		drain(&pump);
	terminal_restore();
	do
		ret = silo_process_wait(process, status);
	while (ret == -EINTR);
	return ret;
}
