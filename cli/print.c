// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * siloctl: printing results, as text or as JSON, by the same calls
 *
 * Owns: struct print. Text cells are kept until the widths are known; what
 * came out of a silo is escaped, so that it can't drive the caller's terminal.
 */
#include <errno.h>
#include <json-c/json.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "print.h"
#include "report.h"

#define DEPTH_MAX 8
#define JSON_FLAGS (JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED | JSON_C_TO_STRING_NOSLASHESCAPE)
#define JSON_LINE_FLAGS (JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE)

struct print {
	enum print_form form;
	const struct print_column *columns;
	size_t columns_count;
	bool json;
	bool has_failed;
	char **cells;				/* rows_count times columns_count; NULL is an empty one */
	size_t rows_count;
	struct json_object *rows;
	struct json_object *open[DEPTH_MAX];	/* open[0] is the row; each further one, in the one before */
	size_t depth;
};

struct print *print_begin(enum print_form form, const struct print_column *columns, bool json)
{
	struct print *print = must(calloc(1, sizeof(*print)));

	print->form = form;
	print->columns = columns;
	while (columns[print->columns_count].key)
		print->columns_count++;
	print->json = json;
	print->rows = must(json_object_new_array());
	return print;
}

bool print_failed(const struct print *print)
{
	return print->has_failed;
}

static void flush(struct print *print)
{
	if ((fflush(stdout) || ferror(stdout)) && !print->has_failed) {
		complain("stdout", "cannot write: %s", strerror(errno));
		print->has_failed = true;
	}
}

/* ---- the text form ------------------------------------------------------ */

/* A copy in which no control character is left; those of C1 are two bytes in UTF-8. */
static char *escape(const char *text)
{
	char *copy = must(malloc(4 * strlen(text) + 1)), *end = copy;

	for (const unsigned char *at = (const unsigned char *)text; *at; at++) {
		if (*at == '\n')
			end += sprintf(end, "\\n");
		else if (*at == '\t')
			end += sprintf(end, "\\t");
		else if (*at < ' ' || *at == 0x7f)
			end += sprintf(end, "\\x%02x", *at);
		else if (*at == 0xc2 && at[1] >= 0x80 && at[1] < 0xa0)
			end += sprintf(end, "\\x%02x", *++at);
		else
			*end++ = *at;
	}
	*end = '\0';
	return copy;
}

/* Columns that a cell takes: its characters, those of double width not counted as such. */
static size_t width(const char *text)
{
	size_t count = 0;

	for (; *text; text++)
		count += (*text & 0xc0) != 0x80;
	return count;
}

static void set_cell(struct print *print, const char *key, const char *text)
{
	char **row = print->cells + (print->rows_count - 1) * print->columns_count;

	for (size_t i = 0; i < print->columns_count; i++) {
		if (strcmp(print->columns[i].key, key))
			continue;
		free(row[i]);
		row[i] = print->form == PRINT_ONE ? must(strdup(text)) : escape(text);
	}
}

static void add_row(struct print *print)
{
	size_t size = (print->rows_count + 1) * print->columns_count * sizeof(*print->cells) + 1;

	print->cells = must(realloc(print->cells, size));
	memset(print->cells + print->rows_count++ * print->columns_count, 0,
	       print->columns_count * sizeof(*print->cells));
}

/* Padding waits for the next cell that has text, so that no line ends with blanks. */
static void print_line(struct print *print, char *const *row, const size_t *widths)
{
	int padding = 0;

	for (size_t i = 0; i < print->columns_count; i++) {
		const char *text = row[i] ?: print->form == PRINT_TABLE && print->columns[i].title ? "-" : "";

		if (*text) {
			printf("%*s%s", padding, "", text);
			padding = 0;
		}
		padding += widths[i] ? widths[i] - width(text) + 2 : 0;
	}
	putchar('\n');
}

static void print_table(struct print *print)
{
	size_t *widths = must(calloc(print->columns_count, sizeof(*widths)));
	char **titles = must(calloc(print->columns_count, sizeof(*titles)));

	for (size_t i = 0; i < print->columns_count; i++) {
		titles[i] = (char *)print->columns[i].title;
		widths[i] = titles[i] ? width(titles[i]) : 0;
		for (size_t row = 0; row < print->rows_count; row++) {
			const char *text = print->cells[row * print->columns_count + i];

			if (text && width(text) > widths[i])
				widths[i] = width(text);
		}
	}
	if (titles[0])
		print_line(print, titles, widths);
	for (size_t row = 0; row < print->rows_count; row++)
		print_line(print, print->cells + row * print->columns_count, widths);
	free(widths);
	free(titles);
}

static void forget_rows(struct print *print)
{
	for (size_t i = 0; i < print->rows_count * print->columns_count; i++)
		free(print->cells[i]);
	free(print->cells);
	print->cells = NULL;
	print->rows_count = 0;
}

/* ---- rows --------------------------------------------------------------- */

static struct json_object *innermost(struct print *print)
{
	return print->open[print->depth - 1];
}

/* Adds @value to what is open and gives it away. */
static void add(struct print *print, const char *key, struct json_object *value)
{
	if (key)
		json_object_object_add(innermost(print), key, value);
	else
		json_object_array_add(innermost(print), value);
}

static void open_in(struct print *print, const char *key, struct json_object *value)
{
	if (print->depth == DEPTH_MAX)
		abort();
	if (print->depth)
		add(print, key, value);
	else
		json_object_array_add(print->rows, value);
	print->open[print->depth++] = value;
}

void print_open(struct print *print, const char *key)
{
	if (!print->depth)
		add_row(print);
	open_in(print, key, must(json_object_new_object()));
}

void print_open_list(struct print *print, const char *key)
{
	open_in(print, key, must(json_object_new_array()));
}

void print_close(struct print *print)
{
	if (--print->depth || print->form != PRINT_LINES)
		return;
	if (print->json)
		puts(json_object_to_json_string_ext(print->open[0], JSON_LINE_FLAGS));
	else
		print_table(print);
	flush(print);
	forget_rows(print);
	json_object_array_del_idx(print->rows, 0, 1);
}

void print_text(struct print *print, const char *key, const char *value)
{
	add(print, key, must(json_object_new_string(value)));
	if (print->depth == 1)
		set_cell(print, key, value);
}

void print_number(struct print *print, const char *key, uint64_t value)
{
	char text[24];

	add(print, key, must(json_object_new_uint64(value)));
	snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
	if (print->depth == 1)
		set_cell(print, key, text);
}

void print_flag(struct print *print, const char *key, bool value)
{
	add(print, key, must(json_object_new_boolean(value)));
	if (print->depth == 1)
		set_cell(print, key, value ? "yes" : "no");
}

void print_shown(struct print *print, const char *key, const char *format, ...)
{
	va_list arguments;
	char *text;

	va_start(arguments, format);
	if (vasprintf(&text, format, arguments) < 0)
		text = NULL;
	va_end(arguments);
	set_cell(print, key, must(text));
	free(text);
}

void print_json(struct print *print, const char *key, const char *value)
{
	struct json_object *object = json_tokener_parse(value);

	if (object)
		add(print, key, object);
	else
		print_text(print, key, value);
}

void print_abandon(struct print *print)
{
	forget_rows(print);
	json_object_put(print->rows);
	free(print);
}

int print_end(struct print *print)
{
	bool has_failed;

	if (print->json && print->form == PRINT_TABLE)
		puts(json_object_to_json_string_ext(print->rows, JSON_FLAGS));
	else if (print->json && print->form == PRINT_ONE)
		puts(json_object_to_json_string_ext(json_object_array_get_idx(print->rows, 0), JSON_FLAGS));
	else if (!print->json)
		print_table(print);
	flush(print);
	has_failed = print->has_failed;
	print_abandon(print);
	return has_failed ? EXIT_NO : EXIT_YES;
}
