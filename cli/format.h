/* SPDX-License-Identifier: GPL-2.0-or-later */
/* siloctl: how numbers of the kernel look to people */
#ifndef SILOCTL_FORMAT_H
#define SILOCTL_FORMAT_H

#include <stdint.h>

/* exit_code - of a wait status, as a shell gives it: 128 + N after signal N */
int exit_code(uint32_t status);

/* format_duration - "12s", "5m", "3h", "2d" in a static buffer */
const char *format_duration(uint64_t nanoseconds);

/*
 * format_time - a time since 1970 in nanoseconds as local time, "2026-11-21 18:20:03.123", in a static buffer
 */
const char *format_time(uint64_t time);

/*
 * format_command - the command of a spec (JSON text), its words joined by spaces; "" if there is none; free()
 * it
 */
char *format_command(const char *spec);

/* format_namespace - the name of a CLONE_NEW* kind as in /proc/PID/ns; "unknown" for others */
const char *format_namespace(uint32_t type);

#endif
