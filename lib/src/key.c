// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * libsilo - key: requests about the keys of a silo
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "generated/tables.h"
#include "key_path.h"
#include "message.h"
#include "silo_private.h"

DEFINE_AUTO(struct silo_value *, silo_value_free)

/* Begins a request about a key or, unless @value is NULL, a value. A path that is wrong fails the send. */
static void request(struct silo *silo, uint8_t command, struct silo_ref ref, const char *path,
		    const char *value)
{
	char name[SILO_KEY_PATH_MAX + 1];
	const char *reason;
	int err;

	silo_request(silo, command);
	silo_put_ref(silo, SILO_KEY_A_ID, SILO_KEY_A_SILO, ref);
	err = silo_key_path_copy(name, path, &reason);
	if (err)
		silo->request_error = silo_fail(silo, err, "%s", reason);
	else
		silo_put_string(silo, SILO_KEY_A_PATH, name);
	if (value)
		silo_put_string(silo, SILO_KEY_A_VALUE, value);
}

int silo_key_set(struct silo *silo, struct silo_ref ref, const char *path, const char *value,
		 uint32_t type, const void *data, size_t size)
{
	request(silo, SILO_CMD_KEY_SET, ref, path, value);
	if (value) {
		silo_put_u32(silo, SILO_KEY_A_TYPE, type);
		silo_put_data(silo, SILO_KEY_A_DATA, data, size);
	}
	return silo_send(silo, NULL);
}

int silo_key_get(struct silo *silo, struct silo_ref ref, const char *path, const char *value,
		 struct silo_value **out)
{
	auto_put(silo_value_free) struct silo_value *result = NULL;
	struct silo_reply reply;
	const void *data;
	size_t size;
	int err;

	request(silo, SILO_CMD_KEY_GET, ref, path, value);
	err = silo_send(silo, &reply);
	if (err)
		return err;
	if (value) {
		data = silo_data(&reply, SILO_KEY_A_DATA, &size);
		result = silo_value_new(silo_u32(&reply, SILO_KEY_A_TYPE), data, size);
		if (!result)
			return silo_fail(silo, -ENOMEM, "no memory for a value");
		result->modified_time = silo_u64(&reply, SILO_KEY_A_MODIFIED_TIME);
	}
	if (out)
		*out = steal_pointer(&result);
	return 0;
}

int silo_key_delete(struct silo *silo, struct silo_ref ref, const char *path, const char *value,
		    bool recursive)
{
	request(silo, SILO_CMD_KEY_DELETE, ref, path, value);
	if (recursive)
		silo_put_flag(silo, SILO_KEY_A_RECURSIVE);
	return silo_send(silo, NULL);
}

struct list {
	silo_key_fn fn;
	void *data;
};

static int list_one(const struct silo_reply *reply, void *data)
{
	const struct list *list = data;
	struct silo_key_entry entry = {
		.kind = silo_u32(reply, SILO_KEY_A_ENTRY),
		.type = silo_u32(reply, SILO_KEY_A_TYPE),
		.size = silo_u32(reply, SILO_KEY_A_SIZE),
		.modified_time = silo_u64(reply, SILO_KEY_A_MODIFIED_TIME),
	};

	entry.name = silo_string(reply, entry.kind == SILO_KEY_ENTRY_VALUE ? SILO_KEY_A_VALUE :
							     SILO_KEY_A_PATH);
	if (!entry.name)
		entry.name = "";
	return list->fn(&entry, list->data);
}

int silo_key_list(struct silo *silo, struct silo_ref ref, const char *path, silo_key_fn fn, void *data)
{
	struct list list = { fn, data };

	request(silo, SILO_CMD_KEY_LIST, ref, path, NULL);
	return silo_dump(silo, list_one, &list);
}
