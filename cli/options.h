/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * siloctl: reading the options of a subcommand, and its --help
 *
 * --help is understood here: it prints what the command's tables say. A usage
 * error ends the program with EXIT_USAGE (run and exec: EXIT_BEFORE_COMMAND); nothing has been begun by then.
 */
#ifndef SILOCTL_OPTIONS_H
#define SILOCTL_OPTIONS_H

#include <stdio.h>

#include "siloctl.h"

/* An option that has only a long form has a letter from here on. */
#define OPTION_LONG 256

/*
 * options_next - the letter of the next option, its argument in optarg; -1 when argv[optind] is the first
 * argument
 */
int options_next(const struct command *command, int argc, char **argv);

/*
 * options_arguments - see that between @min and @max (-1: any number) arguments are left; returns the first
 */
char **options_arguments(const struct command *command, int argc, char **argv, int min, int max);

/* options_json - for a subcommand whose one option is --json: reads it, and the arguments as above */
char **options_json(const struct command *command, int argc, char **argv, int min, int max, bool *json);

/* usage_error - print "siloctl: COMMAND: ..." and where to look, and exit */
void usage_error(const struct command *command, const char *format, ...)
	__attribute__((noreturn, format(printf, 2, 3)));

/* command_help - print all of a command's help */
void command_help(const struct command *command, FILE *stream);

/* command_list - print the names and summaries of a NULL-terminated table of commands */
void command_list(const struct command *const *commands, FILE *stream);

extern const struct option_line options_only_json[];

#endif
