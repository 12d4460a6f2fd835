// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * libsilo - vm_process: a process in a guest, of which we have the standard streams
 *
 * Owns: struct silo_vm_process, a connection to the supervisor with one stream.
 * Not here: connecting it with descriptors (vm_run.c).
 */
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "vm_private.h"

/* The number of our one stream. */
#define STREAM 1
/* Looking a command up and executing it may take a while on a slow file system. */
#define EXEC_TIMEOUT_MS 60000
/* Largest piece of input sent at once. */
#define INPUT_PIECE 32768

/* Output that was received and not read yet; never more than a window. */
struct output {
	unsigned char *bytes;
	size_t start, end, size;
	bool is_ended;
};

struct silo_vm_process {
	struct silo_channel *channel;
	struct silo_flow flow;
	struct output outputs[2];
	bool input_is_ended;
	bool has_answer;	/* to the last OPEN or START; 0 or what the ERROR said */
	int answer;
	bool has_status;
	uint32_t status;
	int over;		/* why no more frames will come, or 0 */
	struct vm_run *run;	/* of vm_run.c; NULL before the first run */
	char error[512];
};

DEFINE_AUTO(struct silo_vm_process *, silo_vm_process_free)

static int __attribute__((__format__(__printf__, 3, 4)))
fail(struct silo_vm_process *process, int err, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(process->error, sizeof(process->error), format, arguments);
	va_end(arguments);
	return err;
}

void silo_vm_process_free(struct silo_vm_process *process)
{
	if (!process)
		return;
	silo_channel_free(process->channel);
	for (int i = 0; i < 2; i++)
		free(process->outputs[i].bytes);
	free(process->run);
	free(process);
}

const char *silo_vm_process_error(const struct silo_vm_process *process)
{
	return process ? process->error : "";
}

/* ---- receiving ---------------------------------------------------------- */

static int append(struct output *output, const void *bytes, size_t size)
{
	if (output->size - output->end < size && output->start) {
		memmove(output->bytes, output->bytes + output->start, output->end - output->start);
		output->end -= output->start;
		output->start = 0;
	}
	if (output->size - output->end < size) {
		size_t wanted = output->end + size > 2 * output->size ? output->end + size : 2 * output->size;
		unsigned char *larger = realloc(output->bytes, wanted);

		if (!larger)
			return -ENOMEM;
		output->bytes = larger;
		output->size = wanted;
	}
	memcpy(output->bytes + output->end, bytes, size);
	output->end += size;
	return 0;
}

static int take_output(struct silo_vm_process *process, const struct silo_frame *frame)
{
	struct output *output = &process->outputs[frame->type - SILO_FRAME_STDOUT];

	if (silo_flow_received(&process->flow, frame->size))
		return fail(process, -EPROTO, "the guest sends more than it may");
	if (output->is_ended)
		return silo_flow_passed(&process->flow, process->channel, STREAM, frame->size);
	return append(output, frame->payload, frame->size);
}

static void take_answer(struct silo_vm_process *process, int answer)
{
	process->has_answer = true;
	process->answer = answer;
}

/* The session's end is the stream's: nothing follows. */
static int take_end(struct silo_vm_process *process, const struct silo_frame *frame)
{
	struct silo_channel_end end;

	silo_frame_end(frame, &end);
	if (!process->has_status)
		fail(process, 0, "%s", end.cause[0] ? end.cause : "the VM has ended");
	return -EPIPE;
}

/* Returns 0, or why no more frames are to be taken. */
static int take_frame(struct silo_vm_process *process, const struct silo_frame *frame)
{
	switch (frame->type) {
	case SILO_FRAME_ENDED:
		return take_end(process, frame);
	case SILO_FRAME_OPENED:
		take_answer(process, 0);
		return 0;
	case SILO_FRAME_STARTED:
		if (frame->stream)
			take_answer(process, 0);
		return 0;
	case SILO_FRAME_ERROR:
		take_answer(process, silo_frame_error(frame, process->error, sizeof(process->error)));
		return 0;
	case SILO_FRAME_STDOUT:
	case SILO_FRAME_STDERR:
		return take_output(process, frame);
	case SILO_FRAME_EOF:
		if (frame->payload[0])
			process->outputs[frame->payload[0] - 1].is_ended = true;
		else
			process->input_is_ended = true;
		return 0;
	case SILO_FRAME_CREDIT:
		if (silo_flow_credited(&process->flow, silo_get_le32(frame->payload)))
			return fail(process, -EPROTO, "the guest gives more credit than there is");
		return 0;
	case SILO_FRAME_EXIT:
		process->has_status = true;
		process->status = silo_get_le32(frame->payload);
		return 0;
	case SILO_FRAME_CLOSE:
		return -EPIPE;
	default:
		return fail(process, -EPROTO, "frame of type %u is out of place", frame->type);
	}
}

/* Takes all frames that are there. */
static int take_frames(struct silo_vm_process *process)
{
	struct silo_frame frame;
	int result = process->over;

	while (!result) {
		result = silo_channel_next(process->channel, &frame);
		if (!result)
			return 0;
		if (result > 0)
			result = take_frame(process, &frame);
		else
			fail(process, result, "silo-vm sends what is no frame");
	}
	process->over = result;
	return result;
}

/* Output may have filled the buffer, so that frames are left to be received: those are for the next call. */
int silo_vm_process_pump(struct silo_vm_process *process)
{
	int err = process->over;

	if (!err) {
		err = silo_channel_pump(process->channel);
		if (err)
			process->over = fail(process, err, "the connection to silo-vm has ended");
		else
			err = take_frames(process);
	}
	return process->has_status ? 0 : err;
}

bool vm_process_is_over(const struct silo_vm_process *process)
{
	return process->over;
}

struct vm_run **vm_process_run(struct silo_vm_process *process)
{
	return &process->run;
}

/* Waits until OPEN or START is answered. */
static int wait_for_answer(struct silo_vm_process *process, int timeout_ms)
{
	int64_t deadline = vm_deadline(timeout_ms);

	while (!process->has_answer) {
		struct pollfd pollfd = {
			.fd = silo_vm_process_fd(process), .events = silo_vm_process_events(process),
		};
		int64_t left = deadline - vm_deadline(0);
		int err = silo_vm_process_pump(process);

		if (process->has_answer)
			break;
		if (err)
			return err;
		if (process->over)
			return -ESHUTDOWN;
		if (left <= 0)
			return fail(process, -ETIMEDOUT, "the guest does not answer");
		if (poll(&pollfd, 1, (int)left) < 0)
			return -errno;
	}
	process->has_answer = false;
	return process->answer;
}

/* ---- opening ------------------------------------------------------------ */

static int process_new(const char *name, struct silo_vm_process **out, char **reason)
{
	struct silo_vm_process *process = calloc(1, sizeof(*process));
	int err = process ? vm_connect(name, &process->channel, reason) : -ENOMEM;

	if (err) {
		free(process);
		return err;
	}
	silo_flow_init(&process->flow);
	*out = process;
	return 0;
}

int silo_vm_attach(const char *name, struct silo_vm_process **out, char **reason)
{
	auto_put(silo_vm_process_free) struct silo_vm_process *process = NULL;
	int err;

	if (reason)
		*reason = NULL;
	err = process_new(name, &process, reason);
	if (err)
		return err;
	err = silo_channel_send(process->channel, STREAM, SILO_FRAME_OPEN_MAIN, NULL, 0);
	if (!err)
		err = wait_for_answer(process, VM_TIMEOUT_MS);
	if (err)
		return vm_reason(reason, err, "%s", process->error);
	*out = steal_pointer(&process);
	return 0;
}

int silo_vm_exec(const char *name, const struct silo_exec_params *params, uint16_t rows, uint16_t columns,
		 struct silo_vm_process **out, char **reason)
{
	auto_put(silo_vm_process_free) struct silo_vm_process *process = NULL;
	int err;

	if (reason)
		*reason = NULL;
	err = process_new(name, &process, reason);
	if (err)
		return err;
	err = silo_channel_send_exec(process->channel, STREAM, params, rows, columns);
	if (err == -E2BIG)
		return vm_reason(reason, err,
				 "command and environment are larger than a VM silo takes, 60 KiB");
	if (!err)
		err = wait_for_answer(process, EXEC_TIMEOUT_MS);
	if (err)
		return vm_reason(reason, err, "%s", process->error);
	*out = steal_pointer(&process);
	return 0;
}

int silo_vm_process_start(struct silo_vm_process *process)
{
	int err;

	process->error[0] = '\0';
	process->has_answer = false;
	err = silo_channel_send(process->channel, STREAM, SILO_FRAME_START, NULL, 0);
	return err ? err : wait_for_answer(process, EXEC_TIMEOUT_MS);
}

/* ---- streams ------------------------------------------------------------ */

int silo_vm_process_fd(const struct silo_vm_process *process)
{
	return silo_channel_fd(process->channel);
}

short silo_vm_process_events(const struct silo_vm_process *process)
{
	return silo_channel_events(process->channel);
}

ssize_t silo_vm_process_read(struct silo_vm_process *process, int stream, void *buffer, size_t size)
{
	struct output *output;
	size_t unread;
	int err;

	if (stream != 1 && stream != 2)
		return -EINVAL;
	output = &process->outputs[stream - 1];
	unread = output->end - output->start;
	if (!unread)
		return output->is_ended || process->has_status || process->over ? 0 : -EAGAIN;
	if (size > unread)
		size = unread;
	memcpy(buffer, output->bytes + output->start, size);
	output->start += size;
	if (output->start == output->end)
		output->start = output->end = 0;
	if (!process->over) {
		err = silo_flow_passed(&process->flow, process->channel, STREAM, (uint32_t)size);
		if (err)
			return err;
	}
	return (ssize_t)size;
}

ssize_t silo_vm_process_write(struct silo_vm_process *process, const void *buffer, size_t size)
{
	int err;

	if (process->input_is_ended || process->has_status || process->over)
		return -EPIPE;
	if (size > process->flow.can_send)
		size = process->flow.can_send;
	if (size > INPUT_PIECE)
		size = INPUT_PIECE;
	if (!size)
		return -EAGAIN;
	err = silo_flow_sent(&process->flow, (uint32_t)size);
	if (!err)
		err = silo_channel_send(process->channel, STREAM, SILO_FRAME_STDIN, buffer, size);
	return err ? err : (ssize_t)size;
}

int silo_vm_process_close_input(struct silo_vm_process *process)
{
	if (process->input_is_ended || process->has_status || process->over)
		return 0;
	process->input_is_ended = true;
	return silo_channel_send_u8(process->channel, STREAM, SILO_FRAME_EOF, 0);
}

int silo_vm_process_close_output(struct silo_vm_process *process, int stream)
{
	struct output *output;

	if (stream != 1 && stream != 2)
		return -EINVAL;
	output = &process->outputs[stream - 1];
	output->start = output->end = 0;
	if (output->is_ended || process->has_status || process->over)
		return 0;
	output->is_ended = true;
	return silo_channel_send_u8(process->channel, STREAM, SILO_FRAME_EOF, (uint8_t)stream);
}

int silo_vm_process_signal(struct silo_vm_process *process, int signal)
{
	if (signal < 1 || signal > 64)
		return -EINVAL;
	if (process->has_status || process->over)
		return -ESRCH;
	return silo_channel_send_u8(process->channel, STREAM, SILO_FRAME_SIGNAL, (uint8_t)signal);
}

int silo_vm_process_resize(struct silo_vm_process *process, uint16_t rows, uint16_t columns)
{
	unsigned char bytes[4];

	if (process->has_status || process->over)
		return -ESRCH;
	silo_put_le16(bytes, rows);
	silo_put_le16(bytes + 2, columns);
	return silo_channel_send(process->channel, STREAM, SILO_FRAME_WINDOW, bytes, sizeof(bytes));
}

int silo_vm_process_status(struct silo_vm_process *process, int *status)
{
	for (int i = 0; i < 2; i++)
		if (process->outputs[i].end > process->outputs[i].start)
			return -EAGAIN;
	if (!process->has_status)
		return process->over ? process->over : -EAGAIN;
	*status = (int)process->status;
	return 0;
}
