// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * silo-vm - console: the last of what the guest's kernel says
 *
 * A guest may say as much as it likes; what is kept of it is bounded, in
 * memory and in the file.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "console.h"

#define FILE_MAX (4 * CONSOLE_SIZE)

void console_init(struct console *console, int fd, int directory)
{
	console->fd = fd;
	console->file = openat(directory, "guest.log", O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC,
			       0600);
	console->file_size = 0;
	console->total = 0;
}

static size_t kept(const struct console *console)
{
	return console->total < CONSOLE_SIZE ? console->total : CONSOLE_SIZE;
}

/* The byte at @index of those that are kept, 0 the oldest. */
static char byte_at(const struct console *console, size_t index)
{
	return console->bytes[(console->total - kept(console) + index) % CONSOLE_SIZE];
}

static void keep(struct console *console, const char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		console->bytes[console->total++ % CONSOLE_SIZE] = bytes[i];
}

/* A file that has grown too long begins again with what is kept. */
static void write_to_file(struct console *console, const char *bytes, size_t size)
{
	if (console->file < 0)
		return;
	if (console->file_size + size > FILE_MAX) {
		size_t start = console->total % CONSOLE_SIZE;

		if (ftruncate(console->file, 0) ||
		    write(console->file, console->bytes + start, CONSOLE_SIZE - start) < 0 ||
		    write(console->file, console->bytes, start) < 0)
			return;
		console->file_size = CONSOLE_SIZE;
		return;
	}
	if (write(console->file, bytes, size) == (ssize_t)size)
		console->file_size += size;
}

void console_pump(struct console *console)
{
	char bytes[4096];

	/* Not until there is no more, which a guest could put off for ever. */
	for (int i = 0; i < 16 && console->fd >= 0; i++) {
		ssize_t size = read(console->fd, bytes, sizeof(bytes));

		if (size > 0) {
			keep(console, bytes, (size_t)size);
			write_to_file(console, bytes, (size_t)size);
		} else if (size == 0 || (errno != EAGAIN && errno != EINTR)) {
			close(console->fd);
			console->fd = -1;
		} else {
			return;
		}
	}
}

static void put_safely(FILE *stream, char byte)
{
	if (byte == '\n' || byte == '\t' || (unsigned char)byte >= ' ')
		fputc(byte, stream);
}

void console_show(const struct console *console, int lines)
{
	size_t start = kept(console);

	while (start > 0 && lines >= 0)
		if (byte_at(console, --start) == '\n' && lines-- == 0)
			start++;
	for (; start < kept(console); start++)
		put_safely(stderr, byte_at(console, start));
}

bool console_panic(const struct console *console, char *line, size_t size)
{
	static const char sign[] = "Kernel panic - not syncing: ";
	size_t count = kept(console), length = strlen(sign), matched = 0, written = 0, i;

	for (i = 0; i < count && matched < length; i++) {
		char byte = byte_at(console, i);

		matched = byte == sign[matched] ? matched + 1 : byte == sign[0];
	}
	if (matched < length)
		return false;
	for (; i < count && written < size - 1; i++) {
		char byte = byte_at(console, i);

		if (byte == '\n' || byte == '\r')
			break;
		line[written++] = (unsigned char)byte < ' ' ? '?' : byte;
	}
	line[written] = '\0';
	return true;
}
