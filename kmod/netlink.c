// SPDX-License-Identifier: GPL-2.0-only
/*
 * silo - netlink: the family, who may ask what, and which silo a request names
 *
 * The one place that decides what a caller sees: silo_nl_lookup() through
 * silo_view_sees(). A process in no silo sees all; a process in a silo sees
 * that silo alone.
 *
 * Owns: the generic netlink family and the watch over owners' sockets.
 * Locks: none held over a handler; handlers run in parallel.
 */
#include <linux/capability.h>
#include <linux/module.h>
#include <linux/netlink.h>
#include <linux/notifier.h>

#include "generated/netlink.h"
#include "membership.h"
#include "netlink.h"
#include "silo.h"
#include "table.h"
#include "teardown.h"
#include "view.h"

struct genl_family silo_nl_family __ro_after_init = {
	.name = SILO_GENL_NAME,
	.version = SILO_GENL_VERSION,
	.module = THIS_MODULE,
	.netnsok = true,
	.parallel_ops = true,
	.ops = silo_nl_ops,
	.n_ops = SILO_NL_OPS_COUNT,
	.resv_start_op = SILO_CMD_CREATE,
	.mcgrps = silo_nl_mcgrps,
	.n_mcgrps = SILO_NL_MCGRPS_COUNT,
};

/* A closed socket takes the silos with it that it owns. */
static int socket_released(struct notifier_block *block, unsigned long event, void *data)
{
	const struct netlink_notify *notify = data;
	struct silo *silo;
	u64 id = 0;

	if (event != NETLINK_URELEASE || notify->protocol != NETLINK_GENERIC || !silo_table_count())
		return NOTIFY_DONE;
	while ((silo = silo_table_next(id))) {
		id = silo->id;
		if (silo->flags & SILO_FLAG_OWNED && silo->owner_portid == notify->portid &&
		    silo->owner_net == notify->net)
			silo_abandon(silo);
		silo_put(silo);
	}
	return NOTIFY_DONE;
}

static struct notifier_block socket_notifier = {
	.notifier_call = socket_released,
};

int silo_nl_init(void)
{
	int ret = netlink_register_notifier(&socket_notifier);

	if (ret)
		return ret;
	ret = genl_register_family(&silo_nl_family);
	if (ret)
		netlink_unregister_notifier(&socket_notifier);
	return ret;
}

void silo_nl_exit(void)
{
	genl_unregister_family(&silo_nl_family);
	netlink_unregister_notifier(&socket_notifier);
}

/* Whether the sender may change silos. Both it and whoever opened the socket must have the right. */
int silo_nl_may_change(struct sk_buff *skb, struct netlink_ext_ack *extack)
{
	struct silo *view = silo_of_current();
	bool is_host = view == silo_host;

	silo_put(view);
	if (!is_host) {
		NL_SET_ERR_MSG(extack, "a process inside a silo can't change silos");
		return -EPERM;
	}
	if (!netlink_capable(skb, CAP_SYS_ADMIN)) {
		NL_SET_ERR_MSG(extack, "this takes CAP_SYS_ADMIN in the initial user namespace");
		return -EPERM;
	}
	return 0;
}

/* Whether the sender may read what a silo keeps to itself: its spec and keys. */
bool silo_nl_may_read(struct sk_buff *skb, const struct silo *silo)
{
	struct silo *view = silo_of_current();
	bool is_own = view == silo && view != silo_host;

	silo_put(view);
	return is_own || netlink_capable(skb, CAP_SYS_ADMIN);
}

bool silo_view_sees(const struct silo *view, const struct silo *silo)
{
	return view == silo_host || view == silo;
}

/* The counted silo that a request names by just one of id and name, or an ERR_PTR. */
struct silo *silo_nl_lookup(const struct nlattr *id, const struct nlattr *name, struct netlink_ext_ack *extack)
{
	struct silo *view, *silo;

	if (!id == !name) {
		NL_SET_ERR_MSG(extack, "name the silo by either id or name");
		return ERR_PTR(-EINVAL);
	}
	if (name)
		silo = silo_table_lookup_name(nla_data(name));
	else if (nla_get_u64(id))
		silo = silo_table_lookup_id(nla_get_u64(id));
	else
		silo = silo_get(silo_host);

	view = silo_of_current();
	if (silo && !silo_view_sees(view, silo)) {
		silo_put(silo);
		silo = NULL;
	}
	silo_put(view);
	if (!silo) {
		NL_SET_ERR_MSG(extack, "there is no such silo");
		return ERR_PTR(-ENOENT);
	}
	return silo;
}

/* A reply to fill, with its header at *@header; NULL without memory. */
struct sk_buff *silo_nl_reply(struct genl_info *info, size_t size, void **header)
{
	struct sk_buff *reply = genlmsg_new(size, GFP_KERNEL);

	if (!reply)
		return NULL;
	*header = genlmsg_put_reply(reply, info, &silo_nl_family, 0, info->genlhdr->cmd);
	if (!*header) {
		nlmsg_free(reply);
		return NULL;
	}
	return reply;
}
