// SPDX-License-Identifier: GPL-2.0-or-later
/* siloctl key list: list the keys below a key, then its values */
#include <errno.h>
#include <stdlib.h>

#include "key.h"

static void print_key(struct print *print, const char *path, const struct silo_key_entry *entry)
{
	char *full = key_join(path, entry->name);

	print_open(print, NULL);
	print_text(print, "entry", "key");
	print_text(print, "path", full + 1);
	print_shown(print, "name", "%s\\", entry->name);
	print_shown(print, "type", "key");
	print_shown(print, "data", "%s", "");
	print_number(print, "modified-time", entry->modified_time);
	print_close(print);
	free(full);
}

static void print_value(struct print *print, const char *path, const struct silo_key_entry *entry,
			const struct silo_value *value)
{
	print_open(print, NULL);
	print_text(print, "entry", "value");
	print_text(print, "path", path + 1);
	print_text(print, "value", entry->name);
	print_shown(print, "name", "%s", *entry->name ? entry->name : "@");
	key_print_value(print, value);
	print_close(print);
}

/* A value that has gone since it was listed is left out. */
static int print_list(struct target *target, const char *path, const struct key_list *list,
		      struct print *print)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct silo_key_entry *entry = &list->entries[i];
		struct silo_value *value = NULL;
		int ret;

		if (entry->kind == SILO_KEY_ENTRY_KEY) {
			print_key(print, path, entry);
			continue;
		}
		ret = silo_key_get(target->silo, target->ref, path, entry->name, &value);
		if (ret && ret != -ENOENT)
			return ret;
		if (!ret)
			print_value(print, path, entry, value);
		silo_value_free(value);
	}
	return 0;
}

static int list_key(struct target *target, const char *path, bool json)
{
	static const struct print_column columns[] = {
		{ "name", "NAME" }, { "type", "TYPE" }, { "data", "DATA" }, {}
	};
	struct print *print;
	struct key_list list;
	int ret = key_list_read(target, path, &list);

	print = print_begin(PRINT_TABLE, columns, json);
	if (!ret)
		ret = print_list(target, path, &list, print);
	key_list_free(&list);
	if (!ret)
		return print_end(print);
	print_abandon(print);
	return key_list_failure(target, path, ret);
}

static int key_list_main(const struct command *command, int argc, char **argv)
{
	return key_show(command, argc, argv, list_key);
}

const struct command command_key_list = {
	.name = "key list",
	.arguments = "[OPTIONS] NAME [PATH]",
	.summary = "list the keys below a key, then its values",
	.details = "Without PATH, the top level. Keys are shown with a final backslash; '@' is the default\n"
		   "value.\n",
	.options = options_only_json,
	.examples = "  siloctl key list web 'HKLM\\Software\\Web'\n"
		    "  siloctl key list --json web | jq -r '.[].path'\n",
	.main = key_list_main,
};
