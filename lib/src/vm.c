// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * libsilo - vm: talking to the kernel of a VM silo's guest
 *
 * Owns: the transport that carries netlink messages over a NETLINK stream of
 * the control channel, one connection and one stream per handle.
 *
 * A guest is not trusted: what it sends is taken apart by the channel's checks
 * here and by the checks of messages in message.c.
 */
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include "silo_private.h"
#include "vm_private.h"

/* The number of our one stream. */
#define STREAM 1
/*
 * A request that is being worked on, ending a silo say, takes as long as it takes; a guest that hangs does
 * not.
 */
#define REQUEST_TIMEOUT_MS 60000

struct transport_vm {
	struct transport transport;
	struct silo_channel *channel;
	struct silo_flow flow;
	char *name;
	int timeout_ms;
	int poll_fd;		/* epoll: the connection, and @waiting */
	int waiting;		/* eventfd, readable while frames wait in the channel's buffer */
};

static struct transport_vm *to_vm(const struct transport *transport)
{
	return (struct transport_vm *)(uintptr_t)transport;
}

static void vm_close(struct transport *transport)
{
	struct transport_vm *vm = to_vm(transport);

	silo_channel_free(vm->channel);
	if (vm->poll_fd >= 0)
		close(vm->poll_fd);
	if (vm->waiting >= 0)
		close(vm->waiting);
	free(vm->name);
	free(vm);
}

static int __attribute__((__format__(__printf__, 3, 4)))
fail(struct transport_vm *vm, int err, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(vm->transport.error, sizeof(vm->transport.error), format, arguments);
	va_end(arguments);
	return err;
}

/* Whether a message of the family has a descriptor, or a pid of ours, in it. */
static bool names_our_own(const struct nlmsghdr *message)
{
	const struct genlmsghdr *family = NLMSG_DATA(message);
	size_t offset = NLMSG_LENGTH(GENL_HDRLEN);

	if (message->nlmsg_len < offset || message->nlmsg_type == GENL_ID_CTRL ||
	    (family->cmd != SILO_CMD_CREATE && family->cmd != SILO_CMD_SET && family->cmd != SILO_CMD_START))
		return false;
	while (message->nlmsg_len >= offset + NLA_HDRLEN) {
		const struct nlattr *attr = (const void *)((const char *)message + offset);

		switch (attr->nla_type & NLA_TYPE_MASK) {
		case SILO_A_CGROUP_FD:
		case SILO_A_NS_FD:
		case SILO_A_ROOT_FD:
		case SILO_A_INIT_PID:
		case SILO_A_PROGRAM_FD:
			return true;
		}
		offset += NLA_ALIGN(attr->nla_len < NLA_HDRLEN ? NLA_HDRLEN : attr->nla_len);
	}
	return false;
}

static int vm_send(struct transport *transport, const void *message, size_t size)
{
	struct transport_vm *vm = to_vm(transport);
	int err;

	transport->error[0] = '\0';
	if (names_our_own(message))
		return fail(vm, -EOPNOTSUPP,
			    "descriptors and processes of the host can't be handed to a guest");
	if (size > SILO_CHANNEL_PAYLOAD_MAX)
		return -EMSGSIZE;
	/*
	 * Each request is answered before the next, so a guest that keeps to the protocol has given the
	 * credit back.
	 */
	if (silo_flow_sent(&vm->flow, (uint32_t)size))
		return fail(vm, -EPROTO, "the guest takes no more requests");
	err = silo_channel_send(vm->channel, STREAM, SILO_FRAME_DATAGRAM, message, size);
	if (!err)
		err = silo_channel_drain(vm->channel, vm->timeout_ms);
	if (err == -EPIPE)
		return fail(vm, -ENOENT, "the VM has ended");
	return err;
}

/*
 * Returns the size of a datagram that was copied to @buffer, or 0 if the frame was for the transport
 * itself.
 */
static ssize_t take_frame(struct transport_vm *vm, const struct silo_frame *frame, void *buffer, size_t size)
{
	struct silo_channel_end end;
	int code;

	switch (frame->type) {
	case SILO_FRAME_DATAGRAM:
		if (silo_flow_received(&vm->flow, frame->size))
			return fail(vm, -EPROTO, "the guest sends more than it may");
		if (frame->size > size)
			return -EMSGSIZE;
		memcpy(buffer, frame->payload, frame->size);
		if (silo_flow_passed(&vm->flow, vm->channel, STREAM, frame->size))
			return -ENOMEM;
		return frame->size;
	case SILO_FRAME_CREDIT:
		if (silo_flow_credited(&vm->flow, silo_get_le32(frame->payload)))
			return fail(vm, -EPROTO, "the guest gives more credit than there is");
		return 0;
	case SILO_FRAME_LOST:
		return -ENOBUFS;
	case SILO_FRAME_ERROR:
		code = silo_frame_error(frame, vm->transport.error, sizeof(vm->transport.error));
		return code < 0 ? code : -EPROTO;
	case SILO_FRAME_STARTED:
	case SILO_FRAME_OPENED:
		return 0;
	case SILO_FRAME_ENDED:
		silo_frame_end(frame, &end);
		return fail(vm, -ENOENT, "the VM has ended%s%s", end.cause[0] ? ": " : "", end.cause);
	default:
		return fail(vm, -EPROTO, "frame of type %u is out of place", frame->type);
	}
}

/*
 * Frames that came along with the one taken make the eventfd readable. One may be there in part only, or be
 * for the transport itself: then a receive that follows waits, which its callers must bear with any socket.
 */
static void note_waiting(struct transport_vm *vm)
{
	uint64_t count;

	if (silo_channel_has_next(vm->channel))
		eventfd_write(vm->waiting, 1);
	else
		eventfd_read(vm->waiting, &count);
}

static ssize_t vm_receive_message(struct transport *transport, void *buffer, size_t size)
{
	struct transport_vm *vm = to_vm(transport);
	int64_t deadline = vm_deadline(vm->timeout_ms);
	struct silo_frame frame;
	ssize_t result;

	transport->error[0] = '\0';
	do {
		result = vm_receive(vm->channel, &frame, deadline);
		if (result == -ETIMEDOUT)
			return fail(vm, -ETIMEDOUT, "the guest does not answer");
		if (result == -EPIPE)
			return fail(vm, -ENOENT, "the VM has ended");
		if (!result)
			result = take_frame(vm, &frame, buffer, size);
	} while (!result);
	note_waiting(vm);
	return result;
}

static int vm_fd(const struct transport *transport)
{
	return to_vm(transport)->poll_fd;
}

static int open_vm(struct transport_vm **out, const char *name);

static int vm_duplicate(struct transport *transport, struct transport **out)
{
	struct transport_vm *vm;
	int err = open_vm(&vm, to_vm(transport)->name);

	if (!err)
		*out = &vm->transport;
	return err;
}

/* Who listens for events waits as long as it likes. */
static int vm_subscribe(struct transport *transport, uint32_t group)
{
	struct transport_vm *vm = to_vm(transport);
	int err = silo_channel_send_u32(vm->channel, STREAM, SILO_FRAME_SUBSCRIBE, group);

	if (!err)
		err = silo_channel_drain(vm->channel, vm->timeout_ms);
	vm->timeout_ms = -1;
	return err;
}

static const struct transport_ops vm_ops = {
	.send = vm_send,
	.receive = vm_receive_message,
	.fd = vm_fd,
	.duplicate = vm_duplicate,
	.subscribe = vm_subscribe,
	.close = vm_close,
};

static int prepare_poll(struct transport_vm *vm)
{
	struct epoll_event event = { .events = EPOLLIN };

	vm->poll_fd = epoll_create1(EPOLL_CLOEXEC);
	vm->waiting = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (vm->poll_fd < 0 || vm->waiting < 0 ||
	    epoll_ctl(vm->poll_fd, EPOLL_CTL_ADD, silo_channel_fd(vm->channel), &event) ||
	    epoll_ctl(vm->poll_fd, EPOLL_CTL_ADD, vm->waiting, &event))
		return -errno;
	return 0;
}

/* On failure nothing is left to be closed. */
static int open_vm(struct transport_vm **out, const char *name)
{
	struct transport_vm *vm = calloc(1, sizeof(*vm));
	int err;

	if (!vm)
		return -ENOMEM;
	*vm = (struct transport_vm){
		.transport.ops = &vm_ops,
		.timeout_ms = VM_TIMEOUT_MS,
		.poll_fd = -1,
		.waiting = -1,
		.name = strdup(name),
	};
	silo_flow_init(&vm->flow);
	err = vm->name ? vm_connect(name, &vm->channel, NULL) : -ENOMEM;
	if (!err)
		err = prepare_poll(vm);
	if (!err)
		err = silo_channel_send(vm->channel, STREAM, SILO_FRAME_OPEN_NETLINK, NULL, 0);
	if (err) {
		vm_close(&vm->transport);
		return err;
	}
	*out = vm;
	return 0;
}

int silo_open_vm(struct silo **out, const char *name)
{
	struct transport_vm *vm;
	int err = open_vm(&vm, name);

	if (err)
		return err;
	err = silo_open_transport(out, &vm->transport);
	if (!err)
		vm->timeout_ms = REQUEST_TIMEOUT_MS;
	return err;
}
