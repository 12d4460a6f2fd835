// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * siloctl: finding the silo that a NAME means, in either isolation mode
 *
 * Owns: struct target.
 */
#include <errno.h>
#include <string.h>

#include "report.h"
#include "target.h"

/* Whether this kernel has the silo; -ENOPKG without the module. */
static int find_in_kernel(struct target *target, const char *text)
{
	int ret = silo_open(&target->silo);

	if (ret)
		return ret;
	ret = silo_get(target->silo, silo_ref_parse(text), false, &target->info);
	if (ret)
		return ret;
	target->name = target->info->name;
	target->state = target->info->state;
	target->ref = (struct silo_ref){ .id = target->info->id };
	return 0;
}

static int find_vm(struct target *target, const char *name)
{
	int ret = silo_vm_get(name, &target->vm);

	if (ret)
		return ret;
	if (target->info)
		silo_info_free(target->info);
	target->info = &target->vm->silo;
	target->name = target->info->name;
	target->state = target->info->state;
	target->ref = (struct silo_ref){ .name = target->name };
	/* What there is on this host is the handle to the wrong kernel. */
	silo_close(target->silo);
	target->silo = NULL;
	return 0;
}

int target_find(struct target *target, const char *text, const char *what)
{
	int kernel_error, vm_error;

	*target = (struct target){ .name = text };
	kernel_error = find_in_kernel(target, text);
	if (!kernel_error && target->info->isolation != SILO_ISOLATION_VM)
		return EXIT_YES;
	if (kernel_error && kernel_error != -ENOENT && kernel_error != -ENOPKG && kernel_error != -EINVAL)
		return failure(text, what, kernel_error, silo_error(target->silo));

	vm_error = find_vm(target, target->name);
	if (!vm_error || !kernel_error)
		return EXIT_YES;
	if (vm_error == -EAGAIN)
		return failure(text, what, vm_error, "it is just being launched; try again in a moment");
	if (vm_error != -ENOENT && vm_error != -EINVAL)
		return failure(text, what, vm_error, NULL);
	if (kernel_error == -ENOPKG) {
		complain(text,
			 "%s: no VM silo has this name, and there are no others while the silo module is not "
			 "loaded; load it with 'insmod silo.ko' (or 'modprobe silo')",
			 what);
		return EXIT_SYSTEM;
	}
	complain(text, "%s: there is no such silo; 'siloctl ls' lists them", what);
	return EXIT_NO;
}

static int connect_failure(const struct target *target, const char *what, int error)
{
	const char *sentence = NULL;

	if (error == -ENOENT)
		sentence = "its virtual machine has ended";
	if (error == -ETIMEDOUT)
		sentence = "the guest did not answer within 10 seconds";
	if (error == -ENOPKG || error == -EPROTO) {
		sentence = "the guest's kernel has no silo module of this release";
		error = -EIO;
	}
	return failure(target->name, what, error, sentence);
}

int target_connect(struct target *target, const char *what)
{
	struct silo_info *guest = NULL;
	int ret;

	if (target->silo)
		return EXIT_YES;
	ret = silo_open_vm(&target->silo, target->name);
	if (ret)
		return connect_failure(target, what, ret);
	if (!silo_get(target->silo, target->ref, false, &guest))
		target->state = guest->state;
	silo_info_free(guest);
	return EXIT_YES;
}

int target_failure(const struct target *target, const char *what, int error)
{
	return failure(target->name, what, error, silo_error(target->silo));
}

int target_host_failure(const struct target *target, const char *what, int error)
{
	return failure(target->name, what, error, target->vm ? NULL : silo_error(target->silo));
}

void target_release(struct target *target)
{
	if (!target->vm)
		silo_info_free(target->info);
	silo_vm_info_free(target->vm);
	silo_close(target->silo);
}

int target_each(char **names, const char *what, int (*action)(struct target *target, void *data), void *data)
{
	int worst = EXIT_YES;

	for (; *names; names++) {
		struct target target;
		int code = target_find(&target, *names, what);

		if (code == EXIT_YES)
			code = action(&target, data);
		if (code > worst)
			worst = code;
		target_release(&target);
	}
	return worst;
}
