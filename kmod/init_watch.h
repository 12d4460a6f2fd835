/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * silo - init watch: notices the end of a silo's init process
 */
#ifndef _SILO_INIT_WATCH_H
#define _SILO_INIT_WATCH_H

#include <linux/completion.h>
#include <linux/types.h>
#include <linux/wait.h>

struct pid;

/**
 * struct init_watch - a process whose end is awaited
 * @pid: counted, NULL while nothing is watched
 * @entry: waits on the queue that pidfds poll on
 * @status: wait status, valid once @exited is complete
 * @exited: completed when the whole process has ended
 *
 * Begun and ended under silo->lock of the silo that it is part of. The wake-up
 * comes under the queue's own lock, with interrupts off; it notes the status
 * while the process still is there to be asked, and queues work.
 */
struct init_watch {
	struct pid *pid;
	struct wait_queue_entry entry;
	u32 status;
	struct completion exited;
};

void init_watch_init(struct init_watch *watch);
int init_watch_begin(struct init_watch *watch, struct pid *pid);
void init_watch_end(struct init_watch *watch);

static inline bool init_watch_has_exited(struct init_watch *watch)
{
	return completion_done(&watch->exited);
}

#endif
