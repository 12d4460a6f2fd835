/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libsilo - process: a process that this process started in a silo
 */
#ifndef SILO_PROCESS_H
#define SILO_PROCESS_H

#include <silo/container.h>

#include "cleanup.h"

struct silo_process {
	pid_t pid;
	int pidfd;
	int terminal;			/* master, or -1 */
	int channel;			/* its reports; -1 once they have ended */
};

DEFINE_AUTO(struct silo_process *, silo_process_free)

/** process_new - a process without anything yet; NULL without memory */
struct silo_process *process_new(void);

/** process_kill - end a process that has become useless, and take its status */
void process_kill(struct silo_process *process);

/**
 * process_await_command - wait until a process has executed its command
 * Returns 0, or the result that it reported: a negative errno, SILO_COMMAND_NOT_FOUND or
 * SILO_COMMAND_NOT_RUN.
 */
int process_await_command(struct silo *silo, struct silo_process *process);

#endif
