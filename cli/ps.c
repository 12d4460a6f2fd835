// SPDX-License-Identifier: GPL-2.0-or-later
/* siloctl ps: list the processes of a silo */
#include <stddef.h>

#include "options.h"
#include "print.h"
#include "target.h"

static int print_member(const struct silo_member *member, void *data)
{
	struct print *print = data;

	print_open(print, NULL);
	print_number(print, "id", member->id);
	print_number(print, "pid", member->pid);
	print_number(print, "inner-pid", member->inner_pid);
	print_number(print, "ppid", member->ppid);
	print_text(print, "comm", member->comm);
	print_close(print);
	return 0;
}

static int list_members(struct target *target, void *data)
{
	int code = target_connect(target, "cannot list its processes"), ret;

	if (code)
		return code;
	ret = silo_members(target->silo, target->ref, print_member, data);
	return ret ? target_failure(target, "cannot list its processes", ret) : EXIT_YES;
}

static int ps_main(const struct command *command, int argc, char **argv)
{
	static const struct print_column columns[] = {
		{ "pid", "PID" }, { "inner-pid", "PID-IN-SILO" }, { "ppid", "PPID" },
		{ "comm", "COMMAND" }, {}
	};
	struct print *print;
	char **names;
	int code;
	bool json;

	names = options_json(command, argc, argv, 1, 1, &json);
	print = print_begin(PRINT_TABLE, columns, json);
	code = target_each(names, "cannot list its processes", list_members, print);
	return code ? (print_abandon(print), code) : print_end(print);
}

const struct command command_ps = {
	.name = "ps",
	.arguments = "[OPTIONS] NAME",
	.summary = "list the processes of a silo",
	.details = "PID and PPID are numbers of this host or, for a VM silo, of its guest; PID-IN-SILO is\n"
		   "the number that the process itself sees. Processes of silos inside this one are listed\n"
		   "too.\n",
	.options = options_only_json,
	.examples = "  siloctl ps web\n"
		    "  siloctl ps --json web | jq '.[].pid'\n",
	.main = ps_main,
};
