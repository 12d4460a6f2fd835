// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * libsilo - process: a process that this process started in a silo
 *
 * A process is always meant by its pidfd, so that none that came to have the
 * same number is ever taken for it.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "error.h"
#include "process.h"
#include "report.h"

struct silo_process *process_new(void)
{
	struct silo_process *process = malloc(sizeof(*process));

	if (process)
		*process = (struct silo_process){ .pidfd = -1, .terminal = -1, .channel = -1 };
	return process;
}

pid_t silo_process_pid(const struct silo_process *process)
{
	return process->pid;
}

int silo_process_pidfd(const struct silo_process *process)
{
	return process->pidfd;
}

int silo_process_terminal(const struct silo_process *process)
{
	return process->terminal;
}

int silo_process_signal(const struct silo_process *process, int signal)
{
	return pidfd_send_signal(process->pidfd, signal, NULL, 0) ? -errno : 0;
}

static int wait_status(const siginfo_t *info)
{
	if (info->si_code == CLD_EXITED)
		return W_EXITCODE(info->si_status, 0);
	return W_EXITCODE(0, info->si_status) | (info->si_code == CLD_DUMPED ? WCOREFLAG : 0);
}

int silo_process_wait(struct silo_process *process, int *status)
{
	siginfo_t info;

	/* __WALL, since a process that has not executed a command yet announces its end with no signal. */
	if (waitid(P_PIDFD, process->pidfd, &info, WEXITED | __WALL))
		return -errno;
	*status = wait_status(&info);
	return 0;
}

void silo_process_free(struct silo_process *process)
{
	if (!process)
		return;
	silo_cleanup_close(&process->pidfd);
	silo_cleanup_close(&process->terminal);
	silo_cleanup_close(&process->channel);
	free(process);
}

void process_kill(struct silo_process *process)
{
	int status;

	if (process->pidfd < 0)
		return;
	pidfd_send_signal(process->pidfd, SIGKILL, NULL, 0);
	while (silo_process_wait(process, &status) == -EINTR)
		;
}

int process_await_command(struct silo *silo, struct silo_process *process)
{
	struct report report;
	int got = report_receive(process->channel, &report, NULL, 0);
	int err = got < 0 ? -errno : 0;

	close(process->channel);
	process->channel = -1;
	if (got < 0)
		return silo_fail(silo, err, "read from the silo's process: %s", strerror(-err));
	if (got && report.kind == REPORT_FAILED)
		return silo_fail(silo, report.number, "%s", report.text);
	return 0;
}
