/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libsilo - cgroup: the control group that a container's processes are in
 */
#ifndef SILO_CGROUP_H
#define SILO_CGROUP_H

#include <silo/silo.h>
#include <silo/spec.h>

/** cgroup_create - make silo/NAME below the cgroup mount, with the spec's limits; an O_PATH descriptor */
int cgroup_create(struct silo *silo, const char *name, const struct silo_spec *spec);

/** cgroup_remove - remove what cgroup_create() made, if no process is in it */
void cgroup_remove(const char *name);

/** cgroup_open - open the cgroup of a silo by the path that silo_get() gives; an O_PATH descriptor */
int cgroup_open(struct silo *silo, const char *path);

#endif
