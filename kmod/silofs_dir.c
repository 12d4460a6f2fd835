// SPDX-License-Identifier: GPL-2.0-only
/*
 * silofs - directories: names are looked up when they are asked for
 *
 * Nothing is kept here but what the dcache keeps, and that is checked at each
 * use: a silo may be gone, a key changed. An open directory keeps the listing
 * that it began with until it is rewound.
 *
 * Locks: listing->lock, around the filling and reading of one open directory.
 */
#include <linux/dcache.h>
#include <linux/fs.h>
#include <linux/namei.h>
#include <linux/slab.h>
#include <linux/stringhash.h>

#include "silo.h"
#include "silofs_internal.h"
#include "table.h"

struct silofs_listing_entry {
	char *name;
	u64 ino;
	unsigned int type;
};

/* ---- lookup ---- */

static bool name_is(const struct dentry *dentry, const char *name)
{
	return dentry->d_name.len == strlen(name) && !memcmp(dentry->d_name.name, name, dentry->d_name.len);
}

static struct silofs_node *lookup_silo(struct silo *view, const struct dentry *dentry)
{
	struct silofs_node *node;
	struct silo *silo;

	if (name_is(dentry, "self"))
		silo = silo_get(view);
	else if (view == silo_host)
		silo = silo_table_lookup_name(dentry->d_name.name);
	else
		silo = NULL;
	if (!silo)
		return ERR_PTR(-ENOENT);
	node = silofs_node_alloc(SILOFS_SILO, silo, 0);
	silo_put(silo);
	return node ?: ERR_PTR(-ENOMEM);
}

static struct silofs_node *lookup_in_silo(struct silo *silo, const struct dentry *dentry)
{
	struct silofs_node *node;
	size_t i;

	if (name_is(dentry, "keys")) {
		node = silofs_node_alloc(SILOFS_KEY, silo, 0);
		if (!node)
			return ERR_PTR(-ENOMEM);
		node->key = hive_root(&silo->hive);
		if (node->key)
			return node;
		silofs_node_free(node);
		return ERR_PTR(-ENOENT);
	}
	for (i = 0; i < silofs_attributes_count; i++) {
		if (!name_is(dentry, silofs_attributes[i].name))
			continue;
		node = silofs_node_alloc(SILOFS_ATTRIBUTE, silo, i);
		if (!node)
			return ERR_PTR(-ENOMEM);
		node->attribute = &silofs_attributes[i];
		return node;
	}
	return ERR_PTR(-ENOENT);
}

/* A new node for a name in a directory, or an ERR_PTR. */
static struct silofs_node *lookup_node(const struct silofs_node *dir, const struct dentry *dentry)
{
	if (!silo_is_alive(dir->silo))
		return ERR_PTR(-ENOENT);
	switch (dir->kind) {
	case SILOFS_ROOT:
		return lookup_silo(dir->silo, dentry);
	case SILOFS_SILO:
		return lookup_in_silo(dir->silo, dentry);
	case SILOFS_KEY:
		return silofs_key_lookup(dir, dentry->d_name.name, dentry->d_name.len);
	default:
		return ERR_PTR(-ENOTDIR);
	}
}

/* A name that is not there leaves no dentry: it may be there the next time. */
static struct dentry *silofs_lookup(struct inode *inode, struct dentry *dentry, unsigned int flags)
{
	struct silofs_node *dir = silofs_node(inode), *node;
	u64 generation = hive_generation(&dir->silo->hive);

	if (dentry->d_name.len > NAME_MAX)
		return ERR_PTR(-ENAMETOOLONG);
	node = lookup_node(dir, dentry);
	if (IS_ERR(node))
		return ERR_CAST(node);
	dentry->d_time = generation;
	return d_splice_alias(silofs_inode_get(inode->i_sb, node), dentry);
}

const struct inode_operations silofs_dir_iops = {
	.lookup = silofs_lookup,
};

/* ---- dentries ---- */

/* Whether a dentry still leads to the key or value of its name. */
static bool key_is_current(struct dentry *dentry, const struct silofs_node *node)
{
	u64 generation = hive_generation(&node->silo->hive);
	struct dentry *parent = dget_parent(dentry);
	struct silofs_node *dir = silofs_node(d_inode(parent)), *found;
	bool is_same = false;

	/* The root of the keys lives as long as the silo. */
	if (dir->kind != SILOFS_KEY) {
		is_same = true;
		goto out_put;
	}
	found = silofs_key_lookup(dir, dentry->d_name.name, dentry->d_name.len);
	if (!IS_ERR(found)) {
		is_same = found->kind == node->kind && found->id == node->id;
		silofs_node_free(found);
	}
	if (is_same)
		dentry->d_time = generation;

out_put:
	dput(parent);
	return is_same;
}

static int silofs_d_revalidate(struct dentry *dentry, unsigned int flags)
{
	struct inode *inode = d_inode_rcu(dentry);
	struct silofs_node *node = inode ? silofs_node(inode) : NULL;

	if (!node)
		return flags & LOOKUP_RCU ? -ECHILD : 0;
	if (!silo_is_alive(node->silo))
		return node->kind == SILOFS_ROOT;
	if (node->kind != SILOFS_KEY && node->kind != SILOFS_VALUE)
		return 1;
	if (dentry->d_time == hive_generation(&node->silo->hive))
		return 1;
	if (flags & LOOKUP_RCU)
		return -ECHILD;
	return key_is_current(dentry, node);
}

/* Whether names in this directory are those of keys, which disregard case. */
static bool is_key_dir(const struct dentry *dir)
{
	struct inode *inode = d_inode_rcu(dir);
	struct silofs_node *node = inode ? silofs_node(inode) : NULL;

	return node && node->kind == SILOFS_KEY;
}

static int silofs_d_hash(const struct dentry *dir, struct qstr *name)
{
	unsigned long hash = init_name_hash(dir);
	u32 i;

	if (!is_key_dir(dir))
		return 0;
	for (i = 0; i < name->len; i++)
		hash = partial_name_hash(hive_fold(name->name[i]), hash);
	name->hash = end_name_hash(hash);
	return 0;
}

static int silofs_d_compare(const struct dentry *dentry, unsigned int size, const char *text,
			    const struct qstr *name)
{
	struct hive_name a = { text, size }, b = { name->name, name->len };

	if (is_key_dir(READ_ONCE(dentry->d_parent)))
		return hive_name_compare(&a, &b);
	return size != name->len || memcmp(text, name->name, size);
}

const struct dentry_operations silofs_dentry_ops = {
	.d_revalidate = silofs_d_revalidate,
	.d_hash = silofs_d_hash,
	.d_compare = silofs_d_compare,
};

/* ---- listing ---- */

static void listing_clear(struct silofs_listing *listing)
{
	size_t i;

	for (i = 0; i < listing->count; i++)
		kfree(listing->entries[i].name);
	kvfree(listing->entries);
	listing->entries = NULL;
	listing->count = 0;
	listing->room = 0;
}

static int listing_grow(struct silofs_listing *listing)
{
	size_t room = max_t(size_t, 16, 2 * listing->room);
	struct silofs_listing_entry *entries = kvmalloc_array(room, sizeof(*entries), GFP_KERNEL_ACCOUNT);

	if (!entries)
		return -ENOMEM;
	if (listing->count)
		memcpy(entries, listing->entries, listing->count * sizeof(*entries));
	kvfree(listing->entries);
	listing->entries = entries;
	listing->room = room;
	return 0;
}

int silofs_listing_add(struct silofs_listing *listing, const char *name, u64 ino, unsigned int type)
{
	char *copy;
	int ret;

	if (listing->count == listing->room) {
		ret = listing_grow(listing);
		if (ret)
			return ret;
	}
	copy = kstrdup(name, GFP_KERNEL_ACCOUNT);
	if (!copy)
		return -ENOMEM;
	listing->entries[listing->count++] = (struct silofs_listing_entry){ copy, ino, type };
	return 0;
}

static int list_silos(struct silo *view, struct silofs_listing *listing)
{
	int ret = silofs_listing_add(listing, "self", silofs_ino(view, SILOFS_SILO, 0), DT_DIR);
	struct silo *silo;
	u64 id = 0;

	if (view != silo_host)
		return ret;
	while (!ret && (silo = silo_table_next(id))) {
		id = silo->id;
		ret = silofs_listing_add(listing, silo->name, silofs_ino(silo, SILOFS_SILO, 0), DT_DIR);
		silo_put(silo);
	}
	return ret;
}

static int list_in_silo(struct silo *silo, struct silofs_listing *listing)
{
	int ret = silofs_listing_add(listing, "keys", silofs_ino(silo, SILOFS_KEY, 0), DT_DIR);
	size_t i;

	for (i = 0; i < silofs_attributes_count && !ret; i++)
		ret = silofs_listing_add(listing, silofs_attributes[i].name, silofs_ino(silo, SILOFS_ATTRIBUTE, i),
					 DT_REG);
	return ret;
}

static int listing_fill(struct silofs_listing *listing, const struct silofs_node *dir)
{
	switch (dir->kind) {
	case SILOFS_ROOT:
		return list_silos(dir->silo, listing);
	case SILOFS_SILO:
		return list_in_silo(dir->silo, listing);
	default:
		return silofs_key_list(dir, listing);
	}
}

static int silofs_dir_open(struct inode *inode, struct file *file)
{
	struct silofs_listing *listing = kzalloc(sizeof(*listing), GFP_KERNEL_ACCOUNT);

	if (!listing)
		return -ENOMEM;
	mutex_init(&listing->lock);
	file->private_data = listing;
	return 0;
}

static int silofs_dir_release(struct inode *inode, struct file *file)
{
	struct silofs_listing *listing = file->private_data;

	listing_clear(listing);
	kfree(listing);
	return 0;
}

static int silofs_dir_iterate(struct file *file, struct dir_context *context)
{
	struct silofs_listing *listing = file->private_data;
	struct silofs_node *dir = silofs_node(file_inode(file));
	int ret = 0;

	if (!silo_is_alive(dir->silo))
		return -ENODEV;
	mutex_lock(&listing->lock);
	if (context->pos == 0) {
		listing_clear(listing);
		ret = listing_fill(listing, dir);
		if (ret) {
			listing_clear(listing);
			goto out_unlock;
		}
	}
	if (!dir_emit_dots(file, context))
		goto out_unlock;
	while (context->pos - 2 < listing->count) {
		struct silofs_listing_entry *entry = &listing->entries[context->pos - 2];

		if (!dir_emit(context, entry->name, strlen(entry->name), entry->ino, entry->type))
			break;
		context->pos++;
	}

out_unlock:
	mutex_unlock(&listing->lock);
	return ret;
}

const struct file_operations silofs_dir_fops = {
	.open = silofs_dir_open,
	.release = silofs_dir_release,
	.iterate_shared = silofs_dir_iterate,
	.read = generic_read_dir,
	.llseek = default_llseek,
};
