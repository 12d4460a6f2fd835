// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * libsilo - vm_record: what is written down about VM silos
 *
 * The record is a JSON object: "name", "id", "state", "emulated", "release", "qemu" (pid), "created-time",
 * "started-time", "stopped-time", and after the end "exit-status", "ended-by", "cause". silo-vm writes it.
 *
 * A supervisor that was killed leaves a record that is not of a stopped silo,
 * and no lock. Whoever reads it then takes the silo for what it is: ended by
 * force if it was started, else gone, and its directory with it.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "vm_private.h"

/* Neither file is longer than a spec may be, escapes included. */
#define FILE_MAX (8 * SILO_SPEC_MAX)

DEFINE_AUTO(struct silo_vm_info *, silo_vm_info_free)
DEFINE_AUTO(struct json_object *, json_object_put)

void silo_vm_info_free(struct silo_vm_info *info)
{
	if (!info)
		return;
	free(info->silo.name);
	free(info->silo.cgroup);
	free(info->silo.spec);
	free(info->release);
	free(info->cause);
	free(info->directory);
	free(info);
}

static int read_file(int directory, const char *name, char **out)
{
	auto_free char *text = NULL;
	auto_close int fd = openat(directory, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct stat status;
	ssize_t size;

	if (fd < 0 || fstat(fd, &status))
		return -errno;
	if (status.st_size > FILE_MAX)
		return -EBADMSG;
	text = malloc((size_t)status.st_size + 1);
	if (!text)
		return -ENOMEM;
	size = read(fd, text, (size_t)status.st_size);
	if (size < 0)
		return -errno;
	text[size] = '\0';
	*out = steal_pointer(&text);
	return 0;
}

static uint64_t number(struct json_object *record, const char *key)
{
	return json_object_get_uint64(json_object_object_get(record, key));
}

static char *text(struct json_object *record, const char *key)
{
	const char *value = json_object_get_string(json_object_object_get(record, key));

	return strdup(value ? value : "");
}

static int state_of(struct json_object *record, uint32_t *state)
{
	const char *word = json_object_get_string(json_object_object_get(record, "state"));

	for (*state = SILO_STATE_CREATED; *state <= SILO_STATE_STOPPED; ++*state)
		if (word && !strcmp(word, silo_state_name(*state)))
			return 0;
	return -EBADMSG;
}

static int parse_record(struct silo_vm_info *info, const char *json)
{
	auto_put(json_object_put) struct json_object *record = json_tokener_parse(json);
	struct silo_info *silo = &info->silo;

	if (!json_object_is_type(record, json_type_object) || state_of(record, &silo->state))
		return -EBADMSG;
	silo->id = number(record, "id");
	silo->isolation = SILO_ISOLATION_VM;
	silo->init_pid = silo->state == SILO_STATE_STOPPED ? 0 : (uint32_t)number(record, "qemu");
	silo->has_exit_status = json_object_object_get_ex(record, "exit-status", NULL);
	silo->exit_status = (uint32_t)number(record, "exit-status");
	silo->ended_by = (uint32_t)number(record, "ended-by");
	silo->created_time = number(record, "created-time");
	silo->started_time = number(record, "started-time");
	silo->stopped_time = number(record, "stopped-time");
	info->is_emulated = json_object_get_boolean(json_object_object_get(record, "emulated"));
	info->release = text(record, "release");
	info->cause = text(record, "cause");
	silo->cgroup = text(record, "cgroup");
	if (!info->release || !info->cause || !silo->cgroup)
		return -ENOMEM;
	return 0;
}

/* The path as it can be typed, for people. */
static char *directory_path(int directory)
{
	char link[64], path[PATH_MAX];
	ssize_t size;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", directory);
	size = readlink(link, path, sizeof(path) - 1);
	path[size < 0 ? 0 : size] = '\0';
	return strdup(path);
}

static bool is_to_be_removed(const struct silo_vm_info *info)
{
	struct silo_spec *spec;
	bool remove;

	if (info->silo.state == SILO_STATE_CREATED)
		return true;
	if (silo_spec_parse(info->silo.spec, &spec, NULL))
		return false;
	remove = spec->remove;
	silo_spec_free(spec);
	return remove;
}

/*
 * Whoever notices first writes it down, so that all others see the same; without the right to, it is only
 * told.
 */
static void rewrite(int directory, const char *json, const struct silo_vm_info *info)
{
	auto_put(json_object_put) struct json_object *record = json_tokener_parse(json);
	auto_close int fd = openat(directory, "record.new",
				   O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0 || !record)
		return;
	json_object_object_add(record, "state", json_object_new_string(silo_state_name(info->silo.state)));
	json_object_object_add(record, "stopped-time", json_object_new_uint64(info->silo.stopped_time));
	json_object_object_add(record, "ended-by", json_object_new_uint64(info->silo.ended_by));
	json_object_object_add(record, "exit-status", json_object_new_uint64(info->silo.exit_status));
	json_object_object_add(record, "cause", json_object_new_string(info->cause));
	if (dprintf(fd, "%s", json_object_to_json_string_ext(record, JSON_C_TO_STRING_PLAIN)) > 0)
		renameat(directory, "record.new", directory, "record");
}

static int bury(struct silo_vm_info *info, int directory, const char *json)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	info->silo.state = SILO_STATE_STOPPED;
	info->silo.stopped_time = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
	info->silo.ended_by = SILO_ENDED_BY_USER;
	info->silo.has_exit_status = true;
	info->silo.exit_status = SIGKILL;
	info->silo.init_pid = 0;
	free(info->cause);
	info->cause = strdup("its supervisor was killed");
	if (!info->cause)
		return -ENOMEM;
	rewrite(directory, json, info);
	return 0;
}

int silo_vm_get(const char *name, struct silo_vm_info **out)
{
	auto_put(silo_vm_info_free) struct silo_vm_info *info = calloc(1, sizeof(*info));
	auto_close int directory = vm_open_directory(name);
	auto_free char *json = NULL;
	int locked, err;

	if (!info)
		return -ENOMEM;
	if (directory < 0)
		return directory;
	info->silo.name = strdup(name);
	info->directory = directory_path(directory);
	if (!info->silo.name || !info->directory)
		return -ENOMEM;

	/* The lock is asked first: once it is free, the record is the last one. */
	locked = vm_is_locked(directory, &info->supervisor);
	if (locked < 0)
		return locked;
	err = read_file(directory, "record", &json);
	if (!err)
		err = parse_record(info, json);
	if (!err)
		err = read_file(directory, "spec", &info->silo.spec);
	if (err == -ENOENT && locked)
		return -EAGAIN;
	if (err == -ENOENT) {
		vm_remove_directory(directory, name);
		return -ENOENT;
	}
	if (err)
		return err;

	if (!locked && info->silo.state != SILO_STATE_STOPPED) {
		if (is_to_be_removed(info)) {
			vm_remove_directory(directory, name);
			return -ENOENT;
		}
		err = bury(info, directory, json);
		if (err)
			return err;
	}
	if (info->silo.state == SILO_STATE_STOPPED)
		info->supervisor = 0;
	*out = steal_pointer(&info);
	return 0;
}

/* ".NAME.PID" is a directory that a supervisor was making when it was killed. */
static void clean_unfinished(int parent, const char *entry)
{
	auto_close int directory = openat(parent, entry, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	pid_t pid;
	struct stat status;

	/* Between its making and its locking nothing tells it from a dead one but its age. */
	if (directory < 0 || fstat(directory, &status) || time(NULL) - status.st_mtime < 60)
		return;
	if (!vm_is_locked(directory, &pid))
		vm_remove_directory(directory, entry);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

int silo_vm_list(silo_vm_list_fn fn, void *data)
{
	auto_close int parent = vm_open_directory(NULL);
	struct dirent **entries;
	int count, result = 0;

	if (parent < 0)
		return parent == -ENOENT ? 0 : parent;
	count = scandirat(parent, ".", &entries, NULL, by_name);
	if (count < 0)
		return -errno;
	for (int i = 0; i < count; i++) {
		auto_put(silo_vm_info_free) struct silo_vm_info *info = NULL;
		const char *name = entries[i]->d_name;

		if (name[0] == '.') {
			if (strcmp(name, ".") && strcmp(name, ".."))
				clean_unfinished(parent, name);
		} else if (!result && !silo_vm_get(name, &info)) {
			result = fn(info, data);
		}
		free(entries[i]);
	}
	free(entries);
	return result;
}
