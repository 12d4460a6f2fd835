/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * silofs - what its files share
 *
 *	/self/		the silo whose process mounted it; on the host, silo 0
 *	/NAME/		on the host, each silo
 *		id uuid name state isolation exit members stat
 *		keys/	keys are directories, values are files
 */
#ifndef _SILO_SILOFS_INTERNAL_H
#define _SILO_SILOFS_INTERNAL_H

#include <linux/fs.h>
#include <linux/mutex.h>
#include <linux/types.h>

#include "hive.h"

struct silo;
struct silofs_attribute;

enum silofs_kind {
	SILOFS_ROOT,
	SILOFS_SILO,
	SILOFS_ATTRIBUTE,
	SILOFS_KEY,
	SILOFS_VALUE,
};

/**
 * struct silofs_node - what an inode stands for; its i_private
 * @kind: what it is
 * @id: with @silo and @kind, what makes it the same thing as another
 * @silo: counted memory reference; for the root, the silo whose view it is
 * @attribute: of a SILOFS_ATTRIBUTE
 * @key: of a SILOFS_KEY, the key; of a SILOFS_VALUE, the one that has it; counted
 * @value_name: of a SILOFS_VALUE; the holder's
 * @rcu: path walks look at nodes under RCU alone
 *
 * Set before the inode can be found, and never changed. No lock.
 */
struct silofs_node {
	enum silofs_kind kind;
	u64 id;
	struct silo *silo;
	const struct silofs_attribute *attribute;
	struct hive_key *key;
	struct hive_name value_name;
	struct rcu_head rcu;
};

/* silofs_inode.c */
struct silofs_node *silofs_node_alloc(enum silofs_kind kind, struct silo *silo, u64 id);
void silofs_node_free(struct silofs_node *node);
struct inode *silofs_inode_get(struct super_block *sb, struct silofs_node *node);
void silofs_evict_inode(struct inode *inode);
u64 silofs_ino(const struct silo *silo, enum silofs_kind kind, u64 id);

static inline struct silofs_node *silofs_node(const struct inode *inode)
{
	return READ_ONCE(inode->i_private);
}

/* silofs_mount.c: the silo in whose view the file system shows things; borrowed */
struct silo *silofs_view(const struct super_block *sb);

/* silofs_dir.c */
extern const struct inode_operations silofs_dir_iops;
extern const struct file_operations silofs_dir_fops;
extern const struct dentry_operations silofs_dentry_ops;

/* A directory's entries at one moment, kept with an open directory. */
struct silofs_listing {
	struct mutex lock;
	struct silofs_listing_entry *entries;
	size_t count, room;
};

int silofs_listing_add(struct silofs_listing *listing, const char *name, u64 ino, unsigned int type);

/* silofs_file.c */
struct silofs_attribute {
	const char *name;
	/* Makes the contents, for the caller to kvfree(). */
	int (*show)(struct silo *silo, char **text, size_t *size);
	bool is_pollable;
};

extern const struct silofs_attribute silofs_attributes[];
extern const size_t silofs_attributes_count;
extern const struct file_operations silofs_file_fops;

/* silofs_key.c */
struct silofs_node *silofs_key_lookup(const struct silofs_node *dir, const char *name, size_t size);
int silofs_key_list(const struct silofs_node *dir, struct silofs_listing *listing);
int silofs_value_show(const struct silofs_node *node, char **text, size_t *size);

#endif
