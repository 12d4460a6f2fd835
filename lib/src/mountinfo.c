// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * libsilo - mountinfo: which file systems make up this computer's files
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "cleanup.h"
#include "mountinfo.h"

/* A container has these of its own, or needs none. */
static bool is_for_the_kernel(const char *path)
{
	static const char *const tops[] = { "/proc", "/sys", "/dev", "/run" };

	for (size_t i = 0; i < sizeof(tops) / sizeof(tops[0]); i++) {
		const size_t length = strlen(tops[i]);

		if (!strncmp(path, tops[i], length) && (path[length] == '/' || !path[length]))
			return true;
	}
	return !strcmp(path, "/");
}

/* No files of the computer, wherever they are mounted; and a look into autofs would mount something. */
static bool holds_files(const char *type)
{
	static const char *const without[] = {
		"autofs", "binfmt_misc", "bpf", "cgroup", "cgroup2", "configfs", "debugfs", "devpts",
		"devtmpfs", "efivarfs", "fusectl", "hugetlbfs", "mqueue", "nsfs", "proc", "pstore",
		"rpc_pipefs", "securityfs", "selinuxfs", "silofs", "smackfs", "sysfs", "tracefs",
	};

	for (size_t i = 0; i < sizeof(without) / sizeof(without[0]); i++)
		if (!strcmp(type, without[i]))
			return false;
	return true;
}

/* Spaces and the like are written as three octal digits. */
static void unescape(char *text)
{
	char *out = text;

	while (*text) {
		if (text[0] == '\\' && text[1] >= '0' && text[1] <= '3' && text[2] && text[3]) {
			*out++ = (text[1] - '0') << 6 | (text[2] - '0') << 3 | (text[3] - '0');
			text += 4;
		} else {
			*out++ = *text++;
		}
	}
	*out = '\0';
}

static unsigned long parse_flags(char *options)
{
	unsigned long flags = 0;
	char *option;

	while ((option = strsep(&options, ","))) {
		if (!strcmp(option, "ro"))
			flags |= MS_RDONLY;
		else if (!strcmp(option, "nosuid"))
			flags |= MS_NOSUID;
		else if (!strcmp(option, "noexec"))
			flags |= MS_NOEXEC;
	}
	return flags;
}

static bool covers(const char *upper, const char *lower)
{
	const size_t length = strlen(upper);

	return !strncmp(upper, lower, length) && (!lower[length] || lower[length] == '/');
}

/* A mount hides those that were made earlier at its place and below it. */
static int add(struct mountinfo *info, char *path, unsigned long flags, bool is_wanted)
{
	size_t kept = 0;

	for (size_t i = 0; i < info->count; i++) {
		if (covers(path, info->submounts[i].path))
			free(info->submounts[i].path);
		else
			info->submounts[kept++] = info->submounts[i];
	}
	info->count = kept;
	if (!is_wanted)
		return 0;
	/* Grown by doubling, at the powers of two. */
	if (!(kept & (kept - 1))) {
		struct submount *longer = realloc(info->submounts, (kept ? 2 * kept : 1) * sizeof(*longer));

		if (!longer)
			return -ENOMEM;
		info->submounts = longer;
	}
	path = strdup(path);
	if (!path)
		return -ENOMEM;
	info->submounts[info->count++] = (struct submount){ .path = path, .flags = flags };
	return 0;
}

/* 36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue */
static int add_line(struct mountinfo *info, char *line)
{
	char *fields = strstr(line, " - "), *path = NULL, *options, *type;

	if (!fields)
		return 0;
	*fields = '\0';
	fields += strlen(" - ");
	type = strsep(&fields, " ");
	for (int i = 0; i < 5; i++)
		path = strsep(&line, " ");
	options = strsep(&line, " ");
	if (!path || !options)
		return 0;
	unescape(path);
	if (is_for_the_kernel(path))
		return 0;
	return add(info, path, parse_flags(options), holds_files(type));
}

static int read_text(char **out)
{
	auto_close int fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	auto_free char *text = NULL;
	size_t size = 0, room = 0;
	ssize_t got;

	if (fd < 0)
		return -errno;
	do {
		if (room - size < 4096) {
			char *longer = realloc(text, room += 16384);

			if (!longer)
				return -ENOMEM;
			text = longer;
		}
		got = read(fd, text + size, room - size - 1);
		if (got < 0)
			return -errno;
		size += got;
	} while (got);
	text[size] = '\0';
	*out = steal_pointer(&text);
	return 0;
}

int mountinfo_read(struct mountinfo *info)
{
	auto_free char *text = NULL;
	char *rest, *line;
	int err;

	*info = (struct mountinfo){};
	err = read_text(&text);
	rest = text;
	while (!err && (line = strsep(&rest, "\n")))
		err = add_line(info, line);
	if (err)
		mountinfo_free(info);
	return err;
}

void mountinfo_free(struct mountinfo *info)
{
	for (size_t i = 0; i < info->count; i++)
		free(info->submounts[i].path);
	free(info->submounts);
}
