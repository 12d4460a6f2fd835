/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * silo-vm - cause: why a machine ended that was not switched off
 */
#ifndef SILO_VM_CAUSE_H
#define SILO_VM_CAUSE_H

struct console;

/*
 * cause_of_end - note the most telling sentence: what the guest's kernel said, or QEMU
 * @log: file to which QEMU has written
 * @status: QEMU's wait status
 */
int cause_of_end(const struct console *console, int log, int status);

#endif
