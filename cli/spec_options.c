// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * siloctl: the options that describe a container, the same for run and create
 *
 * Owns: struct request. Relative paths of this system are made absolute here, because the spec outlives our
 * working directory.
 */
#include <errno.h>
#include <getopt.h>
#include <silo/silo.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "memory.h"
#include "parse.h"
#include "spec_options.h"

#define NAME_RULE "letters, digits, dots, underscores and hyphens, beginning with a letter or digit, " \
		  "not digits only, not 'self', at most 63 bytes"

void request_begin(struct request *request)
{
	*request = (struct request){ .spec = must(silo_spec_new()) };
}

void request_end(struct request *request)
{
	silo_spec_free(request->spec);
}

static void set(char **field, const char *value)
{
	free(*field);
	*field = must(strdup(value));
}

/* "." and "./" at the front and a slash at the end go away, so that messages show what one would write. */
static char *absolute_path(const struct command *command, const char *path)
{
	char *directory, *absolute;

	if (*path == '/')
		return must(strdup(path));
	directory = getcwd(NULL, 0);
	if (!directory)
		usage_error(command, "%s: the working directory has no path: %s", path, strerror(errno));
	while (path[0] == '.' && (path[1] == '/' || !path[1]))
		path += 1 + strspn(path + 1, "/");
	if (asprintf(&absolute, "%s%s%s", directory, *path && strcmp(directory, "/") ? "/" : "", path) < 0)
		absolute = NULL;
	free(directory);
	return must(absolute);
}

static void add_mount(const struct command *command, struct silo_spec *spec, const char *argument)
{
	char *copy = must(strdup(argument)), *rest = copy;
	char *source = strsep(&rest, ":"), *target = strsep(&rest, ":"), *mode = strsep(&rest, ":");
	bool is_read_only = mode && !strcmp(mode, "ro");
	int ret;

	if (!target || !*source || !*target)
		usage_error(command, "-v %s is not of the form SRC:DST[:ro|rw]", argument);
	if (rest || (mode && !is_read_only && strcmp(mode, "rw")))
		usage_error(command, "-v %s: only ':ro' or ':rw' may follow DST", argument);
	source = absolute_path(command, source);
	ret = silo_spec_add_mount(spec, source, target, is_read_only);
	if (ret == -EINVAL)
		usage_error(command, "-v %s: DST is not an absolute path", argument);
	must(ret ? NULL : spec);
	free(source);
	free(copy);
}

char *environment_entry(const struct command *command, const char *argument)
{
	const char *value = getenv(argument);
	char *entry = NULL;

	if (*argument == '=' || !*argument)
		usage_error(command, "-e %s: a variable needs a name", argument);
	if (strchr(argument, '='))
		return must(strdup(argument));
	if (value && asprintf(&entry, "%s=%s", argument, value) < 0)
		must(NULL);
	return entry;
}

bool environment_has(char *const *environment, const char *name)
{
	for (; environment && *environment; environment++)
		if (!strncmp(*environment, name, strlen(name)) && (*environment)[strlen(name)] == '=')
			return true;
	return false;
}

char *environment_of_terminal(void)
{
	char *entry = NULL;

	if (getenv("TERM") && asprintf(&entry, "TERM=%s", getenv("TERM")) < 0)
		must(NULL);
	return entry;
}

/* @entry may be NULL; it is freed. */
static void add_environment(const struct command *command, struct silo_spec *spec, char *entry)
{
	if (entry && silo_spec_add_environment(spec, entry))
		usage_error(command, "-e %s can't be set", entry);
	free(entry);
}

static uint32_t isolation(const struct command *command, const char *argument)
{
	if (!strcmp(argument, silo_isolation_name(SILO_ISOLATION_PROCESS)))
		return SILO_ISOLATION_PROCESS;
	if (!strcmp(argument, silo_isolation_name(SILO_ISOLATION_VM)))
		return SILO_ISOLATION_VM;
	usage_error(command, "--isolation %s: it is 'process' or 'vm'", argument);
}

static void set_limit(const struct command *command, struct silo_spec *spec, int letter, const char *argument)
{
	uint64_t number;

	if (letter == 'm' && !parse_size(argument, &spec->memory))
		usage_error(command, "-m %s is no size; sizes are bytes, or a number with k, m, g or t",
			    argument);
	if (letter == OPTION_CPUS && !parse_cpus(argument, &spec->cpus))
		usage_error(command, "--cpus %s is no number of processors, such as 2 or 1.5 or 0.125",
			    argument);
	if (letter != OPTION_PIDS)
		return;
	if (!parse_number(argument, UINT32_MAX, &number))
		usage_error(command, "--pids %s is no number", argument);
	spec->pids = number;
}

bool request_option(const struct command *command, struct request *request, int letter, const char *argument)
{
	struct silo_spec *spec = request->spec;

	switch (letter) {
	case OPTION_NAME:
		if (!silo_name_is_valid(argument))
			usage_error(command, "'%s' is no name of a silo: %s", argument, NAME_RULE);
		set(&spec->name, argument);
		break;
	case OPTION_HOSTNAME:
		set(&spec->hostname, argument);
		break;
	case OPTION_ISOLATION:
		spec->isolation = isolation(command, argument);
		break;
	case OPTION_IMAGE:
		free(spec->image);
		spec->image = absolute_path(command, argument);
		break;
	case OPTION_RM:
		spec->remove = true;
		break;
	case OPTION_VERBOSE:
		request->verbose = true;
		break;
	case OPTION_JSON:
		request->json = true;
		break;
	case 'w':
		set(&spec->directory, argument);
		break;
	case 'e':
		add_environment(command, spec, environment_entry(command, argument));
		break;
	case 'v':
		add_mount(command, spec, argument);
		break;
	case 'm':
	case OPTION_CPUS:
	case OPTION_PIDS:
		set_limit(command, spec, letter, argument);
		break;
	default:
		return false;
	}
	return true;
}

void request_make_up_name(struct request *request)
{
	unsigned char random[3] = {};
	char name[16];

	/* Three bytes are never delivered in part; without any, a collision is found by the kernel. */
	if (getrandom(random, sizeof(random), 0) < 0)
		random[0] = getpid();
	snprintf(name, sizeof(name), "silo-%02x%02x%02x", random[0], random[1], random[2]);
	set(&request->spec->name, name);
	request->is_name_made_up = true;
}

void request_finish(const struct command *command, struct request *request, int argc, char **argv)
{
	char **arguments = options_arguments(command, argc, argv, 1, -1);
	struct silo_spec *spec = request->spec;
	char *reason = NULL;

	if (silo_spec_set_command(spec, argc - optind, arguments))
		must(NULL);
	if (!spec->name)
		request_make_up_name(request);
	if (spec->terminal && !environment_has(spec->environment, "TERM"))
		add_environment(command, spec, environment_of_terminal());
	if (silo_spec_check(spec, &reason))
		usage_error(command, "%s", reason ?: "this can't be run");
}
