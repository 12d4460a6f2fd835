// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * siloctl doctor: check what silos need on this system; here, what process mode needs of this kernel
 */
#include <errno.h>
#include <linux/magic.h>
#include <silo/silo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "doctor.h"
#include "options.h"
#include "print.h"

#define CGROUP_ROOT "/sys/fs/cgroup"
#define SILOFS_ROOT "/sys/fs/silo"

struct checkup {
	struct print *print;
	enum verdict process;		/* the worst about process mode */
};

void checkup_say(struct checkup *checkup, enum verdict verdict, const char *text, const char *hint)
{
	static const char *const words[] = { [OK] = "ok", [WARN] = "warn", [FAIL] = "fail" };
	struct print *print = checkup->print;

	print_open(print, NULL);
	print_text(print, "verdict", words[verdict]);
	print_shown(print, "verdict", "%-4s", words[verdict]);
	print_text(print, "text", text);
	if (hint) {
		print_text(print, "hint", hint);
		print_shown(print, "text", "%s; %s", text, hint);
	}
	print_close(print);
}

/* One thing that process mode needs. */
static void check(struct checkup *checkup, enum verdict verdict, const char *text, const char *hint)
{
	if (verdict > checkup->process)
		checkup->process = verdict;
	checkup_say(checkup, verdict, text, hint);
}

/* The first line of a file, in a static buffer; "" if it can't be read. */
static const char *first_line(const char *path)
{
	static char line[512];
	FILE *stream = fopen(path, "re");

	if (!stream || !fgets(line, sizeof(line), stream))
		*line = '\0';
	if (stream)
		fclose(stream);
	line[strcspn(line, "\n")] = '\0';
	return line;
}

static void check_module(struct checkup *checkup)
{
	const char *version = first_line("/sys/module/silo/version");
	struct silo *silo = NULL;
	char text[128];
	int ret = silo_open(&silo);

	silo_close(silo);
	if (ret == -ENOPKG) {
		check(checkup, FAIL, "the silo module is not loaded",
		      "load it with 'insmod silo.ko' (or 'modprobe silo')");
	} else if (ret == -EPROTO) {
		check(checkup, FAIL, "the loaded silo module has another interface than this siloctl",
		      "install both from one release");
	} else if (ret) {
		snprintf(text, sizeof(text), "the silo module does not answer: %s", strerror(-ret));
		check(checkup, FAIL, text, NULL);
	} else {
		snprintf(text, sizeof(text), "silo.ko %s%sloaded, netlink family version %d", version,
			 *version ? " " : "", SILO_GENL_VERSION);
		check(checkup, OK, text, NULL);
	}
}

static bool has_word(const char *list, const char *word)
{
	size_t length = strlen(word);

	for (const char *at = list; (at = strstr(at, word)); at += length)
		if ((at == list || at[-1] == ' ') && (at[length] == ' ' || !at[length]))
			return true;
	return false;
}

static void check_cgroup(struct checkup *checkup)
{
	static const char *const wanted[] = { "cpu", "memory", "pids" };
	const char *controllers = first_line(CGROUP_ROOT "/cgroup.controllers");
	char missing[64] = "", text[768];
	struct statfs fs;

	if (statfs(CGROUP_ROOT, &fs) || fs.f_type != CGROUP2_SUPER_MAGIC) {
		check(checkup, FAIL, "no cgroup v2 on " CGROUP_ROOT,
		      "boot with systemd.unified_cgroup_hierarchy=1, or mount -t cgroup2 none " CGROUP_ROOT);
		return;
	}
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		if (!has_word(controllers, wanted[i]))
			strcat(strcat(missing, " "), wanted[i]);
	if (*missing) {
		snprintf(text, sizeof(text), "cgroup v2 has no controllers%s: limits on these are refused",
			 missing);
		check(checkup, WARN, text, NULL);
		return;
	}
	snprintf(text, sizeof(text), "cgroup v2, controllers %s", controllers);
	check(checkup, OK, text, NULL);
}

/* Opening it loads its module. */
static void check_overlay(struct checkup *checkup)
{
	int fd = syscall(SYS_fsopen, "overlay", 1);
	char text[128];

	if (fd >= 0) {
		close(fd);
		check(checkup, OK, "overlay file system", NULL);
	} else if (errno == EPERM) {
		check(checkup, WARN, "overlay file system not checked", "run siloctl as root");
	} else {
		snprintf(text, sizeof(text), "the kernel has no overlay file system: %s", strerror(errno));
		check(checkup, FAIL, text, NULL);
	}
}

static bool is_silofs_mounted(void)
{
	FILE *stream = fopen("/proc/self/mounts", "re");
	char line[4096], where[256], type[64];
	bool is_mounted = false;

	while (stream && fgets(line, sizeof(line), stream))
		if (sscanf(line, "%*s %255s %63s", where, type) == 2 && !strcmp(where, SILOFS_ROOT))
			is_mounted = !strcmp(type, "silofs");
	if (stream)
		fclose(stream);
	return is_mounted;
}

static void check_silofs(struct checkup *checkup)
{
	if (is_silofs_mounted())
		check(checkup, OK, "silofs on " SILOFS_ROOT, NULL);
	else if (!access(SILOFS_ROOT, F_OK))
		check(checkup, WARN, "silofs is not mounted", "mount -t silofs silofs " SILOFS_ROOT);
}

static void check_user_namespaces(struct checkup *checkup)
{
	if (access("/proc/self/ns/user", F_OK))
		check(checkup, FAIL, "the kernel has no user namespaces", NULL);
	else if (atoi(first_line("/proc/sys/user/max_user_namespaces")) <= 0)
		check(checkup, FAIL, "user namespaces are switched off",
		      "sysctl user.max_user_namespaces=10000");
	else
		check(checkup, OK, "user namespaces", NULL);
}

static int doctor_main(const struct command *command, int argc, char **argv)
{
	static const struct print_column columns[] = { { "verdict", NULL }, { "text", NULL }, {} };
	struct checkup checkup = {};
	enum verdict vm;
	bool json;

	options_json(command, argc, argv, 0, 0, &json);
	checkup.print = print_begin(PRINT_TABLE, columns, json);
	check_module(&checkup);
	check_cgroup(&checkup);
	check_overlay(&checkup);
	check_silofs(&checkup);
	check_user_namespaces(&checkup);
	vm = checkup_vm(&checkup);
	return print_end(checkup.print) ?: checkup.process == FAIL && vm == FAIL ? EXIT_NO : EXIT_YES;
}

const struct command command_doctor = {
	.name = "doctor",
	.arguments = "[OPTIONS]",
	.summary = "check what silos need on this system",
	.details = "Each line says ok, warn or fail, and what to do. Exits with 1 if silos can run in\n"
		   "neither mode.\n",
	.options = options_only_json,
	.examples = "  siloctl doctor\n"
		    "  siloctl doctor --json | jq '.[] | select(.verdict == \"fail\")'\n",
	.main = doctor_main,
};
