// SPDX-License-Identifier: GPL-2.0-only
/*
 * silofs - mounting: one superblock for each view and user namespace
 *
 * The view is that of the process that mounts and is fixed from then on. It is
 * a memory reference only, so a silofs mounted inside a silo does not keep
 * that silo alive.
 *
 * Owns: the file system type and its mount point in sysfs.
 */
#include <linux/fs.h>
#include <linux/fs_context.h>
#include <linux/kobject.h>
#include <linux/module.h>
#include <linux/statfs.h>
#include <linux/sysfs.h>

#include "membership.h"
#include "silo.h"
#include "silofs.h"
#include "silofs_internal.h"

#define SILOFS_MAGIC 0x73696c6f	/* "silo" */

struct silo *silofs_view(const struct super_block *sb)
{
	return sb->s_fs_info;
}

static const struct super_operations silofs_super_ops = {
	.statfs = simple_statfs,
	.drop_inode = generic_delete_inode,
	.evict_inode = silofs_evict_inode,
};

static int fill_super(struct super_block *sb)
{
	struct silofs_node *node = silofs_node_alloc(SILOFS_ROOT, silofs_view(sb), 0);
	struct inode *inode;

	if (!node)
		return -ENOMEM;
	sb->s_magic = SILOFS_MAGIC;
	sb->s_blocksize = PAGE_SIZE;
	sb->s_blocksize_bits = PAGE_SHIFT;
	sb->s_maxbytes = MAX_LFS_FILESIZE;
	sb->s_op = &silofs_super_ops;
	sb->s_d_op = &silofs_dentry_ops;
	sb->s_iflags |= SB_I_NOEXEC | SB_I_NODEV;
	sb->s_time_gran = 1;
	inode = silofs_inode_get(sb, node);
	if (IS_ERR(inode))
		return PTR_ERR(inode);
	sb->s_root = d_make_root(inode);
	return sb->s_root ? 0 : -ENOMEM;
}

static int is_same_view(struct super_block *sb, struct fs_context *fc)
{
	return sb->s_fs_info == fc->s_fs_info && sb->s_user_ns == fc->user_ns;
}

static int silofs_get_tree(struct fs_context *fc)
{
	struct super_block *sb;
	int ret;

	fc->s_fs_info = silo_of_current();
	sb = sget_fc(fc, is_same_view, set_anon_super_fc);
	if (IS_ERR(sb))
		return PTR_ERR(sb);
	if (!sb->s_root) {
		ret = fill_super(sb);
		if (ret) {
			deactivate_locked_super(sb);
			return ret;
		}
		sb->s_flags |= SB_ACTIVE;
	}
	fc->root = dget(sb->s_root);
	return 0;
}

/* The view is still here if no new superblock took it. */
static void silofs_free_fc(struct fs_context *fc)
{
	if (fc->s_fs_info)
		silo_put(fc->s_fs_info);
}

static const struct fs_context_operations silofs_context_ops = {
	.get_tree = silofs_get_tree,
	.free = silofs_free_fc,
};

static int silofs_init_fs_context(struct fs_context *fc)
{
	fc->ops = &silofs_context_ops;
	return 0;
}

static void silofs_kill_sb(struct super_block *sb)
{
	struct silo *view = silofs_view(sb);

	kill_anon_super(sb);
	silo_put(view);
}

static struct file_system_type silofs_type = {
	.owner = THIS_MODULE,
	.name = "silofs",
	.init_fs_context = silofs_init_fs_context,
	.kill_sb = silofs_kill_sb,
	.fs_flags = FS_USERNS_MOUNT,
};
MODULE_ALIAS_FS("silofs");

int silofs_init(void)
{
	int ret = sysfs_create_mount_point(fs_kobj, "silo");

	if (ret)
		return ret;
	ret = register_filesystem(&silofs_type);
	if (ret)
		sysfs_remove_mount_point(fs_kobj, "silo");
	return ret;
}

void silofs_exit(void)
{
	unregister_filesystem(&silofs_type);
	sysfs_remove_mount_point(fs_kobj, "silo");
	/* Inodes and nodes that are on their way out. */
	rcu_barrier();
}
