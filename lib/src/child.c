// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * libsilo - child: a process on its way from clone to exec
 *
 * The plan's runner and the steps that the init of a container
 * (container_init.c) and an executed command (exec.c) share. What is prepared
 * before the clone is in command.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "child.h"
#include "syscalls.h"

/* What docker gives to its containers. */
#define CAPABILITIES (				\
	UINT64_C(1) << CAP_CHOWN |		\
	UINT64_C(1) << CAP_DAC_OVERRIDE |	\
	UINT64_C(1) << CAP_FOWNER |		\
	UINT64_C(1) << CAP_FSETID |		\
	UINT64_C(1) << CAP_KILL |		\
	UINT64_C(1) << CAP_SETGID |		\
	UINT64_C(1) << CAP_SETUID |		\
	UINT64_C(1) << CAP_SETPCAP |		\
	UINT64_C(1) << CAP_NET_BIND_SERVICE |	\
	UINT64_C(1) << CAP_NET_RAW |		\
	UINT64_C(1) << CAP_SYS_CHROOT |		\
	UINT64_C(1) << CAP_MKNOD |		\
	UINT64_C(1) << CAP_AUDIT_WRITE |	\
	UINT64_C(1) << CAP_SETFCAP)

static void __attribute__((__noreturn__)) fail(struct child *child, const char *step)
{
	const int error = errno;
	struct report report = { .kind = REPORT_FAILED, .number = child->result ? child->result : -error };
	const char *reason = strerrordesc_np(error);

	/* A result of its own comes with a sentence of its own. */
	if (child->result)
		snprintf(report.text, sizeof(report.text), "%s: %s", child->command[0], child->object);
	else
		snprintf(report.text, sizeof(report.text), "%s%s%s: %s", step, child->object ? " " : "",
			 child->object ? child->object : "", reason ? reason : "unknown error");
	report_send(child->channel, &report, NULL, 0);
	_exit(child->result > 0 ? child->result : SILO_COMMAND_NOT_RUN);
}

void child_run(struct child *child, const struct child_step *steps, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		child->object = NULL;
		if (steps[i].run(child))
			fail(child, steps[i].name);
	}
}

/* ---- descriptors -------------------------------------------------------- */

/* So that nothing is overwritten while 0, 1 and 2 are filled. */
static int lift(int *fd)
{
	if (*fd < 0 || *fd > STDERR_FILENO)
		return 0;
	*fd = fcntl(*fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	return *fd < 0 ? -1 : 0;
}

/* One that is in its place already only has to survive the exec. */
int child_take_stdio(struct child *child)
{
	int *const fds[] = { &child->stdio.in, &child->stdio.out, &child->stdio.err };

	if (lift(&child->channel) || lift(&child->kept))
		return -1;
	if (child->has_terminal)
		return 0;
	for (int i = 0; i < 3; i++)
		if (*fds[i] != i && lift(fds[i]))
			return -1;
	for (int i = 0; i < 3; i++) {
		if (*fds[i] < 0)
			continue;
		if (*fds[i] == i ? fcntl(i, F_SETFD, 0) : dup2(*fds[i], i) < 0)
			return -1;
	}
	return 0;
}

/*
 * At once, and not on exec: among the maker's descriptors is the socket whose
 * end tells the kernel that the maker is dead.
 */
int child_close_others(struct child *child)
{
	const bool in_order = child->kept < 0 || child->channel < child->kept;
	const unsigned int low = in_order ? child->channel : child->kept;
	const unsigned int high = !in_order || child->kept < 0 ? child->channel : child->kept;

	if ((low > 3 && close_range(3, low - 1, 0)) ||
	    (high > low + 1 && close_range(low + 1, high - 1, 0)))
		return -1;
	return close_range(high + 1, ~0U, 0);
}

/* Until the exec, nobody in the silo may look into what still has the maker's memory and program. */
int child_become_opaque(struct child *child)
{
	(void)child;
	return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

int child_begin_session(struct child *child)
{
	if (setsid() < 0 && errno != EPERM)
		return -1;
	if (!child->has_usual_umask)
		umask(USUAL_UMASK);
	return sys_join_new_session_keyring() && errno != ENOSYS ? -1 : 0;
}

int child_open_terminal(struct child *child)
{
	int unlock = 0;

	child->master = -1;
	if (!child->has_terminal)
		return 0;
	child->object = "/dev/pts/ptmx";
	child->master = open(child->object, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (child->master < 0 || ioctl(child->master, TIOCSPTLCK, &unlock))
		return -1;
	child->slave = ioctl(child->master, TIOCGPTPEER, O_RDWR | O_NOCTTY);
	if (child->slave < 0 || ioctl(child->slave, TIOCSCTTY, 0))
		return -1;
	for (int i = 0; i < 3; i++)
		if (child->slave != i && dup2(child->slave, i) < 0)
			return -1;
	if (child->slave > STDERR_FILENO)
		close(child->slave);
	return 0;
}

int child_open_null(struct child *child)
{
	const int wanted[] = { child->stdio.in, child->stdio.out, child->stdio.err };

	if (child->has_terminal)
		return 0;
	child->object = "/dev/null";
	for (int i = 0; i < 3; i++) {
		int fd;

		if (wanted[i] >= 0)
			continue;
		fd = open(child->object, O_RDWR | O_CLOEXEC);
		if (fd < 0)
			return -1;
		if (fd == i ? fcntl(i, F_SETFD, 0) : dup2(fd, i) < 0)
			return -1;
		if (fd != i)
			close(fd);
	}
	return 0;
}

/* ---- privileges --------------------------------------------------------- */

/* There is no call that changes the set as a whole. Its end is the kernel's last capability. */
static int drop_bounding_set(void)
{
	for (unsigned int i = 0; i < 64; i++) {
		if (CAPABILITIES & UINT64_C(1) << i)
			continue;
		if (prctl(PR_CAPBSET_DROP, i, 0, 0, 0))
			return errno == EINVAL && i > CAP_AUDIT_READ ? 0 : -1;
	}
	return 0;
}

int child_drop_privileges(struct child *child)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	const struct __user_cap_data_struct data[] = {
		{ .effective = (uint32_t)CAPABILITIES, .permitted = (uint32_t)CAPABILITIES },
		{ .effective = CAPABILITIES >> 32, .permitted = CAPABILITIES >> 32 },
	};

	if (!child->is_plain_root &&
	    (syscall(SYS_setgroups, 0, NULL) || syscall(SYS_setresgid, 0, 0, 0) ||
	     syscall(SYS_setresuid, 0, 0, 0)))
		return -1;
	if (drop_bounding_set() || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -1;
	return syscall(SYS_capset, &header, data);
}

/* ---- the command -------------------------------------------------------- */

int child_enter_directory(struct child *child)
{
	/* We are there. */
	if (!strcmp(child->directory, "/"))
		return 0;
	child->object = child->directory;
	return chdir(child->directory);
}

/* A file that a process with these privileges may execute? Otherwise -1 with @object and @result. */
static int check_program(struct child *child)
{
	struct stat status;

	if (stat(child->program, &status)) {
		child->object = strerrordesc_np(errno);
		child->result = errno == ENOENT || errno == ENOTDIR ? SILO_COMMAND_NOT_FOUND :
								      SILO_COMMAND_NOT_RUN;
		return -1;
	}
	child->result = SILO_COMMAND_NOT_RUN;
	if (S_ISDIR(status.st_mode)) {
		child->object = "is a directory";
		return -1;
	}
	if (!S_ISREG(status.st_mode) || !(status.st_mode & 0111)) {
		child->object = "is not executable";
		return -1;
	}
	child->result = 0;
	return 0;
}

/* Puts "DIRECTORY/NAME" into @program for the first directory of a list, and returns the rest or NULL. */
static const char *next_candidate(struct child *child, const char *list)
{
	const char *end = strchrnul(list, ':');
	const int length = end - list;

	snprintf(child->program, sizeof(child->program), "%.*s%s%s", length, list, length ? "/" : "",
		 child->command[0]);
	return *end ? end + 1 : NULL;
}

/* As execvp(3) would: what can't be executed is passed over, but is the reason if nothing better comes. */
int child_find_command(struct child *child)
{
	const char *list = child->path, *reason = NULL;

	if (strchr(child->command[0], '/')) {
		if (strlen(child->command[0]) >= sizeof(child->program)) {
			child->object = "the path is too long";
			child->result = SILO_COMMAND_NOT_FOUND;
			return -1;
		}
		strcpy(child->program, child->command[0]);
		return check_program(child);
	}
	while (list) {
		list = next_candidate(child, list);
		if (!check_program(child))
			return 0;
		if (child->result == SILO_COMMAND_NOT_RUN && !reason)
			reason = child->object;
	}
	child->object = reason ? reason : "not found in the silo's PATH";
	child->result = reason ? SILO_COMMAND_NOT_RUN : SILO_COMMAND_NOT_FOUND;
	return -1;
}

int child_report_ready(struct child *child)
{
	const struct report report = { .kind = REPORT_READY };

	if (report_send(child->channel, &report, &child->master, child->master >= 0))
		return -1;
	if (child->master >= 0)
		close(child->master);
	return 0;
}

int child_reset_signals(struct child *child)
{
	sigset_t none;

	for (int i = 1; i <= 64; i++)
		if (child->ignored_signals & UINT64_C(1) << (i - 1))
			signal(i, SIG_DFL);
	sigemptyset(&none);
	return child->has_blocked_signals ? sigprocmask(SIG_SETMASK, &none, NULL) : 0;
}

/* Returns if the kernel refuses what looked good: no interpreter, not for this machine, gone meanwhile. */
int child_execute(struct child *child)
{
	execve(child->program, child->command, child->environment);
	child->result = errno == ENOENT ? SILO_COMMAND_NOT_FOUND : SILO_COMMAND_NOT_RUN;
	child->object = errno == ENOENT ? "no such file, or its interpreter is missing" :
					  strerrordesc_np(errno);
	return -1;
}
