// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * silo-vm - initramfs: the first file system of a guest: the agent and the kernel modules it needs
 *
 * A cpio archive, not compressed: unpacking it is cheaper for the guest than uncompressing it.
 */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "file.h"
#include "initramfs.h"
#include "module_strip.h"
#include "modules.h"
#include "report.h"

/* 9pnet_virtio must be named: 9p works without it, over other transports. */
static const char *const needed[] = {
	"virtio_pci", "virtio_console", "9pnet_virtio", "9p", "overlay", NULL,
};

static int add(struct archive *archive, const char *path, mode_t mode, const struct bytes *bytes)
{
	struct archive_entry *entry = archive_entry_new();
	int result;

	archive_entry_set_pathname(entry, path);
	archive_entry_set_mode(entry, mode);
	archive_entry_set_size(entry, bytes ? (la_int64_t)bytes->size : 0);
	archive_entry_set_nlink(entry, 1);
	if (S_ISCHR(mode))
		archive_entry_set_rdev(entry, makedev(5, 1));
	result = archive_write_header(archive, entry);
	if (result == ARCHIVE_OK && bytes && bytes->size &&
	    archive_write_data(archive, bytes->data, bytes->size) != (la_ssize_t)bytes->size)
		result = ARCHIVE_FATAL;
	archive_entry_free(entry);
	return result == ARCHIVE_OK ? 0 : failure(-EIO, "the initramfs can't be written: %s",
						  archive_error_string(archive));
}

static int add_file(struct archive *archive, const char *source, const char *path, mode_t mode,
		    bool is_module)
{
	struct bytes bytes;
	int err = file_read_any(source, &bytes);

	if (err)
		return failure(err, "%s can't be read: %s", source, strerror(-err));
	if (is_module)
		module_strip(&bytes);
	err = add(archive, path, S_IFREG | mode, &bytes);
	free(bytes.data);
	return err;
}

/* The name in the guest, without what says how the file is compressed. */
static char *module_name(const char *path)
{
	const char *name = strrchr(path, '/') + 1;
	const char *end = strstr(name, ".ko");

	return text("%.*s", (int)(end ? end + 3 - name : (long)strlen(name)), name);
}

static int add_modules(struct archive *archive, const struct modules *modules)
{
	struct bytes list = { .data = (unsigned char *)text("%s", "") };
	int err = 0;

	for (size_t i = 0; i < modules->count && !err; i++) {
		char *name = module_name(modules->paths[i]);
		char *path = text("modules/%s", name);
		char *longer = text("%s%s\n", (char *)list.data, name);

		err = add_file(archive, modules->paths[i], path, 0600, true);
		free(list.data);
		list.data = (unsigned char *)longer;
		free(path);
		free(name);
	}
	list.size = strlen((char *)list.data);
	if (!err)
		err = add(archive, "modules/list", S_IFREG | 0600, &list);
	free(list.data);
	return err;
}

int initramfs_modules(const struct kernel *kernel, struct modules *modules)
{
	int err = modules_resolve(modules, kernel->modules, needed);
	char **paths;

	if (err)
		return err;
	paths = realloc(modules->paths, (modules->count + 1) * sizeof(*paths));
	if (!paths)
		return failure(-ENOMEM, "no memory");
	modules->paths = paths;
	paths[modules->count++] = text("%s", kernel->silo_module);
	return 0;
}

static int fill(struct archive *archive, const struct kernel *kernel, const char *agent)
{
	struct modules modules = {};
	int err = initramfs_modules(kernel, &modules);

	/* The kernel opens /dev/console for process 1, before anything is mounted. */
	if (!err)
		err = add(archive, "dev", S_IFDIR | 0755, NULL);
	if (!err)
		err = add(archive, "dev/console", S_IFCHR | 0600, NULL);
	if (!err)
		err = add(archive, "modules", S_IFDIR | 0700, NULL);
	if (!err)
		err = add_modules(archive, &modules);
	if (!err)
		err = add_file(archive, agent, "init", 0700, false);
	modules_destroy(&modules);
	return err;
}

int initramfs_make(const struct kernel *kernel, const char *agent)
{
	struct archive *archive = archive_write_new();
	int fd = memfd_create("initramfs", MFD_CLOEXEC);
	int err = 0;

	if (fd < 0 || !archive)
		err = failure_errno("the initramfs can't be made");
	else if (archive_write_set_format_cpio_newc(archive) != ARCHIVE_OK ||
		 archive_write_open_fd(archive, fd) != ARCHIVE_OK)
		err = failure(-EIO, "the initramfs can't be made: %s", archive_error_string(archive));
	if (!err)
		err = fill(archive, kernel, agent);
	if (!err && archive_write_close(archive) != ARCHIVE_OK)
		err = failure(-EIO, "the initramfs can't be written: %s", archive_error_string(archive));
	archive_write_free(archive);
	if (err && fd >= 0)
		close(fd);
	return err ? err : fd;
}
