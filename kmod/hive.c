// SPDX-License-Identifier: GPL-2.0-only
/*
 * silo - hive: the key store of one silo
 *
 * A change is prepared (everything allocated) before it is made, so that it
 * happens wholly or not at all.
 *
 * Owns: struct hive, its keys and values.
 * Locks: hive->lock, inside silo->lock or alone. User memory is not touched
 * under it.
 * Not here: requests (netlink_key.c), files (silofs_key.c), charging (silo.c).
 */
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/netlink.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <linux/silo.h>

#include "hive.h"

static struct hive_name key_name(const struct hive_key *key)
{
	return (struct hive_name){ key->name, key->name_size };
}

static struct hive_name value_name(const struct hive_value *value)
{
	return (struct hive_name){ value->name, value->name_size };
}

static struct hive_key *new_key(const struct hive_name *name)
{
	struct hive_key *key = kzalloc(struct_size(key, name, name->size), GFP_KERNEL_ACCOUNT);

	if (!key)
		return NULL;
	refcount_set(&key->refs, 1);
	key->modified_time = ktime_get_real_ns();
	key->name_size = name->size;
	memcpy(key->name, name->text, name->size);
	return key;
}

void hive_key_put(struct hive_key *key)
{
	if (key && refcount_dec_and_test(&key->refs))
		kfree(key);
}

static struct hive_value *new_value(const struct hive_name *name, const struct hive_contents *contents)
{
	struct hive_value *value = kzalloc(struct_size(value, name, name->size), GFP_KERNEL_ACCOUNT);

	if (!value)
		return NULL;
	value->data = kvmalloc(max(contents->size, 1U), GFP_KERNEL_ACCOUNT);
	if (!value->data) {
		kfree(value);
		return NULL;
	}
	memcpy(value->data, contents->data, contents->size);
	value->size = contents->size;
	value->type = contents->type;
	value->modified_time = ktime_get_real_ns();
	value->name_size = name->size;
	memcpy(value->name, name->text, name->size);
	return value;
}

static void value_free(struct hive_value *value)
{
	if (!value)
		return;
	kvfree(value->data);
	kfree(value);
}

/* ---- finding, under the lock ---- */

static struct hive_key *find_key(const struct hive_key *parent, const struct hive_name *name)
{
	struct rb_node *node = parent->keys.rb_node;

	while (node) {
		struct hive_key *key = rb_entry(node, struct hive_key, node);
		struct hive_name other = key_name(key);
		int order = hive_name_compare(name, &other);

		if (!order)
			return key;
		node = order < 0 ? node->rb_left : node->rb_right;
	}
	return NULL;
}

static struct hive_value *find_value(const struct hive_key *key, const struct hive_name *name)
{
	struct rb_node *node = key->values.rb_node;

	while (node) {
		struct hive_value *value = rb_entry(node, struct hive_value, node);
		struct hive_name other = value_name(value);
		int order = hive_name_compare(name, &other);

		if (!order)
			return value;
		node = order < 0 ? node->rb_left : node->rb_right;
	}
	return NULL;
}

static struct hive_key *find_path(const struct hive *hive, const char *path)
{
	struct hive_key *key = hive->root;
	struct hive_name name;

	while (key && hive_path_next(&path, &name))
		key = find_key(key, &name);
	return key;
}

/* ---- linking, under the lock, held for writing ---- */

static void link_key(struct hive_key *parent, struct hive_key *key)
{
	struct rb_node **link = &parent->keys.rb_node, *above = NULL;
	struct hive_name name = key_name(key);

	while (*link) {
		struct hive_name other = key_name(rb_entry(*link, struct hive_key, node));

		above = *link;
		link = hive_name_compare(&name, &other) < 0 ? &above->rb_left : &above->rb_right;
	}
	rb_link_node(&key->node, above, link);
	rb_insert_color(&key->node, &parent->keys);
	key->parent = parent;
}

static void link_value(struct hive_key *key, struct hive_value *value)
{
	struct rb_node **link = &key->values.rb_node, *above = NULL;
	struct hive_name name = value_name(value);

	while (*link) {
		struct hive_name other = value_name(rb_entry(*link, struct hive_value, node));

		above = *link;
		link = hive_name_compare(&name, &other) < 0 ? &above->rb_left : &above->rb_right;
	}
	rb_link_node(&value->node, above, link);
	rb_insert_color(&value->node, &key->values);
}

static void unlink_value(struct hive *hive, struct hive_key *key, struct hive_value *value)
{
	rb_erase(&value->node, &key->values);
	hive->entries--;
	hive->bytes -= value->name_size + value->size;
	value_free(value);
}

/* Take a key without keys below out of the tree, with its values. */
static void unlink_key(struct hive *hive, struct hive_key *key)
{
	struct rb_node *node;

	while ((node = rb_first(&key->values)))
		unlink_value(hive, key, rb_entry(node, struct hive_value, node));
	if (key->parent) {
		rb_erase(&key->node, &key->parent->keys);
		key->parent = NULL;
		hive->entries--;
		hive->bytes -= key->name_size;
	}
	key->is_deleted = true;
	hive_key_put(key);
}

/* Take out everything below a key, the deepest first. */
static void unlink_below(struct hive *hive, struct hive_key *top)
{
	struct hive_key *key = top;

	for (;;) {
		struct rb_node *node = rb_first(&key->keys);
		struct hive_key *parent = key->parent;

		if (node) {
			key = rb_entry(node, struct hive_key, node);
			continue;
		}
		if (key == top)
			return;
		unlink_key(hive, key);
		key = parent;
	}
}

static void changed(struct hive *hive, struct hive_key *key)
{
	key->modified_time = ktime_get_real_ns();
	WRITE_ONCE(hive->generation, hive->generation + 1);
}

/* ---- life ---- */

int hive_init(struct hive *hive)
{
	const struct hive_name no_name = { "", 0 };

	init_rwsem(&hive->lock);
	hive->generation = 1;
	hive->root = new_key(&no_name);
	return hive->root ? 0 : -ENOMEM;
}

/* Drop all keys and refuse new ones. Keys that silofs still holds are empty from here on. */
void hive_close(struct hive *hive)
{
	down_write(&hive->lock);
	if (hive->root) {
		unlink_below(hive, hive->root);
		unlink_key(hive, hive->root);
		hive->root = NULL;
		WRITE_ONCE(hive->generation, hive->generation + 1);
	}
	up_write(&hive->lock);
}

/* ---- set ---- */

/*
 * What a set is going to add. Keys that are missing are built beforehand as a
 * chain: @first is to be linked below the deepest key that exists, and each
 * further one is linked below the one before it already.
 */
struct set_plan {
	struct hive_key *first;
	struct hive_key *last;
	struct hive_value *value;
	u32 entries;
	u64 bytes;
};

static void plan_free(struct set_plan *plan)
{
	struct hive_key *key = plan->first;

	while (key) {
		struct rb_node *below = rb_first(&key->keys);

		hive_key_put(key);
		key = below ? rb_entry(below, struct hive_key, node) : NULL;
	}
	value_free(plan->value);
}

static int plan_keys(struct set_plan *plan, const char *path)
{
	struct hive_name name;

	while (hive_path_next(&path, &name)) {
		struct hive_key *key = new_key(&name);

		if (!key)
			return -ENOMEM;
		if (plan->last)
			link_key(plan->last, key);
		else
			plan->first = key;
		plan->last = key;
		plan->entries++;
		plan->bytes += name.size;
	}
	return 0;
}

static int check_quota(const struct hive *hive, const struct set_plan *plan, const struct hive_value *old,
		       struct netlink_ext_ack *extack)
{
	u32 entries = hive->entries + plan->entries;
	u64 bytes = hive->bytes + plan->bytes;

	if (plan->value) {
		entries += !old;
		bytes += plan->value->size + (old ? 0 : plan->value->name_size);
		bytes -= old ? old->size : 0;
	}
	if (entries > SILO_KEYS_MAX) {
		NL_SET_ERR_MSG(extack, "the silo would have more than 65536 keys and values");
		return -EDQUOT;
	}
	if (bytes > SILO_KEY_BYTES_MAX) {
		NL_SET_ERR_MSG(extack, "the silo would have more than 16 MiB of keys");
		return -EDQUOT;
	}
	return 0;
}

/* Put a new value in, or its contents into the old one, which keeps its id and the case of its name. */
static void commit_value(struct hive *hive, struct hive_key *key, struct hive_value *old, struct hive_value *value)
{
	if (old) {
		hive->bytes += value->size;
		hive->bytes -= old->size;
		swap(old->data, value->data);
		old->size = value->size;
		old->type = value->type;
		old->modified_time = value->modified_time;
		value_free(value);
		return;
	}
	value->id = ++hive->last_id;
	link_value(key, value);
	hive->entries++;
	hive->bytes += value->name_size + value->size;
}

static void commit_keys(struct hive *hive, struct hive_key *parent, struct set_plan *plan)
{
	struct hive_key *key = plan->first;
	struct rb_node *below;

	link_key(parent, key);
	for (;; key = rb_entry(below, struct hive_key, node)) {
		key->id = ++hive->last_id;
		below = rb_first(&key->keys);
		if (!below)
			break;
	}
	hive->entries += plan->entries;
	hive->bytes += plan->bytes;
}

static int check_contents(const struct hive_contents *contents, struct netlink_ext_ack *extack)
{
	switch (contents->type) {
	case SILO_KEY_TYPE_DWORD:
	case SILO_KEY_TYPE_DWORD_BE:
		if (contents->size == 4)
			return 0;
		NL_SET_ERR_MSG(extack, "a dword has 4 bytes of data");
		return -EINVAL;
	case SILO_KEY_TYPE_QWORD:
		if (contents->size == 8)
			return 0;
		NL_SET_ERR_MSG(extack, "a qword has 8 bytes of data");
		return -EINVAL;
	}
	return 0;
}

/* Set a value and create the keys above it; without @value_text only the keys. Under the lock. */
static int set_locked(struct hive *hive, const char *path, const char *value_text,
		      const struct hive_contents *contents, struct netlink_ext_ack *extack)
{
	struct hive_key *parent = hive->root, *key;
	struct hive_value *old = NULL;
	struct set_plan plan = {};
	struct hive_name name;
	const char *rest = path;
	int ret;

	if (!parent) {
		NL_SET_ERR_MSG(extack, "the silo is being removed");
		return -ESHUTDOWN;
	}
	/* As far as the path exists; @rest is where it does not. */
	for (path = rest; hive_path_next(&path, &name); rest = path) {
		key = find_key(parent, &name);
		if (!key)
			break;
		parent = key;
	}
	ret = plan_keys(&plan, rest);
	if (ret)
		goto err_free;
	if (value_text) {
		name = (struct hive_name){ value_text, strlen(value_text) };
		if (!plan.first)
			old = find_value(parent, &name);
		plan.value = new_value(&name, contents);
		if (!plan.value) {
			ret = -ENOMEM;
			goto err_free;
		}
	}
	ret = check_quota(hive, &plan, old, extack);
	if (ret)
		goto err_free;

	if (!plan.first && !plan.value)
		return 0;
	if (plan.first)
		commit_keys(hive, parent, &plan);
	key = plan.last ?: parent;
	if (plan.value)
		commit_value(hive, key, old, plan.value);
	changed(hive, plan.first ? parent : key);
	return 0;

err_free:
	plan_free(&plan);
	return ret;
}

int hive_set(struct hive *hive, const char *path, const char *value, const struct hive_contents *contents,
	     struct netlink_ext_ack *extack)
{
	int ret = hive_path_check(path, extack);

	if (ret)
		return ret;
	if (value && !*path) {
		NL_SET_ERR_MSG(extack, "the root has no values");
		return -EINVAL;
	}
	if (value) {
		ret = check_contents(contents, extack);
		if (ret)
			return ret;
	}
	down_write(&hive->lock);
	ret = set_locked(hive, path, value, contents, extack);
	up_write(&hive->lock);
	return ret;
}

/* ---- get ---- */

static int copy_contents(const struct hive_value *value, struct hive_contents *contents)
{
	contents->data = kvmalloc(value->size + 1, GFP_KERNEL);
	if (!contents->data)
		return -ENOMEM;
	memcpy(contents->data, value->data, value->size);
	((char *)contents->data)[value->size] = '\0';
	contents->size = value->size;
	contents->type = value->type;
	contents->modified_time = value->modified_time;
	return 0;
}

/* Read a value, or without @value_text ask whether the key exists; then only the time is filled in. */
int hive_get(struct hive *hive, const char *path, const char *value_text, struct hive_contents *contents,
	     struct netlink_ext_ack *extack)
{
	struct hive_key *key;
	int ret = hive_path_check(path, extack);

	if (ret)
		return ret;
	*contents = (struct hive_contents){};
	down_read(&hive->lock);
	key = find_path(hive, path);
	if (!key) {
		NL_SET_ERR_MSG(extack, "there is no such key");
		ret = -ENOENT;
	} else if (value_text) {
		struct hive_name name = { value_text, strlen(value_text) };
		struct hive_value *value = find_value(key, &name);

		ret = value ? copy_contents(value, contents) : -ENOENT;
		if (ret == -ENOENT)
			NL_SET_ERR_MSG(extack, "the key has no such value");
	} else {
		contents->modified_time = key->modified_time;
	}
	up_read(&hive->lock);
	return ret;
}

/* ---- delete ---- */

static int delete_value(struct hive *hive, struct hive_key *key, const char *text, struct netlink_ext_ack *extack)
{
	struct hive_name name = { text, strlen(text) };
	struct hive_value *value = find_value(key, &name);

	if (!value) {
		NL_SET_ERR_MSG(extack, "the key has no such value");
		return -ENOENT;
	}
	unlink_value(hive, key, value);
	changed(hive, key);
	return 0;
}

static int delete_key(struct hive *hive, struct hive_key *key, bool is_recursive, struct netlink_ext_ack *extack)
{
	struct hive_key *parent = key->parent;

	if (!parent && !is_recursive) {
		NL_SET_ERR_MSG(extack, "the root can't be deleted");
		return -EBUSY;
	}
	if (!RB_EMPTY_ROOT(&key->keys) && !is_recursive) {
		NL_SET_ERR_MSG(extack, "the key has keys below it");
		return -ENOTEMPTY;
	}
	unlink_below(hive, key);
	if (parent)
		unlink_key(hive, key);
	changed(hive, parent ?: key);
	return 0;
}

int hive_delete(struct hive *hive, const char *path, const char *value, bool is_recursive,
		struct netlink_ext_ack *extack)
{
	struct hive_key *key;
	int ret = hive_path_check(path, extack);

	if (ret)
		return ret;
	down_write(&hive->lock);
	key = find_path(hive, path);
	if (!key) {
		NL_SET_ERR_MSG(extack, "there is no such key");
		ret = -ENOENT;
	} else if (value) {
		ret = delete_value(hive, key, value, extack);
	} else {
		ret = delete_key(hive, key, is_recursive, extack);
	}
	up_write(&hive->lock);
	return ret;
}

/* ---- by reference ---- */

static struct hive_key *get_key(struct hive_key *key)
{
	if (key)
		refcount_inc(&key->refs);
	return key;
}

/* The counted root, or NULL once the hive is closed. */
struct hive_key *hive_root(struct hive *hive)
{
	struct hive_key *key;

	down_read(&hive->lock);
	key = get_key(hive->root);
	up_read(&hive->lock);
	return key;
}

/* A counted key by its path, or an ERR_PTR. */
struct hive_key *hive_key_lookup(struct hive *hive, const char *path, struct netlink_ext_ack *extack)
{
	struct hive_key *key;
	int ret = hive_path_check(path, extack);

	if (ret)
		return ERR_PTR(ret);
	down_read(&hive->lock);
	key = get_key(find_path(hive, path));
	up_read(&hive->lock);
	if (!key) {
		NL_SET_ERR_MSG(extack, "there is no such key");
		return ERR_PTR(-ENOENT);
	}
	return key;
}

/* The counted key of this name below another, or NULL. */
struct hive_key *hive_key_child(struct hive *hive, struct hive_key *key, const struct hive_name *name)
{
	struct hive_key *child;

	down_read(&hive->lock);
	child = get_key(find_key(key, name));
	up_read(&hive->lock);
	return child;
}

static struct hive_entry value_entry(const struct hive_value *value)
{
	return (struct hive_entry){
		.is_value = true,
		.name = value_name(value),
		.id = value->id,
		.modified_time = value->modified_time,
		.type = value->type,
		.size = value->size,
	};
}

static struct hive_entry key_entry(const struct hive_key *key)
{
	return (struct hive_entry){
		.name = key_name(key),
		.id = key->id,
		.modified_time = key->modified_time,
	};
}

/* Describe a value; the name in @entry is the caller's own @name. */
int hive_value_find(struct hive *hive, struct hive_key *key, const struct hive_name *name,
		    struct hive_entry *entry)
{
	struct hive_value *value;

	down_read(&hive->lock);
	value = find_value(key, name);
	if (value) {
		*entry = value_entry(value);
		entry->name = *name;
	}
	up_read(&hive->lock);
	return value ? 0 : -ENOENT;
}

int hive_value_read(struct hive *hive, struct hive_key *key, const struct hive_name *name,
		    struct hive_contents *contents)
{
	struct hive_value *value;
	int ret;

	down_read(&hive->lock);
	value = find_value(key, name);
	ret = value ? copy_contents(value, contents) : -ENOENT;
	up_read(&hive->lock);
	return ret;
}

/* Whether a key of this name is below @key. For callbacks of a walk, under its lock. */
bool hive_key_has_child(const struct hive_key *key, const struct hive_name *name)
{
	return find_key(key, name);
}

/* Whether an entry comes after another in a listing: keys first, then by name. */
static bool is_after(const struct hive_entry *entry, const struct hive_entry *other)
{
	if (entry->is_value != other->is_value)
		return entry->is_value;
	return hive_name_compare(&entry->name, &other->name) > 0;
}

/* The first node whose entry comes after @after, which is of the same kind. */
static struct rb_node *first_after(const struct rb_root *root, const struct hive_entry *after)
{
	struct rb_node *node = root->rb_node, *best = NULL;

	while (node) {
		struct hive_entry entry = after->is_value ?
			value_entry(rb_entry(node, struct hive_value, node)) :
			key_entry(rb_entry(node, struct hive_key, node));

		if (is_after(&entry, after)) {
			best = node;
			node = node->rb_left;
		} else {
			node = node->rb_right;
		}
	}
	return best;
}

/*
 * hive_key_walk - call @fn for the keys below a key, then for its values, in the order of names
 * @after: begin behind this entry; NULL is from the beginning. Only its kind and name matter.
 *
 * Returns 0 or what @fn returned.
 */
int hive_key_walk(struct hive *hive, struct hive_key *key, const struct hive_entry *after, hive_entry_fn fn,
		  void *data)
{
	struct hive_entry entry;
	struct rb_node *node;
	int ret = 0;

	down_read(&hive->lock);
	if (!after || !after->is_value) {
		node = after ? first_after(&key->keys, after) : rb_first(&key->keys);
		for (; node && !ret; node = rb_next(node)) {
			entry = key_entry(rb_entry(node, struct hive_key, node));
			ret = fn(&entry, data);
		}
		after = NULL;
	}
	node = after ? first_after(&key->values, after) : rb_first(&key->values);
	for (; node && !ret; node = rb_next(node)) {
		entry = value_entry(rb_entry(node, struct hive_value, node));
		ret = fn(&entry, data);
	}
	up_read(&hive->lock);
	return ret;
}
