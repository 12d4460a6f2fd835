// SPDX-License-Identifier: GPL-2.0-or-later
/* siloctl events: print what happens to the silos of this kernel, as it happens */
#include <errno.h>
#include <silo/silo.h>
#include <stddef.h>

#include "format.h"
#include "options.h"
#include "print.h"
#include "report.h"

static void print_event(struct print *print, const struct silo_event *event)
{
	print_open(print, NULL);
	print_number(print, "sequence", event->sequence);
	print_shown(print, "sequence", "#%llu", (unsigned long long)event->sequence);
	print_number(print, "time", event->time);
	print_shown(print, "time", "%s", format_time(event->time));
	print_text(print, "kind", silo_event_kind_name(event->kind));
	print_number(print, "id", event->id);
	print_text(print, "name", event->name);
	print_shown(print, "name", "%s (%llu)", event->name, (unsigned long long)event->id);
	if (event->kind == SILO_EVENT_KIND_STOPPED || event->kind == SILO_EVENT_KIND_REMOVED)
		print_text(print, "ended-by", silo_ended_by_name(event->ended_by));
	if (event->has_exit_status) {
		print_number(print, "exit-status", event->exit_status);
		print_number(print, "exit-code", exit_code(event->exit_status));
		print_shown(print, "ended-by", "exit code %d, by %s", exit_code(event->exit_status),
			    silo_ended_by_name(event->ended_by));
	}
	print_close(print);
}

/* Marks a gap in the numbers: those events did not reach us. */
static void print_gap(struct print *print, uint64_t lost)
{
	print_open(print, NULL);
	print_number(print, "lost", lost);
	print_shown(print, "sequence", "... %llu lost", (unsigned long long)lost);
	print_close(print);
}

static int follow(struct silo_events *events, struct print *print)
{
	struct silo_event event;
	uint64_t last = 0;

	while (!print_failed(print)) {
		int ret = silo_events_next(events, &event, -1);

		/* The numbers of the events tell how many were lost. */
		if (ret == -ENOBUFS || ret == -EINTR)
			continue;
		if (ret)
			return failure("events", "cannot listen any more", ret, NULL);
		if (last && event.sequence > last + 1)
			print_gap(print, event.sequence - last - 1);
		last = event.sequence;
		print_event(print, &event);
	}
	return EXIT_NO;
}

static int events_main(const struct command *command, int argc, char **argv)
{
	static const struct print_column columns[] = {
		{ "sequence", NULL }, { "time", NULL }, { "name", NULL }, { "kind", NULL },
		{ "ended-by", NULL }, {}
	};
	struct silo_events *events = NULL;
	struct print *print;
	bool json;
	int code, ret;

	options_json(command, argc, argv, 0, 0, &json);
	ret = silo_events_open(&events);
	if (ret)
		return failure("events", "cannot listen", ret, NULL);
	print = print_begin(PRINT_LINES, columns, json);
	code = follow(events, print);
	print_end(print);
	silo_events_close(events);
	return code;
}

const struct command command_events = {
	.name = "events",
	.arguments = "[OPTIONS]",
	.summary = "print what happens to the silos of this kernel, as it happens",
	.details = "Runs until it is interrupted. Events are numbered; if some are lost, a line says how\n"
		   "many.\n",
	.options = options_only_json,
	.examples = "  siloctl events\n"
		    "  siloctl events --json | jq --unbuffered 'select(.kind == \"stopped\")'\n",
	.main = events_main,
};
