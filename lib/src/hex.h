/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libsilo - hex: one hexadecimal digit
 */
#ifndef SILO_HEX_H
#define SILO_HEX_H

/* -1 if it is none. */
static inline int silo_hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

#endif
