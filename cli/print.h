/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * siloctl: printing results, as text or as JSON, by the same calls
 *
 * A result is a list of rows, each a JSON object. The fields of a row all go
 * into the JSON; as text, those that have a column are shown. Nothing but
 * results is ever written to stdout.
 */
#ifndef SILOCTL_PRINT_H
#define SILOCTL_PRINT_H

#include <stdbool.h>
#include <stdint.h>

struct print;

/*
 * A column of the text form: it shows the field @key. Without titles there is no heading. Ends with a NULL
 * key.
 */
struct print_column {
	const char *key;
	const char *title;
};

enum print_form {
	PRINT_TABLE,		/* columns fitted to the widest cell; a JSON array */
	PRINT_LINES,		/* each row at once; a JSON object per line */
	PRINT_ONE,		/* one row, its text as it is; one JSON object */
};

/* print_begin - begin a result; end it with print_end() */
struct print *print_begin(enum print_form form, const struct print_column *columns, bool json);

/*
 * print_open, print_close - a row, or an object inside one, which is shown in JSON only; @key is NULL for a
 * row and in a list
 */
void print_open(struct print *print, const char *key);
void print_close(struct print *print);

/* print_open_list - a list inside a row, shown in JSON only; ends with print_close() */
void print_open_list(struct print *print, const char *key);

/* print_text, print_number, print_flag - a field of the row or object that is open; @key is NULL in a list */
void print_text(struct print *print, const char *key, const char *value);
void print_number(struct print *print, const char *key, uint64_t value);
void print_flag(struct print *print, const char *key, bool value);

/* print_shown - what the column @key shows in the text form, whatever the field of that name is */
void print_shown(struct print *print, const char *key, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * print_end - write what is not written yet, and free; returns EXIT_YES, or EXIT_NO if stdout does not take
 * it
 */
int print_end(struct print *print);

/* print_abandon - write nothing more, and free */
void print_abandon(struct print *print);

/* print_json - a field of the row or object that is open, given as JSON text; as a string if it is none */
void print_json(struct print *print, const char *key, const char *value);

/* print_failed - whether stdout took everything so far; of use with PRINT_LINES */
bool print_failed(const struct print *print);

#endif
