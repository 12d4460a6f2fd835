// SPDX-License-Identifier: GPL-2.0-or-later
/* siloctl key delete: delete a value or a key */
#include <errno.h>
#include <getopt.h>
#include <string.h>

#include "key.h"
#include "report.h"

/* A value if there is one of that name, else the key; what is recursive is a key. */
static int delete(struct target *target, const struct key_place *place, bool is_recursive)
{
	bool is_value = place->value && !(place->is_ambiguous && is_recursive);
	bool is_key_too = place->is_ambiguous || !place->value;
	int ret = -ENOENT;

	if (is_value)
		ret = silo_key_delete(target->silo, target->ref, place->path, place->value, false);
	if (ret == -ENOENT && is_key_too)
		ret = silo_key_delete(target->silo, target->ref, place->full, NULL, is_recursive);
	if (ret == -ENOENT) {
		complain(target->name, "cannot delete %s: there is no such %s", place->full + 1,
			 !is_value ? "key" : is_key_too ? "value or key" : "value");
		return EXIT_NO;
	}
	if (ret == -ENOTEMPTY) {
		complain(target->name, "cannot delete %s: there are keys below it; add -r to delete them too",
			 place->full + 1);
		return EXIT_NO;
	}
	return ret ? key_failure(target, "cannot delete", place->full, ret) : EXIT_YES;
}

static int key_delete_main(const struct command *command, int argc, char **argv)
{
	static const char what[] = "cannot delete keys";
	struct key_choice choice = {};
	struct key_place place;
	struct target target;
	bool is_recursive = false;
	char **arguments;
	int letter, code;

	while ((letter = options_next(command, argc, argv)) >= 0) {
		is_recursive = is_recursive || letter == 'r';
		key_choice_option(&choice, letter, optarg);
	}
	if (is_recursive && choice.value)
		usage_error(command, "-r and --value exclude each other: nothing lies below a value");
	arguments = options_arguments(command, argc, argv, 2, 2);
	key_place_find(command, &place, arguments[1], &choice);
	code = key_target(&target, arguments[0], what) ?: delete(&target, &place, is_recursive);
	target_release(&target);
	key_place_release(&place);
	return code;
}

static const struct option_line options[] = {
	{ 'r', "recursive", NULL, "PATH is a key; delete the keys below it as well" },
	KEY_CHOICE_LINES,
	{}
};

const struct command command_key_delete = {
	.name = "key delete",
	.arguments = "[OPTIONS] NAME PATH",
	.summary = "delete a value or a key",
	.details = "PATH is the value of that name if there is one, else the key. A key goes with its\n"
		   "values.\n",
	.options = options,
	.examples = "  siloctl key delete web 'HKLM\\Software\\Web\\Port'\n"
		    "  siloctl key delete -r web 'HKLM\\Software\\Web'\n",
	.main = key_delete_main,
};
