/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libsilo - child: a process on its way from clone to exec
 *
 * What it does is a plan, a table of steps that each name themselves. The first
 * one that fails is reported to the maker and ends the process:
 * "mount /proc: Operation not permitted".
 *
 * It is a copy of one thread of the maker, so that steps call nothing that
 * takes locks: no malloc, no stdio but snprintf.
 */
#ifndef SILO_CHILD_H
#define SILO_CHILD_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include <silo/container.h>

#include "report.h"

#define USUAL_UMASK 0022

/* Everything that such a process needs, filled by the maker. Pointers are borrowed but for @environment. */
struct child {
	/* the command */
	char *const *command;
	char **environment;		/* malloc'd, with borrowed strings but for the first */
	const char *path;		/* PATH of the environment */
	const char *directory;

	/* what the maker hands down, so that only what differs is changed */
	uint64_t ignored_signals;	/* bit N - 1 for signal N */
	bool has_blocked_signals;
	bool has_usual_umask;
	bool is_plain_root;		/* all ids are 0, and there are no groups */

	/* how it is connected */
	struct silo_stdio stdio;
	bool has_terminal;
	int channel;			/* for reports */
	int kept;			/* another descriptor to keep, or -1 */

	/* the container; for the init process only */
	const char *hostname;
	const struct silo_mount *mounts;
	size_t mounts_count;

	/* where the process is */
	const char *object;		/* what the step works on, for its message; may be NULL */
	int result;			/* what the maker's call is to return if the step fails; 0: -errno */
	int state;			/* the silo's state, as a file */
	int master, slave;		/* of the terminal */

	/* large, and left as they are until they are filled */
	int trees[REPORT_FDS_MAX];	/* mount trees from the builder */
	char program[PATH_MAX];		/* the command's file */
};

struct child_step {
	const char *name;
	int (*run)(struct child *child);	/* 0, or -1 with errno */
};

/**
 * child_prepare - fill the command's part
 * @hostname: for the environment
 * @environment, @more: lists of NAME=VALUE, later ones win; may be NULL
 * Errors: -ENOMEM.
 */
int child_prepare(struct child *child, char *const *command, const char *hostname, char *const *environment,
		  char *const *more, bool has_terminal);

/** child_release - free what child_prepare() made */
void child_release(struct child *child);

/* ---- in the child ------------------------------------------------------- */

/** child_run - go through a plan; does not return if a step fails */
void child_run(struct child *child, const struct child_step *steps, size_t count);

/* Steps that the init of a container and an executed command share, in the order in which they are to run. */
int child_take_stdio(struct child *child);
int child_close_others(struct child *child);
int child_become_opaque(struct child *child);
int child_begin_session(struct child *child);
int child_open_terminal(struct child *child);
int child_open_null(struct child *child);
int child_drop_privileges(struct child *child);
int child_enter_directory(struct child *child);
int child_find_command(struct child *child);
int child_report_ready(struct child *child);
int child_reset_signals(struct child *child);
int child_execute(struct child *child);

#endif
