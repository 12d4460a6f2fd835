// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * siloctl: creating the silo that a request asks for
 *
 * A name belongs to one silo, whichever its mode. Made-up names are made up anew when they are taken.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "format.h"
#include "launch.h"
#include "print.h"
#include "report.h"

#define NAME_TRIES 8
#define HINT_VM \
	"the silo module is not loaded; load it with 'insmod silo.ko' (or 'modprobe silo'), " \
	"or use --isolation=vm"

int launch_failure(const char *name, const char *what, int result, const char *sentence)
{
	if (result < 0)
		return failure(name, what, result, sentence);
	if (sentence && *sentence)
		complain(name, "cannot run: %s", sentence);
	else
		complain(name, "cannot run: the command %s",
			 result == SILO_COMMAND_NOT_FOUND ? "does not exist in it" : "can't be executed");
	return result;
}

static void complain_running(const char *name, uint64_t id)
{
	char id_text[32] = "";

	if (id)
		snprintf(id_text, sizeof(id_text), " (id %llu)", (unsigned long long)id);
	complain(name, "cannot create: a silo of this name is running%s; choose another --name or "
		 "'siloctl rm -f %s'", id_text, name);
}

/* Says who has the name; @silo may be NULL. */
static int complain_taken(const char *name, struct silo *silo)
{
	const struct silo_info *found = NULL;
	struct silo_vm_info *vm = NULL;
	struct silo_info *info = NULL;

	if (silo && !silo_get(silo, (struct silo_ref){ .name = name }, false, &info))
		found = info;
	else if (!silo_vm_get(name, &vm))
		found = &vm->silo;
	if (!found)
		complain(name, "cannot create: a silo of this name exists; choose another --name");
	else if (found->state != SILO_STATE_STOPPED)
		complain_running(name, found->id);
	else
		complain(name, "cannot create: a stopped silo of this name exists; choose another --name or "
			 "'siloctl rm %s'", name);
	silo_info_free(info);
	silo_vm_info_free(vm);
	return EXIT_NO;
}

static bool is_vm(const char *name)
{
	struct silo_vm_info *vm = NULL;
	int ret = silo_vm_get(name, &vm);

	silo_vm_info_free(vm);
	return !ret || ret == -EAGAIN;
}

int launch_process(struct request *request, const struct silo_stdio *stdio, struct silo **silo, uint64_t *id,
		   struct silo_process **init)
{
	int ret = silo_open(silo);

	if (ret == -ENOPKG) {
		complain(request->spec->name, "cannot create: %s", HINT_VM);
		return EXIT_SYSTEM;
	}
	if (ret)
		return failure(request->spec->name, "cannot create", ret, NULL);
	for (int tries = 0; tries < NAME_TRIES; tries++) {
		ret = -EEXIST;
		if (!is_vm(request->spec->name))
			ret = silo_container_create(*silo, request->spec, stdio, id, init);
		if (ret != -EEXIST || !request->is_name_made_up)
			break;
		request_make_up_name(request);
	}
	if (ret == -EEXIST)
		return complain_taken(request->spec->name, *silo);
	if (ret)
		return launch_failure(request->spec->name, "cannot create", ret, silo_error(*silo));
	if (request->verbose)
		complain(request->spec->name, "created, id %llu, init process %d", (unsigned long long)*id,
			 silo_process_pid(*init));
	return EXIT_YES;
}

/* Refuses a name that a silo of this kernel has, if this kernel has silos at all. */
static int check_kernel(const char *name)
{
	struct silo_info *info = NULL;
	struct silo *silo = NULL;
	int code = EXIT_YES;

	if (!silo_open(&silo) && !silo_get(silo, (struct silo_ref){ .name = name }, false, &info))
		code = complain_taken(name, silo);
	silo_info_free(info);
	silo_close(silo);
	return code;
}

int launch_vm(struct request *request, bool is_detached, uint64_t *id)
{
	struct silo_vm_options options = { .verbose = request->verbose, .is_detached = is_detached };
	int ret, code = check_kernel(request->spec->name);
	char *reason = NULL;

	if (code)
		return code;
	for (int tries = 0; tries < NAME_TRIES; tries++) {
		free(reason);
		ret = silo_vm_launch(request->spec, &options, NULL, id, &reason);
		if (ret != -EEXIST || !request->is_name_made_up)
			break;
		request_make_up_name(request);
	}
	if (ret == -EEXIST)
		code = complain_taken(request->spec->name, NULL);
	else if (ret)
		code = launch_failure(request->spec->name, "cannot create", ret, reason);
	free(reason);
	return code;
}

int launch_print(const struct request *request, uint64_t id)
{
	static const struct print_column columns[] = { { "name", NULL }, {} };
	struct print *print = print_begin(PRINT_ONE, columns, request->json);

	print_open(print, NULL);
	print_text(print, "name", request->spec->name);
	if (id)
		print_number(print, "id", id);
	print_text(print, "isolation", silo_isolation_name(request->spec->isolation));
	print_close(print);
	return print_end(print);
}
