// SPDX-License-Identifier: GPL-2.0-or-later
/* siloctl exec: run a command in a silo that runs already */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "foreground.h"
#include "format.h"
#include "launch.h"
#include "memory.h"
#include "report.h"
#include "target.h"
#include "terminal.h"

static const char what[] = "cannot execute a command";

struct execution {
	struct silo_exec_params params;
	struct foreground foreground;
	int exit_code;			/* of the command, once it has ended */
};

static int exec_process(struct execution *execution, struct target *target)
{
	struct silo_stdio streams = foreground_streams(&execution->foreground);
	struct silo_process *process = NULL;
	int ret, status = 0, code = EXIT_YES;

	ret = silo_exec(target->silo, target->ref, &execution->params, &streams, &process);
	if (ret)
		return launch_failure(target->name, what, ret, silo_error(target->silo));
	if (execution->foreground.terminal)
		foreground_resize(process);
	ret = foreground_process(&execution->foreground, process, &status);
	if (ret)
		code = failure(target->name, "cannot wait", ret, NULL);
	execution->exit_code = exit_code(status);
	silo_process_free(process);
	return code;
}

static int exec_vm(struct execution *execution, struct target *target)
{
	struct silo_vm_process *process = NULL;
	struct winsize size = terminal_size();
	int ret, status = 0, code = EXIT_YES;
	char *reason = NULL;

	ret = silo_vm_exec(target->name, &execution->params, size.ws_row, size.ws_col, &process, &reason);
	if (ret) {
		code = launch_failure(target->name, what, ret, reason);
		free(reason);
		return code;
	}
	ret = foreground_vm(&execution->foreground, process, &status);
	if (ret)
		code = failure(target->name, "the command was lost", ret, silo_vm_process_error(process));
	execution->exit_code = exit_code(status);
	silo_vm_process_free(process);
	return code;
}

static int execute(struct target *target, void *data)
{
	struct execution *execution = data;
	int code;

	if (target->state == SILO_STATE_CREATED && target->vm)
		target_connect(target, what);
	if (target->state != SILO_STATE_STARTED) {
		complain(target->name, "%s: it is %s", what, silo_state_name(target->state));
		return EXIT_NO;
	}
	execution->foreground.name = target->name;
	foreground_begin(&execution->foreground);
	code = target->vm ? exec_vm(execution, target) : exec_process(execution, target);
	foreground_end(&execution->foreground);
	return code;
}

static int exec_main(const struct command *command, int argc, char **argv)
{
	struct execution execution = {};
	char **environment = must(calloc(argc + 2, sizeof(*environment)));
	char *names[2] = {}, **arguments;
	size_t count = 0;
	int letter, code;

	while ((letter = options_next(command, argc, argv)) >= 0) {
		if (letter == 'i') {
			execution.foreground.interactive = true;
		} else if (letter == 't') {
			execution.foreground.terminal = true;
		} else if (letter == 'w') {
			execution.params.directory = optarg;
		} else {
			environment[count] = environment_entry(command, optarg);
			count += environment[count] != NULL;
		}
	}
	arguments = options_arguments(command, argc, argv, 2, -1);
	names[0] = arguments[0];
	/* "exec NAME -- COMMAND" is what some type. */
	execution.params.command = arguments + (!strcmp(arguments[1], "--") ? 2 : 1);
	if (!execution.params.command[0])
		usage_error(command, "a command is missing");
	if (execution.params.directory && *execution.params.directory != '/')
		usage_error(command, "-w %s is not an absolute path", execution.params.directory);
	foreground_check(command, &execution.foreground);
	execution.params.terminal = execution.foreground.terminal;
	if (execution.params.terminal && !environment_has(environment, "TERM"))
		environment[count] = environment_of_terminal();
	execution.params.environment = environment;

	code = target_each(names, what, execute, &execution);
	for (char **entry = environment; *entry; entry++)
		free(*entry);
	free(environment);
	return code ? before_command(code) : execution.exit_code;
}

static const struct option_line options[] = {
	FOREGROUND_OPTION_LINES,
	{ 'e', "env", "NAME[=VALUE]", "environment variable; without =VALUE, as it is set here, if it is" },
	{ 'w', "workdir", "DIR", "directory in which the command starts (the silo's)" },
	{}
};

const struct command command_exec = {
	.name = "exec",
	.arguments = "[OPTIONS] NAME COMMAND [ARGUMENT...]",
	.summary = "run a command in a silo that runs already",
	.details = "Exits as 'siloctl run' does. In a VM silo the command runs in the virtual machine.\n",
	.options = options,
	.examples = "  siloctl exec web uname -r\n"
		    "  siloctl exec -it -w /var/log web sh\n",
	.options_come_first = true,
	.has_command = true,
	.main = exec_main,
};
