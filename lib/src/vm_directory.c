// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * libsilo - vm_directory: the directory of a VM silo, and the way to its supervisor
 *
 * Not here: what the record says (vm_record.c).
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

#include "vm_private.h"

int vm_reason(char **reason, int err, const char *format, ...)
{
	va_list arguments;

	if (!reason)
		return err;
	free(*reason);
	va_start(arguments, format);
	if (vasprintf(reason, format, arguments) < 0)
		*reason = NULL;
	va_end(arguments);
	return err;
}

int vm_open_directory(const char *name)
{
	const char *runtime = secure_getenv("SILO_RUNTIME_DIR");
	auto_free char *path = NULL;
	int fd;

	if (name && !silo_name_is_valid(name))
		return -ENOENT;
	if (asprintf(&path, "%s/vm/%s", runtime && *runtime ? runtime : "/run/silo", name ? name : "") < 0)
		return -ENOMEM;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int vm_is_locked(int directory, pid_t *pid)
{
	char text[32] = "";
	auto_close int fd = openat(directory, "lock", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	/*
	 * A supervisor holds it exclusively from the first moment to its last, so trying takes it from
	 * nobody.
	 */
	if (!flock(fd, LOCK_SH | LOCK_NB))
		return 0;
	if (errno != EWOULDBLOCK)
		return -errno;
	if (read(fd, text, sizeof(text) - 1) < 0)
		return -errno;
	*pid = (pid_t)strtol(text, NULL, 10);
	return 1;
}

/* If another silo has got the name in the meantime, its directory is not empty, and stays. */
int vm_remove_directory(int directory, const char *name)
{
	static const char *const files[] = {
		"control", "guest.log", "log", "spec", "record", "record.new", "lock",
	};
	auto_close int parent = vm_open_directory(NULL);

	if (parent < 0)
		return parent;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (unlinkat(directory, files[i], 0) && errno != ENOENT)
			return -errno;
	if (unlinkat(parent, name, AT_REMOVEDIR) && errno != ENOENT && errno != ENOTEMPTY)
		return -errno;
	return 0;
}

int64_t vm_deadline(int timeout_ms)
{
	struct timespec now;

	if (timeout_ms < 0)
		return INT64_MAX;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000 + timeout_ms;
}

static int milliseconds_left(int64_t deadline)
{
	int64_t left;

	if (deadline == INT64_MAX)
		return -1;
	left = deadline - vm_deadline(0);
	return left > 0 ? (int)left : 0;
}

int vm_receive(struct silo_channel *channel, struct silo_frame *frame, int64_t deadline)
{
	for (;;) {
		struct pollfd pollfd = {
			.fd = silo_channel_fd(channel), .events = silo_channel_events(channel),
		};
		int result = silo_channel_next(channel, frame);

		if (result)
			return result < 0 ? result : 0;
		result = silo_channel_pump(channel);
		if (result)
			return result;
		result = silo_channel_next(channel, frame);
		if (result)
			return result < 0 ? result : 0;
		result = poll(&pollfd, 1, milliseconds_left(deadline));
		if (result < 0)
			return -errno;
		if (!result)
			return -ETIMEDOUT;
	}
}

/* By way of its directory, since a socket's path can't be longer than 107 bytes. */
static int connect_socket(int directory)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	auto_close int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/control", directory);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)))
		return errno == ECONNREFUSED ? -ENOENT : -errno;
	return steal_fd(&fd);
}

static int exchange_hello(struct silo_channel *channel, char **reason)
{
	struct silo_frame frame;
	int err = silo_channel_send_hello(channel, NULL, 0);

	if (!err)
		err = vm_receive(channel, &frame, vm_deadline(VM_TIMEOUT_MS));
	if (err == -EPIPE)
		return vm_reason(reason, -ENOENT, "the VM has just ended");
	if (err == -ETIMEDOUT)
		return vm_reason(reason, err, "silo-vm does not answer");
	if (err)
		return err;
	if (frame.type != SILO_FRAME_HELLO)
		return vm_reason(reason, -EPROTO, "silo-vm sends what is no greeting");
	if (silo_get_le32(frame.payload) != SILO_CHANNEL_VERSION)
		return vm_reason(reason, -EPROTO,
				 "silo-vm speaks version %u of the protocol, this library %u",
				 silo_get_le32(frame.payload), SILO_CHANNEL_VERSION);
	return 0;
}

int vm_connect(const char *name, struct silo_channel **out, char **reason)
{
	auto_put(silo_channel_free) struct silo_channel *channel = NULL;
	auto_close int directory = vm_open_directory(name);
	int fd = directory < 0 ? directory : connect_socket(directory);
	int err;

	if (fd == -ENOENT)
		return vm_reason(reason, fd, "no VM silo of this name runs");
	if (fd < 0)
		return vm_reason(reason, fd, "its supervisor can't be reached: %s", strerror(-fd));
	err = silo_channel_new(fd, &channel);
	if (!err)
		err = exchange_hello(channel, reason);
	if (err)
		return err;
	*out = steal_pointer(&channel);
	return 0;
}
