/* SPDX-License-Identifier: GPL-2.0-or-later */
/* siloctl: the options that describe a container, the same for run and create */
#ifndef SILOCTL_SPEC_OPTIONS_H
#define SILOCTL_SPEC_OPTIONS_H

#include <silo/spec.h>

#include "options.h"

enum {
	OPTION_NAME = OPTION_LONG,
	OPTION_RM,
	OPTION_HOSTNAME,
	OPTION_CPUS,
	OPTION_PIDS,
	OPTION_IMAGE,
	OPTION_ISOLATION,
	OPTION_VERBOSE,
	OPTION_JSON,
	OPTION_AFTER_SPEC,
};

/* What the command line asks for. */
struct request {
	struct silo_spec *spec;
	bool is_name_made_up;		/* the user does not mind another one */
	bool interactive;
	bool detach;
	bool verbose;
	bool json;
};

/* Lines for the option table of a subcommand. */
#define SPEC_OPTION_LINES									\
	{ OPTION_NAME, "name", "NAME", "name of the silo (made up)" },				\
	{ OPTION_RM, "rm", NULL, "remove the silo as soon as it has stopped" },			\
	{ OPTION_ISOLATION, "isolation", "MODE",						\
	  "process: on this kernel (the default); vm: in a virtual machine" },			\
	{ OPTION_IMAGE, "image", "DIR",								\
	  "directory that is its root, unchanged by it (this system's root)" },			\
	{ 'v', "volume", "SRC:DST[:ro|rw]",							\
	  "show SRC of this system at DST in the silo, writable unless ro" },			\
	{ 'w', "workdir", "DIR", "directory in which the command starts (/)" },			\
	{ 'e', "env", "NAME[=VALUE]",								\
	  "environment variable; without =VALUE, as it is set here, if it is" },		\
	{ OPTION_HOSTNAME, "hostname", "NAME", "host name in the silo (the silo's name)" },	\
	{ 'm', "memory", "SIZE", "limit of memory in bytes, or with k, m, g or t" },		\
	{ OPTION_CPUS, "cpus", "NUMBER",							\
	  "limit of processor time, in processors; 1.5 for one and a half" },			\
	{ OPTION_PIDS, "pids", "NUMBER", "limit of processes and threads" },			\
	{ OPTION_VERBOSE, "verbose", NULL, "say on stderr what is being done" },		\
	{ OPTION_JSON, "json", NULL, "print the name and id as JSON" }

/* request_begin - an empty request; request_end - free it */
void request_begin(struct request *request);
void request_end(struct request *request);

/*
 * request_option - take one of the options above; a bad argument is a usage error. Returns whether it was
 * one.
 */
bool request_option(const struct command *command, struct request *request, int letter, const char *argument);

/* request_finish - take the command and make up what is missing; a bad spec is a usage error */
void request_finish(const struct command *command, struct request *request, int argc, char **argv);

/* request_make_up_name - give it another made-up name */
void request_make_up_name(struct request *request);

/* environment_entry - the argument of -e as "NAME=VALUE", NULL for a NAME that is not set here; free() it */
char *environment_entry(const struct command *command, const char *argument);

/* environment_has - whether a list of such entries sets @name; NULL is an empty one */
bool environment_has(char *const *environment, const char *name);

/* environment_of_terminal - the entry for TERM as it is set here, or NULL; free() it */
char *environment_of_terminal(void);

#endif
