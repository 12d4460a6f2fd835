// SPDX-License-Identifier: GPL-2.0-only
/*
 * silo - netlink: requests about silos
 *
 * Handlers check the right, find the silo, call one function of it and fill
 * the reply. Descriptors are resolved here, in the sender's context.
 */
#include <linux/cgroup.h>
#include <linux/nsproxy.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/slab.h>

#include "generated/netlink.h"
#include "membership.h"
#include "netlink.h"
#include "resources.h"
#include "silo.h"
#include "table.h"
#include "teardown.h"
#include "view.h"

/* Room for everything in a description but the spec and the cgroup's path. */
#define INFO_SIZE 1024

int silo_nl_create_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct silo_create_request request = {
		.owner_net = genl_info_net(info),
		.owner_portid = info->snd_portid,
	};
	struct nlattr **attrs = info->attrs;
	struct sk_buff *reply;
	struct silo *silo;
	u32 program_fd;
	void *header;
	int ret = silo_nl_may_change(skb, info->extack);

	if (ret)
		return ret;
	if (!attrs[SILO_A_CGROUP_FD]) {
		NL_SET_ERR_MSG(info->extack, "create needs cgroup-fd");
		return -EINVAL;
	}
	request.cgroup_fd = nla_get_u32(attrs[SILO_A_CGROUP_FD]);
	if (attrs[SILO_A_PROGRAM_FD]) {
		program_fd = nla_get_u32(attrs[SILO_A_PROGRAM_FD]);
		request.program_fd = &program_fd;
	}
	if (attrs[SILO_A_NAME])
		request.name = nla_data(attrs[SILO_A_NAME]);
	if (attrs[SILO_A_SPEC])
		request.spec = nla_data(attrs[SILO_A_SPEC]);
	if (attrs[SILO_A_ISOLATION])
		request.isolation = nla_get_u32(attrs[SILO_A_ISOLATION]);
	if (attrs[SILO_A_FLAGS])
		request.flags = nla_get_u32(attrs[SILO_A_FLAGS]);

	/* First, so that nothing can fail once the silo is there. */
	reply = silo_nl_reply(info, NLMSG_DEFAULT_SIZE, &header);
	if (!reply)
		return -ENOMEM;
	silo = silo_create(&request, info->extack);
	if (IS_ERR(silo)) {
		nlmsg_free(reply);
		return PTR_ERR(silo);
	}
	WARN_ON_ONCE(nla_put_u64_64bit(reply, SILO_A_ID, silo->id, SILO_A_PAD) ||
		     nla_put_string(reply, SILO_A_NAME, silo->name));
	silo_put(silo);
	genlmsg_end(reply, header);
	return genlmsg_reply(reply, info);
}

/* ---- get ---- */

static int put_cgroup(struct sk_buff *skb, const struct silo *silo)
{
	char *path;
	int ret;

	if (!silo->cgroup)
		return 0;
	path = kmalloc(PATH_MAX, GFP_KERNEL);
	if (!path)
		return -ENOMEM;
	ret = cgroup_path_ns(silo->cgroup, path, PATH_MAX, current->nsproxy->cgroup_ns);
	ret = ret < 0 ? 0 : nla_put_string(skb, SILO_A_CGROUP, path);
	kfree(path);
	return ret ?: nla_put_u64_64bit(skb, SILO_A_CGROUP_ID, cgroup_id(silo->cgroup), SILO_A_PAD);
}

static int put_ns(struct sk_buff *skb, const struct silo_resources *resources)
{
	struct nlattr *nest;
	int i;

	for (i = 0; i < SILO_NS_KINDS; i++) {
		if (!resources->ns[i])
			continue;
		nest = nla_nest_start(skb, SILO_A_NS);
		if (!nest ||
		    nla_put_u32(skb, SILO_NS_A_TYPE, silo_resources_ns_type(resources->ns[i])) ||
		    nla_put_u32(skb, SILO_NS_A_INUM, silo_resources_ns_inum(resources->ns[i])))
			return -EMSGSIZE;
		nla_nest_end(skb, nest);
	}
	return 0;
}

/* What changes in the life of a silo. */
static int put_life(struct sk_buff *skb, struct silo *silo)
{
	u32 init_pid = silo->init.pid ? pid_nr_ns(silo->init.pid, task_active_pid_ns(current)) : 0;

	lockdep_assert_held(&silo->lock);

	if (nla_put_u32(skb, SILO_A_STATE, silo->state) ||
	    nla_put_u32(skb, SILO_A_ENDED_BY, silo->ended_by) ||
	    (init_pid && nla_put_u32(skb, SILO_A_INIT_PID, init_pid)) ||
	    (silo->has_exit_status && nla_put_u32(skb, SILO_A_EXIT_STATUS, silo->exit_status)) ||
	    (silo->started_time &&
	     nla_put_u64_64bit(skb, SILO_A_STARTED_TIME, silo->started_time, SILO_A_PAD)) ||
	    (silo->stopped_time &&
	     nla_put_u64_64bit(skb, SILO_A_STOPPED_TIME, silo->stopped_time, SILO_A_PAD)))
		return -EMSGSIZE;
	return put_ns(skb, &silo->resources);
}

static int put_silo(struct sk_buff *skb, struct silo *silo, bool may_read, bool count_members)
{
	int ret;

	if (nla_put_u64_64bit(skb, SILO_A_ID, silo->id, SILO_A_PAD) ||
	    nla_put_string(skb, SILO_A_NAME, silo->name) ||
	    nla_put(skb, SILO_A_UUID, sizeof(silo->uuid), &silo->uuid) ||
	    nla_put_u64_64bit(skb, SILO_A_PARENT, silo->parent_id, SILO_A_PAD) ||
	    nla_put_u32(skb, SILO_A_ISOLATION, silo->isolation) ||
	    nla_put_u32(skb, SILO_A_FLAGS, silo->flags) ||
	    nla_put_u64_64bit(skb, SILO_A_CREATED_TIME, silo->created_time, SILO_A_PAD) ||
	    nla_put_u32(skb, SILO_A_KEYS, READ_ONCE(silo->hive.entries)) ||
	    nla_put_u64_64bit(skb, SILO_A_KEY_BYTES, READ_ONCE(silo->hive.bytes), SILO_A_PAD) ||
	    (may_read && silo->spec && nla_put_string(skb, SILO_A_SPEC, silo->spec)) ||
	    (count_members && nla_put_u32(skb, SILO_A_MEMBERS, silo_count_members(silo))))
		return -EMSGSIZE;
	ret = put_cgroup(skb, silo);
	if (ret)
		return ret;
	mutex_lock(&silo->lock);
	ret = put_life(skb, silo);
	mutex_unlock(&silo->lock);
	return ret;
}

/* The counted silo that a process belongs to, as far as the caller sees it, or an ERR_PTR. */
static struct silo *lookup_by_pid(const struct nlattr *attr, struct netlink_ext_ack *extack)
{
	struct pid *pid = find_get_pid(nla_get_u32(attr));
	struct silo *silo = pid ? silo_of_pid(pid) : NULL;
	struct silo *view;

	put_pid(pid);
	if (!silo) {
		NL_SET_ERR_MSG_ATTR(extack, attr, "there is no such process");
		return ERR_PTR(-ESRCH);
	}
	view = silo_of_current();
	if (!silo_view_sees(view, silo)) {
		NL_SET_ERR_MSG_ATTR(extack, attr, "the process is in no silo that can be seen from here");
		silo_put(silo);
		silo = ERR_PTR(-ENOENT);
	}
	silo_put(view);
	return silo;
}

static struct silo *lookup_for_get(struct genl_info *info)
{
	struct nlattr **attrs = info->attrs;

	if (!attrs[SILO_A_PID])
		return silo_nl_lookup(attrs[SILO_A_ID], attrs[SILO_A_NAME], info->extack);
	if (attrs[SILO_A_ID] || attrs[SILO_A_NAME]) {
		NL_SET_ERR_MSG(info->extack, "name the silo by one of id, name and pid");
		return ERR_PTR(-EINVAL);
	}
	return lookup_by_pid(attrs[SILO_A_PID], info->extack);
}

int silo_nl_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct silo *silo = lookup_for_get(info);
	struct sk_buff *reply;
	void *header;
	int ret;

	if (IS_ERR(silo))
		return PTR_ERR(silo);
	ret = -ENOMEM;
	reply = silo_nl_reply(info, INFO_SIZE + PATH_MAX + (silo->spec ? strlen(silo->spec) : 0), &header);
	if (!reply)
		goto out_put;
	ret = put_silo(reply, silo, silo_nl_may_read(skb, silo), info->attrs[SILO_A_COUNT_MEMBERS]);
	if (ret) {
		nlmsg_free(reply);
		goto out_put;
	}
	genlmsg_end(reply, header);
	ret = genlmsg_reply(reply, info);

out_put:
	silo_put(silo);
	return ret;
}

/*
 * The state of a listing, in cb->args: the view it was begun with, the last id
 * that was sent, and whether members are to be counted.
 */
struct silo_dump {
	struct silo *view;
	u64 last_id;
	bool may_read;
	bool count_members;
};

static struct silo_dump *dump_of(struct netlink_callback *cb)
{
	BUILD_BUG_ON(sizeof(struct silo_dump *) > sizeof(cb->args[0]));
	return (struct silo_dump *)cb->args[0];
}

int silo_nl_get_start(struct netlink_callback *cb)
{
	struct silo_dump *dump = kzalloc(sizeof(*dump), GFP_KERNEL);

	if (!dump)
		return -ENOMEM;
	dump->view = silo_of_current();
	dump->may_read = silo_nl_may_read(cb->skb, dump->view);
	dump->count_members = genl_dumpit_info(cb)->attrs[SILO_A_COUNT_MEMBERS];
	cb->args[0] = (long)dump;
	/* A description must fit into one message, spec and all. */
	cb->min_dump_alloc = INFO_SIZE + PATH_MAX + SILO_SPEC_MAX;
	return 0;
}

/* The counted next silo of a listing, or NULL. */
static struct silo *dump_next(struct silo_dump *dump)
{
	struct silo *silo;
	u64 id = dump->last_id;

	while ((silo = silo_table_next(id))) {
		if (silo_view_sees(dump->view, silo))
			return silo;
		id = silo->id;
		silo_put(silo);
	}
	return NULL;
}

int silo_nl_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct silo_dump *dump = dump_of(cb);
	struct silo *silo;
	void *header;

	while ((silo = dump_next(dump))) {
		int ret = -EMSGSIZE;

		header = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq, &silo_nl_family,
				     NLM_F_MULTI, SILO_CMD_GET);
		if (header)
			ret = put_silo(skb, silo, dump->may_read, dump->count_members);
		if (ret) {
			if (header)
				genlmsg_cancel(skb, header);
			silo_put(silo);
			return skb->len ? skb->len : ret;
		}
		genlmsg_end(skb, header);
		dump->last_id = silo->id;
		silo_put(silo);
	}
	return skb->len;
}

int silo_nl_get_done(struct netlink_callback *cb)
{
	struct silo_dump *dump = dump_of(cb);

	if (dump) {
		silo_put(dump->view);
		kfree(dump);
	}
	return 0;
}

/* ---- set and start ---- */

static void adopt_put(struct silo_adopt_request *adopt)
{
	silo_resources_put(&adopt->resources);
	put_pid(adopt->init_pid);
}

/* Resolve what a set or start request hands over. An attribute may come several times, so all are walked. */
static int adopt_parse(struct silo_adopt_request *adopt, struct genl_info *info)
{
	struct nlattr *attr;
	int rest, ret;

	*adopt = (struct silo_adopt_request){};
	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rest) {
		if (nla_type(attr) != SILO_A_NS_FD)
			continue;
		ret = silo_resources_add_ns(&adopt->resources, attr, info->extack);
		if (ret)
			goto err_put;
	}
	attr = info->attrs[SILO_A_ROOT_FD];
	if (attr) {
		ret = silo_resources_add_root(&adopt->resources, attr, info->extack);
		if (ret)
			goto err_put;
	}
	attr = info->attrs[SILO_A_INIT_PID];
	if (attr) {
		adopt->init_pid = find_get_pid(nla_get_u32(attr));
		if (!adopt->init_pid) {
			NL_SET_ERR_MSG_ATTR(info->extack, attr, "there is no such process");
			ret = -ESRCH;
			goto err_put;
		}
	}
	return 0;

err_put:
	adopt_put(adopt);
	return ret;
}

/* What all requests do that change one silo: check the right and find it; counted, or an ERR_PTR. */
static struct silo *lookup_for_change(struct sk_buff *skb, struct genl_info *info)
{
	struct silo *silo;
	int ret = silo_nl_may_change(skb, info->extack);

	if (ret)
		return ERR_PTR(ret);
	silo = silo_nl_lookup(info->attrs[SILO_A_ID], info->attrs[SILO_A_NAME], info->extack);
	if (silo == silo_host) {
		NL_SET_ERR_MSG(info->extack, "the host itself is no silo that can be changed");
		silo_put(silo);
		return ERR_PTR(-EPERM);
	}
	return silo;
}

static int adopt_doit(struct sk_buff *skb, struct genl_info *info,
		      int (*adopt_fn)(struct silo *, struct silo_adopt_request *, struct netlink_ext_ack *))
{
	struct silo *silo = lookup_for_change(skb, info);
	struct silo_adopt_request adopt;
	int ret;

	if (IS_ERR(silo))
		return PTR_ERR(silo);
	ret = adopt_parse(&adopt, info);
	if (!ret) {
		ret = adopt_fn(silo, &adopt, info->extack);
		adopt_put(&adopt);
	}
	silo_put(silo);
	return ret;
}

int silo_nl_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	return adopt_doit(skb, info, silo_set);
}

int silo_nl_start_doit(struct sk_buff *skb, struct genl_info *info)
{
	return adopt_doit(skb, info, silo_start);
}

/* ---- signal, terminate, remove ---- */

int silo_nl_signal_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct silo *silo = lookup_for_change(skb, info);
	int ret;

	if (IS_ERR(silo))
		return PTR_ERR(silo);
	if (info->attrs[SILO_A_SIGNAL]) {
		ret = silo_signal(silo, nla_get_u32(info->attrs[SILO_A_SIGNAL]), info->extack);
	} else {
		NL_SET_ERR_MSG(info->extack, "signal needs the number of a signal");
		ret = -EINVAL;
	}
	silo_put(silo);
	return ret;
}

int silo_nl_terminate_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct silo *silo = lookup_for_change(skb, info);
	int ret;

	if (IS_ERR(silo))
		return PTR_ERR(silo);
	ret = silo_terminate(silo, SILO_ENDED_BY_USER, info->extack);
	silo_put(silo);
	return ret;
}

int silo_nl_remove_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct silo *silo = lookup_for_change(skb, info);
	int ret;

	if (IS_ERR(silo))
		return PTR_ERR(silo);
	ret = silo_remove(silo, info->attrs[SILO_A_FORCE], info->extack);
	silo_put(silo);
	return ret;
}
