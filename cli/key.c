// SPDX-License-Identifier: GPL-2.0-or-later
/* siloctl key: the keys of a silo; here, the table of its subcommands and what they share */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "key.h"
#include "memory.h"
#include "report.h"

static const struct command *const commands[] = {
	&command_key_get, &command_key_set, &command_key_delete,
	&command_key_list, &command_key_tree, &command_key_import, NULL
};

static int key_main(const struct command *command, int argc, char **argv)
{
	return command_dispatch(command, commands, argc, argv);
}

const struct command command_key = {
	.name = "key",
	.arguments = "COMMAND ...",
	.summary = "read and change the keys of a silo",
	.details = "A PATH such as 'HKLM\\Software\\Web\\Port' means the value Port of the key\n"
		   "HKLM\\Software\\Web; '@' is the default value. With a final backslash, or with --key,\n"
		   "it means the key itself. Slashes do as well.\n",
	.main = key_main,
};

void key_choice_option(struct key_choice *choice, int letter, const char *argument)
{
	if (letter == 'k')
		choice->is_key = true;
	else if (letter == 'n')
		choice->value = argument;
}

char *key_path(const struct command *command, const char *text)
{
	char *path = NULL, *with_backslash;
	int ret = silo_key_path(text, &path);

	if (ret == -EINVAL)
		usage_error(command, "'%s' is no path: there is an empty name in it", text);
	if (ret == -ENAMETOOLONG)
		usage_error(command, "the path is too long: at most %d bytes, %d names of %d bytes",
			    SILO_KEY_PATH_MAX, SILO_KEY_DEPTH_MAX, SILO_KEY_NAME_MAX);
	with_backslash = key_join("", must(ret ? NULL : path));
	free(path);
	return with_backslash;
}

/* As libsilo does: slashes separate names in a path without any backslash. */
static char separator(const char *path)
{
	return strchr(path, '\\') ? '\\' : '/';
}

void key_place_find(const struct command *command, struct key_place *place, const char *text,
		    const struct key_choice *choice)
{
	char *path = key_path(command, text);
	size_t length = strlen(text);
	bool is_key = choice->is_key || !length || text[length - 1] == separator(text);

	*place = (struct key_place){ .path = path };
	if (choice->is_key && choice->value)
		usage_error(command, "--key and --value exclude each other");
	if (choice->value) {
		place->value = must(strdup(choice->value));
	} else if (!is_key) {
		char *last = strrchr(path, '\\');

		if (last == path)
			usage_error(command, "'%s' names no value: write KEY\\VALUE, or KEY\\ for the key "
				    "itself", text);
		*last = '\0';
		place->value = must(strdup(strcmp(last + 1, "@") ? last + 1 : ""));
		place->is_ambiguous = *place->value;
	}
	place->full = place->value ? key_join(path, *place->value ? place->value : "@") : must(strdup(path));
}

void key_place_release(struct key_place *place)
{
	free(place->path);
	free(place->value);
	free(place->full);
}

int key_target(struct target *target, const char *name, const char *what)
{
	return target_find(target, name, what) ?: target_connect(target, what);
}

int key_failure(const struct target *target, const char *what, const char *path, int error)
{
	char *message = NULL;
	int code;

	if (asprintf(&message, "%s %s", what, path[1] ? path + 1 : "the root") < 0)
		message = NULL;
	code = target_failure(target, must(message), error);
	free(message);
	return code;
}

const char *key_type_name(uint32_t type)
{
	static char number[16];

	snprintf(number, sizeof(number), "%u", type);
	return silo_key_type_name(type) ?: number;
}

/* A number as a number, strings as a list; the rest as its text. */
static void print_data(struct print *print, const struct silo_value *value, const char *text)
{
	bool is_number = (value->type == SILO_KEY_TYPE_QWORD && value->size == 8) ||
			 ((value->type == SILO_KEY_TYPE_DWORD || value->type == SILO_KEY_TYPE_DWORD_BE) &&
			  value->size == 4);

	if (is_number) {
		print_number(print, "data", strtoull(text, NULL, 10));
	} else if (value->type == SILO_KEY_TYPE_MULTI_STRING) {
		const char *end = (const char *)value->data + value->size;

		print_open_list(print, "data");
		for (const char *string = (const char *)value->data; string < end;
		     string += strlen(string) + 1)
			print_text(print, NULL, string);
		print_close(print);
	} else {
		print_text(print, "data", text);
	}
}

/* Data that don't fit their type are shown as bytes. */
static char *format_value(const struct silo_value *value)
{
	struct silo_value bytes = *value;
	char *text = NULL;

	bytes.type = SILO_KEY_TYPE_BINARY;
	if (silo_value_format(value, &text) && silo_value_format(&bytes, &text))
		must(NULL);
	return text;
}

void key_print_value(struct print *print, const struct silo_value *value)
{
	char *text = format_value(value);

	print_text(print, "type", key_type_name(value->type));
	print_data(print, value, text);
	print_shown(print, "data", "%s", text);
	print_number(print, "modified-time", value->modified_time);
	free(text);
}

static int add_entry(const struct silo_key_entry *entry, void *data)
{
	struct key_list *list = data;

	list->entries = must(realloc(list->entries, (list->count + 1) * sizeof(*list->entries)));
	list->entries[list->count] = *entry;
	list->entries[list->count++].name = must(strdup(entry->name));
	return 0;
}

int key_list_read(struct target *target, const char *path, struct key_list *list)
{
	*list = (struct key_list){};
	return silo_key_list(target->silo, target->ref, path, add_entry, list);
}

int key_show(const struct command *command, int argc, char **argv,
	     int (*show)(struct target *target, const char *path, bool json))
{
	struct target target;
	char **arguments, *path;
	bool json;
	int code;

	arguments = options_json(command, argc, argv, 1, 2, &json);
	path = key_path(command, arguments[1] ?: "");
	code = key_target(&target, arguments[0], "cannot list keys") ?: show(&target, path, json);
	target_release(&target);
	free(path);
	return code;
}

/* Older kernels give no sentence when a listing can't begin. */
int key_list_failure(const struct target *target, const char *path, int error)
{
	if (error != -ENOENT)
		return key_failure(target, "cannot list", path, error);
	complain(target->name, "cannot list %s: there is no such key", path + 1);
	return EXIT_NO;
}

void key_list_free(struct key_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free((char *)list->entries[i].name);
	free(list->entries);
}

char *key_join(const char *path, const char *name)
{
	char *joined;

	if (asprintf(&joined, "%s%s%s", path, strcmp(path, "\\") ? "\\" : "", name) < 0)
		joined = NULL;
	return must(joined);
}
