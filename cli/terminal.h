/* SPDX-License-Identifier: GPL-2.0-or-later */
/* siloctl: the caller's terminal while a command of a silo uses it */
#ifndef SILOCTL_TERMINAL_H
#define SILOCTL_TERMINAL_H

#include <sys/ioctl.h>

/*
 * terminal_make_raw - let every key reach the command; @fd is the caller's terminal
 *
 * It is restored by terminal_restore(), by exit(), and before a signal that is not handled otherwise ends the
 * program; not by SIGKILL, of course.
 */
void terminal_make_raw(int fd);

/* terminal_restore - put it back as it was; may be called at any time, from signal handlers too */
void terminal_restore(void);

/*
 * terminal_size - of the first standard stream that is a terminal; 24 by 80 if none is, or it does not know
 */
struct winsize terminal_size(void);

#endif
