/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libsilo - mountinfo: which file systems make up this computer's files
 */
#ifndef SILO_MOUNTINFO_H
#define SILO_MOUNTINFO_H

#include <stddef.h>

/** A mount below the root that has files of the computer, and not the kernel's view of itself. */
struct submount {
	char *path;
	unsigned long flags;		/* MS_RDONLY, MS_NOSUID, MS_NOEXEC, as it is mounted */
};

/** The mounts, each before those inside it. */
struct mountinfo {
	struct submount *submounts;
	size_t count;
};

/**
 * mountinfo_read - read the caller's mount table
 *
 * Left out are the root itself, all below /proc, /sys, /dev and /run, file
 * systems that hold no files, and what another mount covers.
 * Errors: -errno. Free the result with mountinfo_free().
 */
int mountinfo_read(struct mountinfo *info);

void mountinfo_free(struct mountinfo *info);

#endif
