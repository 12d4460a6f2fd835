// SPDX-License-Identifier: GPL-2.0-or-later
/* siloctl version: which release this is */
#include <linux/silo.h>
#include <stddef.h>

#include "options.h"
#include "print.h"

static int version_main(const struct command *command, int argc, char **argv)
{
	static const struct print_column columns[] = { { "program", NULL }, { "version", NULL }, {} };
	struct print *print;
	bool json;

	options_json(command, argc, argv, 0, 0, &json);
	print = print_begin(PRINT_ONE, columns, json);
	print_open(print, NULL);
	print_text(print, "program", "siloctl");
	print_text(print, "version", SILO_VERSION);
	print_number(print, "interface", SILO_GENL_VERSION);
	print_close(print);
	return print_end(print);
}

const struct command command_version = {
	.name = "version",
	.arguments = "[OPTIONS]",
	.summary = "print the version of siloctl",
	.options = options_only_json,
	.examples = "  siloctl version\n"
		    "  siloctl version --json\n",
	.main = version_main,
};
