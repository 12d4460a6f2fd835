// SPDX-License-Identifier: GPL-2.0-or-later
/* siloctl inspect: print all that is known of silos, as JSON */
#include <silo/spec.h>
#include <stdio.h>
#include <string.h>

#include "format.h"
#include "options.h"
#include "print.h"
#include "target.h"

static void print_uuid(struct print *print, const uint8_t *uuid)
{
	static const uint8_t unknown[16];
	char text[37], *end = text;

	if (!memcmp(uuid, unknown, sizeof(unknown)))
		return;
	for (int i = 0; i < 16; i++)
		end += sprintf(end, "%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", uuid[i]);
	print_text(print, "uuid", text);
}

static void print_flags(struct print *print, uint32_t flags)
{
	static const struct {
		uint32_t bit;
		const char *name;
	} names[] = {
		{ SILO_FLAG_OWNED, "owned" },
		{ SILO_FLAG_AUTOREMOVE, "autoremove" },
		{ SILO_FLAG_OWNS_CGROUP, "owns-cgroup" },
	};

	print_open_list(print, "flags");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (flags & names[i].bit)
			print_text(print, NULL, names[i].name);
	print_close(print);
}

static void print_exit(struct print *print, const struct silo_info *info)
{
	if (info->has_exit_status) {
		print_number(print, "exit-status", info->exit_status);
		print_number(print, "exit-code", exit_code(info->exit_status));
	}
	print_text(print, "ended-by", silo_ended_by_name(info->ended_by));
	print_number(print, "created-time", info->created_time);
	if (info->started_time)
		print_number(print, "started-time", info->started_time);
	if (info->stopped_time)
		print_number(print, "stopped-time", info->stopped_time);
}

/* What the kernel that the silo lives in says of its contents. */
static void print_contents(struct print *print, const struct silo_info *info)
{
	print_number(print, "members", info->members);
	print_number(print, "keys", info->keys);
	print_number(print, "key-bytes", info->key_bytes);
	print_open(print, "ns");
	for (size_t i = 0; i < info->ns_count; i++)
		print_number(print, format_namespace(info->ns[i].type), info->ns[i].inum);
	print_close(print);
}

static void print_vm(struct print *print, const struct silo_vm_info *vm)
{
	print_open(print, "vm");
	print_number(print, "supervisor", vm->supervisor);
	print_flag(print, "emulated", vm->is_emulated);
	print_text(print, "release", vm->release);
	print_text(print, "cause", vm->cause);
	print_text(print, "directory", vm->directory);
	print_close(print);
}

static int inspect(struct target *target, void *data)
{
	static const char what[] = "cannot inspect";
	const struct silo_info *info = target->info;
	struct silo_info *contents = NULL;
	struct print *print = data;

	if (!target->vm || target->vm->supervisor) {
		int code = target_connect(target, what), ret;

		if (code)
			return code;
		ret = silo_get(target->silo, target->ref, true, &contents);
		if (ret)
			return target_failure(target, what, ret);
	}
	print_open(print, NULL);
	if (info->id)
		print_number(print, "id", info->id);
	print_text(print, "name", info->name);
	print_uuid(print, contents ? contents->uuid : info->uuid);
	print_number(print, "parent", info->parent);
	print_text(print, "state", silo_state_name(target->state));
	print_text(print, "isolation", silo_isolation_name(info->isolation));
	print_flags(print, info->flags);
	if (*info->cgroup) {
		print_number(print, "cgroup-id", info->cgroup_id);
		print_text(print, "cgroup", info->cgroup);
	}
	if (info->init_pid)
		print_number(print, "init-pid", info->init_pid);
	print_exit(print, info);
	if (contents)
		print_contents(print, contents);
	print_json(print, "spec", info->spec);
	if (target->vm)
		print_vm(print, target->vm);
	print_close(print);
	silo_info_free(contents);
	return EXIT_YES;
}

static int inspect_main(const struct command *command, int argc, char **argv)
{
	static const struct print_column columns[] = { {} };
	struct print *print;
	char **names;
	bool json;
	int code;

	names = options_json(command, argc, argv, 1, -1, &json);
	print = print_begin(PRINT_TABLE, columns, true);
	code = target_each(names, "cannot inspect", inspect, print);
	return print_end(print) ?: code;
}

static const struct option_line options[] = {
	{ 'j', "json", NULL, "print JSON, as is done without it" },
	{}
};

const struct command command_inspect = {
	.name = "inspect",
	.arguments = "[OPTIONS] NAME...",
	.summary = "print all that is known of silos, as a JSON list",
	.details = "Members are named as the attributes of the netlink interface. Times are nanoseconds\n"
		   "since 1970.\n",
	.options = options,
	.examples = "  siloctl inspect web\n"
		    "  siloctl inspect web | jq '.[0].spec.command'\n",
	.main = inspect_main,
};
