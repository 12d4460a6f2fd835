// SPDX-License-Identifier: GPL-2.0-only
/*
 * silofs - inodes: one for each thing that is shown, as long as somebody looks
 *
 * Owns: struct silofs_node.
 * Locks: none; the inode cache makes sure that a thing has one inode in a view.
 */
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "silo.h"
#include "silofs_internal.h"

/* A node for something of @silo, to be given to silofs_inode_get(). */
struct silofs_node *silofs_node_alloc(enum silofs_kind kind, struct silo *silo, u64 id)
{
	struct silofs_node *node = kzalloc(sizeof(*node), GFP_KERNEL_ACCOUNT);

	if (!node)
		return NULL;
	node->kind = kind;
	node->id = id;
	node->silo = silo_get(silo);
	return node;
}

void silofs_node_free(struct silofs_node *node)
{
	if (!node)
		return;
	hive_key_put(node->key);
	kfree(node->value_name.text);
	silo_put(node->silo);
	kfree_rcu(node, rcu);
}

/* The inode number: tells things apart for people; silofs_inode_get() compares more than it. */
u64 silofs_ino(const struct silo *silo, enum silofs_kind kind, u64 id)
{
	return kind == SILOFS_ROOT ? 1 : (silo->id + 1) << 40 | (u64)kind << 36 | id;
}

static int is_same(struct inode *inode, void *data)
{
	const struct silofs_node *node = silofs_node(inode), *other = data;

	return node && node->silo == other->silo && node->kind == other->kind && node->id == other->id;
}

static int take_node(struct inode *inode, void *data)
{
	const struct silofs_node *node = data;

	inode->i_ino = silofs_ino(node->silo, node->kind, node->id);
	WRITE_ONCE(inode->i_private, data);
	return 0;
}

/*
 * In its own view a silo's things belong to the root of whoever mounted it. Seen from outside, they
 * belong to the real root, whoever mounted it: else anybody could read keys in a user namespace.
 */
static void set_owner(struct inode *inode)
{
	if (silofs_view(inode->i_sb) == silo_host) {
		inode->i_uid = GLOBAL_ROOT_UID;
		inode->i_gid = GLOBAL_ROOT_GID;
	} else {
		inode->i_uid = make_kuid(inode->i_sb->s_user_ns, 0);
		inode->i_gid = make_kgid(inode->i_sb->s_user_ns, 0);
	}
}

static void set_up(struct inode *inode, const struct silofs_node *node)
{
	bool is_own = node->silo == silofs_view(inode->i_sb) && node->silo != silo_host;

	set_owner(inode);
	inode->i_atime = inode->i_mtime = inode->i_ctime = current_time(inode);
	switch (node->kind) {
	case SILOFS_ROOT:
	case SILOFS_SILO:
		inode->i_mode = S_IFDIR | 0555;
		break;
	case SILOFS_KEY:
		inode->i_mode = S_IFDIR | (is_own ? 0555 : 0500);
		break;
	case SILOFS_ATTRIBUTE:
		inode->i_mode = S_IFREG | 0444;
		break;
	case SILOFS_VALUE:
		inode->i_mode = S_IFREG | (is_own ? 0444 : 0400);
		break;
	}
	if (S_ISDIR(inode->i_mode)) {
		inode->i_op = &silofs_dir_iops;
		inode->i_fop = &silofs_dir_fops;
		set_nlink(inode, 2);
	} else {
		inode->i_fop = &silofs_file_fops;
	}
}

/* The inode of a node, a new one or that of an equal node. The node is used up in any case. */
struct inode *silofs_inode_get(struct super_block *sb, struct silofs_node *node)
{
	struct inode *inode = iget5_locked(sb, silofs_ino(node->silo, node->kind, node->id), is_same, take_node, node);

	if (!inode) {
		silofs_node_free(node);
		return ERR_PTR(-ENOMEM);
	}
	if (silofs_node(inode) != node)
		silofs_node_free(node);
	if (inode->i_state & I_NEW) {
		set_up(inode, node);
		unlock_new_inode(inode);
	}
	return inode;
}

void silofs_evict_inode(struct inode *inode)
{
	struct silofs_node *node = silofs_node(inode);

	truncate_inode_pages_final(&inode->i_data);
	clear_inode(inode);
	WRITE_ONCE(inode->i_private, NULL);
	silofs_node_free(node);
}
