/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the tests of the module share: a cgroup, a silo bound to it, processes in it.
 *
 * Everything is named after the test's own pid, so that tests can run side by
 * side, and is removed by fixture_end(), whatever state the test left it in.
 */
#ifndef SILO_FIXTURE_H
#define SILO_FIXTURE_H

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <silo/silo.h>

struct fixture {
	struct silo *silo;
	char name[64];
	char cgroup[128];
	int cgroup_fd;
	uint64_t id;
	pid_t init;
};

/* NULL, or why the module can't be tested here. */
static inline const char *fixture_missing(void)
{
	struct silo *silo;
	int ret;

	if (geteuid())
		return "not root";
	ret = silo_open(&silo);
	if (ret == -ENOPKG)
		return "silo.ko is not loaded";
	if (!ret)
		silo_close(silo);
	return NULL;
}

static inline int fixture_cgroup(struct fixture *f, const char *suffix)
{
	snprintf(f->name, sizeof(f->name), "test-%d%s", getpid(), suffix);
	snprintf(f->cgroup, sizeof(f->cgroup), "/sys/fs/cgroup/%s", f->name);
	if (mkdir(f->cgroup, 0755))
		return -errno;
	f->cgroup_fd = open(f->cgroup, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return f->cgroup_fd < 0 ? -errno : 0;
}

static inline int fixture_create(struct fixture *f, uint32_t flags)
{
	struct silo_create_params params = { .name = f->name, .flags = flags, .cgroup_fd = f->cgroup_fd };

	return silo_create(f->silo, &params, &f->id);
}

/* A handle, a cgroup and a silo bound to it. */
static inline int fixture_begin(struct fixture *f)
{
	int ret = silo_open(&f->silo);

	if (!ret)
		ret = fixture_cgroup(f, "");
	return ret ? ret : fixture_create(f, 0);
}

static inline void fixture_end(struct fixture *f)
{
	silo_remove(f->silo, (struct silo_ref){ .name = f->name }, true);
	if (f->init > 0)
		waitpid(f->init, NULL, 0);
	close(f->cgroup_fd);
	rmdir(f->cgroup);
	silo_close(f->silo);
}

static inline struct silo_ref fixture_ref(const struct fixture *f)
{
	return (struct silo_ref){ .id = f->id };
}

/* fork(2) into the cgroup, with new namespaces. */
static inline pid_t fixture_fork(const struct fixture *f, uint64_t namespaces)
{
	struct clone_args args = {
		.flags = CLONE_INTO_CGROUP | namespaces,
		.exit_signal = SIGCHLD,
		.cgroup = f->cgroup_fd,
	};

	return syscall(SYS_clone3, &args, sizeof(args));
}

/* A process in the cgroup that does nothing until it is killed. */
static inline pid_t fixture_sleeper(const struct fixture *f, uint64_t namespaces)
{
	pid_t pid = fixture_fork(f, namespaces);

	if (!pid) {
		/* A copy of the maker's socket would keep its silos. */
		close_range(3, ~0U, 0);
		for (;;)
			pause();
	}
	return pid;
}

/* Start the silo with a sleeper for init. */
static inline int fixture_start(struct fixture *f, uint64_t namespaces)
{
	struct silo_resources resources = { .root_fd = -1 };

	f->init = fixture_sleeper(f, namespaces);
	if (f->init < 0)
		return -errno;
	resources.init_pid = f->init;
	return silo_start(f->silo, fixture_ref(f), &resources);
}

static inline int fixture_state(const struct fixture *f)
{
	struct silo_info *info;
	int ret = silo_get(f->silo, fixture_ref(f), false, &info);

	if (ret)
		return ret;
	ret = info->state;
	silo_info_free(info);
	return ret;
}

/* Wait a moment for a state, which comes from another thread of the kernel. */
static inline int fixture_await(const struct fixture *f, int state)
{
	int tries;

	for (tries = 0; tries < 2000 && fixture_state(f) != state; tries++)
		usleep(1000);
	return fixture_state(f);
}

/* In place of TEST_HARNESS_MAIN: without the module there is nothing that a single test could do. */
#define FIXTURE_MAIN							\
	int main(int argc, char **argv)					\
	{								\
		const char *missing = fixture_missing();		\
									\
		if (!missing)						\
			return test_harness_run(argc, argv);		\
		printf("TAP version 13\n1..0 # SKIP %s\n", missing);	\
		return 4;						\
	}

#endif
