// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * silo-vm agent - netlink: a generic netlink socket at the end of a stream
 *
 * Datagrams pass as they are, both ways. What they say is between the client
 * and the kernel.
 */
#include <errno.h>
#include <linux/netlink.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "netlink.h"

/* With more than this waiting for the port, answers stay in the socket. */
#define QUEUE_LIMIT 131072

int netlink_open(struct netlink *netlink, struct silo_channel *channel, uint32_t stream)
{
	const struct sockaddr_nl any = { .nl_family = AF_NETLINK };
	int on = 1;

	*netlink = (struct netlink){ .channel = channel, .stream = stream };
	silo_flow_init(&netlink->flow);
	netlink->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_GENERIC);
	/* The kernel would bind it with the first request, but events may be wanted before. */
	if (netlink->fd < 0 || bind(netlink->fd, (const struct sockaddr *)&any, sizeof(any)) ||
	    setsockopt(netlink->fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on)) ||
	    setsockopt(netlink->fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on))) {
		int err = -errno;

		netlink_close(netlink);
		return err;
	}
	return 0;
}

void netlink_close(struct netlink *netlink)
{
	if (netlink->fd >= 0)
		close(netlink->fd);
	netlink->fd = -1;
}

static int fail(struct netlink *netlink, const char *what)
{
	int err = -errno;

	silo_channel_send_error(netlink->channel, netlink->stream, err, what);
	return 0;
}

static int subscribe(struct netlink *netlink, uint32_t group)
{
	if (setsockopt(netlink->fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)))
		return fail(netlink, "the guest's kernel has no such multicast group");
	return 0;
}

/* The kernel works a request off before send returns. */
int netlink_frame(struct netlink *netlink, const struct silo_frame *frame)
{
	switch (frame->type) {
	case SILO_FRAME_DATAGRAM:
		if (silo_flow_received(&netlink->flow, frame->size))
			return -EPROTO;
		if (send(netlink->fd, frame->payload, frame->size, 0) < 0)
			fail(netlink, "the guest's kernel does not take the request");
		return silo_flow_passed(&netlink->flow, netlink->channel, netlink->stream, frame->size);
	case SILO_FRAME_CREDIT:
		return silo_flow_credited(&netlink->flow, silo_get_le32(frame->payload));
	case SILO_FRAME_SUBSCRIBE:
		return subscribe(netlink, silo_get_le32(frame->payload));
	default:
		return -EPROTO;
	}
}

/* A datagram may be as large as a frame, so credit for less is none. */
static bool may_receive(const struct netlink *netlink)
{
	return netlink->flow.can_send >= SILO_CHANNEL_PAYLOAD_MAX &&
	       silo_channel_queued(netlink->channel) <= QUEUE_LIMIT;
}

int netlink_poll(const struct netlink *netlink, struct pollfd *fd)
{
	if (!may_receive(netlink))
		return 0;
	*fd = (struct pollfd){ .fd = netlink->fd, .events = POLLIN };
	return 1;
}

void netlink_pump(struct netlink *netlink)
{
	static unsigned char datagram[SILO_CHANNEL_PAYLOAD_MAX];

	while (may_receive(netlink)) {
		ssize_t size = recv(netlink->fd, datagram, sizeof(datagram), MSG_TRUNC);

		if (size < 0 && errno == EINTR)
			continue;
		if (size < 0 && errno == EAGAIN)
			return;
		if (size < 0 || (size_t)size > sizeof(datagram)) {
			silo_channel_send(netlink->channel, netlink->stream, SILO_FRAME_LOST, NULL, 0);
			continue;
		}
		silo_flow_sent(&netlink->flow, (uint32_t)size);
		silo_channel_send(netlink->channel, netlink->stream, SILO_FRAME_DATAGRAM, datagram,
				  (size_t)size);
	}
}
