/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * silo-vm - qemu: the QEMU process of a plan
 */
#ifndef SILO_VM_QEMU_H
#define SILO_VM_QEMU_H

#include <sys/types.h>

#include "plan.h"

struct qemu {
	pid_t pid;
	int pidfd;		/* polls readable when it has ended; -1: not started */
	int control, console;	/* our ends of its sockets */
	int go, report;		/* until it runs: pipe that lets it go on; pipe on which it says what fails */
};

/*
 * qemu_prepare - make the process, in namespaces of its own, up to the point where it would execute QEMU
 * @initramfs: descriptor; stays the caller's
 * @log: descriptor for what QEMU complains about; stays the caller's
 * @cgroup: descriptor of a cgroup that it is to be born in, or -1
 */
int qemu_prepare(struct qemu *qemu, const struct plan *plan, int initramfs, int log, int cgroup);

/* qemu_go - let it execute QEMU */
int qemu_go(struct qemu *qemu);

/* qemu_kill - end it by force, if it runs */
void qemu_kill(struct qemu *qemu);

/* qemu_reap - take its wait status once its pidfd is readable; 0 or -errno */
int qemu_reap(struct qemu *qemu, int *status);

#endif
