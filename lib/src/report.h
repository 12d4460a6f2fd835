/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libsilo - report: what a process that is becoming a command says to its maker
 *
 * One packet each over a socket pair that closes on exec, so that the end of
 * the reports means: the command was executed.
 */
#ifndef SILO_REPORT_H
#define SILO_REPORT_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* As many descriptors as the kernel lets travel in one packet. */
#define REPORT_FDS_MAX 253

enum report_kind {
	REPORT_TREES,		/* to the child: the mount trees it is to attach, as descriptors */
	REPORT_PID,		/* from the helper of an exec: @number is the command's process */
	REPORT_READY,		/* from the child: with the terminal's master, if there is one */
	REPORT_FAILED,		/* from the child, which exits: @number is the result of the maker's call */
};

struct report {
	uint32_t kind;
	int32_t number;
	char text[480];		/* of a failure; a sentence */
};

/** report_send - send a packet with descriptors; 0 or -1 with errno */
int report_send(int channel, const struct report *report, const int *fds, size_t count);

/**
 * report_receive - wait for a packet
 * @fds: receives up to @count descriptors, close-on-exec; the rest are -1
 * Returns 1, 0 at the end of the reports, or -1 with errno.
 */
int report_receive(int channel, struct report *report, int *fds, size_t count);

#endif
