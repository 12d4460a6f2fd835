/* SPDX-License-Identifier: GPL-2.0-or-later */
/* siloctl: saying on stderr what failed, and the exit code that goes with it */
#ifndef SILOCTL_REPORT_H
#define SILOCTL_REPORT_H

#include "siloctl.h"

/* complain - print "siloctl: OBJECT: ..." */
void complain(const char *object, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * failure - print "siloctl: OBJECT: WHAT: WHY", with a hint where one helps
 * @error: a negative errno
 * @sentence: libsilo's reason; if it is empty or NULL, the errno's
 * Returns EXIT_SYSTEM if the system lacks something, else EXIT_NO.
 */
int failure(const char *object, const char *what, int error, const char *sentence);

/*
 * before_command - the exit code of run and exec when their command was not begun for the reason that @code
 * is of
 */
int before_command(int code);

#endif
