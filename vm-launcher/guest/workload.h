/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * silo-vm agent - workload: the one silo of this machine
 */
#ifndef AGENT_WORKLOAD_H
#define AGENT_WORKLOAD_H

#include <silo/channel.h>

#include "command.h"

struct workload {
	struct silo *silo;
	struct silo_events *events;
	uint64_t id;			/* 0: not created */
	struct command main;
	bool has_started, has_ended;
	bool init_was_reaped;
	struct silo_channel_end end;
	char error[512];		/* why the last operation failed */
};

/*
 * workload_create - mount what the spec names and create the silo. Returns 0, a negative errno, 126 or 127.
 */
int workload_create(struct workload *workload, const char *spec, uint32_t flags);

/* workload_start - start it. Returns as create. */
int workload_start(struct workload *workload);

/* workload_exec - run a command in it; makes @command. Returns as create. */
int workload_exec(struct workload *workload, const struct silo_channel_exec *exec, struct command *command);

/* workload_terminate - end all its processes */
void workload_terminate(struct workload *workload);

/* workload_take_events - see what has become of the silo: sets has_started and has_ended, with end */
void workload_take_events(struct workload *workload);

/* workload_reap - its init process has ended */
void workload_reap(struct workload *workload);

#endif
