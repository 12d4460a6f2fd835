// SPDX-License-Identifier: GPL-2.0-only
/*
 * silo - resources: the namespaces and the root that a silo has adopted
 *
 * Owns: struct silo_resources and the references in it.
 * Locks: none; the caller's structure is its own until it is moved into a silo.
 * Not here: when they are taken and let go (silo.c, teardown.c).
 */
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <linux/netlink.h>
#include <linux/proc_ns.h>
#include <linux/sched.h>
#include <net/netlink.h>

#include "compat.h"
#include "resources.h"

static const int ns_types[SILO_NS_KINDS] = {
	CLONE_NEWNS, CLONE_NEWPID, CLONE_NEWNET, CLONE_NEWIPC,
	CLONE_NEWUTS, CLONE_NEWUSER, CLONE_NEWCGROUP, CLONE_NEWTIME,
};

/* The type of the namespace behind an nsfs file. */
int silo_resources_ns_type(const struct file *file)
{
	return silo_ns_type(get_proc_ns(file_inode(file)));
}

u32 silo_resources_ns_inum(const struct file *file)
{
	return get_proc_ns(file_inode(file))->inum;
}

static bool file_is_ns(const struct file *file)
{
	struct inode *inode = file_inode(file);

	return inode->i_sb->s_magic == NSFS_MAGIC && S_ISREG(inode->i_mode);
}

/* Take the namespace that the descriptor in @attr stands for. */
int silo_resources_add_ns(struct silo_resources *resources, const struct nlattr *attr,
			  struct netlink_ext_ack *extack)
{
	struct file *file = fget(nla_get_u32(attr));
	int ret = -EINVAL;
	int i;

	if (!file) {
		NL_SET_ERR_MSG_ATTR(extack, attr, "the namespace descriptor is not open");
		return -EBADF;
	}
	if (!file_is_ns(file)) {
		NL_SET_ERR_MSG_ATTR(extack, attr, "the descriptor is not that of a namespace");
		goto out_put;
	}
	for (i = 0; i < SILO_NS_KINDS; i++)
		if (ns_types[i] == silo_resources_ns_type(file))
			break;
	if (i == SILO_NS_KINDS) {
		NL_SET_ERR_MSG_ATTR(extack, attr, "a namespace of an unknown kind");
		goto out_put;
	}
	if (resources->ns[i]) {
		NL_SET_ERR_MSG_ATTR(extack, attr, "a second namespace of the same kind");
		ret = -EEXIST;
		goto out_put;
	}
	resources->ns[i] = file;
	return 0;

out_put:
	fput(file);
	return ret;
}

/* Take the directory that the descriptor in @attr stands for. */
int silo_resources_add_root(struct silo_resources *resources, const struct nlattr *attr,
			    struct netlink_ext_ack *extack)
{
	struct file *file = fget_raw(nla_get_u32(attr));

	if (!file) {
		NL_SET_ERR_MSG_ATTR(extack, attr, "the root descriptor is not open");
		return -EBADF;
	}
	if (!S_ISDIR(file_inode(file)->i_mode)) {
		NL_SET_ERR_MSG_ATTR(extack, attr, "the root is not a directory");
		fput(file);
		return -EINVAL;
	}
	resources->root = file;
	return 0;
}

/* Whether both have a resource of the same kind. */
bool silo_resources_overlap(const struct silo_resources *a, const struct silo_resources *b)
{
	int i;

	for (i = 0; i < SILO_NS_KINDS; i++)
		if (a->ns[i] && b->ns[i])
			return true;
	return a->root && b->root;
}

/* Hand all references of @from to @to, which has none of the same kind. */
void silo_resources_move(struct silo_resources *to, struct silo_resources *from)
{
	int i;

	for (i = 0; i < SILO_NS_KINDS; i++) {
		if (!from->ns[i])
			continue;
		to->ns[i] = from->ns[i];
		from->ns[i] = NULL;
	}
	if (from->root) {
		to->root = from->root;
		from->root = NULL;
	}
}

/* Let all references go. May sleep, unmount, and end namespaces: never under a lock. */
void silo_resources_put(struct silo_resources *resources)
{
	int i;

	for (i = 0; i < SILO_NS_KINDS; i++) {
		if (!resources->ns[i])
			continue;
		fput(resources->ns[i]);
		resources->ns[i] = NULL;
	}
	if (resources->root) {
		fput(resources->root);
		resources->root = NULL;
	}
}
