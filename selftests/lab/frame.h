/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lab - frame: what host.c and the guest say to each other over the one virtio-serial port
 *
 * Owns: the frame layout and its read and write helpers. Both ends are built from the same tree for the same machine, so numbers travel
 * in native byte order and there is no version.
 */
#ifndef LAB_FRAME_H
#define LAB_FRAME_H

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#define LAB_PORT "lab"
#define LAB_PAYLOAD_MAX 16384

enum lab_frame_type {
	/* host to guest */
	LAB_INPUT = 'I',	/* bytes of standard input; none means end of file */
	LAB_WINDOW = 'W',	/* struct winsize: the caller's terminal changed its size */
	/* guest to host */
	LAB_STARTED = 'S',	/* the command runs now */
	LAB_OUTPUT = 'O',	/* bytes of standard output */
	LAB_NOTE = 'N',		/* a sentence for the caller; the lab goes on */
	LAB_ERROR = 'E',	/* a sentence for the caller; the lab could not be set up */
	LAB_EXIT = 'X',		/* struct lab_exit: the command ended; nothing follows */
};

struct lab_frame {
	uint16_t type;
	uint16_t length;
};

struct lab_exit {
	uint32_t status;
	uint32_t unused;
	uint64_t taint;
};

/* Reads or writes exactly @size bytes, also from a descriptor that does not block. 0, or -1 at end of file and on errors. */
static inline int lab_transfer(int fd, void *data, size_t size, short direction)
{
	char *bytes = data;

	while (size) {
		ssize_t done = direction == POLLIN ? read(fd, bytes, size) : write(fd, bytes, size);

		if (done > 0) {
			bytes += done;
			size -= done;
		} else if (done < 0 && errno == EAGAIN) {
			poll(&(struct pollfd){ .fd = fd, .events = direction }, 1, -1);
		} else if (done == 0 || errno != EINTR) {
			return -1;
		}
	}
	return 0;
}

static inline int lab_send(int fd, enum lab_frame_type type, const void *payload, size_t length)
{
	char buffer[sizeof(struct lab_frame) + LAB_PAYLOAD_MAX];
	struct lab_frame frame = { .type = type, .length = length };

	memcpy(buffer, &frame, sizeof(frame));
	if (length)
		memcpy(buffer + sizeof(frame), payload, length);
	return lab_transfer(fd, buffer, sizeof(frame) + length, POLLOUT);
}

static inline int lab_receive(int fd, struct lab_frame *frame, char payload[static LAB_PAYLOAD_MAX])
{
	if (lab_transfer(fd, frame, sizeof(*frame), POLLIN) || frame->length > LAB_PAYLOAD_MAX)
		return -1;
	return lab_transfer(fd, payload, frame->length, POLLIN);
}

#endif
