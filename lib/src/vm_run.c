// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * libsilo - vm_run: carrying a remote process's streams to and from descriptors
 *
 * Descriptors are used as they are: one that blocks is written in pieces that
 * fit once poll(2) says so, so that signals are never kept waiting by output.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>

#include "vm_private.h"

#define PIECE 32768

/* What was read from the process and not written yet. */
struct outlet {
	int fd;
	int stream;
	size_t piece;		/* most bytes to write at once */
	size_t start, end;
	bool is_done;
	char bytes[PIECE];
};

struct vm_run {
	struct silo_vm_process *process;
	const struct silo_vm_streams *streams;
	struct outlet outlets[2];
	bool input_is_open;
	size_t input_start, input_end;
	char input[PIECE];
};

static size_t piece_for(int fd)
{
	int flags = fcntl(fd, F_GETFL);
	struct stat status;

	if (flags >= 0 && flags & O_NONBLOCK)
		return PIECE;
	if (!fstat(fd, &status) && S_ISREG(status.st_mode))
		return PIECE;
	return PIPE_BUF;
}

static void outlet_init(struct outlet *outlet, int fd, int stream)
{
	outlet->fd = fd;
	outlet->stream = stream;
	outlet->piece = fd < 0 ? PIECE : piece_for(fd);
	outlet->start = outlet->end = 0;
	outlet->is_done = false;
}

/* Takes output from the process as soon as there is room for it. */
static int outlet_fill(struct vm_run *run, struct outlet *outlet)
{
	while (!outlet->is_done && outlet->start == outlet->end) {
		ssize_t size = silo_vm_process_read(run->process, outlet->stream, outlet->bytes,
						    sizeof(outlet->bytes));

		if (size == -EAGAIN)
			return 0;
		if (size < 0)
			return (int)size;
		outlet->is_done = !size;
		outlet->start = 0;
		outlet->end = outlet->fd < 0 ? 0 : (size_t)size;
	}
	return 0;
}

static int outlet_write(struct vm_run *run, struct outlet *outlet)
{
	size_t size = outlet->end - outlet->start;
	ssize_t written = write(outlet->fd, outlet->bytes + outlet->start,
				size < outlet->piece ? size : outlet->piece);

	if (written >= 0) {
		outlet->start += (size_t)written;
		return 0;
	}
	if (errno == EAGAIN || errno == EINTR)
		return 0;
	outlet->is_done = true;
	outlet->start = outlet->end = 0;
	return silo_vm_process_close_output(run->process, outlet->stream);
}

static void input_end(struct vm_run *run)
{
	run->input_is_open = false;
	silo_vm_process_close_input(run->process);
}

static int input_read(struct vm_run *run)
{
	const struct silo_vm_streams *streams = run->streams;
	ssize_t size = read(streams->in, run->input, sizeof(run->input));

	if (size < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (size <= 0) {
		input_end(run);
		return 0;
	}
	run->input_start = 0;
	run->input_end = (size_t)size;
	if (!streams->on_input)
		return 0;
	return streams->on_input(run->process, run->input, (size_t)size, streams->data);
}

static void input_send(struct vm_run *run)
{
	while (run->input_start < run->input_end) {
		ssize_t size = silo_vm_process_write(run->process, run->input + run->input_start,
						     run->input_end - run->input_start);

		if (size == -EAGAIN)
			return;
		if (size < 0) {
			/* Nobody reads it. What is still to come stays where it is. */
			run->input_is_open = false;
			run->input_start = run->input_end;
			return;
		}
		run->input_start += (size_t)size;
	}
}

enum { CONNECTION, WAKE, IN, OUT, ERR, COUNT };

static void prepare_poll(const struct vm_run *run, struct pollfd fds[COUNT])
{
	bool wants_input = run->input_is_open && run->input_start == run->input_end;

	fds[CONNECTION] = (struct pollfd){
		.fd = silo_vm_process_fd(run->process), .events = silo_vm_process_events(run->process),
	};
	fds[WAKE] = (struct pollfd){ .fd = run->streams->wake, .events = POLLIN };
	fds[IN] = (struct pollfd){ .fd = wants_input ? run->streams->in : -1, .events = POLLIN };
	for (int i = 0; i < 2; i++) {
		bool has_output = run->outlets[i].start < run->outlets[i].end;

		fds[OUT + i].fd = has_output ? run->outlets[i].fd : -1;
		fds[OUT + i].events = POLLOUT;
		fds[OUT + i].revents = 0;
	}
}

static int serve(struct vm_run *run, const struct pollfd fds[COUNT])
{
	int result = 0;

	if (fds[WAKE].revents && run->streams->on_wake)
		result = run->streams->on_wake(run->process, run->streams->data);
	if (!result && fds[IN].revents)
		result = input_read(run);
	for (int i = 0; i < 2 && !result; i++)
		if (fds[OUT + i].revents)
			result = outlet_write(run, &run->outlets[i]);
	return result;
}

static bool is_flushed(const struct vm_run *run)
{
	return run->outlets[0].start == run->outlets[0].end && run->outlets[1].start == run->outlets[1].end;
}

static int run_loop(struct vm_run *run, int *status)
{
	struct pollfd fds[COUNT];
	int pumped, result;

	for (;;) {
		pumped = silo_vm_process_pump(run->process);
		input_send(run);
		for (int i = 0; i < 2; i++) {
			result = outlet_fill(run, &run->outlets[i]);
			if (result)
				return result;
		}
		if (is_flushed(run)) {
			result = silo_vm_process_status(run->process, status);
			if (result != -EAGAIN)
				return result;
			if (pumped)
				return pumped;
		}
		prepare_poll(run, fds);
		/*
		 * A dead connection has no more to say, and would not let us sleep until the output is
		 * written.
		 */
		if (pumped || vm_process_is_over(run->process))
			fds[CONNECTION].fd = -1;
		if (poll(fds, COUNT, -1) < 0)
			return -errno;
		result = serve(run, fds);
		if (result)
			return result;
	}
}

/* What is on its way stays with the process, so that a run that was interrupted can go on. */
int silo_vm_process_run(struct silo_vm_process *process, const struct silo_vm_streams *streams, int *status)
{
	struct vm_run *run = *vm_process_run(process);

	if (!run) {
		run = calloc(1, sizeof(*run));
		if (!run)
			return -ENOMEM;
		run->process = process;
		run->input_is_open = true;
		outlet_init(&run->outlets[0], streams->out, 1);
		outlet_init(&run->outlets[1], streams->err, 2);
		*vm_process_run(process) = run;
	}
	run->streams = streams;
	if (streams->in < 0 && run->input_is_open)
		input_end(run);
	return run_loop(run, status);
}
