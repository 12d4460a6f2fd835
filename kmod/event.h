/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * silo - event: tells listeners what happens to silos
 */
#ifndef _SILO_EVENT_H
#define _SILO_EVENT_H

#include <linux/types.h>

struct silo;

void silo_event_emit(const struct silo *silo, u32 kind);

#endif
