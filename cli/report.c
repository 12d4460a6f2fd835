// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * siloctl: saying on stderr what failed, and the exit code that goes with it
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "report.h"

void complain(const char *object, const char *format, ...)
{
	va_list arguments;

	fprintf(stderr, "siloctl: %s: ", object);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
}

static const char *reason(int error, const char *sentence)
{
	if (error == -ENOPKG)
		return "the silo module is not loaded; load it with 'insmod silo.ko' (or 'modprobe silo')";
	if (sentence && *sentence)
		return sentence;
	if (error == -EPROTO)
		return "the loaded silo module has another interface than this siloctl; "
		       "install both from one release";
	return error == -EINTR ? "interrupted" : strerror(-error);
}

int failure(const char *object, const char *what, int error, const char *sentence)
{
	bool needs_root = (error == -EPERM || error == -EACCES) && geteuid();

	complain(object, "%s: %s%s", what, reason(error, sentence),
		 needs_root ? "; run siloctl as root" : "");
	return error == -ENOPKG || error == -EPROTO || error == -ENOTSUP ? EXIT_SYSTEM : EXIT_NO;
}

int before_command(int code)
{
	return code == EXIT_NO || code == EXIT_SYSTEM ? EXIT_BEFORE_COMMAND : code;
}
