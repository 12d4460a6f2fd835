/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * silo-vm agent - netlink: a generic netlink socket at the end of a stream
 */
#ifndef AGENT_NETLINK_H
#define AGENT_NETLINK_H

#include <silo/channel.h>

struct pollfd;

struct netlink {
	int fd;
	struct silo_channel *channel;
	uint32_t stream;
	struct silo_flow flow;
};

/* netlink_open - make the socket; 0 or -errno */
int netlink_open(struct netlink *netlink, struct silo_channel *channel, uint32_t stream);

/* netlink_close - close the socket */
void netlink_close(struct netlink *netlink);

/* netlink_frame - take a frame of its stream. Returns 0, or -EPROTO if such a frame can't come. */
int netlink_frame(struct netlink *netlink, const struct silo_frame *frame);

/* netlink_poll - what to wait for: fills at most one entry, returns how many */
int netlink_poll(const struct netlink *netlink, struct pollfd *fd);

/* netlink_pump - carry what the kernel has sent to the channel */
void netlink_pump(struct netlink *netlink);

#endif
