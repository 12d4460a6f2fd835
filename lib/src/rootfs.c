// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * libsilo - rootfs: the files that a container sees
 *
 * The trees need the host's privileges: an overlay that a user namespace
 * mounts can't keep its marks on a tmpfs before Linux 6.6, and device nodes
 * can't be made in one at all. And they need a mount table, since overlayfs
 * takes its layers from mounts of the caller's own only (before Linux 6.15). So
 * a helper, the builder, makes them in a table of its own that nobody else ever
 * sees, sends them off as descriptors, and is gone with its table.
 *
 * The builder shares our memory while we wait for it, as with vfork(2).
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "error.h"
#include "mountinfo.h"
#include "report.h"
#include "rootfs.h"

#define STACK_SIZE (64 * 1024)

/* The kernel takes no more than a page of options from mount(2). */
#define OVERLAY_OPTIONS_SIZE 4096

/* Shared by the builder and its maker. */
struct build {
	const struct silo_spec *spec;
	int channel;
	int trees[REPORT_FDS_MAX];
	size_t trees_count;
	unsigned int layers;		/* number of overlays made */
	int err;			/* result; with a sentence if it is not 0 */
	char reason[480];
};

static int __attribute__((__format__(__printf__, 3, 4)))
fail(struct build *build, int err, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(build->reason, sizeof(build->reason), format, arguments);
	va_end(arguments);
	return build->err = err;
}

/* ---- volumes ------------------------------------------------------------ */

/* No device node of the host works through a volume: the silo's root has the host root's number. */
static int take_volume(struct build *build, const struct silo_mount *volume)
{
	struct mount_attr attributes = { .attr_set = MOUNT_ATTR_NODEV };
	int tree = open_tree(AT_FDCWD, volume->source, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);

	if (tree < 0)
		return fail(build, -errno, "mount source %s: %s", volume->source, strerror(errno));
	if (volume->read_only)
		attributes.attr_set |= MOUNT_ATTR_RDONLY;
	if (mount_setattr(tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &attributes, sizeof(attributes)))
		return fail(build, -errno, "mount source %s: make the mount %s: %s", volume->source,
			    volume->read_only ? "read-only" : "nodev", strerror(errno));
	build->trees[build->trees_count++] = tree;
	return 0;
}

static int take_volumes(struct build *build)
{
	const struct silo_spec *spec = build->spec;
	int err = 0;

	if (spec->mounts_count > REPORT_FDS_MAX - ROOTFS_MOUNTS)
		return fail(build, -E2BIG, "more than %d mounts", REPORT_FDS_MAX - ROOTFS_MOUNTS);
	build->trees_count = ROOTFS_MOUNTS;
	for (size_t i = 0; !err && i < spec->mounts_count; i++)
		err = take_volume(build, &spec->mounts[i]);
	return err;
}

/* ---- the root ----------------------------------------------------------- */

/* Write a path so that no character of it means anything to overlayfs. False if there is no room. */
static bool put_layer(char *out, size_t size, const char *path)
{
	while (*path && size > 2) {
		if (strchr("\\,:", *path)) {
			*out++ = '\\';
			size--;
		}
		*out++ = *path++;
		size--;
	}
	*out = '\0';
	return !*path;
}

/* Mount a private view of a directory, from within the tmpfs that keeps what is written. 0 or -errno. */
static int mount_overlay(struct build *build, const char *lower, const char *target, unsigned long flags)
{
	char options[OVERLAY_OPTIONS_SIZE], upper[16], work[16];
	struct stat status;
	int used;

	snprintf(upper, sizeof(upper), "upper%u", build->layers);
	snprintf(work, sizeof(work), "work%u", build->layers);
	used = snprintf(options, sizeof(options), "upperdir=%s,workdir=%s,lowerdir=", upper, work);
	if (!put_layer(options + used, sizeof(options) - used, lower))
		return -ENAMETOOLONG;
	if (stat(lower, &status))
		return -errno;
	if (!S_ISDIR(status.st_mode))
		return -ENOTDIR;
	/* The top directory has owner and mode of the upper one. */
	if (mkdir(upper, status.st_mode & 07777) || mkdir(work, 0700))
		return -errno;
	if ((status.st_uid || status.st_gid) && chown(upper, status.st_uid, status.st_gid))
		return -errno;
	if (status.st_mode & (S_ISUID | S_ISGID) && chmod(upper, status.st_mode & 07777))
		return -errno;
	build->layers++;
	return mount("silo", target, "overlay", flags | MS_NODEV, options) ? -errno : 0;
}

static int mount_root(struct build *build)
{
	const char *path = build->spec->image ? build->spec->image : "/";
	int err;

	if (mkdir("root", 0755))
		return fail(build, -errno, "make the root's mount point: %s", strerror(errno));
	err = mount_overlay(build, path, "root", 0);
	if (err == -ENOENT || err == -ENOTDIR || err == -ENAMETOOLONG)
		return fail(build, err, "image %s: %s", path, strerror(-err));
	if (err == -ENODEV)
		return fail(build, err, "mount an overlay over %s: the kernel has no overlayfs; "
			    "try 'modprobe overlay'", path);
	if (err)
		return fail(build, err, "mount an overlay over %s: %s%s", path, strerror(-err),
			    err == -EINVAL ? " (overlays stack two deep at most)" : "");
	return 0;
}

/* As the silo may not write through, what can't be covered is read-only. */
static int bind_read_only(const struct submount *submount, const char *target)
{
	int err;

	if (mount(submount->path, target, NULL, MS_BIND, NULL))
		return -errno;
	if (!mount(NULL, target, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NODEV | submount->flags, NULL))
		return 0;
	err = -errno;
	return umount2(target, MNT_DETACH) ? -EIO : err;
}

/*
 * Cover one more file system of the computer. One that is out of sight, since
 * its place is inside what is left out or can't be entered, stays so.
 */
static int mount_submount(struct build *build, const struct submount *submount)
{
	char target[PATH_MAX];
	int err = -EROFS;

	if (snprintf(target, sizeof(target), "root%s", submount->path) >= (int)sizeof(target))
		return fail(build, -ENAMETOOLONG, "cover %s: %s", submount->path, strerror(ENAMETOOLONG));
	if (!(submount->flags & MS_RDONLY))
		err = mount_overlay(build, submount->path, target, submount->flags);
	if (err)
		err = bind_read_only(submount, target);
	if (err && err != -ENOENT && err != -ENOTDIR && err != -EACCES)
		return fail(build, err, "cover %s: %s", submount->path, strerror(-err));
	return 0;
}

static int mount_submounts(struct build *build)
{
	struct mountinfo info;
	int err;

	if (build->spec->image)
		return 0;
	err = mountinfo_read(&info);
	if (err)
		return fail(build, err, "read the mount table: %s", strerror(-err));
	for (size_t i = 0; !err && i < info.count; i++)
		err = mount_submount(build, &info.submounts[i]);
	mountinfo_free(&info);
	return err;
}

/* ---- devices ------------------------------------------------------------ */

static const struct {
	const char *path;
	unsigned int major, minor;
} nodes[] = {
	{ "dev/null", 1, 3 },
	{ "dev/zero", 1, 5 },
	{ "dev/full", 1, 7 },
	{ "dev/random", 1, 8 },
	{ "dev/urandom", 1, 9 },
	{ "dev/tty", 5, 0 },
};

static const struct {
	const char *target, *path;
} links[] = {
	{ "/proc/self/fd", "dev/fd" },
	{ "/proc/self/fd/0", "dev/stdin" },
	{ "/proc/self/fd/1", "dev/stdout" },
	{ "/proc/self/fd/2", "dev/stderr" },
	{ "pts/ptmx", "dev/ptmx" },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static int make_dev(struct build *build)
{
	bool is_done = !mkdir("dev", 0755) && !mkdir("dev/pts", 0755) && !mkdir("dev/shm", 0755) &&
		       !mkdir("dev/mqueue", 0755);

	for (size_t i = 0; is_done && i < COUNT(nodes); i++)
		is_done = !mknod(nodes[i].path, S_IFCHR | 0666, makedev(nodes[i].major, nodes[i].minor));
	for (size_t i = 0; is_done && i < COUNT(links); i++)
		is_done = !symlink(links[i].target, links[i].path);
	if (is_done && build->spec->terminal)
		is_done = !mknod("dev/console", S_IFREG | 0600, 0);
	return is_done ? 0 : fail(build, -errno, "make /dev: %s", strerror(errno));
}

/* ---- the builder -------------------------------------------------------- */

static int take_tree(struct build *build, enum rootfs_tree which, const char *path)
{
	int tree = open_tree(AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);

	if (tree < 0)
		return fail(build, -errno, "take the mount tree of the %s: %s", path, strerror(errno));
	build->trees[which] = tree;
	return 0;
}

/* The tmpfs for what is written covers /sys, where no layer is looked for, and volumes are open by then. */
static int enter_upper(struct build *build)
{
	if (mount("silo", "/sys", "tmpfs", MS_NOSUID, "mode=0755") || chdir("/sys"))
		return fail(build, -errno, "mount a tmpfs for what the silo writes: %s", strerror(errno));
	umask(0);
	return 0;
}

static int build_trees(struct build *build)
{
	const struct report report = { .kind = REPORT_TREES };

	/* Nothing that we mount may spread to where our table was copied from. */
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return fail(build, -errno, "make the mount table private: %s%s", strerror(errno),
			    errno == EINVAL ? " (is this a chroot?)" : "");
	if (take_volumes(build) || enter_upper(build) || mount_root(build) || mount_submounts(build) ||
	    make_dev(build) || take_tree(build, ROOTFS_ROOT, "root") || take_tree(build, ROOTFS_DEV, "dev"))
		return build->err;
	if (report_send(build->channel, &report, build->trees, build->trees_count))
		return fail(build, -errno, "send the mount trees: %s", strerror(errno));
	return build->err = 0;
}

static int builder(void *data)
{
	build_trees(data);
	_exit(0);
}

int rootfs_build(struct silo *silo, const struct silo_spec *spec, int channel)
{
	_Alignas(16) char stack[STACK_SIZE];
	struct build build = { .spec = spec, .channel = channel, .err = -EIO };
	sigset_t all, old;
	pid_t pid;

	/* Else the program's handlers could run in the builder. */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &old);
	pid = clone(builder, stack + sizeof(stack), CLONE_VM | CLONE_VFORK | CLONE_NEWNS, &build);
	if (pid < 0)
		fail(&build, -errno, "copy the mount table: %s", strerror(errno));
	else
		waitpid(pid, NULL, __WALL);
	sigprocmask(SIG_SETMASK, &old, NULL);
	if (!build.err)
		return 0;
	return silo_fail(silo, build.err, "%s", *build.reason ? build.reason : "the builder was killed");
}
