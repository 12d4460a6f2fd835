/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * silo - hive path: names of keys and values, and paths made of them
 */
#ifndef _SILO_HIVE_PATH_H
#define _SILO_HIVE_PATH_H

#include <linux/types.h>

struct netlink_ext_ack;

/* A name, borrowed from where it stands; not ended by a NUL. */
struct hive_name {
	const char *text;
	size_t size;
};

char hive_fold(char c);
int hive_name_compare(const struct hive_name *a, const struct hive_name *b);
int hive_path_check(const char *path, struct netlink_ext_ack *extack);
bool hive_path_next(const char **path, struct hive_name *name);

#endif
