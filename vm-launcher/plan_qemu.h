/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * silo-vm - plan_qemu: QEMU's command line for a plan
 */
#ifndef SILO_VM_PLAN_QEMU_H
#define SILO_VM_PLAN_QEMU_H

struct plan;

/* plan_qemu - fill in the arguments, once all else is decided */
int plan_qemu(struct plan *plan);

#endif
