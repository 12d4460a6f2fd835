// SPDX-License-Identifier: GPL-2.0-or-later
/* siloctl key tree: print a key and all below it */
#include <errno.h>
#include <stdlib.h>

#include "key.h"

#define INDENT 2

struct tree {
	struct target *target;
	struct print *print;
};

static void print_key(struct tree *tree, const char *path, const char *name, int depth)
{
	print_open(tree->print, NULL);
	print_text(tree->print, "entry", "key");
	print_text(tree->print, "path", path + 1);
	print_shown(tree->print, "line", "%*s%s\\", INDENT * depth, "", name);
	print_close(tree->print);
}

static int print_value(struct tree *tree, const char *path, const struct silo_key_entry *entry, int depth)
{
	struct silo_value *value = NULL;
	int ret = silo_key_get(tree->target->silo, tree->target->ref, path, entry->name, &value);

	if (ret)
		return ret;
	print_open(tree->print, NULL);
	print_text(tree->print, "entry", "value");
	print_text(tree->print, "path", path + 1);
	print_text(tree->print, "value", entry->name);
	print_shown(tree->print, "line", "%*s%s", INDENT * depth, "", *entry->name ? entry->name : "@");
	key_print_value(tree->print, value);
	print_close(tree->print);
	silo_value_free(value);
	return 0;
}

/*
 * The values of a key stand before the keys below it, next to their key. What has gone since it was listed is
 * left out.
 */
static int print_below(struct tree *tree, const char *path, int depth)
{
	struct key_list list;
	int ret = key_list_read(tree->target, path, &list);

	for (size_t i = 0; !ret && i < list.count; i++) {
		if (list.entries[i].kind != SILO_KEY_ENTRY_VALUE)
			continue;
		ret = print_value(tree, path, &list.entries[i], depth);
		ret = ret == -ENOENT ? 0 : ret;
	}
	for (size_t i = 0; !ret && i < list.count; i++) {
		char *below;

		if (list.entries[i].kind != SILO_KEY_ENTRY_KEY)
			continue;
		below = key_join(path, list.entries[i].name);
		print_key(tree, below, list.entries[i].name, depth);
		ret = print_below(tree, below, depth + 1);
		ret = ret == -ENOENT ? 0 : ret;
		free(below);
	}
	key_list_free(&list);
	return ret;
}

static int print_tree(struct target *target, const char *path, bool json)
{
	static const struct print_column columns[] = {
		{ "line", NULL }, { "type", NULL }, { "data", NULL }, {}
	};
	struct tree tree = { target, print_begin(PRINT_TABLE, columns, json) };
	bool is_root = !path[1];
	int ret;

	if (!is_root)
		print_key(&tree, path, path + 1, 0);
	ret = print_below(&tree, path, !is_root);
	if (!ret)
		return print_end(tree.print);
	print_abandon(tree.print);
	return key_list_failure(target, path, ret);
}

static int key_tree_main(const struct command *command, int argc, char **argv)
{
	return key_show(command, argc, argv, print_tree);
}

const struct command command_key_tree = {
	.name = "key tree",
	.arguments = "[OPTIONS] NAME [PATH]",
	.summary = "print a key and all below it",
	.details = "Without PATH, everything. In JSON it is one flat list, each entry with its whole path.\n",
	.options = options_only_json,
	.examples = "  siloctl key tree web\n"
		    "  siloctl key tree web 'HKLM\\Software'\n",
	.main = key_tree_main,
};
