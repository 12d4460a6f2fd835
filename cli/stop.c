// SPDX-License-Identifier: GPL-2.0-or-later
/* siloctl stop: ask silos to end, and end them if they don't */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>

#include "options.h"
#include "parse.h"
#include "report.h"
#include "target.h"

#define SECONDS_DEFAULT 10
#define SECONDS_MAX 2000000

/* The init process is asked; 0 if it has ended, -ETIMEDOUT if it has not. */
static int ask(struct target *target, int timeout_ms)
{
	uint32_t status;
	int ret = silo_signal(target->silo, target->ref, SIGTERM);

	if (ret && ret != -ESRCH)
		return ret;
	ret = target->vm ? silo_vm_wait(target->name, &status, timeout_ms) :
			   silo_wait(target->silo, target->ref, &status, timeout_ms);
	return ret == -ENOENT || ret == -ECHILD ? 0 : ret;
}

static int stop(struct target *target, void *data)
{
	const int *timeout_ms = data;
	int ret = -ETIMEDOUT;

	if (target->state == SILO_STATE_STOPPED)
		return EXIT_YES;
	/* A machine whose guest can't be asked is ended by force, after the complaint. */
	target_connect(target, "cannot ask it to stop");
	if (target->silo && target->state == SILO_STATE_STARTED)
		ret = ask(target, *timeout_ms);
	if (ret == -ETIMEDOUT)
		ret = target->vm ? silo_vm_terminate(target->name)
				 : silo_terminate(target->silo, target->ref);
	return ret && ret != -ENOENT ? target_host_failure(target, "cannot stop", ret) : EXIT_YES;
}

static int stop_main(const struct command *command, int argc, char **argv)
{
	uint64_t seconds = SECONDS_DEFAULT;
	int timeout_ms;

	while (options_next(command, argc, argv) == 't')
		if (!parse_number(optarg, SECONDS_MAX, &seconds))
			usage_error(command, "-t %s is no number of seconds from 0 to %d", optarg,
				    SECONDS_MAX);
	timeout_ms = seconds * 1000;
	return target_each(options_arguments(command, argc, argv, 1, -1), "cannot stop", stop, &timeout_ms);
}

static const struct option_line options[] = {
	{ 't', "time", "SECONDS", "how long the init process may take to end (10); 0 ends it at once" },
	{}
};

const struct command command_stop = {
	.name = "stop",
	.arguments = "[OPTIONS] NAME...",
	.summary = "end silos: SIGTERM to the init process, then all by force",
	.details = "The stopped silo stays, with its exit code, until it is removed. Stopping a stopped\n"
		   "one is no error.\n",
	.options = options,
	.examples = "  siloctl stop web\n"
		    "  siloctl stop -t 60 web database\n",
	.main = stop_main,
};
