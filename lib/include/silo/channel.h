/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libsilo - channel: the frames that a VM silo's guest, its supervisor and their clients exchange
 *
 * Programs that run VM silos need <silo/vm.h> only. This header is for the two
 * ends themselves, the guest's agent and silo-vm, and for programs that take
 * the place of one of them.
 *
 * There are two channels of the same kind. The agent and silo-vm talk over the
 * virtio-serial port "silo.control"; each client and silo-vm over a connection
 * to the unix stream socket "control" in the silo's directory. silo-vm passes
 * the frames of a client's streams on to the agent and back, under numbers of
 * its own. Each end treats the other as hostile: a frame that is not as
 * described here, where it is described, ends the channel.
 *
 *	offset  size
 *	0       4     size of the payload, at most 65536
 *	4       4     stream; 0 is the session
 *	8       1     type, enum silo_frame_type
 *	9       size  payload
 *
 * All numbers are little endian and unsigned unless marked i32, which is two's
 * complement. A "text" is UTF-8 without NUL that fills the rest of the
 * payload; a "string" ends with a NUL. A "time" is a u64 of nanoseconds since
 * 1970, 0 for "not yet".
 *
 * Streams are opened by the client's side with a number of its choice, not in
 * use. Each side sends CLOSE once, as its last frame of the stream; the number
 * is free when both have. Frames that arrive after one's own CLOSE are taken
 * and forgotten.
 *
 * Bytes of the types STDIN, STDOUT, STDERR and DATAGRAM need credit. Each
 * direction of a stream begins with SILO_CHANNEL_WINDOW bytes; the receiver
 * gives back with CREDIT what it has passed on. So a reader that stalls stalls
 * its own stream only.
 */
#ifndef SILO_CHANNEL_H
#define SILO_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <silo/container.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SILO_CHANNEL_VERSION 1
#define SILO_CHANNEL_PORT "silo.control"
#define SILO_CHANNEL_HEADER 9
#define SILO_CHANNEL_PAYLOAD_MAX 65536
#define SILO_CHANNEL_WINDOW 262144
/* Streams of one channel at a time. */
#define SILO_CHANNEL_STREAMS_MAX 256

/** What a frame is. In the comments: S is silo-vm, A the agent, C a client. */
enum silo_frame_type {
	/* of the session, stream 0 */
	/*
	 * The first frame in each direction of either channel: u32 SILO_CHANNEL_VERSION, then
	 * S to A: time; 32 bytes for the random number generator.
	 * A to S: text, release of the guest's kernel.
	 * S to C: text, the silo's name. C to S: nothing.
	 */
	SILO_FRAME_HELLO = 1,
	/* S to A: u32 flags, enum silo_channel_create_flags; text, the spec as JSON, with guest's paths. */
	SILO_FRAME_CREATE = 2,
	/* A to S: u64 id of the silo in the guest. The answer to CREATE, if it is not ERROR. */
	SILO_FRAME_CREATED = 3,
	/* A to S: time. The silo runs. On a client's stream: the answer to START, if it is not ERROR. */
	SILO_FRAME_STARTED = 4,
	/*
	 * A to S, S to C: u8 1 if there is a wait status; u32 wait status; u32 enum silo_ended_by; time of
	 * start; time of stop; text, the cause if it was not the command that ended. The silo has ended; the
	 * sender's last frame of the session.
	 */
	SILO_FRAME_ENDED = 5,
	/* C to S, S to A: nothing. End all processes of the silo. */
	SILO_FRAME_TERMINATE = 6,
	/* S to A: nothing. Write back what is not yet written and switch the machine off. */
	SILO_FRAME_POWER_OFF = 7,
	/* S to A: time. The host's clock was set, or the host has slept. */
	SILO_FRAME_CLOCK = 8,

	/* opening a stream, C to S to A; the answer is OPENED or ERROR */
	/* Nothing. A socket of the guest kernel's generic netlink. */
	SILO_FRAME_OPEN_NETLINK = 16,
	/* Nothing. The streams of the silo's init process. */
	SILO_FRAME_OPEN_MAIN = 17,
	/*
	 * A new process: u8 flags, enum silo_channel_exec_flags; u16 rows; u16 columns; u32 number of
	 * arguments; u32 number of variables; string each; string, the directory, if the flags say so.
	 */
	SILO_FRAME_OPEN_EXEC = 18,
	/* A to S to C: u32 number of the process in the guest, 0 for NETLINK. */
	SILO_FRAME_OPENED = 19,

	/* of a stream */
	/* Bytes of standard streams, at least one; STDIN from C, others from A. Terminals have no STDERR. */
	SILO_FRAME_STDIN = 32,
	SILO_FRAME_STDOUT = 33,
	SILO_FRAME_STDERR = 34,
	/* One or several whole netlink messages, as one datagram. Either way. */
	SILO_FRAME_DATAGRAM = 35,
	/* u8 0, 1 or 2: nothing more is written to that standard stream, or read from it by its reader. */
	SILO_FRAME_EOF = 36,
	/* u32, not 0: so many bytes more may be sent. */
	SILO_FRAME_CREDIT = 37,
	/* From C: u16 rows; u16 columns. */
	SILO_FRAME_WINDOW = 38,
	/* From C: u8 signal number, 1 to 64. */
	SILO_FRAME_SIGNAL = 39,
	/* From C, for MAIN: nothing. Start the silo. */
	SILO_FRAME_START = 40,
	/* From C, for NETLINK: u32 multicast group of the family, to receive its events too. */
	SILO_FRAME_SUBSCRIBE = 41,
	/* From A, for NETLINK: nothing. Events were lost. */
	SILO_FRAME_LOST = 42,
	/* From A: u32 wait status of the process. All its output was sent before. */
	SILO_FRAME_EXIT = 43,
	/* i32 negative errno, or 126, 127; text. What was asked for failed. On stream 0, the channel ends. */
	SILO_FRAME_ERROR = 44,
	/* Nothing. The sender's last frame of this stream. */
	SILO_FRAME_CLOSE = 45,
};

enum silo_channel_create_flags {
	SILO_CHANNEL_DETACHED = 1,	/* without a terminal: the standard streams are /dev/null */
};

enum silo_channel_exec_flags {
	SILO_CHANNEL_TERMINAL = 1,
	SILO_CHANNEL_DIRECTORY = 2,
};

/* ---- numbers ------------------------------------------------------------ */

static inline uint16_t silo_get_le16(const unsigned char *bytes)
{
	return (uint16_t)(bytes[0] | bytes[1] << 8);
}

static inline uint32_t silo_get_le32(const unsigned char *bytes)
{
	return silo_get_le16(bytes) | (uint32_t)silo_get_le16(bytes + 2) << 16;
}

static inline uint64_t silo_get_le64(const unsigned char *bytes)
{
	return silo_get_le32(bytes) | (uint64_t)silo_get_le32(bytes + 4) << 32;
}

static inline void silo_put_le16(unsigned char *bytes, uint16_t value)
{
	bytes[0] = (unsigned char)value;
	bytes[1] = (unsigned char)(value >> 8);
}

static inline void silo_put_le32(unsigned char *bytes, uint32_t value)
{
	silo_put_le16(bytes, (uint16_t)value);
	silo_put_le16(bytes + 2, (uint16_t)(value >> 16));
}

static inline void silo_put_le64(unsigned char *bytes, uint64_t value)
{
	silo_put_le32(bytes, (uint32_t)value);
	silo_put_le32(bytes + 4, (uint32_t)(value >> 32));
}

/* ---- channels ----------------------------------------------------------- */

/** One end of a channel: a descriptor with its buffers. Never waits. One thread at a time. */
struct silo_channel;

/** A received frame, lent until the next call on the channel. Stream and size are right for its type. */
struct silo_frame {
	uint32_t stream;
	uint8_t type;
	uint32_t size;
	const unsigned char *payload;
};

/**
 * silo_channel_new - make a channel of a descriptor, which belongs to it from now on, also on failure
 * @out: receives the channel; free it with silo_channel_free()
 */
int silo_channel_new(int fd, struct silo_channel **out);

/** silo_channel_free - close and free a channel; NULL is allowed. What is queued is lost. */
void silo_channel_free(struct silo_channel *channel);

/** silo_channel_fd - its descriptor */
int silo_channel_fd(const struct silo_channel *channel);

/** silo_channel_events - what to poll it for: POLLIN while there is room, POLLOUT while bytes are queued */
short silo_channel_events(const struct silo_channel *channel);

/**
 * silo_channel_pump - send what is queued and receive what is there, as far as it goes without waiting
 *
 * Errors: -EPIPE if the other end is gone, once all frames that it had sent are taken; those of read, write.
 */
int silo_channel_pump(struct silo_channel *channel);

/**
 * silo_channel_next - take the next received frame
 * Returns 1, or 0 if no whole frame is there. Errors: -EPROTO, for ever, if what was received is no frame.
 */
int silo_channel_next(struct silo_channel *channel, struct silo_frame *frame);

/** silo_channel_has_next - whether silo_channel_next() would return something other than 0 */
bool silo_channel_has_next(const struct silo_channel *channel);

/**
 * silo_channel_send - queue a frame, and send it if nothing is queued before it
 *
 * An error of the descriptor is reported by silo_channel_pump(). Errors: -EMSGSIZE; -ENOMEM; -ENOBUFS if more
 * is queued than credit allows for. The last two end the channel: silo_channel_pump() reports them too.
 */
int silo_channel_send(struct silo_channel *channel, uint32_t stream, uint8_t type, const void *payload,
		      size_t size);

/** silo_channel_queued - how many bytes are queued */
size_t silo_channel_queued(const struct silo_channel *channel);

/** silo_channel_drain - pump until nothing is queued. Errors: as silo_channel_pump(); -ETIMEDOUT; -EINTR. */
int silo_channel_drain(struct silo_channel *channel, int timeout_ms);

/* ---- frames with a structure -------------------------------------------- */

/** silo_channel_send_hello - send HELLO with what follows the version */
int silo_channel_send_hello(struct silo_channel *channel, const void *rest, size_t size);

/** silo_channel_send_u32, _u64, _u8 - send a frame of one number */
int silo_channel_send_u8(struct silo_channel *channel, uint32_t stream, uint8_t type, uint8_t value);
int silo_channel_send_u32(struct silo_channel *channel, uint32_t stream, uint8_t type, uint32_t value);
int silo_channel_send_u64(struct silo_channel *channel, uint32_t stream, uint8_t type, uint64_t value);

/** silo_channel_send_error - send ERROR; a long sentence is cut */
int silo_channel_send_error(struct silo_channel *channel, uint32_t stream, int code, const char *sentence);

/** silo_frame_error - read an ERROR frame; @sentence is cut to @size bytes. Returns the code, never 0. */
int silo_frame_error(const struct silo_frame *frame, char *sentence, size_t size);

/** silo_frame_text - copy what follows @offset, control characters replaced; free it with free() */
char *silo_frame_text(const struct silo_frame *frame, size_t offset);

/** What ENDED says. */
struct silo_channel_end {
	bool has_status;
	uint32_t status, ended_by;
	uint64_t started_time, stopped_time;
	char cause[256];
};

int silo_channel_send_end(struct silo_channel *channel, const struct silo_channel_end *end);
void silo_frame_end(const struct silo_frame *frame, struct silo_channel_end *end);

/** silo_channel_send_exec - send OPEN_EXEC. Errors: -E2BIG if it fits no frame; -EINVAL without a command. */
int silo_channel_send_exec(struct silo_channel *channel, uint32_t stream,
			   const struct silo_exec_params *params, uint16_t rows, uint16_t columns);

/** What OPEN_EXEC says. The strings belong to it. */
struct silo_channel_exec {
	struct silo_exec_params params;
	uint16_t rows, columns;
	void *memory;
};

/** silo_frame_exec - read OPEN_EXEC; free it with silo_channel_exec_free(). Errors: -EPROTO; -ENOMEM. */
int silo_frame_exec(const struct silo_frame *frame, struct silo_channel_exec *exec);
void silo_channel_exec_free(struct silo_channel_exec *exec);

/* ---- credit ------------------------------------------------------------- */

/** The credit of one stream, seen from one end. */
struct silo_flow {
	uint32_t can_send;
	uint32_t can_receive;
	uint32_t owed;		/* bytes passed on for which no CREDIT was sent yet */
};

/** silo_frame_needs_credit - whether frames of a type do */
bool silo_frame_needs_credit(uint8_t type);

/** silo_flow_init - the credit of a new stream */
void silo_flow_init(struct silo_flow *flow);

/** silo_flow_sent - note that bytes are sent. Errors: -EPROTO without credit. */
int silo_flow_sent(struct silo_flow *flow, uint32_t size);

/** silo_flow_credited - note that the other end gave credit. Errors: -EPROTO if it is more than a window. */
int silo_flow_credited(struct silo_flow *flow, uint32_t size);

/** silo_flow_received - note that bytes have come. Errors: -EPROTO without credit. */
int silo_flow_received(struct silo_flow *flow, uint32_t size);

/** silo_flow_granted - note that credit is given. Errors: -EPROTO if it is more than a window. */
int silo_flow_granted(struct silo_flow *flow, uint32_t size);

/**
 * silo_flow_passed - note that received bytes were passed on, and send CREDIT when it is worth a frame
 */
int silo_flow_passed(struct silo_flow *flow, struct silo_channel *channel, uint32_t stream, uint32_t size);

#ifdef __cplusplus
}
#endif

#endif
