// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * silo-vm - report: saying what failed, and what is remarkable
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "report.h"

bool report_is_verbose;

static char sentence[1024];

int failure(int code, const char *format, ...)
{
	char text[sizeof(sentence)];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	memcpy(sentence, text, sizeof(sentence));
	return code;
}

int failure_errno(const char *format, ...)
{
	int error = errno;
	char text[sizeof(sentence) - 128];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	return failure(-error, "%s: %s", text, strerror(error));
}

const char *failure_sentence(void)
{
	return sentence;
}

static void say(const char *format, va_list arguments)
{
	char text[sizeof(sentence)];

	vsnprintf(text, sizeof(text), format, arguments);
	fprintf(stderr, "silo-vm: %s\n", text);
}

void remark(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say(format, arguments);
	va_end(arguments);
}

void remark_verbose(const char *format, ...)
{
	va_list arguments;

	if (!report_is_verbose)
		return;
	va_start(arguments, format);
	say(format, arguments);
	va_end(arguments);
}
