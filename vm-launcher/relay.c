// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * silo-vm - relay: the clients, and their streams to the guest
 *
 * A client's stream has a number of its own on the way to the guest: its slot
 * in the table plus one, taken until both sides have closed it. Frames pass
 * unchanged otherwise, after a check that they may come from there, and that
 * they keep to the credit; so what can be queued for either side is bounded.
 * A client that breaks a rule is dropped; a guest that does is ended.
 *
 * The exit of the silo's init process is held back until the silo has ended as
 * a whole: who has seen it finds nothing of it running.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "relay.h"
#include "report.h"

/*
 * More than all windows of a client with a usual number of streams: who lets so much pile up is not
 * reading.
 */
#define CLIENT_QUEUE_MAX (16 * SILO_CHANNEL_WINDOW)

struct relay_client {
	struct silo_channel *channel;
	bool was_greeted;
	bool is_lost;
};

struct relay_stream {
	struct relay_client *client;	/* NULL: it is gone */
	uint32_t client_id, guest_id;
	bool is_main;
	bool client_closed, guest_closed;
	bool has_exit;			/* of MAIN: held back */
	uint32_t exit_status;
	struct silo_flow flow;		/* can_send: to the guest; can_receive: from it */
};

static void lose(struct relay_client *client, const char *why)
{
	if (!client->is_lost && why)
		remark_verbose("a client is dropped: %s", why);
	client->is_lost = true;
}

static void to_guest(struct relay *relay, const struct relay_stream *stream, const struct silo_frame *frame)
{
	silo_channel_send(relay->guest, stream->guest_id, frame->type, frame->payload, frame->size);
}

static void to_client(const struct relay_stream *stream, uint8_t type, const void *payload, size_t size)
{
	struct relay_client *client = stream->client;

	if (!client || client->is_lost)
		return;
	if (silo_channel_queued(client->channel) > CLIENT_QUEUE_MAX) {
		lose(client, "it does not read");
		return;
	}
	silo_channel_send(client->channel, stream->client_id, type, payload, size);
}

static void free_if_closed(struct relay *relay, struct relay_stream *stream)
{
	if (!stream->client_closed || !stream->guest_closed)
		return;
	relay->streams[stream->guest_id - 1] = NULL;
	free(stream);
}

/* ---- from the clients --------------------------------------------------- */

static struct relay_stream *find_stream(const struct relay *relay, const struct relay_client *client,
					uint32_t id)
{
	for (int i = 0; i < SILO_CHANNEL_STREAMS_MAX; i++) {
		struct relay_stream *stream = relay->streams[i];

		if (stream && stream->client == client && stream->client_id == id)
			return stream;
	}
	return NULL;
}

static bool is_open_frame(const struct silo_frame *frame)
{
	return frame->type == SILO_FRAME_OPEN_NETLINK || frame->type == SILO_FRAME_OPEN_MAIN ||
	       frame->type == SILO_FRAME_OPEN_EXEC;
}

static void open_stream(struct relay *relay, struct relay_client *client, const struct silo_frame *frame)
{
	struct relay_stream *stream;
	uint32_t slot = 0;

	while (slot < SILO_CHANNEL_STREAMS_MAX && relay->streams[slot])
		slot++;
	stream = slot < SILO_CHANNEL_STREAMS_MAX ? calloc(1, sizeof(*stream)) : NULL;
	if (!stream) {
		lose(client, "there are too many streams");
		return;
	}
	*stream = (struct relay_stream){
		.client = client, .client_id = frame->stream, .guest_id = slot + 1,
		.is_main = frame->type == SILO_FRAME_OPEN_MAIN,
	};
	silo_flow_init(&stream->flow);
	relay->streams[slot] = stream;
	to_guest(relay, stream, frame);
}

static void close_for_client(struct relay *relay, struct relay_stream *stream)
{
	if (!stream->client_closed)
		silo_channel_send(relay->guest, stream->guest_id, SILO_FRAME_CLOSE, NULL, 0);
	stream->client_closed = true;
	free_if_closed(relay, stream);
}

/* Returns whether the frame keeps to what a client may send. */
static bool check_client_frame(struct relay_stream *stream, const struct silo_frame *frame)
{
	switch (frame->type) {
	case SILO_FRAME_STDIN:
	case SILO_FRAME_DATAGRAM:
		return !silo_flow_sent(&stream->flow, frame->size);
	case SILO_FRAME_CREDIT:
		return !silo_flow_granted(&stream->flow, silo_get_le32(frame->payload));
	case SILO_FRAME_EOF:
	case SILO_FRAME_WINDOW:
	case SILO_FRAME_SIGNAL:
	case SILO_FRAME_SUBSCRIBE:
		return true;
	case SILO_FRAME_START:
		return stream->is_main;
	default:
		return false;
	}
}

static void client_stream_frame(struct relay *relay, struct relay_client *client,
				const struct silo_frame *frame)
{
	struct relay_stream *stream = find_stream(relay, client, frame->stream);

	if (!stream && is_open_frame(frame))
		open_stream(relay, client, frame);
	else if (!stream || stream->client_closed)
		lose(client, "it uses a stream that is not open");
	else if (frame->type == SILO_FRAME_CLOSE)
		close_for_client(relay, stream);
	else if (!check_client_frame(stream, frame))
		lose(client, "it sends what it may not");
	else if (!stream->guest_closed && !stream->has_exit)
		to_guest(relay, stream, frame);
}

static void client_session_frame(struct relay *relay, struct relay_client *client,
				 const struct silo_frame *frame)
{
	if (frame->type == SILO_FRAME_HELLO && !client->was_greeted) {
		client->was_greeted = true;
		silo_channel_send_hello(client->channel, relay->name, strlen(relay->name));
		if (silo_get_le32(frame->payload) != SILO_CHANNEL_VERSION)
			lose(client, "it speaks another version of the protocol");
	} else if (frame->type == SILO_FRAME_TERMINATE && client->was_greeted) {
		relay->wants_end = true;
	} else {
		lose(client, "it sends what it may not");
	}
}

static void pump_client(struct relay *relay, struct relay_client *client)
{
	struct silo_frame frame;
	int result = silo_channel_pump(client->channel);

	if (result) {
		lose(client, NULL);
		return;
	}
	while (!client->is_lost && (result = silo_channel_next(client->channel, &frame)) > 0) {
		if (!frame.stream)
			client_session_frame(relay, client, &frame);
		else if (client->was_greeted)
			client_stream_frame(relay, client, &frame);
		else
			lose(client, "it does not greet");
	}
	if (result < 0)
		lose(client, "it sends what is no frame");
}

/* Its streams go on being known until the guest has closed them too. */
static void remove_client(struct relay *relay, struct relay_client **slot)
{
	struct relay_client *client = *slot;

	*slot = NULL;
	for (int i = 0; i < SILO_CHANNEL_STREAMS_MAX; i++) {
		struct relay_stream *stream = relay->streams[i];

		if (!stream || stream->client != client)
			continue;
		stream->client = NULL;
		close_for_client(relay, stream);
	}
	silo_channel_free(client->channel);
	free(client);
}

void relay_pump(struct relay *relay)
{
	for (int i = 0; i < RELAY_CLIENTS_MAX; i++) {
		if (!relay->clients[i])
			continue;
		pump_client(relay, relay->clients[i]);
		if (relay->clients[i]->is_lost)
			remove_client(relay, &relay->clients[i]);
	}
}

int relay_poll(const struct relay *relay, struct pollfd *fds)
{
	int count = 0;

	for (int i = 0; i < RELAY_CLIENTS_MAX; i++) {
		const struct relay_client *client = relay->clients[i];

		if (client)
			fds[count++] = (struct pollfd){
				.fd = silo_channel_fd(client->channel),
				.events = silo_channel_events(client->channel),
			};
	}
	return count;
}

/* The directory lets in nobody else; this is against a directory that was opened by mistake. */
static bool is_trusted(int fd)
{
	struct ucred peer;

	return !getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &(socklen_t){ sizeof(peer) }) &&
	       (peer.uid == 0 || peer.uid == geteuid());
}

void relay_accept(struct relay *relay, int listener)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK), slot = 0;
	struct relay_client *client;

	if (fd < 0)
		return;
	while (slot < RELAY_CLIENTS_MAX && relay->clients[slot])
		slot++;
	client = slot < RELAY_CLIENTS_MAX && is_trusted(fd) ? calloc(1, sizeof(*client)) : NULL;
	if (!client) {
		close(fd);
		return;
	}
	if (silo_channel_new(fd, &client->channel)) {
		free(client);
		return;
	}
	relay->clients[slot] = client;
}

/* ---- from the guest ----------------------------------------------------- */

/* Returns whether the frame keeps to what a guest may send. */
static bool check_guest_frame(struct relay_stream *stream, const struct silo_frame *frame)
{
	switch (frame->type) {
	case SILO_FRAME_STDOUT:
	case SILO_FRAME_STDERR:
	case SILO_FRAME_DATAGRAM:
		return !silo_flow_received(&stream->flow, frame->size);
	case SILO_FRAME_CREDIT:
		return !silo_flow_credited(&stream->flow, silo_get_le32(frame->payload));
	case SILO_FRAME_OPENED:
	case SILO_FRAME_STARTED:
	case SILO_FRAME_EOF:
	case SILO_FRAME_LOST:
	case SILO_FRAME_EXIT:
	case SILO_FRAME_ERROR:
		return !stream->has_exit;
	default:
		return false;
	}
}

int relay_guest_frame(struct relay *relay, const struct silo_frame *frame)
{
	struct relay_stream *stream = frame->stream <= SILO_CHANNEL_STREAMS_MAX ?
		relay->streams[frame->stream - 1] : NULL;

	if (!stream || stream->guest_closed)
		return failure(-EPROTO, "the guest uses stream %u, which is not open", frame->stream);
	if (frame->type == SILO_FRAME_CLOSE) {
		stream->guest_closed = true;
		if (!stream->client_closed && !stream->has_exit)
			to_client(stream, SILO_FRAME_CLOSE, NULL, 0);
		free_if_closed(relay, stream);
		return 0;
	}
	if (stream->client_closed)
		return 0;
	if (!check_guest_frame(stream, frame))
		return failure(-EPROTO, "the guest sends a frame of type %u where it has no place",
			       frame->type);
	if (frame->type == SILO_FRAME_EXIT && stream->is_main) {
		stream->has_exit = true;
		stream->exit_status = silo_get_le32(frame->payload);
		return 0;
	}
	to_client(stream, frame->type, frame->payload, frame->size);
	return 0;
}

/* ---- the end ------------------------------------------------------------ */

static void tell_exits(struct relay *relay)
{
	for (int i = 0; i < SILO_CHANNEL_STREAMS_MAX; i++) {
		struct relay_stream *stream = relay->streams[i];
		unsigned char status[4];

		if (!stream || stream->client_closed || !stream->has_exit)
			continue;
		silo_put_le32(status, stream->exit_status);
		to_client(stream, SILO_FRAME_EXIT, status, sizeof(status));
	}
}

void relay_end(struct relay *relay, const struct silo_channel_end *end, int timeout_ms)
{
	tell_exits(relay);
	for (int i = 0; i < RELAY_CLIENTS_MAX; i++) {
		if (!relay->clients[i])
			continue;
		silo_channel_send_end(relay->clients[i]->channel, end);
		silo_channel_drain(relay->clients[i]->channel, timeout_ms);
		silo_channel_free(relay->clients[i]->channel);
		free(relay->clients[i]);
		relay->clients[i] = NULL;
	}
	for (int i = 0; i < SILO_CHANNEL_STREAMS_MAX; i++)
		free(relay->streams[i]);
	memset(relay->streams, 0, sizeof(relay->streams));
}
