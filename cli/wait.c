// SPDX-License-Identifier: GPL-2.0-or-later
/* siloctl wait: wait until silos have stopped, and print their exit codes */
#include <errno.h>
#include <stddef.h>

#include "format.h"
#include "options.h"
#include "print.h"
#include "report.h"
#include "target.h"

static int wait_for(struct target *target, void *data)
{
	struct print *print = data;
	uint32_t status;
	int ret = target->vm ? silo_vm_wait(target->name, &status, -1) :
			       silo_wait(target->silo, target->ref, &status, -1);

	if (ret == -ECHILD) {
		complain(target->name, "has no exit code: it ended without having been started");
		return EXIT_NO;
	}
	if (ret)
		return target_host_failure(target, "cannot wait", ret);
	print_open(print, NULL);
	print_text(print, "name", target->name);
	print_number(print, "exit-status", status);
	print_number(print, "exit-code", exit_code(status));
	print_close(print);
	return EXIT_YES;
}

static int wait_main(const struct command *command, int argc, char **argv)
{
	static const struct print_column columns[] = { { "exit-code", NULL }, {} };
	struct print *print;
	char **names;
	int code;
	bool json;

	names = options_json(command, argc, argv, 1, -1, &json);
	print = print_begin(PRINT_LINES, columns, json);
	code = target_each(names, "cannot wait", wait_for, print);
	return print_end(print) ?: code;
}

const struct command command_wait = {
	.name = "wait",
	.arguments = "[OPTIONS] NAME...",
	.summary = "wait until silos have stopped; print the exit code of each",
	.details = "An exit code above 128 is that of an init process that was ended by a signal\n"
		   "(code - 128).\n",
	.options = options_only_json,
	.examples = "  siloctl wait web\n"
		    "  code=$(siloctl wait web) && siloctl rm web\n",
	.main = wait_main,
};
