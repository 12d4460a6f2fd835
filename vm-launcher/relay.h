/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * silo-vm - relay: the clients, and their streams to the guest
 */
#ifndef SILO_VM_RELAY_H
#define SILO_VM_RELAY_H

#include <stdbool.h>

#include <silo/channel.h>

#define RELAY_CLIENTS_MAX 64

struct pollfd;
struct relay_client;
struct relay_stream;

struct relay {
	struct silo_channel *guest;
	const char *name;		/* of the silo */
	bool wants_end;			/* a client has asked to end the silo */
	struct relay_client *clients[RELAY_CLIENTS_MAX];
	struct relay_stream *streams[SILO_CHANNEL_STREAMS_MAX];
};

/* relay_accept - take a new connection from a listening socket */
void relay_accept(struct relay *relay, int listener);

/* relay_poll - what to wait for: fills up to RELAY_CLIENTS_MAX entries, returns how many */
int relay_poll(const struct relay *relay, struct pollfd *fds);

/* relay_pump - take what the clients send, and send what waits for them */
void relay_pump(struct relay *relay);

/*
 * relay_guest_frame - take a frame of a stream from the guest. Returns 0, or -EPROTO with the reason noted.
 */
int relay_guest_frame(struct relay *relay, const struct silo_frame *frame);

/* relay_end - tell all clients how the silo ended, and let them go once they have taken it */
void relay_end(struct relay *relay, const struct silo_channel_end *end, int timeout_ms);

#endif
