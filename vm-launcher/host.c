// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * silo-vm - host: the silo on the host that holds the machine
 *
 * QEMU is born in the silo's cgroup and is its init process, so the kernel
 * knows the machine's life, bounds what it takes, and leaves nothing of it. The
 * command's exit status is not this silo's but that of the one in the guest.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "file.h"
#include "host.h"
#include "qemu.h"
#include "report.h"

#define CGROUP_MOUNT "/sys/fs/cgroup"
#define CGROUP_PARENT "/silo"

static int write_file(const char *folder, const char *name, const char *value)
{
	char *path = text(CGROUP_MOUNT "%s/%s", folder, name);
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int err = fd < 0 || write(fd, value, strlen(value)) < 0 ? -errno : 0;

	if (fd >= 0)
		close(fd);
	free(path);
	return err;
}

/* A controller is enabled on the way down when it is first needed. */
static int set_limit(const struct host *host, const char *controller, const char *name, const char *value)
{
	int err = write_file(host->cgroup_path, name, value);

	if (err == -ENOENT && !write_file("", "cgroup.subtree_control", controller) &&
	    !write_file(CGROUP_PARENT, "cgroup.subtree_control", controller))
		err = write_file(host->cgroup_path, name, value);
	if (err)
		failure(err, "the host's limit %s can't be set to %s: %s", name, value, strerror(-err));
	return err;
}

static int set_limits(const struct host *host, const struct plan *plan)
{
	char *memory = text("%llu", (unsigned long long)plan->host_memory);
	char *cpus = text("%llu 100000", (unsigned long long)plan->spec->cpus * 100);
	int err = 0;

	if (plan->host_memory)
		err = set_limit(host, "+memory", "memory.max", memory);
	/* A quota can't be below a millisecond. */
	if (!err && plan->spec->cpus >= 10)
		err = set_limit(host, "+cpu", "cpu.max", cpus);
	free(memory);
	free(cpus);
	return err;
}

static int make_cgroup(struct host *host, const struct plan *plan)
{
	struct statfs status;
	char *path;

	if (statfs(CGROUP_MOUNT, &status) || status.f_type != CGROUP2_SUPER_MAGIC)
		return failure(-ENOTSUP, "no cgroup v2 on " CGROUP_MOUNT);
	snprintf(host->cgroup_path, sizeof(host->cgroup_path), CGROUP_PARENT "/%s", plan->spec->name);
	path = text(CGROUP_MOUNT "%s", host->cgroup_path);
	mkdir(CGROUP_MOUNT CGROUP_PARENT, 0755);
	/* One that was left over is empty and can be had; one in use, the kernel refuses. */
	if (mkdir(path, 0755) && errno == EEXIST && !rmdir(path) && mkdir(path, 0755))
		host->cgroup = -1;
	host->cgroup = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	free(path);
	return host->cgroup < 0 ? failure_errno("the cgroup %s can't be made", host->cgroup_path) : 0;
}

static void remove_cgroup(struct host *host)
{
	char *path = text(CGROUP_MOUNT "%s", host->cgroup_path);

	if (host->cgroup >= 0)
		close(host->cgroup);
	host->cgroup = -1;
	rmdir(path);
	free(path);
}

static int create_silo(struct host *host, const struct plan *plan)
{
	struct silo_create_params params = {
		.name = plan->spec->name,
		.isolation = SILO_ISOLATION_VM,
		.flags = SILO_FLAG_OWNED | SILO_FLAG_AUTOREMOVE | SILO_FLAG_OWNS_CGROUP,
		.cgroup_fd = host->cgroup,
		.spec = plan->spec_text,
	};
	int err = silo_create(host->silo, &params, &host->id);

	return err ? failure(err, "%s", silo_error(host->silo)) : 0;
}

int host_create(struct host *host, const struct plan *plan)
{
	int err;

	*host = (struct host){ .cgroup = -1 };
	err = silo_open(&host->silo);
	if (err) {
		host->silo = NULL;
		remark_verbose("the host has no silo.ko, so that QEMU runs outside of any silo there (%s)",
			       strerror(-err));
		return 0;
	}
	err = make_cgroup(host, plan);
	if (!err)
		err = create_silo(host, plan);
	if (!err)
		err = set_limits(host, plan);
	if (err)
		host_destroy(host);
	return err;
}

int host_start(struct host *host, const struct qemu *qemu)
{
	static const char *const kinds[] = { "mnt", "pid", "net", "ipc", "uts" };
	int fds[sizeof(kinds) / sizeof(kinds[0])];
	struct silo_resources resources = { .ns_fds = fds, .root_fd = -1, .init_pid = (uint32_t)qemu->pid };
	int err;

	if (!host->silo)
		return 0;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		char *path = text("/proc/%d/ns/%s", (int)qemu->pid, kinds[i]);
		int fd = open(path, O_RDONLY | O_CLOEXEC);

		if (fd >= 0)
			fds[resources.ns_fds_count++] = fd;
		free(path);
	}
	err = silo_start(host->silo, (struct silo_ref){ .id = host->id }, &resources);
	for (size_t i = 0; i < resources.ns_fds_count; i++)
		close(fds[i]);
	return err ? failure(err, "%s", silo_error(host->silo)) : 0;
}

void host_destroy(struct host *host)
{
	if (!host->silo)
		return;
	if (host->id)
		silo_remove(host->silo, (struct silo_ref){ .id = host->id }, true);
	if (host->cgroup_path[0])
		remove_cgroup(host);
	silo_close(host->silo);
	host->silo = NULL;
}
