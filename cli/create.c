// SPDX-License-Identifier: GPL-2.0-or-later
/* siloctl create: make a silo whose command waits for siloctl start */
#include <getopt.h>

#include "launch.h"

static int create_main(const struct command *command, int argc, char **argv)
{
	static const struct silo_stdio no_streams = { -1, -1, -1 };
	struct silo_process *init = NULL;
	struct silo *silo = NULL;
	struct request request;
	uint64_t id = 0;
	int letter, code;

	request_begin(&request);
	while ((letter = options_next(command, argc, argv)) >= 0) {
		if (letter == 't')
			usage_error(command, "-t is for run and exec: nobody would hold the terminal");
		if (letter == 'i')
			usage_error(command, "-i is for run and exec: nobody would hold the input");
		request_option(command, &request, letter, optarg);
	}
	request_finish(command, &request, argc, argv);
	if (request.spec->isolation == SILO_ISOLATION_VM)
		code = launch_vm(&request, true, &id);
	else
		code = launch_process(&request, &no_streams, &silo, &id, &init);
	silo_process_free(init);
	silo_close(silo);
	if (!code)
		code = launch_print(&request, id);
	request_end(&request);
	return code;
}

static const struct option_line options[] = {
	SPEC_OPTION_LINES,
	{ 'i', "interactive", NULL, NULL },
	{ 't', "tty", NULL, NULL },
	{}
};

const struct command command_create = {
	.name = "create",
	.arguments = "[OPTIONS] [--] COMMAND [ARGUMENT...]",
	.summary = "create a silo; its command waits for 'siloctl start'",
	.details = "Prints the name. The command will read and write /dev/null.\n",
	.options = options,
	.examples = "  siloctl create --name web -m 512M -- nginx -g 'daemon off;'\n"
		    "  siloctl key set web 'HKLM\\Software\\Web\\Port' dword 8080 && siloctl start web\n",
	.options_come_first = true,
	.main = create_main,
};
