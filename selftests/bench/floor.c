// SPDX-License-Identifier: GPL-2.0-only
/*
 * bench - floor: the least work that makes a container of the same make as the others
 *
 * Usage: floor [-u] CGROUP ROOTFS PROGRAM [ARGUMENT]...
 * A new cgroup (CGROUP, below /sys/fs/cgroup, is made and removed), new mount, pid, ipc, uts, net and cgroup namespaces (-u: a user namespace
 * as well), an overlay over ROOTFS with its upper layer in memory, the usual file systems and six devices; runs PROGRAM, and passes its status on.
 * It has no options, no configuration and no second use: a tool can come near it, and not below.
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

/* glibc's <sys/mount.h> collides with <linux/mount.h> in some releases. */
extern int mount(const char *source, const char *target, const char *type, unsigned long flags, const void *data);
extern int umount2(const char *target, int flags);
#define MNT_DETACH 2

/* Any folder that every Linux has will do: what is mounted there is seen by our mount namespace only. */
#define STAGE "/mnt"

static const struct {
	const char *name;
	unsigned int major, minor;
} devices[] = {
	{ "null", 1, 3 }, { "zero", 1, 5 }, { "full", 1, 7 }, { "random", 1, 8 }, { "urandom", 1, 9 }, { "tty", 5, 0 },
};

static void check(long ret, const char *what)
{
	if (ret < 0)
		err(125, "%s", what);
}

/* Mounts a new file system; options are pairs of key and value (NULL: a flag), and a NULL at the end. */
static void mount_new(const char *type, int folder, const char *target, unsigned int attributes, const char *const *options)
{
	int context = syscall(SYS_fsopen, type, FSOPEN_CLOEXEC);
	int tree;

	check(context, type);
	for (; options && options[0]; options += 2)
		check(syscall(SYS_fsconfig, context, options[1] ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG, options[0], options[1], 0), options[0]);
	check(syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0), type);
	tree = syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, attributes);
	check(tree, type);
	check(syscall(SYS_move_mount, tree, "", folder, target, MOVE_MOUNT_F_EMPTY_PATH), target);
	close(tree);
	close(context);
}

#define OPTIONS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void mount_root(const char *rootfs)
{
	check(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "make / private");
	mount_new("tmpfs", AT_FDCWD, STAGE, 0, NULL);
	check(mkdir(STAGE "/upper", 0755), STAGE "/upper");
	check(mkdir(STAGE "/work", 0755), STAGE "/work");
	mount_new("overlay", AT_FDCWD, STAGE, 0, OPTIONS("lowerdir", rootfs, "upperdir", STAGE "/upper", "workdir", STAGE "/work"));
	check(chdir(STAGE), STAGE);
}

static void make_device(int index, bool has_user_namespace)
{
	char target[32], source[32];
	int tree;

	snprintf(target, sizeof(target), "dev/%s", devices[index].name);
	if (!has_user_namespace) {
		check(mknod(target, S_IFCHR | 0666, makedev(devices[index].major, devices[index].minor)), target);
		return;
	}
	/* Nobody makes device nodes in a user namespace; the host's are bound. */
	snprintf(source, sizeof(source), "/dev/%s", devices[index].name);
	close(open(target, O_CREAT | O_WRONLY | O_CLOEXEC, 0666));
	tree = syscall(SYS_open_tree, AT_FDCWD, source, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	check(tree, source);
	check(syscall(SYS_move_mount, tree, "", AT_FDCWD, target, MOVE_MOUNT_F_EMPTY_PATH), target);
	close(tree);
}

static void mount_the_rest(bool has_user_namespace)
{
	const unsigned int strict = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;

	umask(0);
	mount_new("proc", AT_FDCWD, "proc", strict, NULL);
	mount_new("tmpfs", AT_FDCWD, "dev", MOUNT_ATTR_NOSUID, OPTIONS("mode", "0755", "size", "64k"));
	for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]); i++)
		make_device(i, has_user_namespace);
	mkdir("dev/pts", 0755);
	mkdir("dev/shm", 01777);
	mkdir("dev/mqueue", 01777);
	symlink("pts/ptmx", "dev/ptmx");
	mount_new("devpts", AT_FDCWD, "dev/pts", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, OPTIONS("ptmxmode", "0666", "mode", "0620"));
	mount_new("tmpfs", AT_FDCWD, "dev/shm", strict, OPTIONS("mode", "1777", "size", "64m"));
	mount_new("mqueue", AT_FDCWD, "dev/mqueue", strict, NULL);
	mount_new("sysfs", AT_FDCWD, "sys", strict | MOUNT_ATTR_RDONLY, NULL);
}

static void __attribute__((noreturn)) become_container(const char *rootfs, char *command[], int gate)
{
	char byte;

	if (gate >= 0 && read(gate, &byte, 1) != 1)
		exit(125);
	mount_root(rootfs);
	mount_the_rest(gate >= 0);
	check(syscall(SYS_pivot_root, ".", "."), "pivot_root");
	check(umount2(".", MNT_DETACH), "leave the old root");
	check(sethostname("floor", 5), "sethostname");
	check(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs");
	execv(command[0], command);
	err(127, "%s", command[0]);
}

static void write_map(pid_t pid, const char *name)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	check(fd, path);
	check(write(fd, "0 0 65536", 9), path);
	close(fd);
}

int main(int argc, char *argv[])
{
	bool has_user_namespace = argc > 1 && !strcmp(argv[1], "-u");
	char **arguments = argv + has_user_namespace;
	int gate[2] = { -1, -1 }, cgroup, pidfd;
	char path[256];
	siginfo_t status;
	pid_t pid;

	if (argc - has_user_namespace < 4)
		errx(2, "usage: floor [-u] CGROUP ROOTFS PROGRAM [ARGUMENT]...");
	snprintf(path, sizeof(path), "/sys/fs/cgroup/%s", arguments[1]);
	check(mkdir(path, 0755), path);
	cgroup = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	check(cgroup, path);
	if (has_user_namespace)
		check(pipe2(gate, O_CLOEXEC), "pipe");

	pid = syscall(SYS_clone3, &(struct clone_args){
		.flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNET | CLONE_NEWCGROUP | CLONE_INTO_CGROUP |
			 CLONE_PIDFD | (has_user_namespace ? CLONE_NEWUSER : 0),
		.pidfd = (uintptr_t)&pidfd,
		.cgroup = cgroup,
		.exit_signal = SIGCHLD,
	}, sizeof(struct clone_args));
	check(pid, "clone3");
	if (!pid)
		become_container(arguments[2], arguments + 3, gate[0]);
	if (has_user_namespace) {
		write_map(pid, "uid_map");
		write_map(pid, "gid_map");
		check(write(gate[1], "", 1), "pipe");
	}
	check(waitid(P_PIDFD, pidfd, &status, WEXITED), "waitid");
	check(rmdir(path), path);
	return status.si_code == CLD_EXITED ? status.si_status : 128 + status.si_status;
}
