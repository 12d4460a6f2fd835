// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * siloctl key import: make the changes that a registry file asks for
 *
 * The whole file is read and found to be well-formed before the first change. A change that the kernel
 * refuses ends the import; what was changed before it stays.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "key.h"
#include "memory.h"
#include "report.h"

#define FILE_MAX (256u << 20)

struct import {
	struct target *target;
	const char *file;
	unsigned int done;		/* changes made */
	int code;
};

/* All of a file, or of standard input for "-"; NULL after complaining. */
static char *read_file(const char *object, const char *name, size_t *size)
{
	bool is_stdin = !strcmp(name, "-");
	FILE *stream = is_stdin ? stdin : fopen(name, "re");
	char *text = NULL;
	size_t room = 0;

	*size = 0;
	while (stream && !feof(stream) && !ferror(stream) && *size <= FILE_MAX) {
		if (*size == room)
			text = must(realloc(text, room = room ? 2 * room : 65536));
		*size += fread(text + *size, 1, room - *size, stream);
	}
	if (!stream || ferror(stream) || *size > FILE_MAX) {
		complain(object, "cannot read %s: %s", name,
			 *size > FILE_MAX ? "it is larger than 256 MiB" : strerror(errno));
		free(text);
		text = NULL;
	}
	if (stream && !is_stdin)
		fclose(stream);
	return text;
}

/* What is to be deleted and is not there needs no deleting. */
static int change(struct target *target, const struct silo_reg_change *change, const char *path)
{
	int ret;

	if (!change->is_delete)
		return silo_key_set(target->silo, target->ref, path, change->value, change->type,
				    change->data, change->size);
	ret = silo_key_delete(target->silo, target->ref, path, change->value, !change->value);
	return ret == -ENOENT ? 0 : ret;
}

static int apply(const struct silo_reg_change *asked, void *data)
{
	struct import *import = data;
	char *path = key_join("\\", asked->path), *what = NULL;
	int ret = change(import->target, asked, path);

	if (ret) {
		if (asprintf(&what, "%s:%u: cannot %s", import->file, asked->line,
			     asked->is_delete ? "delete" : "set") < 0)
			what = NULL;
		import->code = key_failure(import->target, must(what), path, ret);
		if (import->done)
			complain(import->target->name, "%u changes were made before that one, and stay",
				 import->done);
	}
	free(what);
	free(path);
	import->done += !ret;
	return ret;
}

static int import_text(struct target *target, const char *file, const char *text, size_t size)
{
	struct import import = { .target = target, .file = file };
	const char *reason = NULL;
	unsigned int line = 0;
	int ret = silo_reg_parse(text, size, apply, &import, &line, &reason);

	if (import.code || !ret)
		return import.code;
	if (ret != -EBADMSG)
		return failure(target->name, "cannot import keys", ret, NULL);
	complain(target->name, "%s:%u: cannot import keys: %s", file, line,
		 reason ?: "this is no registry file");
	return EXIT_NO;
}

static int key_import_main(const struct command *command, int argc, char **argv)
{
	struct target target;
	char **arguments, *text;
	size_t size;
	int code;

	while (options_next(command, argc, argv) >= 0)
		;
	arguments = options_arguments(command, argc, argv, 2, 2);
	code = key_target(&target, arguments[0], "cannot import keys");
	if (!code) {
		text = read_file(target.name, arguments[1], &size);
		code = text ? import_text(&target, arguments[1], text, size) : EXIT_NO;
		free(text);
	}
	target_release(&target);
	return code;
}

const struct command command_key_import = {
	.name = "key import",
	.arguments = "NAME FILE",
	.summary = "make the changes that a registry file (.reg) asks for",
	.details = "FILE is version 5.00 in UTF-16LE or UTF-8, or REGEDIT4; '-' is standard input. Nothing\n"
		   "is changed unless all of it is well-formed. If the kernel then refuses a change, those\n"
		   "before it stay.\n",
	.examples = "  siloctl key import web web.reg\n"
		    "  sed s/8080/8081/ web.reg | siloctl key import web -\n",
	.main = key_import_main,
};
