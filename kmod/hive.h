/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * silo - hive: the key store of one silo
 */
#ifndef _SILO_HIVE_H
#define _SILO_HIVE_H

#include <linux/rbtree.h>
#include <linux/refcount.h>
#include <linux/rwsem.h>
#include <linux/types.h>

#include "hive_path.h"

struct netlink_ext_ack;

/**
 * struct hive - a tree of keys with values
 * @lock: protects everything below and in the keys; readers share it; sleeps
 * @root: the key without a name; counted, NULL once closed
 * @last_id: of a key or value; ids are never used again
 * @entries: number of keys and values, the root excepted
 * @bytes: of names and data
 * @generation: grows with each change; read without the lock as a hint
 */
struct hive {
	struct rw_semaphore lock;
	struct hive_key *root;
	u64 last_id;
	u32 entries;
	u64 bytes;
	u64 generation;
};

/**
 * struct hive_key - a key
 * @refs: the tree holds one, and each silofs inode; the memory outlives its place in the tree
 * @id: set once
 * @node: in the parent's @keys
 * @parent: borrowed; NULL for the root and for a key that was deleted
 * @keys: keys below, by folded name
 * @values: by folded name
 * @modified_time: last change of the key's values or of the set of keys below
 * @is_deleted: whether it has been taken out of the tree
 * @name_size: bytes in @name
 * @name: set once; not ended by a NUL
 */
struct hive_key {
	refcount_t refs;
	u64 id;
	struct rb_node node;
	struct hive_key *parent;
	struct rb_root keys;
	struct rb_root values;
	u64 modified_time;
	bool is_deleted;
	u16 name_size;
	char name[];
};

/* A value; belongs to its key. @id and the name are set once. */
struct hive_value {
	struct rb_node node;
	u64 id;
	u64 modified_time;
	u32 type;
	u32 size;
	void *data;
	u16 name_size;
	char name[];
};

/* A copy of a value's contents; @data is the holder's, freed with kvfree(). */
struct hive_contents {
	u64 modified_time;
	u32 type;
	u32 size;
	void *data;
};

/* What a listing tells of one entry; valid under the lock. */
struct hive_entry {
	bool is_value;
	struct hive_name name;
	u64 id;
	u64 modified_time;
	u32 type;
	u32 size;
};

int hive_init(struct hive *hive);
void hive_close(struct hive *hive);

int hive_set(struct hive *hive, const char *path, const char *value, const struct hive_contents *contents,
	     struct netlink_ext_ack *extack);
int hive_get(struct hive *hive, const char *path, const char *value, struct hive_contents *contents,
	     struct netlink_ext_ack *extack);
int hive_delete(struct hive *hive, const char *path, const char *value, bool is_recursive,
		struct netlink_ext_ack *extack);

struct hive_key *hive_root(struct hive *hive);
struct hive_key *hive_key_lookup(struct hive *hive, const char *path, struct netlink_ext_ack *extack);
struct hive_key *hive_key_child(struct hive *hive, struct hive_key *key, const struct hive_name *name);
void hive_key_put(struct hive_key *key);
int hive_value_find(struct hive *hive, struct hive_key *key, const struct hive_name *name,
		    struct hive_entry *entry);
int hive_value_read(struct hive *hive, struct hive_key *key, const struct hive_name *name,
		    struct hive_contents *contents);

/* Called under the lock, shared, for each entry; a value other than 0 ends the walk. */
typedef int (*hive_entry_fn)(const struct hive_entry *entry, void *data);
int hive_key_walk(struct hive *hive, struct hive_key *key, const struct hive_entry *after, hive_entry_fn fn,
		  void *data);
bool hive_key_has_child(const struct hive_key *key, const struct hive_name *name);

static inline u64 hive_generation(const struct hive *hive)
{
	return READ_ONCE(hive->generation);
}

#endif
