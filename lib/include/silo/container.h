/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libsilo - containers: running a spec in a silo of this kernel
 *
 * This is process isolation, on the host and, by the guest's agent, inside a
 * VM. silo_container_create() makes the cgroup, the silo and its first
 * process, which waits with everything prepared; silo_start() lets it run the
 * command. The silo then lives without its maker.
 *
 * Whoever created a container or executed a process is its parent and should
 * wait for it with silo_process_wait(); if the maker exits, the system's init
 * reaps it, and the kernel keeps the exit status with the silo.
 *
 * Calls that run a command return 0, a negative errno, or
 *	SILO_COMMAND_NOT_FOUND (127)	the command does not exist in the silo
 *	SILO_COMMAND_NOT_RUN (126)	it exists but can't be executed
 * and silo_error() of the handle says why. On failure nothing is left behind.
 */
#ifndef SILO_CONTAINER_H
#define SILO_CONTAINER_H

#include <stdint.h>
#include <sys/types.h>

#include <silo/silo.h>
#include <silo/spec.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SILO_COMMAND_NOT_RUN 126
#define SILO_COMMAND_NOT_FOUND 127

/** Descriptors that become 0, 1 and 2 of a command; -1 means /dev/null. They stay the caller's. Unused with a terminal. */
struct silo_stdio {
	int in, out, err;
};

/** A process that this process started in a silo: the init of a container, or an executed command. */
struct silo_process;

/**
 * silo_container_create - create a silo and prepare a container in it
 * @spec: isolation must be process (SILO_ISOLATION_PROCESS)
 * @stdio: may be NULL with spec->terminal
 * @id: receives the id of the silo, which is in state created
 * @out: receives the init process; free it with silo_process_free()
 *
 * The command is looked up now, with the container's root and PATH. What spec->name and
 * spec->hostname leave open is made up and can be read with silo_get(). The spec is kept with the silo as JSON.
 * Errors: those of silo_create() and of the system calls that make a container, with the path or limit
 * in question in silo_error(); -ENOTSUP if there is no cgroup v2; -EPERM without the right.
 */
int silo_container_create(struct silo *silo, const struct silo_spec *spec, const struct silo_stdio *stdio,
			  uint64_t *id, struct silo_process **out);

/**
 * silo_container_start - start a container that this process created, and see that its command could be executed
 *
 * A container that another process created is started with silo_start().
 */
int silo_container_start(struct silo *silo, uint64_t id, struct silo_process *init);

/** What to run in a silo that is started. The environment, unless given, is that of the silo's spec. */
struct silo_exec_params {
	char *const *command;		/* ends with NULL */
	char *const *environment;	/* NAME=VALUE, added to the spec's; ends with NULL; may be NULL */
	const char *directory;		/* NULL: the spec's */
	bool terminal;
};

/**
 * silo_exec - run a command in a silo, with all its namespaces, its cgroup and its privileges
 * @out: receives the process; free it with silo_process_free()
 * Errors: -ENOENT if there is no such silo; -ESRCH if it is not started.
 */
int silo_exec(struct silo *silo, struct silo_ref ref, const struct silo_exec_params *params,
	      const struct silo_stdio *stdio, struct silo_process **out);

/** silo_process_pid - number of the process in the caller's pid namespace */
pid_t silo_process_pid(const struct silo_process *process);

/** silo_process_pidfd - pidfd of the process, which polls readable when it has ended; it stays the process's */
int silo_process_pidfd(const struct silo_process *process);

/** silo_process_terminal - master of the terminal, or -1; it stays the process's */
int silo_process_terminal(const struct silo_process *process);

/** silo_process_signal - send it a signal. Errors: -ESRCH if it has ended. */
int silo_process_signal(const struct silo_process *process, int signal);

/** silo_process_wait - wait for its end and take its wait status. Errors: -EINTR, -ECHILD if it was taken before. */
int silo_process_wait(struct silo_process *process, int *status);

/** silo_process_free - forget a process, which goes on running; NULL is allowed */
void silo_process_free(struct silo_process *process);

#ifdef __cplusplus
}
#endif

#endif
