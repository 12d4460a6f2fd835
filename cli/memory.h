/* SPDX-License-Identifier: GPL-2.0-or-later */
/* siloctl: memory that a command line tool can't go on without */
#ifndef SILOCTL_MEMORY_H
#define SILOCTL_MEMORY_H

#include <stdio.h>
#include <stdlib.h>

#include "siloctl.h"

static inline void *must(void *pointer)
{
	if (pointer)
		return pointer;
	fputs("siloctl: out of memory\n", stderr);
	exit(EXIT_SYSTEM);
}

#endif
