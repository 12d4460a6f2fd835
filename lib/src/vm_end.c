// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * libsilo - vm_end: waiting for the end of a VM silo, bringing it about, clearing away what it leaves
 *
 * While a supervisor lives it is asked over its socket; its last frame says how
 * the silo ended. If it is dead, the record says it.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>

#include "vm_private.h"

/* The supervisor gives its guest 10 seconds, then uses force. */
#define TERMINATE_TIMEOUT_MS 20000

DEFINE_AUTO(struct silo_vm_info *, silo_vm_info_free)

/* -EPIPE: the supervisor is gone and has not said how it ended. */
static int wait_for_end(struct silo_channel *channel, struct silo_channel_end *end, int timeout_ms)
{
	int64_t deadline = vm_deadline(timeout_ms);
	struct silo_frame frame;
	int err;

	do {
		err = vm_receive(channel, &frame, deadline);
		if (err)
			return err;
	} while (frame.type != SILO_FRAME_ENDED);
	silo_frame_end(&frame, end);
	return 0;
}

static int status_of_record(const char *name, uint32_t *status)
{
	auto_put(silo_vm_info_free) struct silo_vm_info *info = NULL;
	int err = silo_vm_get(name, &info);

	if (err)
		return err;
	if (info->silo.state != SILO_STATE_STOPPED)
		return -EAGAIN;
	if (!info->silo.has_exit_status)
		return -ECHILD;
	if (status)
		*status = info->silo.exit_status;
	return 0;
}

int silo_vm_wait(const char *name, uint32_t *status, int timeout_ms)
{
	auto_put(silo_channel_free) struct silo_channel *channel = NULL;
	int64_t deadline = vm_deadline(timeout_ms);
	struct silo_channel_end end;
	int err;

	for (;;) {
		err = vm_connect(name, &channel, NULL);
		if (!err)
			err = wait_for_end(channel, &end,
					   deadline == INT64_MAX ? -1 : (int)(deadline - vm_deadline(0)));
		silo_channel_free(steal_pointer(&channel));
		if (!err) {
			if (status)
				*status = end.status;
			return end.has_status ? 0 : -ECHILD;
		}
		if (err != -ENOENT && err != -EPIPE)
			return err;
		err = status_of_record(name, status);
		if (err != -EAGAIN)
			return err;
		/* It is being launched, or ended a moment ago and writes its record. */
		if (vm_deadline(0) >= deadline)
			return -ETIMEDOUT;
		if (poll(NULL, 0, 20) < 0)
			return -errno;
	}
}

/*
 * The kernel kills QEMU together with its supervisor. The pid can't be reused while its owner holds the
 * lock.
 */
static int kill_supervisor(const char *name)
{
	auto_close int directory = vm_open_directory(name);
	auto_close int pidfd = -1;
	pid_t pid;
	int locked;

	if (directory < 0)
		return directory == -ENOENT ? 0 : directory;
	locked = vm_is_locked(directory, &pid);
	if (locked <= 0)
		return locked;
	pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	locked = vm_is_locked(directory, &pid);
	if (locked <= 0)
		return locked;
	if (pidfd < 0 || syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0))
		return -errno;
	if (poll(&(struct pollfd){ .fd = pidfd, .events = POLLIN }, 1, VM_TIMEOUT_MS) < 0)
		return -errno;
	return 0;
}

int silo_vm_terminate(const char *name)
{
	auto_put(silo_channel_free) struct silo_channel *channel = NULL;
	struct silo_channel_end end;
	int err = vm_connect(name, &channel, NULL);

	if (err == -ENOENT) {
		err = status_of_record(name, NULL);
		if (err == -ECHILD)
			err = 0;
		if (err != -EAGAIN)
			return err;
		/* Neither ended nor reachable: it is being launched, which can't be asked to end. */
		return kill_supervisor(name);
	}
	if (!err)
		err = silo_channel_send(channel, 0, SILO_FRAME_TERMINATE, NULL, 0);
	if (!err)
		err = wait_for_end(channel, &end, TERMINATE_TIMEOUT_MS);
	if (!err || err == -EPIPE)
		return 0;
	if (err == -EINTR)
		return err;
	return kill_supervisor(name);
}

int silo_vm_remove(const char *name, bool force)
{
	auto_close int directory = vm_open_directory(name);
	pid_t pid;
	int locked, err;

	if (directory < 0)
		return directory;
	locked = vm_is_locked(directory, &pid);
	/* A silo that ended may still have its supervisor for a moment. */
	if (locked > 0 && !force && status_of_record(name, NULL) == -EAGAIN)
		return -EBUSY;
	if (locked > 0) {
		err = silo_vm_terminate(name);
		if (err && err != -ENOENT)
			return err;
		for (int64_t deadline = vm_deadline(VM_TIMEOUT_MS); vm_deadline(0) < deadline;) {
			locked = vm_is_locked(directory, &pid);
			if (locked <= 0)
				break;
			if (poll(NULL, 0, 5) < 0)
				return -errno;
		}
	}
	if (locked)
		return locked < 0 ? locked : -EBUSY;
	return vm_remove_directory(directory, name);
}
