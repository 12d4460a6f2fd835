// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * libsilo - example: list the silos that can be seen from here, and the processes of each
 *
 *	list
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <silo/silo.h>

static int print_member(const struct silo_member *member, void *data)
{
	(void)data;
	printf("  %u %s\n", member->pid, member->comm);
	return 0;
}

/* The list is complete before the first call, so the handle can be used for other requests here. */
static int print_silo(const struct silo_info *info, void *data)
{
	struct silo *silo = data;
	int err;

	printf("%s: id %" PRIu64 ", %s, %s, %u processes, cgroup %s\n", info->name, info->id,
	       silo_state_name(info->state), silo_isolation_name(info->isolation), info->members,
	       info->cgroup);
	err = silo_members(silo, (struct silo_ref) { .id = info->id }, print_member, NULL);
	return err == -ENOENT ? 0 : err;	/* it may be gone by now */
}

int main(void)
{
	struct silo *silo;
	int err = silo_open(&silo);

	if (err) {
		fprintf(stderr, "list: cannot reach the silos of this kernel: %s\n", strerror(-err));
		return 1;
	}
	err = silo_list(silo, true, print_silo, silo);
	if (err)
		fprintf(stderr, "list: %s\n", silo_error(silo));
	silo_close(silo);
	return err != 0;
}
