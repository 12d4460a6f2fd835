/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * silo - netlink: what the request handlers share
 */
#ifndef _SILO_NETLINK_H
#define _SILO_NETLINK_H

#include <net/genetlink.h>

struct silo;

extern struct genl_family silo_nl_family;

int silo_nl_init(void);
void silo_nl_exit(void);

int silo_nl_may_change(struct sk_buff *skb, struct netlink_ext_ack *extack);
bool silo_nl_may_read(struct sk_buff *skb, const struct silo *silo);
struct silo *silo_nl_lookup(const struct nlattr *id, const struct nlattr *name, struct netlink_ext_ack *extack);
struct sk_buff *silo_nl_reply(struct genl_info *info, size_t size, void **header);

#endif
