/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * silo-vm - console: the last of what the guest's kernel says
 */
#ifndef SILO_VM_CONSOLE_H
#define SILO_VM_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>

#define CONSOLE_SIZE 65536

struct console {
	int fd;			/* QEMU's serial line; -1 when it is closed */
	int file;		/* guest.log */
	size_t file_size;
	size_t total;		/* bytes ever received; the last CONSOLE_SIZE of them are kept */
	char bytes[CONSOLE_SIZE];
};

/* console_init - keep what comes from @fd, also in the file guest.log of @directory */
void console_init(struct console *console, int fd, int directory);

/* console_pump - take what is there */
void console_pump(struct console *console);

/* console_show - write the last lines to stderr */
void console_show(const struct console *console, int lines);

/* console_panic - copy the line in which the kernel says that it gave up; false if there is none */
bool console_panic(const struct console *console, char *line, size_t size);

#endif
