// SPDX-License-Identifier: LGPL-2.1-or-later
/* Do not edit directly, made by kmod/silo-gen.py from kmod/silo.yaml */
#include "tables.h"

static const struct silo_attribute silo_table[SILO_A_MAX + 1] = {
	[SILO_A_ID] = { "id", MNL_TYPE_U64, 0, 0 },
	[SILO_A_PAD] = { "pad", MNL_TYPE_UNSPEC, 0, 0 },
	[SILO_A_NAME] = { "name", MNL_TYPE_NUL_STRING, 0, SILO_NAME_MAX },
	[SILO_A_UUID] = { "uuid", MNL_TYPE_BINARY, 16, 0 },
	[SILO_A_PARENT] = { "parent", MNL_TYPE_U64, 0, 0 },
	[SILO_A_STATE] = { "state", MNL_TYPE_U32, 0, 0 },
	[SILO_A_ISOLATION] = { "isolation", MNL_TYPE_U32, 0, 0 },
	[SILO_A_FLAGS] = { "flags", MNL_TYPE_U32, 0, 0 },
	[SILO_A_CGROUP_FD] = { "cgroup-fd", MNL_TYPE_U32, 0, 0 },
	[SILO_A_CGROUP_ID] = { "cgroup-id", MNL_TYPE_U64, 0, 0 },
	[SILO_A_CGROUP] = { "cgroup", MNL_TYPE_NUL_STRING, 0, 0 },
	[SILO_A_NS_FD] = { "ns-fd", MNL_TYPE_U32, 0, 0 },
	[SILO_A_ROOT_FD] = { "root-fd", MNL_TYPE_U32, 0, 0 },
	[SILO_A_INIT_PID] = { "init-pid", MNL_TYPE_U32, 0, 0 },
	[SILO_A_PID] = { "pid", MNL_TYPE_U32, 0, 0 },
	[SILO_A_SPEC] = { "spec", MNL_TYPE_NUL_STRING, 0, SILO_SPEC_MAX },
	[SILO_A_SIGNAL] = { "signal", MNL_TYPE_U32, 0, 0 },
	[SILO_A_EXIT_STATUS] = { "exit-status", MNL_TYPE_U32, 0, 0 },
	[SILO_A_ENDED_BY] = { "ended-by", MNL_TYPE_U32, 0, 0 },
	[SILO_A_CREATED_TIME] = { "created-time", MNL_TYPE_U64, 0, 0 },
	[SILO_A_STARTED_TIME] = { "started-time", MNL_TYPE_U64, 0, 0 },
	[SILO_A_STOPPED_TIME] = { "stopped-time", MNL_TYPE_U64, 0, 0 },
	[SILO_A_COUNT_MEMBERS] = { "count-members", MNL_TYPE_FLAG, 0, 0 },
	[SILO_A_MEMBERS] = { "members", MNL_TYPE_U32, 0, 0 },
	[SILO_A_KEYS] = { "keys", MNL_TYPE_U32, 0, 0 },
	[SILO_A_KEY_BYTES] = { "key-bytes", MNL_TYPE_U64, 0, 0 },
	[SILO_A_NS] = { "ns", MNL_TYPE_NESTED, 0, 0 },
	[SILO_A_FORCE] = { "force", MNL_TYPE_FLAG, 0, 0 },
	[SILO_A_PROGRAM_FD] = { "program-fd", MNL_TYPE_U32, 0, 0 },
};

const struct silo_attribute_set silo_attributes_silo = {
	"silo", silo_table, SILO_A_MAX
};

static const struct silo_attribute ns_table[SILO_NS_A_MAX + 1] = {
	[SILO_NS_A_TYPE] = { "type", MNL_TYPE_U32, 0, 0 },
	[SILO_NS_A_INUM] = { "inum", MNL_TYPE_U32, 0, 0 },
};

const struct silo_attribute_set silo_attributes_ns = {
	"ns", ns_table, SILO_NS_A_MAX
};

static const struct silo_attribute member_table[SILO_MEMBER_A_MAX + 1] = {
	[SILO_MEMBER_A_ID] = { "id", MNL_TYPE_U64, 0, 0 },
	[SILO_MEMBER_A_PAD] = { "pad", MNL_TYPE_UNSPEC, 0, 0 },
	[SILO_MEMBER_A_NAME] = { "name", MNL_TYPE_NUL_STRING, 0, SILO_NAME_MAX },
	[SILO_MEMBER_A_PID] = { "pid", MNL_TYPE_U32, 0, 0 },
	[SILO_MEMBER_A_INNER_PID] = { "inner-pid", MNL_TYPE_U32, 0, 0 },
	[SILO_MEMBER_A_PPID] = { "ppid", MNL_TYPE_U32, 0, 0 },
	[SILO_MEMBER_A_COMM] = { "comm", MNL_TYPE_NUL_STRING, 0, 0 },
};

const struct silo_attribute_set silo_attributes_member = {
	"member", member_table, SILO_MEMBER_A_MAX
};

static const struct silo_attribute event_table[SILO_EVENT_A_MAX + 1] = {
	[SILO_EVENT_A_SEQUENCE] = { "sequence", MNL_TYPE_U64, 0, 0 },
	[SILO_EVENT_A_PAD] = { "pad", MNL_TYPE_UNSPEC, 0, 0 },
	[SILO_EVENT_A_TIME] = { "time", MNL_TYPE_U64, 0, 0 },
	[SILO_EVENT_A_KIND] = { "kind", MNL_TYPE_U32, 0, 0 },
	[SILO_EVENT_A_ID] = { "id", MNL_TYPE_U64, 0, 0 },
	[SILO_EVENT_A_NAME] = { "name", MNL_TYPE_NUL_STRING, 0, 0 },
	[SILO_EVENT_A_EXIT_STATUS] = { "exit-status", MNL_TYPE_U32, 0, 0 },
	[SILO_EVENT_A_ENDED_BY] = { "ended-by", MNL_TYPE_U32, 0, 0 },
};

const struct silo_attribute_set silo_attributes_event = {
	"event", event_table, SILO_EVENT_A_MAX
};

static const struct silo_attribute key_table[SILO_KEY_A_MAX + 1] = {
	[SILO_KEY_A_ID] = { "id", MNL_TYPE_U64, 0, 0 },
	[SILO_KEY_A_PAD] = { "pad", MNL_TYPE_UNSPEC, 0, 0 },
	[SILO_KEY_A_SILO] = { "silo", MNL_TYPE_NUL_STRING, 0, SILO_NAME_MAX },
	[SILO_KEY_A_PATH] = { "path", MNL_TYPE_NUL_STRING, 0, SILO_KEY_PATH_MAX },
	[SILO_KEY_A_VALUE] = { "value", MNL_TYPE_NUL_STRING, 0, SILO_KEY_VALUE_NAME_MAX },
	[SILO_KEY_A_TYPE] = { "type", MNL_TYPE_U32, 0, 0 },
	[SILO_KEY_A_DATA] = { "data", MNL_TYPE_BINARY, 0, SILO_KEY_DATA_MAX },
	[SILO_KEY_A_RECURSIVE] = { "recursive", MNL_TYPE_FLAG, 0, 0 },
	[SILO_KEY_A_ENTRY] = { "entry", MNL_TYPE_U32, 0, 0 },
	[SILO_KEY_A_SIZE] = { "size", MNL_TYPE_U32, 0, 0 },
	[SILO_KEY_A_MODIFIED_TIME] = { "modified-time", MNL_TYPE_U64, 0, 0 },
};

const struct silo_attribute_set silo_attributes_key = {
	"key", key_table, SILO_KEY_A_MAX
};

const struct silo_attribute_set *const silo_command_sets[SILO_CMD_MAX + 1] = {
	[SILO_CMD_CREATE] = &silo_attributes_silo,
	[SILO_CMD_GET] = &silo_attributes_silo,
	[SILO_CMD_SET] = &silo_attributes_silo,
	[SILO_CMD_START] = &silo_attributes_silo,
	[SILO_CMD_SIGNAL] = &silo_attributes_silo,
	[SILO_CMD_TERMINATE] = &silo_attributes_silo,
	[SILO_CMD_REMOVE] = &silo_attributes_silo,
	[SILO_CMD_MEMBERS] = &silo_attributes_member,
	[SILO_CMD_EVENT] = &silo_attributes_event,
	[SILO_CMD_KEY_SET] = &silo_attributes_key,
	[SILO_CMD_KEY_GET] = &silo_attributes_key,
	[SILO_CMD_KEY_DELETE] = &silo_attributes_key,
	[SILO_CMD_KEY_LIST] = &silo_attributes_key,
};

const struct silo_names silo_names_state = {
	4, (const char *const []) {
		"created", "started", "stopping", "stopped"
	}
};

const struct silo_names silo_names_isolation = {
	2, (const char *const []) {
		"process", "vm"
	}
};

const struct silo_names silo_names_ended_by = {
	4, (const char *const []) {
		"nobody", "itself", "user", "owner"
	}
};

const struct silo_names silo_names_flags = {
	3, (const char *const []) {
		"owned", "autoremove", "owns-cgroup"
	}
};

const struct silo_names silo_names_event_kind = {
	5, (const char *const []) {
		"created", "started", "stopping", "stopped", "removed"
	}
};

const struct silo_names silo_names_key_type = {
	12, (const char *const []) {
		"none", "string", "expand-string", "binary", "dword", "dword-be", "link",
		"multi-string", "resource-list", "resource-descriptor", "resource-requirements",
		"qword"
	}
};

const struct silo_names silo_names_key_entry_kind = {
	2, (const char *const []) {
		"key", "value"
	}
};
