/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * silo - compat: everything that differs between the supported kernels
 *
 * The code elsewhere is written for the newest one; a block here names the
 * release that made it unnecessary.
 */
#ifndef _SILO_COMPAT_H
#define _SILO_COMPAT_H

#include <linux/fs.h>
#include <linux/ns_common.h>
#include <linux/proc_ns.h>

/* 6.18: struct ns_common has the type itself. */
static inline int silo_ns_type(const struct ns_common *ns)
{
	return ns->ops->type;
}

/* 6.3: the first argument is an idmap. */
static inline int silo_vfs_rmdir(struct dentry *parent, struct dentry *dentry)
{
	return vfs_rmdir(&init_user_ns, d_inode(parent), dentry);
}

#endif
