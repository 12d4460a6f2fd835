// SPDX-License-Identifier: GPL-2.0-or-later
/* siloctl start: let created silos run their commands */
#include <stddef.h>

#include "options.h"
#include "target.h"

static int start(struct target *target, void *data __attribute__((unused)))
{
	int code = target_connect(target, "cannot start"), ret;

	if (code)
		return code;
	ret = silo_start(target->silo, target->ref, NULL);
	return ret ? target_failure(target, "cannot start", ret) : EXIT_YES;
}

static int start_main(const struct command *command, int argc, char **argv)
{
	while (options_next(command, argc, argv) >= 0)
		;
	return target_each(options_arguments(command, argc, argv, 1, -1), "cannot start", start, NULL);
}

const struct command command_start = {
	.name = "start",
	.arguments = "NAME...",
	.summary = "start silos that were created",
	.details = "A silo is started once. Whether its command could be executed shows in its exit code\n"
		   "(126, 127).\n",
	.examples = "  siloctl start web\n"
		    "  siloctl start web database\n",
	.main = start_main,
};
