/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * silo-vm - qemu_files: the files that QEMU sees
 */
#ifndef SILO_VM_QEMU_FILES_H
#define SILO_VM_QEMU_FILES_H

#include "plan.h"

/*
 * qemu_files_mount - in QEMU's process, with its own mount namespace: put the shares where the plan says,
 * make all else read-only, and hide what a guest has no business with
 */
int qemu_files_mount(const struct plan *plan);

#endif
