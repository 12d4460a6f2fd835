// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * siloctl: silos from the command line
 *
 * Here: the table of subcommands, and finding the one that is meant.
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "options.h"
#include "report.h"

static const struct command *const commands[] = {
	&command_run, &command_create, &command_start, &command_exec, &command_stop, &command_kill,
	&command_wait, &command_rm, &command_ls, &command_inspect, &command_ps, &command_which,
	&command_events, &command_doctor, &command_key, &command_version, NULL
};

static const struct command siloctl = {
	.name = "siloctl",
};

static void help(const struct command *group, const struct command *const *table, FILE *stream)
{
	if (group == &siloctl)
		fputs("usage: siloctl COMMAND ...\n\n"
		      "Run programs in silos: containers that are objects of the kernel.\n", stream);
	else
		fprintf(stream, "usage: siloctl %s COMMAND ...\n\n%s\n", group->name, group->summary);
	if (group->details)
		fprintf(stream, "\n%s", group->details);
	fputs("\ncommands:\n", stream);
	command_list(table, stream);
	fprintf(stream, "\n'siloctl %s%sCOMMAND --help' tells more about each.\n",
		group == &siloctl ? "" : group->name, group == &siloctl ? "" : " ");
}

static const struct command *find(const struct command *const *table, const char *word)
{
	for (; *table; table++) {
		const char *last_word = strrchr((*table)->name, ' ');

		if (!strcmp(last_word ? last_word + 1 : (*table)->name, word))
			return *table;
	}
	return NULL;
}

int command_dispatch(const struct command *group, const struct command *const *table, int argc, char **argv)
{
	const char *path = group == &siloctl ? "" : group->name, *space = *path ? " " : "";
	const struct command *command;

	if (argc < 2) {
		help(group, table, stderr);
		return EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || (!strcmp(argv[1], "help") && argc == 2)) {
		help(group, table, stdout);
		return fflush(stdout) ? EXIT_NO : EXIT_YES;
	}
	/* "help COMMAND" is "COMMAND --help". */
	if (!strcmp(argv[1], "help")) {
		char *swapped[] = { argv[0], argv[2], argc > 3 ? argv[3] : "--help",
				    argc > 3 ? "--help" : NULL, NULL };

		return command_dispatch(group, table, argc > 3 ? 4 : 3, swapped);
	}
	command = find(table, argv[1]);
	if (!command) {
		fprintf(stderr, "siloctl: %s%sthere is no command '%s'\ntry 'siloctl %s%s--help'\n", path,
			*path ? ": " : "", argv[1], path, space);
		return EXIT_USAGE;
	}
	optind = 1;
	return command->main(command, argc - 1, argv + 1);
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "--version"))
		argv[1] = "version";
	return command_dispatch(&siloctl, commands, argc, argv);
}
