// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * libsilo - transport_netlink: a generic netlink socket of the running kernel
 *
 * The kernel binds the socket with the first message that is sent, which saves two system calls.
 */
#include <errno.h>
#include <stdlib.h>

#include <libmnl/libmnl.h>

#include "transport.h"

struct transport_netlink {
	struct transport transport;
	struct mnl_socket *socket;
};

static struct mnl_socket *socket_of(const struct transport *transport)
{
	return ((const struct transport_netlink *)transport)->socket;
}

static int netlink_send(struct transport *transport, const void *message, size_t size)
{
	return mnl_socket_sendto(socket_of(transport), message, size) < 0 ? -errno : 0;
}

static ssize_t netlink_receive(struct transport *transport, void *buffer, size_t size)
{
	ssize_t received = mnl_socket_recvfrom(socket_of(transport), buffer, size);

	if (received < 0)
		return errno == ENOSPC ? -EMSGSIZE : -errno;
	return received;
}

static int netlink_fd(const struct transport *transport)
{
	return mnl_socket_get_fd(socket_of(transport));
}

static void netlink_close(struct transport *transport)
{
	mnl_socket_close(socket_of(transport));
	free(transport);
}

static int netlink_duplicate(struct transport *transport, struct transport **out)
{
	struct transport *copy;
	int err = silo_transport_netlink(&copy);

	(void)transport;
	if (err)
		return err;
	/* It may never send, and a socket that is not bound gets no events. */
	if (mnl_socket_bind(socket_of(copy), 0, MNL_SOCKET_AUTOPID) < 0) {
		err = -errno;
		netlink_close(copy);
		return err;
	}
	*out = copy;
	return 0;
}

static int netlink_subscribe(struct transport *transport, uint32_t group)
{
	const int fd = netlink_fd(transport);
	const struct sockaddr_nl address = { .nl_family = AF_NETLINK };

	/* A socket that has not sent anything yet has no port, and gets no events without one. */
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) && errno != EINVAL)
		return -errno;
	return setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) < 0 ? -errno : 0;
}

static const struct transport_ops netlink_ops = {
	.send = netlink_send,
	.receive = netlink_receive,
	.fd = netlink_fd,
	.duplicate = netlink_duplicate,
	.subscribe = netlink_subscribe,
	.close = netlink_close,
};

int silo_transport_netlink(struct transport **out)
{
	struct transport_netlink *netlink = calloc(1, sizeof(*netlink));
	int on = 1, err;

	if (!netlink)
		return -ENOMEM;
	netlink->transport.ops = &netlink_ops;
	netlink->socket = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC);
	if (!netlink->socket) {
		err = -errno;
		free(netlink);
		return err;
	}
	if (mnl_socket_setsockopt(netlink->socket, NETLINK_EXT_ACK, &on, sizeof(on)) < 0 ||
	    mnl_socket_setsockopt(netlink->socket, NETLINK_CAP_ACK, &on, sizeof(on)) < 0) {
		err = -errno;
		netlink_close(&netlink->transport);
		return err;
	}
	*out = &netlink->transport;
	return 0;
}
