// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * silo-vm - directory: where a VM silo keeps what is to be known of it
 *
 * It gets its name once it is locked, so that whoever finds it can tell from
 * the lock whether we live.
 */
#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <silo/vm.h>

#include "directory.h"
#include "file.h"
#include "plan.h"
#include "report.h"

static int write_file(int directory, const char *name, const char *contents)
{
	int fd = openat(directory, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	size_t size = strlen(contents);
	int err = fd < 0 || write(fd, contents, size) != (ssize_t)size ? -errno : 0;

	if (fd >= 0)
		close(fd);
	return err;
}

static int lock(struct directory *directory)
{
	directory->lock = openat(directory->fd, "lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (directory->lock < 0 || flock(directory->lock, LOCK_EX) ||
	    dprintf(directory->lock, "%d\n", (int)getpid()) < 0)
		return -errno;
	return 0;
}

/* Where the directory of a silo that is no more stands in the way, it is cleared away first. */
static int give_name(const struct directory *directory, const char *temporary)
{
	char *path = text("%s/%s", directory->parent, directory->name);
	struct silo_vm_info *info;
	int err = 0;

	for (int tries = 0; tries < 2; tries++) {
		err = renameat2(AT_FDCWD, temporary, AT_FDCWD, path, RENAME_NOREPLACE) ? -errno : 0;
		if (err != -EEXIST || tries)
			break;
		if (!silo_vm_get(directory->name, &info))
			silo_vm_info_free(info);
	}
	free(path);
	return err;
}

static int fill(struct directory *directory, const struct plan *plan)
{
	int err = lock(directory);

	if (!err)
		err = write_file(directory->fd, "spec", plan->spec_text);
	if (err)
		return err;
	directory->log = openat(directory->fd, "log", O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	return directory->log < 0 ? -errno : 0;
}

int directory_make(struct directory *directory, const struct plan *plan)
{
	char *temporary;
	int err;

	*directory = (struct directory){
		.parent = text("%s/vm", plan->runtime), .name = text("%s", plan->spec->name),
		.fd = -1, .lock = -1, .log = -1,
	};
	temporary = text("%s/.%s.%d", directory->parent, directory->name, (int)getpid());
	err = make_folders(directory->parent, 0700);
	if (!err && mkdir(temporary, 0700))
		err = -errno;
	if (err) {
		free(temporary);
		return failure(err, "%s: %s", directory->parent, strerror(-err));
	}
	directory->fd = open(temporary, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	err = directory->fd < 0 ? -errno : fill(directory, plan);
	if (!err)
		err = give_name(directory, temporary);
	if (err) {
		directory_remove(directory);
		rmdir(temporary);
	}
	free(temporary);
	if (err == -EEXIST)
		return failure(err, "a VM silo of this name exists");
	return err ? failure(err, "%s: %s", directory->parent, strerror(-err)) : 0;
}

int directory_listen(const struct directory *directory)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	mode_t mask = umask(0177);
	int err = 0;

	/* A socket's path can't be longer than 107 bytes. */
	snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/control", directory->fd);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) || listen(fd, 16))
		err = failure_errno("the control socket can't be made");
	umask(mask);
	if (err && fd >= 0)
		close(fd);
	return err ? err : fd;
}

/* ---- the record --------------------------------------------------------- */

static void add_number(struct json_object *object, const char *key, uint64_t value)
{
	if (value)
		json_object_object_add(object, key, json_object_new_uint64(value));
}

static void add_text(struct json_object *object, const char *key, const char *value)
{
	if (*value)
		json_object_object_add(object, key, json_object_new_string(value));
}

int directory_write_record(const struct directory *directory, const struct plan *plan,
			   const struct record *record)
{
	const struct silo_channel_end *end = &record->end;
	struct json_object *object = json_object_new_object();
	int err;

	add_text(object, "name", plan->spec->name);
	add_number(object, "id", record->id);
	add_text(object, "state", silo_state_name(record->state));
	json_object_object_add(object, "emulated", json_object_new_boolean(plan->is_emulated));
	add_text(object, "release", record->release);
	add_text(object, "cgroup", record->cgroup);
	add_number(object, "qemu", (uint64_t)record->qemu);
	add_number(object, "created-time", record->created_time);
	add_number(object, "started-time", end->started_time);
	if (record->state == SILO_STATE_STOPPED) {
		add_number(object, "stopped-time", end->stopped_time);
		add_number(object, "ended-by", end->ended_by);
		if (end->has_status)
			json_object_object_add(object, "exit-status", json_object_new_uint64(end->status));
		add_text(object, "cause", end->cause);
	}
	err = write_file(directory->fd, "record.new",
			 json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN));
	if (!err && renameat(directory->fd, "record.new", directory->fd, "record"))
		err = -errno;
	json_object_put(object);
	return err ? failure(err, "the record can't be written: %s", strerror(-err)) : 0;
}

void directory_unlisten(const struct directory *directory)
{
	unlinkat(directory->fd, "control", 0);
}

/*
 * The lock goes last: with it gone, the name would look free to nobody but could not be told from a dead
 * silo's.
 */
void directory_remove(const struct directory *directory)
{
	static const char *const files[] = {
		"control", "guest.log", "log", "spec", "record.new", "record", "lock",
	};
	char *path = text("%s/%s", directory->parent, directory->name);
	struct stat ours, named;

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		unlinkat(directory->fd, files[i], 0);
	/* The name may never have been ours. */
	if (!fstat(directory->fd, &ours) && !stat(path, &named) && ours.st_ino == named.st_ino &&
	    ours.st_dev == named.st_dev)
		rmdir(path);
	free(path);
}
