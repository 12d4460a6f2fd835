/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * siloctl doctor: what its two parts share: doctor.c is about this kernel, doctor_vm.c about virtual machines
 */
#ifndef SILOCTL_DOCTOR_H
#define SILOCTL_DOCTOR_H

struct checkup;

enum verdict { OK, WARN, FAIL };

/* checkup_say - print one finding; @hint, what to do about it, may be NULL */
void checkup_say(struct checkup *checkup, enum verdict verdict, const char *text, const char *hint);

/* checkup_vm - check what VM mode needs; returns the worst verdict */
enum verdict checkup_vm(struct checkup *checkup);

#endif
