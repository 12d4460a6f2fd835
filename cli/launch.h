/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * siloctl: creating the silo that a request asks for
 *
 * These return EXIT_YES, or an exit code (126 and 127 among them) after complaining; nothing is left then.
 * The silo's name is in request->spec.
 */
#ifndef SILOCTL_LAUNCH_H
#define SILOCTL_LAUNCH_H

#include <silo/container.h>
#include <silo/vm.h>

#include "spec_options.h"

/* launch_process - in this kernel; @silo is the caller's to close, @init to free */
int launch_process(struct request *request, const struct silo_stdio *stdio, struct silo **silo, uint64_t *id,
		   struct silo_process **init);

/* launch_vm - in a virtual machine; @is_detached: the command's streams are /dev/null */
int launch_vm(struct request *request, bool is_detached, uint64_t *id);

/*
 * launch_failure - complain that the silo's command could not be run: @result is a negative errno, 126 or 127
 */
int launch_failure(const char *name, const char *what, int result, const char *sentence);

/* launch_print - print the name of the silo; returns an exit code */
int launch_print(const struct request *request, uint64_t id);

#endif
