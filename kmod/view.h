/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * silo - view: what a silo's processes see of silos
 */
#ifndef _SILO_VIEW_H
#define _SILO_VIEW_H

#include <linux/types.h>

struct silo;

bool silo_view_sees(const struct silo *view, const struct silo *silo);

#endif
