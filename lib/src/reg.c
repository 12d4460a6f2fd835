// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * libsilo - reg: reading registry files (.reg)
 *
 * The file is brought into UTF-8 and read twice: once to check it, once to
 * call the caller's function. The second time can't fail, so nothing is called
 * for a file that is not well-formed to its end.
 *
 *	Windows Registry Editor Version 5.00		or REGEDIT4
 *	; comment
 *	[HKEY_LOCAL_MACHINE\Software\Web]		create a key
 *	[-HKEY_LOCAL_MACHINE\Software\Old]		delete a key with all below it
 *	@="text"					the default value
 *	"Path"="C:\\Web \"2\""				a string; it may have line breaks in it
 *	"Port"=dword:00001f90
 *	"Key"=hex:01,02,\				bytes; a line is continued
 *	  03
 *	"Dirs"=hex(7):61,00,00,00,00,00			bytes of any type; text is UTF-16 in version 5.00
 *	"Old"=-						delete a value
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "hex.h"
#include "key_path.h"
#include "text.h"

#define BAD_HEADER "the first line is neither \"Windows Registry Editor Version 5.00\" nor \"REGEDIT4\""
#define BAD_ESCAPE "an unknown escape in a string (a backslash is written \\\\)"
#define BAD_COMMA "a comma without a byte after it"
#define BAD_CONTINUATION "a line to be continued, and nothing that continues it"
#define BAD_STRING_END "text after the closing quote of a string"
#define OPEN_STRING "a string without its closing quote"
#define HALF_CHARACTER "half a character at the end of a text in UTF-16"

struct parser {
	const char *at;			/* next character; the text ends with a NUL */
	unsigned int line;
	bool is_version4;
	bool has_key, is_key_deleted;
	const char *reason;		/* what is wrong, once something is */
	unsigned int faulty_line;
	char path[SILO_KEY_PATH_MAX + 2];
	char value[SILO_KEY_VALUE_NAME_MAX + 1];
	/* Each has room for the whole text, so also for any part of it that was converted. */
	unsigned char *bytes;
	char *converted;
	silo_reg_fn fn;			/* NULL while checking */
	void *data;
};

static int malformed(struct parser *parser, unsigned int line, const char *reason)
{
	parser->faulty_line = line;
	parser->reason = reason;
	return -EBADMSG;
}

/* ---- characters --------------------------------------------------------- */

static void skip_blanks(struct parser *parser)
{
	parser->at += strspn(parser->at, " \t");
}

static size_t line_break_at(const char *at)
{
	if (at[0] == '\r' && at[1] == '\n')
		return 2;
	return at[0] == '\n' || at[0] == '\r';
}

/* Skips blanks, a comment and the end of the line; false if something else is there. */
static bool skip_end_of_line(struct parser *parser)
{
	skip_blanks(parser);
	if (*parser->at == ';')
		parser->at += strcspn(parser->at, "\r\n");
	if (!*parser->at)
		return true;
	if (!line_break_at(parser->at))
		return false;
	parser->at += line_break_at(parser->at);
	parser->line++;
	return true;
}

static bool skip_word(struct parser *parser, const char *word)
{
	const size_t length = strlen(word);

	if (strncasecmp(parser->at, word, length))
		return false;
	parser->at += length;
	return true;
}

/* ---- changes ------------------------------------------------------------ */

static int emit(struct parser *parser, unsigned int line, const char *value, bool is_delete,
		uint32_t type, const void *data, size_t size)
{
	struct silo_reg_change change = {
		.path = parser->path,
		.value = value,
		.is_delete = is_delete,
		.type = type,
		.data = data,
		.size = size,
		.line = line,
	};

	if (size > SILO_KEY_DATA_MAX)
		return malformed(parser, line, "data of more than 32768 bytes");
	return parser->fn ? parser->fn(&change, parser->data) : 0;
}

_Static_assert(SILO_KEY_DATA_MAX == 32768 && SILO_KEY_VALUE_NAME_MAX == 1023, "the reasons say so");

/* ---- keys --------------------------------------------------------------- */

/* [PATH] or [-PATH]. A path may have brackets in it, so the last one of the line is its end. */
static int parse_key(struct parser *parser)
{
	const unsigned int line = parser->line;
	char *text = (char *)parser->bytes;
	const char *reason, *end;
	size_t length = strcspn(parser->at, "\r\n");
	int err;

	end = memrchr(parser->at, ']', length);
	if (!end)
		return malformed(parser, line, "a key without its closing bracket");
	parser->at++;
	parser->is_key_deleted = *parser->at == '-';
	parser->at += parser->is_key_deleted;
	length = end - parser->at;
	/* A backslash in front makes sure that forward slashes are part of names. */
	text[0] = '\\';
	memcpy(text + 1, parser->at, length);
	text[length + 1] = '\0';
	parser->at = end + 1;
	if (!skip_end_of_line(parser))
		return malformed(parser, line, "text after the closing bracket of a key");
	err = silo_key_path_copy(parser->path + 1, text, &reason);
	if (err)
		return malformed(parser, line, reason);
	if (!parser->path[1])
		return malformed(parser, line, "a key without a path");
	/* So that silo_key_path() takes it: a slash is part of a name only next to a backslash. */
	if (strchr(parser->path + 1, '/') && !strchr(parser->path + 1, '\\'))
		parser->path[0] = '\\';
	else
		memmove(parser->path, parser->path + 1, strlen(parser->path + 1) + 1);
	parser->has_key = true;
	return emit(parser, line, NULL, parser->is_key_deleted, 0, NULL, 0);
}

/* ---- data --------------------------------------------------------------- */

/*
 * A quoted string, without its quotes and escapes. Only data may have line breaks in it.
 * @out has room for all text.
 */
static int parse_quoted(struct parser *parser, bool is_data, char *out, size_t *length)
{
	const unsigned int line = parser->line;
	size_t size = 0;

	for (parser->at++; *parser->at != '"'; parser->at++) {
		char c = *parser->at;

		if (!c || (!is_data && line_break_at(parser->at)))
			return malformed(parser, line, OPEN_STRING);
		if (c == '\n' || (c == '\r' && parser->at[1] != '\n'))
			parser->line++;
		if (c == '\\') {
			c = *++parser->at;
			if (c == 'n')
				c = '\n';
			else if (c == 'r')
				c = '\r';
			else if (c != '\\' && c != '"')
				return malformed(parser, parser->line, BAD_ESCAPE);
		}
		out[size++] = c;
	}
	parser->at++;
	out[size] = '\0';
	*length = size;
	return 0;
}

/* After a backslash: the rest of its line, then lines with nothing but a comment. */
static bool skip_continuation(struct parser *parser)
{
	if (!skip_end_of_line(parser) || !*parser->at)
		return false;
	for (;;) {
		skip_blanks(parser);
		if (*parser->at != ';')
			return *parser->at;
		if (!skip_end_of_line(parser))
			return false;
	}
}

/* 01,02,\ newline 03. Puts the bytes into parser->bytes and ends after the end of the last line. */
static int parse_bytes(struct parser *parser, size_t *size)
{
	bool has_comma = false;

	for (*size = 0;;) {
		int digit, byte;

		skip_blanks(parser);
		if (*parser->at == '\\') {
			const unsigned int line = parser->line;

			parser->at++;
			if (!skip_continuation(parser))
				return malformed(parser, line, BAD_CONTINUATION);
			continue;
		}
		byte = silo_hex_digit(*parser->at);
		if (byte < 0) {
			const unsigned int line = parser->line;

			if (skip_end_of_line(parser))
				return has_comma ? malformed(parser, line, BAD_COMMA) : 0;
			return malformed(parser, line, "something that is no hexadecimal byte");
		}
		if (*size && !has_comma)
			return malformed(parser, parser->line, "two bytes without a comma between them");
		digit = silo_hex_digit(*++parser->at);
		if (digit >= 0) {
			byte = byte << 4 | digit;
			parser->at++;
		}
		parser->bytes[(*size)++] = byte;
		skip_blanks(parser);
		has_comma = *parser->at == ',';
		parser->at += has_comma;
	}
}

/* The text in parser->bytes as UTF-8 in parser->converted. */
static int convert_text(struct parser *parser, unsigned int line, size_t *size)
{
	if (parser->is_version4 && silo_text_utf8_length(parser->bytes, *size) == *size) {
		memcpy(parser->converted, parser->bytes, *size);
	} else if (parser->is_version4) {
		*size = silo_text_from_1252(parser->converted, parser->bytes, *size);
	} else {
		if (*size % 2)
			return malformed(parser, line, HALF_CHARACTER);
		*size = silo_text_from_utf16(parser->converted, parser->bytes, *size);
	}
	return 0;
}

/* A string: what Windows ends with NULs, without them. */
static int convert_string(struct parser *parser, unsigned int line, size_t *size)
{
	int err = convert_text(parser, line, size);

	if (err)
		return err;
	while (*size && !parser->converted[*size - 1])
		--*size;
	if (memchr(parser->converted, '\0', *size))
		return malformed(parser, line, "a NUL inside a string");
	return 0;
}

/* Strings, each ended by a NUL: what Windows ends with one more, without it. */
static int convert_multi_string(struct parser *parser, unsigned int line, size_t *size)
{
	int err = convert_text(parser, line, size);

	if (err)
		return err;
	if (*size && parser->converted[*size - 1])
		parser->converted[(*size)++] = '\0';
	else if (*size == 1 || (*size && !parser->converted[*size - 2]))
		--*size;
	return 0;
}

/* hex: or hex(TYPE): */
static int parse_hex(struct parser *parser, unsigned int line, const char *value)
{
	uint32_t type = SILO_KEY_TYPE_BINARY;
	size_t size, needed = 0;
	int err;

	if (*parser->at == '(') {
		unsigned int digits = 0;

		parser->at++;
		for (type = 0; silo_hex_digit(*parser->at) >= 0; parser->at++, digits++)
			type = type << 4 | silo_hex_digit(*parser->at);
		if (!digits || digits > 8 || *parser->at++ != ')')
			return malformed(parser, line, "a type that is no hexadecimal number in parentheses");
	}
	if (*parser->at++ != ':')
		return malformed(parser, line, "a type without a colon after it");
	err = parse_bytes(parser, &size);
	if (err)
		return err;
	switch (type) {
	case SILO_KEY_TYPE_STRING:
	case SILO_KEY_TYPE_EXPAND_STRING:
	case SILO_KEY_TYPE_LINK:
		err = convert_string(parser, line, &size);
		return err ? err : emit(parser, line, value, false, type, parser->converted, size);
	case SILO_KEY_TYPE_MULTI_STRING:
		err = convert_multi_string(parser, line, &size);
		return err ? err : emit(parser, line, value, false, type, parser->converted, size);
	case SILO_KEY_TYPE_DWORD:
	case SILO_KEY_TYPE_DWORD_BE:
		needed = 4;
		break;
	case SILO_KEY_TYPE_QWORD:
		needed = 8;
		break;
	}
	if (needed && size != needed)
		return malformed(parser, line, "a number with too many or too few bytes");
	return emit(parser, line, value, false, type, parser->bytes, size);
}

static int parse_dword(struct parser *parser, unsigned int line, const char *value)
{
	unsigned char data[4];
	unsigned int digits;
	uint32_t number = 0;

	skip_blanks(parser);
	for (digits = 0; silo_hex_digit(*parser->at) >= 0; parser->at++, digits++)
		number = number << 4 | silo_hex_digit(*parser->at);
	if (!digits || digits > 8 || !skip_end_of_line(parser))
		return malformed(parser, line, "a dword that is not 1 to 8 hexadecimal digits");
	for (unsigned int i = 0; i < sizeof(data); i++)
		data[i] = number >> 8 * i;
	return emit(parser, line, value, false, SILO_KEY_TYPE_DWORD, data, sizeof(data));
}

static int parse_string(struct parser *parser, unsigned int line, const char *value)
{
	size_t size;
	int err = parse_quoted(parser, true, parser->converted, &size);

	if (err)
		return err;
	if (!skip_end_of_line(parser))
		return malformed(parser, line, parser->line == line ? BAD_STRING_END : OPEN_STRING);
	return emit(parser, line, value, false, SILO_KEY_TYPE_STRING, parser->converted, size);
}

/* ---- lines -------------------------------------------------------------- */

/* NAME=DATA or @=DATA */
static int parse_value(struct parser *parser)
{
	const unsigned int line = parser->line;
	size_t length = 0;
	int err = 0;

	if (*parser->at == '@')
		parser->at++;
	else
		err = parse_quoted(parser, false, parser->converted, &length);
	if (err)
		return err;
	if (length > SILO_KEY_VALUE_NAME_MAX)
		return malformed(parser, line, "a value with a name of more than 1023 bytes");
	memcpy(parser->value, parser->converted, length);
	parser->value[length] = '\0';
	skip_blanks(parser);
	if (*parser->at++ != '=')
		return malformed(parser, line, "a value without an equals sign after its name");
	if (!parser->has_key)
		return malformed(parser, line, "a value before the first key");
	if (parser->is_key_deleted)
		return malformed(parser, line, "a value of a deleted key");
	skip_blanks(parser);
	if (*parser->at == '"')
		return parse_string(parser, line, parser->value);
	if (skip_word(parser, "dword:"))
		return parse_dword(parser, line, parser->value);
	if (skip_word(parser, "hex"))
		return parse_hex(parser, line, parser->value);
	if (*parser->at == '-') {
		parser->at++;
		if (skip_end_of_line(parser))
			return emit(parser, line, parser->value, true, 0, NULL, 0);
	}
	return malformed(parser, line, "data that are neither a string nor dword:, hex: or -");
}

static int parse_header(struct parser *parser)
{
	parser->is_version4 = skip_word(parser, "REGEDIT4");
	if ((!parser->is_version4 && !skip_word(parser, "Windows Registry Editor Version 5.00")) ||
	    !skip_end_of_line(parser))
		return malformed(parser, 1, BAD_HEADER);
	return 0;
}

static int parse_text(struct parser *parser, const char *text)
{
	int err;

	parser->at = text;
	parser->line = 1;
	parser->has_key = false;
	err = parse_header(parser);
	while (!err && *parser->at) {
		skip_blanks(parser);
		if (*parser->at == '[')
			err = parse_key(parser);
		else if (*parser->at == '"' || *parser->at == '@')
			err = parse_value(parser);
		else if (!skip_end_of_line(parser))
			err = malformed(parser, parser->line, "neither a key, nor a value, nor a comment");
	}
	return err;
}

/* ---- encodings ---------------------------------------------------------- */

static unsigned int last_line(const char *text, size_t size)
{
	unsigned int line = 1;

	for (size_t i = 0; i < size; i++)
		line += text[i] == '\n' || (text[i] == '\r' && (i + 1 == size || text[i + 1] != '\n'));
	return line;
}

/* The file as UTF-8 without byte order mark, with a NUL at its end; @out has room for 3 * @size + 1 bytes. */
static int decode(struct parser *parser, const unsigned char *bytes, size_t size, char *out)
{
	size_t length;

	if (size >= 2 && bytes[0] == 0xfe && bytes[1] == 0xff)
		return malformed(parser, 1, "UTF-16 in big-endian order is not read");
	if (size >= 2 && bytes[0] == 0xff && bytes[1] == 0xfe) {
		length = silo_text_from_utf16(out, bytes + 2, size - 2);
		out[length] = '\0';
		if (size % 2)
			return malformed(parser, last_line(out, length), HALF_CHARACTER);
	} else {
		const size_t mark = size >= 3 && !memcmp(bytes, "\xef\xbb\xbf", 3) ? 3 : 0;

		bytes += mark;
		size -= mark;
		length = silo_text_utf8_length(bytes, size);
		memcpy(out, bytes, length);
		if (length < size && size >= 8 && !memcmp(bytes, "REGEDIT4", 8))
			length = silo_text_from_1252(out, bytes, size);
		else if (length < size)
			return malformed(parser, last_line(out, length),
					 "text that is neither UTF-8 nor UTF-16 with a byte order mark");
		out[length] = '\0';
	}
	if (strlen(out) != length)
		return malformed(parser, last_line(out, strlen(out)), "a NUL character");
	return 0;
}

static int parse(struct parser *parser, const void *text, size_t size, silo_reg_fn fn)
{
	auto_free char *decoded = malloc(3 * size + 1);
	auto_free unsigned char *bytes = NULL;
	auto_free char *converted = NULL;
	int err;

	if (!decoded)
		return -ENOMEM;
	err = decode(parser, text, size, decoded);
	if (err)
		return err;
	/* A byte of text is at most one of data, and these at most 3 of UTF-8; parse_key() needs 2 more. */
	size = strlen(decoded);
	parser->bytes = bytes = malloc(size + 2);
	parser->converted = converted = malloc(3 * size + 2);
	if (!bytes || !converted)
		return -ENOMEM;
	err = parse_text(parser, decoded);
	if (err || !fn)
		return err;
	parser->fn = fn;
	return parse_text(parser, decoded);
}

int silo_reg_parse(const void *text, size_t size, silo_reg_fn fn, void *data, unsigned int *line,
		   const char **reason)
{
	auto_free struct parser *parser = calloc(1, sizeof(*parser));
	int err;

	if (!parser)
		return -ENOMEM;
	parser->data = data;
	err = parse(parser, text, size, fn);
	if (line)
		*line = parser->faulty_line;
	if (reason)
		*reason = parser->reason;
	return err;
}
