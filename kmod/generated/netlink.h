/* SPDX-License-Identifier: GPL-2.0-only */
/* Do not edit directly, made by kmod/silo-gen.py from kmod/silo.yaml */
#ifndef _SILO_GENERATED_NETLINK_H
#define _SILO_GENERATED_NETLINK_H

#include <net/genetlink.h>
#include <net/netlink.h>

#include <linux/silo.h>

#define SILO_NL_OPS_COUNT 12

enum {
	SILO_NL_MCGRP_LIFECYCLE,
	SILO_NL_MCGRPS_COUNT
};

extern const struct genl_ops silo_nl_ops[SILO_NL_OPS_COUNT];
extern const struct genl_multicast_group silo_nl_mcgrps[SILO_NL_MCGRPS_COUNT];

int silo_nl_create_doit(struct sk_buff *skb, struct genl_info *info);
int silo_nl_get_doit(struct sk_buff *skb, struct genl_info *info);
int silo_nl_get_start(struct netlink_callback *cb);
int silo_nl_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int silo_nl_get_done(struct netlink_callback *cb);
int silo_nl_set_doit(struct sk_buff *skb, struct genl_info *info);
int silo_nl_start_doit(struct sk_buff *skb, struct genl_info *info);
int silo_nl_signal_doit(struct sk_buff *skb, struct genl_info *info);
int silo_nl_terminate_doit(struct sk_buff *skb, struct genl_info *info);
int silo_nl_remove_doit(struct sk_buff *skb, struct genl_info *info);
int silo_nl_members_start(struct netlink_callback *cb);
int silo_nl_members_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int silo_nl_members_done(struct netlink_callback *cb);
int silo_nl_key_set_doit(struct sk_buff *skb, struct genl_info *info);
int silo_nl_key_get_doit(struct sk_buff *skb, struct genl_info *info);
int silo_nl_key_delete_doit(struct sk_buff *skb, struct genl_info *info);
int silo_nl_key_list_start(struct netlink_callback *cb);
int silo_nl_key_list_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int silo_nl_key_list_done(struct netlink_callback *cb);

#endif
