// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * libsilo - container_init: the first process of a container
 *
 * It makes the container from inside its new namespaces, reports that it is
 * ready, waits until the silo is started, and becomes the command. The plan at
 * the end of the file is the whole story.
 *
 * The order of the mounts matters: proc and sysfs can only be mounted while
 * the host's are still in the mount table; everything else is looked up by
 * path, so that it waits until the old root is gone and no symbolic link of an
 * image can lead there.
 */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "container_init.h"
#include "rootfs.h"
#include "syscalls.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define STATE_FILE "/sys/fs/silo/self/state"
#define MS_SAFE (MS_NOSUID | MS_NODEV | MS_NOEXEC)

/* ---- namespaces --------------------------------------------------------- */

static int set_hostname(struct child *child)
{
	child->object = child->hostname;
	return sethostname(child->hostname, strlen(child->hostname));
}

static int start_loopback(struct child *child)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	(void)child;
	return fd < 0 ? -1 : ioctl(fd, SIOCSIFFLAGS, &request);
}

/* They come when our ids are mapped, without which no file can be made. No trees: the maker has failed. */
static int await_trees(struct child *child)
{
	struct report report;
	int got = report_receive(child->channel, &report, child->trees, ROOTFS_MOUNTS + child->mounts_count);

	if (!got)
		_exit(SILO_COMMAND_NOT_RUN);
	return got < 0 ? -1 : 0;
}

/* ---- mounts ------------------------------------------------------------- */

/* The old root ends up on top of the new one, whose top stays the current directory. */
static int enter_root(struct child *child)
{
	const int root = child->trees[ROOTFS_ROOT];

	if (move_mount(root, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH) || fchdir(root))
		return -1;
	if (!sys_pivot_root(".", "."))
		return 0;
	if (errno == EINVAL)
		child->object = "(an initramfs can't be left: mount it over itself and enter that)";
	return -1;
}

struct mount_plan {
	const char *type, *target;
	unsigned long flags;
	const char *options;
};

/* Mounts, in an image that lacks the place as well. */
static int mount_one(struct child *child, const struct mount_plan *plan)
{
	child->object = plan->target;
	if (!mount("silo", plan->target, plan->type, plan->flags, plan->options))
		return 0;
	if (errno != ENOENT || mkdir(plan->target, 0755))
		return -1;
	return mount("silo", plan->target, plan->type, plan->flags, plan->options);
}

static int mount_all(struct child *child, const struct mount_plan *plans, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (mount_one(child, &plans[i]))
			return -1;
	return 0;
}

static int mount_kernel_views(struct child *child)
{
	static const struct mount_plan plans[] = {
		{ "proc", "/proc", MS_SAFE, NULL },
		{ "sysfs", "/sys", MS_SAFE | MS_RDONLY, NULL },
	};

	if (!mount_all(child, plans, COUNT(plans)))
		return 0;
	/* As in a container whose /proc is masked. */
	if (errno == EPERM)
		child->object = "/proc and /sys (the maker's must be there, and no part of them covered)";
	return -1;
}

static int leave_old_root(struct child *child)
{
	(void)child;
	return umount2(".", MNT_DETACH);
}

static int attach_dev(struct child *child)
{
	const int dev = child->trees[ROOTFS_DEV];

	child->object = "/dev";
	if (!move_mount(dev, "", AT_FDCWD, "/dev", MOVE_MOUNT_F_EMPTY_PATH))
		return 0;
	if (errno != ENOENT || mkdir("/dev", 0755))
		return -1;
	return move_mount(dev, "", AT_FDCWD, "/dev", MOVE_MOUNT_F_EMPTY_PATH);
}

static int mount_rest(struct child *child)
{
	static const struct mount_plan plans[] = {
		{ "cgroup2", "/sys/fs/cgroup", MS_SAFE | MS_RDONLY, NULL },
		{ "silofs", "/sys/fs/silo", MS_SAFE, NULL },
		{ "devpts", "/dev/pts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620,gid=5" },
		{ "tmpfs", "/dev/shm", MS_SAFE, "mode=1777,size=64m" },
		{ "mqueue", "/dev/mqueue", MS_SAFE, NULL },
		{ "tmpfs", "/run", MS_NOSUID | MS_NODEV, "mode=0755" },
	};

	return mount_all(child, plans, COUNT(plans));
}

static int bind_over(struct child *child, const char *source, const char *target)
{
	child->object = target;
	return mount(source, target, NULL, MS_BIND, NULL) && errno != ENOENT ? -1 : 0;
}

/*
 * To the files of these file systems, root is root: they ask for its number and
 * not for its privileges. A bind mount takes over that its source is
 * read-only, so /proc is so for the moment in which the parts are made.
 */
static int protect_proc(struct child *child)
{
	static const char *const parts[] = {
		"/proc/sys", "/proc/sysrq-trigger", "/proc/irq", "/proc/bus", "/proc/fs",
	};
	struct mount_attr on = { .attr_set = MOUNT_ATTR_RDONLY }, off = { .attr_clr = MOUNT_ATTR_RDONLY };

	if (mount_setattr(AT_FDCWD, "/proc", 0, &on, sizeof(on)))
		return -1;
	for (size_t i = 0; i < COUNT(parts); i++)
		if (bind_over(child, parts[i], parts[i]))
			return -1;
	child->object = NULL;
	return mount_setattr(AT_FDCWD, "/proc", 0, &off, sizeof(off));
}

/* What tells of the host or reaches into it. Nothing is said about files that this kernel does not have. */
static int mask_files(struct child *child)
{
	static const char *const files[] = {
		"/proc/kcore", "/proc/keys", "/proc/timer_list", "/proc/latency_stats",
	};

	for (size_t i = 0; i < COUNT(files); i++)
		if (bind_over(child, "/dev/null", files[i]))
			return -1;
	return 0;
}

/* All are covered by one empty directory. */
static int mask_directories(struct child *child)
{
	static const char *const directories[] = {
		"/proc/acpi", "/proc/asound", "/proc/dynamic_debug", "/proc/scsi",
		"/sys/devices/virtual/powercap",
	};

	child->object = "/sys/firmware";
	if (mount("silo", child->object, "tmpfs", MS_SAFE | MS_RDONLY, "mode=0555"))
		return -1;
	for (size_t i = 0; i < COUNT(directories); i++)
		if (bind_over(child, "/sys/firmware", directories[i]))
			return -1;
	return 0;
}

/* ---- the spec's mounts -------------------------------------------------- */

static int make_place(const char *path, bool is_directory)
{
	char part[PATH_MAX];
	int fd;

	for (const char *end = path; (end = strchr(end + 1, '/'));) {
		if (snprintf(part, sizeof(part), "%.*s", (int)(end - path), path) >= (int)sizeof(part)) {
			errno = ENAMETOOLONG;
			return -1;
		}
		if (mkdir(part, 0755) && errno != EEXIST)
			return -1;
	}
	if (is_directory)
		return mkdir(path, 0755) && errno != EEXIST ? -1 : 0;
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	return fd < 0 ? -1 : close(fd);
}

/* By now the new root is all there is, so that no path leads out of it. */
static int attach_mount(struct child *child, int tree, const char *target)
{
	struct stat status, place;

	child->object = target;
	if (!move_mount(tree, "", AT_FDCWD, target, MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_SYMLINKS))
		return 0;
	if (errno != ENOENT || fstat(tree, &status) || !stat(target, &place))
		return -1;
	if (make_place(target, S_ISDIR(status.st_mode)))
		return -1;
	return move_mount(tree, "", AT_FDCWD, target, MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_SYMLINKS);
}

static int attach_mounts(struct child *child)
{
	for (size_t i = 0; i < child->mounts_count; i++)
		if (attach_mount(child, child->trees[ROOTFS_MOUNTS + i], child->mounts[i].target))
			return -1;
	return 0;
}

static int make_console(struct child *child)
{
	char path[32];
	unsigned int number;

	if (!child->has_terminal)
		return 0;
	if (ioctl(child->master, TIOCGPTN, &number))
		return -1;
	snprintf(path, sizeof(path), "/dev/pts/%u", number);
	child->object = "/dev/console";
	return mount(path, child->object, NULL, MS_BIND, NULL);
}

/* ---- the start ---------------------------------------------------------- */

static int open_state(struct child *child)
{
	child->object = STATE_FILE;
	child->state = open(child->object, O_RDONLY | O_CLOEXEC);
	return child->state < 0 ? -1 : 0;
}

/*
 * From here on the maker may be gone. The file tells of a change since it was
 * opened, which can't be missed, as nobody can start a silo without an init
 * process. A silo that ends before it was started ends us with it; so do we if
 * it is too slow.
 */
static int await_start(struct child *child)
{
	struct pollfd change = { .fd = child->state, .events = POLLPRI };
	char state[32] = "";

	child->object = STATE_FILE;
	do {
		ssize_t size;

		if (poll(&change, 1, -1) < 0 && errno != EINTR)
			return -1;
		size = pread(child->state, state, sizeof(state) - 1, 0);
		if (size < 0)
			return -1;
		state[size] = '\0';
	} while (!strcmp(state, "created\n"));
	if (strcmp(state, "started\n"))
		_exit(SILO_COMMAND_NOT_RUN);
	return 0;
}

static const struct child_step plan[] = {
	{ "connect standard input and output", child_take_stdio },
	{ "close descriptors", child_close_others },
	{ "become opaque", child_become_opaque },
	{ "begin a session", child_begin_session },
	{ "set the host name", set_hostname },
	{ "start the loopback device", start_loopback },
	{ "receive the mount trees", await_trees },
	{ "enter the new root", enter_root },
	{ "mount", mount_kernel_views },
	{ "leave the old root", leave_old_root },
	{ "mount", attach_dev },
	{ "mount", mount_rest },
	{ "protect", protect_proc },
	{ "mask", mask_files },
	{ "mask", mask_directories },
	{ "mount", attach_mounts },
	{ "open a terminal", child_open_terminal },
	{ "mount", make_console },
	{ "open", child_open_null },
	{ "open", open_state },
	{ "drop privileges", child_drop_privileges },
	{ "enter the directory", child_enter_directory },
	{ "find the command", child_find_command },
	{ "report", child_report_ready },
	{ "read", await_start },
	{ "reset signals", child_reset_signals },
	{ "execute", child_execute },
};

void container_init(struct child *child)
{
	child_run(child, plan, COUNT(plan));
	_exit(SILO_COMMAND_NOT_RUN);
}
