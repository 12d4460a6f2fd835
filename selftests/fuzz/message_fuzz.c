// SPDX-License-Identifier: GPL-2.0-only
/*
 * selftests - message_fuzz: answers from a hostile kernel, as the guest of a VM may be
 *
 * clang -g -O1 -fsanitize=fuzzer,address,undefined -D_GNU_SOURCE -Ilib/include -Ilib/src -Ikmod/include/uapi
 *	selftests/fuzz/message_fuzz.c lib/libsilo.a -lmnl -ljson-c -lcap -o build/message_fuzz
 *
 * The first byte says how many bytes each receive gives; the rest is received.
 * Where a sequence number is 0xff, the one that is awaited is filled in, and so for the type.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>

#include <linux/netlink.h>

#include <silo/silo.h>

#include "transport.h"

#define FAMILY 0x1c

struct transport_fuzz {
	struct transport transport;
	const uint8_t *data;
	size_t size, step;
	uint32_t sequence;
	int fd;
	bool has_family;
};

/* A good description of the family: number, version, group. */
static const uint8_t family_message[] = {
	80, 0, 0, 0, 16, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 2, 0, 0,
	6, 0, 1, 0, FAMILY, 0, 0, 0, 8, 0, 3, 0, SILO_GENL_VERSION, 0, 0, 0,
	44, 0, 7, 0, 40, 0, 1, 0, 8, 0, 2, 0, 5, 0, 0, 0,
	14, 0, 1, 0, 'l', 'i', 'f', 'e', 'c', 'y', 'c', 'l', 'e', 0, 0, 0,
};

static int fuzz_send(struct transport *transport, const void *message, size_t size)
{
	struct transport_fuzz *fuzz = (struct transport_fuzz *)transport;

	(void)size;
	fuzz->sequence = ((const struct nlmsghdr *)message)->nlmsg_seq;
	return 0;
}

static ssize_t fuzz_receive(struct transport *transport, void *buffer, size_t size)
{
	struct transport_fuzz *fuzz = (struct transport_fuzz *)transport;
	struct nlmsghdr *header = buffer;

	if (!fuzz->has_family) {
		fuzz->has_family = true;
		memcpy(buffer, family_message, sizeof(family_message));
		header->nlmsg_len = sizeof(family_message);
		return sizeof(family_message);
	}
	if (size > fuzz->step)
		size = fuzz->step;
	if (size > fuzz->size)
		size = fuzz->size;
	if (!size)
		return -ETIMEDOUT;
	memcpy(buffer, fuzz->data, size);
	fuzz->data += size;
	fuzz->size -= size;
	if (size >= sizeof(*header)) {
		if ((header->nlmsg_seq & 0xff) == 0xff)
			header->nlmsg_seq = fuzz->sequence;
		if ((header->nlmsg_type & 0xff) == 0xff)
			header->nlmsg_type = FAMILY;
	}
	return size;
}

static int fuzz_fd(const struct transport *transport)
{
	return ((const struct transport_fuzz *)transport)->fd;
}

static int fuzz_subscribe(struct transport *transport, uint32_t group)
{
	(void)transport, (void)group;
	return 0;
}

static void fuzz_close(struct transport *transport)
{
	free(transport);
}

static int fuzz_duplicate(struct transport *transport, struct transport **out)
{
	struct transport_fuzz *copy = malloc(sizeof(*copy));

	memcpy(copy, transport, sizeof(*copy));
	*out = &copy->transport;
	return 0;
}

static const struct transport_ops fuzz_ops = {
	.send = fuzz_send,
	.receive = fuzz_receive,
	.fd = fuzz_fd,
	.duplicate = fuzz_duplicate,
	.subscribe = fuzz_subscribe,
	.close = fuzz_close,
};

/* Each result is read to its end, so that a memory checker sees what is wrong with it. */
static size_t touch(const char *text)
{
	return strlen(text);
}

static int on_silo(const struct silo_info *info, void *data)
{
	(void)data;
	return touch(info->name) + touch(info->cgroup) + touch(info->spec) == SIZE_MAX;
}

static int on_member(const struct silo_member *member, void *data)
{
	(void)data;
	return touch(member->comm) == SIZE_MAX;
}

static int on_key(const struct silo_key_entry *entry, void *data)
{
	(void)data;
	return touch(entry->name) == SIZE_MAX;
}

static void try_request(struct silo *silo, unsigned int which)
{
	const struct silo_ref ref = { .name = "fuzz" };
	struct silo_info *info = NULL;
	struct silo_value *value = NULL;
	uint32_t status;

	switch (which % 7) {
	case 0:
		if (!silo_get(silo, ref, false, &info))
			on_silo(info, NULL);
		silo_info_free(info);
		break;
	case 1:
		silo_list(silo, true, on_silo, NULL);
		break;
	case 2:
		silo_members(silo, ref, on_member, NULL);
		break;
	case 3:
		if (!silo_key_get(silo, ref, "a", "b", &value))
			touch((const char *)value->data);
		silo_value_free(value);
		break;
	case 4:
		silo_key_list(silo, ref, "a", on_key, NULL);
		break;
	case 5:
		silo_terminate(silo, ref);
		break;
	case 6:
		silo_wait(silo, ref, &status, 1000);
		break;
	}
	touch(silo_error(silo));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int always_readable = -1;
	struct transport_fuzz *fuzz;
	struct silo *silo;

	if (size < 2)
		return 0;
	if (always_readable < 0)
		always_readable = eventfd(1, EFD_CLOEXEC);
	fuzz = calloc(1, sizeof(*fuzz));
	fuzz->transport.ops = &fuzz_ops;
	fuzz->fd = always_readable;
	fuzz->step = data[0] ? 4 * data[0] : SILO_MESSAGE_MAX;
	fuzz->data = data + 2;
	fuzz->size = size - 2;
	if (silo_open_transport(&silo, &fuzz->transport))
		abort();
	try_request(silo, data[1]);
	silo_close(silo);
	return 0;
}
