/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * silo-vm - directory: where a VM silo keeps what is to be known of it
 *
 * lib/src/vm_private.h says what is in it, and how it is read.
 */
#ifndef SILO_VM_DIRECTORY_H
#define SILO_VM_DIRECTORY_H

#include <stdbool.h>
#include <stdint.h>

#include <silo/channel.h>

struct plan;

struct directory {
	char *parent, *name;
	int fd;
	int lock;
	int log;
};

/* What the record says. Zero times are not in it. */
struct record {
	uint32_t state;			/* enum silo_state */
	uint64_t id;			/* of the host's silo, or 0 */
	int qemu;			/* pid */
	uint64_t created_time;
	struct silo_channel_end end;
	char release[256];		/* of the guest's kernel, as it says */
	char cgroup[256];		/* of QEMU, or "" */
};

/*
 * directory_make - make and lock it, with the spec in it. Errors: -EEXIST if there is a VM silo of this
 * name.
 */
int directory_make(struct directory *directory, const struct plan *plan);

/* directory_listen - make the control socket; returns it or a negative errno */
int directory_listen(const struct directory *directory);

/* directory_write_record - write or replace the record, as a whole */
int directory_write_record(const struct directory *directory, const struct plan *plan,
			   const struct record *record);

/* directory_unlisten - remove the control socket: nobody can connect any more */
void directory_unlisten(const struct directory *directory);

/* directory_remove - remove it with all that is in it */
void directory_remove(const struct directory *directory);

#endif
