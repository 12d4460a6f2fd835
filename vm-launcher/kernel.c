// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * silo-vm - kernel: the kernel that a guest boots
 *
 * Booting spends most of its time on uncompressing the kernel, so that is done
 * here, once: the ELF file inside a bzImage is kept in the cache, and QEMU
 * enters it through its PVH note.
 * Not here: which modules it needs (modules.c).
 */
#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "file.h"
#include "kernel.h"
#include "modules.h"
#include "report.h"

/* Of the x86 boot protocol. */
#define SETUP_SECTORS 0x1f1
#define SETUP_MAGIC 0x202
#define SETUP_VERSION 0x20e
#define SETUP_PAYLOAD_OFFSET 0x248
#define SETUP_PAYLOAD_LENGTH 0x24c
#define SETUP_END 0x250

#define XEN_ELFNOTE_PHYS32_ENTRY 18

void kernel_destroy(struct kernel *kernel)
{
	free(kernel->image);
	free(kernel->boot);
	free(kernel->release);
	free(kernel->modules);
	free(kernel->silo_module);
}

/* ---- images ------------------------------------------------------------- */

static uint32_t le32(const unsigned char *data)
{
	return data[0] | data[1] << 8 | data[2] << 16 | (uint32_t)data[3] << 24;
}

static bool is_bzimage(const struct bytes *image)
{
	return image->size > SETUP_END && !memcmp(image->data + SETUP_MAGIC, "HdrS", 4);
}

static bool is_elf(const struct bytes *image)
{
	return image->size > sizeof(Elf64_Ehdr) && !memcmp(image->data, ELFMAG, SELFMAG) &&
	       image->data[EI_CLASS] == ELFCLASS64;
}

static char *first_word(const unsigned char *data, size_t size)
{
	size_t length = 0;

	while (length < size && length < 64 && data[length] > ' ' && data[length] < 0x7f &&
	       data[length] != '/')
		length++;
	return length ? text("%.*s", (int)length, (const char *)data) : NULL;
}

static char *release_of(const struct bytes *image)
{
	static const char banner[] = "Linux version ";
	const unsigned char *found;
	size_t offset;

	if (is_bzimage(image)) {
		offset = 0x200 + (image->data[SETUP_VERSION] | image->data[SETUP_VERSION + 1] << 8);
		return offset < image->size ? first_word(image->data + offset, image->size - offset) : NULL;
	}
	found = is_elf(image) ? memmem(image->data, image->size, banner, strlen(banner)) : NULL;
	if (!found)
		return NULL;
	found += strlen(banner);
	return first_word(found, image->size - (size_t)(found - image->data));
}

static bool has_pvh_entry(const struct bytes *elf)
{
	const Elf64_Ehdr *header = (const void *)elf->data;
	const Elf64_Phdr *segments = (const void *)(elf->data + header->e_phoff);

	if (header->e_phoff > elf->size ||
	    (elf->size - header->e_phoff) / sizeof(*segments) < header->e_phnum)
		return false;
	for (int i = 0; i < header->e_phnum; i++) {
		size_t offset = segments[i].p_offset, end;

		if (segments[i].p_type != PT_NOTE || offset > elf->size ||
		    elf->size - offset < segments[i].p_filesz)
			continue;
		end = offset + segments[i].p_filesz;
		while (end - offset >= sizeof(Elf64_Nhdr)) {
			const Elf64_Nhdr *note = (const void *)(elf->data + offset);
			size_t size = sizeof(*note) + ((note->n_namesz + 3UL) & ~3UL) +
				      ((note->n_descsz + 3UL) & ~3UL);

			if (note->n_type == XEN_ELFNOTE_PHYS32_ENTRY)
				return true;
			if (size > end - offset)
				break;
			offset += size;
		}
	}
	return false;
}

/* The kernel's build appends the uncompressed size to the payload, except with gzip, which has it anyway. */
static int unpack_payload(const struct bytes *image, struct bytes *elf)
{
	uint32_t sectors = image->data[SETUP_SECTORS] ? image->data[SETUP_SECTORS] : 4;
	size_t offset = (sectors + 1) * 512 + le32(image->data + SETUP_PAYLOAD_OFFSET);
	size_t size = le32(image->data + SETUP_PAYLOAD_LENGTH);
	int err;

	if (offset > image->size || size > image->size - offset || size < 8)
		return -EINVAL;
	if (image->data[offset] != 0x1f)
		size -= 4;
	err = file_uncompress(image->data + offset, size, elf);
	if (!err && (!is_elf(elf) || !has_pvh_entry(elf))) {
		free(elf->data);
		err = -EINVAL;
	}
	return err;
}

/* ---- the cache ---------------------------------------------------------- */

static const char *cache_folder(void)
{
	const char *folder = secure_getenv("SILO_CACHE_DIR");

	return folder && *folder ? folder : "/var/cache/silo";
}

/* The name has all that tells one image from another, so that an entry is never wrong, only old. */
static char *cache_path(const struct kernel *kernel)
{
	struct stat status;

	if (stat(kernel->image, &status))
		return NULL;
	return text("%s/vmlinux-%s-%llx-%llx.%09lx", cache_folder(), kernel->release,
		    (unsigned long long)status.st_size, (unsigned long long)status.st_mtim.tv_sec,
		    (unsigned long)status.st_mtim.tv_nsec);
}

/* Uncompressed kernels are large: the ones of an image that has been replaced are of no use. */
static void remove_others(const struct kernel *kernel, const char *kept)
{
	char *prefix = text("vmlinux-%s-", kernel->release);
	DIR *folder = opendir(cache_folder());
	struct dirent *entry;

	while (folder && (entry = readdir(folder)))
		if (!strncmp(entry->d_name, prefix, strlen(prefix)) && strcmp(entry->d_name, kept))
			unlinkat(dirfd(folder), entry->d_name, 0);
	if (folder)
		closedir(folder);
	free(prefix);
}

static int fill_cache(const struct kernel *kernel, const struct bytes *image, const char *path)
{
	struct bytes elf;
	int err = unpack_payload(image, &elf);

	if (err)
		return failure(err, "its payload can't be taken out or has no PVH entry");
	err = make_folders(cache_folder(), 0755);
	if (!err)
		err = file_replace(path, elf.data, elf.size);
	free(elf.data);
	if (err)
		return failure(err, "%s can't be written: %s", path, strerror(-err));
	remove_others(kernel, strrchr(path, '/') + 1);
	return 0;
}

int kernel_uncompress(struct kernel *kernel)
{
	char *path = cache_path(kernel);
	struct bytes image;
	int err;

	if (path && !access(path, R_OK)) {
		kernel->boot = path;
		return 0;
	}
	err = file_read(kernel->image, &image);
	if (err || !path) {
		free(path);
		return failure(err, "%s can't be read: %s", kernel->image, strerror(-err));
	}
	if (is_bzimage(&image) && !fill_cache(kernel, &image, path)) {
		kernel->boot = path;
	} else {
		if (is_bzimage(&image))
			remark_verbose("%s is booted compressed, which takes longer: %s", kernel->image,
				       failure_sentence());
		kernel->boot = text("%s", kernel->image);
		free(path);
	}
	free(image.data);
	return 0;
}

/* ---- choosing ----------------------------------------------------------- */

static char *own_folder(void)
{
	char path[4096];
	ssize_t size = readlink("/proc/self/exe", path, sizeof(path) - 1);

	path[size < 0 ? 0 : size] = '\0';
	if (strrchr(path, '/'))
		*strrchr(path, '/') = '\0';
	return text("%s", path);
}

/* As configured, as installed, and as in the source tree. */
static char *find_silo_module(const char *release)
{
	const char *configured = secure_getenv("SILO_MODULE_DIR");
	char *own = own_folder();
	char *places[] = {
		configured ? text("%s/silo.ko", configured) : NULL,
		configured ? text("%s/%s/silo.ko", configured, release) : NULL,
		text("/lib/modules/%s/updates/silo.ko", release),
		text("/lib/modules/%s/updates/dkms/silo.ko", release),
		text("%s/../build/%s/silo.ko", own, release),
	};
	char *found = NULL;

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		if (!found && places[i] && modules_is_for(places[i], release))
			found = places[i];
		else
			free(places[i]);
	}
	free(own);
	return found;
}

static bool has_modules(const char *release)
{
	char *path = text("/lib/modules/%s/modules.dep.bin", release);
	bool has = !access(path, R_OK);

	free(path);
	return has;
}

static int set_release(struct kernel *kernel)
{
	struct bytes image;
	int err = file_read(kernel->image, &image);

	if (err)
		return failure(err, "kernel %s can't be read: %s", kernel->image, strerror(-err));
	kernel->release = release_of(&image);
	free(image.data);
	if (!kernel->release)
		return failure(-EINVAL, "%s is no Linux kernel for x86-64", kernel->image);
	return 0;
}

/* For an image that is known by its release. */
static int complete(struct kernel *kernel)
{
	if (!has_modules(kernel->release))
		return failure(-ENOENT, "kernel %s has no modules in /lib/modules/%s", kernel->release,
			       kernel->release);
	kernel->modules = text("/lib/modules/%s", kernel->release);
	kernel->silo_module = find_silo_module(kernel->release);
	if (!kernel->silo_module)
		return failure(-ENOENT, "there is no silo.ko for the guest's kernel %s: build it with "
			       "'make module KVER=%s', or name its folder in SILO_MODULE_DIR",
			       kernel->release, kernel->release);
	return 0;
}

static int is_image(const struct dirent *entry)
{
	return !strncmp(entry->d_name, "vmlinuz-", 8);
}

static int newest_first(const struct dirent **a, const struct dirent **b)
{
	return strverscmp((*b)->d_name, (*a)->d_name);
}

static int try_release(struct kernel *kernel, const char *release)
{
	char *image = text("/boot/vmlinuz-%s", release);
	int err;

	if (access(image, R_OK)) {
		free(image);
		return -ENOENT;
	}
	kernel_destroy(kernel);
	*kernel = (struct kernel){ .image = image, .release = text("%s", release) };
	err = complete(kernel);
	return err;
}

static int find_installed(struct kernel *kernel)
{
	struct dirent **entries;
	struct utsname running;
	int count, err;

	uname(&running);
	err = try_release(kernel, running.release);
	if (!err)
		return 0;
	count = scandir("/boot", &entries, is_image, newest_first);
	if (count <= 0)
		return failure(-ENOENT, "no kernel for the guest: there is no /boot/vmlinuz-*; install one, "
					"or give --kernel");
	for (int i = 0; i < count && err; i++)
		err = try_release(kernel, entries[i]->d_name + strlen("vmlinuz-"));
	/* If none will do, what the newest lacks is what there is to say. */
	if (err)
		err = try_release(kernel, entries[0]->d_name + strlen("vmlinuz-"));
	for (int i = 0; i < count; i++)
		free(entries[i]);
	free(entries);
	return err;
}

int kernel_find(struct kernel *kernel, const char *file)
{
	const char *configured = secure_getenv("SILO_VM_KERNEL");
	int err;

	*kernel = (struct kernel){};
	if (!file && configured && *configured)
		file = configured;
	if (!file)
		return find_installed(kernel);
	kernel->image = realpath(file, NULL);
	if (!kernel->image)
		return failure_errno("kernel %s", file);
	err = set_release(kernel);
	return err ? err : complete(kernel);
}
