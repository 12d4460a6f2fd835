// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * silo-vm agent - session: what the host asks for, until it asks to switch off
 *
 * One thread, one loop. Every frame is for the session or for one of its
 * streams; a frame that can't come where it comes ends the machine.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <silo/channel.h>

#include "command.h"
#include "machine.h"
#include "netlink.h"
#include "session.h"
#include "workload.h"

#define GOODBYE_TIMEOUT_MS 2000
#define HELLO_SIZE (4 + 8 + 32)
#define POLLS_MAX (3 + (SILO_CHANNEL_STREAMS_MAX + 1) * COMMAND_POLLS)

enum stream_kind {
	STREAM_REFUSED,		/* could not be opened; is closed */
	STREAM_NETLINK,
	STREAM_MAIN,
	STREAM_EXEC,
};

struct stream {
	uint32_t id;
	enum stream_kind kind;
	bool is_closed;		/* by us: what still comes is forgotten */
	bool process_has_ended;
	int status;
	struct netlink netlink;
	struct command command;	/* of EXEC; that of MAIN is the workload's */
};

static struct {
	struct silo_channel *channel;
	struct workload workload;
	struct stream *streams[SILO_CHANNEL_STREAMS_MAX];
	bool was_greeted;
	bool start_was_told, end_was_told;
	int children;		/* signalfd */
} session;

void session_say_goodbye(const char *sentence)
{
	if (!session.channel)
		return;
	silo_channel_send_error(session.channel, 0, -EIO, sentence);
	silo_channel_drain(session.channel, GOODBYE_TIMEOUT_MS);
}

static void out_of_place(const struct silo_frame *frame)
{
	machine_die("the host sends a frame of type %u where it has no place", frame->type);
}

/* ---- streams ------------------------------------------------------------ */

static struct stream **find_slot(uint32_t id)
{
	for (int i = 0; i < SILO_CHANNEL_STREAMS_MAX; i++)
		if (session.streams[i] ? session.streams[i]->id == id : !id)
			return &session.streams[i];
	return NULL;
}

static struct command *command_of(struct stream *stream)
{
	if (stream->kind == STREAM_MAIN)
		return &session.workload.main;
	return stream->kind == STREAM_EXEC ? &stream->command : NULL;
}

/* An executed command that loses its terminal or pipes finds out as it would with any other. */
static void stream_close(struct stream *stream)
{
	if (stream->is_closed)
		return;
	stream->is_closed = true;
	if (stream->kind == STREAM_NETLINK)
		netlink_close(&stream->netlink);
	else if (stream->kind == STREAM_MAIN)
		command_detach(&session.workload.main);
	else if (stream->kind == STREAM_EXEC)
		command_destroy(&stream->command);
	silo_channel_send(session.channel, stream->id, SILO_FRAME_CLOSE, NULL, 0);
}

static void refuse(struct stream *stream, int code, const char *sentence)
{
	silo_channel_send_error(session.channel, stream->id, code, sentence);
	stream->kind = STREAM_REFUSED;
	stream_close(stream);
}

static bool main_is_open(void)
{
	return session.workload.main.stream;
}

static void open_netlink(struct stream *stream)
{
	int err = netlink_open(&stream->netlink, session.channel, stream->id);

	if (err) {
		refuse(stream, err, "the guest has no netlink socket");
		return;
	}
	silo_channel_send_u32(session.channel, stream->id, SILO_FRAME_OPENED, 0);
}

static void open_main(struct stream *stream)
{
	struct command *command = &session.workload.main;

	if (main_is_open()) {
		refuse(stream, -EBUSY, "somebody is attached to it already");
		return;
	}
	command_attach(command, session.channel, stream->id);
	silo_channel_send_u32(session.channel, stream->id, SILO_FRAME_OPENED,
			      (uint32_t)silo_process_pid(command->process));
}

static void open_exec(struct stream *stream, const struct silo_frame *frame)
{
	struct silo_channel_exec exec;
	int err = silo_frame_exec(frame, &exec);

	if (err == -EPROTO)
		out_of_place(frame);
	if (!err)
		err = workload_exec(&session.workload, &exec, &stream->command);
	silo_channel_exec_free(&exec);
	if (err) {
		refuse(stream, err, session.workload.error);
		return;
	}
	command_attach(&stream->command, session.channel, stream->id);
	silo_channel_send_u32(session.channel, stream->id, SILO_FRAME_OPENED,
			      (uint32_t)silo_process_pid(stream->command.process));
}

static void stream_open(const struct silo_frame *frame)
{
	struct stream **slot = find_slot(0);
	struct stream *stream = calloc(1, sizeof(*stream));

	if (!slot || !stream || !session.workload.id)
		out_of_place(frame);
	stream->id = frame->stream;
	*slot = stream;
	if (frame->type == SILO_FRAME_OPEN_NETLINK) {
		stream->kind = STREAM_NETLINK;
		open_netlink(stream);
	} else if (frame->type == SILO_FRAME_OPEN_MAIN) {
		stream->kind = STREAM_MAIN;
		open_main(stream);
	} else if (frame->type == SILO_FRAME_OPEN_EXEC) {
		stream->kind = STREAM_EXEC;
		open_exec(stream, frame);
	} else {
		out_of_place(frame);
	}
}

static void start(struct stream *stream)
{
	int err = workload_start(&session.workload);

	workload_take_events(&session.workload);
	if (err)
		silo_channel_send_error(session.channel, stream->id, err, session.workload.error);
	else
		silo_channel_send_u64(session.channel, stream->id, SILO_FRAME_STARTED,
				      session.workload.end.started_time);
}

static void stream_frame(const struct silo_frame *frame)
{
	struct stream **slot = find_slot(frame->stream), *stream = slot ? *slot : NULL;
	int err;

	if (!stream) {
		stream_open(frame);
		return;
	}
	if (frame->type == SILO_FRAME_CLOSE) {
		stream_close(stream);
		free(stream);
		*slot = NULL;
		return;
	}
	if (stream->is_closed)
		return;
	if (frame->type == SILO_FRAME_START && stream->kind == STREAM_MAIN) {
		start(stream);
		return;
	}
	err = stream->kind == STREAM_NETLINK ? netlink_frame(&stream->netlink, frame) :
		command_frame(command_of(stream), frame);
	if (err)
		out_of_place(frame);
	/* What came may be passed on at once, without another round of polling. */
	if (stream->kind == STREAM_NETLINK)
		netlink_pump(&stream->netlink);
	else
		command_pump(command_of(stream));
}

/* ---- the session's own frames ------------------------------------------- */

static void take_hello(const struct silo_frame *frame)
{
	const char *release = machine_release();

	if (session.was_greeted || frame->size != HELLO_SIZE)
		out_of_place(frame);
	if (silo_get_le32(frame->payload) != SILO_CHANNEL_VERSION)
		machine_die("the host speaks version %u of the protocol, the agent %u",
			    silo_get_le32(frame->payload), SILO_CHANNEL_VERSION);
	session.was_greeted = true;
	machine_seed(frame->payload + 12, 32);
	machine_set_clock(silo_get_le64(frame->payload + 4));
	silo_channel_send_hello(session.channel, release, strlen(release));
}

static void take_create(const struct silo_frame *frame)
{
	char *spec;
	int err;

	if (session.workload.id)
		out_of_place(frame);
	spec = strndup((const char *)frame->payload + 4, frame->size - 4);
	err = spec ? workload_create(&session.workload, spec, silo_get_le32(frame->payload)) : -ENOMEM;
	free(spec);
	if (err)
		silo_channel_send_error(session.channel, 0, err, session.workload.error);
	else
		silo_channel_send_u64(session.channel, 0, SILO_FRAME_CREATED, session.workload.id);
}

static void tell_ends_of_commands(void);
static void reap_children(void);

/* The silo's end was the end of all commands in it, which may not have been told yet. */
static void power_off(void)
{
	reap_children();
	tell_ends_of_commands();
	silo_channel_drain(session.channel, GOODBYE_TIMEOUT_MS);
	machine_power_off();
}

static void session_frame(const struct silo_frame *frame)
{
	if (frame->type == SILO_FRAME_HELLO)
		take_hello(frame);
	else if (!session.was_greeted)
		out_of_place(frame);
	else if (frame->type == SILO_FRAME_CREATE)
		take_create(frame);
	else if (frame->type == SILO_FRAME_TERMINATE)
		workload_terminate(&session.workload);
	else if (frame->type == SILO_FRAME_CLOCK)
		machine_set_clock(silo_get_le64(frame->payload));
	else if (frame->type == SILO_FRAME_POWER_OFF)
		power_off();
	else
		out_of_place(frame);
}

static void take_frames(void)
{
	struct silo_frame frame;
	int result = silo_channel_pump(session.channel);

	if (result)
		machine_die("the host is gone: %s", strerror(-result));
	while ((result = silo_channel_next(session.channel, &frame)) > 0) {
		if (frame.stream)
			stream_frame(&frame);
		else
			session_frame(&frame);
	}
	if (result)
		machine_die("the host sends what is no frame");
}

/* ---- ends --------------------------------------------------------------- */

static bool is_child_of(const struct command *command, pid_t pid)
{
	return command->process && silo_process_pid(command->process) == pid;
}

/* A child that a silo_process stands for is waited for through that; all others are the machine's orphans. */
static void reap(pid_t pid)
{
	if (is_child_of(&session.workload.main, pid)) {
		workload_reap(&session.workload);
		return;
	}
	for (int i = 0; i < SILO_CHANNEL_STREAMS_MAX; i++) {
		struct stream *stream = session.streams[i];

		if (!stream || stream->kind != STREAM_EXEC || !is_child_of(&stream->command, pid))
			continue;
		silo_process_wait(stream->command.process, &stream->status);
		stream->process_has_ended = true;
		command_end(&stream->command);
		return;
	}
	waitpid(pid, NULL, WNOHANG);
}

static void reap_children(void)
{
	struct signalfd_siginfo information;
	siginfo_t child = {};

	while (read(session.children, &information, sizeof(information)) > 0)
		;
	while (!waitid(P_ALL, 0, &child, WEXITED | WNOHANG | WNOWAIT) && child.si_pid) {
		reap(child.si_pid);
		child.si_pid = 0;
	}
}

static void send_exit(struct stream *stream, uint32_t status)
{
	silo_channel_send_u32(session.channel, stream->id, SILO_FRAME_EXIT, status);
	stream_close(stream);
}

static void tell_ends_of_commands(void)
{
	for (int i = 0; i < SILO_CHANNEL_STREAMS_MAX; i++) {
		struct stream *stream = session.streams[i];

		if (stream && stream->kind == STREAM_EXEC && !stream->is_closed &&
		    stream->process_has_ended && command_is_drained(&stream->command))
			send_exit(stream, (uint32_t)stream->status);
	}
}

static void tell_end_of_silo(void)
{
	struct workload *workload = &session.workload;
	struct stream **slot;

	if (!workload->main.has_ended)
		command_end(&workload->main);
	if (!command_is_drained(&workload->main))
		return;
	slot = main_is_open() ? find_slot(workload->main.stream) : NULL;
	if (slot && workload->end.has_status)
		send_exit(*slot, workload->end.status);
	silo_channel_send_end(session.channel, &workload->end);
	session.end_was_told = true;
}

static void tell_news(void)
{
	struct workload *workload = &session.workload;

	tell_ends_of_commands();
	if (!workload->id || session.end_was_told)
		return;
	workload_take_events(workload);
	if (workload->has_started && !session.start_was_told) {
		silo_channel_send_u64(session.channel, 0, SILO_FRAME_STARTED, workload->end.started_time);
		session.start_was_told = true;
	}
	if (workload->has_ended)
		tell_end_of_silo();
}

/* ---- the loop ----------------------------------------------------------- */

static int prepare_poll(struct pollfd *fds)
{
	int count = 2;

	fds[0] = (struct pollfd){
		.fd = silo_channel_fd(session.channel), .events = silo_channel_events(session.channel),
	};
	fds[1] = (struct pollfd){ .fd = session.children, .events = POLLIN };
	if (session.workload.events && !session.end_was_told)
		fds[count++] = (struct pollfd){
			.fd = silo_events_fd(session.workload.events), .events = POLLIN,
		};
	if (session.workload.id)
		count += command_poll(&session.workload.main, fds + count);
	for (int i = 0; i < SILO_CHANNEL_STREAMS_MAX; i++) {
		struct stream *stream = session.streams[i];

		if (!stream || stream->is_closed)
			continue;
		if (stream->kind == STREAM_NETLINK)
			count += netlink_poll(&stream->netlink, fds + count);
		else if (stream->kind == STREAM_EXEC)
			count += command_poll(&stream->command, fds + count);
	}
	return count;
}

static void pump_streams(void)
{
	if (session.workload.id)
		command_pump(&session.workload.main);
	for (int i = 0; i < SILO_CHANNEL_STREAMS_MAX; i++) {
		struct stream *stream = session.streams[i];

		if (!stream || stream->is_closed)
			continue;
		if (stream->kind == STREAM_NETLINK)
			netlink_pump(&stream->netlink);
		else if (stream->kind == STREAM_EXEC)
			command_pump(&stream->command);
	}
}

static void watch_children(void)
{
	sigset_t children;

	sigemptyset(&children);
	sigaddset(&children, SIGCHLD);
	sigprocmask(SIG_BLOCK, &children, NULL);
	session.children = signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK);
	signal(SIGPIPE, SIG_IGN);
}

void session_run(int port)
{
	static struct pollfd fds[POLLS_MAX];

	watch_children();
	if (silo_channel_new(port, &session.channel))
		machine_die("no memory for the control channel");
	for (;;) {
		int count;

		take_frames();
		pump_streams();
		reap_children();
		tell_news();
		count = prepare_poll(fds);
		if (poll(fds, (nfds_t)count, -1) < 0 && errno != EINTR)
			machine_die("cannot poll: %s", strerror(errno));
	}
}
