/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * siloctl: what the subcommands of key share: how a key or value is named, and how a value is printed
 *
 * A PATH such as HKLM\Software\Web\Port means the value Port of the key HKLM\Software\Web; "@" is the default
 * value. With a final backslash, or with --key, it means the key itself. --value names the value apart from
 * the path, which is the way to one with a slash or backslash in its name.
 */
#ifndef SILOCTL_KEY_H
#define SILOCTL_KEY_H

#include "options.h"
#include "print.h"
#include "target.h"

extern const struct command command_key_get, command_key_set, command_key_delete, command_key_list,
	command_key_tree, command_key_import;

/* The key or value that is meant. */
struct key_place {
	char *path;			/* of the key */
	char *value;			/* NULL: the key itself */
	char *full;			/* both as one path */
	bool is_ambiguous;		/* nothing but what exists tells whether @full is a value or a key */
};

/* How the command line says it, other than by the path. */
struct key_choice {
	bool is_key;			/* --key */
	const char *value;		/* --value; NULL: not given */
};

/* Lines for the option table; 'k' is --key and 'n' is --value. */
#define KEY_CHOICE_LINES									\
	{ 'k', "key", NULL, "PATH is a key, not a value" },					\
	{ 'n', "value", "VALUE",								\
	  "PATH is a key, and the value in it is named VALUE; '' is the default value" }

/* key_choice_option - take one of these options */
void key_choice_option(struct key_choice *choice, int letter, const char *argument);

/* key_place_find - read PATH; one that can't be is a usage error. Release it with key_place_release(). */
void key_place_find(const struct command *command, struct key_place *place, const char *text,
		    const struct key_choice *choice);
void key_place_release(struct key_place *place);

/*
 * key_path - a path in the kernel's form with a backslash before it, free() it; one that can't be is a usage
 * error
 *
 * All paths here have that backslash, since with it libsilo takes slashes for what they are in the kernel:
 * parts of names. Messages and results leave it out.
 */
char *key_path(const struct command *command, const char *text);

/* key_target - find the silo and connect to its kernel; as target_find() */
int key_target(struct target *target, const char *name, const char *what);

/* key_failure - complain about one key or value: "WHAT PATH: WHY"; returns an exit code */
int key_failure(const struct target *target, const char *what, const char *path, int error);

/* key_type_name - word or number of a type, in a static buffer */
const char *key_type_name(uint32_t type);

/* key_print_value - the fields type, data and modified-time; numbers and lists are such in JSON */
void key_print_value(struct print *print, const struct silo_value *value);

/* ---- a listing that is complete before it is used ------------------------ */

struct key_list {
	struct silo_key_entry *entries;	/* names belong to the list */
	size_t count;
};

/* key_list_read - list a key; a negative errno */
int key_list_read(struct target *target, const char *path, struct key_list *list);
void key_list_free(struct key_list *list);

/* key_show - what a subcommand does that shows the key PATH of NAME; @show returns an exit code */
int key_show(const struct command *command, int argc, char **argv,
	     int (*show)(struct target *target, const char *path, bool json));

/* key_list_failure - complain that a key can't be listed; returns an exit code */
int key_list_failure(const struct target *target, const char *path, int error);

/* key_join - the path of a key below @path; free() it */
char *key_join(const char *path, const char *name);

#endif
