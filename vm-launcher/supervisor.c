// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * silo-vm - supervisor: the life of one VM silo
 *
 * One thread, one loop, and a phase that only moves forward:
 *
 *	booting		QEMU runs; the agent has not greeted yet
 *	creating	the agent makes the silo
 *	serving		clients may come; the silo is created, then started
 *	ending		the silo has ended, or is to; the machine is switched off
 *	over		the machine is gone
 *
 * Each phase but serving has a time limit, after which the machine is ended by
 * force. Whatever happens, what is left is the record of a silo that was
 * started, or nothing.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <silo/channel.h>

#include "cause.h"
#include "console.h"
#include "directory.h"
#include "host.h"
#include "initramfs.h"
#include "qemu.h"
#include "relay.h"
#include "report.h"
#include "supervisor.h"

/* Looking up the command takes some reading over 9p, which is slow at first. */
#define CREATE_TIMEOUT_MS 60000
#define END_TIMEOUT_MS 10000
#define CLIENT_TIMEOUT_MS 1000
#define SEED_SIZE 32
#define CONSOLE_LINES 20

enum phase {
	PHASE_BOOTING,
	PHASE_CREATING,
	PHASE_SERVING,
	PHASE_ENDING,
	PHASE_OVER,
};

struct supervisor {
	const struct plan *plan;
	enum phase phase;
	int64_t deadline;		/* of the phase, in ms of the monotonic clock; 0: none */
	int64_t begin;			/* of the launch, for remarks */
	struct directory directory;
	struct record record;
	struct host host;
	struct qemu qemu;
	struct console console;
	struct silo_channel *guest;
	struct relay relay;
	int front;			/* -1 once the launch has succeeded or failed */
	int listener, signals, clock;	/* -1: not there */
	bool is_asked_to_end;
	bool guest_is_broken;		/* nothing that it says counts any more */
	bool channel_is_closed;
	int failure;			/* code with which the launch failed, or 0 */
	char sentence[512];		/* the reason of that, or the cause of the silo's end; "" */
};

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static uint64_t real_time(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void enter(struct supervisor *supervisor, enum phase phase, int timeout_ms)
{
	supervisor->phase = phase;
	supervisor->deadline = timeout_ms ? now_ms() + timeout_ms : 0;
}

static void write_record(struct supervisor *supervisor, uint32_t state)
{
	supervisor->record.state = state;
	if (directory_write_record(&supervisor->directory, supervisor->plan, &supervisor->record))
		remark("%s", failure_sentence());
}

/* ---- what goes wrong ---------------------------------------------------- */

/*
 * The sentence that was just noted is why the launch has failed or the silo ends, unless there is a reason
 * already.
 */
static void keep_reason(struct supervisor *supervisor, int code)
{
	if (supervisor->sentence[0])
		return;
	snprintf(supervisor->sentence, sizeof(supervisor->sentence), "%.511s", failure_sentence());
	/* A launch that fails is told to who has asked for it. */
	if (supervisor->phase < PHASE_SERVING)
		supervisor->failure = code;
	else
		remark("%s", supervisor->sentence);
}

static void kill_machine(struct supervisor *supervisor, int code)
{
	keep_reason(supervisor, code);
	supervisor->guest_is_broken = true;
	enter(supervisor, PHASE_ENDING, END_TIMEOUT_MS);
	qemu_kill(&supervisor->qemu);
}

static void pass_deadline(struct supervisor *supervisor)
{
	int code;

	if (supervisor->phase == PHASE_BOOTING)
		code = failure(-ETIMEDOUT, "the guest did not boot within %u seconds",
			       supervisor->plan->boot_timeout_ms / 1000);
	else if (supervisor->phase == PHASE_CREATING)
		code = failure(-ETIMEDOUT, "the guest did not create the silo within %d seconds",
			       CREATE_TIMEOUT_MS / 1000);
	else
		code = failure(-ETIMEDOUT, "the guest did not end by itself and was ended by force");
	kill_machine(supervisor, code);
}

/* ---- the launch --------------------------------------------------------- */

static void say_to_front(struct supervisor *supervisor, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void say_to_front(struct supervisor *supervisor, const char *format, ...)
{
	va_list arguments;

	if (supervisor->front < 0)
		return;
	va_start(arguments, format);
	vdprintf(supervisor->front, format, arguments);
	va_end(arguments);
	close(supervisor->front);
	supervisor->front = -1;
}

/* From here on nobody waits for us. */
static void launch_is_done(struct supervisor *supervisor)
{
	supervisor->listener = directory_listen(&supervisor->directory);
	if (supervisor->listener < 0) {
		kill_machine(supervisor, supervisor->listener);
		return;
	}
	supervisor->record.created_time = real_time();
	write_record(supervisor, SILO_STATE_CREATED);
	remark_verbose("the silo is created after %lld ms", (long long)(now_ms() - supervisor->begin));
	enter(supervisor, PHASE_SERVING, 0);
	dup2(supervisor->directory.log, STDERR_FILENO);
	say_to_front(supervisor, "ok %llu %s\n", (unsigned long long)supervisor->host.id,
		     supervisor->plan->spec->name);
}

static int start_machine(struct supervisor *supervisor)
{
	int initramfs = initramfs_make(&supervisor->plan->kernel, supervisor->plan->agent);
	int err;

	if (initramfs < 0)
		return initramfs;
	err = host_create(&supervisor->host, supervisor->plan);
	if (!err)
		err = qemu_prepare(&supervisor->qemu, supervisor->plan, initramfs, supervisor->directory.log,
				   supervisor->host.cgroup);
	close(initramfs);
	if (err)
		return err;
	console_init(&supervisor->console, supervisor->qemu.console, supervisor->directory.fd);
	err = silo_channel_new(supervisor->qemu.control, &supervisor->guest);
	if (err)
		return failure(err, "no memory");
	supervisor->relay.guest = supervisor->guest;
	supervisor->relay.name = supervisor->plan->spec->name;
	supervisor->record.id = supervisor->host.id;
	supervisor->record.qemu = supervisor->qemu.pid;
	snprintf(supervisor->record.cgroup, sizeof(supervisor->record.cgroup), "%s",
		 supervisor->host.cgroup_path);
	err = host_start(&supervisor->host, &supervisor->qemu);
	return err ? err : qemu_go(&supervisor->qemu);
}

static int greet_guest(struct supervisor *supervisor)
{
	unsigned char hello[8 + SEED_SIZE];

	silo_put_le64(hello, real_time());
	if (getrandom(hello + 8, SEED_SIZE, 0) != SEED_SIZE)
		return failure_errno("no random numbers");
	silo_channel_send_hello(supervisor->guest, hello, sizeof(hello));
	explicit_bzero(hello, sizeof(hello));
	return 0;
}

static int watch_signals(struct supervisor *supervisor)
{
	sigset_t ends;

	sigemptyset(&ends);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGINT);
	sigprocmask(SIG_BLOCK, &ends, NULL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	supervisor->signals = signalfd(-1, &ends, SFD_CLOEXEC | SFD_NONBLOCK);
	return supervisor->signals < 0 ? failure_errno("signals can't be watched") : 0;
}

/* A timer that never comes, and that a jump of the clock cancels. */
static void watch_clock(struct supervisor *supervisor)
{
	struct itimerspec never = { .it_value.tv_sec = (time_t)1 << 40 };

	if (supervisor->clock < 0)
		supervisor->clock = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	timerfd_settime(supervisor->clock, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never, NULL);
}

/* ---- frames of the guest's session -------------------------------------- */

static int take_hello(struct supervisor *supervisor, const struct silo_frame *frame)
{
	size_t size = strlen(supervisor->plan->guest_spec) + 4;
	unsigned char *create;
	char *release;

	if (silo_get_le32(frame->payload) != SILO_CHANNEL_VERSION)
		return failure(-EPROTO, "the guest's agent speaks version %u of the protocol",
			       silo_get_le32(frame->payload));
	release = silo_frame_text(frame, 4);
	create = malloc(size);
	if (!release || !create)
		return failure(-ENOMEM, "no memory");
	snprintf(supervisor->record.release, sizeof(supervisor->record.release), "%s", release);
	remark_verbose("the guest runs Linux %s after %lld ms", release,
		       (long long)(now_ms() - supervisor->begin));
	free(release);
	silo_put_le32(create, supervisor->plan->is_detached ? SILO_CHANNEL_DETACHED : 0);
	memcpy(create + 4, supervisor->plan->guest_spec, size - 4);
	if (silo_channel_send(supervisor->guest, 0, SILO_FRAME_CREATE, create, size))
		return failure(-E2BIG, "the spec is too large for a VM silo");
	free(create);
	enter(supervisor, PHASE_CREATING, CREATE_TIMEOUT_MS);
	return 0;
}

static void switch_off(struct supervisor *supervisor)
{
	silo_channel_send(supervisor->guest, 0, SILO_FRAME_POWER_OFF, NULL, 0);
	enter(supervisor, PHASE_ENDING, END_TIMEOUT_MS);
}

/*
 * An agent that could not create the silo can switch off as well; one that fails later has done so already.
 */
static void take_error(struct supervisor *supervisor, const struct silo_frame *frame)
{
	char sentence[512];
	int code = silo_frame_error(frame, sentence, sizeof(sentence));

	failure(code, "%s", sentence);
	keep_reason(supervisor, code);
	if (supervisor->phase == PHASE_CREATING)
		switch_off(supervisor);
	else
		kill_machine(supervisor, code);
}

static void take_end(struct supervisor *supervisor, const struct silo_frame *frame)
{
	struct silo_channel_end *end = &supervisor->record.end;
	uint64_t started_time = end->started_time;

	silo_frame_end(frame, end);
	/* What was told as started stays so. */
	if (started_time)
		end->started_time = started_time;
	end->stopped_time = real_time();
	switch_off(supervisor);
}

static int session_frame(struct supervisor *supervisor, const struct silo_frame *frame)
{
	enum phase phase = supervisor->phase;

	if (frame->type == SILO_FRAME_HELLO && phase == PHASE_BOOTING)
		return take_hello(supervisor, frame);
	if (frame->type == SILO_FRAME_CREATED && phase == PHASE_CREATING) {
		launch_is_done(supervisor);
	} else if (frame->type == SILO_FRAME_ERROR) {
		take_error(supervisor, frame);
	} else if (frame->type == SILO_FRAME_STARTED && phase == PHASE_SERVING &&
		   !supervisor->record.end.started_time) {
		supervisor->record.end.started_time = real_time();
		write_record(supervisor, SILO_STATE_STARTED);
	} else if (frame->type == SILO_FRAME_ENDED && phase == PHASE_SERVING) {
		take_end(supervisor, frame);
	} else {
		return failure(-EPROTO, "the guest sends a frame of type %u where it has no place",
			       frame->type);
	}
	return 0;
}

/*
 * Once the machine is switched off, its session has nothing more to say, but commands may have ended with
 * it.
 */
static int guest_frame(struct supervisor *supervisor, const struct silo_frame *frame)
{
	if (frame->stream)
		return relay_guest_frame(&supervisor->relay, frame);
	return supervisor->phase < PHASE_ENDING ? session_frame(supervisor, frame) : 0;
}

static void pump_guest(struct supervisor *supervisor)
{
	struct silo_frame frame;
	int result = silo_channel_pump(supervisor->guest);

	/* QEMU closes its end when it ends, and its pidfd will tell. */
	if (result == -EPIPE)
		supervisor->channel_is_closed = true;
	else if (result)
		kill_machine(supervisor,
			     failure(result, "the control channel is lost: %s", strerror(-result)));
	while (!supervisor->guest_is_broken) {
		result = silo_channel_next(supervisor->guest, &frame);
		if (!result)
			return;
		if (result > 0)
			result = guest_frame(supervisor, &frame);
		else
			failure(result, "the guest sends what is no frame");
		if (result)
			kill_machine(supervisor, result);
	}
}

static void qemu_has_ended(struct supervisor *supervisor)
{
	int status = 0;

	qemu_reap(&supervisor->qemu, &status);
	while (!supervisor->channel_is_closed && !supervisor->guest_is_broken)
		pump_guest(supervisor);
	console_pump(&supervisor->console);
	if (supervisor->phase != PHASE_ENDING)
		keep_reason(supervisor,
			    cause_of_end(&supervisor->console, supervisor->directory.log, status));
	enter(supervisor, PHASE_OVER, 0);
}

/* ---- the loop ----------------------------------------------------------- */

static void ask_to_end(struct supervisor *supervisor)
{
	if (supervisor->is_asked_to_end || supervisor->phase >= PHASE_ENDING)
		return;
	supervisor->is_asked_to_end = true;
	if (supervisor->phase < PHASE_SERVING) {
		kill_machine(supervisor, failure(-EINTR, "the launch was given up"));
		return;
	}
	silo_channel_send(supervisor->guest, 0, SILO_FRAME_TERMINATE, NULL, 0);
	supervisor->deadline = now_ms() + END_TIMEOUT_MS;
}

enum { GUEST, QEMU, CONSOLE, FRONT, LISTENER, SIGNALS, CLOCK, CLIENTS };

static int prepare_poll(struct supervisor *supervisor, struct pollfd *fds)
{
	fds[GUEST] = (struct pollfd){
		.fd = supervisor->channel_is_closed ? -1 : silo_channel_fd(supervisor->guest),
		.events = silo_channel_events(supervisor->guest),
	};
	fds[QEMU] = (struct pollfd){ .fd = supervisor->qemu.pidfd, .events = POLLIN };
	fds[CONSOLE] = (struct pollfd){ .fd = supervisor->console.fd, .events = POLLIN };
	fds[FRONT] = (struct pollfd){ .fd = supervisor->front };
	fds[LISTENER] = (struct pollfd){ .fd = supervisor->listener, .events = POLLIN };
	fds[SIGNALS] = (struct pollfd){ .fd = supervisor->signals, .events = POLLIN };
	fds[CLOCK] = (struct pollfd){ .fd = supervisor->clock, .events = POLLIN };
	return CLIENTS + relay_poll(&supervisor->relay, fds + CLIENTS);
}

static int time_left(const struct supervisor *supervisor)
{
	int64_t left;

	if (!supervisor->deadline)
		return -1;
	left = supervisor->deadline - now_ms();
	return left > 0 ? (int)left : 0;
}

static void serve(struct supervisor *supervisor, const struct pollfd *fds)
{
	uint64_t expirations;

	if (fds[CONSOLE].revents)
		console_pump(&supervisor->console);
	pump_guest(supervisor);
	if (fds[FRONT].revents || fds[SIGNALS].revents)
		ask_to_end(supervisor);
	if (fds[CLOCK].revents && read(supervisor->clock, &expirations, sizeof(expirations)) < 0 &&
	    errno == ECANCELED) {
		watch_clock(supervisor);
		silo_channel_send_u64(supervisor->guest, 0, SILO_FRAME_CLOCK, real_time());
	}
	relay_pump(&supervisor->relay);
	if (fds[LISTENER].revents)
		relay_accept(&supervisor->relay, supervisor->listener);
	if (supervisor->relay.wants_end)
		ask_to_end(supervisor);
	if (fds[QEMU].revents)
		qemu_has_ended(supervisor);
}

static void run_loop(struct supervisor *supervisor)
{
	struct pollfd fds[CLIENTS + RELAY_CLIENTS_MAX];

	while (supervisor->phase != PHASE_OVER) {
		int count = prepare_poll(supervisor, fds);

		if (poll(fds, (nfds_t)count, time_left(supervisor)) < 0)
			continue;
		serve(supervisor, fds);
		if (supervisor->deadline && supervisor->phase != PHASE_OVER && !time_left(supervisor))
			pass_deadline(supervisor);
	}
}

/* ---- the end ------------------------------------------------------------ */

/* A silo whose machine was lost has ended as if its processes had been killed. */
static void complete_end(struct supervisor *supervisor)
{
	struct silo_channel_end *end = &supervisor->record.end;

	if (!end->stopped_time)
		end->stopped_time = real_time();
	if (!end->started_time) {
		end->has_status = false;
		return;
	}
	if (!end->has_status) {
		end->has_status = true;
		end->status = SIGKILL;
	}
	if (supervisor->is_asked_to_end || end->ended_by == SILO_ENDED_BY_NOBODY ||
	    end->ended_by > SILO_ENDED_BY_OWNER)
		end->ended_by = supervisor->is_asked_to_end ? SILO_ENDED_BY_USER : SILO_ENDED_BY_ITSELF;
}

static void finish(struct supervisor *supervisor)
{
	struct silo_channel_end *end = &supervisor->record.end;

	complete_end(supervisor);
	snprintf(end->cause, sizeof(end->cause), "%.255s", supervisor->sentence);
	host_destroy(&supervisor->host);
	directory_unlisten(&supervisor->directory);
	/* The record first: who hears of the end may look at it. */
	if (end->started_time && !supervisor->plan->spec->remove)
		write_record(supervisor, SILO_STATE_STOPPED);
	else
		directory_remove(&supervisor->directory);
	relay_end(&supervisor->relay, end, CLIENT_TIMEOUT_MS);
}

static void show_console(const struct supervisor *supervisor)
{
	bool is_about_command = supervisor->failure == SILO_COMMAND_NOT_FOUND ||
		supervisor->failure == SILO_COMMAND_NOT_RUN;

	if (report_is_verbose && supervisor->failure && !is_about_command)
		console_show(&supervisor->console, CONSOLE_LINES);
}

static int start(struct supervisor *supervisor)
{
	int err = watch_signals(supervisor);

	if (!err)
		err = start_machine(supervisor);
	if (!err)
		err = greet_guest(supervisor);
	return err;
}

int supervisor_run(const struct plan *plan, int front)
{
	static struct supervisor supervisor;
	int err;

	supervisor = (struct supervisor){
		.plan = plan, .front = front, .listener = -1, .signals = -1, .clock = -1,
		.qemu.pidfd = -1, .console = { .fd = -1, .file = -1 }, .begin = now_ms(),
	};
	err = directory_make(&supervisor.directory, plan);
	if (err) {
		say_to_front(&supervisor, "failed %d %s\n", err, failure_sentence());
		return 1;
	}
	err = start(&supervisor);
	if (err) {
		keep_reason(&supervisor, err);
		qemu_kill(&supervisor.qemu);
	} else {
		watch_clock(&supervisor);
		enter(&supervisor, PHASE_BOOTING, (int)plan->boot_timeout_ms);
		run_loop(&supervisor);
	}
	finish(&supervisor);
	show_console(&supervisor);
	say_to_front(&supervisor, "failed %d %s\n", supervisor.failure, supervisor.sentence);
	return 0;
}
