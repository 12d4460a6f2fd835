/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * silo-vm - modules: the kernel modules that a guest loads
 */
#ifndef SILO_VM_MODULES_H
#define SILO_VM_MODULES_H

#include <stdbool.h>
#include <stddef.h>

/* Paths of module files in the order in which they are to be loaded. */
struct modules {
	char **paths;
	size_t count;
};

/*
 * modules_resolve - add modules with all that they depend on
 * @folder: /lib/modules/RELEASE
 * @names: ends with NULL; one that is built into the kernel needs no file
 */
int modules_resolve(struct modules *modules, const char *folder, const char *const *names);

/* modules_destroy - free the list */
void modules_destroy(struct modules *modules);

/* modules_is_for - whether a module file exists and is for a kernel, as its vermagic says */
bool modules_is_for(const char *path, const char *release);

#endif
