/* SPDX-License-Identifier: GPL-2.0-only */
/* lab - guest: what guest.c (the machine) and session.c (the command) share */
#ifndef LAB_GUEST_H
#define LAB_GUEST_H

#include <stdbool.h>
#include <stdint.h>

#define LIST_MAX 4096

/* What the caller asked for: the records of the config file that `lab` wrote. Strings live as long as the machine. */
struct config {
	const char *directory;		/* the command's working directory */
	const char *checkout;		/* stays visible even if it lies below a folder that the lab replaces */
	const char *module;		/* silo.ko, or NULL */
	const char *modules;		/* the kernel's module folder on the host, or NULL when it is where modprobe looks */
	const char *rows, *columns;
	bool stdin_is_terminal, stdout_is_terminal;
	char *files[LIST_MAX];
	char *environment[LIST_MAX];
	char *arguments[LIST_MAX];
};

struct session {
	int port;			/* to the host */
	int terminal;			/* master side of the command's terminal */
	int input, output;		/* the command's standard input and output: the terminal or our end of a pipe; -1 when closed */
	int signals;			/* signalfd for SIGCHLD */
	int child;
	char pending[16384];		/* input that the command did not take yet */
	unsigned int pending_start, pending_end;
	bool input_ends;		/* the host's input is at its end: close after what is pending */
};

/* Runs the configured command and relays until it ends. Returns its exit status as a shell would report it. */
int session_run(int port, const struct config *config);

/* Says it to the host and stops the machine. */
void fail(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

#endif
