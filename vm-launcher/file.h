/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * silo-vm - file: whole files in memory
 */
#ifndef SILO_VM_FILE_H
#define SILO_VM_FILE_H

#include <stddef.h>

/* Malloc'd bytes, and a NUL that does not count. */
struct bytes {
	unsigned char *data;
	size_t size;
};

/* file_read - read a whole file. Errors: -errno; -EFBIG for more than 1 GiB. */
int file_read(const char *path, struct bytes *bytes);

/*
 * file_uncompress - replace bytes in one of the usual compressions by what they stand for. Errors: -EINVAL
 * if in none.
 */
int file_uncompress(const unsigned char *data, size_t size, struct bytes *bytes);

/* file_read_any - read a file that may be compressed, as its name's last part says (.xz, .zst, .gz) */
int file_read_any(const char *path, struct bytes *bytes);

/* file_replace - write a file as a whole: it is there complete or as it was before */
int file_replace(const char *path, const void *data, size_t size);

/* make_folders - make a folder with all above it */
int make_folders(const char *path, unsigned int mode);

/* text - format a malloc'd string; ends the program without memory */
char *text(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
