// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * libsilo - value: the types of values, and values as text
 */
#include <endian.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cleanup.h"
#include "generated/tables.h"
#include "hex.h"
#include "key_path.h"

DEFINE_AUTO(struct silo_value *, silo_value_free)

/* ---- types -------------------------------------------------------------- */

/* What Windows calls them. */
static const struct {
	const char *name;
	uint32_t type;
} windows_names[] = {
	{ "REG_NONE", SILO_KEY_TYPE_NONE },
	{ "REG_SZ", SILO_KEY_TYPE_STRING },
	{ "REG_EXPAND_SZ", SILO_KEY_TYPE_EXPAND_STRING },
	{ "REG_BINARY", SILO_KEY_TYPE_BINARY },
	{ "REG_DWORD", SILO_KEY_TYPE_DWORD },
	{ "REG_DWORD_LITTLE_ENDIAN", SILO_KEY_TYPE_DWORD },
	{ "REG_DWORD_BIG_ENDIAN", SILO_KEY_TYPE_DWORD_BE },
	{ "REG_LINK", SILO_KEY_TYPE_LINK },
	{ "REG_MULTI_SZ", SILO_KEY_TYPE_MULTI_STRING },
	{ "REG_RESOURCE_LIST", SILO_KEY_TYPE_RESOURCE_LIST },
	{ "REG_FULL_RESOURCE_DESCRIPTOR", SILO_KEY_TYPE_RESOURCE_DESCRIPTOR },
	{ "REG_RESOURCE_REQUIREMENTS_LIST", SILO_KEY_TYPE_RESOURCE_REQUIREMENTS },
	{ "REG_QWORD", SILO_KEY_TYPE_QWORD },
	{ "REG_QWORD_LITTLE_ENDIAN", SILO_KEY_TYPE_QWORD },
};

const char *silo_key_type_name(uint32_t type)
{
	return type < silo_names_key_type.count ? silo_names_key_type.names[type] : NULL;
}

/* Decimal or 0x, digits only. */
static int parse_number(const char *text, uint64_t max, uint64_t *out)
{
	const bool is_hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	const unsigned int base = is_hex ? 16 : 10;
	const char *digit = text + (is_hex ? 2 : 0);
	bool is_too_large = false;
	uint64_t number = 0;

	if (!*digit)
		return -EINVAL;
	for (; *digit; digit++) {
		int value = silo_hex_digit(*digit);

		if (value < 0 || value >= (int)base)
			return -EINVAL;
		if (__builtin_mul_overflow(number, base, &number) ||
		    __builtin_add_overflow(number, value, &number) || number > max)
			is_too_large = true;
	}
	if (is_too_large)
		return -ERANGE;
	*out = number;
	return 0;
}

int silo_key_type_parse(const char *text, uint32_t *type)
{
	uint64_t number;

	for (size_t i = 0; i < silo_names_key_type.count; i++) {
		if (!strcasecmp(text, silo_names_key_type.names[i])) {
			*type = i;
			return 0;
		}
	}
	for (size_t i = 0; i < sizeof(windows_names) / sizeof(windows_names[0]); i++) {
		if (!strcasecmp(text, windows_names[i].name)) {
			*type = windows_names[i].type;
			return 0;
		}
	}
	if (parse_number(text, UINT32_MAX, &number))
		return -EINVAL;
	*type = number;
	return 0;
}

/* ---- values ------------------------------------------------------------- */

void silo_value_free(struct silo_value *value)
{
	if (!value)
		return;
	free(value->data);
	free(value);
}

struct silo_value *silo_value_new(uint32_t type, const void *data, size_t size)
{
	auto_put(silo_value_free) struct silo_value *value = calloc(1, sizeof(*value));

	if (!value)
		return NULL;
	value->type = type;
	value->size = size;
	value->data = calloc(1, size + 1);
	if (!value->data)
		return NULL;
	if (data && size)
		memcpy(value->data, data, size);
	return steal_pointer(&value);
}

/* ---- parse -------------------------------------------------------------- */

static int parse_integer(uint32_t type, const char *text, struct silo_value **out)
{
	const bool is_qword = type == SILO_KEY_TYPE_QWORD;
	uint64_t number;
	uint32_t dword;
	int err = parse_number(text, is_qword ? UINT64_MAX : UINT32_MAX, &number);

	if (err)
		return err;
	dword = type == SILO_KEY_TYPE_DWORD_BE ? htobe32(number) : htole32(number);
	number = htole64(number);
	*out = is_qword ? silo_value_new(type, &number, sizeof(number)) :
			  silo_value_new(type, &dword, sizeof(dword));
	return *out ? 0 : -ENOMEM;
}

static int parse_bytes(uint32_t type, const char *text, struct silo_value **out)
{
	auto_put(silo_value_free) struct silo_value *value = silo_value_new(type, NULL, strlen(text) / 2);
	size_t size = 0;

	if (!value)
		return -ENOMEM;
	for (;;) {
		int high, low;

		text += strspn(text, " ,\t\r\n");
		if (!*text)
			break;
		high = silo_hex_digit(text[0]);
		low = silo_hex_digit(text[1]);
		if (high < 0 || low < 0)
			return -EINVAL;
		value->data[size++] = high << 4 | low;
		text += 2;
	}
	value->size = size;
	*out = steal_pointer(&value);
	return 0;
}

/* A final newline is optional: "a\nb" and "a\nb\n" are two strings each, "" is none, "\n" an empty one. */
static int parse_lines(uint32_t type, const char *text, struct silo_value **out)
{
	const size_t length = strlen(text);
	const bool is_open = length && text[length - 1] != '\n';
	struct silo_value *value = silo_value_new(type, text, length + is_open);

	if (!value)
		return -ENOMEM;
	for (size_t i = 0; i < length; i++)
		if (value->data[i] == '\n')
			value->data[i] = '\0';
	*out = value;
	return 0;
}

int silo_value_parse(uint32_t type, const char *text, struct silo_value **out)
{
	switch (type) {
	case SILO_KEY_TYPE_DWORD:
	case SILO_KEY_TYPE_DWORD_BE:
	case SILO_KEY_TYPE_QWORD:
		return parse_integer(type, text, out);
	case SILO_KEY_TYPE_STRING:
	case SILO_KEY_TYPE_EXPAND_STRING:
	case SILO_KEY_TYPE_LINK:
		*out = silo_value_new(type, text, strlen(text));
		return *out ? 0 : -ENOMEM;
	case SILO_KEY_TYPE_MULTI_STRING:
		return parse_lines(type, text, out);
	default:
		return parse_bytes(type, text, out);
	}
}

/* ---- format ------------------------------------------------------------- */

static int format_integer(const struct silo_value *value, char **out)
{
	uint64_t qword;
	uint32_t dword;

	if (value->size != (value->type == SILO_KEY_TYPE_QWORD ? sizeof(qword) : sizeof(dword)))
		return -EINVAL;
	if (value->type == SILO_KEY_TYPE_QWORD) {
		memcpy(&qword, value->data, sizeof(qword));
		qword = le64toh(qword);
	} else {
		memcpy(&dword, value->data, sizeof(dword));
		qword = value->type == SILO_KEY_TYPE_DWORD_BE ? be32toh(dword) : le32toh(dword);
	}
	return asprintf(out, "%" PRIu64, qword) < 0 ? -ENOMEM : 0;
}

static int format_bytes(const struct silo_value *value, char **out)
{
	static const char digits[] = "0123456789abcdef";
	char *text = malloc(2 * value->size + 1);

	if (!text)
		return -ENOMEM;
	for (size_t i = 0; i < value->size; i++) {
		text[2 * i] = digits[value->data[i] >> 4];
		text[2 * i + 1] = digits[value->data[i] & 15];
	}
	text[2 * value->size] = '\0';
	*out = text;
	return 0;
}

/* The reverse of parse_lines(). The last newline is only written where it is needed: after an empty one. */
static int format_lines(const struct silo_value *value, char **out)
{
	size_t size = value->size;
	char *text;

	if (size && value->data[size - 1])
		return -EINVAL;
	text = malloc(size + 1);
	if (!text)
		return -ENOMEM;
	for (size_t i = 0; i < size; i++)
		text[i] = value->data[i] ? value->data[i] : '\n';
	if (size > 1 && value->data[size - 2])
		size--;
	text[size] = '\0';
	*out = text;
	return 0;
}

static int format_text(const struct silo_value *value, char **out)
{
	if (memchr(value->data, '\0', value->size))
		return -EINVAL;
	*out = strndup((const char *)value->data, value->size);
	return *out ? 0 : -ENOMEM;
}

int silo_value_format(const struct silo_value *value, char **out)
{
	switch (value->type) {
	case SILO_KEY_TYPE_DWORD:
	case SILO_KEY_TYPE_DWORD_BE:
	case SILO_KEY_TYPE_QWORD:
		return format_integer(value, out);
	case SILO_KEY_TYPE_STRING:
	case SILO_KEY_TYPE_EXPAND_STRING:
	case SILO_KEY_TYPE_LINK:
		return format_text(value, out);
	case SILO_KEY_TYPE_MULTI_STRING:
		return format_lines(value, out);
	default:
		return format_bytes(value, out);
	}
}
