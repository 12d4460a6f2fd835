/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libsilo - container_init: the first process of a container
 */
#ifndef SILO_CONTAINER_INIT_H
#define SILO_CONTAINER_INIT_H

#include "child.h"

/** container_init - from the clone to the command; does not return */
void container_init(struct child *child) __attribute__((__noreturn__));

#endif
