// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * silo-vm - qemu_files: the files that QEMU sees
 *
 * The shares lie in a folder that is a memory file system of this mount
 * namespace, where the host has the directories of all VM silos. A share of a
 * single file is a folder with that file only, so that the guest never gets at
 * its neighbours.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "file.h"
#include "qemu_files.h"
#include "report.h"

static int copy_tree(const char *path)
{
	return (int)syscall(SYS_open_tree, AT_FDCWD, path,
			    OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
}

static int place_tree(int tree, const char *target)
{
	return (int)syscall(SYS_move_mount, tree, "", AT_FDCWD, target, MOVE_MOUNT_F_EMPTY_PATH);
}

/* With all that is mounted below; @path may be "" for @directory itself. */
static int make_read_only(int directory, const char *path)
{
	struct mount_attr attributes = { .attr_set = MOUNT_ATTR_RDONLY };

	return (int)syscall(SYS_mount_setattr, directory, path, AT_EMPTY_PATH | AT_RECURSIVE, &attributes,
			    sizeof(attributes));
}

static int hide(const char *path)
{
	return mount("tmpfs", path, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0755");
}

/*
 * With the host's own root, the guest would see the host's processes, devices and sockets; it brings its
 * own.
 */
static int hide_in_image(const char *image)
{
	static const char *const hidden[] = { "proc", "sys", "dev", "run" };
	int err = 0;

	for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]) && !err; i++) {
		char *path = text("%s/%s", image, hidden[i]);
		struct stat status;

		if (!lstat(path, &status) && S_ISDIR(status.st_mode))
			err = mount("tmpfs", path, "tmpfs", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC,
				    "mode=0755");
		free(path);
	}
	return err;
}

static int place_share(const struct plan_share *share, int tree, const char *place)
{
	char *file;
	int err, fd;

	if (mkdir(place, 0755))
		return failure_errno("%s", place);
	if (!share->is_file)
		return place_tree(tree, place) ? failure_errno("%s can't be mounted", share->source) : 0;
	file = text("%s/%s", place, strrchr(share->source, '/') + 1);
	fd = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	err = fd < 0 || place_tree(tree, file) ? failure_errno("%s can't be mounted", share->source) : 0;
	if (fd >= 0)
		close(fd);
	free(file);
	return err;
}

static int place_shares(const struct plan *plan, const int *trees)
{
	int err = 0;

	for (size_t i = 0; i < plan->shares_count && !err; i++) {
		char *place = text("%s/%s", plan->shares_folder, plan->shares[i].folder);

		err = place_share(&plan->shares[i], trees[i], place);
		/* The image is the first share. */
		if (!err && i == 0 && hide_in_image(place))
			err = failure_errno("%s: the host's own file systems can't be hidden",
					    plan->shares[i].source);
		free(place);
	}
	return err;
}

int qemu_files_mount(const struct plan *plan)
{
	int *trees = calloc(plan->shares_count, sizeof(*trees));

	if (!trees)
		return failure(-ENOMEM, "no memory");
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return failure_errno("mounts can't be made private (is this a chroot?)");
	/* Copies are taken before the originals become read-only and hidden. */
	for (size_t i = 0; i < plan->shares_count; i++) {
		trees[i] = copy_tree(plan->shares[i].source);
		if (trees[i] < 0)
			return failure_errno("%s can't be mounted", plan->shares[i].source);
		if (plan->shares[i].read_only && make_read_only(trees[i], ""))
			return failure_errno("%s can't be made read-only", plan->shares[i].source);
	}
	if (make_read_only(AT_FDCWD, "/"))
		return failure_errno("the host's files can't be made read-only");
	if (hide("/run"))
		return failure_errno("/run can't be hidden");
	if (!strncmp(plan->shares_folder, "/run/", 5))
		make_folders(plan->shares_folder, 0700);
	if (hide(plan->shares_folder))
		return failure_errno("%s can't be mounted on", plan->shares_folder);
	/* It ends with this process, so nothing that is allocated here needs to be freed. */
	return place_shares(plan, trees);
}
