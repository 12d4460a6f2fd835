/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libsilo - error: the sentence that silo_error() gives
 */
#ifndef SILO_ERROR_H
#define SILO_ERROR_H

#include <silo/silo.h>

/**
 * silo_fail - keep a sentence and return an errno
 * @silo: may be NULL, the sentence is lost then
 * @err: negative errno, or any other result that is to be returned
 * @format: sentence without a final dot or newline; may use what silo_error() gave before
 */
int silo_fail(struct silo *silo, int err, const char *format, ...)
	__attribute__((__format__(__printf__, 3, 4)));

/** silo_clear_error - forget the sentence; a public call on a handle begins with this or silo_request() */
void silo_clear_error(struct silo *silo);

#endif
