/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * siloctl: numbers, sizes and signals as people type them
 *
 * Each returns whether @text is one, all of it and within the range of the result.
 */
#ifndef SILOCTL_PARSE_H
#define SILOCTL_PARSE_H

#include <stdbool.h>
#include <stdint.h>

/* parse_number - decimal digits, up to @max */
bool parse_number(const char *text, uint64_t max, uint64_t *out);

/*
 * parse_size - bytes: a number, with k, m, g or t (of either case) for powers of 1024, and with a b after
 * that
 */
bool parse_size(const char *text, uint64_t *out);

/* parse_cpus - processors, in thousandths: "2", "1.5", ".25" */
bool parse_cpus(const char *text, uint32_t *out);

/* parse_signal - "TERM", "SIGTERM", "sigterm", "RTMIN+1", "15" */
bool parse_signal(const char *text, int *out);

#endif
