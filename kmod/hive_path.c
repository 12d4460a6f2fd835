// SPDX-License-Identifier: GPL-2.0-only
/*
 * silo - hive path: names of keys and values, and paths made of them
 *
 * Names are compared without regard to the case of ASCII letters, and kept as
 * they were first written. A path is names with backslashes between them; the
 * empty path is the root.
 */
#include <linux/minmax.h>
#include <linux/netlink.h>
#include <linux/string.h>

#include <linux/silo.h>

#include "hive_path.h"

char hive_fold(char c)
{
	return c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c;
}

int hive_name_compare(const struct hive_name *a, const struct hive_name *b)
{
	size_t common = min(a->size, b->size);
	size_t i;

	for (i = 0; i < common; i++) {
		int difference = (unsigned char)hive_fold(a->text[i]) - (unsigned char)hive_fold(b->text[i]);

		if (difference)
			return difference;
	}
	return a->size < b->size ? -1 : a->size > b->size;
}

/* Take the next name off a path; false at its end. */
bool hive_path_next(const char **path, struct hive_name *name)
{
	if (!**path)
		return false;
	name->text = *path;
	name->size = strcspn(*path, "\\");
	*path += name->size;
	if (**path)
		(*path)++;
	return true;
}

/* Whether a path from user space is one. What it accepts needs no further checks. */
int hive_path_check(const char *path, struct netlink_ext_ack *extack)
{
	size_t size = strlen(path);
	struct hive_name name;
	unsigned int depth = 0;

	if (size && path[size - 1] == '\\') {
		NL_SET_ERR_MSG(extack, "the path ends with a backslash");
		return -EINVAL;
	}
	while (hive_path_next(&path, &name)) {
		if (!name.size) {
			NL_SET_ERR_MSG(extack, "the path has an empty name in it");
			return -EINVAL;
		}
		if (name.size > SILO_KEY_NAME_MAX) {
			NL_SET_ERR_MSG(extack, "the path has a name of more than 255 bytes in it");
			return -ENAMETOOLONG;
		}
		if (++depth > SILO_KEY_DEPTH_MAX) {
			NL_SET_ERR_MSG(extack, "the path is more than 64 keys deep");
			return -ENAMETOOLONG;
		}
	}
	return 0;
}
