// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * silo-vm agent - workload: the one silo of this machine
 *
 * It is made by the same libsilo, from the same spec, as on a host. What
 * becomes of it the kernel tells with its events, whoever brought it about.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "machine.h"
#include "workload.h"

static int fail(struct workload *workload, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static int fail(struct workload *workload, int code, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(workload->error, sizeof(workload->error), format, arguments);
	va_end(arguments);
	return code;
}

static struct silo_ref ref_of(const struct workload *workload)
{
	return (struct silo_ref){ .id = workload->id };
}

/* ---- making it ---------------------------------------------------------- */

static int open_silo(struct workload *workload)
{
	int err = silo_open(&workload->silo);

	if (err)
		return fail(workload, err, "the guest has no working silo.ko: %s", strerror(-err));
	err = silo_events_open(&workload->events);
	if (err)
		return fail(workload, err, "the guest's silo.ko tells no events: %s", strerror(-err));
	return 0;
}

static int create(struct workload *workload, const struct silo_spec *spec, uint32_t flags)
{
	struct command *command = &workload->main;
	struct silo_process *init;
	struct silo_stdio stdio;
	char what[512];
	int err;

	err = machine_mount_shares(spec, what, sizeof(what));
	if (err)
		return fail(workload, err, "the guest cannot mount %s: %s", what, strerror(-err));
	err = open_silo(workload);
	if (err)
		return err;
	if (!spec->terminal && !(flags & SILO_CHANNEL_DETACHED)) {
		err = command_make_pipes(command);
		if (err)
			return fail(workload, err, "the guest cannot make pipes: %s", strerror(-err));
	}
	stdio = command_stdio(command);
	err = silo_container_create(workload->silo, spec, &stdio, &workload->id, &init);
	if (err)
		return fail(workload, err, "%s", silo_error(workload->silo));
	command_begin(command, init);
	return 0;
}

int workload_create(struct workload *workload, const char *text, uint32_t flags)
{
	struct silo_spec *spec;
	char *reason = NULL;
	int err;

	command_init(&workload->main);
	err = silo_spec_parse(text, &spec, &reason);
	if (err) {
		fail(workload, err, "the guest does not take the spec: %s", reason ? reason : strerror(-err));
		free(reason);
		return err;
	}
	err = create(workload, spec, flags);
	silo_spec_free(spec);
	return err;
}

int workload_start(struct workload *workload)
{
	int err = silo_container_start(workload->silo, workload->id, workload->main.process);

	return err ? fail(workload, err, "%s", silo_error(workload->silo)) : 0;
}

static void set_size(const struct command *command, const struct silo_channel_exec *exec)
{
	struct winsize size = {
		.ws_row = exec->rows ? exec->rows : 24, .ws_col = exec->columns ? exec->columns : 80,
	};

	if (command->has_terminal)
		ioctl(silo_process_terminal(command->process), TIOCSWINSZ, &size);
}

int workload_exec(struct workload *workload, const struct silo_channel_exec *exec, struct command *command)
{
	struct silo_process *process;
	struct silo_stdio stdio;
	int err = 0;

	command_init(command);
	if (!exec->params.terminal)
		err = command_make_pipes(command);
	if (err) {
		command_destroy(command);
		return fail(workload, err, "the guest cannot make pipes: %s", strerror(-err));
	}
	stdio = command_stdio(command);
	err = silo_exec(workload->silo, ref_of(workload), &exec->params, &stdio, &process);
	if (err) {
		command_destroy(command);
		return fail(workload, err, "%s", silo_error(workload->silo));
	}
	command_begin(command, process);
	set_size(command, exec);
	return 0;
}

/* ---- its end ------------------------------------------------------------ */

void workload_terminate(struct workload *workload)
{
	if (workload->id)
		silo_terminate(workload->silo, ref_of(workload));
}

static void note_end(struct workload *workload, bool has_status, uint32_t status, uint32_t ended_by,
		     uint64_t time)
{
	if (workload->has_ended)
		return;
	workload->has_ended = true;
	workload->end.has_status = has_status && workload->has_started;
	workload->end.status = status;
	workload->end.ended_by = ended_by;
	workload->end.stopped_time = time;
}

static void note_start(struct workload *workload, uint64_t time)
{
	if (workload->has_started || !time)
		return;
	workload->has_started = true;
	workload->end.started_time = time;
}

static void take_event(struct workload *workload, const struct silo_event *event)
{
	if (event->id != workload->id)
		return;
	if (event->kind == SILO_EVENT_KIND_STARTED)
		note_start(workload, event->time);
	else if (event->kind == SILO_EVENT_KIND_STOPPED || event->kind == SILO_EVENT_KIND_REMOVED)
		note_end(workload, event->has_exit_status, event->exit_status, event->ended_by, event->time);
}

/* After lost events the state tells what they were about. */
static void look(struct workload *workload)
{
	struct silo_info *info;
	int err = silo_get(workload->silo, ref_of(workload), false, &info);

	if (err == -ENOENT)
		note_end(workload, false, 0, SILO_ENDED_BY_USER, 0);
	if (err)
		return;
	note_start(workload, info->started_time);
	if (info->state == SILO_STATE_STOPPED)
		note_end(workload, info->has_exit_status, info->exit_status, info->ended_by,
			 info->stopped_time);
	silo_info_free(info);
}

void workload_take_events(struct workload *workload)
{
	struct silo_event event;
	int err;

	if (!workload->events)
		return;
	for (;;) {
		err = silo_events_next(workload->events, &event, 0);
		if (!err)
			take_event(workload, &event);
		else if (err == -ENOBUFS)
			look(workload);
		else
			return;
	}
}

void workload_reap(struct workload *workload)
{
	int status;

	if (!silo_process_wait(workload->main.process, &status))
		workload->init_was_reaped = true;
}
