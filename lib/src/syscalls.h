/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libsilo - syscalls: system calls that the C library has no function for
 *
 * They return -1 and set errno on failure, as the C library's own do.
 */
#ifndef SILO_SYSCALLS_H
#define SILO_SYSCALLS_H

#include <linux/keyctl.h>
#include <linux/sched.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

/* The child is a copy of one thread: functions of the C library that take locks may not be called in it. */
static inline pid_t sys_clone3(struct clone_args *args)
{
	return syscall(SYS_clone3, args, sizeof(*args));
}

static inline int sys_pivot_root(const char *new_root, const char *put_old)
{
	return syscall(SYS_pivot_root, new_root, put_old);
}

static inline int sys_join_new_session_keyring(void)
{
	return syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0 ? -1 : 0;
}

#endif
