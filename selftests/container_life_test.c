// SPDX-License-Identifier: GPL-2.0-only
/*
 * Containers: commands, terminals, ends, and that nothing is left when something fails.
 */
#include "kselftest_harness.h"

#include <dirent.h>
#include <sys/prctl.h>

#include "container_fixture.h"

FIXTURE(life)
{
	struct container c;
};

FIXTURE_SETUP(life)
{
	const char *missing = fixture_missing();

	if (missing)
		SKIP(return, "%s", missing);
	memset(&self->c, 0, sizeof(self->c));
	ASSERT_DONE(container_begin(&self->c));
}

FIXTURE_TEARDOWN(life)
{
	if (self->c.silo)
		container_end(&self->c);
}

static const struct silo_stdio no_stdio = { -1, -1, -1 };

static struct silo_ref ref_of(const struct container *c)
{
	return (struct silo_ref){ .name = c->spec->name };
}

/* What there is of the test's silo, given a moment to go: bits for the silo, its cgroup, a child of ours. */
static int remains(const struct container *c)
{
	struct silo_info *info;
	char path[128];
	int found = 0;

	snprintf(path, sizeof(path), "/sys/fs/cgroup/silo/%s", c->spec->name);
	for (int tries = 0; tries < 2000; tries++) {
		found = 0;
		if (!silo_get(c->silo, ref_of(c), false, &info)) {
			silo_info_free(info);
			found |= 1;
		}
		if (!access(path, F_OK))
			found |= 2;
		if (!waitid(P_ALL, 0, &(siginfo_t){}, WEXITED | WNOHANG | WNOWAIT | __WALL) ||
		    errno != ECHILD)
			found |= 4;
		if (!found)
			break;
		usleep(1000);
	}
	return found;
}

static int start(struct container *c, const char *script)
{
	int ret;

	container_command(c, script);
	ret = container_create(c);
	return ret ? ret : container_start(c);
}

/* ---- commands ----------------------------------------------------------- */

TEST_F(life, directory_and_environment_are_given)
{
	self->c.spec->directory = strdup("/usr/bin");
	ASSERT_EQ(0, silo_spec_add_environment(self->c.spec, "ONE=1"));
	ASSERT_EQ(0, silo_spec_add_environment(self->c.spec, "HOME=/home"));
	ASSERT_EQ(0, silo_spec_add_environment(self->c.spec, "ONE=2"));
	self->c.spec->hostname = strdup("host");
	ASSERT_DONE(container_run(&self->c, "pwd; env | grep -v PWD= | sort"));
	EXPECT_STREQ("/usr/bin\nHOME=/home\nHOSTNAME=host\nONE=2\n"
		     "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n", self->c.text);
}

TEST_F(life, a_missing_directory_is_refused)
{
	self->c.spec->directory = strdup("/nowhere");
	EXPECT_EQ(-ENOENT, container_run(&self->c, "true"));
	EXPECT_STREQ("enter the directory /nowhere: No such file or directory", silo_error(self->c.silo));
	EXPECT_EQ(0, remains(&self->c));
}

TEST_F(life, the_exit_status_is_the_commands)
{
	EXPECT_EQ(W_EXITCODE(7, 0), container_run(&self->c, "exit 7"));
}

TEST_F(life, a_signal_reaches_the_command)
{
	char byte;

	ASSERT_DONE(start(&self->c, "trap 'exit 3' TERM; echo; while :; do sleep 0.01; done"));
	ASSERT_EQ(1, read(self->c.output, &byte, 1));
	ASSERT_EQ(0, silo_process_signal(self->c.init, SIGTERM));
	EXPECT_EQ(W_EXITCODE(3, 0), container_wait(&self->c));
}

TEST_F(life, a_killed_command_says_so)
{
	uint32_t status;

	ASSERT_DONE(start(&self->c, "sleep 60"));
	ASSERT_EQ(0, silo_process_signal(self->c.init, SIGKILL));
	EXPECT_EQ(SIGKILL, container_wait(&self->c));
	EXPECT_EQ(0, silo_wait(self->c.silo, ref_of(&self->c), &status, 5000));
	EXPECT_EQ(SIGKILL, status);
}

TEST_F(life, a_status_can_be_taken_once)
{
	int status;

	ASSERT_DONE(start(&self->c, "true"));
	EXPECT_EQ(0, silo_process_wait(self->c.init, &status));
	EXPECT_EQ(-ECHILD, silo_process_wait(self->c.init, &status));
	EXPECT_EQ(-ESRCH, silo_process_signal(self->c.init, SIGTERM));
}

FIXTURE(command)
{
	struct container c;
};

FIXTURE_VARIANT(command)
{
	const char *file;		/* made with these contents, unless it begins with a slash */
	const char *contents;
	mode_t mode;
	int result;
	const char *reason;
};

FIXTURE_VARIANT_ADD(command, missing) {
	.file = "/nowhere/program", .result = SILO_COMMAND_NOT_FOUND,
	.reason = "/nowhere/program: No such file or directory",
};

FIXTURE_VARIANT_ADD(command, not_in_path) {
	.file = "no-such-program", .result = SILO_COMMAND_NOT_FOUND,
	.reason = "no-such-program: not found in the silo's PATH",
};

FIXTURE_VARIANT_ADD(command, directory) {
	.file = "/etc", .result = SILO_COMMAND_NOT_RUN, .reason = "/etc: is a directory",
};

FIXTURE_VARIANT_ADD(command, without_permission) {
	.file = "/tmp/silo-test-program", .contents = "#!/bin/sh\n", .mode = 0644,
	.result = SILO_COMMAND_NOT_RUN, .reason = "/tmp/silo-test-program: is not executable",
};

FIXTURE_VARIANT_ADD(command, without_interpreter) {
	.file = "/tmp/silo-test-program", .contents = "#!/nowhere\n", .mode = 0755,
	.result = SILO_COMMAND_NOT_FOUND,
	.reason = "/tmp/silo-test-program: no such file, or its interpreter is missing",
};

FIXTURE_VARIANT_ADD(command, no_program) {
	.file = "/tmp/silo-test-program", .contents = "garbage", .mode = 0755, .result = SILO_COMMAND_NOT_RUN,
	.reason = "/tmp/silo-test-program: Exec format error",
};

FIXTURE_SETUP(command)
{
	life_setup(_metadata, (FIXTURE_DATA(life) *)self, NULL);
	if (!variant->contents)
		return;
	ASSERT_EQ(0, write_text(variant->file, variant->contents));
	ASSERT_EQ(0, chmod(variant->file, variant->mode));
}

FIXTURE_TEARDOWN(command)
{
	if (variant->contents)
		unlink(variant->file);
	if (self->c.silo)
		container_end(&self->c);
}

TEST_F(command, that_can_not_run_is_refused_and_leaves_nothing)
{
	char *argv[] = { (char *)variant->file };
	int ret;

	silo_spec_set_command(self->c.spec, 1, argv);
	ret = container_create(&self->c);
	if (!ret)
		ret = container_start(&self->c);
	EXPECT_EQ(variant->result, ret);
	EXPECT_STREQ(variant->reason, silo_error(self->c.silo));
	silo_process_free(self->c.init);
	self->c.init = NULL;
	self->c.id = 0;
	EXPECT_EQ(0, remains(&self->c));
}

TEST_F(command, that_can_not_run_is_refused_by_exec)
{
	char *argv[] = { (char *)variant->file, NULL };
	const struct silo_exec_params params = { .command = argv };
	struct silo_process *process;

	ASSERT_DONE(start(&self->c, "sleep 60"));
	EXPECT_EQ(variant->result, silo_exec(self->c.silo, ref_of(&self->c), &params, &no_stdio, &process));
	EXPECT_STREQ(variant->reason, silo_error(self->c.silo));
	/* Only the init is left. */
	silo_process_signal(self->c.init, SIGKILL);
	EXPECT_EQ(SIGKILL, container_wait(&self->c));
	container_remove(&self->c);
	EXPECT_EQ(0, remains(&self->c));
}

/* ---- start and end ------------------------------------------------------ */

TEST_F(life, a_container_waits_for_its_start)
{
	ASSERT_EQ(0, mkdir(in_folder(&self->c, "volume"), 0755));
	ASSERT_EQ(0, silo_spec_add_mount(self->c.spec, in_folder(&self->c, "volume"), "/volume", false));
	container_command(&self->c, "touch /volume/made");
	ASSERT_DONE(container_create(&self->c));
	usleep(200000);
	EXPECT_EQ(-1, access(in_folder(&self->c, "volume/made"), F_OK));
	ASSERT_EQ(0, container_start(&self->c));
	EXPECT_EQ(0, container_wait(&self->c));
	EXPECT_EQ(0, access(in_folder(&self->c, "volume/made"), F_OK));
}

TEST_F(life, a_container_outlives_its_maker)
{
	uint32_t status;
	pid_t maker = fork();

	if (!maker) {
		struct silo *silo;

		if (silo_open(&silo))
			_exit(1);
		self->c.silo = silo;
		container_command(&self->c, "exit 9");
		_exit(container_create(&self->c) ? 1 : 0);
	}
	ASSERT_EQ(maker, waitpid(maker, (int *)&status, 0));
	ASSERT_EQ(0, status);
	ASSERT_DONE(silo_start(self->c.silo, ref_of(&self->c), NULL));
	ASSERT_DONE(silo_wait(self->c.silo, ref_of(&self->c), &status, 10000));
	EXPECT_EQ(W_EXITCODE(9, 0), status);
	EXPECT_EQ(0, silo_remove(self->c.silo, ref_of(&self->c), false));
	EXPECT_EQ(0, remains(&self->c));
}

TEST_F(life, a_container_that_is_never_started_can_be_removed)
{
	container_command(&self->c, "true");
	ASSERT_DONE(container_create(&self->c));
	EXPECT_DONE(silo_remove(self->c.silo, ref_of(&self->c), true));
	/* It is killed, or sees before that its silo has come to nothing. */
	EXPECT_NE(0, container_wait(&self->c));
	EXPECT_EQ(0, remains(&self->c));
	self->c.id = 0;
}

TEST_F(life, a_container_is_removed_when_it_ends_if_asked_for)
{
	self->c.spec->remove = true;
	ASSERT_DONE(start(&self->c, "sleep 60 & true"));
	EXPECT_EQ(0, container_wait(&self->c));
	EXPECT_EQ(0, remains(&self->c));
	self->c.id = 0;
}

TEST_F(life, a_name_in_use_is_refused)
{
	struct silo_process *other;
	char expected[128];
	uint64_t id;

	ASSERT_DONE(start(&self->c, "sleep 60"));
	EXPECT_EQ(-EEXIST, silo_container_create(self->c.silo, self->c.spec, &no_stdio, &id, &other));
	snprintf(expected, sizeof(expected), "a silo of this name exists (id %llu, started)",
		 (unsigned long long)self->c.id);
	EXPECT_STREQ(expected, silo_error(self->c.silo));
	EXPECT_EQ(0, silo_process_signal(self->c.init, 0));
}

TEST_F(life, a_cgroup_that_was_left_behind_does_no_harm)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/fs/cgroup/silo/%s", self->c.spec->name);
	mkdir("/sys/fs/cgroup/silo", 0755);
	ASSERT_EQ(0, mkdir(path, 0755));
	EXPECT_DONE(container_run(&self->c, "true"));
	EXPECT_EQ(0, remains(&self->c));
}

TEST_F_TIMEOUT(life, a_killed_maker_leaves_nothing_or_a_whole_container, 300)
{
	for (int delay = 0; delay < 30; delay++) {
		struct silo_info *info;
		pid_t maker = fork();
		int left;

		if (!maker) {
			if (silo_open(&self->c.silo))
				_exit(1);
			container_command(&self->c, "sleep 60");
			container_create(&self->c);
			_exit(0);
		}
		usleep(delay * 3000);
		kill(maker, SIGKILL);
		ASSERT_EQ(maker, waitpid(maker, NULL, 0));
		left = remains(&self->c);
		if (left & 1) {
			ASSERT_EQ(0, silo_get(self->c.silo, ref_of(&self->c), false, &info));
			EXPECT_EQ(SILO_STATE_CREATED, info->state);
			EXPECT_NE(0, info->init_pid);
			EXPECT_EQ(8, info->ns_count);
			silo_info_free(info);
			ASSERT_EQ(0, silo_remove(self->c.silo, ref_of(&self->c), true));
		}
		/* Killed between making the two, it leaves an empty cgroup until the name is used again. */
		ASSERT_EQ(0, left & 4);
	}
	ASSERT_DONE(container_run(&self->c, "true"));
	EXPECT_EQ(0, remains(&self->c));
}

/* Whoever can't do without a descriptor has to leave everything as it was, at whichever one it was. */
TEST_F_TIMEOUT(life, a_failing_step_leaves_nothing, 300)
{
	struct rlimit { unsigned long now, most; } limit, old;
	char before[4096];
	int failures = 0;

	strcpy(before, text_of("/proc/self/mountinfo"));
	ASSERT_EQ(0, syscall(SYS_prlimit64, 0, 7 /* RLIMIT_NOFILE */, NULL, &old));
	container_command(&self->c, "true");
	for (limit = old, limit.now = 4; limit.now < 40; limit.now++) {
		int ret;

		ASSERT_EQ(0, syscall(SYS_prlimit64, 0, 7, &limit, NULL));
		ret = silo_container_create(self->c.silo, self->c.spec, &no_stdio, &self->c.id,
					    &self->c.init);
		ASSERT_EQ(0, syscall(SYS_prlimit64, 0, 7, &old, NULL));
		if (!ret)
			break;
		failures++;
		EXPECT_NE(0, silo_error(self->c.silo)[0]) TH_LOG("no reason for %d", ret);
		ASSERT_EQ(0, remains(&self->c)) TH_LOG("with %lu descriptors: %s", limit.now,
						       silo_error(self->c.silo));
		EXPECT_STREQ(before, text_of("/proc/self/mountinfo"));
	}
	EXPECT_GT(failures, 5);
	EXPECT_LT(limit.now, 40);
}

/* ---- more processes ----------------------------------------------------- */

/* Runs a script in the container by exec; its output is in text. */
static int exec_script(struct container *c, const char *script, struct silo_exec_params *params)
{
	char *argv[] = { "sh", "-c", (char *)script, NULL };
	struct silo_process *process;
	int fds[2], status, ret;

	params->command = argv;
	if (pipe2(fds, O_CLOEXEC))
		return -errno;
	ret = silo_exec(c->silo, ref_of(c), params, &(struct silo_stdio){ -1, fds[1], fds[1] }, &process);
	close(fds[1]);
	if (!ret) {
		read_text(fds[0], c->text, sizeof(c->text));
		ret = silo_process_wait(process, &status);
		silo_process_free(process);
	}
	close(fds[0]);
	return ret ? ret : status;
}

#define PRINT_PRIVILEGES "grep -hE '^(Cap|NoNew|SigIgn|SigBlk|Groups|Uid)' "

TEST_F(life, exec_gives_a_sibling_of_the_command)
{
	struct silo_exec_params params = {};
	char inside[4096];

	ASSERT_DONE(start(&self->c, "exec sleep 60"));
	ASSERT_DONE(exec_script(&self->c, "readlink /proc/1/ns/*", &params));
	strcpy(inside, self->c.text);
	ASSERT_EQ(0, exec_script(&self->c, "readlink /proc/self/ns/*", &params));
	EXPECT_STREQ(inside, self->c.text);
	ASSERT_DONE(exec_script(&self->c, PRINT_PRIVILEGES "/proc/1/status", &params));
	strcpy(inside, self->c.text);
	ASSERT_DONE(exec_script(&self->c, PRINT_PRIVILEGES "/proc/self/status", &params));
	EXPECT_STREQ(inside, self->c.text);
	ASSERT_DONE(exec_script(&self->c, "cat /sys/fs/silo/self/name /proc/self/cgroup; umask;"
				PRINT_DESCRIPTORS, &params));
	snprintf(inside, sizeof(inside), "%s\n0::/\n0022\n0\n1\n2\n", self->c.spec->name);
	EXPECT_STREQ(inside, self->c.text);
	EXPECT_EQ(W_EXITCODE(5, 0), exec_script(&self->c, "exit 5", &params));
}

TEST_F(life, exec_has_the_specs_environment_and_its_own)
{
	static char *const environment[] = { "TWO=two", "ONE=mine", NULL };
	struct silo_exec_params params = { .environment = environment };

	self->c.spec->directory = strdup("/usr");
	ASSERT_EQ(0, silo_spec_add_environment(self->c.spec, "ONE=1"));
	ASSERT_EQ(0, silo_spec_add_environment(self->c.spec, "THREE=3"));
	ASSERT_DONE(start(&self->c, "sleep 60"));
	EXPECT_DONE(exec_script(&self->c, "pwd; echo $ONE $TWO $THREE", &params));
	EXPECT_STREQ("/usr\nmine two 3\n", self->c.text);
	params.directory = "/etc";
	EXPECT_EQ(0, exec_script(&self->c, "pwd", &params));
	EXPECT_STREQ("/etc\n", self->c.text);
	params.directory = "/nowhere";
	EXPECT_EQ(-ENOENT, exec_script(&self->c, "pwd", &params));
	EXPECT_STREQ("enter the directory /nowhere: No such file or directory", silo_error(self->c.silo));
}

TEST_F(life, exec_needs_a_silo_that_is_started)
{
	static const char stopped[] = "the silo is not running: it is stopped";
	struct silo_exec_params params = {};

	EXPECT_EQ(-ENOENT, exec_script(&self->c, "true", &params));
	container_command(&self->c, "true");
	ASSERT_DONE(container_create(&self->c));
	EXPECT_EQ(-ESRCH, exec_script(&self->c, "true", &params));
	EXPECT_STREQ("the silo is not running: it is created", silo_error(self->c.silo));
	ASSERT_EQ(0, container_start(&self->c));
	ASSERT_EQ(0, container_wait(&self->c));
	for (int tries = 0; tries < 1000 && strcmp(stopped, silo_error(self->c.silo)); tries++) {
		EXPECT_EQ(-ESRCH, exec_script(&self->c, "true", &params));
		usleep(1000);
	}
	EXPECT_STREQ(stopped, silo_error(self->c.silo));
}

static int count_descriptors(void)
{
	DIR *directory = opendir("/proc/self/fd");
	int count = 0;

	while (readdir(directory))
		count++;
	closedir(directory);
	return count;
}

TEST_F(life, a_maker_keeps_no_descriptors_and_no_processes)
{
	struct silo_exec_params params = {};
	int before;

	self->c.output = open("/dev/null", O_RDONLY | O_CLOEXEC);
	before = count_descriptors();
	EXPECT_DONE(container_run(&self->c, "true"));
	EXPECT_EQ(before, count_descriptors());
	ASSERT_DONE(start(&self->c, "sleep 60"));
	EXPECT_DONE(exec_script(&self->c, "true", &params));
	params.directory = "/nowhere";
	EXPECT_EQ(-ENOENT, exec_script(&self->c, "true", &params));
	container_remove(&self->c);
	EXPECT_EQ(before, count_descriptors());
	self->c.spec->directory = strdup("/nowhere");
	EXPECT_EQ(-ENOENT, container_run(&self->c, "true"));
	EXPECT_EQ(before, count_descriptors());
	EXPECT_EQ(0, remains(&self->c));
}

TEST_F(life, an_executed_process_is_a_member_and_ends_with_the_silo)
{
	char *argv[] = { "sleep", "60", NULL };
	const struct silo_exec_params params = { .command = argv };
	struct silo_process *process;
	struct silo_info *info;
	int status;

	ASSERT_DONE(start(&self->c, "sleep 60"));
	ASSERT_DONE(silo_exec(self->c.silo, ref_of(&self->c), &params, NULL, &process));
	ASSERT_EQ(0, silo_which(self->c.silo, silo_process_pid(process), &info));
	EXPECT_EQ(self->c.id, info->id);
	silo_info_free(info);
	ASSERT_EQ(0, silo_terminate(self->c.silo, ref_of(&self->c)));
	EXPECT_EQ(0, silo_process_wait(process, &status));
	EXPECT_EQ(SIGKILL, status);
	silo_process_free(process);
}

/* ---- terminals ---------------------------------------------------------- */

/* Reads from a terminal until the text comes, or half a minute has passed. */
static bool expect_output(int terminal, const char *wanted, struct container *c)
{
	size_t length = 0;

	alarm(30);
	do {
		ssize_t got = read(terminal, c->text + length, sizeof(c->text) - 1 - length);

		if (got <= 0)
			break;
		length += got;
		c->text[length] = '\0';
	} while (!strstr(c->text, wanted));
	alarm(0);
	return strstr(c->text, wanted);
}

TEST_F(life, a_terminal_is_the_commands_own)
{
	char *argv[] = { "sh", "-c", "trap 'echo interrupted; exit 4' INT; tty; test -c /dev/console &&"
			 "echo $TERM; read word; echo got $word; while :; do sleep 0.01; done" };

	self->c.spec->terminal = true;
	silo_spec_set_command(self->c.spec, 3, argv);
	ASSERT_DONE(silo_container_create(self->c.silo, self->c.spec, NULL, &self->c.id, &self->c.init));
	self->c.output = dup(silo_process_terminal(self->c.init));
	ASSERT_LE(0, self->c.output);
	ASSERT_EQ(0, container_start(&self->c));
	EXPECT_TRUE(expect_output(self->c.output, "/dev/pts/0\r\nxterm\r\n", &self->c));
	ASSERT_EQ(5, write(self->c.output, "word\n", 5));
	EXPECT_TRUE(expect_output(self->c.output, "got word\r\n", &self->c));
	ASSERT_EQ(1, write(self->c.output, "\003", 1));
	EXPECT_TRUE(expect_output(self->c.output, "interrupted\r\n", &self->c));
	EXPECT_EQ(W_EXITCODE(4, 0), container_wait(&self->c));
}

TEST_F(life, exec_can_have_a_terminal_as_well)
{
	char *argv[] = { "sh", "-c", "tty; echo $TERM; exec sleep 60", NULL };
	const struct silo_exec_params params = { .command = argv, .terminal = true };
	struct silo_process *process;
	int status;

	ASSERT_DONE(start(&self->c, "sleep 60"));
	ASSERT_DONE(silo_exec(self->c.silo, ref_of(&self->c), &params, NULL, &process));
	ASSERT_LE(0, silo_process_terminal(process));
	EXPECT_TRUE(expect_output(silo_process_terminal(process), "/dev/pts/0\r\nxterm\r\n", &self->c));
	ASSERT_EQ(1, write(silo_process_terminal(process), "\003", 1));
	EXPECT_EQ(0, silo_process_wait(process, &status));
	EXPECT_EQ(SIGINT, status);
	silo_process_free(process);
}

TEST_HARNESS_MAIN
