// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * libsilo - channel: one end of a control channel
 *
 * Owns: struct silo_channel with its two buffers, and struct silo_flow.
 * Not here: what is inside a frame (frame.c).
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <silo/channel.h>

#include "frame.h"

#define FRAME_MAX (SILO_CHANNEL_HEADER + SILO_CHANNEL_PAYLOAD_MAX)
#define INPUT_SIZE (2 * FRAME_MAX)
/* Every stream with its window full, and as much again for frames without credit. */
#define QUEUE_MAX ((size_t)2 * SILO_CHANNEL_STREAMS_MAX * SILO_CHANNEL_WINDOW)
/* Credit is given back in pieces of this size at least. */
#define CREDIT_STEP (SILO_CHANNEL_WINDOW / 4)

/* Bytes from @start to @end of @bytes wait. */
struct buffer {
	unsigned char *bytes;
	size_t start, end, size;
};

struct silo_channel {
	int fd;
	bool is_socket;
	int error;		/* set once: what ended it, returned when all received frames are taken */
	int broken;		/* set once: -EPROTO after a malformed frame */
	struct buffer input, output;
};

int silo_channel_new(int fd, struct silo_channel **out)
{
	struct silo_channel *channel = calloc(1, sizeof(*channel));
	int flags = fcntl(fd, F_GETFL);
	int type, err;

	if (channel)
		channel->input.bytes = malloc(INPUT_SIZE);
	if (!channel || !channel->input.bytes) {
		err = -ENOMEM;
		goto err_free;
	}
	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0) {
		err = -errno;
		goto err_free;
	}
	channel->fd = fd;
	channel->is_socket = !getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &(socklen_t){ sizeof(type) });
	channel->input.size = INPUT_SIZE;
	*out = channel;
	return 0;

err_free:
	if (channel)
		free(channel->input.bytes);
	free(channel);
	close(fd);
	return err;
}

void silo_channel_free(struct silo_channel *channel)
{
	if (!channel)
		return;
	close(channel->fd);
	free(channel->input.bytes);
	free(channel->output.bytes);
	free(channel);
}

int silo_channel_fd(const struct silo_channel *channel)
{
	return channel->fd;
}

size_t silo_channel_queued(const struct silo_channel *channel)
{
	return channel->output.end - channel->output.start;
}

static size_t received(const struct silo_channel *channel)
{
	return channel->input.end - channel->input.start;
}

short silo_channel_events(const struct silo_channel *channel)
{
	short events = 0;

	if (received(channel) < FRAME_MAX)
		events |= POLLIN;
	if (silo_channel_queued(channel))
		events |= POLLOUT;
	return events;
}

static void move_to_front(struct buffer *buffer)
{
	memmove(buffer->bytes, buffer->bytes + buffer->start, buffer->end - buffer->start);
	buffer->end -= buffer->start;
	buffer->start = 0;
}

/* An error of reading is kept until what came before it has been taken. */
static void receive(struct silo_channel *channel)
{
	struct buffer *input = &channel->input;
	ssize_t size;

	while (!channel->error && received(channel) < FRAME_MAX) {
		if (input->size - input->end < FRAME_MAX)
			move_to_front(input);
		size = read(channel->fd, input->bytes + input->end, input->size - input->end);
		if (size > 0) {
			input->end += (size_t)size;
		} else if (size == 0) {
			channel->error = -EPIPE;
		} else if (errno == EAGAIN) {
			return;
		} else if (errno != EINTR) {
			channel->error = errno == ECONNRESET ? -EPIPE : -errno;
		}
	}
}

/* A library must not let its caller die of SIGPIPE. */
static ssize_t write_some(const struct silo_channel *channel, const void *bytes, size_t size)
{
	if (channel->is_socket)
		return send(channel->fd, bytes, size, MSG_NOSIGNAL);
	return write(channel->fd, bytes, size);
}

/* A peer that is gone may have left frames to be read, so a failed write only drops what is queued. */
static void flush(struct silo_channel *channel)
{
	struct buffer *output = &channel->output;

	while (output->start < output->end) {
		ssize_t size = write_some(channel, output->bytes + output->start,
					  output->end - output->start);

		if (size >= 0) {
			output->start += (size_t)size;
		} else if (errno == EAGAIN) {
			return;
		} else if (errno != EINTR) {
			if (errno != EPIPE && errno != ECONNRESET && !channel->error)
				channel->error = -errno;
			break;
		}
	}
	output->start = 0;
	output->end = 0;
}

static void read_header(const unsigned char *bytes, struct silo_frame *frame)
{
	*frame = (struct silo_frame){
		.size = silo_get_le32(bytes),
		.stream = silo_get_le32(bytes + 4),
		.type = bytes[8],
		.payload = bytes + SILO_CHANNEL_HEADER,
	};
}

bool silo_channel_has_next(const struct silo_channel *channel)
{
	const unsigned char *bytes = channel->input.bytes + channel->input.start;
	struct silo_frame frame;

	if (channel->broken)
		return true;
	if (received(channel) < SILO_CHANNEL_HEADER)
		return false;
	read_header(bytes, &frame);
	return !frame_header_is_valid(&frame) || frame_is_whole(bytes, received(channel));
}

int silo_channel_pump(struct silo_channel *channel)
{
	flush(channel);
	receive(channel);
	/* With a frame waiting, the end is not reached yet. */
	return silo_channel_has_next(channel) ? 0 : channel->error;
}

int silo_channel_next(struct silo_channel *channel, struct silo_frame *frame)
{
	struct buffer *input = &channel->input;
	const unsigned char *bytes = input->bytes + input->start;

	if (channel->broken)
		return channel->broken;
	if (received(channel) < SILO_CHANNEL_HEADER)
		return 0;
	read_header(bytes, frame);
	/* The header is judged before its payload is waited for. */
	if (!frame_header_is_valid(frame)) {
		channel->broken = -EPROTO;
		return -EPROTO;
	}
	if (!frame_is_whole(bytes, received(channel)))
		return 0;
	if (!frame_payload_is_valid(frame)) {
		channel->broken = -EPROTO;
		return -EPROTO;
	}
	input->start += SILO_CHANNEL_HEADER + frame->size;
	return 1;
}

static int make_room(struct silo_channel *channel, size_t size)
{
	struct buffer *output = &channel->output;
	unsigned char *bytes;
	size_t wanted;

	if (output->size - output->end >= size)
		return 0;
	if (output->start)
		move_to_front(output);
	if (output->size - output->end >= size)
		return 0;
	wanted = output->end + size;
	if (wanted > QUEUE_MAX)
		return -ENOBUFS;
	if (wanted < 2 * output->size)
		wanted = 2 * output->size;
	bytes = realloc(output->bytes, wanted);
	if (!bytes)
		return -ENOMEM;
	output->bytes = bytes;
	output->size = wanted;
	return 0;
}

int silo_channel_send(struct silo_channel *channel, uint32_t stream, uint8_t type, const void *payload,
		      size_t size)
{
	struct buffer *output = &channel->output;
	bool was_empty = !silo_channel_queued(channel);
	unsigned char *bytes;
	int err;

	if (size > SILO_CHANNEL_PAYLOAD_MAX)
		return -EMSGSIZE;
	err = make_room(channel, SILO_CHANNEL_HEADER + size);
	if (err) {
		if (!channel->error)
			channel->error = err;
		return err;
	}
	bytes = output->bytes + output->end;
	silo_put_le32(bytes, (uint32_t)size);
	silo_put_le32(bytes + 4, stream);
	bytes[8] = type;
	if (size)
		memcpy(bytes + SILO_CHANNEL_HEADER, payload, size);
	output->end += SILO_CHANNEL_HEADER + size;
	if (was_empty)
		flush(channel);
	return 0;
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int silo_channel_drain(struct silo_channel *channel, int timeout_ms)
{
	int64_t deadline = now_ms() + timeout_ms;

	for (;;) {
		struct pollfd pollfd = { .fd = channel->fd };
		int64_t left = deadline - now_ms();
		int err = silo_channel_pump(channel);

		if (err || !silo_channel_queued(channel))
			return err;
		if (left <= 0)
			return -ETIMEDOUT;
		pollfd.events = silo_channel_events(channel);
		if (poll(&pollfd, 1, (int)left) < 0)
			return -errno;
	}
}

/* ---- credit ------------------------------------------------------------- */

void silo_flow_init(struct silo_flow *flow)
{
	*flow = (struct silo_flow){ .can_send = SILO_CHANNEL_WINDOW, .can_receive = SILO_CHANNEL_WINDOW };
}

static int take(uint32_t *credit, uint32_t size)
{
	if (size > *credit)
		return -EPROTO;
	*credit -= size;
	return 0;
}

static int give(uint32_t *credit, uint32_t size)
{
	if (size > SILO_CHANNEL_WINDOW - *credit)
		return -EPROTO;
	*credit += size;
	return 0;
}

int silo_flow_sent(struct silo_flow *flow, uint32_t size)
{
	return take(&flow->can_send, size);
}

int silo_flow_credited(struct silo_flow *flow, uint32_t size)
{
	return give(&flow->can_send, size);
}

int silo_flow_received(struct silo_flow *flow, uint32_t size)
{
	return take(&flow->can_receive, size);
}

int silo_flow_granted(struct silo_flow *flow, uint32_t size)
{
	return give(&flow->can_receive, size);
}

int silo_flow_passed(struct silo_flow *flow, struct silo_channel *channel, uint32_t stream, uint32_t size)
{
	uint32_t credit;

	flow->owed += size;
	if (flow->owed < CREDIT_STEP)
		return 0;
	credit = flow->owed;
	flow->owed = 0;
	if (silo_flow_granted(flow, credit))
		return -EPROTO;
	return silo_channel_send_u32(channel, stream, SILO_FRAME_CREDIT, credit);
}
