// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * libsilo - object: silos, from create to list, and their members
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "message.h"
#include "silo_private.h"

DEFINE_AUTO(struct silo_info *, silo_info_free)

static char *copy_string(const struct silo_reply *reply, uint16_t attribute)
{
	const char *text = silo_string(reply, attribute);

	return strdup(text ? text : "");
}

void silo_info_free(struct silo_info *info)
{
	if (!info)
		return;
	free(info->name);
	free(info->cgroup);
	free(info->spec);
	free(info);
}

static int info_from(struct silo *silo, const struct silo_reply *reply, struct silo_info **out)
{
	auto_put(silo_info_free) struct silo_info *info = calloc(1, sizeof(*info));
	const void *uuid;
	size_t size;

	if (!info)
		return silo_fail(silo, -ENOMEM, "no memory for a description");
	info->name = copy_string(reply, SILO_A_NAME);
	info->cgroup = copy_string(reply, SILO_A_CGROUP);
	info->spec = copy_string(reply, SILO_A_SPEC);
	if (!info->name || !info->cgroup || !info->spec)
		return silo_fail(silo, -ENOMEM, "no memory for a description");
	uuid = silo_data(reply, SILO_A_UUID, &size);
	if (uuid)
		memcpy(info->uuid, uuid, sizeof(info->uuid));
	info->id = silo_u64(reply, SILO_A_ID);
	info->parent = silo_u64(reply, SILO_A_PARENT);
	info->state = silo_u32(reply, SILO_A_STATE);
	info->isolation = silo_u32(reply, SILO_A_ISOLATION);
	info->flags = silo_u32(reply, SILO_A_FLAGS);
	info->cgroup_id = silo_u64(reply, SILO_A_CGROUP_ID);
	info->init_pid = silo_u32(reply, SILO_A_INIT_PID);
	info->has_exit_status = reply->attributes[SILO_A_EXIT_STATUS];
	info->exit_status = silo_u32(reply, SILO_A_EXIT_STATUS);
	info->ended_by = silo_u32(reply, SILO_A_ENDED_BY);
	info->created_time = silo_u64(reply, SILO_A_CREATED_TIME);
	info->started_time = silo_u64(reply, SILO_A_STARTED_TIME);
	info->stopped_time = silo_u64(reply, SILO_A_STOPPED_TIME);
	info->members = silo_u32(reply, SILO_A_MEMBERS);
	info->keys = silo_u32(reply, SILO_A_KEYS);
	info->key_bytes = silo_u64(reply, SILO_A_KEY_BYTES);
	info->ns_count = silo_namespaces(reply, info->ns, sizeof(info->ns) / sizeof(info->ns[0]));
	*out = steal_pointer(&info);
	return 0;
}

int silo_create(struct silo *silo, const struct silo_create_params *params, uint64_t *id)
{
	struct silo_reply reply;
	int err;

	silo_request(silo, SILO_CMD_CREATE);
	if (params->name)
		silo_put_string(silo, SILO_A_NAME, params->name);
	if (params->isolation)
		silo_put_u32(silo, SILO_A_ISOLATION, params->isolation);
	if (params->flags)
		silo_put_u32(silo, SILO_A_FLAGS, params->flags);
	silo_put_u32(silo, SILO_A_CGROUP_FD, params->cgroup_fd);
	if (params->has_program)
		silo_put_u32(silo, SILO_A_PROGRAM_FD, params->program_fd);
	if (params->spec && strlen(params->spec) > SILO_SPEC_MAX)
		return silo_fail(silo, -E2BIG, "a spec of %zu bytes; the limit is %d", strlen(params->spec),
				 SILO_SPEC_MAX);
	if (params->spec)
		silo_put_string(silo, SILO_A_SPEC, params->spec);
	err = silo_send(silo, &reply);
	if (!err)
		*id = silo_u64(&reply, SILO_A_ID);
	return err;
}

static void put_resources(struct silo *silo, const struct silo_resources *resources)
{
	for (size_t i = 0; i < resources->ns_fds_count; i++)
		silo_put_u32(silo, SILO_A_NS_FD, resources->ns_fds[i]);
	if (resources->root_fd >= 0)
		silo_put_u32(silo, SILO_A_ROOT_FD, resources->root_fd);
	if (resources->init_pid)
		silo_put_u32(silo, SILO_A_INIT_PID, resources->init_pid);
}

static void request(struct silo *silo, uint8_t command, struct silo_ref ref)
{
	silo_request(silo, command);
	silo_put_ref(silo, SILO_A_ID, SILO_A_NAME, ref);
}

int silo_set(struct silo *silo, struct silo_ref ref, const struct silo_resources *resources)
{
	request(silo, SILO_CMD_SET, ref);
	put_resources(silo, resources);
	return silo_send(silo, NULL);
}

int silo_start(struct silo *silo, struct silo_ref ref, const struct silo_resources *resources)
{
	request(silo, SILO_CMD_START, ref);
	if (resources)
		put_resources(silo, resources);
	return silo_send(silo, NULL);
}

int silo_signal(struct silo *silo, struct silo_ref ref, int signal)
{
	request(silo, SILO_CMD_SIGNAL, ref);
	silo_put_u32(silo, SILO_A_SIGNAL, signal);
	return silo_send(silo, NULL);
}

int silo_terminate(struct silo *silo, struct silo_ref ref)
{
	request(silo, SILO_CMD_TERMINATE, ref);
	return silo_send(silo, NULL);
}

int silo_remove(struct silo *silo, struct silo_ref ref, bool force)
{
	request(silo, SILO_CMD_REMOVE, ref);
	if (force)
		silo_put_flag(silo, SILO_A_FORCE);
	return silo_send(silo, NULL);
}

static int send_get(struct silo *silo, struct silo_info **out)
{
	struct silo_reply reply;
	int err = silo_send(silo, &reply);

	return err ? err : info_from(silo, &reply, out);
}

int silo_get(struct silo *silo, struct silo_ref ref, bool count_members, struct silo_info **out)
{
	request(silo, SILO_CMD_GET, ref);
	if (count_members)
		silo_put_flag(silo, SILO_A_COUNT_MEMBERS);
	return send_get(silo, out);
}

int silo_which(struct silo *silo, pid_t pid, struct silo_info **out)
{
	silo_request(silo, SILO_CMD_GET);
	silo_put_u32(silo, SILO_A_PID, pid);
	return send_get(silo, out);
}

struct list {
	struct silo *silo;
	silo_list_fn fn;
	void *data;
};

static int list_one(const struct silo_reply *reply, void *data)
{
	auto_put(silo_info_free) struct silo_info *info = NULL;
	const struct list *list = data;
	int err;

	if (!silo_u64(reply, SILO_A_ID))
		return 0;	/* the host */
	err = info_from(list->silo, reply, &info);
	return err ? err : list->fn(info, list->data);
}

int silo_list(struct silo *silo, bool count_members, silo_list_fn fn, void *data)
{
	struct list list = { silo, fn, data };

	silo_request(silo, SILO_CMD_GET);
	if (count_members)
		silo_put_flag(silo, SILO_A_COUNT_MEMBERS);
	return silo_dump(silo, list_one, &list);
}

struct members {
	silo_member_fn fn;
	void *data;
};

static int members_one(const struct silo_reply *reply, void *data)
{
	const struct members *members = data;
	const char *comm = silo_string(reply, SILO_MEMBER_A_COMM);
	struct silo_member member = {
		.id = silo_u64(reply, SILO_MEMBER_A_ID),
		.pid = silo_u32(reply, SILO_MEMBER_A_PID),
		.inner_pid = silo_u32(reply, SILO_MEMBER_A_INNER_PID),
		.ppid = silo_u32(reply, SILO_MEMBER_A_PPID),
		.comm = comm ? comm : "",
	};

	return members->fn(&member, members->data);
}

int silo_members(struct silo *silo, struct silo_ref ref, silo_member_fn fn, void *data)
{
	struct members members = { fn, data };

	silo_request(silo, SILO_CMD_MEMBERS);
	silo_put_ref(silo, SILO_MEMBER_A_ID, SILO_MEMBER_A_NAME, ref);
	return silo_dump(silo, members_one, &members);
}
