/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * silo - resources: the namespaces and the root that a silo has adopted
 */
#ifndef _SILO_RESOURCES_H
#define _SILO_RESOURCES_H

#include <linux/types.h>

struct file;
struct netlink_ext_ack;
struct nlattr;

#define SILO_NS_KINDS 8

/**
 * struct silo_resources - adopted resources
 * @ns: the nsfs file of each kind, counted, or NULL; a file and not the namespace,
 *	since most kinds have no exported way to be counted
 * @root: the root directory, counted, or NULL; pins its mount
 *
 * Belongs to its owner alone: no lock here. A silo's own are under silo->lock.
 */
struct silo_resources {
	struct file *ns[SILO_NS_KINDS];
	struct file *root;
};

int silo_resources_add_ns(struct silo_resources *resources, const struct nlattr *attr,
			  struct netlink_ext_ack *extack);
int silo_resources_add_root(struct silo_resources *resources, const struct nlattr *attr,
			    struct netlink_ext_ack *extack);
bool silo_resources_overlap(const struct silo_resources *a, const struct silo_resources *b);
void silo_resources_move(struct silo_resources *to, struct silo_resources *from);
void silo_resources_put(struct silo_resources *resources);
int silo_resources_ns_type(const struct file *file);
u32 silo_resources_ns_inum(const struct file *file);

#endif
