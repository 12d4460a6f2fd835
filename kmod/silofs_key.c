// SPDX-License-Identifier: GPL-2.0-only
/*
 * silofs - keys: keys as directories, values as files
 *
 * A name becomes a file name by writing '/' as %2F and '%' as %25; names that
 * a directory can't have begin escaped ("." as %2E, "@" as %40). "@" is the default value; a value whose name
 * a key has too gets "%val" behind it. Names that would grow beyond what a
 * file name can be are not shown.
 *
 * Strings and numbers are text with a newline behind, strings of a multi-string a line each; all
 * else is the raw bytes.
 */
#include <asm/unaligned.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "silo.h"
#include "silofs_internal.h"

#define VALUE_SUFFIX "%val"

/* ---- names ---- */

static bool is_reserved(const struct hive_name *name)
{
	return name->size <= 2 && (!strncmp(name->text, ".", name->size) || !strncmp(name->text, "..", name->size) ||
				   !strncmp(name->text, "@", name->size));
}

/* The file name of a key or value; -ENAMETOOLONG if it has none. */
static int encode(const struct hive_name *name, bool is_value, bool has_suffix, char *out)
{
	size_t i, used = 0;

	if (is_value && !name->size)
		return strscpy(out, has_suffix ? "@" VALUE_SUFFIX : "@", NAME_MAX + 1) < 0 ? -ENAMETOOLONG : 0;
	for (i = 0; i < name->size; i++) {
		char c = name->text[i];
		bool is_escaped = c == '/' || c == '%' || (i == 0 && is_reserved(name));

		if (used + (is_escaped ? 3 : 1) > NAME_MAX)
			return -ENAMETOOLONG;
		if (is_escaped)
			used += sprintf(out + used, "%%%02X", c);
		else
			out[used++] = c;
	}
	if (has_suffix) {
		if (used + strlen(VALUE_SUFFIX) > NAME_MAX)
			return -ENAMETOOLONG;
		memcpy(out + used, VALUE_SUFFIX, strlen(VALUE_SUFFIX));
		used += strlen(VALUE_SUFFIX);
	}
	out[used] = '\0';
	return 0;
}

/* The name that a file name stands for; false if it stands for none. */
static bool decode(const char *text, size_t size, char *out, size_t *out_size)
{
	size_t i;

	for (i = 0, *out_size = 0; i < size; i++) {
		int high, low;

		if (text[i] != '%') {
			out[(*out_size)++] = text[i];
			continue;
		}
		if (i + 2 >= size)
			return false;
		high = hex_to_bin(text[i + 1]);
		low = hex_to_bin(text[i + 2]);
		if (high < 0 || low < 0 || !(high | low))
			return false;
		out[(*out_size)++] = high << 4 | low;
		i += 2;
	}
	return true;
}

/* ---- lookup ---- */

static struct silofs_node *key_node(const struct silofs_node *dir, const struct hive_name *name)
{
	struct hive_key *key = hive_key_child(&dir->silo->hive, dir->key, name);
	struct silofs_node *node;

	if (!key)
		return ERR_PTR(-ENOENT);
	node = silofs_node_alloc(SILOFS_KEY, dir->silo, key->id);
	if (!node) {
		hive_key_put(key);
		return ERR_PTR(-ENOMEM);
	}
	node->key = key;
	return node;
}

static struct silofs_node *value_node(const struct silofs_node *dir, const struct hive_name *name)
{
	struct hive_entry entry;
	struct silofs_node *node;

	if (hive_value_find(&dir->silo->hive, dir->key, name, &entry))
		return ERR_PTR(-ENOENT);
	node = silofs_node_alloc(SILOFS_VALUE, dir->silo, entry.id);
	if (!node)
		return ERR_PTR(-ENOMEM);
	node->value_name.size = name->size;
	node->value_name.text = kmemdup(name->text, max_t(size_t, name->size, 1), GFP_KERNEL_ACCOUNT);
	if (!node->value_name.text) {
		silofs_node_free(node);
		return ERR_PTR(-ENOMEM);
	}
	refcount_inc(&dir->key->refs);
	node->key = dir->key;
	return node;
}

static bool has_suffix(const char *text, size_t size)
{
	size_t suffix = strlen(VALUE_SUFFIX);

	return size > suffix && !strncasecmp(text + size - suffix, VALUE_SUFFIX, suffix);
}

/* A new node for a name in a key's directory, or an ERR_PTR. */
struct silofs_node *silofs_key_lookup(const struct silofs_node *dir, const char *text, size_t size)
{
	bool is_value = has_suffix(text, size);
	struct silofs_node *node = ERR_PTR(-ENOENT);
	struct hive_name name;
	char *decoded;

	if (is_value)
		size -= strlen(VALUE_SUFFIX);
	if (size == 1 && text[0] == '@')
		return value_node(dir, &(struct hive_name){ "", 0 });

	decoded = kmalloc(NAME_MAX + 1, GFP_KERNEL);
	if (!decoded)
		return ERR_PTR(-ENOMEM);
	if (decode(text, size, decoded, &name.size)) {
		name.text = decoded;
		if (!is_value)
			node = key_node(dir, &name);
		if (IS_ERR(node) && PTR_ERR(node) == -ENOENT)
			node = value_node(dir, &name);
	}
	kfree(decoded);
	return node;
}

/* ---- listing ---- */

struct list_walk {
	const struct silofs_node *dir;
	struct silofs_listing *listing;
	char name[NAME_MAX + 1];
};

/* Under the hive's lock. */
static int list_entry_fn(const struct hive_entry *entry, void *data)
{
	struct list_walk *walk = data;
	enum silofs_kind kind = entry->is_value ? SILOFS_VALUE : SILOFS_KEY;
	bool is_ambiguous = entry->is_value && hive_key_has_child(walk->dir->key, &entry->name);

	if (encode(&entry->name, entry->is_value, is_ambiguous, walk->name))
		return 0;
	return silofs_listing_add(walk->listing, walk->name, silofs_ino(walk->dir->silo, kind, entry->id),
				  entry->is_value ? DT_REG : DT_DIR);
}

int silofs_key_list(const struct silofs_node *dir, struct silofs_listing *listing)
{
	struct list_walk *walk = kmalloc(sizeof(*walk), GFP_KERNEL);
	int ret;

	if (!walk)
		return -ENOMEM;
	walk->dir = dir;
	walk->listing = listing;
	ret = hive_key_walk(&dir->silo->hive, dir->key, NULL, list_entry_fn, walk);
	kfree(walk);
	return ret;
}

/* ---- contents ---- */

static int number_text(u64 number, char **text, size_t *size)
{
	*text = kasprintf(GFP_KERNEL, "%llu\n", number);
	if (!*text)
		return -ENOMEM;
	*size = strlen(*text);
	return 0;
}

/* A string with a newline behind; the copy has room for it. */
static void string_text(struct hive_contents *contents, char **text, size_t *size)
{
	*text = contents->data;
	(*text)[contents->size] = '\n';
	*size = contents->size + 1;
	contents->data = NULL;
}

/* Each NUL ends a line. A last string without one gets a newline as well. */
static void lines_text(struct hive_contents *contents, char **text, size_t *size)
{
	u32 i;

	*text = contents->data;
	*size = contents->size;
	for (i = 0; i < contents->size; i++)
		if (!(*text)[i])
			(*text)[i] = '\n';
	if (contents->size && (*text)[contents->size - 1] != '\n')
		(*text)[(*size)++] = '\n';
	contents->data = NULL;
}

int silofs_value_show(const struct silofs_node *node, char **text, size_t *size)
{
	struct hive_contents contents = {};
	int ret = hive_value_read(&node->silo->hive, node->key, &node->value_name, &contents);

	if (ret)
		return ret == -ENOENT ? -ENODEV : ret;
	switch (contents.type) {
	case SILO_KEY_TYPE_STRING:
	case SILO_KEY_TYPE_EXPAND_STRING:
	case SILO_KEY_TYPE_LINK:
		string_text(&contents, text, size);
		break;
	case SILO_KEY_TYPE_MULTI_STRING:
		lines_text(&contents, text, size);
		break;
	case SILO_KEY_TYPE_DWORD:
		ret = number_text(get_unaligned_le32(contents.data), text, size);
		break;
	case SILO_KEY_TYPE_DWORD_BE:
		ret = number_text(get_unaligned_be32(contents.data), text, size);
		break;
	case SILO_KEY_TYPE_QWORD:
		ret = number_text(get_unaligned_le64(contents.data), text, size);
		break;
	default:
		*text = contents.data;
		*size = contents.size;
		contents.data = NULL;
	}
	kvfree(contents.data);
	return ret;
}
