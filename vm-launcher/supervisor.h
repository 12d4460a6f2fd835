/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * silo-vm - supervisor: the life of one VM silo
 */
#ifndef SILO_VM_SUPERVISOR_H
#define SILO_VM_SUPERVISOR_H

#include "plan.h"

/*
 * supervisor_run - carry out a plan, to the end of the silo
 * @front: pipe on which to say one line when the silo is created or has failed, as silo_vm_launch() reads it;
 *	if nobody reads it any more, the launch is given up
 * Returns the exit code of the program.
 */
int supervisor_run(const struct plan *plan, int front);

#endif
