/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * silo - membership: which silo a process belongs to
 */
#ifndef _SILO_MEMBERSHIP_H
#define _SILO_MEMBERSHIP_H

#include <linux/sched.h>
#include <linux/types.h>

struct pid;
struct silo;

/* One process of a listing; @pid and @parent are counted, @parent may be NULL. */
struct silo_member {
	struct pid *pid;
	struct pid *parent;
	u64 silo_id;
	char comm[TASK_COMM_LEN];
};

/* The processes of a silo at one moment. */
struct silo_member_list {
	struct silo_member *members;
	size_t count;
};

struct silo *silo_of_task(struct task_struct *task);
struct silo *silo_of_current(void);
struct silo *silo_of_pid(struct pid *pid);
bool silo_has_task(const struct silo *silo, struct task_struct *task);
unsigned int silo_count_members(const struct silo *silo);
int silo_member_list_fill(struct silo_member_list *list, const struct silo *silo);
void silo_member_list_free(struct silo_member_list *list);

#endif
