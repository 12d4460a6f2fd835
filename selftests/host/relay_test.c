// SPDX-License-Identifier: GPL-2.0-only
/*
 * selftests - relay: silo-vm between its clients and a guest that may be hostile
 *
 * The relay itself is built in; the test plays both the guest and the clients.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "../../vm-launcher/relay.c"
#include "../../vm-launcher/report.c"

#include "kselftest_harness.h"

FIXTURE(relay)
{
	struct relay relay;
	struct silo_channel *guest;	/* the guest's end */
	int listener;
	struct sockaddr_un address;
};

FIXTURE_SETUP(relay)
{
	int ends[2];

	memset(&self->relay, 0, sizeof(self->relay));
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends));
	ASSERT_EQ(0, silo_channel_new(ends[0], &self->relay.guest));
	ASSERT_EQ(0, silo_channel_new(ends[1], &self->guest));
	self->relay.name = "test";
	self->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	self->address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	/* An abstract name, made up by the kernel. */
	ASSERT_EQ(0, bind(self->listener, (struct sockaddr *)&self->address, sizeof(sa_family_t)));
	ASSERT_EQ(0, getsockname(self->listener, (struct sockaddr *)&self->address,
				 &(socklen_t){ sizeof(self->address) }));
	ASSERT_EQ(0, listen(self->listener, 16));
}

FIXTURE_TEARDOWN(relay)
{
	relay_end(&self->relay, &(struct silo_channel_end){}, 0);
	silo_channel_free(self->relay.guest);
	silo_channel_free(self->guest);
	close(self->listener);
}

/* A client that has connected, and greeted if it is to. */
static struct silo_channel *connect_client(FIXTURE_DATA(relay) *self, bool greets)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	/* A name that the kernel makes up has five characters and a NUL before them. */
	socklen_t size = sizeof(sa_family_t) + 6;
	struct silo_channel *client;
	struct silo_frame frame;

	if (connect(fd, (struct sockaddr *)&self->address, size) || silo_channel_new(fd, &client))
		return NULL;
	relay_accept(&self->relay, self->listener);
	if (greets) {
		silo_channel_send_hello(client, NULL, 0);
		relay_pump(&self->relay);
		silo_channel_pump(client);
		if (silo_channel_next(client, &frame) != 1 || frame.type != SILO_FRAME_HELLO)
			return NULL;
	}
	return client;
}

/* The next frame at an end, or an error of the channel, or 0. */
static int take(struct silo_channel *channel, struct silo_frame *frame)
{
	int result = silo_channel_pump(channel);

	return result ? result : silo_channel_next(channel, frame);
}

/* What the guest has sent goes through the relay; its verdict about the last frame. */
static int from_guest(FIXTURE_DATA(relay) *self)
{
	struct silo_frame frame;
	int result = 0;

	silo_channel_pump(self->relay.guest);
	while (!result && silo_channel_next(self->relay.guest, &frame) > 0)
		result = relay_guest_frame(&self->relay, &frame);
	return result;
}

/* Opens a stream for a client and returns its number at the guest, 0 on failure. */
static uint32_t open_at(FIXTURE_DATA(relay) *self, struct silo_channel *client, uint32_t id, uint8_t type)
{
	struct silo_frame frame;

	silo_channel_send(client, id, type, NULL, 0);
	relay_pump(&self->relay);
	/* Streams of clients that are gone may be closed before. */
	while (take(self->guest, &frame) == 1)
		if (frame.type == type)
			return frame.stream;
	return 0;
}

TEST_F(relay, clients_may_use_the_same_numbers)
{
	struct silo_channel *first = connect_client(self, true), *second = connect_client(self, true);
	uint32_t one = open_at(self, first, 1, SILO_FRAME_OPEN_MAIN),
		 two = open_at(self, second, 1, SILO_FRAME_OPEN_NETLINK);
	struct silo_frame frame;

	ASSERT_NE(0, one);
	ASSERT_NE(0, two);
	EXPECT_NE(one, two);
	silo_channel_send(self->guest, two, SILO_FRAME_STDOUT, "two", 3);
	silo_channel_send(self->guest, one, SILO_FRAME_STDOUT, "one", 3);
	EXPECT_EQ(0, from_guest(self));
	ASSERT_EQ(1, take(first, &frame));
	EXPECT_EQ(1, frame.stream);
	EXPECT_EQ(0, memcmp(frame.payload, "one", 3));
	ASSERT_EQ(1, take(second, &frame));
	EXPECT_EQ(0, memcmp(frame.payload, "two", 3));
	silo_channel_free(first);
	silo_channel_free(second);
}

TEST_F(relay, streams_of_a_client_that_vanishes_are_closed)
{
	struct silo_channel *client = connect_client(self, true);
	uint32_t id = open_at(self, client, 5, SILO_FRAME_OPEN_MAIN);
	struct silo_frame frame;

	ASSERT_NE(0, id);
	silo_channel_free(client);
	relay_pump(&self->relay);
	ASSERT_EQ(1, take(self->guest, &frame));
	EXPECT_EQ(SILO_FRAME_CLOSE, frame.type);
	EXPECT_EQ(id, frame.stream);
	/* The guest may have been speaking; its own CLOSE frees the number, and with that it is unknown. */
	silo_channel_send(self->guest, id, SILO_FRAME_STDOUT, "late", 4);
	silo_channel_send(self->guest, id, SILO_FRAME_CLOSE, NULL, 0);
	EXPECT_EQ(0, from_guest(self));
	silo_channel_send(self->guest, id, SILO_FRAME_STDOUT, "late", 4);
	EXPECT_EQ(-EPROTO, from_guest(self));
}

TEST_F(relay, a_number_is_free_when_both_sides_have_closed)
{
	struct silo_channel *client = connect_client(self, true);
	uint32_t id = open_at(self, client, 1, SILO_FRAME_OPEN_NETLINK);
	struct silo_frame frame;

	silo_channel_send(client, 1, SILO_FRAME_CLOSE, NULL, 0);
	relay_pump(&self->relay);
	ASSERT_EQ(1, take(self->guest, &frame));
	EXPECT_NE(id, open_at(self, client, 2, SILO_FRAME_OPEN_NETLINK));
	silo_channel_send(self->guest, id, SILO_FRAME_CLOSE, NULL, 0);
	EXPECT_EQ(0, from_guest(self));
	EXPECT_EQ(id, open_at(self, client, 3, SILO_FRAME_OPEN_NETLINK));
	silo_channel_free(client);
}

TEST_F(relay, the_exit_of_the_silos_command_is_held_back_until_the_end)
{
	struct silo_channel_end end = { .has_status = true, .status = 0x0300 };
	struct silo_channel *client = connect_client(self, true);
	uint32_t id = open_at(self, client, 1, SILO_FRAME_OPEN_MAIN);
	struct silo_frame frame;

	silo_channel_send_u32(self->guest, id, SILO_FRAME_EXIT, 0x0300);
	silo_channel_send(self->guest, id, SILO_FRAME_CLOSE, NULL, 0);
	EXPECT_EQ(0, from_guest(self));
	EXPECT_EQ(0, take(client, &frame));
	relay_end(&self->relay, &end, 100);
	ASSERT_EQ(1, take(client, &frame));
	EXPECT_EQ(SILO_FRAME_EXIT, frame.type);
	EXPECT_EQ(0x0300, silo_get_le32(frame.payload));
	ASSERT_EQ(1, silo_channel_next(client, &frame));
	EXPECT_EQ(SILO_FRAME_ENDED, frame.type);
	silo_channel_free(client);
}

TEST_F(relay, the_exit_of_an_executed_command_is_passed_on_at_once)
{
	struct silo_channel *client = connect_client(self, true);
	char *command[] = { "true", NULL };
	struct silo_exec_params params = { .command = command };
	struct silo_frame frame;

	ASSERT_EQ(0, silo_channel_send_exec(client, 1, &params, 0, 0));
	relay_pump(&self->relay);
	ASSERT_EQ(1, take(self->guest, &frame));
	ASSERT_EQ(SILO_FRAME_OPEN_EXEC, frame.type);
	silo_channel_send_u32(self->guest, frame.stream, SILO_FRAME_EXIT, 0);
	EXPECT_EQ(0, from_guest(self));
	ASSERT_EQ(1, take(client, &frame));
	EXPECT_EQ(SILO_FRAME_EXIT, frame.type);
	silo_channel_free(client);
}

/* ---- a guest that breaks the rules ---------------------------------------- */

TEST_F(relay, a_guest_that_exceeds_its_credit_is_found_out)
{
	static char piece[SILO_CHANNEL_PAYLOAD_MAX];
	struct silo_channel *client = connect_client(self, true);
	uint32_t id = open_at(self, client, 1, SILO_FRAME_OPEN_MAIN);

	for (size_t sent = 0; sent < SILO_CHANNEL_WINDOW; sent += sizeof(piece)) {
		silo_channel_send(self->guest, id, SILO_FRAME_STDOUT, piece, sizeof(piece));
		while (silo_channel_queued(self->guest)) {
			ASSERT_EQ(0, from_guest(self));
			silo_channel_pump(self->guest);
		}
		ASSERT_EQ(0, from_guest(self));
	}
	silo_channel_send(self->guest, id, SILO_FRAME_STDERR, "x", 1);
	EXPECT_EQ(-EPROTO, from_guest(self));
	silo_channel_free(client);
}

TEST_F(relay, a_guest_that_gives_too_much_credit_is_found_out)
{
	struct silo_channel *client = connect_client(self, true);
	uint32_t id = open_at(self, client, 1, SILO_FRAME_OPEN_MAIN);

	silo_channel_send_u32(self->guest, id, SILO_FRAME_CREDIT, 1);
	EXPECT_EQ(-EPROTO, from_guest(self));
	silo_channel_free(client);
}

TEST_F(relay, a_guest_can_not_send_what_only_clients_may)
{
	static const uint8_t types[] = {
		SILO_FRAME_STDIN, SILO_FRAME_START, SILO_FRAME_OPEN_NETLINK, SILO_FRAME_OPEN_MAIN,
	};

	for (size_t i = 0; i < sizeof(types); i++) {
		struct silo_channel *client = connect_client(self, true);
		uint32_t id = open_at(self, client, 1, SILO_FRAME_OPEN_MAIN);

		silo_channel_send(self->guest, id, types[i], "x", types[i] == SILO_FRAME_STDIN);
		EXPECT_EQ(-EPROTO, from_guest(self)) TH_LOG("type %u", types[i]);
		silo_channel_free(client);
	}
}

TEST_F(relay, a_guest_can_not_use_streams_that_are_not_open)
{
	silo_channel_send(self->guest, 1, SILO_FRAME_STDOUT, "x", 1);
	EXPECT_EQ(-EPROTO, from_guest(self));
	silo_channel_send(self->guest, SILO_CHANNEL_STREAMS_MAX + 1, SILO_FRAME_STDOUT, "x", 1);
	EXPECT_EQ(-EPROTO, from_guest(self));
	silo_channel_send(self->guest, UINT32_MAX, SILO_FRAME_CLOSE, NULL, 0);
	EXPECT_EQ(-EPROTO, from_guest(self));
}

TEST_F(relay, a_guest_can_not_close_twice)
{
	struct silo_channel *client = connect_client(self, true);
	uint32_t id = open_at(self, client, 1, SILO_FRAME_OPEN_MAIN);

	silo_channel_send(self->guest, id, SILO_FRAME_CLOSE, NULL, 0);
	EXPECT_EQ(0, from_guest(self));
	silo_channel_send(self->guest, id, SILO_FRAME_CLOSE, NULL, 0);
	EXPECT_EQ(-EPROTO, from_guest(self));
	silo_channel_free(client);
}

/* Frames without credit are many; what they can fill is bounded, and at the cost of their own client only. */
TEST_F(relay, a_guest_that_floods_a_client_loses_it_the_client)
{
	struct silo_channel *client = connect_client(self, true), *other = connect_client(self, true);
	uint32_t id = open_at(self, client, 1, SILO_FRAME_OPEN_NETLINK);
	struct silo_frame frame;
	size_t queued = 0;

	for (int i = 0; i < 1000000 && !self->relay.clients[0]->is_lost; i++) {
		silo_channel_send(self->guest, id, SILO_FRAME_LOST, NULL, 0);
		if (i % 1000 == 0) {
			ASSERT_EQ(0, from_guest(self));
			silo_channel_pump(self->guest);
			queued = silo_channel_queued(self->relay.clients[0]->channel);
		}
	}
	EXPECT_TRUE(self->relay.clients[0]->is_lost);
	EXPECT_LT(queued, 32 << 20);
	relay_pump(&self->relay);
	EXPECT_NE(0, open_at(self, other, 1, SILO_FRAME_OPEN_NETLINK));
	EXPECT_EQ(0, take(other, &frame));
	silo_channel_free(client);
	silo_channel_free(other);
}

/* ---- clients that break the rules ----------------------------------------- */

/* After a relay_pump, whether a client is still there. */
static bool is_connected(FIXTURE_DATA(relay) *self, struct silo_channel *client)
{
	struct silo_frame frame;
	int result;

	relay_pump(&self->relay);
	while ((result = take(client, &frame)) > 0)
		;
	return !result;
}

TEST_F(relay, a_client_must_greet_first)
{
	struct silo_channel *client = connect_client(self, false);
	struct silo_frame frame;

	silo_channel_send(client, 1, SILO_FRAME_OPEN_NETLINK, NULL, 0);
	EXPECT_FALSE(is_connected(self, client));
	EXPECT_EQ(0, take(self->guest, &frame));
	silo_channel_free(client);
}

TEST_F(relay, a_client_of_another_version_is_told_ours)
{
	struct silo_channel *client = connect_client(self, false);
	struct silo_frame frame;

	silo_channel_send_u32(client, 0, SILO_FRAME_HELLO, SILO_CHANNEL_VERSION + 1);
	relay_pump(&self->relay);
	ASSERT_EQ(1, take(client, &frame));
	EXPECT_EQ(SILO_FRAME_HELLO, frame.type);
	EXPECT_EQ(SILO_CHANNEL_VERSION, silo_get_le32(frame.payload));
	EXPECT_FALSE(is_connected(self, client));
	silo_channel_free(client);
}

TEST_F(relay, a_client_without_credit_is_dropped)
{
	static char piece[SILO_CHANNEL_PAYLOAD_MAX];
	struct silo_channel *client = connect_client(self, true);

	ASSERT_NE(0, open_at(self, client, 1, SILO_FRAME_OPEN_MAIN));
	for (size_t sent = 0; sent < SILO_CHANNEL_WINDOW; sent += sizeof(piece)) {
		silo_channel_send(client, 1, SILO_FRAME_STDIN, piece, sizeof(piece));
		while (silo_channel_queued(client)) {
			relay_pump(&self->relay);
			silo_channel_pump(client);
		}
	}
	ASSERT_TRUE(is_connected(self, client));
	silo_channel_send(client, 1, SILO_FRAME_STDIN, piece, 1);
	EXPECT_FALSE(is_connected(self, client));
	silo_channel_free(client);
}

TEST_F(relay, a_client_can_not_use_anothers_stream)
{
	struct silo_channel *first = connect_client(self, true), *second = connect_client(self, true);

	ASSERT_NE(0, open_at(self, first, 1, SILO_FRAME_OPEN_MAIN));
	silo_channel_send(second, 1, SILO_FRAME_STDIN, "x", 1);
	EXPECT_FALSE(is_connected(self, second));
	EXPECT_TRUE(is_connected(self, first));
	silo_channel_free(first);
	silo_channel_free(second);
}

TEST_F(relay, only_the_silos_own_stream_can_start_it)
{
	struct silo_channel *client = connect_client(self, true);

	ASSERT_NE(0, open_at(self, client, 1, SILO_FRAME_OPEN_NETLINK));
	silo_channel_send(client, 1, SILO_FRAME_START, NULL, 0);
	EXPECT_FALSE(is_connected(self, client));
	silo_channel_free(client);
}

TEST_F(relay, any_client_may_ask_for_the_end)
{
	struct silo_channel *client = connect_client(self, true);

	silo_channel_send(client, 0, SILO_FRAME_TERMINATE, NULL, 0);
	EXPECT_TRUE(is_connected(self, client));
	EXPECT_TRUE(self->relay.wants_end);
	silo_channel_free(client);
}

TEST_HARNESS_MAIN
