// SPDX-License-Identifier: GPL-2.0-only
/*
 * silo - membership: which silo a process belongs to
 *
 * A task's silo is its nearest cgroup that a silo is bound to. Fork inherits
 * the cgroup, so nothing is tracked here: each question is a walk upwards, or
 * over all processes.
 *
 * Locks: RCU only.
 */
#include <linux/cgroup.h>
#include <linux/mm.h>
#include <linux/pid.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>

#include "membership.h"
#include "silo.h"
#include "table.h"

/* The borrowed silo of a task, the host if it is in none. Under rcu_read_lock(). */
static struct silo *find_of_task(struct task_struct *task)
{
	struct cgroup *cgroup;

	if (!silo_table_count())
		return silo_host;
	for (cgroup = task_dfl_cgroup(task); cgroup; cgroup = cgroup_parent(cgroup)) {
		struct silo *silo = silo_table_find_cgroup(cgroup);

		if (silo)
			return silo;
	}
	return silo_host;
}

/* The counted silo of a task; never NULL. */
struct silo *silo_of_task(struct task_struct *task)
{
	struct silo *silo;

	rcu_read_lock();
	silo = find_of_task(task);
	if (!refcount_inc_not_zero(&silo->refs))
		silo = silo_get(silo_host);
	rcu_read_unlock();
	return silo;
}

struct silo *silo_of_current(void)
{
	return silo_of_task(current);
}

/* The counted silo of a process, or NULL if there is no such process any more. */
struct silo *silo_of_pid(struct pid *pid)
{
	struct task_struct *task = get_pid_task(pid, PIDTYPE_PID);
	struct silo *silo;

	if (!task)
		return NULL;
	silo = silo_of_task(task);
	put_task_struct(task);
	return silo;
}

/* Whether a task is in the cgroup of a silo or below it. */
bool silo_has_task(const struct silo *silo, struct task_struct *task)
{
	bool is_member;

	if (!silo->cgroup)
		return true;
	rcu_read_lock();
	is_member = cgroup_is_descendant(task_dfl_cgroup(task), silo->cgroup);
	rcu_read_unlock();
	return is_member;
}

/* A process that has ended keeps its cgroup until it is reaped, but is no member. */
static bool is_living_member(const struct silo *silo, struct task_struct *task)
{
	return !(task->flags & PF_KTHREAD) && !READ_ONCE(task->exit_state) && silo_has_task(silo, task);
}

unsigned int silo_count_members(const struct silo *silo)
{
	struct task_struct *task;
	unsigned int members = 0;

	rcu_read_lock();
	for_each_process(task)
		members += is_living_member(silo, task);
	rcu_read_unlock();
	return members;
}

static void fill_member(struct silo_member *member, struct task_struct *task)
{
	member->pid = get_pid(task_tgid(task));
	member->parent = get_pid(task_tgid(rcu_dereference(task->real_parent)));
	member->silo_id = find_of_task(task)->id;
	strscpy_pad(member->comm, task->comm, sizeof(member->comm));
}

/*
 * silo_member_list_fill - list the living processes of a silo and of those inside it
 * @list: receives them; free with silo_member_list_free()
 *
 * All are from one walk. If more processes appear between counting and walking
 * than there is room for, we start again.
 */
int silo_member_list_fill(struct silo_member_list *list, const struct silo *silo)
{
	struct task_struct *task;
	size_t room;
	bool is_full;

	do {
		room = silo_count_members(silo) + 16;
		list->count = 0;
		list->members = kvcalloc(room, sizeof(*list->members), GFP_KERNEL);
		if (!list->members)
			return -ENOMEM;
		is_full = false;
		rcu_read_lock();
		for_each_process(task) {
			if (!is_living_member(silo, task))
				continue;
			is_full = list->count == room;
			if (is_full)
				break;
			fill_member(&list->members[list->count++], task);
		}
		rcu_read_unlock();
		if (is_full)
			silo_member_list_free(list);
	} while (is_full && !fatal_signal_pending(current));
	return is_full ? -EINTR : 0;
}

void silo_member_list_free(struct silo_member_list *list)
{
	size_t i;

	for (i = 0; i < list->count; i++) {
		put_pid(list->members[i].pid);
		put_pid(list->members[i].parent);
	}
	kvfree(list->members);
	list->members = NULL;
	list->count = 0;
}
