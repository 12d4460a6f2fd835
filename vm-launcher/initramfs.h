/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * silo-vm - initramfs: the first file system of a guest: the agent and the kernel modules it needs
 */
#ifndef SILO_VM_INITRAMFS_H
#define SILO_VM_INITRAMFS_H

#include "kernel.h"

/*
 * initramfs_make - make an initramfs in memory
 * @agent: path of the agent
 * Returns a descriptor of it or a negative errno. It takes some milliseconds, less than looking for changes
 * in a cached one would save.
 */
int initramfs_make(const struct kernel *kernel, const char *agent);

/* initramfs_modules - the modules that the kernel needs, silo.ko last, as the plan prints them */
struct modules;
int initramfs_modules(const struct kernel *kernel, struct modules *modules);

#endif
