// SPDX-License-Identifier: GPL-2.0-only
/*
 * silo - netlink: requests about keys
 */
#include <linux/mm.h>
#include <linux/slab.h>

#include "generated/netlink.h"
#include "hive.h"
#include "netlink.h"
#include "silo.h"

static struct silo *lookup(struct nlattr **attrs, struct netlink_ext_ack *extack)
{
	return silo_nl_lookup(attrs[SILO_KEY_A_ID], attrs[SILO_KEY_A_SILO], extack);
}

/* The counted silo whose keys are to be read, or an ERR_PTR. */
static struct silo *lookup_for_read(struct sk_buff *skb, struct nlattr **attrs, struct netlink_ext_ack *extack)
{
	struct silo *silo = lookup(attrs, extack);

	if (!IS_ERR(silo) && !silo_nl_may_read(skb, silo)) {
		NL_SET_ERR_MSG(extack, "reading another silo's keys takes CAP_SYS_ADMIN in the initial user namespace");
		silo_put(silo);
		return ERR_PTR(-EPERM);
	}
	return silo;
}

static struct silo *lookup_for_change(struct sk_buff *skb, struct genl_info *info)
{
	int ret = silo_nl_may_change(skb, info->extack);

	return ret ? ERR_PTR(ret) : lookup(info->attrs, info->extack);
}

/* The path of a request; absent is the root. */
static const char *path_of(struct nlattr **attrs)
{
	return attrs[SILO_KEY_A_PATH] ? nla_data(attrs[SILO_KEY_A_PATH]) : "";
}

static const char *value_of(struct nlattr **attrs)
{
	return attrs[SILO_KEY_A_VALUE] ? nla_data(attrs[SILO_KEY_A_VALUE]) : NULL;
}

int silo_nl_key_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct silo *silo = lookup_for_change(skb, info);
	struct nlattr **attrs = info->attrs;
	struct hive_contents contents = { .type = SILO_KEY_TYPE_STRING };
	struct mem_cgroup *old;
	int ret;

	if (IS_ERR(silo))
		return PTR_ERR(silo);
	if (attrs[SILO_KEY_A_TYPE])
		contents.type = nla_get_u32(attrs[SILO_KEY_A_TYPE]);
	if (attrs[SILO_KEY_A_DATA]) {
		contents.data = nla_data(attrs[SILO_KEY_A_DATA]);
		contents.size = nla_len(attrs[SILO_KEY_A_DATA]);
	}
	old = silo_charge_begin(silo);
	ret = hive_set(&silo->hive, path_of(attrs), value_of(attrs), &contents, info->extack);
	silo_charge_end(old);
	silo_put(silo);
	return ret;
}

static int put_value(struct sk_buff *skb, struct nlattr **attrs, const struct hive_contents *contents)
{
	if (nla_put_string(skb, SILO_KEY_A_PATH, path_of(attrs)) ||
	    nla_put_u64_64bit(skb, SILO_KEY_A_MODIFIED_TIME, contents->modified_time, SILO_KEY_A_PAD))
		return -EMSGSIZE;
	if (!attrs[SILO_KEY_A_VALUE])
		return 0;
	if (nla_put_string(skb, SILO_KEY_A_VALUE, value_of(attrs)) ||
	    nla_put_u32(skb, SILO_KEY_A_TYPE, contents->type) ||
	    nla_put(skb, SILO_KEY_A_DATA, contents->size, contents->data))
		return -EMSGSIZE;
	return 0;
}

int silo_nl_key_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct silo *silo = lookup_for_read(skb, info->attrs, info->extack);
	struct hive_contents contents;
	struct sk_buff *reply;
	void *header;
	int ret;

	if (IS_ERR(silo))
		return PTR_ERR(silo);
	ret = hive_get(&silo->hive, path_of(info->attrs), value_of(info->attrs), &contents, info->extack);
	silo_put(silo);
	if (ret)
		return ret;
	ret = -ENOMEM;
	reply = silo_nl_reply(info, 128 + SILO_KEY_PATH_MAX + SILO_KEY_VALUE_NAME_MAX + contents.size, &header);
	if (!reply)
		goto out_free;
	ret = put_value(reply, info->attrs, &contents);
	if (ret) {
		nlmsg_free(reply);
		goto out_free;
	}
	genlmsg_end(reply, header);
	ret = genlmsg_reply(reply, info);

out_free:
	kvfree(contents.data);
	return ret;
}

int silo_nl_key_delete_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct silo *silo = lookup_for_change(skb, info);
	struct nlattr **attrs = info->attrs;
	int ret;

	if (IS_ERR(silo))
		return PTR_ERR(silo);
	ret = hive_delete(&silo->hive, path_of(attrs), value_of(attrs), attrs[SILO_KEY_A_RECURSIVE], info->extack);
	silo_put(silo);
	return ret;
}

/* ---- list ---- */

/*
 * The state of a listing. It goes on by name, not by place, so a change in
 * between loses or repeats nothing that was there all the time; cb->seq tells
 * the reader that there was a change.
 */
struct key_dump {
	struct silo *silo;
	struct hive_key *key;
	bool has_last;
	struct hive_entry last;
	char last_name[SILO_KEY_VALUE_NAME_MAX];
	/* of the message that is being filled: */
	struct sk_buff *skb;
	struct netlink_callback *cb;
};

int silo_nl_key_list_start(struct netlink_callback *cb)
{
	struct nlattr **attrs = genl_dumpit_info(cb)->attrs;
	struct silo *silo = lookup_for_read(cb->skb, attrs, cb->extack);
	struct key_dump *dump;

	if (IS_ERR(silo))
		return PTR_ERR(silo);
	dump = kzalloc(sizeof(*dump), GFP_KERNEL);
	if (!dump) {
		silo_put(silo);
		return -ENOMEM;
	}
	dump->silo = silo;
	dump->key = hive_key_lookup(&silo->hive, path_of(attrs), cb->extack);
	if (IS_ERR(dump->key)) {
		int ret = PTR_ERR(dump->key);

		silo_put(silo);
		kfree(dump);
		return ret;
	}
	cb->args[0] = (long)dump;
	return 0;
}

static int put_entry(struct sk_buff *skb, const struct hive_entry *entry)
{
	int name_attr = entry->is_value ? SILO_KEY_A_VALUE : SILO_KEY_A_PATH;
	struct nlattr *attr;

	if (nla_put_u32(skb, SILO_KEY_A_ENTRY, entry->is_value ? SILO_KEY_ENTRY_VALUE : SILO_KEY_ENTRY_KEY) ||
	    nla_put_u64_64bit(skb, SILO_KEY_A_MODIFIED_TIME, entry->modified_time, SILO_KEY_A_PAD))
		return -EMSGSIZE;
	attr = nla_reserve(skb, name_attr, entry->name.size + 1);
	if (!attr)
		return -EMSGSIZE;
	memcpy(nla_data(attr), entry->name.text, entry->name.size);
	((char *)nla_data(attr))[entry->name.size] = '\0';
	if (entry->is_value &&
	    (nla_put_u32(skb, SILO_KEY_A_TYPE, entry->type) || nla_put_u32(skb, SILO_KEY_A_SIZE, entry->size)))
		return -EMSGSIZE;
	return 0;
}

/* Under the hive's lock. Remembers the entry once it is in the message. */
static int dump_entry(const struct hive_entry *entry, void *data)
{
	struct key_dump *dump = data;
	void *header = genlmsg_put(dump->skb, NETLINK_CB(dump->cb->skb).portid, dump->cb->nlh->nlmsg_seq,
				   &silo_nl_family, NLM_F_MULTI, SILO_CMD_KEY_LIST);

	if (!header)
		return -EMSGSIZE;
	genl_dump_check_consistent(dump->cb, header);
	if (put_entry(dump->skb, entry)) {
		genlmsg_cancel(dump->skb, header);
		return -EMSGSIZE;
	}
	genlmsg_end(dump->skb, header);

	memcpy(dump->last_name, entry->name.text, entry->name.size);
	dump->last = *entry;
	dump->last.name.text = dump->last_name;
	dump->has_last = true;
	return 0;
}

int silo_nl_key_list_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct key_dump *dump = (struct key_dump *)cb->args[0];
	int ret;

	dump->skb = skb;
	dump->cb = cb;
	cb->seq = hive_generation(&dump->silo->hive);
	/* The walk has found its place before dump_entry() overwrites what it begins behind. */
	ret = hive_key_walk(&dump->silo->hive, dump->key, dump->has_last ? &dump->last : NULL, dump_entry, dump);
	/* A single entry always fits into an empty message. */
	return skb->len ? skb->len : ret;
}

int silo_nl_key_list_done(struct netlink_callback *cb)
{
	struct key_dump *dump = (struct key_dump *)cb->args[0];

	if (dump) {
		hive_key_put(dump->key);
		silo_put(dump->silo);
		kfree(dump);
	}
	return 0;
}
