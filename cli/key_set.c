// SPDX-License-Identifier: GPL-2.0-or-later
/* siloctl key set: set a value, or create a key */
#include <errno.h>
#include <getopt.h>

#include "key.h"
#include "memory.h"

/* The value that the words after PATH describe: DATA, or TYPE DATA; NULL for a key. */
static struct silo_value *read_value(const struct command *command, const struct key_place *place,
				     char **words, int count)
{
	const char *data = words[count - 1];
	uint32_t type = SILO_KEY_TYPE_STRING;
	struct silo_value *value = NULL;
	int ret;

	if (!place->value && count)
		usage_error(command, "a key has no data: '%s' is too much", words[0]);
	if (!place->value)
		return NULL;
	if (!count)
		usage_error(command, "the data is missing: siloctl %s %s", command->name, command->arguments);
	if (count > 1 && silo_key_type_parse(words[0], &type))
		usage_error(command, "'%s' is no type of a value", words[0]);
	ret = silo_value_parse(type, data, &value);
	if (ret == -ERANGE)
		usage_error(command, "%s is too large for a %s", data, key_type_name(type));
	if (ret == -EINVAL)
		usage_error(command, "'%s' is no %s", data, key_type_name(type));
	return must(ret ? NULL : value);
}

static int set(struct target *target, const struct key_place *place, const struct silo_value *value)
{
	int ret;

	if (value)
		ret = silo_key_set(target->silo, target->ref, place->path, place->value, value->type,
				   value->data, value->size);
	else
		ret = silo_key_set(target->silo, target->ref, place->path, NULL, 0, NULL, 0);
	return ret ? key_failure(target, "cannot set", place->full, ret) : EXIT_YES;
}

static int key_set_main(const struct command *command, int argc, char **argv)
{
	struct key_choice choice = {};
	struct silo_value *value;
	struct key_place place;
	struct target target;
	char **arguments;
	int letter, code;

	while ((letter = options_next(command, argc, argv)) >= 0)
		key_choice_option(&choice, letter, optarg);
	arguments = options_arguments(command, argc, argv, 2, 4);
	key_place_find(command, &place, arguments[1], &choice);
	value = read_value(command, &place, arguments + 2, argc - optind - 2);
	code = key_target(&target, arguments[0], "cannot set keys") ?: set(&target, &place, value);
	target_release(&target);
	silo_value_free(value);
	key_place_release(&place);
	return code;
}

static const struct option_line options[] = {
	KEY_CHOICE_LINES,
	{}
};

const struct command command_key_set = {
	.name = "key set",
	.arguments = "[OPTIONS] NAME PATH [[TYPE] DATA]",
	.summary = "set a value, or create a key",
	.details = "Keys above it are created. TYPE is one of none, string (the default), expand-string,\n"
		   "binary, dword, dword-be, link, multi-string, resource-list, resource-descriptor,\n"
		   "resource-requirements and qword, a name such as REG_DWORD, or a number. DATA of\n"
		   "numbers is decimal or 0x..., that of strings the text itself (for multi-string, a line\n"
		   "each), that of other types hex digits. For a key there is no DATA.\n",
	.options = options,
	.examples = "  siloctl key set web 'HKLM\\Software\\Web\\Port' dword 8081\n"
		    "  siloctl key set web 'HKLM\\Software\\Web\\@' 'the default value'\n",
	.options_come_first = true,
	.main = key_set_main,
};
