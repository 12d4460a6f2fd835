/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * siloctl: what every subcommand shares
 *
 * A subcommand is a file with a struct command: its options, one call into
 * libsilo, one printer. Results go to stdout; everything else goes to stderr
 * as "siloctl: OBJECT: WHAT FAILED: WHY".
 */
#ifndef SILOCTL_H
#define SILOCTL_H

#include <stdbool.h>
#include <stdint.h>

#ifndef SILO_VERSION
#define SILO_VERSION "0.1.0"
#endif

/*
 * Exit codes; run and exec give those of their command, and EXIT_BEFORE_COMMAND in place of all others but EXIT_YES.
 */
enum {
	EXIT_YES = 0,
	EXIT_NO = 1,			/* refused, or the answer is no */
	EXIT_USAGE = 2,
	EXIT_SYSTEM = 3,		/* the system can't: module absent, no cgroup v2, ... */
	EXIT_BEFORE_COMMAND = 125,
};

/* One option of a subcommand; a table of them ends with a zero letter. */
struct option_line {
	int letter;			/* what options_next() returns; a character is the short form too */
	const char *name;		/* long form; may be NULL */
	const char *argument;		/* what its argument is called; NULL: it takes none */
	const char *help;		/* NULL: it is known only to be refused with a sentence */
};

/* A subcommand. */
struct command {
	const char *name;		/* as typed after siloctl: "run", "key set" */
	const char *arguments;		/* for the usage line */
	const char *summary;		/* one line */
	const char *details;		/* what the option list does not say; may be NULL */
	const struct option_line *options;
	const char *examples;		/* whole lines */
	bool options_come_first;	/* what follows the first argument is no option of ours */
	bool has_command;		/* exits with the code of a command that it runs */
	int (*main)(const struct command *command, int argc, char **argv);
};

extern const struct command command_run, command_create, command_start, command_exec, command_stop,
	command_kill, command_wait, command_rm, command_ls, command_inspect, command_ps, command_which,
	command_events, command_doctor, command_key, command_version;

/* A group of subcommands within one, such as key: finds the one that argv[1] names and runs it. */
int command_dispatch(const struct command *group, const struct command *const *commands, int argc,
		     char **argv);

#endif
