// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * libsilo - cgroup: the control group that a container's processes are in
 *
 * All are children of one group, "silo", of the group that the caller's cgroup
 * namespace shows as the root. Controllers are enabled on the way down only
 * when a limit asks for them: each one costs every process in the group.
 *
 * What usually works is tried first; the reasons are looked for when it fails.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "cgroup.h"
#include "cleanup.h"
#include "error.h"

#define CGROUP_MOUNT "/sys/fs/cgroup"
#define CGROUP_PARENT CGROUP_MOUNT "/silo"
#define CGROUP_PATH_SIZE (sizeof(CGROUP_PARENT) + 1 + SILO_NAME_MAX + 1)

static void cgroup_path(char path[CGROUP_PATH_SIZE], const char *name)
{
	snprintf(path, CGROUP_PATH_SIZE, CGROUP_PARENT "/%s", name);
}

static int check_mount(struct silo *silo)
{
	struct statfs status;

	if (!statfs(CGROUP_MOUNT, &status) && status.f_type == CGROUP2_SUPER_MAGIC)
		return 0;
	return silo_fail(silo, -ENOTSUP, "no cgroup v2 on " CGROUP_MOUNT
			 ": boot with cgroup_no_v1=all, or mount -t cgroup2 cgroup2 " CGROUP_MOUNT);
}

static int make_parent(struct silo *silo)
{
	int err = check_mount(silo);

	if (err)
		return err;
	if (mkdir(CGROUP_PARENT, 0755) && errno != EEXIST)
		return silo_fail(silo, -errno, "make the cgroup " CGROUP_PARENT ": %s", strerror(errno));
	return 0;
}

/* The directory is there: a silo's, or left by a maker that was killed before there was one. */
static int replace(struct silo *silo, const char *name, const char *path)
{
	struct silo_info *info;
	int err = silo_get(silo, (struct silo_ref){ .name = name }, false, &info);

	if (!err) {
		err = silo_fail(silo, -EEXIST, "a silo of this name exists (id %llu, %s)",
				(unsigned long long)info->id, silo_state_name(info->state));
		silo_info_free(info);
		return err;
	}
	if (err != -ENOENT)
		return err;
	if (rmdir(path) || mkdir(path, 0755))
		return silo_fail(silo, -EEXIST, "the cgroup %s exists and is in use", path);
	return 0;
}

/* ---- limits ------------------------------------------------------------- */

static int write_file(int directory, const char *file, const char *text)
{
	auto_close int fd = openat(directory, file, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		return -errno;
	return 0;
}

static int enable_in(struct silo *silo, const char *path, const char *controller)
{
	auto_close int directory = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	char text[32];
	int err;

	if (directory < 0)
		return silo_fail(silo, -errno, "open the cgroup %s: %s", path, strerror(errno));
	snprintf(text, sizeof(text), "+%s", controller);
	err = write_file(directory, "cgroup.subtree_control", text);
	if (err == -ENOENT)
		return silo_fail(silo, -ENOTSUP, "the controller \"%s\" is not available in the cgroup %s: "
				 "boot with cgroup_no_v1=all and cgroup_enable=%s, or enable it in the "
				 "groups above", controller, path, controller);
	if (err == -EBUSY)
		return silo_fail(silo, err, "the controller \"%s\" can't be enabled in the cgroup %s, "
				 "as processes are in it: move them into a group below it", controller, path);
	if (err)
		return silo_fail(silo, err, "enable the controller \"%s\" in the cgroup %s: %s",
				 controller, path, strerror(-err));
	return 0;
}

static int set_limit(struct silo *silo, int cgroup, const char *controller, const char *file,
		     const char *value)
{
	int err = write_file(cgroup, file, value);

	if (err == -ENOENT) {
		err = enable_in(silo, CGROUP_MOUNT, controller);
		if (!err)
			err = enable_in(silo, CGROUP_PARENT, controller);
		if (err)
			return err;
		err = write_file(cgroup, file, value);
	}
	if (err)
		return silo_fail(silo, err, "set the limit %s to \"%s\": %s", file, value, strerror(-err));
	return 0;
}

static int limit_memory(struct silo *silo, int cgroup, uint64_t bytes)
{
	char value[24];
	int err;

	snprintf(value, sizeof(value), "%llu", (unsigned long long)bytes);
	err = set_limit(silo, cgroup, "memory", "memory.max", value);
	if (!err)
		err = set_limit(silo, cgroup, "memory", "memory.oom.group", "1");
	if (err)
		return err;
	/* Not there in a kernel without swap. */
	err = write_file(cgroup, "memory.swap.max", "0");
	if (err && err != -ENOENT)
		return silo_fail(silo, err, "set the limit memory.swap.max to 0: %s", strerror(-err));
	return 0;
}

/* A share below the kernel's least quota, a millisecond of a period, needs a longer period. */
static int limit_cpus(struct silo *silo, int cgroup, uint32_t thousandths)
{
	const unsigned int period_ms = thousandths < 10 ? 1000 : 100;
	char value[32];

	snprintf(value, sizeof(value), "%llu %u", (unsigned long long)thousandths * period_ms,
		 period_ms * 1000);
	return set_limit(silo, cgroup, "cpu", "cpu.max", value);
}

static int limit_pids(struct silo *silo, int cgroup, uint32_t pids)
{
	char value[16];

	snprintf(value, sizeof(value), "%u", pids);
	return set_limit(silo, cgroup, "pids", "pids.max", value);
}

/* ------------------------------------------------------------------------- */

int cgroup_create(struct silo *silo, const char *name, const struct silo_spec *spec)
{
	char path[CGROUP_PATH_SIZE];
	auto_close int cgroup = -1;
	int err = 0;

	cgroup_path(path, name);
	if (mkdir(path, 0755)) {
		err = errno == EEXIST ? 0 : make_parent(silo);
		if (!err && mkdir(path, 0755))
			err = errno == EEXIST ? replace(silo, name, path) :
			      silo_fail(silo, -errno, "make the cgroup %s: %s", path, strerror(errno));
		if (err)
			return err;
	}
	cgroup = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (cgroup < 0)
		err = silo_fail(silo, -errno, "open the cgroup %s: %s", path, strerror(errno));
	if (!err && spec->memory)
		err = limit_memory(silo, cgroup, spec->memory);
	if (!err && spec->cpus)
		err = limit_cpus(silo, cgroup, spec->cpus);
	if (!err && spec->pids)
		err = limit_pids(silo, cgroup, spec->pids);
	if (err) {
		cgroup_remove(name);
		return err;
	}
	return steal_fd(&cgroup);
}

void cgroup_remove(const char *name)
{
	char path[CGROUP_PATH_SIZE];

	cgroup_path(path, name);
	rmdir(path);
}

int cgroup_open(struct silo *silo, const char *path)
{
	char full[4096];
	int fd;

	snprintf(full, sizeof(full), CGROUP_MOUNT "%s", path);
	fd = open(full, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return silo_fail(silo, -errno, "open the silo's cgroup %s: %s", full, strerror(errno));
	return fd;
}
