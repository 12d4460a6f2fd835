// SPDX-License-Identifier: GPL-2.0-only
/*
 * silo - init watch: notices the end of a silo's init process
 *
 * A process tells its end to whoever polls a pidfd of it, through a queue in
 * struct pid. We wait there too: no tracepoint, no thread, no polling. We hold
 * the pid and not the task, since an exec by another thread than the first
 * puts a new task in the first one's place.
 *
 * Owns: struct init_watch and its references.
 * Locks: takes none itself beyond that queue's.
 */
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>

#include "init_watch.h"
#include "silo.h"
#include "teardown.h"

/* As wait(2) sees it. The task is a zombie, so nothing of it changes. */
static u32 wait_status(const struct task_struct *task)
{
	const struct signal_struct *signal = task->signal;

	return signal->flags & SIGNAL_GROUP_EXIT ? signal->group_exit_code : task->exit_code;
}

/* Note the end of the process if all its threads have ended. Once only. */
static void note_exit(struct init_watch *watch, struct pid *pid)
{
	struct task_struct *task;

	rcu_read_lock();
	task = pid_task(pid, PIDTYPE_TGID);
	if (task && READ_ONCE(task->exit_state) && thread_group_empty(task) && !init_watch_has_exited(watch)) {
		watch->status = wait_status(task);
		complete_all(&watch->exited);
		silo_teardown_queue(container_of(watch, struct silo, init));
	}
	rcu_read_unlock();
}

static int init_watch_wake(struct wait_queue_entry *entry, unsigned int mode, int sync, void *key)
{
	struct init_watch *watch = container_of(entry, struct init_watch, entry);

	note_exit(watch, watch->pid);
	return 0;
}

void init_watch_init(struct init_watch *watch)
{
	init_completion(&watch->exited);
	init_waitqueue_func_entry(&watch->entry, init_watch_wake);
}

/* Stop watching. No wake-up comes after this has returned. */
void init_watch_end(struct init_watch *watch)
{
	if (!watch->pid)
		return;
	remove_wait_queue(&watch->pid->wait_pidfd, &watch->entry);
	put_pid(watch->pid);
	watch->pid = NULL;
}

/*
 * Watch the process @pid, of which a reference is taken. An end that came
 * before is noticed as well, unless it has been reaped: that is -ESRCH.
 */
int init_watch_begin(struct init_watch *watch, struct pid *pid)
{
	unsigned long flags;
	bool is_there;

	lockdep_assert_held(&container_of(watch, struct silo, init)->lock);

	watch->pid = get_pid(pid);
	add_wait_queue(&pid->wait_pidfd, &watch->entry);
	/* Under the queue's lock, so that it can't be noted twice. */
	spin_lock_irqsave(&pid->wait_pidfd.lock, flags);
	note_exit(watch, pid);
	spin_unlock_irqrestore(&pid->wait_pidfd.lock, flags);

	/* Who is still there now is reaped after it has told its end. */
	rcu_read_lock();
	is_there = pid_task(pid, PIDTYPE_TGID);
	rcu_read_unlock();
	if (is_there || init_watch_has_exited(watch))
		return 0;
	init_watch_end(watch);
	return -ESRCH;
}
