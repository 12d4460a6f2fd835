// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * libsilo - event: the stream of lifecycle events, and waiting for the end of a silo
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cleanup.h"
#include "event.h"
#include "message.h"
#include "silo_private.h"

DEFINE_AUTO(struct silo_events *, silo_events_close)
DEFINE_AUTO(struct silo_info *, silo_info_free)

/* A handle that makes no requests any more, and what is left to read in its buffer. */
struct silo_events {
	struct silo *silo;
	const void *unread;
	size_t unread_size;
	uint64_t sequence;		/* of the last event; 0: none yet */
	const struct nlmsghdr *held; /* an event that comes after lost ones, kept until the loss was told */
};

static int subscribe(struct silo_events *events)
{
	struct transport *transport = events->silo->transport;

	if (!transport->ops->subscribe || !events->silo->lifecycle_group)
		return -EOPNOTSUPP;
	return transport->ops->subscribe(transport, events->silo->lifecycle_group);
}

int silo_events_open(struct silo_events **out)
{
	auto_put(silo_events_close) struct silo_events *events = calloc(1, sizeof(*events));
	int err;

	if (!events)
		return -ENOMEM;
	err = silo_open(&events->silo);
	if (!err)
		err = subscribe(events);
	if (!err)
		*out = steal_pointer(&events);
	return err;
}

int silo_events_open_like(struct silo *silo, struct silo_events **out)
{
	auto_put(silo_events_close) struct silo_events *events = calloc(1, sizeof(*events));
	struct transport *transport = silo->transport;
	struct silo *copy;
	int err = -EOPNOTSUPP;

	if (!events)
		return -ENOMEM;
	if (transport->ops->duplicate)
		err = transport->ops->duplicate(transport, &transport);
	if (err)
		return err;
	copy = malloc(sizeof(*copy));
	if (!copy) {
		transport->ops->close(transport);
		return -ENOMEM;
	}
	memcpy(copy, silo, offsetof(struct silo, request));
	copy->transport = transport;
	events->silo = copy;
	err = subscribe(events);
	if (!err)
		*out = steal_pointer(&events);
	return err;
}

void silo_events_close(struct silo_events *events)
{
	if (!events)
		return;
	silo_close(events->silo);
	free(events);
}

int silo_events_fd(const struct silo_events *events)
{
	return events->silo->transport->ops->fd(events->silo->transport);
}

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000ULL + now.tv_nsec / 1000000;
}

/* What is left of a timeout that ends at @deadline, for poll(2); 0 means that it never ends. */
static int time_left(uint64_t deadline)
{
	uint64_t now;

	if (!deadline)
		return -1;
	now = now_ms();
	return now < deadline ? (int)(deadline - now) : 0;
}

static uint64_t deadline_in(int timeout_ms)
{
	return timeout_ms < 0 ? 0 : now_ms() + timeout_ms;
}

static int fill(struct silo_events *events, uint64_t deadline)
{
	struct transport *transport = events->silo->transport;
	struct pollfd poll_fd = { .fd = silo_events_fd(events), .events = POLLIN };
	ssize_t received;
	int ready = poll(&poll_fd, 1, time_left(deadline));

	if (ready < 0)
		return -errno;
	if (!ready)
		return -ETIMEDOUT;
	received = transport->ops->receive(transport, events->silo->reply, sizeof(events->silo->reply));
	if (received <= 0)
		return received ? received : -ECONNRESET;
	events->unread = events->silo->reply;
	events->unread_size = received;
	return 0;
}

static void event_from(const struct silo_reply *reply, struct silo_event *event)
{
	const char *name = silo_string(reply, SILO_EVENT_A_NAME);

	*event = (struct silo_event) {
		.sequence = silo_u64(reply, SILO_EVENT_A_SEQUENCE),
		.time = silo_u64(reply, SILO_EVENT_A_TIME),
		.kind = silo_u32(reply, SILO_EVENT_A_KIND),
		.id = silo_u64(reply, SILO_EVENT_A_ID),
		.name = name ? name : "",
		.has_exit_status = reply->attributes[SILO_EVENT_A_EXIT_STATUS],
		.exit_status = silo_u32(reply, SILO_EVENT_A_EXIT_STATUS),
		.ended_by = silo_u32(reply, SILO_EVENT_A_ENDED_BY),
	};
}

static int next_event(struct silo_events *events, struct silo_event *event, uint64_t deadline)
{
	for (;;) {
		const struct nlmsghdr *message = steal_pointer(&events->held);
		const bool was_held = message;
		struct silo_reply reply;
		uint64_t last = events->sequence;
		int err;

		if (!message)
			message = silo_next_message(&events->unread, &events->unread_size);
		if (!message) {
			err = fill(events, deadline);
			if (err)
				return err;
			continue;
		}
		if (silo_parse(events->silo, message, &reply) != SILO_CMD_EVENT)
			continue;
		event_from(&reply, event);
		if (last && event->sequence > last + 1 && !was_held) {
			events->held = message;
			return -ENOBUFS;
		}
		if (event->sequence > last)
			events->sequence = event->sequence;
		return 0;
	}
}

int silo_events_next(struct silo_events *events, struct silo_event *event, int timeout_ms)
{
	return next_event(events, event, deadline_in(timeout_ms));
}

/* ---- wait --------------------------------------------------------------- */

/* The status of an end, however it was learned. */
static int result_of(struct silo *silo, bool has_exit_status, uint32_t exit_status, uint32_t *out)
{
	if (!has_exit_status)
		return silo_fail(silo, -ECHILD, "the silo ended without having been started");
	*out = exit_status;
	return 0;
}

/* Asks for the state. Returns 1 if the silo has not stopped; the result of the wait if it has. */
static int check_stopped(struct silo *silo, struct silo_ref ref, uint64_t *id, uint32_t *exit_status)
{
	auto_put(silo_info_free) struct silo_info *info = NULL;
	int err = silo_get(silo, ref, false, &info);

	if (err)
		return err;
	*id = info->id;
	if (info->state != SILO_STATE_STOPPED)
		return 1;
	return result_of(silo, info->has_exit_status, info->exit_status, exit_status);
}

int silo_wait(struct silo *silo, struct silo_ref ref, uint32_t *exit_status, int timeout_ms)
{
	auto_put(silo_events_close) struct silo_events *events = NULL;
	const uint64_t deadline = deadline_in(timeout_ms);
	struct silo_event event;
	uint64_t id;
	int err;

	/* Listen first: an end between the two would be missed the other way round. */
	silo_clear_error(silo);
	err = silo_events_open_like(silo, &events);
	if (err)
		return silo_fail(silo, err, "cannot listen to events: %s", strerrordesc_np(-err));
	err = check_stopped(silo, ref, &id, exit_status);
	if (err <= 0)
		return err;
	for (;;) {
		err = next_event(events, &event, deadline);
		if (err == -ENOBUFS) {
			err = check_stopped(silo, (struct silo_ref) { .id = id }, &id, exit_status);
			if (err == -ENOENT)
				return silo_fail(silo, err,
						 "the silo was removed, and its exit status was lost");
			if (err <= 0)
				return err;
		} else if (err == -ETIMEDOUT) {
			return silo_fail(silo, err, "the silo has not stopped in time");
		} else if (err) {
			return silo_fail(silo, err, "cannot listen to events: %s", strerrordesc_np(-err));
		} else if (event.id == id &&
			   (event.kind == SILO_EVENT_KIND_STOPPED || event.kind == SILO_EVENT_KIND_REMOVED)) {
			return result_of(silo, event.has_exit_status, event.exit_status, exit_status);
		}
	}
}
