// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * libsilo - example: print the events of silos
 *
 *	events [COUNT]
 *
 * Ends after COUNT events, or if none comes for two seconds.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <silo/silo.h>

static void print(const struct silo_event *event)
{
	printf("#%" PRIu64 " %s (%" PRIu64 ") %s", event->sequence, event->name, event->id,
	       silo_event_kind_name(event->kind));
	if (event->has_exit_status)
		printf(", status %#x, ended by %s", event->exit_status, silo_ended_by_name(event->ended_by));
	putchar('\n');
	fflush(stdout);
}

int main(int argc, char *argv[])
{
	long count = argc > 1 ? atol(argv[1]) : -1;
	struct silo_events *events;
	struct silo_event event;
	int err;

	err = silo_events_open(&events);
	if (err) {
		fprintf(stderr, "events: cannot listen: %s\n", strerror(-err));
		return 1;
	}
	while (count--) {
		err = silo_events_next(events, &event, 2000);
		if (err == -ENOBUFS)
			puts("some events were lost");
		else if (err)
			break;
		else
			print(&event);
	}
	silo_events_close(events);
	if (err == -ETIMEDOUT && argc == 1)
		err = 0;
	if (err)
		fprintf(stderr, "events: %s\n", strerror(-err));
	return err != 0;
}
