// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * silo-vm - file: whole files in memory
 */
#include <archive.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"

#define SIZE_MAX_OF_FILE ((size_t)1 << 30)

char *text(const char *format, ...)
{
	va_list arguments;
	char *result;

	va_start(arguments, format);
	if (vasprintf(&result, format, arguments) < 0) {
		fputs("silo-vm: no memory\n", stderr);
		exit(3);
	}
	va_end(arguments);
	return result;
}

int file_read(const char *path, struct bytes *bytes)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat status;
	size_t size = 0;
	int err = 0;

	bytes->data = NULL;
	if (fd < 0)
		return -errno;
	if (fstat(fd, &status))
		err = -errno;
	else if ((size_t)status.st_size > SIZE_MAX_OF_FILE)
		err = -EFBIG;
	else if (!(bytes->data = malloc((size_t)status.st_size + 1)))
		err = -ENOMEM;
	while (!err && size < (size_t)status.st_size) {
		ssize_t part = read(fd, bytes->data + size, (size_t)status.st_size - size);

		if (part < 0)
			err = -errno;
		if (part <= 0)
			break;
		size += (size_t)part;
	}
	close(fd);
	if (err) {
		free(bytes->data);
		bytes->data = NULL;
		return err;
	}
	bytes->data[size] = '\0';
	bytes->size = size;
	return 0;
}

static int grow(struct bytes *bytes, size_t *room)
{
	size_t wanted = *room ? 2 * *room : 1 << 20;
	unsigned char *data;

	if (wanted > SIZE_MAX_OF_FILE)
		return -EFBIG;
	data = realloc(bytes->data, wanted + 1);
	if (!data)
		return -ENOMEM;
	bytes->data = data;
	*room = wanted;
	return 0;
}

static int read_to_end(struct archive *archive, struct bytes *bytes)
{
	size_t room = 0;
	int err = 0;

	for (;;) {
		la_ssize_t part;

		if (bytes->size == room)
			err = grow(bytes, &room);
		if (err)
			return err;
		part = archive_read_data(archive, bytes->data + bytes->size, room - bytes->size);
		if (part < 0)
			return -EINVAL;
		if (!part)
			break;
		bytes->size += (size_t)part;
	}
	bytes->data[bytes->size] = '\0';
	return 0;
}

int file_uncompress(const unsigned char *data, size_t size, struct bytes *bytes)
{
	struct archive *archive = archive_read_new();
	struct archive_entry *entry;
	int err = -EINVAL;

	*bytes = (struct bytes){};
	if (!archive)
		return -ENOMEM;
	archive_read_support_filter_all(archive);
	archive_read_support_format_raw(archive);
	if (archive_read_open_memory(archive, data, size) == ARCHIVE_OK &&
	    archive_read_next_header(archive, &entry) == ARCHIVE_OK &&
	    archive_filter_count(archive) > 1)
		err = read_to_end(archive, bytes);
	archive_read_free(archive);
	if (err) {
		free(bytes->data);
		bytes->data = NULL;
	}
	return err;
}

int file_read_any(const char *path, struct bytes *bytes)
{
	const char *dot = strrchr(path, '.');
	struct bytes packed;
	int err;

	if (!dot || (strcmp(dot, ".xz") && strcmp(dot, ".zst") && strcmp(dot, ".gz")))
		return file_read(path, bytes);
	err = file_read(path, &packed);
	if (err)
		return err;
	err = file_uncompress(packed.data, packed.size, bytes);
	free(packed.data);
	return err;
}

int file_replace(const char *path, const void *data, size_t size)
{
	char *temporary = text("%s.%d", path, (int)getpid());
	int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	const unsigned char *rest = data;
	int err = fd < 0 ? -errno : 0;

	while (!err && size) {
		ssize_t part = write(fd, rest, size);

		if (part < 0) {
			err = -errno;
			break;
		}
		rest += part;
		size -= (size_t)part;
	}
	if (fd >= 0 && close(fd) && !err)
		err = -errno;
	if (!err && rename(temporary, path))
		err = -errno;
	if (err && fd >= 0)
		unlink(temporary);
	free(temporary);
	return err;
}

int make_folders(const char *path, unsigned int mode)
{
	char *copy = text("%s", path);
	int err = 0;

	for (char *slash = strchr(copy + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(copy, 0755);
		*slash = '/';
	}
	if (mkdir(copy, mode) && errno != EEXIST)
		err = -errno;
	free(copy);
	return err;
}
