// SPDX-License-Identifier: GPL-2.0-only
/*
 * silo - event: tells listeners what happens to silos
 *
 * Owns: the number of the last event. An event that can't be sent still takes
 * a number, so that listeners see that they have missed one.
 * Locks: event_lock, innermost: it makes the order of numbers that of messages.
 */
#include <linux/mutex.h>
#include <net/genetlink.h>

#include "event.h"
#include "generated/netlink.h"
#include "netlink.h"
#include "silo.h"

static DEFINE_MUTEX(event_lock);
static u64 last_sequence;	/* under event_lock */

static int fill(struct sk_buff *skb, const struct silo *silo, u32 kind, u64 sequence)
{
	bool has_ended = kind == SILO_EVENT_KIND_STOPPED || kind == SILO_EVENT_KIND_REMOVED;
	void *header = genlmsg_put(skb, 0, 0, &silo_nl_family, 0, SILO_CMD_EVENT);

	if (!header ||
	    nla_put_u64_64bit(skb, SILO_EVENT_A_SEQUENCE, sequence, SILO_EVENT_A_PAD) ||
	    nla_put_u64_64bit(skb, SILO_EVENT_A_TIME, ktime_get_real_ns(), SILO_EVENT_A_PAD) ||
	    nla_put_u32(skb, SILO_EVENT_A_KIND, kind) ||
	    nla_put_u64_64bit(skb, SILO_EVENT_A_ID, silo->id, SILO_EVENT_A_PAD) ||
	    nla_put_string(skb, SILO_EVENT_A_NAME, silo->name) ||
	    (has_ended && nla_put_u32(skb, SILO_EVENT_A_ENDED_BY, silo->ended_by)) ||
	    (has_ended && silo->has_exit_status &&
	     nla_put_u32(skb, SILO_EVENT_A_EXIT_STATUS, silo->exit_status)))
		return -EMSGSIZE;
	genlmsg_end(skb, header);
	return 0;
}

/* Send an event to the listeners. Sleeps; the state of the silo must not change meanwhile. */
void silo_event_emit(const struct silo *silo, u32 kind)
{
	struct sk_buff *skb;

	mutex_lock(&event_lock);
	last_sequence++;
	if (!genl_has_listeners(&silo_nl_family, &init_net, SILO_NL_MCGRP_LIFECYCLE))
		goto out_unlock;
	skb = genlmsg_new(NLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!skb)
		goto out_unlock;
	if (fill(skb, silo, kind, last_sequence))
		nlmsg_free(skb);
	else
		genlmsg_multicast_netns(&silo_nl_family, &init_net, skb, 0, SILO_NL_MCGRP_LIFECYCLE, GFP_KERNEL);

out_unlock:
	mutex_unlock(&event_lock);
}
