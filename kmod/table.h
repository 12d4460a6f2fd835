/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * silo - table: which silos exist
 */
#ifndef _SILO_TABLE_H
#define _SILO_TABLE_H

#include <linux/mutex.h>
#include <linux/types.h>

struct cgroup;
struct netlink_ext_ack;
struct silo;

extern struct mutex silo_table_lock;

int silo_table_init(void);
void silo_table_exit(void);
int silo_table_publish(struct silo *silo, struct netlink_ext_ack *extack);
void silo_table_unpublish(struct silo *silo);
struct silo *silo_table_lookup_id(u64 id);
struct silo *silo_table_lookup_name(const char *name);
struct silo *silo_table_next(u64 after);
struct silo *silo_table_find_cgroup(struct cgroup *cgroup);
unsigned int silo_table_count(void);
bool silo_table_has_below(struct cgroup *cgroup);

#endif
