// SPDX-License-Identifier: GPL-2.0-only
/*
 * silo - netlink: the listing of a silo's processes
 *
 * The whole listing is taken at its start, so it shows one moment.
 */
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/slab.h>

#include "generated/netlink.h"
#include "membership.h"
#include "netlink.h"
#include "silo.h"

struct member_dump {
	struct silo_member_list list;
	size_t next;
};

int silo_nl_members_start(struct netlink_callback *cb)
{
	struct nlattr **attrs = genl_dumpit_info(cb)->attrs;
	struct silo *silo = silo_nl_lookup(attrs[SILO_MEMBER_A_ID], attrs[SILO_MEMBER_A_NAME], cb->extack);
	struct member_dump *dump;
	int ret = -ENOMEM;

	if (IS_ERR(silo))
		return PTR_ERR(silo);
	dump = kzalloc(sizeof(*dump), GFP_KERNEL);
	if (dump)
		ret = silo_member_list_fill(&dump->list, silo);
	if (ret)
		kfree(dump);
	else
		cb->args[0] = (long)dump;
	silo_put(silo);
	return ret;
}

/* The number of a process as it sees itself. */
static u32 inner_nr(struct pid *pid)
{
	return pid_nr_ns(pid, ns_of_pid(pid));
}

static int put_member(struct sk_buff *skb, const struct silo_member *member)
{
	struct pid_namespace *ns = task_active_pid_ns(current);

	if (nla_put_u64_64bit(skb, SILO_MEMBER_A_ID, member->silo_id, SILO_MEMBER_A_PAD) ||
	    nla_put_u32(skb, SILO_MEMBER_A_PID, pid_nr_ns(member->pid, ns)) ||
	    nla_put_u32(skb, SILO_MEMBER_A_INNER_PID, inner_nr(member->pid)) ||
	    nla_put_u32(skb, SILO_MEMBER_A_PPID, member->parent ? pid_nr_ns(member->parent, ns) : 0) ||
	    nla_put_string(skb, SILO_MEMBER_A_COMM, member->comm))
		return -EMSGSIZE;
	return 0;
}

int silo_nl_members_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct member_dump *dump = (struct member_dump *)cb->args[0];

	for (; dump->next < dump->list.count; dump->next++) {
		void *header = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq, &silo_nl_family,
					   NLM_F_MULTI, SILO_CMD_MEMBERS);

		if (!header)
			break;
		if (put_member(skb, &dump->list.members[dump->next])) {
			genlmsg_cancel(skb, header);
			break;
		}
		genlmsg_end(skb, header);
	}
	return skb->len;
}

int silo_nl_members_done(struct netlink_callback *cb)
{
	struct member_dump *dump = (struct member_dump *)cb->args[0];

	if (dump) {
		silo_member_list_free(&dump->list);
		kfree(dump);
	}
	return 0;
}
