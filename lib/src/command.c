// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * libsilo - command: what is known of a command before there is a process for it
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "child.h"
#include "cleanup.h"

#define DEFAULT_PATH "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

static size_t count_strings(char *const *list)
{
	size_t count = 0;

	while (list && list[count])
		count++;
	return count;
}

/* Puts NAME=VALUE into a list, in the place of one with the same name. */
static void put(char **list, size_t *count, const char *name_value)
{
	const size_t length = strcspn(name_value, "=") + 1;
	size_t i;

	for (i = 0; i < *count; i++)
		if (!strncmp(list[i], name_value, length))
			break;
	list[i] = (char *)name_value;
	if (i == *count)
		++*count;
}

static const char *value_of(char *const *list, const char *name)
{
	const size_t length = strlen(name);

	for (; *list; list++)
		if (!strncmp(*list, name, length) && (*list)[length] == '=')
			return *list + length + 1;
	return NULL;
}

/* The strings are the caller's, but for the host name, which lies behind the list. */
static char **make_environment(const char *hostname, char *const *environment, char *const *more,
			       bool has_terminal)
{
	const size_t most = count_strings(environment) + count_strings(more) + 4;
	char **list = malloc((most + 1) * sizeof(*list) + sizeof("HOSTNAME=") + strlen(hostname));
	size_t count = 0;
	char *text;

	if (!list)
		return NULL;
	text = (char *)(list + most + 1);
	strcpy(stpcpy(text, "HOSTNAME="), hostname);
	put(list, &count, text);
	put(list, &count, DEFAULT_PATH);
	put(list, &count, "HOME=/root");
	if (has_terminal)
		put(list, &count, "TERM=xterm");
	for (; environment && *environment; environment++)
		put(list, &count, *environment);
	for (; more && *more; more++)
		put(list, &count, *more);
	list[count] = NULL;
	return list;
}

/* The value of a field of a status file, to the end of its line; NULL if there is none. */
static const char *find_field(const char *text, const char *name)
{
	const char *line = strstr(text, name);

	return line ? line + strlen(name) : NULL;
}

static bool field_is(const char *text, const char *name, const char *value)
{
	const char *field = find_field(text, name);

	return field && !strncmp(field, value, strlen(value));
}

static uint64_t signals_in(const char *text, const char *name)
{
	const char *field = find_field(text, name);

	return field ? strtoull(field, NULL, 16) : ~UINT64_C(0);
}

/*
 * One look at what would go down to the command, instead of a call to change
 * each. What can't be read is taken to be unusual.
 */
static void read_heritage(struct child *child)
{
	char text[4096], umask[16];
	auto_close int fd = open("/proc/thread-self/status", O_RDONLY | O_CLOEXEC);
	ssize_t size = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	text[size < 0 ? 0 : size] = '\0';
	snprintf(umask, sizeof(umask), "%04o\n", USUAL_UMASK);
	child->has_usual_umask = field_is(text, "\nUmask:\t", umask);
	child->is_plain_root = field_is(text, "\nUid:\t", "0\t0\t0\t0\n") &&
			       field_is(text, "\nGid:\t", "0\t0\t0\t0\n") &&
			       (field_is(text, "\nGroups:\t", " \n") ||
				field_is(text, "\nGroups:\t", "0 \n"));
	/* Handlers end with the clone, but what is ignored stays so over clone and exec. */
	child->ignored_signals = signals_in(text, "\nSigIgn:\t");
	child->has_blocked_signals = signals_in(text, "\nSigBlk:\t");
}

int child_prepare(struct child *child, char *const *command, const char *hostname, char *const *environment,
		  char *const *more, bool has_terminal)
{
	memset(child, 0, offsetof(struct child, trees));
	child->environment = make_environment(hostname, environment, more, has_terminal);
	if (!child->environment)
		return -ENOMEM;
	child->path = value_of(child->environment, "PATH");
	child->command = command;
	child->has_terminal = has_terminal;
	read_heritage(child);
	child->channel = -1;
	child->kept = -1;
	child->master = -1;
	return 0;
}

void child_release(struct child *child)
{
	free(child->environment);
}
