/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * silo-vm agent - machine: the virtual machine around the silo
 */
#ifndef AGENT_MACHINE_H
#define AGENT_MACHINE_H

#include <stdint.h>

#include <silo/spec.h>

/* machine_prepare - mount what a kernel shows, load the modules, make a root that can be pivoted */
void machine_prepare(void);

/* machine_open_port - open the control port, once the host is at its other end */
int machine_open_port(void);

/* machine_seed - stir bytes into the random number generator and count them as entropy */
void machine_seed(const void *bytes, uint32_t size);

/* machine_set_clock - set the time, in nanoseconds since 1970 */
void machine_set_clock(uint64_t time);

/* machine_release - release of the kernel */
const char *machine_release(void);

/*
 * machine_mount_shares - mount the image on /image and the volumes on /volumes/N, as a spec for the guest
 * names them
 * @what: receives what could not be mounted
 * Returns 0 or a negative errno.
 */
int machine_mount_shares(const struct silo_spec *spec, char *what, int size);

/*
 * machine_die - say on the console why the machine can't be used, tell the host if there is a channel,
 * switch off
 */
void machine_die(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

/* machine_power_off - write back and switch off */
void machine_power_off(void) __attribute__((noreturn));

#endif
