// SPDX-License-Identifier: GPL-2.0-or-later
/* siloctl rm: remove silos */
#include <errno.h>
#include <stddef.h>

#include "options.h"
#include "report.h"
#include "target.h"

static int remove_silo(struct target *target, void *data)
{
	const bool *force = data;
	int ret = target->vm ? silo_vm_remove(target->name, *force) :
			       silo_remove(target->silo, target->ref, *force);

	if (ret == -EBUSY && !*force) {
		complain(target->name,
			 "cannot remove: it is running; stop it first, or use 'siloctl rm -f %s'",
			 target->name);
		return EXIT_NO;
	}
	return ret ? target_host_failure(target, "cannot remove", ret) : EXIT_YES;
}

static int rm_main(const struct command *command, int argc, char **argv)
{
	bool force = false;

	while (options_next(command, argc, argv) == 'f')
		force = true;
	return target_each(options_arguments(command, argc, argv, 1, -1), "cannot remove", remove_silo,
			   &force);
}

static const struct option_line options[] = {
	{ 'f', "force", NULL, "end those that are running first" },
	{}
};

const struct command command_rm = {
	.name = "rm",
	.arguments = "[OPTIONS] NAME...",
	.summary = "remove silos, with their keys and exit codes",
	.options = options,
	.examples = "  siloctl rm web\n"
		    "  siloctl rm -f web database\n",
	.main = rm_main,
};
