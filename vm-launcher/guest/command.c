// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * silo-vm agent - command: a process with its standard streams, and what carries them
 *
 * Output is read only as far as the stream has credit and the channel has
 * room, so that a reader who stalls stalls the process that writes, and nobody
 * else. Without a reader, output is read and thrown away.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "command.h"

#define PIECE 32768
/* With more than this waiting for the port, output stays where it is. */
#define QUEUE_LIMIT 131072
/* Larger than any pipe: others who still hold it open can't make us read for ever. */
#define LEFT_MAX 1048576

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void command_init(struct command *command)
{
	*command = (struct command){ .in = -1, .out = { -1, -1 }, .theirs = { -1, -1, -1 } };
}

static int make_pipe(int *ours, int *theirs, bool is_input)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC))
		return -errno;
	*ours = ends[is_input];
	*theirs = ends[!is_input];
	fcntl(*ours, F_SETFL, O_NONBLOCK);
	return 0;
}

int command_make_pipes(struct command *command)
{
	int err = make_pipe(&command->in, &command->theirs[0], true);

	for (int i = 0; i < 2 && !err; i++)
		err = make_pipe(&command->out[i], &command->theirs[i + 1], false);
	return err;
}

struct silo_stdio command_stdio(const struct command *command)
{
	return (struct silo_stdio){ command->theirs[0], command->theirs[1], command->theirs[2] };
}

void command_begin(struct command *command, struct silo_process *process)
{
	int terminal = silo_process_terminal(process);

	command->process = process;
	for (int i = 0; i < 3; i++)
		close_fd(&command->theirs[i]);
	if (terminal < 0)
		return;
	fcntl(terminal, F_SETFL, O_NONBLOCK);
	command->has_terminal = true;
	/*
	 * As long as somebody has the other end, its being closed and opened again is no end of the output.
	 */
	command->theirs[0] = ioctl(terminal, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	command->in = terminal;
	command->out[0] = terminal;
}

void command_destroy(struct command *command)
{
	if (!command->has_terminal) {
		close_fd(&command->in);
		for (int i = 0; i < 2; i++)
			close_fd(&command->out[i]);
	}
	for (int i = 0; i < 3; i++)
		close_fd(&command->theirs[i]);
	free(command->input.bytes);
	silo_process_free(command->process);
	command_init(command);
}

void command_attach(struct command *command, struct silo_channel *channel, uint32_t stream)
{
	command->channel = channel;
	command->stream = stream;
	silo_flow_init(&command->flow);
}

void command_detach(struct command *command)
{
	command->stream = 0;
	command->input.start = command->input.end = 0;
}

/* The process's end of a terminal is closed when the process closes it, by nobody else. */
static void close_input(struct command *command)
{
	if (!command->has_terminal)
		close_fd(&command->in);
	command->in = -1;
	command->input.start = command->input.end = 0;
}

static void close_output(struct command *command, int index)
{
	if (!command->has_terminal)
		close_fd(&command->out[index]);
	command->out[index] = -1;
}

/* ---- input -------------------------------------------------------------- */

static int append_input(struct command *command, const void *bytes, size_t size)
{
	struct command_input *input = &command->input;

	if (!input->bytes) {
		input->bytes = malloc(SILO_CHANNEL_WINDOW);
		if (!input->bytes)
			return -ENOMEM;
		input->size = SILO_CHANNEL_WINDOW;
	}
	if (input->size - input->end < size) {
		memmove(input->bytes, input->bytes + input->start, input->end - input->start);
		input->end -= input->start;
		input->start = 0;
	}
	/* Credit keeps it within the window. */
	if (input->size - input->end < size)
		return -EPROTO;
	memcpy(input->bytes + input->end, bytes, size);
	input->end += size;
	return 0;
}

static void give_credit(struct command *command, size_t size)
{
	if (command->stream)
		silo_flow_passed(&command->flow, command->channel, command->stream, (uint32_t)size);
}

static void write_input(struct command *command)
{
	struct command_input *input = &command->input;

	while (command->in >= 0 && input->start < input->end) {
		ssize_t size = write(command->in, input->bytes + input->start, input->end - input->start);

		if (size > 0) {
			input->start += (size_t)size;
			give_credit(command, (size_t)size);
		} else if (errno == EAGAIN) {
			return;
		} else if (errno != EINTR) {
			give_credit(command, input->end - input->start);
			close_input(command);
			if (command->stream)
				silo_channel_send_u8(command->channel, command->stream, SILO_FRAME_EOF, 0);
		}
	}
	if (input->is_ended && input->start == input->end && command->in >= 0 && !command->has_terminal)
		close_input(command);
}

static int take_input(struct command *command, const struct silo_frame *frame)
{
	if (silo_flow_received(&command->flow, frame->size) || command->input.is_ended)
		return -EPROTO;
	if (command->in < 0) {
		give_credit(command, frame->size);
		return 0;
	}
	return append_input(command, frame->payload, frame->size);
}

/* ---- output ------------------------------------------------------------- */

/* How much may be read now. */
static size_t allowance(const struct command *command, int index)
{
	size_t size = PIECE;

	if (command->has_ended && command->left[index] < size)
		size = command->left[index];
	if (!command->stream)
		return size;
	if (silo_channel_queued(command->channel) > QUEUE_LIMIT)
		return 0;
	return size < command->flow.can_send ? size : command->flow.can_send;
}

static void end_output(struct command *command, int index)
{
	close_output(command, index);
	if (command->stream)
		silo_channel_send_u8(command->channel, command->stream, SILO_FRAME_EOF, (uint8_t)(index + 1));
}

static void read_output(struct command *command, int index)
{
	static unsigned char bytes[PIECE];

	while (command->out[index] >= 0) {
		size_t wanted = allowance(command, index);
		ssize_t size;

		if (command->has_ended && !command->left[index]) {
			end_output(command, index);
			return;
		}
		if (!wanted)
			return;
		size = read(command->out[index], bytes, wanted);
		if (size < 0 && errno == EINTR)
			continue;
		if (size < 0 && errno == EAGAIN && !command->has_ended)
			return;
		if (size <= 0) {
			end_output(command, index);
			return;
		}
		if (command->has_ended)
			command->left[index] -= (size_t)size;
		if (command->stream && !silo_flow_sent(&command->flow, (uint32_t)size))
			silo_channel_send(command->channel, command->stream,
					  (uint8_t)(SILO_FRAME_STDOUT + index), bytes, (size_t)size);
	}
}

void command_pump(struct command *command)
{
	write_input(command);
	for (int i = 0; i < 2; i++)
		read_output(command, i);
}

void command_end(struct command *command)
{
	command->has_ended = true;
	for (int i = 0; i < 2; i++)
		command->left[i] = LEFT_MAX;
	close_input(command);
	command_pump(command);
}

bool command_is_drained(const struct command *command)
{
	return command->has_ended && command->out[0] < 0 && command->out[1] < 0;
}

int command_poll(const struct command *command, struct pollfd *fds)
{
	int count = 0;

	if (command->in >= 0 && command->input.start < command->input.end)
		fds[count++] = (struct pollfd){ .fd = command->in, .events = POLLOUT };
	for (int i = 0; i < 2; i++)
		if (command->out[i] >= 0 && allowance(command, i))
			fds[count++] = (struct pollfd){ .fd = command->out[i], .events = POLLIN };
	return count;
}

/* ---- frames ------------------------------------------------------------- */

int command_frame(struct command *command, const struct silo_frame *frame)
{
	struct winsize size = {};

	switch (frame->type) {
	case SILO_FRAME_STDIN:
		return take_input(command, frame);
	case SILO_FRAME_EOF:
		if (!frame->payload[0])
			command->input.is_ended = true;
		else if (command->has_terminal)
			silo_process_signal(command->process, SIGHUP);
		else
			close_output(command, frame->payload[0] - 1);
		return 0;
	case SILO_FRAME_CREDIT:
		return silo_flow_credited(&command->flow, silo_get_le32(frame->payload));
	case SILO_FRAME_WINDOW:
		size.ws_row = silo_get_le16(frame->payload);
		size.ws_col = silo_get_le16(frame->payload + 2);
		if (command->has_terminal)
			ioctl(silo_process_terminal(command->process), TIOCSWINSZ, &size);
		return 0;
	case SILO_FRAME_SIGNAL:
		silo_process_signal(command->process, frame->payload[0]);
		return 0;
	default:
		return -EPROTO;
	}
}
