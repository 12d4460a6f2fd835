/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libsilo - spec_private: what spec.c and spec_json.c share
 */
#ifndef SILO_SPEC_PRIVATE_H
#define SILO_SPEC_PRIVATE_H

#include <silo/spec.h>

/** silo_spec_append - append a copy of a string to a list that ends with NULL, or is NULL */
int silo_spec_append(char ***list, const char *text);

/** silo_spec_append_mount - append a copy, without checking it */
int silo_spec_append_mount(struct silo_spec *spec, const char *source, const char *target, bool read_only);

/** silo_spec_reason - make a sentence, unless @reason is NULL, and return @err, or -ENOMEM */
int silo_spec_reason(char **reason, int err, const char *format, ...)
	__attribute__((__format__(__printf__, 3, 4)));

#endif
