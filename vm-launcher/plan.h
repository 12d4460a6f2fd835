/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * silo-vm - plan: what is going to be done, as plain data
 */
#ifndef SILO_VM_PLAN_H
#define SILO_VM_PLAN_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <silo/silo.h>
#include <silo/spec.h>

#include "kernel.h"

/* Descriptors that QEMU finds open. */
enum plan_fd {
	PLAN_CONTROL_FD = 3,	/* socket: the control channel */
	PLAN_CONSOLE_FD,	/* socket: what the guest's kernel says */
	PLAN_KERNEL_FD,
	PLAN_INITRAMFS_FD,
	PLAN_FD_END,
};

/* A directory or file of the host that the guest sees by 9p. */
struct plan_share {
	char *tag;
	char *source;
	bool is_file;		/* then a directory with nothing else in it is exported */
	bool read_only;
	char *folder;		/* name of its place below the shares' folder */
};

struct plan_options {
	const char *kernel;
	unsigned int timeout;	/* seconds; 0: the default */
	bool is_detached;
};

struct plan {
	struct silo_spec *spec;		/* with a name */
	char *spec_text;		/* the same as JSON */
	char *guest_spec;		/* as JSON, with the guest's paths */
	struct kernel kernel;
	char *agent;
	char *runtime;			/* /run/silo */
	char *shares_folder;		/* where QEMU finds the shares, in a mount namespace of its own */
	struct plan_share *shares;
	size_t shares_count;
	bool is_emulated;
	bool is_detached;
	uint64_t memory;		/* bytes, of the machine */
	uint64_t host_memory;		/* bytes, limit of QEMU on the host; 0: none */
	unsigned int processors;
	unsigned int boot_timeout_ms;
	char **arguments;		/* QEMU's; ends with NULL */
};

/* plan_make - decide everything; takes over @spec. Nothing is changed on the host but the cache. */
int plan_make(struct plan *plan, struct silo_spec *spec, const struct plan_options *options);

/* plan_destroy - free what it holds */
void plan_destroy(struct plan *plan);

/* plan_print - print it, for --dry-run */
int plan_print(const struct plan *plan, FILE *stream);

#endif
