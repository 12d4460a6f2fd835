// SPDX-License-Identifier: GPL-2.0-only
/*
 * selftests - channel_fuzz: bytes from a guest or a client that may be hostile
 *
 * clang -g -O1 -fsanitize=fuzzer,address,undefined -D_GNU_SOURCE -Ilib/include -Ikmod/include/uapi
 *	selftests/fuzz/channel_fuzz.c lib/libsilo.a -lmnl -ljson-c -lcap -o build/channel_fuzz
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <silo/channel.h>

/* Not assert(), which NDEBUG would take away together with the call inside. */
#define require(is_true) do { if (!(is_true)) abort(); } while (0)

/* What a command is made of lies in its memory and ends where it should. */
static void try_exec(const struct silo_frame *frame)
{
	struct silo_channel_exec exec;
	int err = silo_frame_exec(frame, &exec);
	size_t length = 0;

	require(!err || err == -EPROTO);
	if (err)
		return;
	require(exec.params.command[0]);
	for (char *const *argument = exec.params.command; *argument; argument++)
		length += strlen(*argument) + 1;
	for (char *const *variable = exec.params.environment; *variable; variable++)
		length += strlen(*variable) + 1;
	if (exec.params.directory)
		length += strlen(exec.params.directory) + 1;
	require(length < frame->size);
	silo_channel_exec_free(&exec);
}

static void require_harmless(const char *text)
{
	for (; *text; text++)
		require((unsigned char)*text >= ' ' && *text != 0x7f);
}

static void try_frame(const struct silo_frame *frame, struct silo_flow *flow)
{
	struct silo_channel_end end;
	char sentence[64], *text;

	require(frame->size <= SILO_CHANNEL_PAYLOAD_MAX);
	if (silo_frame_needs_credit(frame->type) && !silo_flow_received(flow, frame->size))
		silo_flow_granted(flow, frame->size);
	require(flow->can_receive <= SILO_CHANNEL_WINDOW && flow->can_send <= SILO_CHANNEL_WINDOW);
	switch (frame->type) {
	case SILO_FRAME_OPEN_EXEC:
		try_exec(frame);
		break;
	case SILO_FRAME_ERROR:
		require(silo_frame_error(frame, sentence, sizeof(sentence)));
		require_harmless(sentence);
		break;
	case SILO_FRAME_ENDED:
		silo_frame_end(frame, &end);
		require_harmless(end.cause);
		break;
	case SILO_FRAME_HELLO:
		text = silo_frame_text(frame, 4);
		require_harmless(text);
		free(text);
		break;
	case SILO_FRAME_CREDIT:
		silo_flow_credited(flow, silo_get_le32(frame->payload));
		break;
	}
}

/* The first byte says in what pieces the rest arrives; the frames must not depend on it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t piece = size ? data[0] % 32 + 1U : 1, sent = 1;
	struct silo_channel *channel;
	struct silo_frame frame;
	struct silo_flow flow;
	int ends[2], result = 0;

	if (size < 2 || size > 100000)
		return 0;
	require(!socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
	require(!silo_channel_new(ends[0], &channel));
	silo_flow_init(&flow);
	while (sent < size && result >= 0) {
		size_t part = size - sent < piece * 512 ? size - sent : piece * 512;

		require(write(ends[1], data + sent, part) == (ssize_t)part);
		sent += part;
		if (sent == size)
			close(ends[1]);
		result = silo_channel_pump(channel);
		while (silo_channel_has_next(channel)) {
			result = silo_channel_next(channel, &frame);
			require(result == 1 || result == -EPROTO);
			if (result < 0)
				break;
			try_frame(&frame, &flow);
		}
	}
	if (sent < size)
		close(ends[1]);
	silo_channel_free(channel);
	return 0;
}
