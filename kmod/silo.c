// SPDX-License-Identifier: GPL-2.0-only
/*
 * silo - the object: creation, configuration, start and memory lifetime
 *
 * Owns: struct silo.
 * Locks: silo_table_lock while creating; silo->lock for all changes of state.
 * Not here: ending and removing (teardown.c), lookups (table.c), who may ask (netlink.c).
 */
#include <linux/cgroup.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <linux/memcontrol.h>
#include <linux/module.h>
#include <linux/netlink.h>
#include <linux/pid.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>

#include "event.h"
#include "membership.h"
#include "silo.h"
#include "table.h"
#include "teardown.h"

/* Silo 0. Set once before anything else can run, freed when the module goes. */
struct silo *silo_host;

static struct silo *silo_alloc(void)
{
	struct silo *silo = kzalloc(sizeof(*silo), GFP_KERNEL_ACCOUNT);

	if (!silo)
		return NULL;
	refcount_set(&silo->refs, 1);
	mutex_init(&silo->lock);
	init_waitqueue_head(&silo->wait);
	init_completion(&silo->stopped);
	init_completion(&silo->removed);
	init_watch_init(&silo->init);
	INIT_WORK(&silo->teardown, silo_teardown_work);
	uuid_gen(&silo->uuid);
	silo->created_time = ktime_get_real_ns();
	if (hive_init(&silo->hive)) {
		kfree(silo);
		return NULL;
	}
	return silo;
}

struct silo *silo_get(struct silo *silo)
{
	refcount_inc(&silo->refs);
	return silo;
}

/* Drop a memory reference. The cgroup goes with the last, so that a silo found under RCU still has it. */
void silo_put(struct silo *silo)
{
	if (!refcount_dec_and_test(&silo->refs))
		return;
	/* Closed already if the silo was ever published: its lock is not taken from memory reclaim then. */
	if (silo->hive.root)
		hive_close(&silo->hive);
	if (silo->memcg)
		css_put(silo->memcg);
	if (silo->cgroup)
		cgroup_put(silo->cgroup);
	kfree(silo->spec);
	kfree_rcu(silo, rcu);
}

int silo_host_create(void)
{
	silo_host = silo_alloc();
	if (!silo_host)
		return -ENOMEM;
	strscpy(silo_host->name, "host", sizeof(silo_host->name));
	silo_host->state = SILO_STATE_STARTED;
	silo_host->started_time = silo_host->created_time;
	return 0;
}

void silo_host_destroy(void)
{
	silo_put(silo_host);
}

/*
 * Allocations until silo_charge_end() are charged to the silo's own cgroup,
 * whoever asked for them, if they are made with GFP_KERNEL_ACCOUNT.
 */
struct mem_cgroup *silo_charge_begin(struct silo *silo)
{
	return set_active_memcg(silo->memcg ? mem_cgroup_from_css(silo->memcg) : NULL);
}

void silo_charge_end(struct mem_cgroup *old)
{
	set_active_memcg(old);
}

/*
 * Move on in life if the state is @from. The only place where the state
 * changes. The new state is there before the count of changes tells of it.
 */
bool silo_move_state(struct silo *silo, u32 from, u32 to)
{
	lockdep_assert_held(&silo->lock);

	if (cmpxchg(&silo->state, from, to) != from)
		return false;
	smp_mb__before_atomic();
	atomic_inc(&silo->state_changes);
	wake_up_all(&silo->wait);
	return true;
}

static bool name_is_valid(const char *name)
{
	bool has_other = false;
	const char *c;

	if (!isalnum(name[0]))
		return false;
	for (c = name; *c; c++) {
		if (!isascii(*c) || !(isalnum(*c) || strchr("._-", *c)))
			return false;
		has_other |= !isdigit(*c);
	}
	return has_other && strcmp(name, "self") && strcmp(name, "host");
}

/* Pin the directory of the cgroup that the descriptor named a moment ago. */
static int pin_cgroup_dir(struct silo *silo, u32 fd)
{
	struct file *file = fget_raw(fd);
	int ret = -EBADF;

	if (!file)
		return ret;
	if (file_inode(file)->i_sb->s_magic == CGROUP2_SUPER_MAGIC &&
	    file_inode(file)->i_ino == cgroup_id(silo->cgroup)) {
		silo->cgroup_dir = file->f_path;
		path_get(&silo->cgroup_dir);
		ret = 0;
	}
	fput(file);
	return ret;
}

static int bind_cgroup(struct silo *silo, u32 fd, struct netlink_ext_ack *extack)
{
	struct cgroup *cgroup = cgroup_get_from_fd(fd);
	int ret;

	if (IS_ERR(cgroup)) {
		NL_SET_ERR_MSG(extack, "the cgroup descriptor is not that of a cgroup v2 directory");
		return -EBADF;
	}
	silo->cgroup = cgroup;
	silo->memcg = cgroup_get_e_css(cgroup, &memory_cgrp_subsys);
	if (!cgroup_parent(cgroup)) {
		NL_SET_ERR_MSG(extack, "the root cgroup can't be a silo");
		return -EINVAL;
	}
	if (cgroup_is_populated(cgroup)) {
		NL_SET_ERR_MSG(extack, "the cgroup has processes in it; a silo begins empty");
		return -EBUSY;
	}
	ret = pin_cgroup_dir(silo, fd);
	if (ret)
		NL_SET_ERR_MSG(extack, "the cgroup descriptor changed while it was looked at");
	return ret;
}

/* Whether the place of the cgroup among others allows a silo. */
static int check_cgroup_place(struct silo *silo, struct netlink_ext_ack *extack)
{
	struct cgroup *cgroup;
	bool is_inside = false;

	rcu_read_lock();
	for (cgroup = cgroup_parent(silo->cgroup); cgroup && !is_inside; cgroup = cgroup_parent(cgroup))
		is_inside = silo_table_find_cgroup(cgroup);
	rcu_read_unlock();
	if (is_inside) {
		NL_SET_ERR_MSG(extack, "the cgroup lies inside that of another silo; silos don't nest yet");
		return -EOPNOTSUPP;
	}
	if (silo_table_has_below(silo->cgroup)) {
		NL_SET_ERR_MSG(extack, "another silo's cgroup lies inside this one");
		return -EBUSY;
	}
	return 0;
}

/*
 * Keep the program from being written to. A process on its way into a silo
 * runs it until it executes another, and what it runs can be opened through
 * /proc by the silo's root, whose number is that of the file's owner.
 */
static int pin_program(struct silo *silo, u32 fd, struct netlink_ext_ack *extack)
{
	struct file *file = fget(fd);
	int ret = -EINVAL;

	if (!file) {
		NL_SET_ERR_MSG(extack, "the program's descriptor is not open for reading");
		return -EBADF;
	}
	if (!S_ISREG(file_inode(file)->i_mode)) {
		NL_SET_ERR_MSG(extack, "the program is not a regular file");
		goto err_put;
	}
	ret = deny_write_access(file);
	if (ret) {
		NL_SET_ERR_MSG(extack, "the program is open for writing");
		goto err_put;
	}
	silo->program = file;
	return 0;

err_put:
	fput(file);
	return ret;
}

/* Let go what is pinned from creation to removal. */
void silo_unpin(struct silo *silo)
{
	path_put(&silo->cgroup_dir);
	if (silo->program) {
		allow_write_access(silo->program);
		fput(silo->program);
	}
}

static int fill(struct silo *silo, const struct silo_create_request *request, struct netlink_ext_ack *extack)
{
	if (request->name) {
		if (!name_is_valid(request->name)) {
			NL_SET_ERR_MSG(extack, "a name is made of letters, digits, '.', '_' and '-', begins with a letter or digit and is not a number, 'self' or 'host'");
			return -EINVAL;
		}
		strscpy(silo->name, request->name, sizeof(silo->name));
	}
	if (request->spec) {
		silo->spec = kstrdup(request->spec, GFP_KERNEL_ACCOUNT);
		if (!silo->spec)
			return -ENOMEM;
	}
	silo->isolation = request->isolation;
	silo->flags = request->flags;
	if (request->flags & SILO_FLAG_OWNED) {
		silo->owner_net = request->owner_net;
		silo->owner_portid = request->owner_portid;
	}
	if (request->program_fd) {
		int ret = pin_program(silo, *request->program_fd, extack);

		if (ret)
			return ret;
	}
	return bind_cgroup(silo, request->cgroup_fd, extack);
}

/*
 * silo_create - create a silo and make it findable
 *
 * Returns a counted silo or an ERR_PTR. On failure nothing is left.
 */
struct silo *silo_create(const struct silo_create_request *request, struct netlink_ext_ack *extack)
{
	struct silo *silo = silo_alloc();
	int ret;

	if (!silo)
		return ERR_PTR(-ENOMEM);
	ret = fill(silo, request, extack);
	if (ret)
		goto err_put;

	mutex_lock(&silo_table_lock);
	ret = check_cgroup_place(silo, extack);
	if (!ret)
		ret = silo_table_publish(silo, extack);
	if (!ret) {
		/* The first reference is the table's from here on; this one is the caller's. */
		silo_get(silo);
		/* Dropped by teardown when the silo is removed; until then rmmod is refused. */
		__module_get(THIS_MODULE);
		silo_event_emit(silo, SILO_EVENT_KIND_CREATED);
	}
	mutex_unlock(&silo_table_lock);
	if (ret)
		goto err_put;
	return silo;

err_put:
	silo_unpin(silo);
	silo_put(silo);
	return ERR_PTR(ret);
}

static int check_adopt(struct silo *silo, const struct silo_adopt_request *adopt, struct netlink_ext_ack *extack)
{
	struct task_struct *task;
	bool is_member;

	if (silo_resources_overlap(&silo->resources, &adopt->resources)) {
		NL_SET_ERR_MSG(extack, "the silo has such a namespace or a root already");
		return -EEXIST;
	}
	if (!adopt->init_pid)
		return 0;
	if (silo->init.pid) {
		NL_SET_ERR_MSG(extack, "the silo has an init process already");
		return -EEXIST;
	}
	task = get_pid_task(adopt->init_pid, PIDTYPE_TGID);
	if (!task) {
		NL_SET_ERR_MSG(extack, "there is no such init process");
		return -ESRCH;
	}
	is_member = silo_has_task(silo, task);
	put_task_struct(task);
	if (!is_member) {
		NL_SET_ERR_MSG(extack, "the init process is not in the silo's cgroup");
		return -EINVAL;
	}
	return 0;
}

static int adopt_all(struct silo *silo, struct silo_adopt_request *adopt, struct netlink_ext_ack *extack)
{
	int ret = check_adopt(silo, adopt, extack);

	if (ret)
		return ret;
	if (adopt->init_pid) {
		ret = init_watch_begin(&silo->init, adopt->init_pid);
		if (ret) {
			NL_SET_ERR_MSG(extack, "the init process has ended and was reaped");
			return ret;
		}
	}
	silo_resources_move(&silo->resources, &adopt->resources);
	return 0;
}

static int refuse_state(const struct silo *silo, struct netlink_ext_ack *extack)
{
	if (silo_state(silo) == SILO_STATE_STARTED) {
		NL_SET_ERR_MSG(extack, "the silo is started");
		return -EALREADY;
	}
	NL_SET_ERR_MSG(extack, "the silo has stopped");
	return -ESHUTDOWN;
}

/*
 * silo_set - hand resources to a silo that is not started
 * @adopt: what it takes is taken out of here
 */
int silo_set(struct silo *silo, struct silo_adopt_request *adopt, struct netlink_ext_ack *extack)
{
	int ret;

	mutex_lock(&silo->lock);
	if (silo_state(silo) == SILO_STATE_CREATED)
		ret = adopt_all(silo, adopt, extack);
	else
		ret = refuse_state(silo, extack);
	mutex_unlock(&silo->lock);
	return ret == -EALREADY ? -EBUSY : ret;
}

/* Start a silo, after taking what @adopt has. */
int silo_start(struct silo *silo, struct silo_adopt_request *adopt, struct netlink_ext_ack *extack)
{
	int ret;

	mutex_lock(&silo->lock);
	if (silo_state(silo) != SILO_STATE_CREATED) {
		ret = refuse_state(silo, extack);
		goto out_unlock;
	}
	if (!silo->init.pid && !adopt->init_pid) {
		NL_SET_ERR_MSG(extack, "the silo has no init process");
		ret = -EINVAL;
		goto out_unlock;
	}
	ret = adopt_all(silo, adopt, extack);
	if (ret)
		goto out_unlock;
	silo->started_time = ktime_get_real_ns();
	silo_move_state(silo, SILO_STATE_CREATED, SILO_STATE_STARTED);
	silo_event_emit(silo, SILO_EVENT_KIND_STARTED);

out_unlock:
	mutex_unlock(&silo->lock);
	return ret;
}

/* Send a signal to the init process. */
int silo_signal(struct silo *silo, int signal, struct netlink_ext_ack *extack)
{
	struct pid *pid;
	int ret;

	mutex_lock(&silo->lock);
	pid = get_pid(silo->init.pid);
	mutex_unlock(&silo->lock);

	if (!pid || init_watch_has_exited(&silo->init)) {
		NL_SET_ERR_MSG(extack, "the silo has no running init process");
		ret = -ESRCH;
	} else {
		/* From the kernel, so that SIGKILL and SIGSTOP reach even an init that is pid 1 of its namespace. */
		ret = kill_pid(pid, signal, 1);
	}
	put_pid(pid);
	return ret;
}
