// SPDX-License-Identifier: GPL-2.0-only
/*
 * silofs: what the files show, from the host and from inside a silo.
 */
#include <dirent.h>
#include <poll.h>
#include <sys/mount.h>

#include "kselftest_harness.h"

#include "fixture.h"

FIXTURE(silofs)
{
	struct fixture f;
	char dir[64];
	char top[128];
};

/* The tests have a mount of their own, so that it can't matter whether there is one on /sys/fs/silo. */
FIXTURE_SETUP(silofs)
{
	memset(self, 0, sizeof(*self));
	ASSERT_EQ(0, unshare(CLONE_NEWNS));
	ASSERT_EQ(0, mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
	strcpy(self->dir, "/tmp/silofs-XXXXXX");
	ASSERT_NE(NULL, mkdtemp(self->dir));
	ASSERT_EQ(0, mount("silofs", self->dir, "silofs", 0, NULL));
	ASSERT_EQ(0, fixture_begin(&self->f)) TH_LOG("%s", silo_error(self->f.silo));
	snprintf(self->top, sizeof(self->top), "%s/%s", self->dir, self->f.name);
}

FIXTURE_TEARDOWN(silofs)
{
	fixture_end(&self->f);
	umount(self->dir);
	rmdir(self->dir);
}

/* The contents of a file below a directory, or "" with errno; lives until the next call. */
static const char *contents(const char *top, const char *name)
{
	static char text[70000];
	char path[4096];
	ssize_t size;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", top, name);
	text[0] = '\0';
	fd = open(path, O_RDONLY);
	if (fd < 0)
		return text;
	size = read(fd, text, sizeof(text) - 1);
	text[size < 0 ? 0 : size] = '\0';
	close(fd);
	return text;
}

static int names_in(const char *top, const char *name, char *names, size_t size)
{
	char path[4096];
	struct dirent *entry;
	DIR *dir;
	int count = 0;

	snprintf(path, sizeof(path), "%s/%s", top, name);
	dir = opendir(path);
	if (!dir)
		return -errno;
	names[0] = '\0';
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.' && strlen(entry->d_name) < 3 && strspn(entry->d_name, ".") == strlen(entry->d_name))
			continue;
		if (strlen(names) + strlen(entry->d_name) + 2 < size) {
			strcat(names, entry->d_name);
			strcat(names, ";");
		}
		count++;
	}
	closedir(dir);
	return count;
}

static int set_text(struct fixture *f, const char *path, const char *value, const char *text)
{
	return silo_key_set(f->silo, fixture_ref(f), path, value, SILO_KEY_TYPE_STRING, text, strlen(text));
}

TEST_F(silofs, attributes_agree_with_netlink)
{
	struct silo_info *info;
	char text[64];

	ASSERT_EQ(0, silo_get(self->f.silo, fixture_ref(&self->f), false, &info));
	snprintf(text, sizeof(text), "%llu\n", (unsigned long long)info->id);
	EXPECT_STREQ(text, contents(self->top, "id"));
	snprintf(text, sizeof(text), "%s\n", info->name);
	EXPECT_STREQ(text, contents(self->top, "name"));
	EXPECT_STREQ("created\n", contents(self->top, "state"));
	EXPECT_STREQ("process\n", contents(self->top, "isolation"));
	EXPECT_STREQ("", contents(self->top, "exit"));
	EXPECT_EQ(37, strlen(contents(self->top, "uuid")));
	silo_info_free(info);
}

TEST_F(silofs, members_are_those_of_the_cgroup)
{
	char text[32];

	ASSERT_EQ(0, fixture_start(&self->f, CLONE_NEWPID));
	snprintf(text, sizeof(text), "%d\n", self->f.init);
	EXPECT_STREQ(text, contents(self->top, "members"));
}

TEST_F(silofs, the_exit_code_is_shown_as_a_shell_does)
{
	ASSERT_EQ(0, fixture_start(&self->f, 0));
	kill(self->f.init, SIGKILL);
	ASSERT_EQ(SILO_STATE_STOPPED, fixture_await(&self->f, SILO_STATE_STOPPED));
	EXPECT_STREQ("137\n", contents(self->top, "exit"));
}

TEST_F(silofs, state_polls)
{
	struct pollfd pollfd = { .events = POLLPRI };
	char path[200], text[32] = "";

	snprintf(path, sizeof(path), "%s/state", self->top);
	pollfd.fd = open(path, O_RDONLY);
	ASSERT_GE(pollfd.fd, 0);
	ASSERT_LT(0, pread(pollfd.fd, text, sizeof(text), 0));
	EXPECT_EQ(0, poll(&pollfd, 1, 0) && pollfd.revents & POLLPRI);
	ASSERT_EQ(0, fixture_start(&self->f, 0));
	ASSERT_EQ(1, poll(&pollfd, 1, 5000));
	EXPECT_TRUE(pollfd.revents & POLLPRI);
	memset(text, 0, sizeof(text));
	ASSERT_LT(0, pread(pollfd.fd, text, sizeof(text), 0));
	EXPECT_STREQ("started\n", text);
	EXPECT_EQ(0, poll(&pollfd, 1, 0) && pollfd.revents & POLLPRI);
	close(pollfd.fd);
}

TEST_F(silofs, files_of_a_removed_silo_are_gone)
{
	char path[200], text[8];
	int fd, dir;

	snprintf(path, sizeof(path), "%s/state", self->top);
	fd = open(path, O_RDONLY);
	dir = open(self->top, O_RDONLY | O_DIRECTORY);
	ASSERT_GE(fd, 0);
	ASSERT_GE(dir, 0);
	ASSERT_EQ(0, silo_remove(self->f.silo, fixture_ref(&self->f), false));
	EXPECT_EQ(-1, read(fd, text, sizeof(text)));
	EXPECT_EQ(ENODEV, errno);
	EXPECT_EQ(-1, openat(dir, "id", O_RDONLY));
	EXPECT_EQ(ENOENT, errno);
	EXPECT_EQ(-1, access(path, F_OK));
	close(fd);
	close(dir);
}

TEST_F(silofs, a_new_silo_of_an_old_name_is_the_new_one)
{
	char old[32];

	strcpy(old, contents(self->top, "id"));
	ASSERT_EQ(0, silo_remove(self->f.silo, fixture_ref(&self->f), false));
	ASSERT_EQ(0, fixture_create(&self->f, 0));
	EXPECT_STRNE(old, contents(self->top, "id"));
}

TEST_F(silofs, self_on_the_host_is_silo_0)
{
	EXPECT_STREQ("0\n", contents(self->dir, "self/id"));
	EXPECT_STREQ("host\n", contents(self->dir, "self/name"));
}

TEST_F(silofs, the_top_lists_self_and_each_silo)
{
	char names[4096], ours[70];

	ASSERT_LT(1, names_in(self->dir, "", names, sizeof(names)));
	snprintf(ours, sizeof(ours), "%s;", self->f.name);
	EXPECT_NE(NULL, strstr(names, "self;"));
	EXPECT_NE(NULL, strstr(names, ours));
}

/* ---- keys ---- */

TEST_F(silofs, values_are_text)
{
	const uint32_t dword = 8080;
	const uint64_t qword = 1ULL << 40;

	ASSERT_EQ(0, set_text(&self->f, "HKLM\\Web", "Host", "example"));
	ASSERT_EQ(0, silo_key_set(self->f.silo, fixture_ref(&self->f), "HKLM\\Web", "Port", SILO_KEY_TYPE_DWORD, &dword, 4));
	ASSERT_EQ(0, silo_key_set(self->f.silo, fixture_ref(&self->f), "HKLM\\Web", "Big", SILO_KEY_TYPE_QWORD, &qword, 8));
	ASSERT_EQ(0, silo_key_set(self->f.silo, fixture_ref(&self->f), "HKLM\\Web", "Be", SILO_KEY_TYPE_DWORD_BE, "\0\0\1\0", 4));
	ASSERT_EQ(0, silo_key_set(self->f.silo, fixture_ref(&self->f), "HKLM\\Web", "Lines", SILO_KEY_TYPE_MULTI_STRING, "a\0bc", 5));
	ASSERT_EQ(0, silo_key_set(self->f.silo, fixture_ref(&self->f), "HKLM\\Web", "Raw", SILO_KEY_TYPE_BINARY, "xyz", 3));
	EXPECT_STREQ("example\n", contents(self->top, "keys/HKLM/Web/Host"));
	EXPECT_STREQ("8080\n", contents(self->top, "keys/HKLM/Web/Port"));
	EXPECT_STREQ("1099511627776\n", contents(self->top, "keys/HKLM/Web/Big"));
	EXPECT_STREQ("256\n", contents(self->top, "keys/HKLM/Web/Be"));
	EXPECT_STREQ("a\nbc\n", contents(self->top, "keys/HKLM/Web/Lines"));
	EXPECT_STREQ("xyz", contents(self->top, "keys/HKLM/Web/Raw"));
}

TEST_F(silofs, case_does_not_matter_below_keys)
{
	ASSERT_EQ(0, set_text(&self->f, "HKLM\\Software\\Web", "Port", "1"));
	EXPECT_STREQ("1\n", contents(self->top, "keys/hklm/SOFTWARE/web/PORT"));
	EXPECT_STREQ("1\n", contents(self->top, "keys/HKLM/Software/Web/Port"));
	EXPECT_STREQ("", contents(self->top, "KEYS/HKLM/Software/Web/Port"));
}

TEST_F(silofs, a_change_is_seen_by_the_next_open)
{
	ASSERT_EQ(0, set_text(&self->f, "HKLM\\a", "x", "one"));
	EXPECT_STREQ("one\n", contents(self->top, "keys/HKLM/a/x"));
	ASSERT_EQ(0, set_text(&self->f, "HKLM\\a", "x", "two"));
	EXPECT_STREQ("two\n", contents(self->top, "keys/HKLM/a/x"));
	ASSERT_EQ(0, silo_key_delete(self->f.silo, fixture_ref(&self->f), "HKLM\\a", "x", false));
	EXPECT_STREQ("", contents(self->top, "keys/HKLM/a/x"));
	EXPECT_EQ(ENOENT, errno);
	ASSERT_EQ(0, set_text(&self->f, "HKLM\\a", "x", "three"));
	EXPECT_STREQ("three\n", contents(self->top, "keys/HKLM/a/x"));
}

TEST_F(silofs, a_key_that_was_replaced_is_the_new_one)
{
	ASSERT_EQ(0, set_text(&self->f, "HKLM\\a\\b", "x", "old"));
	EXPECT_STREQ("old\n", contents(self->top, "keys/HKLM/a/b/x"));
	ASSERT_EQ(0, silo_key_delete(self->f.silo, fixture_ref(&self->f), "HKLM\\a", NULL, true));
	ASSERT_EQ(0, set_text(&self->f, "HKLM\\a\\b", "x", "new"));
	EXPECT_STREQ("new\n", contents(self->top, "keys/HKLM/a/b/x"));
}

TEST_F(silofs, names_that_files_can_not_have_are_escaped)
{
	char names[4096];

	ASSERT_EQ(0, set_text(&self->f, "HKLM\\a", "with/slash", "1"));
	ASSERT_EQ(0, set_text(&self->f, "HKLM\\a", "with%percent", "2"));
	ASSERT_EQ(0, set_text(&self->f, "HKLM\\a", "..", "3"));
	ASSERT_EQ(0, set_text(&self->f, "HKLM\\a", "@", "4"));
	ASSERT_EQ(0, set_text(&self->f, "HKLM\\a", "", "5"));
	ASSERT_EQ(0, set_text(&self->f, "HKLM\\a", "both", "6"));
	ASSERT_EQ(0, set_text(&self->f, "HKLM\\a\\both", "", "7"));
	ASSERT_EQ(7, names_in(self->top, "keys/HKLM/a", names, sizeof(names)));
	EXPECT_STREQ("both;@;%2E.;%40;both%val;with%25percent;with%2Fslash;", names);
	EXPECT_STREQ("1\n", contents(self->top, "keys/HKLM/a/with%2fslash"));
	EXPECT_STREQ("2\n", contents(self->top, "keys/HKLM/a/with%25percent"));
	EXPECT_STREQ("3\n", contents(self->top, "keys/HKLM/a/%2E."));
	EXPECT_STREQ("4\n", contents(self->top, "keys/HKLM/a/%40"));
	EXPECT_STREQ("5\n", contents(self->top, "keys/HKLM/a/@"));
	EXPECT_STREQ("6\n", contents(self->top, "keys/HKLM/a/both%val"));
	EXPECT_STREQ("7\n", contents(self->top, "keys/HKLM/a/both/@"));
}

TEST_F(silofs, keys_are_read_only_here)
{
	char path[200];

	ASSERT_EQ(0, set_text(&self->f, "HKLM\\a", "x", "1"));
	snprintf(path, sizeof(path), "%s/keys/HKLM/a/b", self->top);
	EXPECT_EQ(-1, mkdir(path, 0755));
	EXPECT_EQ(-1, rmdir(path));
	snprintf(path, sizeof(path), "%s/keys/HKLM/a/x", self->top);
	EXPECT_EQ(-1, unlink(path));
	EXPECT_STREQ("1\n", contents(self->top, "keys/HKLM/a/x"));
}

TEST_F(silofs, a_big_directory_is_listed_completely)
{
	static char names[200000];
	char name[32];
	int i;

	for (i = 0; i < 3000; i++) {
		snprintf(name, sizeof(name), "value-%d", i);
		ASSERT_EQ(0, set_text(&self->f, "HKLM\\many", name, "x"));
	}
	EXPECT_EQ(3000, names_in(self->top, "keys/HKLM/many", names, sizeof(names)));
}

static int as_nobody(int (*fn)(const char *), const char *top)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		if (setgid(65534) || setuid(65534))
			_exit(100);
		_exit(fn(top));
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int try_keys(const char *top)
{
	if (!strlen(contents(top, "state")))
		return 1;
	if (strlen(contents(top, "keys/HKLM/a/x")) || errno != EACCES)
		return 2;
	return 0;
}

TEST_F(silofs, keys_of_a_silo_are_not_for_others_on_the_host)
{
	ASSERT_EQ(0, set_text(&self->f, "HKLM\\a", "x", "1"));
	chmod(self->dir, 0755);
	EXPECT_EQ(0, as_nobody(try_keys, self->top));
}

/* A user namespace makes anybody root of it; that must not open what belongs to the real root. */
static int try_keys_in_user_namespace(const char *unused)
{
	char top[128];

	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) || mount("silofs", "/mnt", "silofs", 0, NULL))
		return 77;
	snprintf(top, sizeof(top), "/mnt/%s", strrchr(unused, '/') + 1);
	return try_keys(top);
}

TEST_F(silofs, keys_are_not_opened_by_a_user_namespace)
{
	int ret;

	ASSERT_EQ(0, set_text(&self->f, "HKLM\\a", "x", "1"));
	ret = as_nobody(try_keys_in_user_namespace, self->top);
	if (ret == 77)
		SKIP(return, "no user namespaces for ordinary users");
	EXPECT_EQ(0, ret);
}

/* ---- from inside ---- */

static int look_inside(struct fixture *f, const char *dir)
{
	char names[4096], top[128], id[32];

	if (unshare(CLONE_NEWNS) || mount("silofs", dir, "silofs", 0, NULL))
		return 1;
	if (names_in(dir, "", names, sizeof(names)) != 1 || strcmp(names, "self;"))
		return 2;
	snprintf(top, sizeof(top), "%s/self", dir);
	snprintf(id, sizeof(id), "%llu\n", (unsigned long long)f->id);
	if (strcmp(contents(top, "id"), id))
		return 3;
	if (strcmp(contents(top, "keys/HKLM/a/x"), "1\n"))
		return 4;
	if (strlen(contents(dir, f->name)))
		return 5;
	return 0;
}

TEST_F(silofs, inside_there_is_only_self)
{
	int status;
	pid_t pid;

	ASSERT_EQ(0, set_text(&self->f, "HKLM\\a", "x", "1"));
	pid = fixture_fork(&self->f, 0);
	if (!pid)
		_exit(look_inside(&self->f, self->dir));
	waitpid(pid, &status, 0);
	EXPECT_EQ(0, WEXITSTATUS(status));
}

/* A process in a mount namespace of its own that mounts silofs there, once it has; or -1. */
static pid_t fork_with_mount(struct fixture *f, const char *dir)
{
	int ready[2];
	pid_t pid;
	char c;

	if (pipe(ready))
		return -1;
	pid = fixture_fork(f, CLONE_NEWNS);
	if (!pid) {
		close(f->cgroup_fd);
		if (!mount("silofs", dir, "silofs", 0, NULL))
			write(ready[1], "x", 1);
		close(ready[1]);
		for (;;)
			pause();
	}
	close(ready[1]);
	if (read(ready[0], &c, 1) != 1)
		pid = -1;
	close(ready[0]);
	return pid;
}

/* A silo pins a mount namespace with a silofs in it: a cycle, if a superblock's were a real reference. */
TEST_F(silofs, a_mount_inside_does_not_keep_a_silo_alive)
{
	struct silo_resources resources = { .root_fd = -1, .ns_fds_count = 1 };
	char path[64];
	int fd;

	self->f.init = fork_with_mount(&self->f, self->dir);
	ASSERT_GT(self->f.init, 0);
	snprintf(path, sizeof(path), "/proc/%d/ns/mnt", self->f.init);
	fd = open(path, O_RDONLY);
	resources.ns_fds = &fd;
	resources.init_pid = self->f.init;
	ASSERT_EQ(0, silo_start(self->f.silo, fixture_ref(&self->f), &resources));
	close(fd);
	ASSERT_EQ(0, silo_remove(self->f.silo, fixture_ref(&self->f), true));
	EXPECT_EQ(-ENOENT, fixture_state(&self->f));
}

FIXTURE_MAIN
