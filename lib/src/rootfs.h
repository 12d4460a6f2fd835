/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libsilo - rootfs: the files that a container sees
 */
#ifndef SILO_ROOTFS_H
#define SILO_ROOTFS_H

#include <silo/silo.h>
#include <silo/spec.h>

/* The order in which the trees travel. */
enum rootfs_tree {
	ROOTFS_ROOT,			/* the private view of the image or of the computer's own root */
	ROOTFS_DEV,			/* for /dev */
	ROOTFS_MOUNTS,			/* the spec's mounts, in their order, from here on */
};

/**
 * rootfs_build - make the mount trees of a container and send them, as REPORT_TREES, over a channel
 *
 * None of them is attached anywhere, and when the last descriptor is closed all
 * is gone. Errors: -ENOENT, -ENOTDIR for the image or a mount's source; those of mount(2).
 */
int rootfs_build(struct silo *silo, const struct silo_spec *spec, int channel);

#endif
