// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * siloctl ls: list silos
 *
 * First those of this kernel, then VM silos. A silo of this kernel that holds
 * a VM silo's machine is shown as that VM silo.
 */
#include <errno.h>
#include <silo/silo.h>
#include <silo/vm.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "format.h"
#include "options.h"
#include "print.h"
#include "report.h"

#define COMMAND_WIDTH 60

struct list {
	struct print *print;
	uint64_t now;
	bool names_only;
};

static void print_state(struct print *print, const struct silo_info *info)
{
	print_text(print, "state", silo_state_name(info->state));
	if (!info->has_exit_status)
		return;
	print_number(print, "exit-status", info->exit_status);
	print_number(print, "exit-code", exit_code(info->exit_status));
	print_text(print, "ended-by", silo_ended_by_name(info->ended_by));
	print_shown(print, "state", "%s (%d)", silo_state_name(info->state), exit_code(info->exit_status));
}

static void print_times(struct print *print, const struct silo_info *info, uint64_t now)
{
	print_number(print, "created-time", info->created_time);
	if (info->started_time)
		print_number(print, "started-time", info->started_time);
	if (info->stopped_time)
		print_number(print, "stopped-time", info->stopped_time);
	else if (info->started_time && info->started_time <= now)
		print_shown(print, "up", "%s", format_duration(now - info->started_time));
}

static void print_command(struct print *print, const struct silo_info *info)
{
	char *command = format_command(info->spec);

	print_text(print, "command", command);
	if (strlen(command) > COMMAND_WIDTH)
		print_shown(print, "command", "%.*s...", COMMAND_WIDTH - 3, command);
	free(command);
}

/* A stopped silo has no processes; of a VM silo, @has_members tells whether its guest has said. */
static void print_silo(struct list *list, const struct silo_info *info, uint32_t isolation, bool has_members)
{
	struct print *print = list->print;

	print_open(print, NULL);
	print_text(print, "name", info->name);
	/* A VM silo on a host without the module has no id. */
	if (info->id)
		print_number(print, "id", info->id);
	print_state(print, info);
	print_text(print, "isolation", silo_isolation_name(isolation));
	if (has_members && info->state != SILO_STATE_STOPPED)
		print_number(print, "members", info->members);
	print_times(print, info, list->now);
	print_command(print, info);
	print_close(print);
}

static int list_silo(const struct silo_info *info, void *data)
{
	struct list *list = data;
	struct silo_vm_info *vm = NULL;

	/* list_vm() shows it, with what the guest says. */
	if (info->isolation == SILO_ISOLATION_VM && !silo_vm_get(info->name, &vm)) {
		silo_vm_info_free(vm);
		return 0;
	}
	print_silo(list, info, info->isolation, true);
	return 0;
}

/* The guest knows better than the record, which lags; false if it does not answer. */
static bool ask_guest(const char *name, struct silo_info *info)
{
	struct silo_info *inside = NULL;
	struct silo *guest = NULL;
	bool is_known = !silo_open_vm(&guest, name) &&
			!silo_get(guest, (struct silo_ref){ .name = name }, true, &inside);

	if (is_known) {
		info->members = inside->members;
		info->state = inside->state;
		info->started_time = info->started_time ?: inside->started_time;
	}
	silo_info_free(inside);
	silo_close(guest);
	return is_known;
}

static int list_vm(const struct silo_vm_info *vm, void *data)
{
	struct silo_info info = vm->silo;
	struct list *list = data;
	bool has_members = vm->supervisor && !list->names_only && ask_guest(info.name, &info);

	print_silo(list, &info, SILO_ISOLATION_VM, has_members);
	return 0;
}

static int list_all(struct list *list)
{
	struct silo *silo = NULL;
	int ret = silo_open(&silo), code = EXIT_YES;

	if (!ret)
		ret = silo_list(silo, !list->names_only, list_silo, list);
	if (ret && ret != -ENOPKG)
		code = failure("ls", "cannot list the silos of this kernel", ret, silo_error(silo));
	silo_close(silo);
	ret = silo_vm_list(list_vm, list);
	if (ret)
		code = failure("ls", "cannot list the VM silos", ret, NULL);
	return code;
}

static int ls_main(const struct command *command, int argc, char **argv)
{
	static const struct print_column all_columns[] = { { "name", "NAME" },	     { "id", "ID" },
							   { "state", "STATE" },     { "isolation", "MODE" },
							   { "members", "PIDS" },    { "up", "UP" },
							   { "command", "COMMAND" }, {} };
	static const struct print_column name_column[] = { { "name", NULL }, {} };
	struct list list = {};
	struct timespec now;
	bool json = false;
	int letter, code;

	while ((letter = options_next(command, argc, argv)) >= 0) {
		if (letter == 'j')
			json = true;
		else
			list.names_only = true;
	}
	options_arguments(command, argc, argv, 0, 0);
	if (json && list.names_only)
		usage_error(command, "--quiet and --json exclude each other");

	clock_gettime(CLOCK_REALTIME, &now);
	list.now = now.tv_sec * 1000000000ull + now.tv_nsec;
	list.print = print_begin(PRINT_TABLE, list.names_only ? name_column : all_columns, json);
	code = list_all(&list);
	return print_end(list.print) ?: code;
}

static const struct option_line options[] = {
	{ 'q', "quiet", NULL, "print names only" },
	{ 'j', "json", NULL, "print JSON" },
	{}
};

const struct command command_ls = {
	.name = "ls",
	.arguments = "[OPTIONS]",
	.summary = "list silos, stopped ones too",
	.details = "STATE has the exit code of a stopped silo in parentheses. PIDS counts processes, those\n"
		   "in silos inside too; UP is the time since the start. Without the silo module, the list\n"
		   "has VM silos only.\n",
	.options = options,
	.examples = "  siloctl ls\n"
		    "  siloctl rm -f $(siloctl ls -q)\n",
	.main = ls_main,
};
