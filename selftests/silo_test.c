// SPDX-License-Identifier: GPL-2.0-only
/*
 * The silo object over netlink: creation, resources and life.
 */
#include "kselftest_harness.h"

#include "fixture.h"

FIXTURE(silo)
{
	struct fixture f;
};

FIXTURE_SETUP(silo)
{
	memset(&self->f, 0, sizeof(self->f));
	ASSERT_EQ(0, fixture_begin(&self->f)) TH_LOG("%s", silo_error(self->f.silo));
}

FIXTURE_TEARDOWN(silo)
{
	fixture_end(&self->f);
}

/* ---- create ---- */

TEST_F(silo, create_gives_ids_that_grow)
{
	struct fixture other = { .silo = self->f.silo };

	ASSERT_EQ(0, fixture_cgroup(&other, "b"));
	ASSERT_EQ(0, fixture_create(&other, 0));
	EXPECT_GT(other.id, self->f.id);
	EXPECT_EQ(0, silo_remove(other.silo, fixture_ref(&other), false));
	EXPECT_EQ(0, rmdir(other.cgroup));
	close(other.cgroup_fd);
}

TEST_F(silo, an_id_is_not_used_again)
{
	uint64_t first = self->f.id;

	ASSERT_EQ(0, silo_remove(self->f.silo, fixture_ref(&self->f), false));
	ASSERT_EQ(0, fixture_create(&self->f, 0));
	EXPECT_GT(self->f.id, first);
}

TEST_F(silo, a_name_in_use_is_refused)
{
	struct fixture other = { .silo = self->f.silo };

	ASSERT_EQ(0, fixture_cgroup(&other, "b"));
	strcpy(other.name, self->f.name);
	EXPECT_EQ(-EEXIST, fixture_create(&other, 0));
	EXPECT_STREQ("a silo of this name exists", silo_error(other.silo));
	EXPECT_EQ(0, rmdir(other.cgroup));
	close(other.cgroup_fd);
}

TEST_F(silo, a_cgroup_in_use_is_refused)
{
	struct silo_create_params params = { .name = "another-name", .cgroup_fd = self->f.cgroup_fd };
	uint64_t id;

	EXPECT_EQ(-EEXIST, silo_create(self->f.silo, &params, &id));
	EXPECT_STREQ("the cgroup is bound to another silo", silo_error(self->f.silo));
}

TEST_F(silo, a_cgroup_below_a_bound_one_is_refused)
{
	struct silo_create_params params = { .name = "inner" };
	char path[160];
	uint64_t id;

	snprintf(path, sizeof(path), "%s/inner", self->f.cgroup);
	ASSERT_EQ(0, mkdir(path, 0755));
	params.cgroup_fd = open(path, O_PATH | O_DIRECTORY);
	EXPECT_EQ(-EOPNOTSUPP, silo_create(self->f.silo, &params, &id));
	close(params.cgroup_fd);
	EXPECT_EQ(0, rmdir(path));
}

TEST_F(silo, a_cgroup_above_a_bound_one_is_refused)
{
	struct fixture outer = { .silo = self->f.silo };
	struct silo_create_params params = { .name = "inner-one" };
	char path[160];
	uint64_t id;

	ASSERT_EQ(0, fixture_cgroup(&outer, "outer"));
	snprintf(path, sizeof(path), "%s/inner", outer.cgroup);
	ASSERT_EQ(0, mkdir(path, 0755));
	params.cgroup_fd = open(path, O_PATH | O_DIRECTORY);
	ASSERT_EQ(0, silo_create(outer.silo, &params, &id));
	EXPECT_EQ(-EBUSY, fixture_create(&outer, 0));
	EXPECT_STREQ("another silo's cgroup lies inside this one", silo_error(outer.silo));
	EXPECT_EQ(0, silo_remove(outer.silo, (struct silo_ref){ .id = id }, false));
	close(params.cgroup_fd);
	close(outer.cgroup_fd);
	EXPECT_EQ(0, rmdir(path));
	EXPECT_EQ(0, rmdir(outer.cgroup));
}

TEST_F(silo, a_cgroup_with_processes_is_refused)
{
	struct fixture other = { .silo = self->f.silo };

	ASSERT_EQ(0, fixture_cgroup(&other, "b"));
	other.init = fixture_sleeper(&other, 0);
	ASSERT_GT(other.init, 0);
	EXPECT_EQ(-EBUSY, fixture_create(&other, 0));
	kill(other.init, SIGKILL);
	waitpid(other.init, NULL, 0);
	close(other.cgroup_fd);
	EXPECT_EQ(0, rmdir(other.cgroup));
}

TEST_F(silo, the_root_cgroup_is_refused)
{
	struct silo_create_params params = { .name = "rooted" };
	uint64_t id;

	params.cgroup_fd = open("/sys/fs/cgroup", O_PATH | O_DIRECTORY);
	EXPECT_EQ(-EINVAL, silo_create(self->f.silo, &params, &id));
	EXPECT_STREQ("the root cgroup can't be a silo", silo_error(self->f.silo));
	close(params.cgroup_fd);
}

TEST_F(silo, a_descriptor_that_is_no_cgroup_is_refused)
{
	struct silo_create_params params = { .name = "no-cgroup" };
	uint64_t id;

	params.cgroup_fd = open("/tmp", O_PATH | O_DIRECTORY);
	EXPECT_EQ(-EBADF, silo_create(self->f.silo, &params, &id));
	close(params.cgroup_fd);
	EXPECT_EQ(-EBADF, silo_create(self->f.silo, &params, &id));
}

/* A file that stands for a program, open with @flags. */
static int make_program(const char *path, int flags)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0755);

	if (fd < 0 || write(fd, "program", 7) != 7)
		return -1;
	close(fd);
	return open(path, flags);
}

TEST_F(silo, its_program_can_not_be_written_to_while_it_exists)
{
	struct silo_create_params params = { .name = "programmed", .has_program = true };
	struct fixture other = { .silo = self->f.silo };
	char path[64];
	int fd;

	ASSERT_EQ(0, fixture_cgroup(&other, "b"));
	snprintf(path, sizeof(path), "/tmp/program-%d", getpid());
	params.program_fd = make_program(path, O_RDONLY);
	params.cgroup_fd = other.cgroup_fd;
	ASSERT_EQ(0, silo_create(other.silo, &params, &other.id));
	close(params.program_fd);
	EXPECT_EQ(-1, open(path, O_WRONLY));
	EXPECT_EQ(ETXTBSY, errno);
	EXPECT_EQ(-1, truncate(path, 0));
	EXPECT_EQ(ETXTBSY, errno);
	ASSERT_EQ(0, silo_remove(other.silo, fixture_ref(&other), false));
	fd = open(path, O_WRONLY);
	EXPECT_LE(0, fd);
	close(fd);
	unlink(path);
	close(other.cgroup_fd);
	EXPECT_EQ(0, rmdir(other.cgroup));
}

TEST_F(silo, a_program_that_is_open_for_writing_is_refused)
{
	struct silo_create_params params = { .name = "programmed", .has_program = true };
	struct fixture other = { .silo = self->f.silo };
	char path[64];
	int fd;

	ASSERT_EQ(0, fixture_cgroup(&other, "b"));
	snprintf(path, sizeof(path), "/tmp/program-%d", getpid());
	params.program_fd = make_program(path, O_RDWR);
	params.cgroup_fd = other.cgroup_fd;
	EXPECT_EQ(-ETXTBSY, silo_create(other.silo, &params, &other.id));
	EXPECT_STREQ("the program is open for writing", silo_error(other.silo));
	close(params.program_fd);
	fd = open(path, O_WRONLY);
	EXPECT_LE(0, fd);
	close(fd);
	unlink(path);
	params.program_fd = open("/dev/null", O_RDONLY);
	EXPECT_EQ(-EINVAL, silo_create(other.silo, &params, &other.id));
	close(params.program_fd);
	EXPECT_EQ(-EBADF, silo_create(other.silo, &params, &other.id));
	close(other.cgroup_fd);
	EXPECT_EQ(0, rmdir(other.cgroup));
}

FIXTURE(bad_name)
{
	struct fixture f;
};

FIXTURE_VARIANT(bad_name)
{
	const char *name;
};

FIXTURE_VARIANT_ADD(bad_name, empty) { .name = "" };
FIXTURE_VARIANT_ADD(bad_name, slash) { .name = "a/b" };
FIXTURE_VARIANT_ADD(bad_name, dots) { .name = ".." };
FIXTURE_VARIANT_ADD(bad_name, control_character) { .name = "a\nb" };
FIXTURE_VARIANT_ADD(bad_name, digits_only) { .name = "12345" };
FIXTURE_VARIANT_ADD(bad_name, self) { .name = "self" };
FIXTURE_VARIANT_ADD(bad_name, host) { .name = "host" };
FIXTURE_VARIANT_ADD(bad_name, not_ascii) { .name = "caf\xc3\xa9" };

FIXTURE_SETUP(bad_name)
{
	memset(&self->f, 0, sizeof(self->f));
	ASSERT_EQ(0, silo_open(&self->f.silo));
	ASSERT_EQ(0, fixture_cgroup(&self->f, "n"));
}

FIXTURE_TEARDOWN(bad_name)
{
	fixture_end(&self->f);
}

TEST_F(bad_name, is_refused)
{
	strcpy(self->f.name, variant->name);
	EXPECT_EQ(-EINVAL, fixture_create(&self->f, 0));
	EXPECT_NE(0, strlen(silo_error(self->f.silo)));
}

/* ---- get ---- */

TEST_F(silo, get_by_name_and_by_id_agree)
{
	struct silo_info *by_id, *by_name;

	ASSERT_EQ(0, silo_get(self->f.silo, fixture_ref(&self->f), true, &by_id));
	ASSERT_EQ(0, silo_get(self->f.silo, (struct silo_ref){ .name = self->f.name }, true, &by_name));
	EXPECT_EQ(by_id->id, by_name->id);
	EXPECT_STREQ(self->f.name, by_id->name);
	EXPECT_EQ(0, memcmp(by_id->uuid, by_name->uuid, 16));
	EXPECT_EQ(SILO_STATE_CREATED, by_id->state);
	EXPECT_EQ(0, by_id->members);
	EXPECT_EQ(0, by_id->started_time);
	EXPECT_FALSE(by_id->has_exit_status);
	EXPECT_STREQ(strrchr(self->f.cgroup, '/'), strrchr(by_id->cgroup, '/'));
	silo_info_free(by_id);
	silo_info_free(by_name);
}

TEST_F(silo, get_of_an_unknown_silo_says_so)
{
	struct silo_info *info;

	EXPECT_EQ(-ENOENT, silo_get(self->f.silo, (struct silo_ref){ .id = UINT64_MAX }, false, &info));
	EXPECT_STREQ("there is no such silo", silo_error(self->f.silo));
	EXPECT_EQ(-ENOENT, silo_get(self->f.silo, (struct silo_ref){ .name = "no-such" }, false, &info));
}

TEST_F(silo, the_host_is_silo_0)
{
	struct silo_info *info;

	ASSERT_EQ(0, silo_which(self->f.silo, getpid(), &info));
	EXPECT_EQ(0, info->id);
	EXPECT_STREQ("host", info->name);
	silo_info_free(info);
}

TEST_F(silo, the_host_can_not_be_ended)
{
	EXPECT_EQ(-EPERM, silo_terminate(self->f.silo, (struct silo_ref){ .id = 0 }));
	EXPECT_EQ(-EPERM, silo_remove(self->f.silo, (struct silo_ref){ .id = 0 }, true));
}

static int count_ours(const struct silo_info *info, void *data)
{
	struct fixture *f = data;

	if (info->id == f->id)
		f->init++;
	return 0;
}

TEST_F(silo, list_has_it_once)
{
	struct fixture f = self->f;

	f.init = 0;
	ASSERT_EQ(0, silo_list(self->f.silo, false, count_ours, &f));
	EXPECT_EQ(1, f.init);
}

TEST_F(silo, which_names_the_silo_of_a_member_and_of_its_children)
{
	struct silo_info *info;
	int pipefd[2];
	pid_t child;

	ASSERT_EQ(0, pipe(pipefd));
	self->f.init = fixture_fork(&self->f, 0);
	if (!self->f.init) {
		child = fork();
		if (child)
			write(pipefd[1], &child, sizeof(child));
		for (;;)
			pause();
	}
	ASSERT_EQ(sizeof(child), read(pipefd[0], &child, sizeof(child)));
	ASSERT_EQ(0, silo_which(self->f.silo, child, &info));
	EXPECT_EQ(self->f.id, info->id);
	silo_info_free(info);
	close(pipefd[0]);
	close(pipefd[1]);
}

TEST_F(silo, which_of_no_process_is_ESRCH)
{
	struct silo_info *info;
	pid_t pid = fork();

	if (!pid)
		_exit(0);
	waitpid(pid, NULL, 0);
	EXPECT_EQ(-ESRCH, silo_which(self->f.silo, pid, &info));
}

/* ---- resources ---- */

static int ns_fd(pid_t pid, const char *kind)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/ns/%s", pid, kind);
	return open(path, O_RDONLY | O_CLOEXEC);
}

TEST_F(silo, namespaces_are_pinned_and_shown)
{
	struct silo_resources resources = { .root_fd = -1 };
	struct silo_info *info;
	struct stat st;
	int fds[2];

	fds[0] = ns_fd(getpid(), "uts");
	fds[1] = ns_fd(getpid(), "net");
	ASSERT_EQ(0, fstat(fds[0], &st));
	resources.ns_fds = fds;
	resources.ns_fds_count = 2;
	ASSERT_EQ(0, silo_set(self->f.silo, fixture_ref(&self->f), &resources));
	ASSERT_EQ(0, silo_get(self->f.silo, fixture_ref(&self->f), false, &info));
	ASSERT_EQ(2, info->ns_count);
	EXPECT_EQ(CLONE_NEWNET, info->ns[0].type);
	EXPECT_EQ(CLONE_NEWUTS, info->ns[1].type);
	EXPECT_EQ(st.st_ino, info->ns[1].inum);
	silo_info_free(info);
	close(fds[0]);
	close(fds[1]);
}

TEST_F(silo, a_second_namespace_of_a_kind_is_refused_and_nothing_taken)
{
	struct silo_resources resources = { .root_fd = -1 };
	struct silo_info *info;
	int fds[2];

	fds[0] = fds[1] = ns_fd(getpid(), "uts");
	resources.ns_fds = fds;
	resources.ns_fds_count = 2;
	EXPECT_EQ(-EEXIST, silo_set(self->f.silo, fixture_ref(&self->f), &resources));
	ASSERT_EQ(0, silo_get(self->f.silo, fixture_ref(&self->f), false, &info));
	EXPECT_EQ(0, info->ns_count);
	silo_info_free(info);
	close(fds[0]);
}

TEST_F(silo, a_descriptor_that_is_no_namespace_is_refused)
{
	struct silo_resources resources = { .root_fd = -1 };
	int fd = open("/dev/null", O_RDONLY);

	resources.ns_fds = &fd;
	resources.ns_fds_count = 1;
	EXPECT_EQ(-EINVAL, silo_set(self->f.silo, fixture_ref(&self->f), &resources));
	close(fd);
	EXPECT_EQ(-EBADF, silo_set(self->f.silo, fixture_ref(&self->f), &resources));
}

TEST_F(silo, a_root_that_is_no_directory_is_refused)
{
	struct silo_resources resources = { .root_fd = open("/dev/null", O_PATH) };

	EXPECT_EQ(-EINVAL, silo_set(self->f.silo, fixture_ref(&self->f), &resources));
	close(resources.root_fd);
}

TEST_F(silo, an_init_that_is_no_member_is_refused)
{
	struct silo_resources resources = { .root_fd = -1, .init_pid = getpid() };

	EXPECT_EQ(-EINVAL, silo_start(self->f.silo, fixture_ref(&self->f), &resources));
	EXPECT_STREQ("the init process is not in the silo's cgroup", silo_error(self->f.silo));
	EXPECT_EQ(SILO_STATE_CREATED, fixture_state(&self->f));
}

/* ---- life ---- */

TEST_F(silo, an_init_that_has_ended_already_ends_the_silo)
{
	struct silo_resources resources = { .root_fd = -1 };
	struct silo_info *info;
	siginfo_t ended;

	self->f.init = fixture_fork(&self->f, 0);
	if (!self->f.init)
		_exit(9);
	ASSERT_EQ(0, waitid(P_PID, self->f.init, &ended, WEXITED | WNOWAIT));
	resources.init_pid = self->f.init;
	ASSERT_EQ(0, silo_set(self->f.silo, fixture_ref(&self->f), &resources));
	ASSERT_EQ(SILO_STATE_STOPPED, fixture_await(&self->f, SILO_STATE_STOPPED));
	ASSERT_EQ(0, silo_get(self->f.silo, fixture_ref(&self->f), false, &info));
	EXPECT_EQ(9, WEXITSTATUS(info->exit_status));
	silo_info_free(info);
}

TEST_F(silo, an_init_that_was_reaped_is_refused)
{
	struct silo_resources resources = { .root_fd = -1 };
	pid_t pid = fixture_fork(&self->f, 0);

	if (!pid)
		_exit(0);
	waitpid(pid, NULL, 0);
	resources.init_pid = pid;
	EXPECT_EQ(-ESRCH, silo_set(self->f.silo, fixture_ref(&self->f), &resources));
	EXPECT_EQ(SILO_STATE_CREATED, fixture_state(&self->f));
}

TEST_F(silo, start_without_init_is_refused)
{
	EXPECT_EQ(-EINVAL, silo_start(self->f.silo, fixture_ref(&self->f), NULL));
	EXPECT_EQ(SILO_STATE_CREATED, fixture_state(&self->f));
}

TEST_F(silo, start_twice_is_refused)
{
	ASSERT_EQ(0, fixture_start(&self->f, 0));
	EXPECT_EQ(SILO_STATE_STARTED, fixture_state(&self->f));
	EXPECT_EQ(-EALREADY, silo_start(self->f.silo, fixture_ref(&self->f), NULL));
}

TEST_F(silo, set_after_start_is_refused)
{
	struct silo_resources resources = { .root_fd = open("/", O_PATH) };

	ASSERT_EQ(0, fixture_start(&self->f, 0));
	EXPECT_EQ(-EBUSY, silo_set(self->f.silo, fixture_ref(&self->f), &resources));
	close(resources.root_fd);
}

TEST_F(silo, the_exit_code_is_kept_after_init_was_reaped)
{
	struct silo_resources resources = { .root_fd = -1 };
	struct silo_info *info;
	int pipefd[2], status;
	char c = 0;

	ASSERT_EQ(0, pipe(pipefd));
	self->f.init = fixture_fork(&self->f, CLONE_NEWPID);
	if (!self->f.init) {
		read(pipefd[0], &c, 1);
		_exit(37);
	}
	resources.init_pid = self->f.init;
	ASSERT_EQ(0, silo_start(self->f.silo, fixture_ref(&self->f), &resources));
	ASSERT_EQ(1, write(pipefd[1], &c, 1));
	ASSERT_EQ(self->f.init, waitpid(self->f.init, &status, 0));
	EXPECT_EQ(SILO_STATE_STOPPED, fixture_await(&self->f, SILO_STATE_STOPPED));
	ASSERT_EQ(0, silo_get(self->f.silo, fixture_ref(&self->f), false, &info));
	ASSERT_TRUE(info->has_exit_status);
	EXPECT_EQ((uint32_t)status, info->exit_status);
	EXPECT_EQ(37, WEXITSTATUS(info->exit_status));
	EXPECT_EQ(SILO_ENDED_BY_ITSELF, info->ended_by);
	EXPECT_GE(info->stopped_time, info->started_time);
	silo_info_free(info);
	self->f.init = 0;
	close(pipefd[0]);
	close(pipefd[1]);
}

TEST_F(silo, a_death_by_signal_is_told)
{
	struct silo_info *info;

	ASSERT_EQ(0, fixture_start(&self->f, 0));
	ASSERT_EQ(0, silo_signal(self->f.silo, fixture_ref(&self->f), SIGUSR1));
	ASSERT_EQ(SILO_STATE_STOPPED, fixture_await(&self->f, SILO_STATE_STOPPED));
	ASSERT_EQ(0, silo_get(self->f.silo, fixture_ref(&self->f), false, &info));
	EXPECT_EQ(SIGUSR1, WTERMSIG(info->exit_status));
	silo_info_free(info);
	EXPECT_EQ(-ESRCH, silo_signal(self->f.silo, fixture_ref(&self->f), SIGUSR1));
}

static int exec_in_thread(void *unused)
{
	static char *const argv[] = { "sh", "-c", "sleep 0.3; exit 5", NULL };

	usleep(100000);
	return execv("/bin/sh", argv);
}

/* The first thread's task dies in an exec of the second, but its number lives on. */
TEST_F(silo, an_exec_by_another_thread_is_not_the_end)
{
	struct silo_resources resources = { .root_fd = -1 };
	struct silo_info *info;
	int status;

	self->f.init = fixture_fork(&self->f, CLONE_NEWPID);
	if (!self->f.init) {
		static char stack[65536] __attribute__((aligned(16)));

		clone(exec_in_thread, stack + sizeof(stack),
		      CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD, NULL);
		for (;;)
			pause();
	}
	resources.init_pid = self->f.init;
	ASSERT_EQ(0, silo_start(self->f.silo, fixture_ref(&self->f), &resources));
	ASSERT_EQ(self->f.init, waitpid(self->f.init, &status, 0));
	self->f.init = 0;
	ASSERT_EQ(5, WEXITSTATUS(status));
	EXPECT_EQ(SILO_STATE_STOPPED, fixture_await(&self->f, SILO_STATE_STOPPED));
	ASSERT_EQ(0, silo_get(self->f.silo, fixture_ref(&self->f), false, &info));
	EXPECT_EQ((uint32_t)status, info->exit_status);
	silo_info_free(info);
}

TEST_F(silo, terminate_ends_all_members)
{
	int i;

	ASSERT_EQ(0, fixture_start(&self->f, 0));
	for (i = 0; i < 20; i++)
		ASSERT_GT(fixture_sleeper(&self->f, 0), 0);
	ASSERT_EQ(0, silo_terminate(self->f.silo, fixture_ref(&self->f)));
	EXPECT_EQ(SILO_STATE_STOPPED, fixture_state(&self->f));
	for (i = 0; i < 21; i++) {
		int status = 0;

		ASSERT_GT(waitpid(-1, &status, 0), 0);
		EXPECT_EQ(SIGKILL, WTERMSIG(status));
	}
	self->f.init = 0;
}

/* Put a process into the cgroup each millisecond, for half a second. */
static void keep_adding(const struct fixture *f)
{
	int i;

	signal(SIGCHLD, SIG_IGN);
	for (i = 0; i < 500; i++) {
		fixture_sleeper(f, 0);
		usleep(1000);
	}
	_exit(0);
}

TEST_F(silo, terminate_ends_what_the_host_adds_meanwhile)
{
	char path[160];
	pid_t adder;
	int fd;

	ASSERT_EQ(0, fixture_start(&self->f, 0));
	adder = fork();
	if (!adder)
		keep_adding(&self->f);
	usleep(100000);
	EXPECT_EQ(0, silo_terminate(self->f.silo, fixture_ref(&self->f))) TH_LOG("%s", silo_error(self->f.silo));
	EXPECT_EQ(SILO_STATE_STOPPED, fixture_state(&self->f));
	waitpid(adder, NULL, 0);
	/* What was added after the end is nobody's but ours. */
	snprintf(path, sizeof(path), "%s/cgroup.kill", self->f.cgroup);
	fd = open(path, O_WRONLY);
	EXPECT_EQ(1, write(fd, "1", 1));
	close(fd);
	usleep(200000);
}

TEST_F(silo, terminate_of_a_stopped_one_is_no_error)
{
	ASSERT_EQ(0, fixture_start(&self->f, 0));
	ASSERT_EQ(0, silo_terminate(self->f.silo, fixture_ref(&self->f)));
	EXPECT_EQ(0, silo_terminate(self->f.silo, fixture_ref(&self->f)));
}

TEST_F(silo, start_of_a_stopped_one_is_refused)
{
	ASSERT_EQ(0, fixture_start(&self->f, 0));
	ASSERT_EQ(0, silo_terminate(self->f.silo, fixture_ref(&self->f)));
	EXPECT_EQ(-ESHUTDOWN, silo_start(self->f.silo, fixture_ref(&self->f), NULL));
}

TEST_F(silo, remove_of_a_running_one_needs_force)
{
	ASSERT_EQ(0, fixture_start(&self->f, 0));
	EXPECT_EQ(-EBUSY, silo_remove(self->f.silo, fixture_ref(&self->f), false));
	EXPECT_EQ(SILO_STATE_STARTED, fixture_state(&self->f));
	EXPECT_EQ(0, silo_remove(self->f.silo, fixture_ref(&self->f), true));
	EXPECT_EQ(-ENOENT, fixture_state(&self->f));
}

TEST_F(silo, owns_cgroup_takes_the_directory_along)
{
	struct fixture other = { .silo = self->f.silo };

	ASSERT_EQ(0, fixture_cgroup(&other, "b"));
	ASSERT_EQ(0, fixture_create(&other, SILO_FLAG_OWNS_CGROUP));
	ASSERT_EQ(0, silo_remove(other.silo, fixture_ref(&other), false));
	EXPECT_EQ(-1, access(other.cgroup, F_OK));
	close(other.cgroup_fd);
}

TEST_F(silo, autoremove_removes_it_when_init_ends)
{
	struct fixture other = { .silo = self->f.silo };

	ASSERT_EQ(0, fixture_cgroup(&other, "b"));
	ASSERT_EQ(0, fixture_create(&other, SILO_FLAG_OWNS_CGROUP | SILO_FLAG_AUTOREMOVE));
	ASSERT_EQ(0, fixture_start(&other, 0));
	kill(other.init, SIGKILL);
	EXPECT_EQ(-ENOENT, fixture_await(&other, -ENOENT));
	EXPECT_EQ(-1, access(other.cgroup, F_OK));
	waitpid(other.init, NULL, 0);
	close(other.cgroup_fd);
}

/* Leave an owned silo behind by a process that is killed. */
static void die_with_owned_silo(struct fixture *other, bool with_init)
{
	if (silo_open(&other->silo) || fixture_create(other, SILO_FLAG_OWNED | SILO_FLAG_OWNS_CGROUP))
		_exit(1);
	if (with_init ? fixture_start(other, 0) : fixture_sleeper(other, 0) < 0)
		_exit(1);
	kill(getpid(), SIGKILL);
}

TEST_F(silo, an_owned_one_without_init_dies_with_its_socket)
{
	struct fixture other = { .silo = self->f.silo };
	pid_t maker;
	int status, tries;

	ASSERT_EQ(0, fixture_cgroup(&other, "b"));
	maker = fork();
	if (!maker)
		die_with_owned_silo(&other, false);
	ASSERT_EQ(maker, waitpid(maker, &status, 0));
	ASSERT_EQ(SIGKILL, WTERMSIG(status));
	for (tries = 0; tries < 2000 && !access(other.cgroup, F_OK); tries++)
		usleep(1000);
	EXPECT_EQ(-1, access(other.cgroup, F_OK));
	close(other.cgroup_fd);
}

TEST_F(silo, an_owned_one_with_init_outlives_its_socket)
{
	struct fixture other = { .silo = self->f.silo };
	struct silo_ref ref = { .name = other.name };
	struct silo_info *info;
	pid_t maker;
	int status;

	ASSERT_EQ(0, fixture_cgroup(&other, "b"));
	maker = fork();
	if (!maker)
		die_with_owned_silo(&other, true);
	ASSERT_EQ(maker, waitpid(maker, &status, 0));
	usleep(100000);
	ASSERT_EQ(0, silo_get(self->f.silo, ref, true, &info));
	EXPECT_EQ(SILO_STATE_STARTED, info->state);
	EXPECT_EQ(1, info->members);
	silo_info_free(info);
	EXPECT_EQ(0, silo_remove(self->f.silo, ref, true));
	close(other.cgroup_fd);
}

TEST_F(silo, its_namespaces_are_gone_once_it_has_stopped)
{
	struct silo_resources resources = { .root_fd = -1 };
	struct silo_info *info;
	int fd;

	self->f.init = fixture_sleeper(&self->f, CLONE_NEWUTS);
	ASSERT_GT(self->f.init, 0);
	fd = ns_fd(self->f.init, "uts");
	resources.ns_fds = &fd;
	resources.ns_fds_count = 1;
	resources.init_pid = self->f.init;
	ASSERT_EQ(0, silo_start(self->f.silo, fixture_ref(&self->f), &resources));
	close(fd);
	ASSERT_EQ(0, silo_terminate(self->f.silo, fixture_ref(&self->f)));
	ASSERT_EQ(0, silo_get(self->f.silo, fixture_ref(&self->f), false, &info));
	EXPECT_EQ(0, info->ns_count);
	EXPECT_EQ(0, info->init_pid);
	silo_info_free(info);
}

FIXTURE_MAIN
