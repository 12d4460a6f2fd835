// SPDX-License-Identifier: GPL-2.0-only
/*
 * The silo object over netlink: its members, who may see and change it, its events.
 */
#include "kselftest_harness.h"

#include "fixture.h"

FIXTURE(view)
{
	struct fixture f;
};

FIXTURE_SETUP(view)
{
	memset(&self->f, 0, sizeof(self->f));
	ASSERT_EQ(0, fixture_begin(&self->f)) TH_LOG("%s", silo_error(self->f.silo));
}

FIXTURE_TEARDOWN(view)
{
	fixture_end(&self->f);
}

/* ---- members ---- */

struct member_count {
	int members;
	pid_t pid;
	uint32_t inner_pid;
	uint32_t ppid;
	char comm[32];
};

static int note_member(const struct silo_member *member, void *data)
{
	struct member_count *count = data;

	count->members++;
	count->pid = member->pid;
	count->inner_pid = member->inner_pid;
	count->ppid = member->ppid;
	snprintf(count->comm, sizeof(count->comm), "%s", member->comm);
	return 0;
}

TEST_F(view, members_lists_a_process_as_both_sides_see_it)
{
	struct member_count count = {};

	ASSERT_EQ(0, fixture_start(&self->f, CLONE_NEWPID));
	ASSERT_EQ(0, silo_members(self->f.silo, fixture_ref(&self->f), note_member, &count));
	EXPECT_EQ(1, count.members);
	EXPECT_EQ(self->f.init, count.pid);
	EXPECT_EQ(1, count.inner_pid);
	EXPECT_EQ((uint32_t)getpid(), count.ppid);
	EXPECT_STREQ("silo_view_test", count.comm);
}

TEST_F(view, members_that_have_died_are_not_listed)
{
	struct member_count count = {};

	ASSERT_EQ(0, fixture_start(&self->f, 0));
	kill(self->f.init, SIGKILL);
	ASSERT_EQ(SILO_STATE_STOPPED, fixture_await(&self->f, SILO_STATE_STOPPED));
	ASSERT_EQ(0, silo_members(self->f.silo, fixture_ref(&self->f), note_member, &count));
	EXPECT_EQ(0, count.members);
}

TEST_F(view, members_of_many_fill_several_messages)
{
	struct member_count count = {};
	int i;

	ASSERT_EQ(0, fixture_start(&self->f, 0));
	for (i = 0; i < 500; i++)
		ASSERT_GT(fixture_sleeper(&self->f, 0), 0);
	ASSERT_EQ(0, silo_members(self->f.silo, fixture_ref(&self->f), note_member, &count));
	EXPECT_EQ(501, count.members);
	ASSERT_EQ(0, silo_terminate(self->f.silo, fixture_ref(&self->f)));
	while (waitpid(-1, NULL, 0) > 0)
		;
	self->f.init = 0;
}

/* ---- inside and without rights ---- */

/* Run a function in a process in the silo; its result is the exit code. */
static int run_inside(struct fixture *f, int (*fn)(struct fixture *))
{
	int status;
	pid_t pid = fixture_fork(f, 0);

	if (!pid) {
		if (silo_open(&f->silo))
			_exit(100);
		_exit(fn(f));
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int see_self_only(struct fixture *f)
{
	struct silo_info *info;

	if (silo_get(f->silo, (struct silo_ref){ .id = 0 }, false, &info) != -ENOENT)
		return 1;
	if (silo_which(f->silo, getppid(), &info) != -ENOENT)
		return 2;
	if (silo_get(f->silo, fixture_ref(f), false, &info))
		return 3;
	return 0;
}

TEST_F(view, inside_only_the_own_silo_is_seen)
{
	EXPECT_EQ(0, run_inside(&self->f, see_self_only));
}

static int change_from_inside(struct fixture *f)
{
	if (silo_remove(f->silo, fixture_ref(f), true) != -EPERM)
		return 1;
	if (silo_key_set(f->silo, fixture_ref(f), "HKLM\\X", NULL, 0, NULL, 0) != -EPERM)
		return 2;
	return 0;
}

TEST_F(view, inside_nothing_can_be_changed)
{
	EXPECT_EQ(0, run_inside(&self->f, change_from_inside));
}

static int run_unprivileged(struct fixture *f, int (*fn)(struct fixture *))
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		if (setgid(65534) || setuid(65534) || silo_open(&f->silo))
			_exit(100);
		_exit(fn(f));
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int try_without_rights(struct fixture *f)
{
	struct silo_value *value;
	struct silo_info *info;

	if (silo_terminate(f->silo, fixture_ref(f)) != -EPERM)
		return 1;
	if (strcmp(silo_error(f->silo), "this takes CAP_SYS_ADMIN in the initial user namespace"))
		return 2;
	if (silo_key_get(f->silo, fixture_ref(f), "", NULL, &value) != -EPERM)
		return 3;
	if (silo_get(f->silo, fixture_ref(f), false, &info))
		return 4;
	return strlen(info->spec) ? 5 : 0;
}

TEST_F(view, without_rights_it_can_be_seen_but_not_changed)
{
	EXPECT_EQ(0, run_unprivileged(&self->f, try_without_rights));
}

/* ---- events ---- */

TEST_F(view, events_tell_its_life_in_order)
{
	static const uint32_t kinds[] = {
		SILO_EVENT_KIND_CREATED, SILO_EVENT_KIND_STARTED, SILO_EVENT_KIND_STOPPING,
		SILO_EVENT_KIND_STOPPED, SILO_EVENT_KIND_REMOVED,
	};
	struct fixture other = { .silo = self->f.silo };
	struct silo_events *events;
	struct silo_event event;
	uint64_t sequence = 0;
	size_t i;

	ASSERT_EQ(0, silo_events_open(&events));
	ASSERT_EQ(0, fixture_cgroup(&other, "b"));
	ASSERT_EQ(0, fixture_create(&other, SILO_FLAG_OWNS_CGROUP));
	ASSERT_EQ(0, fixture_start(&other, 0));
	ASSERT_EQ(0, silo_remove(other.silo, fixture_ref(&other), true));
	for (i = 0; i < 5; i++) {
		memset(&event, 0x5a, sizeof(event));
		ASSERT_EQ(0, silo_events_next(events, &event, 5000));
		EXPECT_EQ(kinds[i], event.kind);
		EXPECT_EQ(other.id, event.id);
		EXPECT_STREQ(other.name, event.name);
		if (i)
			EXPECT_EQ(sequence + 1, event.sequence);
		sequence = event.sequence;
		EXPECT_EQ(kinds[i] >= SILO_EVENT_KIND_STOPPED, event.has_exit_status);
	}
	EXPECT_EQ(SIGKILL, WTERMSIG(event.exit_status));
	EXPECT_EQ(SILO_ENDED_BY_USER, event.ended_by);
	silo_events_close(events);
	waitpid(other.init, NULL, 0);
	close(other.cgroup_fd);
}

TEST_F(view, wait_gives_the_status_of_one_that_removes_itself)
{
	struct fixture other = { .silo = self->f.silo };
	uint32_t status = 0x5a5a5a5a;
	pid_t killer;

	ASSERT_EQ(0, fixture_cgroup(&other, "b"));
	ASSERT_EQ(0, fixture_create(&other, SILO_FLAG_OWNS_CGROUP | SILO_FLAG_AUTOREMOVE));
	ASSERT_EQ(0, fixture_start(&other, 0));
	killer = fork();
	if (!killer) {
		usleep(100000);
		kill(other.init, SIGTERM);
		_exit(0);
	}
	EXPECT_EQ(0, silo_wait(other.silo, fixture_ref(&other), &status, 10000));
	EXPECT_EQ(SIGTERM, WTERMSIG(status));
	waitpid(killer, NULL, 0);
	waitpid(other.init, NULL, 0);
	close(other.cgroup_fd);
}

FIXTURE_MAIN
