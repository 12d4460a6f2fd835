// SPDX-License-Identifier: GPL-2.0-only
/* Do not edit directly, made by kmod/silo-gen.py from kmod/silo.yaml */
#include "netlink.h"

static const struct nla_policy silo_create_nl_policy[SILO_A_PROGRAM_FD + 1] = {
	[SILO_A_NAME] = { .type = NLA_NUL_STRING, .len = SILO_NAME_MAX },
	[SILO_A_ISOLATION] = NLA_POLICY_MAX(NLA_U32, SILO_ISOLATION_VM),
	[SILO_A_FLAGS] = NLA_POLICY_MASK(NLA_U32, 0x7),
	[SILO_A_CGROUP_FD] = { .type = NLA_U32 },
	[SILO_A_SPEC] = { .type = NLA_NUL_STRING, .len = SILO_SPEC_MAX },
	[SILO_A_PROGRAM_FD] = { .type = NLA_U32 },
};

static const struct nla_policy silo_get_nl_policy[SILO_A_COUNT_MEMBERS + 1] = {
	[SILO_A_ID] = { .type = NLA_U64 },
	[SILO_A_NAME] = { .type = NLA_NUL_STRING, .len = SILO_NAME_MAX },
	[SILO_A_PID] = NLA_POLICY_MIN(NLA_U32, 1),
	[SILO_A_COUNT_MEMBERS] = { .type = NLA_FLAG },
};

static const struct nla_policy silo_set_nl_policy[SILO_A_INIT_PID + 1] = {
	[SILO_A_ID] = { .type = NLA_U64 },
	[SILO_A_NAME] = { .type = NLA_NUL_STRING, .len = SILO_NAME_MAX },
	[SILO_A_NS_FD] = { .type = NLA_U32 },
	[SILO_A_ROOT_FD] = { .type = NLA_U32 },
	[SILO_A_INIT_PID] = { .type = NLA_U32 },
};

static const struct nla_policy silo_start_nl_policy[SILO_A_INIT_PID + 1] = {
	[SILO_A_ID] = { .type = NLA_U64 },
	[SILO_A_NAME] = { .type = NLA_NUL_STRING, .len = SILO_NAME_MAX },
	[SILO_A_NS_FD] = { .type = NLA_U32 },
	[SILO_A_ROOT_FD] = { .type = NLA_U32 },
	[SILO_A_INIT_PID] = { .type = NLA_U32 },
};

static const struct nla_policy silo_signal_nl_policy[SILO_A_SIGNAL + 1] = {
	[SILO_A_ID] = { .type = NLA_U64 },
	[SILO_A_NAME] = { .type = NLA_NUL_STRING, .len = SILO_NAME_MAX },
	[SILO_A_SIGNAL] = NLA_POLICY_RANGE(NLA_U32, 1, 64),
};

static const struct nla_policy silo_terminate_nl_policy[SILO_A_NAME + 1] = {
	[SILO_A_ID] = { .type = NLA_U64 },
	[SILO_A_NAME] = { .type = NLA_NUL_STRING, .len = SILO_NAME_MAX },
};

static const struct nla_policy silo_remove_nl_policy[SILO_A_FORCE + 1] = {
	[SILO_A_ID] = { .type = NLA_U64 },
	[SILO_A_NAME] = { .type = NLA_NUL_STRING, .len = SILO_NAME_MAX },
	[SILO_A_FORCE] = { .type = NLA_FLAG },
};

static const struct nla_policy silo_members_nl_policy[SILO_MEMBER_A_NAME + 1] = {
	[SILO_MEMBER_A_ID] = { .type = NLA_U64 },
	[SILO_MEMBER_A_NAME] = { .type = NLA_NUL_STRING, .len = SILO_NAME_MAX },
};

static const struct nla_policy silo_key_set_nl_policy[SILO_KEY_A_DATA + 1] = {
	[SILO_KEY_A_ID] = { .type = NLA_U64 },
	[SILO_KEY_A_SILO] = { .type = NLA_NUL_STRING, .len = SILO_NAME_MAX },
	[SILO_KEY_A_PATH] = { .type = NLA_NUL_STRING, .len = SILO_KEY_PATH_MAX },
	[SILO_KEY_A_VALUE] = { .type = NLA_NUL_STRING, .len = SILO_KEY_VALUE_NAME_MAX },
	[SILO_KEY_A_TYPE] = { .type = NLA_U32 },
	[SILO_KEY_A_DATA] = { .type = NLA_BINARY, .len = SILO_KEY_DATA_MAX },
};

static const struct nla_policy silo_key_get_nl_policy[SILO_KEY_A_VALUE + 1] = {
	[SILO_KEY_A_ID] = { .type = NLA_U64 },
	[SILO_KEY_A_SILO] = { .type = NLA_NUL_STRING, .len = SILO_NAME_MAX },
	[SILO_KEY_A_PATH] = { .type = NLA_NUL_STRING, .len = SILO_KEY_PATH_MAX },
	[SILO_KEY_A_VALUE] = { .type = NLA_NUL_STRING, .len = SILO_KEY_VALUE_NAME_MAX },
};

static const struct nla_policy silo_key_delete_nl_policy[SILO_KEY_A_RECURSIVE + 1] = {
	[SILO_KEY_A_ID] = { .type = NLA_U64 },
	[SILO_KEY_A_SILO] = { .type = NLA_NUL_STRING, .len = SILO_NAME_MAX },
	[SILO_KEY_A_PATH] = { .type = NLA_NUL_STRING, .len = SILO_KEY_PATH_MAX },
	[SILO_KEY_A_VALUE] = { .type = NLA_NUL_STRING, .len = SILO_KEY_VALUE_NAME_MAX },
	[SILO_KEY_A_RECURSIVE] = { .type = NLA_FLAG },
};

static const struct nla_policy silo_key_list_nl_policy[SILO_KEY_A_PATH + 1] = {
	[SILO_KEY_A_ID] = { .type = NLA_U64 },
	[SILO_KEY_A_SILO] = { .type = NLA_NUL_STRING, .len = SILO_NAME_MAX },
	[SILO_KEY_A_PATH] = { .type = NLA_NUL_STRING, .len = SILO_KEY_PATH_MAX },
};

const struct genl_ops silo_nl_ops[SILO_NL_OPS_COUNT] = {
	{
		.cmd = SILO_CMD_CREATE,
		.doit = silo_nl_create_doit,
		.policy = silo_create_nl_policy,
		.maxattr = SILO_A_PROGRAM_FD,
	},
	{
		.cmd = SILO_CMD_GET,
		.doit = silo_nl_get_doit,
		.start = silo_nl_get_start,
		.dumpit = silo_nl_get_dumpit,
		.done = silo_nl_get_done,
		.policy = silo_get_nl_policy,
		.maxattr = SILO_A_COUNT_MEMBERS,
	},
	{
		.cmd = SILO_CMD_SET,
		.doit = silo_nl_set_doit,
		.policy = silo_set_nl_policy,
		.maxattr = SILO_A_INIT_PID,
	},
	{
		.cmd = SILO_CMD_START,
		.doit = silo_nl_start_doit,
		.policy = silo_start_nl_policy,
		.maxattr = SILO_A_INIT_PID,
	},
	{
		.cmd = SILO_CMD_SIGNAL,
		.doit = silo_nl_signal_doit,
		.policy = silo_signal_nl_policy,
		.maxattr = SILO_A_SIGNAL,
	},
	{
		.cmd = SILO_CMD_TERMINATE,
		.doit = silo_nl_terminate_doit,
		.policy = silo_terminate_nl_policy,
		.maxattr = SILO_A_NAME,
	},
	{
		.cmd = SILO_CMD_REMOVE,
		.doit = silo_nl_remove_doit,
		.policy = silo_remove_nl_policy,
		.maxattr = SILO_A_FORCE,
	},
	{
		.cmd = SILO_CMD_MEMBERS,
		.start = silo_nl_members_start,
		.dumpit = silo_nl_members_dumpit,
		.done = silo_nl_members_done,
		.policy = silo_members_nl_policy,
		.maxattr = SILO_MEMBER_A_NAME,
	},
	{
		.cmd = SILO_CMD_KEY_SET,
		.doit = silo_nl_key_set_doit,
		.policy = silo_key_set_nl_policy,
		.maxattr = SILO_KEY_A_DATA,
	},
	{
		.cmd = SILO_CMD_KEY_GET,
		.doit = silo_nl_key_get_doit,
		.policy = silo_key_get_nl_policy,
		.maxattr = SILO_KEY_A_VALUE,
	},
	{
		.cmd = SILO_CMD_KEY_DELETE,
		.doit = silo_nl_key_delete_doit,
		.policy = silo_key_delete_nl_policy,
		.maxattr = SILO_KEY_A_RECURSIVE,
	},
	{
		.cmd = SILO_CMD_KEY_LIST,
		.start = silo_nl_key_list_start,
		.dumpit = silo_nl_key_list_dumpit,
		.done = silo_nl_key_list_done,
		.policy = silo_key_list_nl_policy,
		.maxattr = SILO_KEY_A_PATH,
	},
};

const struct genl_multicast_group silo_nl_mcgrps[SILO_NL_MCGRPS_COUNT] = {
	[SILO_NL_MCGRP_LIFECYCLE] = { .name = SILO_MCGRP_LIFECYCLE },
};
