// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * libsilo - exec: one more process in a silo
 *
 * A process can't move into a pid namespace, only be born in one. So there is
 * a helper: it is cloned into the silo's cgroup, enters the namespaces, and
 * clones the process that becomes the command, as a child of ours.
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <silo/container.h>

#include "cgroup.h"
#include "child.h"
#include "cleanup.h"
#include "error.h"
#include "process.h"
#include "syscalls.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define NAMESPACES (CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNET |	\
		    CLONE_NEWCGROUP | CLONE_NEWUSER | CLONE_NEWTIME)

DEFINE_AUTO(struct silo_info *, silo_info_free)
DEFINE_AUTO(struct silo_spec *, silo_spec_free)

/* ---- in the silo -------------------------------------------------------- */

static int enter_namespaces(struct child *child)
{
	return setns(child->kept, NAMESPACES);
}

/* Only one of the two comes back: the process that becomes the command. */
static int clone_command(struct child *child)
{
	struct report report = { .kind = REPORT_PID };
	struct clone_args args = { .flags = CLONE_PARENT };

	report.number = sys_clone3(&args);
	if (report.number < 0)
		return -1;
	if (!report.number)
		return 0;
	_exit(report_send(child->channel, &report, NULL, 0) ? 1 : 0);
}

static const struct child_step plan[] = {
	{ "connect standard input and output", child_take_stdio },
	{ "close descriptors", child_close_others },
	{ "become opaque", child_become_opaque },
	{ "enter the silo's namespaces", enter_namespaces },
	{ "make a process", clone_command },
	{ "begin a session", child_begin_session },
	{ "open a terminal", child_open_terminal },
	{ "open", child_open_null },
	{ "drop privileges", child_drop_privileges },
	{ "enter the directory", child_enter_directory },
	{ "find the command", child_find_command },
	{ "report", child_report_ready },
	{ "reset signals", child_reset_signals },
	{ "execute", child_execute },
};

/* ---- on the host -------------------------------------------------------- */

/* The init process of a silo that is started, so that no other process is ever taken for it; a pidfd. */
static int open_init(struct silo *silo, const struct silo_info *info)
{
	auto_put(silo_info_free) struct silo_info *found = NULL;
	auto_close int pidfd = -1;
	int err;

	if (info->state != SILO_STATE_STARTED)
		return silo_fail(silo, -ESRCH, "the silo is not running: it is %s",
				 silo_state_name(info->state));
	if (info->isolation != SILO_ISOLATION_PROCESS)
		return silo_fail(silo, -EOPNOTSUPP, "the silo's commands run in a kernel of its own");
	if (!info->init_pid)
		return silo_fail(silo, -ESRCH, "the silo's first process can't be seen from here");
	pidfd = pidfd_open(info->init_pid, 0);
	if (pidfd < 0)
		return silo_fail(silo, -errno, "open the silo's first process: %s", strerror(errno));
	err = silo_which(silo, info->init_pid, &found);
	if (err)
		return err;
	if (found->id != info->id)
		return silo_fail(silo, -ESRCH, "the silo has just stopped");
	return steal_fd(&pidfd);
}

/* Take all reports of the helper and the command's process, in any order, until both have said all. */
static int await_command(struct silo *silo, struct silo_process *process)
{
	struct report report;
	bool is_ready = false;
	int terminal, got, err = 0;

	while ((got = report_receive(process->channel, &report, &terminal, 1)) > 0) {
		switch (report.kind) {
		case REPORT_PID:
			process->pid = report.number;
			process->pidfd = pidfd_open(process->pid, 0);
			if (process->pidfd < 0)
				err = silo_fail(silo, -errno, "open the silo's process: %s", strerror(errno));
			break;
		case REPORT_READY:
			process->terminal = terminal;
			is_ready = true;
			break;
		case REPORT_FAILED:
			err = silo_fail(silo, report.number, "%s", report.text);
			break;
		}
	}
	if (got < 0)
		return silo_fail(silo, -errno, "read from the silo's process: %s", strerror(errno));
	if (!err && (!is_ready || !process->pid))
		return silo_fail(silo, -ESRCH, "the silo's process was killed before it was ready");
	return err;
}

static int run(struct silo *silo, struct child *child, int cgroup, struct silo_process *process)
{
	struct clone_args args = { .flags = CLONE_INTO_CGROUP | CLONE_CLEAR_SIGHAND, .cgroup = cgroup };
	pid_t helper = sys_clone3(&args);
	int err;

	if (!helper) {
		child_run(child, plan, COUNT(plan));
		_exit(SILO_COMMAND_NOT_RUN);
	}
	err = helper < 0 ? -errno : 0;
	close(child->channel);
	if (err)
		return silo_fail(silo, err, "make a process: %s", strerror(-err));
	err = await_command(silo, process);
	while (waitpid(helper, NULL, __WALL) < 0 && errno == EINTR)
		;
	return err;
}

static int prepare(struct silo *silo, const struct silo_info *info, const struct silo_exec_params *params,
		   struct silo_spec **spec, struct child *child)
{
	auto_free char *reason = NULL;
	int err = 0;

	/* A silo that some other program made may have a text that is no spec. */
	if (*info->spec == '{')
		err = silo_spec_parse(info->spec, spec, &reason);
	else if (!(*spec = silo_spec_new()))
		err = -ENOMEM;
	if (!err)
		err = child_prepare(child, params->command,
				    (*spec)->hostname ? (*spec)->hostname : info->name,
				    (*spec)->environment, params->environment, params->terminal);
	if (err)
		return silo_fail(silo, err, "read the silo's spec: %s", reason ? reason : strerror(-err));
	child->directory = params->directory ? params->directory :
			   (*spec)->directory ? (*spec)->directory : "/";
	return 0;
}

int silo_exec(struct silo *silo, struct silo_ref ref, const struct silo_exec_params *params,
	      const struct silo_stdio *stdio, struct silo_process **out)
{
	static const struct silo_stdio none = { -1, -1, -1 };
	auto_put(silo_process_free) struct silo_process *process = process_new();
	auto_put(silo_info_free) struct silo_info *info = NULL;
	auto_put(silo_spec_free) struct silo_spec *spec = NULL;
	auto_close int cgroup = -1, init = -1;
	struct child child;
	int ends[2], err;

	silo_clear_error(silo);
	if (!process)
		return silo_fail(silo, -ENOMEM, "%s", strerror(ENOMEM));
	if (!params->command || !params->command[0] || !*params->command[0])
		return silo_fail(silo, -EINVAL, "the command is empty");
	err = silo_get(silo, ref, false, &info);
	if (err)
		return err;
	init = open_init(silo, info);
	if (init < 0)
		return init;
	cgroup = cgroup_open(silo, info->cgroup);
	if (cgroup < 0)
		return cgroup;
	err = prepare(silo, info, params, &spec, &child);
	if (err)
		return err;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends)) {
		child_release(&child);
		return silo_fail(silo, -errno, "make a socket pair: %s", strerror(errno));
	}
	child.stdio = stdio ? *stdio : none;
	child.channel = ends[1];
	child.kept = init;
	process->channel = ends[0];
	err = run(silo, &child, cgroup, process);
	child_release(&child);
	if (err) {
		process_kill(process);
		return err;
	}
	*out = steal_pointer(&process);
	return 0;
}
