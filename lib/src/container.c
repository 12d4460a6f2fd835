// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * libsilo - container: makes the silo of a spec and its first process
 *
 * The silo comes before any process and belongs to our socket until it has an
 * init process. So whoever kills us, and when, leaves nothing: the kernel ends
 * the silo with all that was put into it. From silo_set() on, the silo lives
 * and ends with its init.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include <silo/container.h>

#include "cgroup.h"
#include "cleanup.h"
#include "container_init.h"
#include "process.h"
#include "rootfs.h"
#include "silo_private.h"
#include "syscalls.h"

#define NAMESPACES (CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNET |	\
		    CLONE_NEWCGROUP | CLONE_NEWUSER | CLONE_NEWTIME)

static const char *const namespace_files[] = { "mnt", "pid", "ipc", "uts", "net", "cgroup", "user", "time" };

#define NAMESPACES_COUNT (sizeof(namespace_files) / sizeof(namespace_files[0]))

/* A container in the making. */
struct making {
	struct silo *silo;
	struct silo_spec spec;		/* a copy with all names; its pointers are the caller's */
	char name[sizeof("silo-") + 8];
	int cgroup;
	uint64_t id;			/* 0: there is no silo yet */
	struct silo_process *init;
};

/* ---- the silo ----------------------------------------------------------- */

static int check_request(struct silo *silo, const struct silo_spec *spec, const struct silo_stdio *stdio)
{
	auto_free char *reason = NULL;
	int err = silo_spec_check(spec, &reason);

	if (err)
		return silo_fail(silo, err, "%s", reason ? reason : strerror(-err));
	if (spec->isolation != SILO_ISOLATION_PROCESS)
		return silo_fail(silo, -EINVAL, "a container is made with process isolation only");
	if (!spec->terminal && !stdio)
		return silo_fail(silo, -EINVAL, "no standard input and output, and no terminal");
	return 0;
}

static int make_up_names(struct making *making)
{
	uint32_t number;

	if (!making->spec.name) {
		if (getrandom(&number, sizeof(number), 0) != sizeof(number))
			return silo_fail(making->silo, -errno, "make up a name: %s", strerror(errno));
		snprintf(making->name, sizeof(making->name), "silo-%08x", number);
		making->spec.name = making->name;
	}
	if (!making->spec.hostname)
		making->spec.hostname = making->spec.name;
	return 0;
}

static int make_silo(struct making *making)
{
	/* Whoever is on the way into the silo is still seen there, under /proc, as a process of ours. */
	auto_close int program = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	auto_free char *text = NULL;
	int err = silo_spec_format(&making->spec, &text);

	if (err)
		return silo_fail(making->silo, err, "write the spec: %s", strerror(-err));
	if (program < 0)
		return silo_fail(making->silo, -errno, "open /proc/self/exe: %s", strerror(errno));
	return silo_create(making->silo, &(struct silo_create_params) {
		.name = making->spec.name,
		.isolation = SILO_ISOLATION_PROCESS,
		.flags = SILO_FLAG_OWNED | SILO_FLAG_OWNS_CGROUP |
			 (making->spec.remove ? SILO_FLAG_AUTOREMOVE : 0),
		.cgroup_fd = making->cgroup,
		.spec = text,
		.has_program = true,
		.program_fd = program,
	}, &making->id);
}

/* ---- the init process --------------------------------------------------- */

/* Root in the silo has root's number, so that files keep their owners, but no privilege outside. */
static int map_ids(struct silo *silo, pid_t pid, const char *kind)
{
	static const char identity[] = "0 0 4294967295";
	auto_close int fd = -1;
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, kind);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, identity, strlen(identity)) < 0)
		return silo_fail(silo, -errno, "write %s: %s", path, strerror(errno));
	return 0;
}

/* Clone the init process into its cgroup and namespaces; @channel is our end. */
static int clone_init(struct making *making, struct child *child, int channel)
{
	struct silo_process *init = making->init;
	struct clone_args args = {
		.flags = NAMESPACES | CLONE_INTO_CGROUP | CLONE_PIDFD | CLONE_CLEAR_SIGHAND,
		.pidfd = (uintptr_t)&init->pidfd,
		.exit_signal = SIGCHLD,
		.cgroup = making->cgroup,
	};

	init->channel = channel;
	init->pid = sys_clone3(&args);
	if (!init->pid)
		container_init(child);
	if (init->pid > 0)
		return 0;
	init->pidfd = -1;
	return silo_fail(making->silo, -errno, "make the first process: %s%s", strerror(errno),
			 errno == ENOSPC ? " (a limit in /proc/sys/user is reached)" : "");
}

/* Until the init process has done all that can fail. */
static int await_ready(struct making *making)
{
	struct silo *silo = making->silo;
	struct report report;
	int status, got = report_receive(making->init->channel, &report, &making->init->terminal, 1);

	if (got < 0)
		return silo_fail(silo, -errno, "read from the first process: %s", strerror(errno));
	if (got && report.kind == REPORT_FAILED)
		return silo_fail(silo, report.number, "%s", report.text);
	if (got)
		return 0;
	silo_process_wait(making->init, &status);
	return silo_fail(silo, making->spec.memory ? -ENOMEM : -ECHILD,
			 "the first process was killed before it was ready%s",
			 making->spec.memory ? "; the memory limit may be too low" : "");
}

static int start_init(struct making *making, const struct silo_stdio *stdio)
{
	static const struct silo_stdio none = { -1, -1, -1 };
	const struct silo_spec *spec = &making->spec;
	struct child child;
	int ends[2], err;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		return silo_fail(making->silo, -errno, "make a socket pair: %s", strerror(errno));
	err = child_prepare(&child, spec->command, spec->hostname, spec->environment, NULL, spec->terminal);
	if (err) {
		close(ends[0]);
		close(ends[1]);
		return silo_fail(making->silo, err, "prepare the command: %s", strerror(-err));
	}
	child.stdio = stdio ? *stdio : none;
	child.directory = spec->directory ? spec->directory : "/";
	child.channel = ends[1];
	child.hostname = spec->hostname;
	child.mounts = spec->mounts;
	child.mounts_count = spec->mounts_count;
	err = clone_init(making, &child, ends[0]);
	close(ends[1]);
	child_release(&child);
	if (!err)
		err = map_ids(making->silo, making->init->pid, "uid_map");
	if (!err)
		err = map_ids(making->silo, making->init->pid, "gid_map");
	if (!err)
		err = rootfs_build(making->silo, spec, ends[0]);
	return err ? err : await_ready(making);
}

/* ---- handing over ------------------------------------------------------- */

static int open_process_file(struct silo *silo, pid_t pid, const char *format, const char *name, int flags)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), format, pid, name);
	fd = open(path, flags | O_CLOEXEC);
	return fd < 0 ? silo_fail(silo, -errno, "open %s: %s", path, strerror(errno)) : fd;
}

/* In one call if nothing else lies between them, as when no other thread opens files. */
static void close_all(const int *fds, size_t count)
{
	size_t row = 1;

	while (row < count && fds[row] == fds[0] + (int)row)
		row++;
	if (count && row == count) {
		close_range(fds[0], fds[count - 1], 0);
		return;
	}
	while (count)
		close(fds[--count]);
}

static int hand_over(struct making *making)
{
	const pid_t pid = making->init->pid;
	int fds[NAMESPACES_COUNT];
	size_t count = 0;
	int err = 0, root;

	root = open_process_file(making->silo, pid, "/proc/%d/%s", "root", O_PATH | O_DIRECTORY);
	if (root < 0)
		return root;
	while (!err && count < NAMESPACES_COUNT) {
		fds[count] = open_process_file(making->silo, pid, "/proc/%d/ns/%s", namespace_files[count],
					       O_RDONLY);
		if (fds[count] < 0)
			err = fds[count];
		else
			count++;
	}
	if (!err)
		err = silo_set(making->silo, (struct silo_ref){ .id = making->id }, &(struct silo_resources) {
			.ns_fds = fds, .ns_fds_count = count, .root_fd = root, .init_pid = pid,
		});
	close_all(fds, count);
	close(root);
	return err;
}

/* End a silo that can't be used, and keep the sentence that says why. */
static void discard(struct silo *silo, uint64_t id, struct silo_process *init)
{
	char reason[sizeof(silo->error)];

	memcpy(reason, silo->error, sizeof(reason));
	if (init)
		process_kill(init);
	if (id)
		silo_remove(silo, (struct silo_ref){ .id = id }, true);
	memcpy(silo->error, reason, sizeof(reason));
}

int silo_container_create(struct silo *silo, const struct silo_spec *spec, const struct silo_stdio *stdio,
			  uint64_t *id, struct silo_process **out)
{
	auto_put(silo_process_free) struct silo_process *init = process_new();
	struct making making = { .silo = silo, .spec = *spec, .init = init };
	int err;

	silo_clear_error(silo);
	if (!init)
		return silo_fail(silo, -ENOMEM, "%s", strerror(ENOMEM));
	err = check_request(silo, spec, stdio);
	if (!err)
		err = make_up_names(&making);
	if (err)
		return err;
	making.cgroup = cgroup_create(silo, making.spec.name, spec);
	if (making.cgroup < 0)
		return making.cgroup;
	err = make_silo(&making);
	if (!err)
		err = start_init(&making, stdio);
	if (!err)
		err = hand_over(&making);
	close(making.cgroup);
	if (err) {
		discard(silo, making.id, init);
		if (!making.id)
			cgroup_remove(making.spec.name);
		return err;
	}
	*id = making.id;
	*out = steal_pointer(&init);
	return 0;
}

int silo_container_start(struct silo *silo, uint64_t id, struct silo_process *init)
{
	int err = silo_start(silo, (struct silo_ref){ .id = id }, NULL);

	/* That it was started by another is no reason to end it. */
	if (err == -EALREADY)
		return err;
	if (!err)
		err = process_await_command(silo, init);
	if (err)
		discard(silo, id, init);
	return err;
}
