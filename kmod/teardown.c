// SPDX-License-Identifier: GPL-2.0-only
/*
 * silo - teardown: ends silos and removes them
 *
 * All ending and removing of one silo is done by one work item, so that it
 * happens once and in order, whoever asks: a request, the exit of init, the
 * death of the owner. Those only say what they want and may wait for it.
 *
 * The steps: members are killed and gone; init's status is noted; what the
 * running silo had adopted is let go; it has stopped. Then, when it is to be
 * removed: its cgroup goes, it becomes unfindable, its keys go.
 *
 * Owns: the work queue.
 * Locks: silo->lock and silo_table_lock, neither while waiting or letting go.
 */
#include <linux/delay.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/mount.h>
#include <linux/namei.h>
#include <linux/netlink.h>
#include <linux/workqueue.h>

#include "compat.h"
#include "event.h"
#include "silo.h"
#include "table.h"
#include "teardown.h"

/* How long a request waits for an end before it says that it is not done yet. */
#define REQUEST_PATIENCE (5 * HZ)

static struct workqueue_struct *teardown_queue;

int silo_teardown_init(void)
{
	teardown_queue = alloc_workqueue("silo_teardown", WQ_UNBOUND, 0);
	return teardown_queue ? 0 : -ENOMEM;
}

/* Called when no silo is left, but the work that removed the last one may still be returning. */
void silo_teardown_exit(void)
{
	destroy_workqueue(teardown_queue);
}

/* Have the work item look at a silo. Any context; the silo must be published, or the caller hold a reference. */
void silo_teardown_queue(struct silo *silo)
{
	silo_get(silo);
	if (!queue_work(teardown_queue, &silo->teardown))
		silo_put(silo);
}

static void kill_members(struct silo *silo)
{
	struct file *file = file_open_root(&silo->cgroup_dir, "cgroup.kill", O_WRONLY, 0);
	loff_t pos = 0;

	/* Without the directory there are no members either. */
	if (IS_ERR(file))
		return;
	kernel_write(file, "1", 1, &pos);
	fput(file);
}

/*
 * Kill all members and wait until they have left the cgroup. The kernel tells
 * nobody but user space when a cgroup becomes empty, hence the sleeping; it is
 * mostly over after the first look, since an init that exits takes its pid
 * namespace with it.
 */
static void end_members(struct silo *silo)
{
	unsigned int pause_us = 50;

	while (cgroup_is_populated(silo->cgroup)) {
		/* Each time: the host may put processes in meanwhile. */
		kill_members(silo);
		usleep_range(pause_us, 2 * pause_us);
		pause_us = min(2 * pause_us, 50000U);
	}
}

static bool begin_stop(struct silo *silo)
{
	bool is_ours;

	mutex_lock(&silo->lock);
	is_ours = silo_move_state(silo, SILO_STATE_CREATED, SILO_STATE_STOPPING) ||
		  silo_move_state(silo, SILO_STATE_STARTED, SILO_STATE_STOPPING);
	if (is_ours) {
		if (silo->ended_by == SILO_ENDED_BY_NOBODY)
			silo->ended_by = SILO_ENDED_BY_ITSELF;
		silo_event_emit(silo, SILO_EVENT_KIND_STOPPING);
	}
	mutex_unlock(&silo->lock);
	return is_ours;
}

static void note_exit_status(struct silo *silo)
{
	lockdep_assert_held(&silo->lock);

	if (!silo->init.pid)
		return;
	init_watch_end(&silo->init);
	if (init_watch_has_exited(&silo->init)) {
		silo->exit_status = silo->init.status;
		silo->has_exit_status = true;
	}
}

static void stop(struct silo *silo)
{
	struct silo_resources resources = {};

	if (!begin_stop(silo))
		return;
	end_members(silo);
	/* A process leaves its cgroup a moment before its end is told. */
	if (silo->init.pid)
		wait_for_completion_timeout(&silo->init.exited, HZ);

	mutex_lock(&silo->lock);
	note_exit_status(silo);
	silo_resources_move(&resources, &silo->resources);
	mutex_unlock(&silo->lock);

	silo_resources_put(&resources);
	/* A kernel thread's fput() is done later by another; have it done now. */
	flush_delayed_fput();

	mutex_lock(&silo->lock);
	silo->stopped_time = ktime_get_real_ns();
	silo_move_state(silo, SILO_STATE_STOPPING, SILO_STATE_STOPPED);
	silo_event_emit(silo, SILO_EVENT_KIND_STOPPED);
	mutex_unlock(&silo->lock);
	complete_all(&silo->stopped);

	if (silo->flags & SILO_FLAG_AUTOREMOVE)
		set_bit(SILO_WANT_REMOVE, &silo->wanted);
}

/* The directory may be gone already, by others' hands; nothing is lost then. */
static void remove_cgroup_dir(struct silo *silo)
{
	struct dentry *dentry = silo->cgroup_dir.dentry;
	struct dentry *parent;

	if (mnt_want_write(silo->cgroup_dir.mnt))
		return;
	parent = dget_parent(dentry);
	inode_lock_nested(d_inode(parent), I_MUTEX_PARENT);
	if (dentry->d_parent == parent && !d_unhashed(dentry) && d_is_positive(dentry))
		silo_vfs_rmdir(parent, dentry);
	inode_unlock(d_inode(parent));
	dput(parent);
	mnt_drop_write(silo->cgroup_dir.mnt);
}

static void remove(struct silo *silo)
{
	if (silo->flags & SILO_FLAG_OWNS_CGROUP)
		remove_cgroup_dir(silo);
	silo_unpin(silo);

	mutex_lock(&silo_table_lock);
	silo_table_unpublish(silo);
	mutex_lock(&silo->lock);
	WRITE_ONCE(silo->is_removed, true);
	silo_event_emit(silo, SILO_EVENT_KIND_REMOVED);
	mutex_unlock(&silo->lock);
	mutex_unlock(&silo_table_lock);

	hive_close(&silo->hive);
	atomic_inc(&silo->state_changes);
	wake_up_all(&silo->wait);
	complete_all(&silo->removed);
	silo_put(silo);
	module_put(THIS_MODULE);
}

/* Never runs twice at once for one silo: that is what a work item promises. */
void silo_teardown_work(struct work_struct *work)
{
	struct silo *silo = container_of(work, struct silo, teardown);

	if (silo->wanted || init_watch_has_exited(&silo->init))
		stop(silo);
	if (test_bit(SILO_WANT_REMOVE, &silo->wanted) && silo_is_alive(silo))
		remove(silo);
	silo_put(silo);
}

/* Ask for an end, and note who asked first. */
static void ask(struct silo *silo, enum silo_want want, u32 ended_by)
{
	mutex_lock(&silo->lock);
	if (silo->ended_by == SILO_ENDED_BY_NOBODY && !init_watch_has_exited(&silo->init))
		silo->ended_by = ended_by;
	mutex_unlock(&silo->lock);
	set_bit(want, &silo->wanted);
	silo_teardown_queue(silo);
}

static int wait_for(struct completion *done, struct netlink_ext_ack *extack)
{
	long left = wait_for_completion_interruptible_timeout(done, REQUEST_PATIENCE);

	if (left > 0)
		return 0;
	if (left < 0) {
		NL_SET_ERR_MSG(extack, "interrupted while the silo was being ended, which goes on");
		return -EINTR;
	}
	NL_SET_ERR_MSG(extack, "the silo is still being ended: a process of it does not die");
	return -EINPROGRESS;
}

/* End a silo and wait for that. */
int silo_terminate(struct silo *silo, u32 ended_by, struct netlink_ext_ack *extack)
{
	ask(silo, SILO_WANT_STOP, ended_by);
	return wait_for(&silo->stopped, extack);
}

static bool is_running(struct silo *silo)
{
	u32 state = silo_state(silo);
	bool has_init;

	if (state != SILO_STATE_CREATED)
		return state != SILO_STATE_STOPPED;
	mutex_lock(&silo->lock);
	has_init = silo->init.pid;
	mutex_unlock(&silo->lock);
	return has_init;
}

/* Remove a silo, if @force after ending it, and wait for that. */
int silo_remove(struct silo *silo, bool force, struct netlink_ext_ack *extack)
{
	if (!force && is_running(silo)) {
		NL_SET_ERR_MSG(extack, "the silo is running");
		return -EBUSY;
	}
	ask(silo, SILO_WANT_REMOVE, SILO_ENDED_BY_USER);
	return wait_for(&silo->removed, extack);
}

/* The owner's socket was closed: a silo that has no init yet goes with it. */
void silo_abandon(struct silo *silo)
{
	bool has_init;

	mutex_lock(&silo->lock);
	has_init = silo->init.pid || silo_state(silo) != SILO_STATE_CREATED;
	mutex_unlock(&silo->lock);
	if (!has_init)
		ask(silo, SILO_WANT_REMOVE, SILO_ENDED_BY_OWNER);
}
