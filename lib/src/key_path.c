// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * libsilo - key_path: bringing the paths of keys into the kernel's form
 *
 * Names may have forward slashes in them, as "image/png" has. So these
 * separate names only in a path without any backslash.
 */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "key_path.h"

static const struct {
	const char *name, *short_name;
} roots[] = {
	{ "HKEY_CLASSES_ROOT", "HKCR" },
	{ "HKEY_CURRENT_CONFIG", "HKCC" },
	{ "HKEY_CURRENT_USER", "HKCU" },
	{ "HKEY_DYN_DATA", "HKDD" },
	{ "HKEY_LOCAL_MACHINE", "HKLM" },
	{ "HKEY_PERFORMANCE_DATA", "HKPD" },
	{ "HKEY_USERS", "HKU" },
};

static bool is_same(const char *name, size_t length, const char *root)
{
	return strlen(root) == length && !strncasecmp(name, root, length);
}

/* The short form of a well-known root; any other name stays. */
static const char *shorten(const char *name, size_t *length)
{
	for (size_t i = 0; i < sizeof(roots) / sizeof(roots[0]); i++) {
		if (is_same(name, *length, roots[i].name) || is_same(name, *length, roots[i].short_name)) {
			*length = strlen(roots[i].short_name);
			return roots[i].short_name;
		}
	}
	return name;
}

int silo_key_path_copy(char out[SILO_KEY_PATH_MAX + 1], const char *text, const char **reason)
{
	const char separator = strchr(text, '\\') ? '\\' : '/';
	size_t size = 0;

	text += *text == separator;
	for (unsigned int depth = 1; *text; depth++) {
		const char *end = strchrnul(text, separator);
		size_t length = end - text;
		const char *name = depth == 1 ? shorten(text, &length) : text;

		if (!length) {
			*reason = "the path of the key has an empty name in it";
			return -EINVAL;
		}
		if (length > SILO_KEY_NAME_MAX) {
			*reason = "the path of the key has a name of more than 255 bytes in it";
			return -ENAMETOOLONG;
		}
		if (depth > SILO_KEY_DEPTH_MAX) {
			*reason = "the path of the key has more than 64 names";
			return -ENAMETOOLONG;
		}
		if (size + (size > 0) + length > SILO_KEY_PATH_MAX) {
			*reason = "the path of the key has more than 4095 bytes";
			return -ENAMETOOLONG;
		}
		if (size)
			out[size++] = '\\';
		memcpy(out + size, name, length);
		size += length;
		text = end + (*end != '\0');
	}
	out[size] = '\0';
	return 0;
}

_Static_assert(SILO_KEY_NAME_MAX == 255 && SILO_KEY_DEPTH_MAX == 64 && SILO_KEY_PATH_MAX == 4095,
	       "the reasons say so");

int silo_key_path(const char *text, char **out)
{
	char path[SILO_KEY_PATH_MAX + 1];
	const char *reason;
	int err = silo_key_path_copy(path, text, &reason);

	if (err)
		return err;
	*out = strdup(path);
	return *out ? 0 : -ENOMEM;
}
