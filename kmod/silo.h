/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * silo - the object: identity, state and what it holds
 *
 * Lock order, outermost first:
 *	silo_table_lock		which silos exist; creation, publishing, unpublishing
 *	silo->lock		state, resources, init and exit record of one silo
 *	hive->lock		its keys
 *	event_lock		order of events (event.c)
 * Nothing that may drop the last reference of a file, namespace or mount runs
 * under any of them: such references are collected and put afterwards.
 *
 * Lifetime. A published silo is held by the table; teardown.c alone
 * unpublishes. Everybody else holds memory references (silo_get(), silo_put()):
 * a superblock, an inode, an open file, a request. They keep the struct, not
 * the silo: each use checks silo_is_alive(), and what the running silo had
 * adopted is gone long before the last of them. The struct is freed after a
 * grace period, so a silo found under rcu_read_lock() may be looked at until
 * rcu_read_unlock().
 */
#ifndef _SILO_SILO_H
#define _SILO_SILO_H

#include <linux/cgroup.h>
#include <linux/completion.h>
#include <linux/mutex.h>
#include <linux/path.h>
#include <linux/refcount.h>
#include <linux/rhashtable.h>
#include <linux/uuid.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include <linux/silo.h>

#include "hive.h"
#include "init_watch.h"
#include "resources.h"

struct netlink_ext_ack;

/* What teardown is asked for; bits of silo->wanted, set once and never cleared. */
enum silo_want {
	SILO_WANT_STOP,
	SILO_WANT_REMOVE,
};

/**
 * struct silo - one silo
 * @refs: memory references
 * @id: set once; never used again
 * @name: set once; padded with NULs since it is a hash key
 * @uuid: set once
 * @parent_id: set once; 0 is the host
 * @isolation: set once; enum silo_isolation
 * @flags: set once; enum silo_flags
 * @spec: set once; text kept for user space, may be NULL
 * @created_time: set once
 * @cgroup: set once; counted, NULL for the host
 * @cgroup_dir: set once; the cgroup's directory, pinned until the silo is removed
 * @program: set once; a file that must not be written to until the silo is removed, counted, may be NULL
 * @memcg: set once; counted, whom allocations for the silo are charged to; may be NULL
 * @owner_net: set once; network namespace of the creating socket, only ever compared
 * @owner_portid: set once; port of the creating socket, 0 for a silo without owner
 * @lock: protects the members below up to @hive; held for short, may sleep
 * @state: enum silo_state; changed under @lock by silo_move_state(), read with silo_state()
 * @is_removed: whether the silo was unpublished; changed under @lock, read with silo_is_alive()
 * @resources: adopted namespaces and root, until the silo stops
 * @init: the init process, watched from adoption until the silo stops
 * @has_exit_status: whether @exit_status is known
 * @exit_status: wait status of init
 * @ended_by: enum silo_ended_by
 * @started_time, @stopped_time: 0 before
 * @hive: the keys; has a lock of its own
 * @wait: woken at each change of state; pollers of silofs
 * @state_changes: number of changes of state, for pollers
 * @wanted: what teardown is asked for
 * @teardown: does the stopping and removing; queued on the module's own queue
 * @stopped: completed when the silo has stopped
 * @removed: completed when the silo has been removed
 * @cgroup_node, @name_node: links of the table
 * @rcu: defers the freeing
 */
struct silo {
	refcount_t refs;

	u64 id;
	char name[SILO_NAME_MAX + 1];
	uuid_t uuid;
	u64 parent_id;
	u32 isolation;
	u32 flags;
	char *spec;
	u64 created_time;
	struct cgroup *cgroup;
	struct path cgroup_dir;
	struct file *program;
	struct cgroup_subsys_state *memcg;
	const struct net *owner_net;
	u32 owner_portid;

	struct mutex lock;
	u32 state;
	bool is_removed;
	struct silo_resources resources;
	struct init_watch init;
	bool has_exit_status;
	u32 exit_status;
	u32 ended_by;
	u64 started_time;
	u64 stopped_time;

	struct hive hive;

	wait_queue_head_t wait;
	atomic_t state_changes;
	unsigned long wanted;
	struct work_struct teardown;
	struct completion stopped;
	struct completion removed;

	struct rhash_head cgroup_node;
	struct rhash_head name_node;
	struct rcu_head rcu;
};

/* What a create request asks for; strings are borrowed from the message. */
struct silo_create_request {
	const char *name;
	const char *spec;
	u32 isolation;
	u32 flags;
	u32 cgroup_fd;
	const u32 *program_fd;	/* NULL: none */
	const struct net *owner_net;
	u32 owner_portid;
};

/* What set and start hand over; descriptors of the sender. */
struct silo_adopt_request {
	struct silo_resources resources;
	struct pid *init_pid;
};

/* silo.c */
extern struct silo *silo_host;
int silo_host_create(void);
void silo_host_destroy(void);
struct silo *silo_create(const struct silo_create_request *request, struct netlink_ext_ack *extack);
struct silo *silo_get(struct silo *silo);
void silo_put(struct silo *silo);
void silo_unpin(struct silo *silo);
int silo_set(struct silo *silo, struct silo_adopt_request *adopt, struct netlink_ext_ack *extack);
int silo_start(struct silo *silo, struct silo_adopt_request *adopt, struct netlink_ext_ack *extack);
int silo_signal(struct silo *silo, int signal, struct netlink_ext_ack *extack);
bool silo_move_state(struct silo *silo, u32 from, u32 to);
struct mem_cgroup *silo_charge_begin(struct silo *silo);
void silo_charge_end(struct mem_cgroup *old);

static inline u32 silo_state(const struct silo *silo)
{
	return READ_ONCE(silo->state);
}

static inline bool silo_is_alive(const struct silo *silo)
{
	return !READ_ONCE(silo->is_removed);
}

#endif
