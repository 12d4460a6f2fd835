// SPDX-License-Identifier: GPL-2.0-only
/*
 * selftests - channel: the frames of a VM silo's control channel
 *
 * What is sent arrives as it was; what is no frame is refused, however it is cut and wherever it stands;
 * credit is kept to; and no text of the other end can steer a terminal.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <silo/channel.h>

#include "kselftest_harness.h"

/* A channel, and the bare descriptor at its other end. */
FIXTURE(channel)
{
	struct silo_channel *channel;
	int peer;
};

FIXTURE_SETUP(channel)
{
	int ends[2];

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends));
	ASSERT_EQ(0, silo_channel_new(ends[0], &self->channel));
	self->peer = ends[1];
}

FIXTURE_TEARDOWN(channel)
{
	silo_channel_free(self->channel);
	close(self->peer);
}

static void put(int fd, const void *bytes, size_t size)
{
	const char *rest = bytes;

	while (size) {
		ssize_t part = write(fd, rest, size);

		if (part < 0)
			return;
		rest += part;
		size -= (size_t)part;
	}
}

static size_t make_frame(unsigned char *bytes, uint32_t stream, uint8_t type, const void *payload,
			 uint32_t size)
{
	silo_put_le32(bytes, size);
	silo_put_le32(bytes + 4, stream);
	bytes[8] = type;
	if (size)
		memcpy(bytes + SILO_CHANNEL_HEADER, payload, size);
	return SILO_CHANNEL_HEADER + size;
}

static void put_frame(int fd, uint32_t stream, uint8_t type, const void *payload, uint32_t size)
{
	static unsigned char bytes[SILO_CHANNEL_HEADER + SILO_CHANNEL_PAYLOAD_MAX];

	put(fd, bytes, make_frame(bytes, stream, type, payload, size));
}

/* What next() gives after the bytes were received: 1, 0 or an error. */
static int receive(struct silo_channel *channel, struct silo_frame *frame)
{
	int result = silo_channel_pump(channel);

	return result ? result : silo_channel_next(channel, frame);
}

/* ---- frames -------------------------------------------------------------- */

TEST_F(channel, a_frame_is_laid_out_as_documented)
{
	static const unsigned char expected[] = { 3, 0, 0, 0, 0x44, 0x33, 0x22, 0x11, 32, 'a', 'b', 'c' };
	unsigned char bytes[64];

	ASSERT_EQ(0, silo_channel_send(self->channel, 0x11223344, SILO_FRAME_STDIN, "abc", 3));
	ASSERT_EQ((ssize_t)sizeof(expected), read(self->peer, bytes, sizeof(bytes)));
	EXPECT_EQ(0, memcmp(bytes, expected, sizeof(expected)));
}

TEST_F(channel, frames_arrive_in_order_and_whole)
{
	struct silo_frame frame;

	put_frame(self->peer, 1, SILO_FRAME_STDOUT, "one", 3);
	put_frame(self->peer, 2, SILO_FRAME_STDERR, "three", 5);
	put_frame(self->peer, 1, SILO_FRAME_CLOSE, NULL, 0);
	ASSERT_EQ(1, receive(self->channel, &frame));
	EXPECT_EQ(1, frame.stream);
	EXPECT_EQ(SILO_FRAME_STDOUT, frame.type);
	EXPECT_EQ(3, frame.size);
	EXPECT_EQ(0, memcmp(frame.payload, "one", 3));
	EXPECT_TRUE(silo_channel_has_next(self->channel));
	ASSERT_EQ(1, silo_channel_next(self->channel, &frame));
	EXPECT_EQ(2, frame.stream);
	EXPECT_EQ(5, frame.size);
	ASSERT_EQ(1, silo_channel_next(self->channel, &frame));
	EXPECT_EQ(SILO_FRAME_CLOSE, frame.type);
	EXPECT_FALSE(silo_channel_has_next(self->channel));
	EXPECT_EQ(0, silo_channel_next(self->channel, &frame));
}

TEST_F(channel, a_frame_may_come_byte_by_byte)
{
	unsigned char bytes[32];
	size_t size = make_frame(bytes, 7, SILO_FRAME_STDOUT, "hello", 5);
	struct silo_frame frame;

	for (size_t i = 0; i + 1 < size; i++) {
		put(self->peer, bytes + i, 1);
		ASSERT_EQ(0, receive(self->channel, &frame));
	}
	put(self->peer, bytes + size - 1, 1);
	ASSERT_EQ(1, receive(self->channel, &frame));
	EXPECT_EQ(0, memcmp(frame.payload, "hello", 5));
}

TEST_F(channel, the_largest_frame_passes_and_a_larger_one_is_refused)
{
	static char payload[SILO_CHANNEL_PAYLOAD_MAX];
	struct silo_channel *other;
	struct silo_frame frame;
	int result = 0;

	ASSERT_EQ(0, silo_channel_new(dup(self->peer), &other));
	memset(payload, 'x', sizeof(payload));
	ASSERT_EQ(0, silo_channel_send(self->channel, 1, SILO_FRAME_STDOUT, payload, sizeof(payload)));
	for (int tries = 0; !result && tries < 1000; tries++) {
		ASSERT_EQ(0, silo_channel_pump(self->channel));
		result = receive(other, &frame);
	}
	ASSERT_EQ(1, result);
	EXPECT_EQ(sizeof(payload), frame.size);
	EXPECT_EQ(0, memcmp(frame.payload, payload, sizeof(payload)));
	silo_channel_free(other);
	EXPECT_EQ(-EMSGSIZE,
		  silo_channel_send(self->channel, 1, SILO_FRAME_STDOUT, payload, sizeof(payload) + 1));
}

TEST_F(channel, what_the_peer_had_sent_is_taken_before_its_end_is_told)
{
	struct silo_frame frame;

	put_frame(self->peer, 1, SILO_FRAME_STDOUT, "last", 4);
	shutdown(self->peer, SHUT_RDWR);
	ASSERT_EQ(0, silo_channel_pump(self->channel));
	ASSERT_EQ(1, silo_channel_next(self->channel, &frame));
	EXPECT_EQ(-EPIPE, silo_channel_pump(self->channel));
	EXPECT_EQ(-EPIPE, silo_channel_pump(self->channel));
}

TEST_F(channel, a_partial_frame_at_the_end_is_dropped)
{
	struct silo_frame frame;

	put(self->peer, "\x05\0\0\0\x01\0\0\0\x21he", 11);
	shutdown(self->peer, SHUT_WR);
	EXPECT_EQ(-EPIPE, silo_channel_pump(self->channel));
	EXPECT_EQ(0, silo_channel_next(self->channel, &frame));
}

TEST_F(channel, sending_to_a_peer_that_is_gone_raises_no_signal)
{
	close(self->peer);
	self->peer = -1;
	EXPECT_EQ(0, silo_channel_send(self->channel, 1, SILO_FRAME_STDIN, "x", 1));
	EXPECT_EQ(0, silo_channel_send(self->channel, 1, SILO_FRAME_STDIN, "x", 1));
	EXPECT_EQ(-EPIPE, silo_channel_pump(self->channel));
}

/* ---- hostile frames ------------------------------------------------------ */

FIXTURE(hostile)
{
	struct silo_channel *channel;
	int peer;
};

FIXTURE_VARIANT(hostile)
{
	uint32_t stream;
	uint8_t type;
	uint32_t size;
};

#define HOSTILE(name, ...) FIXTURE_VARIANT_ADD(hostile, name) { __VA_ARGS__ }

HOSTILE(type_0, 1, 0, 0);
HOSTILE(type_between_the_known, 1, 10, 0);
HOSTILE(type_after_the_last, 1, SILO_FRAME_CLOSE + 1, 0);
HOSTILE(type_255, 1, 255, 4);
HOSTILE(session_frame_on_a_stream, 1, SILO_FRAME_HELLO, 4);
HOSTILE(end_on_a_stream, 1, SILO_FRAME_ENDED, 25);
HOSTILE(stream_frame_on_the_session, 0, SILO_FRAME_STDOUT, 1);
HOSTILE(close_of_the_session, 0, SILO_FRAME_CLOSE, 0);
HOSTILE(payload_larger_than_any, 1, SILO_FRAME_STDOUT, SILO_CHANNEL_PAYLOAD_MAX + 1);
HOSTILE(payload_of_4_gigabytes, 1, SILO_FRAME_STDOUT, UINT32_MAX);
HOSTILE(no_bytes, 1, SILO_FRAME_STDOUT, 0);
HOSTILE(short_credit, 1, SILO_FRAME_CREDIT, 3);
HOSTILE(long_credit, 1, SILO_FRAME_CREDIT, 5);
HOSTILE(credit_of_nothing, 1, SILO_FRAME_CREDIT, 4);
HOSTILE(short_exit, 1, SILO_FRAME_EXIT, 3);
HOSTILE(short_hello, 0, SILO_FRAME_HELLO, 3);
HOSTILE(short_end, 0, SILO_FRAME_ENDED, 24);
HOSTILE(datagram_without_a_header, 1, SILO_FRAME_DATAGRAM, 15);
HOSTILE(long_error, 1, SILO_FRAME_ERROR, 4097);
HOSTILE(signal_0, 1, SILO_FRAME_SIGNAL, 1);
HOSTILE(close_with_a_payload, 1, SILO_FRAME_CLOSE, 1);

FIXTURE_SETUP(hostile)
{
	int ends[2];

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends));
	ASSERT_EQ(0, silo_channel_new(ends[0], &self->channel));
	self->peer = ends[1];
}

FIXTURE_TEARDOWN(hostile)
{
	silo_channel_free(self->channel);
	close(self->peer);
}

TEST_F(hostile, frame_is_refused_and_ends_the_channel)
{
	static unsigned char zeros[8192];
	unsigned char header[SILO_CHANNEL_HEADER];
	struct silo_frame frame;

	silo_put_le32(header, variant->size);
	silo_put_le32(header + 4, variant->stream);
	header[8] = variant->type;
	put(self->peer, header, sizeof(header));
	put(self->peer, zeros, variant->size < sizeof(zeros) ? variant->size : sizeof(zeros));
	ASSERT_EQ(0, silo_channel_pump(self->channel));
	EXPECT_EQ(-EPROTO, silo_channel_next(self->channel, &frame));
	/* What follows is not looked at, however good it is. */
	put_frame(self->peer, 1, SILO_FRAME_STDOUT, "x", 1);
	silo_channel_pump(self->channel);
	EXPECT_EQ(-EPROTO, silo_channel_next(self->channel, &frame));
}

TEST_F(channel, a_third_standard_stream_is_refused)
{
	struct silo_frame frame;

	put_frame(self->peer, 1, SILO_FRAME_EOF, "\x03", 1);
	EXPECT_EQ(-EPROTO, receive(self->channel, &frame));
}

TEST_F(channel, signal_65_is_refused)
{
	struct silo_frame frame;

	put_frame(self->peer, 1, SILO_FRAME_SIGNAL, "\x40", 1);
	EXPECT_EQ(1, receive(self->channel, &frame));
	put_frame(self->peer, 1, SILO_FRAME_SIGNAL, "\x41", 1);
	EXPECT_EQ(-EPROTO, receive(self->channel, &frame));
}

/* A fixed sequence that looks random: a failure can be repeated. */
static uint32_t next_number(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

TEST_F(channel, any_bytes_are_either_frames_or_refused)
{
	uint32_t state = 0x51105110;
	int refused = 0;

	for (int round = 0; round < 2000; round++) {
		unsigned char bytes[256];
		struct silo_channel *channel;
		struct silo_frame frame;
		int ends[2], result;

		for (size_t i = 0; i < sizeof(bytes); i++)
			bytes[i] = (unsigned char)next_number(&state);
		/* Make half of them plausible at first sight. */
		if (round & 1) {
			silo_put_le32(bytes, next_number(&state) % 64);
			silo_put_le32(bytes + 4, next_number(&state) % 3);
			bytes[8] = (unsigned char)(next_number(&state) % 48);
		}
		ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends));
		ASSERT_EQ(0, silo_channel_new(ends[0], &channel));
		put(ends[1], bytes, sizeof(bytes));
		close(ends[1]);
		result = silo_channel_pump(channel);
		while ((result = silo_channel_next(channel, &frame)) > 0) {
			struct silo_channel_exec exec;
			struct silo_channel_end end;
			char sentence[32];

			ASSERT_LE(frame.size, SILO_CHANNEL_PAYLOAD_MAX);
			if (frame.type == SILO_FRAME_OPEN_EXEC && !silo_frame_exec(&frame, &exec))
				silo_channel_exec_free(&exec);
			else if (frame.type == SILO_FRAME_ENDED)
				silo_frame_end(&frame, &end);
			else if (frame.type == SILO_FRAME_ERROR)
				EXPECT_NE(0, silo_frame_error(&frame, sentence, sizeof(sentence)));
		}
		refused += result < 0;
		silo_channel_free(channel);
	}
	EXPECT_GT(refused, 1000);
}

/* ---- frames with a structure --------------------------------------------- */

TEST_F(channel, an_executed_command_arrives_as_it_was)
{
	char *command[] = { "sh", "-c", "", NULL }, *environment[] = { "A=1", "B=", NULL };
	struct silo_exec_params params = {
		.command = command, .environment = environment, .directory = "/tmp", .terminal = true,
	};
	struct silo_channel *other;
	struct silo_channel_exec exec;
	struct silo_frame frame;

	ASSERT_EQ(0, silo_channel_new(dup(self->peer), &other));
	ASSERT_EQ(0, silo_channel_send_exec(self->channel, 1, &params, 24, 80));
	ASSERT_EQ(1, receive(other, &frame));
	ASSERT_EQ(SILO_FRAME_OPEN_EXEC, frame.type);
	ASSERT_EQ(0, silo_frame_exec(&frame, &exec));
	EXPECT_STREQ("sh", exec.params.command[0]);
	EXPECT_STREQ("-c", exec.params.command[1]);
	EXPECT_STREQ("", exec.params.command[2]);
	EXPECT_EQ(NULL, exec.params.command[3]);
	EXPECT_STREQ("A=1", exec.params.environment[0]);
	EXPECT_STREQ("B=", exec.params.environment[1]);
	EXPECT_EQ(NULL, exec.params.environment[2]);
	EXPECT_STREQ("/tmp", exec.params.directory);
	EXPECT_TRUE(exec.params.terminal);
	EXPECT_EQ(24, exec.rows);
	EXPECT_EQ(80, exec.columns);
	silo_channel_exec_free(&exec);
	silo_channel_free(other);
}

TEST_F(channel, a_command_that_does_not_fit_is_refused)
{
	char *large = malloc(SILO_CHANNEL_PAYLOAD_MAX), *command[] = { "sh", large, NULL },
	     *none[] = { NULL };
	struct silo_exec_params params = { .command = command };

	memset(large, 'a', SILO_CHANNEL_PAYLOAD_MAX - 1);
	large[SILO_CHANNEL_PAYLOAD_MAX - 1] = '\0';
	EXPECT_EQ(-E2BIG, silo_channel_send_exec(self->channel, 1, &params, 0, 0));
	params.command = none;
	EXPECT_EQ(-EINVAL, silo_channel_send_exec(self->channel, 1, &params, 0, 0));
	EXPECT_EQ(0, silo_channel_queued(self->channel));
	free(large);
}

static int parse_exec(uint8_t flags, uint32_t arguments, uint32_t variables, const char *strings,
		      uint32_t size)
{
	unsigned char payload[256] = { flags };
	struct silo_frame frame = {
		.stream = 1, .type = SILO_FRAME_OPEN_EXEC, .size = 13 + size, .payload = payload
	};
	struct silo_channel_exec exec;
	int result;

	silo_put_le32(payload + 5, arguments);
	silo_put_le32(payload + 9, variables);
	memcpy(payload + 13, strings, size);
	result = silo_frame_exec(&frame, &exec);
	if (!result)
		silo_channel_exec_free(&exec);
	return result;
}

TEST(a_command_with_wrong_counts_is_refused)
{
	EXPECT_EQ(0, parse_exec(0, 2, 1, "a\0b\0c", 6));
	EXPECT_EQ(0, parse_exec(SILO_CHANNEL_DIRECTORY, 1, 1, "a\0b\0c", 6));
	EXPECT_EQ(-EPROTO, parse_exec(0, 0, 1, "a", 2));
	EXPECT_EQ(-EPROTO, parse_exec(0, 2, 0, "a", 2));
	EXPECT_EQ(-EPROTO, parse_exec(0, 1, 0, "a\0b", 4));
	EXPECT_EQ(-EPROTO, parse_exec(0, 1, 0, "ab", 2));
	EXPECT_EQ(-EPROTO, parse_exec(0, UINT32_MAX, 1, "a", 2));
	EXPECT_EQ(-EPROTO, parse_exec(0, UINT32_MAX, UINT32_MAX, "a", 2));
	EXPECT_EQ(-EPROTO, parse_exec(SILO_CHANNEL_DIRECTORY, 1, 0, "a", 2));
	EXPECT_EQ(-EPROTO, parse_exec(4, 1, 0, "a", 2));
}

TEST(a_sentence_of_the_other_end_steers_no_terminal)
{
	static const char bytes[] = "\xf8\xff\xff\xff" "a\x1b[2Jb\nc\x7f" "d\xc2\x9b" "e\xc3\xa9";
	struct silo_frame frame = {
		.type = SILO_FRAME_ERROR, .size = sizeof(bytes) - 1, .payload = (const unsigned char *)bytes,
	};
	char sentence[64], small[4];

	memset(sentence, 0x5a, sizeof(sentence));
	EXPECT_EQ(-8, silo_frame_error(&frame, sentence, sizeof(sentence)));
	EXPECT_STREQ("a?[2Jb?c?d?\x9b" "e\xc3\xa9", sentence);
	EXPECT_EQ(-8, silo_frame_error(&frame, small, sizeof(small)));
	EXPECT_STREQ("a?[", small);
}

TEST(a_code_of_the_other_end_is_never_success)
{
	static const int32_t odd[] = { 0, 1, 125, 128, -4096, INT32_MIN, INT32_MAX };
	unsigned char payload[4];
	struct silo_frame frame = { .type = SILO_FRAME_ERROR, .size = sizeof(payload), .payload = payload };
	char sentence[8];

	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		silo_put_le32(payload, (uint32_t)odd[i]);
		EXPECT_EQ(-EPROTO, silo_frame_error(&frame, sentence, sizeof(sentence)));
	}
	silo_put_le32(payload, SILO_COMMAND_NOT_FOUND);
	EXPECT_EQ(SILO_COMMAND_NOT_FOUND, silo_frame_error(&frame, sentence, sizeof(sentence)));
}

TEST_F(channel, an_end_arrives_as_it_was)
{
	struct silo_channel_end sent = {
		.has_status = true,
		.status = 0x2a00,
		.ended_by = SILO_ENDED_BY_USER,
		.started_time = 1ULL << 60,
		.stopped_time = UINT64_MAX,
		.cause = "the guest's kernel panicked",
	};
	struct silo_channel_end came;
	struct silo_channel *other;
	struct silo_frame frame;

	memset(&came, 0x5a, sizeof(came));
	ASSERT_EQ(0, silo_channel_new(dup(self->peer), &other));
	ASSERT_EQ(0, silo_channel_send_end(self->channel, &sent));
	ASSERT_EQ(1, receive(other, &frame));
	silo_frame_end(&frame, &came);
	EXPECT_TRUE(came.has_status);
	EXPECT_EQ(sent.status, came.status);
	EXPECT_EQ(sent.ended_by, came.ended_by);
	EXPECT_EQ(sent.started_time, came.started_time);
	EXPECT_EQ(sent.stopped_time, came.stopped_time);
	EXPECT_STREQ(sent.cause, came.cause);
	silo_channel_free(other);
}

/* ---- credit -------------------------------------------------------------- */

TEST(credit_bounds_what_may_be_sent)
{
	struct silo_flow flow;

	silo_flow_init(&flow);
	EXPECT_EQ(0, silo_flow_sent(&flow, SILO_CHANNEL_WINDOW - 1));
	EXPECT_EQ(-EPROTO, silo_flow_sent(&flow, 2));
	EXPECT_EQ(0, silo_flow_sent(&flow, 1));
	EXPECT_EQ(-EPROTO, silo_flow_sent(&flow, 1));
	EXPECT_EQ(0, silo_flow_credited(&flow, 10));
	EXPECT_EQ(0, silo_flow_sent(&flow, 10));
}

TEST(credit_can_not_exceed_a_window)
{
	struct silo_flow flow;

	silo_flow_init(&flow);
	EXPECT_EQ(-EPROTO, silo_flow_credited(&flow, 1));
	EXPECT_EQ(-EPROTO, silo_flow_credited(&flow, UINT32_MAX));
	EXPECT_EQ(0, silo_flow_sent(&flow, 5));
	EXPECT_EQ(-EPROTO, silo_flow_credited(&flow, 6));
	EXPECT_EQ(0, silo_flow_credited(&flow, 5));
	EXPECT_EQ(SILO_CHANNEL_WINDOW, flow.can_send);
}

TEST(what_comes_without_credit_is_refused)
{
	struct silo_flow flow;

	silo_flow_init(&flow);
	EXPECT_EQ(0, silo_flow_received(&flow, SILO_CHANNEL_WINDOW));
	EXPECT_EQ(-EPROTO, silo_flow_received(&flow, 1));
}

TEST(only_bytes_need_credit)
{
	for (int type = 0; type < 256; type++)
		EXPECT_EQ(type >= SILO_FRAME_STDIN && type <= SILO_FRAME_DATAGRAM,
			  silo_frame_needs_credit((uint8_t)type));
}

/*
 * A sender that stops at its credit and a reader that stalls: exactly a window is on its way, and it goes
 * on after.
 */
TEST_F(channel, a_stalled_reader_stops_its_sender_and_no_other_stream)
{
	static char piece[32768];
	struct silo_flow sending, receiving;
	struct silo_channel *other;
	struct silo_frame frame;
	size_t came = 0, sent = 0;
	bool is_stalled = true, came_other = false;

	ASSERT_EQ(0, silo_channel_new(dup(self->peer), &other));
	silo_flow_init(&sending);
	silo_flow_init(&receiving);
	for (int round = 0; round < 200 && came < 1 << 20; round++) {
		while (!silo_flow_sent(&sending, sizeof(piece))) {
			ASSERT_EQ(0, silo_channel_send(self->channel, 1, SILO_FRAME_STDOUT, piece,
						       sizeof(piece)));
			sent += sizeof(piece);
		}
		if (round == 20) {
			EXPECT_EQ(SILO_CHANNEL_WINDOW, sent);
			EXPECT_EQ(SILO_CHANNEL_WINDOW, came);
			ASSERT_EQ(0, silo_channel_send(self->channel, 2, SILO_FRAME_STDOUT, "other", 5));
		}
		if (round == 40) {
			EXPECT_TRUE(came_other);
			EXPECT_EQ(SILO_CHANNEL_WINDOW, sent);
			is_stalled = false;
			ASSERT_EQ(0, silo_flow_passed(&receiving, other, 1, (uint32_t)came));
		}
		ASSERT_EQ(0, silo_channel_pump(self->channel));
		ASSERT_EQ(0, silo_channel_pump(other));
		while (silo_channel_next(other, &frame) > 0) {
			if (frame.stream == 2) {
				came_other = true;
				continue;
			}
			ASSERT_EQ(0, silo_flow_received(&receiving, frame.size));
			came += frame.size;
			if (!is_stalled)
				ASSERT_EQ(0, silo_flow_passed(&receiving, other, 1, frame.size));
		}
		while (silo_channel_next(self->channel, &frame) > 0) {
			ASSERT_EQ(SILO_FRAME_CREDIT, frame.type);
			ASSERT_EQ(0, silo_flow_credited(&sending, silo_get_le32(frame.payload)));
		}
	}
	EXPECT_GE(came, 1 << 20);
	EXPECT_GE(sent - came, 0);
	silo_channel_free(other);
}

TEST_HARNESS_MAIN
