/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * silo-vm - module_strip: a module without what only a debugger reads
 */
#ifndef SILO_VM_MODULE_STRIP_H
#define SILO_VM_MODULE_STRIP_H

#include "file.h"

/* module_strip - take the debugging sections out of a module, if it has any and is not signed; never fails */
void module_strip(struct bytes *module);

#endif
