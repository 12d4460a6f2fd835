/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * silo-vm - host: the silo on the host that holds the machine
 */
#ifndef SILO_VM_HOST_H
#define SILO_VM_HOST_H

#include <stdint.h>

#include "plan.h"

struct qemu;

struct host {
	struct silo *silo;	/* NULL: the host has no silo.ko */
	uint64_t id;
	int cgroup;		/* descriptor; -1: none */
	char cgroup_path[256];	/* below the cgroup mount */
};

/* host_create - make a silo of the plan's name with a cgroup of its own; without silo.ko, nothing */
int host_create(struct host *host, const struct plan *plan);

/* host_start - QEMU is its init process from now on: it ends with it, and is removed then */
int host_start(struct host *host, const struct qemu *qemu);

/* host_destroy - remove it, if it is still there */
void host_destroy(struct host *host);

#endif
