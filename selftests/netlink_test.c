// SPDX-License-Identifier: GPL-2.0-only
/*
 * The netlink family taken at its word: malformed, hostile and unlucky messages, made without libsilo.
 */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/silo.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "kselftest_harness.h"

#include "fixture.h"

#define MESSAGE_SIZE 70000

FIXTURE(netlink)
{
	struct mnl_socket *socket;
	uint16_t family;
	char *buffer;
};

static struct nlmsghdr *begin(char *buffer, uint16_t type, uint8_t command, uint16_t flags)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
	struct genlmsghdr *header = mnl_nlmsg_put_extra_header(message, sizeof(*header));

	message->nlmsg_type = type;
	message->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
	message->nlmsg_seq = 1;
	header->cmd = command;
	header->version = 1;
	return message;
}

/* Send, and read answers up to the one that says how it went. */
static int ask(struct mnl_socket *socket, char *buffer)
{
	struct nlmsghdr *message = (struct nlmsghdr *)buffer;

	if (mnl_socket_sendto(socket, message, message->nlmsg_len) < 0)
		return -errno;
	for (;;) {
		int left = mnl_socket_recvfrom(socket, buffer, MESSAGE_SIZE);

		if (left < 0)
			return -errno;
		for (message = (struct nlmsghdr *)buffer; mnl_nlmsg_ok(message, left);
		     message = mnl_nlmsg_next(message, &left)) {
			if (message->nlmsg_type == NLMSG_ERROR)
				return ((struct nlmsgerr *)mnl_nlmsg_get_payload(message))->error;
			if (message->nlmsg_type == NLMSG_DONE)
				return *(int *)mnl_nlmsg_get_payload(message);
		}
	}
}

static uint16_t resolve(struct mnl_socket *socket, char *buffer)
{
	struct nlmsghdr *message = begin(buffer, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 0);
	struct nlattr *attr;
	uint16_t family = 0;
	ssize_t size;

	message->nlmsg_flags = NLM_F_REQUEST;
	mnl_attr_put_strz(message, CTRL_ATTR_FAMILY_NAME, SILO_GENL_NAME);
	mnl_socket_sendto(socket, message, message->nlmsg_len);
	size = mnl_socket_recvfrom(socket, buffer, MESSAGE_SIZE);
	message = (struct nlmsghdr *)buffer;
	if (size < 0 || message->nlmsg_type != GENL_ID_CTRL)
		return 0;
	mnl_attr_for_each(attr, message, sizeof(struct genlmsghdr))
		if (mnl_attr_get_type(attr) == CTRL_ATTR_FAMILY_ID)
			family = mnl_attr_get_u16(attr);
	return family;
}

FIXTURE_SETUP(netlink)
{
	memset(self, 0, sizeof(*self));
	self->buffer = malloc(MESSAGE_SIZE);
	self->socket = mnl_socket_open(NETLINK_GENERIC);
	ASSERT_NE(NULL, self->socket);
	ASSERT_EQ(0, mnl_socket_bind(self->socket, 0, MNL_SOCKET_AUTOPID));
	self->family = resolve(self->socket, self->buffer);
	ASSERT_NE(0, self->family);
}

FIXTURE_TEARDOWN(netlink)
{
	if (self->socket)
		mnl_socket_close(self->socket);
	free(self->buffer);
}

TEST_F(netlink, an_unknown_command_is_refused)
{
	begin(self->buffer, self->family, 200, 0);
	EXPECT_EQ(-EOPNOTSUPP, ask(self->socket, self->buffer));
}

TEST_F(netlink, the_number_of_the_event_is_no_request)
{
	begin(self->buffer, self->family, SILO_CMD_EVENT, 0);
	EXPECT_EQ(-EOPNOTSUPP, ask(self->socket, self->buffer));
}

TEST_F(netlink, an_unknown_attribute_is_refused)
{
	struct nlmsghdr *message = begin(self->buffer, self->family, SILO_CMD_GET, 0);

	mnl_attr_put_u64(message, SILO_A_ID, 0);
	mnl_attr_put_u32(message, 250, 1);
	EXPECT_EQ(-EINVAL, ask(self->socket, self->buffer));
}

TEST_F(netlink, an_attribute_of_another_command_is_refused)
{
	struct nlmsghdr *message = begin(self->buffer, self->family, SILO_CMD_GET, 0);

	mnl_attr_put_u64(message, SILO_A_ID, 0);
	mnl_attr_put_u32(message, SILO_A_SIGNAL, 9);
	EXPECT_EQ(-EINVAL, ask(self->socket, self->buffer));
}

TEST_F(netlink, a_number_that_is_too_short_is_refused)
{
	struct nlmsghdr *message = begin(self->buffer, self->family, SILO_CMD_GET, 0);

	mnl_attr_put_u32(message, SILO_A_ID, 0);
	EXPECT_EQ(-EINVAL, ask(self->socket, self->buffer));
}

TEST_F(netlink, a_string_without_an_end_is_refused)
{
	struct nlmsghdr *message = begin(self->buffer, self->family, SILO_CMD_GET, 0);

	mnl_attr_put(message, SILO_A_NAME, 4, "abcd");
	EXPECT_EQ(-EINVAL, ask(self->socket, self->buffer));
}

TEST_F(netlink, a_name_that_is_too_long_is_refused)
{
	struct nlmsghdr *message = begin(self->buffer, self->family, SILO_CMD_GET, 0);
	char name[SILO_NAME_MAX + 2];

	memset(name, 'a', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	mnl_attr_put_strz(message, SILO_A_NAME, name);
	EXPECT_EQ(-EINVAL, ask(self->socket, self->buffer));
}

TEST_F(netlink, a_signal_out_of_range_is_refused)
{
	struct nlmsghdr *message = begin(self->buffer, self->family, SILO_CMD_SIGNAL, 0);

	mnl_attr_put_u64(message, SILO_A_ID, 1);
	mnl_attr_put_u32(message, SILO_A_SIGNAL, 65);
	EXPECT_EQ(-ERANGE, ask(self->socket, self->buffer));
}

TEST_F(netlink, an_unknown_flag_is_refused)
{
	struct nlmsghdr *message = begin(self->buffer, self->family, SILO_CMD_CREATE, 0);

	mnl_attr_put_u32(message, SILO_A_FLAGS, 0x80000000);
	EXPECT_EQ(-EINVAL, ask(self->socket, self->buffer));
}

TEST_F(netlink, get_by_nothing_or_by_two_things_is_refused)
{
	struct nlmsghdr *message = begin(self->buffer, self->family, SILO_CMD_GET, 0);

	EXPECT_EQ(-EINVAL, ask(self->socket, self->buffer));
	message = begin(self->buffer, self->family, SILO_CMD_GET, 0);
	mnl_attr_put_u64(message, SILO_A_ID, 0);
	mnl_attr_put_strz(message, SILO_A_NAME, "x");
	EXPECT_EQ(-EINVAL, ask(self->socket, self->buffer));
	message = begin(self->buffer, self->family, SILO_CMD_GET, 0);
	mnl_attr_put_u64(message, SILO_A_ID, 0);
	mnl_attr_put_u32(message, SILO_A_PID, 1);
	EXPECT_EQ(-EINVAL, ask(self->socket, self->buffer));
}

TEST_F(netlink, members_without_a_silo_is_refused)
{
	begin(self->buffer, self->family, SILO_CMD_MEMBERS, NLM_F_DUMP);
	EXPECT_EQ(-EINVAL, ask(self->socket, self->buffer));
}

TEST_F(netlink, a_socket_that_root_opened_gives_others_no_rights)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		struct nlmsghdr *message = begin(self->buffer, self->family, SILO_CMD_REMOVE, 0);

		mnl_attr_put_u64(message, SILO_A_ID, 1);
		if (setgid(65534) || setuid(65534))
			_exit(100);
		_exit(-ask(self->socket, self->buffer));
	}
	waitpid(pid, &status, 0);
	EXPECT_EQ(EPERM, WEXITSTATUS(status));
}

/* Messages that are right but for some bytes, for a second: whatever comes back, the kernel stays well. */
TEST_F(netlink, random_messages_do_no_harm)
{
	unsigned int seed = 1, sent = 0;
	time_t end = time(NULL) + 2;

	while (time(NULL) < end) {
		uint8_t command = 1 + rand_r(&seed) % (SILO_CMD_MAX + 1);
		uint16_t flags = rand_r(&seed) % 3 ? 0 : NLM_F_DUMP;
		struct nlmsghdr *message = begin(self->buffer, self->family, command, flags);
		int attrs = rand_r(&seed) % 6;

		while (attrs--) {
			char data[64];
			size_t i, size = rand_r(&seed) % sizeof(data);

			for (i = 0; i < size; i++)
				data[i] = rand_r(&seed) % 4 ? rand_r(&seed) % 3 : rand_r(&seed);
			mnl_attr_put(message, rand_r(&seed) % (SILO_A_MAX + 2), size, data);
		}
		EXPECT_GE(0, ask(self->socket, self->buffer));
		sent++;
	}
	EXPECT_LT(0, sent);
}

FIXTURE_MAIN
