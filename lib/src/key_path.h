/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libsilo - key_path: paths and values, for the files of the library only
 */
#ifndef SILO_KEY_PATH_H
#define SILO_KEY_PATH_H

#include <silo/silo.h>

/** silo_key_path_copy - as silo_key_path(), into a buffer; @reason receives what is wrong */
int silo_key_path_copy(char out[SILO_KEY_PATH_MAX + 1], const char *text, const char **reason);

/** silo_value_new - a value with a copy of @size bytes (@data NULL: zeros) and a NUL; NULL without memory */
struct silo_value *silo_value_new(uint32_t type, const void *data, size_t size);

#endif
