/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * silo-vm - report: saying what failed, and what is remarkable
 *
 * A function that fails returns a negative errno, or 126 or 127, and has noted
 * the sentence that explains it. There is one sentence, that of the last
 * failure: this program does one thing.
 */
#ifndef SILO_VM_REPORT_H
#define SILO_VM_REPORT_H

#include <stdbool.h>

/* failure - note a sentence without a final dot or newline; returns @code */
int failure(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* failure_errno - the same with ": " and what errno says; returns -errno */
int failure_errno(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* failure_sentence - the sentence of the last failure */
const char *failure_sentence(void);

/* remark - say something on stderr, which is the log once the silo is created */
void remark(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* remark_verbose - say it only with -v */
void remark_verbose(const char *format, ...) __attribute__((format(printf, 1, 2)));

extern bool report_is_verbose;

#endif
