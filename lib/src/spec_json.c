// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * libsilo - spec_json: specs as JSON
 *
 * Types are strict and unknown members are refused by name. What the members
 * say is looked at by silo_spec_check(), not here.
 */
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include <silo/silo.h>

#include "cleanup.h"
#include "generated/tables.h"
#include "spec_private.h"

#define SPEC_VERSION 1
#define DEPTH_MAX 8

DEFINE_AUTO(struct silo_spec *, silo_spec_free)
DEFINE_AUTO(struct json_tokener *, json_tokener_free)

static inline void put_json(struct json_object **json)
{
	json_object_put(*json);
}

#define auto_json auto_cleanup(put_json)

/* Where a member was found, for sentences: "mounts[2]." or "". */
struct place {
	char text[32];
};

/* ---- parse -------------------------------------------------------------- */

static int wrong_type(const struct place *place, const char *name, const char *wanted, char **reason)
{
	return silo_spec_reason(reason, -EINVAL, "\"%s%s\" must be %s", place->text, name, wanted);
}

/* The text of a string; NULL if it is of another type or has a NUL in it, which C can't hold. */
static const char *text_of(struct json_object *json)
{
	if (!json_object_is_type(json, json_type_string) ||
	    strlen(json_object_get_string(json)) != (size_t)json_object_get_string_len(json))
		return NULL;
	return json_object_get_string(json);
}

static int read_string(const struct place *place, const char *name, struct json_object *json, char **out,
		       char **reason)
{
	const char *text = text_of(json);

	if (!text)
		return wrong_type(place, name, "a string without NUL", reason);
	free(*out);
	*out = strdup(text);
	return *out ? 0 : -ENOMEM;
}

static int read_bool(const struct place *place, const char *name, struct json_object *json, bool *out,
		     char **reason)
{
	if (!json_object_is_type(json, json_type_boolean))
		return wrong_type(place, name, "true or false", reason);
	*out = json_object_get_boolean(json);
	return 0;
}

static int read_number(const struct place *place, const char *name, struct json_object *json, uint64_t max,
		       uint64_t *out, char **reason)
{
	if (!json_object_is_type(json, json_type_int))
		return wrong_type(place, name, "a whole number", reason);
	/* json-c clamps numbers to int64_t and uint64_t, so what is negative or too large shows here. */
	if (json_object_get_int64(json) < 0)
		return wrong_type(place, name, "a number of 0 or more", reason);
	*out = json_object_get_uint64(json);
	if (*out > max)
		return silo_spec_reason(reason, -EINVAL, "\"%s%s\" is too large", place->text, name);
	return 0;
}

static int read_u32(const struct place *place, const char *name, struct json_object *json, uint32_t *out,
		    char **reason)
{
	uint64_t number;
	int err = read_number(place, name, json, UINT32_MAX, &number, reason);

	if (!err)
		*out = number;
	return err;
}

static int read_strings(const struct place *place, const char *name, struct json_object *json, char ***out,
			char **reason)
{
	if (!json_object_is_type(json, json_type_array))
		return wrong_type(place, name, "a list of strings", reason);
	for (size_t i = 0; i < json_object_array_length(json); i++) {
		const char *text = text_of(json_object_array_get_idx(json, i));

		if (!text)
			return wrong_type(place, name, "a list of strings without NUL", reason);
		if (silo_spec_append(out, text))
			return -ENOMEM;
	}
	return 0;
}

static int read_isolation(const struct place *place, const char *name, struct json_object *json,
			  uint32_t *out, char **reason)
{
	const char *text = text_of(json);

	for (uint32_t i = 0; text && i < silo_names_isolation.count; i++) {
		if (!strcmp(text, silo_names_isolation.names[i])) {
			*out = i;
			return 0;
		}
	}
	return wrong_type(place, name, "\"process\" or \"vm\"", reason);
}

static int unknown_member(const struct place *place, const char *name, char **reason)
{
	return silo_spec_reason(reason, -EINVAL, "unknown member \"%s%s\"", place->text, name);
}

static int read_mount(const struct place *place, struct json_object *json, struct silo_spec *spec,
		      char **reason)
{
	auto_free char *source = NULL, *target = NULL;
	bool read_only = false;
	int err = 0;

	if (!json_object_is_type(json, json_type_object))
		return silo_spec_reason(reason, -EINVAL, "\"mounts\" must be a list of objects");
	json_object_object_foreach(json, name, value) {
		if (!strcmp(name, "source"))
			err = read_string(place, name, value, &source, reason);
		else if (!strcmp(name, "target"))
			err = read_string(place, name, value, &target, reason);
		else if (!strcmp(name, "read-only"))
			err = read_bool(place, name, value, &read_only, reason);
		else
			err = unknown_member(place, name, reason);
		if (err)
			return err;
	}
	if (!source || !target)
		return silo_spec_reason(reason, -EINVAL, "\"%s%s\" is missing", place->text,
					source ? "target" : "source");
	return silo_spec_append_mount(spec, source, target, read_only);
}

static int read_mounts(struct json_object *json, struct silo_spec *spec, char **reason)
{
	if (!json_object_is_type(json, json_type_array))
		return silo_spec_reason(reason, -EINVAL, "\"mounts\" must be a list of objects");
	for (size_t i = 0; i < json_object_array_length(json); i++) {
		struct place place;
		int err;

		snprintf(place.text, sizeof(place.text), "mounts[%zu].", i);
		err = read_mount(&place, json_object_array_get_idx(json, i), spec, reason);
		if (err)
			return err;
	}
	return 0;
}

static int read_member(const char *name, struct json_object *value, struct silo_spec *spec, char **reason)
{
	static const struct place top;
	uint64_t version;
	int err;

	if (!strcmp(name, "version")) {
		err = read_number(&top, name, value, UINT64_MAX, &version, reason);
		if (!err && version != SPEC_VERSION)
			err = silo_spec_reason(reason, -EINVAL, "\"version\" must be %d", SPEC_VERSION);
		return err;
	}
	if (!strcmp(name, "name"))
		return read_string(&top, name, value, &spec->name, reason);
	if (!strcmp(name, "isolation"))
		return read_isolation(&top, name, value, &spec->isolation, reason);
	if (!strcmp(name, "image"))
		return read_string(&top, name, value, &spec->image, reason);
	if (!strcmp(name, "command"))
		return read_strings(&top, name, value, &spec->command, reason);
	if (!strcmp(name, "environment"))
		return read_strings(&top, name, value, &spec->environment, reason);
	if (!strcmp(name, "directory"))
		return read_string(&top, name, value, &spec->directory, reason);
	if (!strcmp(name, "hostname"))
		return read_string(&top, name, value, &spec->hostname, reason);
	if (!strcmp(name, "memory"))
		return read_number(&top, name, value, INT64_MAX, &spec->memory, reason);
	if (!strcmp(name, "cpus"))
		return read_u32(&top, name, value, &spec->cpus, reason);
	if (!strcmp(name, "pids"))
		return read_u32(&top, name, value, &spec->pids, reason);
	if (!strcmp(name, "mounts"))
		return read_mounts(value, spec, reason);
	if (!strcmp(name, "terminal"))
		return read_bool(&top, name, value, &spec->terminal, reason);
	if (!strcmp(name, "remove"))
		return read_bool(&top, name, value, &spec->remove, reason);
	return unknown_member(&top, name, reason);
}

static unsigned int line_at(const char *text, size_t offset)
{
	unsigned int line = 1;

	for (size_t i = 0; i < offset && text[i]; i++)
		line += text[i] == '\n';
	return line;
}

/* The whole text as one JSON value. */
static int parse_json(const char *text, struct json_object **out, char **reason)
{
	auto_put(json_tokener_free) struct json_tokener *tokener = json_tokener_new_ex(DEPTH_MAX);
	const size_t length = strlen(text);
	struct json_object *json;

	if (!tokener)
		return -ENOMEM;
	if (length >= INT_MAX)
		return silo_spec_reason(reason, -EINVAL, "the spec is too long");
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	/* With the final NUL, which tells the tokener that nothing follows. */
	json = json_tokener_parse_ex(tokener, text, length + 1);
	if (json_tokener_get_error(tokener) != json_tokener_success) {
		json_object_put(json);
		return silo_spec_reason(reason, -EINVAL, "line %u: no JSON: %s",
					line_at(text, json_tokener_get_parse_end(tokener)),
					json_tokener_error_desc(json_tokener_get_error(tokener)));
	}
	*out = json;
	return 0;
}

static int parse_spec(const char *text, struct silo_spec **out, char **reason)
{
	auto_put(silo_spec_free) struct silo_spec *spec = silo_spec_new();
	auto_json struct json_object *json = NULL;
	int err;

	if (!spec)
		return -ENOMEM;
	err = parse_json(text, &json, reason);
	if (err)
		return err;
	if (!json_object_is_type(json, json_type_object))
		return silo_spec_reason(reason, -EINVAL, "a spec is a JSON object");
	json_object_object_foreach(json, name, value) {
		err = read_member(name, value, spec, reason);
		if (err)
			return err;
	}
	if (!json_object_object_get_ex(json, "version", NULL))
		return silo_spec_reason(reason, -EINVAL, "\"version\" is missing; it must be %d",
					SPEC_VERSION);
	*out = steal_pointer(&spec);
	return 0;
}

int silo_spec_parse(const char *text, struct silo_spec **out, char **reason)
{
	if (reason)
		*reason = NULL;
	return parse_spec(text, out, reason);
}

/* ---- format ------------------------------------------------------------- */

/* Adds a member, which belongs to @object then; false without memory. */
static bool add(struct json_object *object, const char *name, struct json_object *value)
{
	if (value && !json_object_object_add(object, name, value))
		return true;
	json_object_put(value);
	return false;
}

static bool add_string(struct json_object *object, const char *name, const char *text)
{
	return !text || add(object, name, json_object_new_string(text));
}

static bool add_number(struct json_object *object, const char *name, uint64_t number)
{
	return !number || add(object, name, json_object_new_uint64(number));
}

static bool add_true(struct json_object *object, const char *name, bool value)
{
	return !value || add(object, name, json_object_new_boolean(value));
}

static bool append(struct json_object *array, struct json_object *value)
{
	if (value && !json_object_array_add(array, value))
		return true;
	json_object_put(value);
	return false;
}

static bool add_strings(struct json_object *object, const char *name, char *const *list)
{
	struct json_object *array;

	if (!list)
		return true;
	array = json_object_new_array();
	if (!add(object, name, array))
		return false;
	for (; *list; list++)
		if (!append(array, json_object_new_string(*list)))
			return false;
	return true;
}

static bool add_mounts(struct json_object *object, const struct silo_spec *spec)
{
	struct json_object *array;

	if (!spec->mounts_count)
		return true;
	array = json_object_new_array();
	if (!add(object, "mounts", array))
		return false;
	for (size_t i = 0; i < spec->mounts_count; i++) {
		struct json_object *mount = json_object_new_object();

		if (!append(array, mount) || !add_string(mount, "source", spec->mounts[i].source) ||
		    !add_string(mount, "target", spec->mounts[i].target) ||
		    !add_true(mount, "read-only", spec->mounts[i].read_only))
			return false;
	}
	return true;
}

int silo_spec_format(const struct silo_spec *spec, char **out)
{
	auto_json struct json_object *json = json_object_new_object();
	const char *text;

	if (!json || !add_number(json, "version", SPEC_VERSION) || !add_string(json, "name", spec->name) ||
	    !add_string(json, "isolation", silo_isolation_name(spec->isolation)) ||
	    !add_string(json, "image", spec->image) || !add_strings(json, "command", spec->command) ||
	    !add_strings(json, "environment", spec->environment) ||
	    !add_string(json, "directory", spec->directory) ||
	    !add_string(json, "hostname", spec->hostname) || !add_number(json, "memory", spec->memory) ||
	    !add_number(json, "cpus", spec->cpus) || !add_number(json, "pids", spec->pids) ||
	    !add_mounts(json, spec) || !add_true(json, "terminal", spec->terminal) ||
	    !add_true(json, "remove", spec->remove))
		return -ENOMEM;
	text = json_object_to_json_string_ext(json, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
	*out = text ? strdup(text) : NULL;
	return *out ? 0 : -ENOMEM;
}
