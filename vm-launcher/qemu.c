// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * silo-vm - qemu: the QEMU process of a plan
 *
 * It lives in mount, pid, net, ipc and uts namespaces of its own, with the few
 * capabilities that reading any file of the image takes, and dies with us.
 * Not here: what it finds mounted (qemu_files.c).
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "qemu.h"
#include "qemu_files.h"
#include "report.h"

/* Descriptors are moved above these first, so that none is overwritten by another. */
#define FIRST_FREE_FD 20

/* For the child: which of our descriptors become which of QEMU's. */
struct child {
	const struct plan *plan;
	int control, console, kernel, initramfs, log, go, report;
};

/* ---- the child ---------------------------------------------------------- */

static void __attribute__((noreturn)) give_up(const struct child *child, const char *what)
{
	dprintf(child->report, "%d %s: %s", errno, what, strerror(errno));
	_exit(1);
}

static void leave_signals(void)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	for (int signal_number = 1; signal_number <= 64; signal_number++)
		signal(signal_number, SIG_DFL);
}

/* To be said again after each change of credentials, which the kernel takes for a reason to forget it. */
static void die_with_parent(const struct child *child)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL))
		give_up(child, "cannot be tied to silo-vm");
}

static bool writes_files(const struct plan *plan)
{
	for (size_t i = 0; i < plan->shares_count; i++)
		if (!plan->shares[i].read_only)
			return true;
	return false;
}

/*
 * Files of any owner must be readable, and those of writable volumes get the owners that they have in the
 * guest.
 */
static void drop_capabilities(const struct child *child)
{
	static const cap_value_t kept[] = { CAP_DAC_READ_SEARCH, CAP_DAC_OVERRIDE, CAP_CHOWN, CAP_FOWNER,
					    CAP_FSETID };
	int count = writes_files(child->plan) ? 5 : 1;
	cap_t capabilities = cap_init();

	for (cap_value_t value = 0; CAP_IS_SUPPORTED(value); value++) {
		bool is_kept = false;

		for (int i = 0; i < count; i++)
			is_kept |= kept[i] == value;
		if (!is_kept && cap_drop_bound(value))
			give_up(child, "cannot drop a capability");
	}
	if (!capabilities || cap_set_flag(capabilities, CAP_PERMITTED, count, kept, CAP_SET) ||
	    cap_set_flag(capabilities, CAP_EFFECTIVE, count, kept, CAP_SET) || cap_set_proc(capabilities))
		give_up(child, "cannot drop capabilities");
	cap_free(capabilities);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		give_up(child, "cannot give up privileges");
}

static void place_descriptors(const struct child *child)
{
	int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (nothing < 0 || dup2(nothing, STDIN_FILENO) < 0 || dup2(nothing, STDOUT_FILENO) < 0 ||
	    dup2(child->log, STDERR_FILENO) < 0 ||
	    dup2(child->control, PLAN_CONTROL_FD) < 0 || dup2(child->console, PLAN_CONSOLE_FD) < 0 ||
	    dup2(child->kernel, PLAN_KERNEL_FD) < 0 || dup2(child->initramfs, PLAN_INITRAMFS_FD) < 0 ||
	    syscall(SYS_close_range, PLAN_FD_END, ~0U, CLOSE_RANGE_CLOEXEC))
		give_up(child, "cannot place descriptors");
}

static void __attribute__((noreturn)) run_child(const struct child *child)
{
	const struct plan *plan = child->plan;
	char go;
	int err;

	leave_signals();
	setsid();
	die_with_parent(child);
	/* If silo-vm was gone before that, the pipe is at its end. */
	if (read(child->go, &go, 1) != 1)
		_exit(1);
	err = qemu_files_mount(plan);
	if (err) {
		dprintf(child->report, "%d %s", -err, failure_sentence());
		_exit(1);
	}
	place_descriptors(child);
	drop_capabilities(child);
	die_with_parent(child);
	execv(plan->arguments[0], plan->arguments);
	give_up(child, plan->arguments[0]);
}

/* ---- the parent --------------------------------------------------------- */

static int out_of_the_way(int fd)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, FIRST_FREE_FD);

	close(fd);
	return copy;
}

static int make_socket(int *ours, int *theirs)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
		return -errno;
	*ours = out_of_the_way(ends[0]);
	*theirs = out_of_the_way(ends[1]);
	return 0;
}

static int make_pipe(int *reading, int *writing)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC))
		return -errno;
	*reading = out_of_the_way(ends[0]);
	*writing = out_of_the_way(ends[1]);
	return 0;
}

static pid_t clone_child(int cgroup, int *pidfd)
{
	struct clone_args arguments = {
		.flags = CLONE_PIDFD | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC |
			 CLONE_NEWUTS,
		.pidfd = (uintptr_t)pidfd,
		.exit_signal = SIGCHLD,
	};

	if (cgroup >= 0) {
		arguments.flags |= CLONE_INTO_CGROUP;
		arguments.cgroup = (unsigned int)cgroup;
	}
	return (pid_t)syscall(SYS_clone3, &arguments, sizeof(arguments));
}

int qemu_prepare(struct qemu *qemu, const struct plan *plan, int initramfs, int log, int cgroup)
{
	struct child child = { .plan = plan };
	int pidfd = -1;

	*qemu = (struct qemu){ .pidfd = -1, .control = -1, .console = -1, .go = -1, .report = -1 };
	child.kernel = open(plan->kernel.boot, O_RDONLY | O_CLOEXEC);
	if (child.kernel < 0)
		return failure_errno("%s", plan->kernel.boot);
	child.kernel = out_of_the_way(child.kernel);
	child.initramfs = fcntl(initramfs, F_DUPFD_CLOEXEC, FIRST_FREE_FD);
	child.log = fcntl(log, F_DUPFD_CLOEXEC, FIRST_FREE_FD);
	if (child.kernel < 0 || child.initramfs < 0 || child.log < 0 ||
	    make_socket(&qemu->control, &child.control) || make_socket(&qemu->console, &child.console) ||
	    make_pipe(&child.go, &qemu->go) || make_pipe(&qemu->report, &child.report))
		return failure_errno("no descriptors for QEMU");
	fcntl(qemu->console, F_SETFL, O_NONBLOCK);
	qemu->pid = clone_child(cgroup, &pidfd);
	if (qemu->pid == 0) {
		close(qemu->go);
		run_child(&child);
	}
	if (qemu->pid < 0)
		return errno == EPERM ? failure(-EPERM, "VM silos need root, for QEMU's own namespaces") :
			failure_errno("QEMU's process can't be made");
	qemu->pidfd = pidfd;
	close(child.kernel);
	close(child.initramfs);
	close(child.log);
	close(child.control);
	close(child.console);
	close(child.go);
	close(child.report);
	return 0;
}

/* The report's end without a word is the execution of QEMU. */
int qemu_go(struct qemu *qemu)
{
	char report[600] = "";
	int error = 0, at = 0;
	ssize_t size;

	if (write(qemu->go, "", 1) != 1)
		return failure_errno("QEMU's process is gone");
	close(qemu->go);
	qemu->go = -1;
	size = read(qemu->report, report, sizeof(report) - 1);
	close(qemu->report);
	qemu->report = -1;
	if (size <= 0)
		return 0;
	if (sscanf(report, "%d %n", &error, &at) < 1 || !error)
		return failure(-EIO, "QEMU can't be executed");
	return failure(-error, "QEMU can't be executed: %s", report + at);
}

void qemu_kill(struct qemu *qemu)
{
	if (qemu->pidfd >= 0)
		syscall(SYS_pidfd_send_signal, qemu->pidfd, SIGKILL, NULL, 0);
}

int qemu_reap(struct qemu *qemu, int *status)
{
	if (waitpid(qemu->pid, status, 0) < 0)
		return -errno;
	close(qemu->pidfd);
	qemu->pidfd = -1;
	return 0;
}
