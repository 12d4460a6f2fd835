// SPDX-License-Identifier: GPL-2.0-or-later
/* siloctl kill: send a signal to the init process of silos */
#include <signal.h>
#include <stdlib.h>

#include "options.h"
#include "parse.h"
#include "target.h"

static int send_signal(struct target *target, void *data)
{
	const int *signal = data;
	int code = target_connect(target, "cannot send a signal"), ret;

	if (code)
		return code;
	ret = silo_signal(target->silo, target->ref, *signal);
	return ret ? target_failure(target, "cannot send a signal", ret) : EXIT_YES;
}

static int kill_main(const struct command *command, int argc, char **argv)
{
	int signal = SIGKILL;

	while (options_next(command, argc, argv) == 's')
		if (!parse_signal(optarg, &signal))
			usage_error(command, "'%s' is no signal", optarg);
	return target_each(options_arguments(command, argc, argv, 1, -1), "cannot send a signal", send_signal,
			   &signal);
}

static const struct option_line options[] = {
	{ 's', "signal", "SIGNAL", "name, with or without SIG, or number (KILL)" },
	{}
};

const struct command command_kill = {
	.name = "kill",
	.arguments = "[OPTIONS] NAME...",
	.summary = "send a signal to the init process of silos",
	.details = "Without its init process a silo ends, so KILL ends all of it. The kernel keeps from an\n"
		   "init process the signals that it has no handler for, KILL and STOP excepted.\n",
	.options = options,
	.examples = "  siloctl kill web\n"
		    "  siloctl kill -s HUP web\n",
	.main = kill_main,
};
