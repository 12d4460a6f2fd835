/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libsilo - cleanup: variables that let go of what they hold when they leave their scope
 *
 *	auto_free char *text = strdup("x");
 *	auto_close int fd = open(...);
 *	*out = steal_pointer(&text);		hands the text on
 *	return steal_fd(&fd);
 *
 * DEFINE_AUTO(struct thing *, thing_free) makes auto_put(thing_free) for other types.
 */
#ifndef SILO_CLEANUP_H
#define SILO_CLEANUP_H

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define auto_cleanup(function) __attribute__((__cleanup__(function)))

static inline void silo_cleanup_free(void *pointer)
{
	free(*(void **)pointer);
}

static inline void silo_cleanup_close(int *fd)
{
	int error = errno;

	if (*fd >= 0)
		close(*fd);
	errno = error;
}

#define auto_free auto_cleanup(silo_cleanup_free)
#define auto_close auto_cleanup(silo_cleanup_close)

#define DEFINE_AUTO(type, function)					\
	static inline void silo_cleanup_##function(type *pointer)	\
	{								\
		if (*pointer)						\
			function(*pointer);				\
	}
#define auto_put(function) auto_cleanup(silo_cleanup_##function)

#define steal_pointer(pointer)						\
	({								\
		__typeof__(*(pointer)) stolen_ = *(pointer);		\
		*(pointer) = NULL;					\
		stolen_;						\
	})

static inline int steal_fd(int *fd)
{
	int stolen = *fd;

	*fd = -1;
	return stolen;
}

#endif
