/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * silo-vm - front: the process that is called, in front of the one that stays
 */
#ifndef SILO_VM_FRONT_H
#define SILO_VM_FRONT_H

/*
 * front_split - fork the supervisor off
 *
 * In the supervisor, returns the pipe on which it says one line. The front itself waits for that line,
 * passes it on to @ready_fd, or if that is -1 says what it means on stdout or stderr, and exits. If whoever
 * reads @ready_fd goes away before, or the front is killed, the pipe loses its reader, and the supervisor
 * gives up.
 */
int front_split(int ready_fd);

#endif
