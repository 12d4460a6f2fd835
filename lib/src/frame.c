// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * libsilo - frame: what is inside a frame of the control channel
 *
 * Owns: the table of what each type may look like, and the frames that have a
 * structure. A frame that has passed the table can be read without further checks.
 * Not here: buffers, credit (channel.c); which frame may come when (its users).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <silo/channel.h>

#include "frame.h"

enum place {
	NOWHERE,
	ON_SESSION,
	ON_STREAM,
	ON_BOTH,
};

#define NUMBER_SIZE 4
#define TIME_SIZE 8
#define END_SIZE (1 + 4 + 4 + 8 + 8)
#define EXEC_SIZE (1 + 2 + 2 + 4 + 4)

static const struct {
	enum place place;
	uint32_t min, max;
} shapes[] = {
	[SILO_FRAME_HELLO] = { ON_SESSION, NUMBER_SIZE, 1024 },
	[SILO_FRAME_CREATE] = { ON_SESSION, NUMBER_SIZE, SILO_CHANNEL_PAYLOAD_MAX },
	[SILO_FRAME_CREATED] = { ON_SESSION, 8, 8 },
	[SILO_FRAME_STARTED] = { ON_BOTH, TIME_SIZE, TIME_SIZE },
	[SILO_FRAME_ENDED] = { ON_SESSION, END_SIZE, 1024 },
	[SILO_FRAME_TERMINATE] = { ON_SESSION, 0, 0 },
	[SILO_FRAME_POWER_OFF] = { ON_SESSION, 0, 0 },
	[SILO_FRAME_CLOCK] = { ON_SESSION, TIME_SIZE, TIME_SIZE },
	[SILO_FRAME_OPEN_NETLINK] = { ON_STREAM, 0, 0 },
	[SILO_FRAME_OPEN_MAIN] = { ON_STREAM, 0, 0 },
	[SILO_FRAME_OPEN_EXEC] = { ON_STREAM, EXEC_SIZE, SILO_CHANNEL_PAYLOAD_MAX },
	[SILO_FRAME_OPENED] = { ON_STREAM, NUMBER_SIZE, NUMBER_SIZE },
	[SILO_FRAME_STDIN] = { ON_STREAM, 1, SILO_CHANNEL_PAYLOAD_MAX },
	[SILO_FRAME_STDOUT] = { ON_STREAM, 1, SILO_CHANNEL_PAYLOAD_MAX },
	[SILO_FRAME_STDERR] = { ON_STREAM, 1, SILO_CHANNEL_PAYLOAD_MAX },
	[SILO_FRAME_DATAGRAM] = { ON_STREAM, 16, SILO_CHANNEL_PAYLOAD_MAX },
	[SILO_FRAME_EOF] = { ON_STREAM, 1, 1 },
	[SILO_FRAME_CREDIT] = { ON_STREAM, NUMBER_SIZE, NUMBER_SIZE },
	[SILO_FRAME_WINDOW] = { ON_STREAM, 4, 4 },
	[SILO_FRAME_SIGNAL] = { ON_STREAM, 1, 1 },
	[SILO_FRAME_START] = { ON_STREAM, 0, 0 },
	[SILO_FRAME_SUBSCRIBE] = { ON_STREAM, NUMBER_SIZE, NUMBER_SIZE },
	[SILO_FRAME_LOST] = { ON_STREAM, 0, 0 },
	[SILO_FRAME_EXIT] = { ON_STREAM, NUMBER_SIZE, NUMBER_SIZE },
	[SILO_FRAME_ERROR] = { ON_BOTH, NUMBER_SIZE, 4096 },
	[SILO_FRAME_CLOSE] = { ON_STREAM, 0, 0 },
};

bool frame_header_is_valid(const struct silo_frame *frame)
{
	if (frame->type >= sizeof(shapes) / sizeof(shapes[0]))
		return false;
	switch (shapes[frame->type].place) {
	case NOWHERE:
		return false;
	case ON_SESSION:
		if (frame->stream)
			return false;
		break;
	case ON_STREAM:
		if (!frame->stream)
			return false;
		break;
	case ON_BOTH:
		break;
	}
	return frame->size >= shapes[frame->type].min && frame->size <= shapes[frame->type].max;
}

bool frame_payload_is_valid(const struct silo_frame *frame)
{
	switch (frame->type) {
	case SILO_FRAME_EOF:
		return frame->payload[0] <= 2;
	case SILO_FRAME_SIGNAL:
		return frame->payload[0] >= 1 && frame->payload[0] <= 64;
	case SILO_FRAME_CREDIT:
		return silo_get_le32(frame->payload) && silo_get_le32(frame->payload) <= SILO_CHANNEL_WINDOW;
	case SILO_FRAME_ENDED:
		return frame->payload[0] <= 1;
	default:
		return true;
	}
}

bool frame_is_whole(const unsigned char *bytes, size_t size)
{
	return size >= SILO_CHANNEL_HEADER && size - SILO_CHANNEL_HEADER >= silo_get_le32(bytes);
}

bool silo_frame_needs_credit(uint8_t type)
{
	return type >= SILO_FRAME_STDIN && type <= SILO_FRAME_DATAGRAM;
}

/* ---- one number --------------------------------------------------------- */

int silo_channel_send_u8(struct silo_channel *channel, uint32_t stream, uint8_t type, uint8_t value)
{
	return silo_channel_send(channel, stream, type, &value, sizeof(value));
}

int silo_channel_send_u32(struct silo_channel *channel, uint32_t stream, uint8_t type, uint32_t value)
{
	unsigned char bytes[4];

	silo_put_le32(bytes, value);
	return silo_channel_send(channel, stream, type, bytes, sizeof(bytes));
}

int silo_channel_send_u64(struct silo_channel *channel, uint32_t stream, uint8_t type, uint64_t value)
{
	unsigned char bytes[8];

	silo_put_le64(bytes, value);
	return silo_channel_send(channel, stream, type, bytes, sizeof(bytes));
}

/* ---- text --------------------------------------------------------------- */

int silo_channel_send_hello(struct silo_channel *channel, const void *rest, size_t size)
{
	unsigned char bytes[1024];

	if (size > sizeof(bytes) - NUMBER_SIZE)
		return -EMSGSIZE;
	silo_put_le32(bytes, SILO_CHANNEL_VERSION);
	if (size)
		memcpy(bytes + NUMBER_SIZE, rest, size);
	return silo_channel_send(channel, 0, SILO_FRAME_HELLO, bytes, NUMBER_SIZE + size);
}

int silo_channel_send_error(struct silo_channel *channel, uint32_t stream, int code, const char *sentence)
{
	unsigned char bytes[1024];
	size_t size = strnlen(sentence, sizeof(bytes) - NUMBER_SIZE);

	silo_put_le32(bytes, (uint32_t)code);
	memcpy(bytes + NUMBER_SIZE, sentence, size);
	return silo_channel_send(channel, stream, SILO_FRAME_ERROR, bytes, NUMBER_SIZE + size);
}

/*
 * What a guest says may end on a terminal, so nothing in it can steer one; 0xc2 begins U+0080 to U+009f
 * too.
 */
static void copy_text(char *text, const unsigned char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		bool is_control = bytes[i] < ' ' || bytes[i] == 0x7f;

		if (bytes[i] == 0xc2 && (i + 1 == size || bytes[i + 1] < 0xa0))
			is_control = true;
		text[i] = is_control ? '?' : (char)bytes[i];
	}
	text[size] = '\0';
}

static void cut_text(char *text, size_t room, const unsigned char *bytes, size_t size)
{
	if (room)
		copy_text(text, bytes, size < room ? size : room - 1);
}

/* Anything but a negative errno, 126 and 127 is no code of ours. */
int silo_frame_error(const struct silo_frame *frame, char *sentence, size_t size)
{
	int32_t code = (int32_t)silo_get_le32(frame->payload);

	cut_text(sentence, size, frame->payload + NUMBER_SIZE, frame->size - NUMBER_SIZE);
	if (code == SILO_COMMAND_NOT_FOUND || code == SILO_COMMAND_NOT_RUN || (code < 0 && code > -4096))
		return code;
	return -EPROTO;
}

char *silo_frame_text(const struct silo_frame *frame, size_t offset)
{
	size_t size = offset < frame->size ? frame->size - offset : 0;
	char *text = malloc(size + 1);

	if (text)
		copy_text(text, frame->payload + offset, size);
	return text;
}

/* ---- end of a silo ------------------------------------------------------ */

int silo_channel_send_end(struct silo_channel *channel, const struct silo_channel_end *end)
{
	unsigned char bytes[END_SIZE + sizeof(end->cause)];
	size_t size = strnlen(end->cause, sizeof(end->cause));

	bytes[0] = end->has_status;
	silo_put_le32(bytes + 1, end->status);
	silo_put_le32(bytes + 5, end->ended_by);
	silo_put_le64(bytes + 9, end->started_time);
	silo_put_le64(bytes + 17, end->stopped_time);
	memcpy(bytes + END_SIZE, end->cause, size);
	return silo_channel_send(channel, 0, SILO_FRAME_ENDED, bytes, END_SIZE + size);
}

void silo_frame_end(const struct silo_frame *frame, struct silo_channel_end *end)
{
	const unsigned char *bytes = frame->payload;

	*end = (struct silo_channel_end){
		.has_status = bytes[0],
		.status = silo_get_le32(bytes + 1),
		.ended_by = silo_get_le32(bytes + 5),
		.started_time = silo_get_le64(bytes + 9),
		.stopped_time = silo_get_le64(bytes + 17),
	};
	cut_text(end->cause, sizeof(end->cause), bytes + END_SIZE, frame->size - END_SIZE);
}

/* ---- a command ---------------------------------------------------------- */

struct packer {
	unsigned char bytes[SILO_CHANNEL_PAYLOAD_MAX];
	size_t size;
	bool overflows;
};

static void pack(struct packer *packer, const char *string)
{
	size_t size = strlen(string) + 1;

	if (size > sizeof(packer->bytes) - packer->size) {
		packer->overflows = true;
		return;
	}
	memcpy(packer->bytes + packer->size, string, size);
	packer->size += size;
}

static uint32_t pack_list(struct packer *packer, char *const *list)
{
	uint32_t count = 0;

	for (; list && list[count]; count++)
		pack(packer, list[count]);
	return count;
}

int silo_channel_send_exec(struct silo_channel *channel, uint32_t stream,
			   const struct silo_exec_params *params, uint16_t rows, uint16_t columns)
{
	struct packer packer = { .size = EXEC_SIZE };
	uint32_t arguments;

	packer.bytes[0] = (unsigned char)((params->terminal ? SILO_CHANNEL_TERMINAL : 0) |
					  (params->directory ? SILO_CHANNEL_DIRECTORY : 0));
	silo_put_le16(packer.bytes + 1, rows);
	silo_put_le16(packer.bytes + 3, columns);
	arguments = pack_list(&packer, params->command);
	silo_put_le32(packer.bytes + 5, arguments);
	silo_put_le32(packer.bytes + 9, pack_list(&packer, params->environment));
	if (params->directory)
		pack(&packer, params->directory);
	if (!arguments)
		return -EINVAL;
	if (packer.overflows)
		return -E2BIG;
	return silo_channel_send(channel, stream, SILO_FRAME_OPEN_EXEC, packer.bytes, packer.size);
}

/* Fills a list with @count strings; returns the rest of the text, or NULL if there are fewer. */
static char *unpack_list(char *text, const char *end, char **list, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		size_t length = strnlen(text, (size_t)(end - text));

		if (text + length == end)
			return NULL;
		list[i] = text;
		text += length + 1;
	}
	list[count] = NULL;
	return text;
}

int silo_frame_exec(const struct silo_frame *frame, struct silo_channel_exec *exec)
{
	size_t size = frame->size - EXEC_SIZE;
	uint32_t arguments = silo_get_le32(frame->payload + 5);
	uint32_t variables = silo_get_le32(frame->payload + 9);
	uint8_t flags = frame->payload[0];
	char **lists, *text, *end, *directory[2] = {};

	/* Each string takes a byte at least, which bounds what is allocated. */
	if (!arguments || arguments > size || variables > size ||
	    flags & ~(SILO_CHANNEL_TERMINAL | SILO_CHANNEL_DIRECTORY))
		return -EPROTO;
	lists = malloc((arguments + variables + 2) * sizeof(*lists) + size);
	if (!lists)
		return -ENOMEM;
	text = (char *)(lists + arguments + variables + 2);
	end = text + size;
	memcpy(text, frame->payload + EXEC_SIZE, size);
	text = unpack_list(text, end, lists, arguments);
	if (text)
		text = unpack_list(text, end, lists + arguments + 1, variables);
	if (text)
		text = unpack_list(text, end, directory, flags & SILO_CHANNEL_DIRECTORY ? 1 : 0);
	if (text != end) {
		free(lists);
		return -EPROTO;
	}
	*exec = (struct silo_channel_exec){
		.params = {
			.command = lists,
			.environment = lists + arguments + 1,
			.directory = directory[0],
			.terminal = flags & SILO_CHANNEL_TERMINAL,
		},
		.rows = silo_get_le16(frame->payload + 1),
		.columns = silo_get_le16(frame->payload + 3),
		.memory = lists,
	};
	return 0;
}

void silo_channel_exec_free(struct silo_channel_exec *exec)
{
	free(exec->memory);
	exec->memory = NULL;
}
