/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libsilo - vm_private: what the files vm*.c share
 *
 * The directory of a VM silo, RUNTIME/vm/NAME, belongs to its supervisor:
 *
 *	lock		its pid; flock'd by it, from before the directory has its name until its end
 *	record		JSON, see vm_record.c; replaced as a whole; absent while the silo is being created
 *	spec		JSON, the spec
 *	control		unix stream socket, see <silo/channel.h>
 *	log		what the supervisor and QEMU say
 *	guest.log	the last of what the guest's kernel says
 *
 * Being made, the directory is called ".NAME.PID".
 */
#ifndef SILO_VM_PRIVATE_H
#define SILO_VM_PRIVATE_H

#include <stdbool.h>
#include <stdint.h>

#include <silo/channel.h>
#include <silo/vm.h>

#include "cleanup.h"

DEFINE_AUTO(struct silo_channel *, silo_channel_free)

/** How long a guest may take for a short answer. */
#define VM_TIMEOUT_MS 10000

/** vm_reason - store a sentence in @reason, if that is not NULL, and return @err */
int vm_reason(char **reason, int err, const char *format, ...) __attribute__((__format__(__printf__, 3, 4)));

/**
 * vm_open_directory - open a silo's directory, or that of them all if @name is NULL. Errors: -ENOENT;
 * -EINVAL; -EACCES.
 */
int vm_open_directory(const char *name);

/** vm_is_locked - whether the supervisor of an open directory lives, and its pid. Errors: -errno. */
int vm_is_locked(int directory, pid_t *pid);

/** vm_remove_directory - remove the directory of a silo whose supervisor is dead */
int vm_remove_directory(int directory, const char *name);

/**
 * vm_connect - connect to a supervisor and exchange HELLO. Errors: -ENOENT if there is none; -EPROTO;
 * -ETIMEDOUT.
 */
int vm_connect(const char *name, struct silo_channel **out, char **reason);

/**
 * vm_receive - wait for the next frame
 * @deadline: of vm_deadline()
 * Errors: -ETIMEDOUT; -EINTR; -EPIPE; -EPROTO.
 */
int vm_receive(struct silo_channel *channel, struct silo_frame *frame, int64_t deadline);

/** vm_process_is_over - whether nothing more can come from a process, as its connection has ended */
bool vm_process_is_over(const struct silo_vm_process *process);

/** vm_process_run - where vm_run.c keeps what is between a process and its descriptors; freed with free() */
struct vm_run **vm_process_run(struct silo_vm_process *process);

/** vm_deadline - the moment @timeout_ms from now; a negative time gives one that never comes */
int64_t vm_deadline(int timeout_ms);

#endif
