/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * silofs - silos as files: what the rest of the module calls
 */
#ifndef _SILO_SILOFS_H
#define _SILO_SILOFS_H

int silofs_init(void);
void silofs_exit(void);

#endif
