// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * siloctl: a command of a silo in the foreground: what both modes share, which is signals
 *
 * While the command runs they are taken from a signalfd, so that nothing is interrupted. Before, they are
 * caught and not blocked: what is started inherits a blocked signal, but not a handler. KILL and STOP can't
 * be passed on.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "foreground.h"
#include "report.h"
#include "terminal.h"

static const int deadly[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2 };

#define DEADLY_COUNT (sizeof(deadly) / sizeof(deadly[0]))

/* What came before the command ran; a signal handler has nowhere else to say it. */
static volatile sig_atomic_t has_come[_NSIG];

static void remember(int signal)
{
	has_come[signal] = 1;
}

bool foreground_is_raw(const struct foreground *foreground)
{
	return foreground->terminal && foreground->interactive;
}

void foreground_check(const struct command *command, const struct foreground *foreground)
{
	if (foreground->terminal && !isatty(STDIN_FILENO))
		usage_error(command, "the input device is not a terminal, so -t can't be had");
}

/* What the caller ignores, by nohup say, stays ignored. */
void foreground_begin(struct foreground *foreground)
{
	const struct sigaction action = { .sa_handler = remember };
	struct sigaction old;

	foreground->signals = -1;
	sigemptyset(&foreground->passed_on);
	sigaddset(&foreground->passed_on, SIGWINCH);
	/* Stopping us must not leave the caller's shell with a raw terminal. */
	if (foreground_is_raw(foreground))
		sigaddset(&foreground->passed_on, SIGTSTP);
	for (size_t i = 0; i < DEADLY_COUNT; i++) {
		if (sigaction(deadly[i], NULL, &old) || old.sa_handler == SIG_IGN)
			continue;
		sigaddset(&foreground->passed_on, deadly[i]);
		sigaction(deadly[i], &action, NULL);
	}
}

int foreground_listen(struct foreground *foreground)
{
	foreground->signals = signalfd(-1, &foreground->passed_on, SFD_CLOEXEC);
	if (foreground->signals < 0)
		return -errno;
	sigprocmask(SIG_BLOCK, &foreground->passed_on, NULL);
	for (size_t i = 0; i < DEADLY_COUNT; i++)
		if (has_come[deadly[i]])
			raise(deadly[i]);
	return 0;
}

void foreground_end(struct foreground *foreground)
{
	terminal_restore();
	for (size_t i = 0; i < DEADLY_COUNT; i++)
		if (sigismember(&foreground->passed_on, deadly[i]))
			signal(deadly[i], SIG_DFL);
	if (foreground->signals < 0)
		return;
	close(foreground->signals);
	sigprocmask(SIG_UNBLOCK, &foreground->passed_on, NULL);
}

struct silo_stdio foreground_streams(const struct foreground *foreground)
{
	return (struct silo_stdio){
		.in = foreground->interactive ? STDIN_FILENO : -1,
		.out = STDOUT_FILENO,
		.err = STDERR_FILENO,
	};
}

void foreground_take_signal(struct foreground *foreground, const struct foreground_process *process)
{
	struct signalfd_siginfo info;

	if (read(foreground->signals, &info, sizeof(info)) != sizeof(info))
		return;
	switch (info.ssi_signo) {
	case SIGTSTP:
		terminal_restore();
		raise(SIGSTOP);
		terminal_make_raw(STDIN_FILENO);
		process->resize(process->process, terminal_size());
		break;
	case SIGWINCH:
		if (foreground->terminal) {
			process->resize(process->process, terminal_size());
			break;
		}
		/* fall through */
	default:
		process->signal(process->process, info.ssi_signo);
	}
}
