/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libsilo - text: bringing the encodings of registry files into UTF-8
 *
 * UTF-8 here may have lone surrogates in it (WTF-8): Windows lets them into
 * names, and they survive a round trip.
 */
#ifndef SILO_TEXT_H
#define SILO_TEXT_H

#include <stddef.h>

/** silo_text_utf8_length - how many of these bytes, from the first on, are UTF-8 */
size_t silo_text_utf8_length(const void *bytes, size_t size);

/**
 * silo_text_from_utf16 - convert UTF-16LE
 * @out: has room for 3 bytes for each 2
 * Returns the size of the result. An odd last byte is left out.
 */
size_t silo_text_from_utf16(char *out, const void *bytes, size_t size);

/**
 * silo_text_from_1252 - convert Windows-1252, the Latin-1 of Windows
 * @out: has room for 3 bytes for each
 * Returns the size of the result.
 */
size_t silo_text_from_1252(char *out, const void *bytes, size_t size);

#endif
