// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * libsilo - text: bringing the encodings of registry files into UTF-8
 */
#include <stdint.h>

#include "text.h"

/* 0x80 to 0x9f; the five that are not defined are what Windows makes of them, control characters. */
static const uint16_t windows_1252[32] = {
	0x20ac, 0x0081, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021,
	0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0x008d, 0x017d, 0x008f,
	0x0090, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
	0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x009d, 0x017e, 0x0178,
};

static size_t encode(char *out, uint32_t code)
{
	if (code < 0x80) {
		out[0] = code;
		return 1;
	}
	if (code < 0x800) {
		out[0] = 0xc0 | code >> 6;
		out[1] = 0x80 | (code & 0x3f);
		return 2;
	}
	if (code < 0x10000) {
		out[0] = 0xe0 | code >> 12;
		out[1] = 0x80 | (code >> 6 & 0x3f);
		out[2] = 0x80 | (code & 0x3f);
		return 3;
	}
	out[0] = 0xf0 | code >> 18;
	out[1] = 0x80 | (code >> 12 & 0x3f);
	out[2] = 0x80 | (code >> 6 & 0x3f);
	out[3] = 0x80 | (code & 0x3f);
	return 4;
}

size_t silo_text_utf8_length(const void *bytes, size_t size)
{
	/* The smallest code that needs as many bytes: a longer form of a smaller one is not allowed. */
	static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *byte = bytes, *end = byte + size;

	while (byte < end) {
		const unsigned char first = *byte;
		unsigned int length = 1, i;
		uint32_t code = first;

		if (first >= 0x80) {
			length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
			if (first < 0xc0 || first >= 0xf8 || (size_t)(end - byte) < length)
				break;
			code = first & (0x7f >> length);
			for (i = 1; i < length && (byte[i] & 0xc0) == 0x80; i++)
				code = code << 6 | (byte[i] & 0x3f);
			if (i < length || code < smallest[length] || code > 0x10ffff)
				break;
		}
		byte += length;
	}
	return byte - (const unsigned char *)bytes;
}

static uint32_t unit_at(const unsigned char *bytes)
{
	return bytes[0] | bytes[1] << 8;
}

size_t silo_text_from_utf16(char *out, const void *bytes, size_t size)
{
	const unsigned char *unit = bytes;
	size_t length = 0;

	for (; size >= 2; unit += 2, size -= 2) {
		uint32_t code = unit_at(unit);

		if (code >> 10 == 0xd800 >> 10 && size >= 4 && unit_at(unit + 2) >> 10 == 0xdc00 >> 10) {
			code = 0x10000 + ((code & 0x3ff) << 10) + (unit_at(unit + 2) & 0x3ff);
			unit += 2;
			size -= 2;
		}
		length += encode(out + length, code);
	}
	return length;
}

size_t silo_text_from_1252(char *out, const void *bytes, size_t size)
{
	const unsigned char *byte = bytes;
	size_t length = 0;

	for (; size; byte++, size--)
		length += encode(out + length,
				 *byte >= 0x80 && *byte < 0xa0 ? windows_1252[*byte - 0x80] : *byte);
	return length;
}
