/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * siloctl: a command of a silo in the foreground
 *
 * While it runs, signals that we receive go to it, and the caller's terminal
 * and its own are joined if it has one. The order is foreground_begin(), start
 * the command, foreground_process() or foreground_vm(), foreground_end().
 */
#ifndef SILOCTL_FOREGROUND_H
#define SILOCTL_FOREGROUND_H

#include <signal.h>
#include <silo/container.h>
#include <silo/vm.h>
#include <sys/ioctl.h>

#include "options.h"

struct foreground {
	bool interactive;		/* the command reads our standard input */
	bool terminal;			/* it has a terminal of its own */
	const char *name;		/* of the silo, for messages */
	sigset_t passed_on;		/* signals that are */
	int signals;			/* signalfd for them, once the command runs */
};

/* Lines for the option table of a subcommand. */
#define FOREGROUND_OPTION_LINES									\
	{ 'i', "interactive", NULL,								\
	  "let the command read standard input; without it, it reads /dev/null" },		\
	{ 't', "tty", NULL,									\
	  "give the command a terminal of its own; standard input must be one" }

/* foreground_check - see that what is wanted can be had; a usage error if standard input is no terminal */
void foreground_check(const struct command *command, const struct foreground *foreground);

/*
 * foreground_begin - from here on, signals don't end us
 *
 * Until the command runs they interrupt what waits, which then fails with -EINTR; those that interrupt
 * nothing are passed on when it does.
 */
void foreground_begin(struct foreground *foreground);

/* foreground_streams - what the command is to be connected with in process mode */
struct silo_stdio foreground_streams(const struct foreground *foreground);

/* foreground_resize - give the terminal of a process the size of ours; to be called before it starts */
void foreground_resize(const struct silo_process *process);

/*
 * foreground_process, foreground_vm - stay until the command has ended. Returns 0 with its wait status, or a
 * negative errno.
 */
int foreground_process(struct foreground *foreground, struct silo_process *process, int *status);
int foreground_vm(struct foreground *foreground, struct silo_vm_process *process, int *status);

/* foreground_end - signals have their usual effect again */
void foreground_end(struct foreground *foreground);

/* ---- for the two files that know the kinds of processes ------------------ */

/* foreground_listen - the command runs: receive signals through foreground->signals; a negative errno */
int foreground_listen(struct foreground *foreground);

/* How to reach a process of either kind. */
struct foreground_process {
	void (*signal)(void *process, int signal);
	void (*resize)(void *process, struct winsize size);
	void *process;
};

/* foreground_take_signal - read one signal and act on it */
void foreground_take_signal(struct foreground *foreground, const struct foreground_process *process);

/* foreground_is_raw - whether our own terminal is to be raw: its keys, Ctrl-C too, are the command's */
bool foreground_is_raw(const struct foreground *foreground);

#endif
