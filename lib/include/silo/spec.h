/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libsilo - the spec: what one container is to be, in either isolation mode
 *
 * The same spec runs in process mode and in VM mode. As text it is silo.json:
 * one JSON object with the member "version": 1 and the fields below under the
 * names given there; unknown members are refused.
 */
#ifndef SILO_SPEC_H
#define SILO_SPEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A directory or file of the host that is seen in the silo. */
struct silo_mount {
	char *source;			/* "source": absolute path on the host */
	char *target;			/* "target": absolute path in the silo */
	bool read_only;			/* "read-only" */
};

/**
 * A spec. Made by silo_spec_new() or silo_spec_parse(), freed by silo_spec_free().
 * All pointers are malloc'd and belong to the spec; a list ends with NULL.
 */
struct silo_spec {
	char *name;			/* "name"; NULL: one is made up */
	uint32_t isolation;		/* "isolation": "process" or "vm"; enum silo_isolation */
	char *image;			/* "image": absolute path of a directory; NULL: the host's own root */
	char **command;			/* "command": program and arguments; at least one */
	char **environment;		/* "environment": NAME=VALUE; NULL: none but the defaults */
	char *directory;		/* "directory": where the command starts; NULL: / */
	char *hostname;			/* "hostname"; NULL: the silo's name */
	uint64_t memory;		/* "memory": bytes; 0: no limit */
	uint32_t cpus;			/* "cpus": thousandths of a processor; 0: no limit */
	uint32_t pids;			/* "pids": processes and threads; 0: no limit */
	struct silo_mount *mounts;	/* "mounts", in the order in which they are made */
	size_t mounts_count;
	bool terminal;			/* "terminal": whether the command gets a terminal of its own */
	bool remove;			/* "remove": whether the silo is removed as soon as it has stopped */
};

/** silo_spec_new - an empty spec; NULL without memory */
struct silo_spec *silo_spec_new(void);

/** silo_spec_free - free a spec; NULL is allowed */
void silo_spec_free(struct silo_spec *spec);

/**
 * silo_spec_parse - read a spec from JSON
 * @text: the JSON text
 * @out: receives the spec; free it with silo_spec_free()
 * @reason: receives what is wrong, malloc'd, free it with free(); may be NULL
 * Errors: -EINVAL for text that is no spec; -ENOMEM.
 */
int silo_spec_parse(const char *text, struct silo_spec **out, char **reason);

/** silo_spec_format - write a spec as JSON; free the text with free(). Errors: -ENOMEM. */
int silo_spec_format(const struct silo_spec *spec, char **out);

/**
 * silo_spec_check - whether a spec can be run, whatever the mode
 * @reason: receives what is wrong, malloc'd, free it with free(); may be NULL
 * Errors: -EINVAL (bad name, no command, relative path, limit out of range: memory below 512 KiB,
 * cpus above 1000 processors); -ENOMEM.
 */
int silo_spec_check(const struct silo_spec *spec, char **reason);

/** silo_spec_add_environment, silo_spec_add_mount - append a copy. Errors: -EINVAL, -ENOMEM. */
int silo_spec_add_environment(struct silo_spec *spec, const char *name_value);
int silo_spec_add_mount(struct silo_spec *spec, const char *source, const char *target, bool read_only);

/** silo_spec_set_command - set the command to a copy of @argc strings. Errors: -ENOMEM. */
int silo_spec_set_command(struct silo_spec *spec, int argc, char *const argv[]);

#ifdef __cplusplus
}
#endif

#endif
