// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * siloctl run: create a silo, start it, and stay until its command has ended
 *
 * Signals are caught from before the silo exists, so none can end us between its creation and its start.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "foreground.h"
#include "format.h"
#include "launch.h"
#include "report.h"

struct run {
	struct request request;
	struct foreground foreground;
	uint64_t id;
	int exit_code;			/* of the command, once it has ended */
};

/*
 * The command's end is the end of the silo, but the kernel may be letting go of it still. When we leave, its
 * name is free if it was to be removed, and it can be removed if not. Both requests change nothing that isn't
 * happening.
 */
static void settle(struct silo *silo, uint64_t id, bool is_removed)
{
	struct silo_ref ref = { .id = id };

	if (is_removed)
		silo_remove(silo, ref, true);
	else
		silo_terminate(silo, ref);
}

static int start_process(struct run *run, struct silo *silo, struct silo_process *init)
{
	const char *name = run->request.spec->name;
	int status = 0, ret;

	run->foreground.name = name;
	if (run->foreground.terminal)
		foreground_resize(init);
	ret = silo_container_start(silo, run->id, init);
	if (ret)
		return launch_failure(name, "cannot start", ret, silo_error(silo));
	if (run->request.detach)
		return EXIT_YES;
	ret = foreground_process(&run->foreground, init, &status);
	if (ret)
		return failure(name, "cannot wait", ret, silo_error(silo));
	run->exit_code = exit_code(status);
	settle(silo, run->id, run->request.spec->remove);
	return EXIT_YES;
}

static int run_process(struct run *run)
{
	struct silo_stdio streams = foreground_streams(&run->foreground);
	struct silo_process *init = NULL;
	struct silo *silo = NULL;
	int code;

	if (run->request.detach)
		streams = (struct silo_stdio){ -1, -1, -1 };
	code = launch_process(&run->request, &streams, &silo, &run->id, &init);
	if (!code)
		code = start_process(run, silo, init);
	silo_process_free(init);
	silo_close(silo);
	return code;
}

static int start_vm(struct run *run, struct silo_vm_process *process)
{
	const char *name = run->request.spec->name;
	int ret = silo_vm_process_start(process), status = 0;

	if (ret)
		return launch_failure(name, "cannot start", ret, silo_vm_process_error(process));
	if (run->request.detach)
		return EXIT_YES;
	ret = foreground_vm(&run->foreground, process, &status);
	if (ret)
		return failure(name, "its command was lost", ret, silo_vm_process_error(process));
	run->exit_code = exit_code(status);
	return EXIT_YES;
}

static int run_vm(struct run *run)
{
	struct silo_vm_process *process = NULL;
	const char *name;
	char *reason = NULL;
	int code, ret;

	code = launch_vm(&run->request, run->request.detach, &run->id);
	if (code)
		return code;
	name = run->request.spec->name;
	ret = silo_vm_attach(name, &process, &reason);
	code = ret ? failure(name, "cannot attach", ret, reason) : start_vm(run, process);
	silo_vm_process_free(process);
	if (code)
		silo_vm_remove(name, true);
	free(reason);
	return code;
}

/* Combinations that can't be had are refused, not ignored. */
static void check(const struct command *command, struct run *run)
{
	const struct request *request = &run->request;

	if (request->detach && run->foreground.terminal)
		usage_error(command, "-t and -d exclude each other: nobody would hold the terminal");
	if (request->detach && run->foreground.interactive)
		usage_error(command, "-i and -d exclude each other: nobody would hold the input");
	if (request->json && !request->detach)
		usage_error(command, "--json is for -d: without it, the output is the command's");
	foreground_check(command, &run->foreground);
}

static int run_silo(struct run *run)
{
	bool is_vm = run->request.spec->isolation == SILO_ISOLATION_VM;
	int code;

	if (!run->request.detach)
		foreground_begin(&run->foreground);
	code = is_vm ? run_vm(run) : run_process(run);
	if (!run->request.detach)
		foreground_end(&run->foreground);
	else if (!code)
		code = launch_print(&run->request, run->id);
	if (!code && !run->request.detach && run->request.verbose)
		complain(run->request.spec->name, "ended, exit code %d", run->exit_code);
	return code;
}

static int run_main(const struct command *command, int argc, char **argv)
{
	struct run run = {};
	int letter, code;

	request_begin(&run.request);
	while ((letter = options_next(command, argc, argv)) >= 0) {
		if (letter == 'd')
			run.request.detach = true;
		else if (letter == 'i')
			run.foreground.interactive = true;
		else if (letter == 't')
			run.foreground.terminal = true;
		else
			request_option(command, &run.request, letter, optarg);
	}
	run.request.spec->terminal = run.foreground.terminal;
	request_finish(command, &run.request, argc, argv);
	check(command, &run);

	code = run_silo(&run);
	request_end(&run.request);
	return code ? before_command(code) : run.exit_code;
}

static const struct option_line options[] = {
	FOREGROUND_OPTION_LINES,
	{ 'd', "detach", NULL, "print the name and leave; the command reads and writes /dev/null" },
	SPEC_OPTION_LINES,
	{}
};

const struct command command_run = {
	.name = "run",
	.arguments = "[OPTIONS] [--] COMMAND [ARGUMENT...]",
	.summary = "create a silo and run a command in it",
	.details = "Exits as the command does: with its code, or 128 + N after signal N. 125: it was not\n"
		   "begun; 126: it can't be executed; 127: it was not found. HUP, INT, QUIT, TERM, USR1,\n"
		   "USR2 and WINCH are passed on to it; KILL can't be. The kernel keeps signals from it\n"
		   "that it has no handler for, since it is its silo's init process.\n",
	.options = options,
	.examples = "  siloctl run -it --rm -- bash\n"
		    "  siloctl run -d --name web --isolation=vm -m 512M -v /srv/www:/www:ro -- httpd -f\n",
	.options_come_first = true,
	.has_command = true,
	.main = run_main,
};
