/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * siloctl: finding the silo that a NAME means, in either isolation mode
 *
 * A name or id is looked up among the silos of this kernel, then among the
 * host's VM silos. A silo of this kernel that merely holds the virtual machine
 * of a VM silo stands for that VM silo.
 */
#ifndef SILOCTL_TARGET_H
#define SILOCTL_TARGET_H

#include <silo/silo.h>
#include <silo/vm.h>

#include "siloctl.h"

struct target {
	const char *name;		/* its own name, even if it was named by id */
	struct silo_info *info;		/* as known on this host; of a VM silo it is that in @vm */
	struct silo_vm_info *vm;	/* NULL in process mode */
	uint32_t state;			/* for a VM silo, after target_connect(), that of the guest */
	struct silo *silo;		/* its kernel; for a VM silo NULL before target_connect() */
	struct silo_ref ref;		/* the silo in that kernel */
};

/*
 * target_find - find the silo @text
 * @what: what can't be done if there is none, for the message: "cannot stop"
 * Returns EXIT_YES, or an exit code after complaining. Release it with target_release() in any case.
 */
int target_find(struct target *target, const char *text, const char *what);

/* target_connect - connect to the kernel that the silo lives in. Returns as target_find(). */
int target_connect(struct target *target, const char *what);

/* target_failure - failure() of a request on target->silo */
int target_failure(const struct target *target, const char *what, int error);

/* target_host_failure - the same if, for a VM silo, the request was one of <silo/vm.h> */
int target_host_failure(const struct target *target, const char *what, int error);

/* target_release - free what a target holds */
void target_release(struct target *target);

/*
 * target_each - do something to each silo named on the command line
 * Goes on after a failure. Returns the worst exit code: EXIT_YES only if all succeeded.
 */
int target_each(char **names, const char *what, int (*action)(struct target *target, void *data), void *data);

#endif
