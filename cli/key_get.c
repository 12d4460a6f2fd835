// SPDX-License-Identifier: GPL-2.0-or-later
/* siloctl key get: print a value, or tell whether a key exists */
#include <errno.h>
#include <getopt.h>

#include "key.h"
#include "report.h"

/* The path alone: a key has nothing else to print. */
static void print_place(struct print *print, const struct key_place *place, const struct silo_value *value)
{
	print_open(print, NULL);
	print_text(print, "path", place->path + 1);
	if (value) {
		print_text(print, "value", place->value);
		key_print_value(print, value);
	}
	print_close(print);
}

static int complain_missing(struct target *target, const struct key_place *place)
{
	struct silo_value *none = NULL;
	const char *path = place->full + 1;

	if (place->is_ambiguous && !silo_key_get(target->silo, target->ref, place->full, NULL, &none))
		complain(target->name,
			 "cannot get %s: it is a key, not a value; list it with 'siloctl key list'", path);
	else
		complain(target->name, "cannot get %s: there is no such %s", *path ? path : "the root",
			 place->value ? "value" : "key");
	return EXIT_NO;
}

static int get(struct target *target, const struct key_place *place, bool json)
{
	static const struct print_column value_columns[] = { { "data", NULL }, {} };
	static const struct print_column key_columns[] = { { "path", NULL }, {} };
	struct silo_value *value = NULL;
	struct print *print;
	int ret;

	ret = silo_key_get(target->silo, target->ref, place->path, place->value, &value);
	if (ret == -ENOENT)
		return complain_missing(target, place);
	if (ret)
		return key_failure(target, "cannot get", place->full, ret);
	print = print_begin(PRINT_ONE, value ? value_columns : key_columns, json);
	print_place(print, place, value);
	silo_value_free(value);
	return print_end(print);
}

static int key_get_main(const struct command *command, int argc, char **argv)
{
	struct key_choice choice = {};
	struct key_place place;
	struct target target;
	char **arguments;
	bool json = false;
	int letter, code;

	while ((letter = options_next(command, argc, argv)) >= 0) {
		json = json || letter == 'j';
		key_choice_option(&choice, letter, optarg);
	}
	arguments = options_arguments(command, argc, argv, 2, 2);
	key_place_find(command, &place, arguments[1], &choice);
	code = key_target(&target, arguments[0], "cannot get keys") ?: get(&target, &place, json);
	target_release(&target);
	key_place_release(&place);
	return code;
}

static const struct option_line options[] = {
	KEY_CHOICE_LINES,
	{ 'j', "json", NULL, "print JSON" },
	{}
};

const struct command command_key_get = {
	.name = "key get",
	.arguments = "[OPTIONS] NAME PATH",
	.summary = "print a value",
	.details = "Prints numbers in decimal, bytes in hex, and several strings one to a line. Of a key,\n"
		   "it prints the path. If there is none, it prints nothing and exits with 1.\n",
	.options = options,
	.examples = "  siloctl key get web 'HKLM\\Software\\Web\\Port'\n"
		    "  siloctl key get --key web 'HKLM\\Software\\Web' > /dev/null && echo 'it exists'\n",
	.main = key_get_main,
};
