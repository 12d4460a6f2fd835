// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * siloctl: the caller's terminal while a command of a silo uses it
 *
 * Owns: the state of the terminal as it was. The only global state of siloctl, since exit and signal handlers
 * have no other way to find it.
 */
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include "terminal.h"

static struct termios original;
static int terminal = -1;		/* that is raw now; else -1 */

void terminal_restore(void)
{
	sigset_t block, before;

	if (terminal < 0)
		return;
	/* A background process may set it too, if it doesn't mind SIGTTOU. */
	sigemptyset(&block);
	sigaddset(&block, SIGTTOU);
	sigprocmask(SIG_BLOCK, &block, &before);
	tcsetattr(terminal, TCSADRAIN, &original);
	terminal = -1;
	sigprocmask(SIG_SETMASK, &before, NULL);
}

static void die(int signal)
{
	terminal_restore();
	/* SA_RESETHAND has put the default action back; the signal is blocked until we return. */
	raise(signal);
}

/* All signals whose default action ends the program and that have no handler yet. */
static void catch_deadly_signals(void)
{
	static const int harmless[] = {
		SIGKILL, SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU, SIGCONT, SIGCHLD, SIGURG, SIGWINCH
	};
	struct sigaction action = { .sa_handler = die, .sa_flags = SA_RESETHAND }, old;

	for (int signal = 1; signal <= SIGRTMAX; signal++) {
		bool is_deadly = true;

		for (size_t i = 0; i < sizeof(harmless) / sizeof(harmless[0]); i++)
			is_deadly = is_deadly && harmless[i] != signal;
		if (is_deadly && !sigaction(signal, NULL, &old) && old.sa_handler == SIG_DFL)
			sigaction(signal, &action, NULL);
	}
}

void terminal_make_raw(int fd)
{
	static bool is_prepared;
	struct termios raw;

	if (tcgetattr(fd, &original))
		return;
	if (!is_prepared) {
		atexit(terminal_restore);
		catch_deadly_signals();
		is_prepared = true;
	}
	raw = original;
	cfmakeraw(&raw);
	terminal = fd;
	tcsetattr(fd, TCSADRAIN, &raw);
}

struct winsize terminal_size(void)
{
	struct winsize size = {};

	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (!ioctl(fd, TIOCGWINSZ, &size) && size.ws_row && size.ws_col)
			return size;
	return (struct winsize){ .ws_row = 24, .ws_col = 80 };
}
