/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libsilo - transport: how netlink messages of the family "silo" reach a kernel
 *
 * A transport carries whole netlink messages, header included: to the running
 * kernel through a socket (transport_netlink.c), or to the kernel of a VM's
 * guest in frames of the control channel (vm.c). libmnl makes and reads the
 * messages in both cases, and is used in no file but transport_netlink.c and
 * message.c.
 */
#ifndef SILO_TRANSPORT_H
#define SILO_TRANSPORT_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <silo/silo.h>

/* No message of the family is larger: one spec or one value's data, and short attributes. */
#define SILO_MESSAGE_MAX 65536

struct transport;

/** Operations return 0 or a negative errno unless they say otherwise. */
struct transport_ops {
	/** Send one message. */
	int (*send)(struct transport *transport, const void *message, size_t size);

	/**
	 * Wait for messages and take them: one or several whole ones, one after another.
	 * Returns their size, 0 if the other end has gone. Errors: -EINTR; -ENOBUFS if events were lost;
	 * -EMSGSIZE for a message larger than @size.
	 */
	ssize_t (*receive)(struct transport *transport, void *buffer, size_t size);

	/** Descriptor that polls readable when receive would not wait; it stays the transport's. */
	int (*fd)(const struct transport *transport);

	/** Open another connection to the same kernel. NULL: -EOPNOTSUPP. */
	int (*duplicate)(struct transport *transport, struct transport **out);

	/** Receive the events of a multicast group too, by its number in that kernel. NULL: -EOPNOTSUPP. */
	int (*subscribe)(struct transport *transport, uint32_t group);

	/** Free the transport. */
	void (*close)(struct transport *transport);
};

/** Embedded in the struct of each kind of transport. */
struct transport {
	const struct transport_ops *ops;
	char error[256];	/* why the last operation failed; "" if its errno says enough */
};

/** silo_transport_netlink - connect to the running kernel. Errors: those of socket(2). */
int silo_transport_netlink(struct transport **out);

/**
 * silo_open_transport - make a handle that talks through a transport
 * @out: receives the handle; free it with silo_close()
 * @transport: belongs to the handle from now on, and is closed if this fails
 *
 * Asks that kernel for the family.
 * Errors: -ENOPKG if it has none; -EPROTO if its version is unknown; the transport's; -ENOMEM.
 */
int silo_open_transport(struct silo **out, struct transport *transport);

#endif
