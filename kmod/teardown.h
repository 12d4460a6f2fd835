/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * silo - teardown: ends silos and removes them
 */
#ifndef _SILO_TEARDOWN_H
#define _SILO_TEARDOWN_H

#include <linux/types.h>

struct netlink_ext_ack;
struct silo;
struct work_struct;

int silo_teardown_init(void);
void silo_teardown_exit(void);
void silo_teardown_work(struct work_struct *work);
void silo_teardown_queue(struct silo *silo);
int silo_terminate(struct silo *silo, u32 ended_by, struct netlink_ext_ack *extack);
int silo_remove(struct silo *silo, bool force, struct netlink_ext_ack *extack);
void silo_abandon(struct silo *silo);

#endif
