// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * silo-vm - cause: why a machine ended that was not switched off
 */
#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cause.h"
#include "console.h"
#include "report.h"

/* The last line of a file, without a file's end being looked for further back than one buffer. */
static const char *last_line(int file, char *bytes, size_t size)
{
	off_t end = lseek(file, 0, SEEK_END);
	off_t start = end >= (off_t)size ? end - (off_t)size + 1 : 0;
	ssize_t length = pread(file, bytes, size - 1, start);
	char *line;

	bytes[length > 0 ? length : 0] = '\0';
	while (length > 0 && bytes[length - 1] == '\n')
		bytes[--length] = '\0';
	line = strrchr(bytes, '\n');
	return line ? line + 1 : bytes;
}

int cause_of_end(const struct console *console, int log, int status)
{
	char bytes[512];
	const char *line;

	if (console_panic(console, bytes, sizeof(bytes)))
		return failure(-EIO, "the guest's kernel panicked: %s", bytes);
	if (WIFSIGNALED(status))
		return failure(-EIO, "QEMU was killed by signal %d", WTERMSIG(status));
	if (!WEXITSTATUS(status))
		return failure(-EIO, "the guest switched itself off");
	line = last_line(log, bytes, sizeof(bytes));
	return failure(-EIO, "QEMU failed%s%s", *line ? ": " : "", line);
}
