// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * libsilo - spec: specs in memory, and whether they can be run
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <silo/silo.h>
#include <silo/spec.h>

#include "cleanup.h"
#include "spec_private.h"

#define MEMORY_MIN (512 * 1024)
#define CPUS_MAX (1000 * 1000)
#define PIDS_MAX (4 * 1024 * 1024)	/* the kernel's own limit */
#define HOSTNAME_MAX 64

#define NAME_RULE "(at most %d letters, digits, dots, underscores and hyphens, " \
	"beginning with a letter or digit, not digits only, not \"self\" or \"host\")"

struct silo_spec *silo_spec_new(void)
{
	return calloc(1, sizeof(struct silo_spec));
}

static void free_list(char **list)
{
	for (size_t i = 0; list && list[i]; i++)
		free(list[i]);
	free(list);
}

void silo_spec_free(struct silo_spec *spec)
{
	if (!spec)
		return;
	free(spec->name);
	free(spec->image);
	free_list(spec->command);
	free_list(spec->environment);
	free(spec->directory);
	free(spec->hostname);
	for (size_t i = 0; i < spec->mounts_count; i++) {
		free(spec->mounts[i].source);
		free(spec->mounts[i].target);
	}
	free(spec->mounts);
	free(spec);
}

/* ---- changing ----------------------------------------------------------- */

int silo_spec_append(char ***list, const char *text)
{
	size_t count = 0;
	char **longer;

	while (*list && (*list)[count])
		count++;
	longer = realloc(*list, (count + 2) * sizeof(*longer));
	if (!longer)
		return -ENOMEM;
	*list = longer;
	longer[count + 1] = NULL;
	longer[count] = strdup(text);
	return longer[count] ? 0 : -ENOMEM;
}

static bool is_assignment(const char *text)
{
	return *text != '=' && strchr(text, '=');
}

int silo_spec_add_environment(struct silo_spec *spec, const char *name_value)
{
	return is_assignment(name_value) ? silo_spec_append(&spec->environment, name_value) : -EINVAL;
}

int silo_spec_append_mount(struct silo_spec *spec, const char *source, const char *target, bool read_only)
{
	auto_free char *source_copy = strdup(source), *target_copy = strdup(target);
	struct silo_mount *longer;

	if (!source_copy || !target_copy)
		return -ENOMEM;
	longer = realloc(spec->mounts, (spec->mounts_count + 1) * sizeof(*longer));
	if (!longer)
		return -ENOMEM;
	spec->mounts = longer;
	longer[spec->mounts_count++] = (struct silo_mount) {
		.source = steal_pointer(&source_copy),
		.target = steal_pointer(&target_copy),
		.read_only = read_only,
	};
	return 0;
}

int silo_spec_add_mount(struct silo_spec *spec, const char *source, const char *target, bool read_only)
{
	if (*source != '/' || *target != '/')
		return -EINVAL;
	return silo_spec_append_mount(spec, source, target, read_only);
}

int silo_spec_set_command(struct silo_spec *spec, int argc, char *const argv[])
{
	char **command = calloc(argc + 1, sizeof(*command));

	if (!command)
		return -ENOMEM;
	for (int i = 0; i < argc; i++) {
		command[i] = strdup(argv[i]);
		if (!command[i]) {
			free_list(command);
			return -ENOMEM;
		}
	}
	free_list(spec->command);
	spec->command = command;
	return 0;
}

/* ---- checking ----------------------------------------------------------- */

int silo_spec_reason(char **reason, int err, const char *format, ...)
{
	va_list arguments;
	int length;

	if (!reason)
		return err;
	va_start(arguments, format);
	length = vasprintf(reason, format, arguments);
	va_end(arguments);
	if (length < 0) {
		*reason = NULL;
		return -ENOMEM;
	}
	return err;
}

static int check_path(const char *member, const char *path, char **reason)
{
	if (*path == '/')
		return 0;
	return silo_spec_reason(reason, -EINVAL, "\"%s\" is no absolute path: %s", member, path);
}

static bool is_hostname(const char *name)
{
	const size_t length = strlen(name);

	return length && length <= HOSTNAME_MAX && !strpbrk(name, "/ \t\r\n");
}

static int check_limits(const struct silo_spec *spec, char **reason)
{
	if (spec->memory && spec->memory < MEMORY_MIN)
		return silo_spec_reason(reason, -EINVAL, "\"memory\" is less than 512 KiB: %llu bytes",
					(unsigned long long)spec->memory);
	if (spec->cpus > CPUS_MAX)
		return silo_spec_reason(reason, -EINVAL,
					"\"cpus\" is more than 1000 processors: %u thousandths", spec->cpus);
	if (spec->pids > PIDS_MAX)
		return silo_spec_reason(reason, -EINVAL, "\"pids\" is more than %u: %u", PIDS_MAX,
					spec->pids);
	return 0;
}

int silo_spec_check(const struct silo_spec *spec, char **reason)
{
	int err = 0;

	if (reason)
		*reason = NULL;
	if (spec->name && !silo_name_is_valid(spec->name))
		return silo_spec_reason(reason, -EINVAL, "\"name\" is no name of a silo: \"%s\" " NAME_RULE,
					spec->name, SILO_NAME_MAX);
	if (spec->isolation > SILO_ISOLATION_VM)
		return silo_spec_reason(reason, -EINVAL, "\"isolation\" is unknown: %u", spec->isolation);
	if (!spec->command || !spec->command[0] || !*spec->command[0])
		return silo_spec_reason(reason, -EINVAL, "\"command\" is empty");
	if (spec->image)
		err = check_path("image", spec->image, reason);
	if (!err && spec->directory)
		err = check_path("directory", spec->directory, reason);
	for (size_t i = 0; !err && spec->environment && spec->environment[i]; i++)
		if (!is_assignment(spec->environment[i]))
			err = silo_spec_reason(reason, -EINVAL,
					       "\"environment\" has an entry that is not NAME=VALUE: %s",
					       spec->environment[i]);
	if (!err && spec->hostname && !is_hostname(spec->hostname))
		err = silo_spec_reason(reason, -EINVAL,
				       "\"hostname\" is not 1 to %d bytes without slashes and spaces: \"%s\"",
				       HOSTNAME_MAX, spec->hostname);
	for (size_t i = 0; !err && i < spec->mounts_count; i++) {
		err = check_path("source", spec->mounts[i].source, reason);
		if (!err)
			err = check_path("target", spec->mounts[i].target, reason);
	}
	return err ? err : check_limits(spec, reason);
}
