// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * siloctl: how numbers of the kernel look to people
 */
#include <sched.h>
#include <silo/spec.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "format.h"
#include "memory.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

int exit_code(uint32_t status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

const char *format_duration(uint64_t nanoseconds)
{
	static char text[24];
	uint64_t seconds = nanoseconds / 1000000000;
	uint64_t count = seconds;
	char unit = 's';

	if (seconds >= 48 * 3600) {
		count = seconds / 86400;
		unit = 'd';
	} else if (seconds >= 120 * 60) {
		count = seconds / 3600;
		unit = 'h';
	} else if (seconds >= 120) {
		count = seconds / 60;
		unit = 'm';
	}
	snprintf(text, sizeof(text), "%llu%c", (unsigned long long)count, unit);
	return text;
}

const char *format_time(uint64_t time)
{
	static char text[64];
	time_t seconds = time / 1000000000;
	struct tm tm;
	size_t used;

	localtime_r(&seconds, &tm);
	used = strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm);
	snprintf(text + used, sizeof(text) - used, ".%03u", (unsigned int)(time / 1000000 % 1000));
	return text;
}

char *format_command(const char *text)
{
	struct silo_spec *spec = NULL;
	size_t size = 1;
	char *command;

	if (silo_spec_parse(text, &spec, NULL))
		return must(strdup(""));
	for (char **word = spec->command; word && *word; word++)
		size += strlen(*word) + 1;
	command = must(calloc(1, size));
	for (char **word = spec->command; word && *word; word++) {
		if (word != spec->command)
			strcat(command, " ");
		strcat(command, *word);
	}
	silo_spec_free(spec);
	return command;
}

const char *format_namespace(uint32_t type)
{
	static const struct {
		uint32_t type;
		const char *name;
	} kinds[] = {
		{ CLONE_NEWNS, "mnt" }, { CLONE_NEWPID, "pid" }, { CLONE_NEWNET, "net" },
		{ CLONE_NEWIPC, "ipc" }, { CLONE_NEWUTS, "uts" }, { CLONE_NEWUSER, "user" },
		{ CLONE_NEWCGROUP, "cgroup" }, { CLONE_NEWTIME, "time" },
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i].type == type)
			return kinds[i].name;
	return "unknown";
}
