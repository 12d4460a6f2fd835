/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libsilo - event: streams of events, for the files of the library only
 */
#ifndef SILO_EVENT_H
#define SILO_EVENT_H

#include <silo/silo.h>

/** silo_events_open_like - as silo_events_open(), for the kernel that a handle talks to */
int silo_events_open_like(struct silo *silo, struct silo_events **out);

#endif
