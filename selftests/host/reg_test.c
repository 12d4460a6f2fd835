// SPDX-License-Identifier: GPL-2.0-only
/*
 * selftests - reg: registry files, well-formed and not, as libsilo reads them
 */
#include <errno.h>
#include <iconv.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <silo/silo.h>

#include "kselftest_harness.h"

#define POISON ((void *)0x5a5a5a5a)

/* Changes as one line each: "LINE set PATH VALUE TYPE HEX" or "LINE delete PATH VALUE"; "|" ends each. */
struct changes {
	char text[4096];
	int calls, fail_at, result;
};

static int append_change(const struct silo_reg_change *change, void *data)
{
	struct changes *changes = data;
	char *end = changes->text + strlen(changes->text);

	if (++changes->calls == changes->fail_at)
		return changes->result;
	end += sprintf(end, "%u %s %s", change->line, change->is_delete ? "delete" : "set", change->path);
	if (change->value)
		end += sprintf(end, " %s", *change->value ? change->value : "@");
	if (change->value && !change->is_delete) {
		end += sprintf(end, " %u ", change->type);
		for (size_t i = 0; i < change->size; i++)
			end += sprintf(end, "%02x", change->data[i]);
	}
	strcpy(end, "|");
	return 0;
}

/* UTF-8 as UTF-16LE with a byte order mark. */
static size_t to_utf16(const char *text, size_t size, unsigned char *out, size_t out_size)
{
	char *from = (char *)text, *to = (char *)out + 2;
	size_t left = out_size - 2;
	iconv_t converter = iconv_open("UTF-16LE", "UTF-8");

	memcpy(out, "\xff\xfe", 2);
	if (iconv(converter, &from, &size, &to, &left) == (size_t)-1)
		left = out_size - 2;
	iconv_close(converter);
	return out_size - left;
}

#define V5 "Windows Registry Editor Version 5.00\r\n"
#define V4 "REGEDIT4\n"

FIXTURE(reg) {
	struct changes changes;
};

FIXTURE_VARIANT(reg) {
	const char *text;
	size_t size;
	const char *changes;
};

#define REG(name, text_, changes_)	\
	FIXTURE_VARIANT_ADD(reg, name) { .text = text_, .size = sizeof(text_) - 1, .changes = changes_ }

REG(nothing, V5, "");
REG(nothing_version4, "REGEDIT4", "");
REG(blank_after_header, "REGEDIT4 \t\r\n\r\n", "");
REG(key, V5 "[HKEY_LOCAL_MACHINE\\Software\\Web]\r\n", "2 set HKLM\\Software\\Web|");
REG(key_without_line_end, V5 "[HKLM\\a]", "2 set HKLM\\a|");
REG(key_indented, V5 " \t[HKLM\\a] \t\n", "2 set HKLM\\a|");
REG(key_with_comment, V5 "[HKLM\\a] ; what\n", "2 set HKLM\\a|");
REG(key_with_brackets, V5 "[HKLM\\a[1]]\n", "2 set HKLM\\a[1]|");
REG(key_with_slash, V5 "[HKCR\\MIME\\image/png]\n", "2 set HKCR\\MIME\\image/png|");
REG(root_key_with_slash, V5 "[a/b]\n", "2 set \\a/b|");
REG(key_deleted, V5 "[-HKEY_CURRENT_USER\\a]\r\n[HKCU\\b]", "2 delete HKCU\\a|3 set HKCU\\b|");
REG(comments, V5 "; [HKLM\\no]\n\n  ; \"x\"=\n[HKLM\\a]\n;\n", "5 set HKLM\\a|");
REG(old_mac_lines, "REGEDIT4\r[a]\r[b]", "2 set a|3 set b|");

#define KEY "[k]\n"
REG(string, V5 KEY "\"a\"=\"text\"\n", "2 set k|3 set k a 1 74657874|");
REG(string_empty, V5 KEY "\"a\"=\"\"\n", "2 set k|3 set k a 1 |");
REG(string_with_spaces_around, V5 KEY " \"a\" = \"t\" ; c\n", "2 set k|3 set k a 1 74|");
REG(string_with_escapes, V5 KEY "\"a\\\"\\\\\"=\"\\\\ \\\" \\n\\r\"",
    "2 set k|3 set k a\"\\ 1 5c2022200a0d|");
REG(string_over_lines, V5 KEY "\"a\"=\"1\r\n2\n\"\r\n\"b\"=-",
    "2 set k|3 set k a 1 310d0a320a|6 delete k b|");
REG(string_with_semicolon, V5 KEY "\"a\"=\";\"", "2 set k|3 set k a 1 3b|");
REG(string_beyond_bmp, V5 KEY "\"a\"=\"\xf0\x9f\x98\x80\"", "2 set k|3 set k a 1 f09f9880|");
REG(string_in_utf8, V5 KEY "\"\xc3\xa4\"=\"\xe2\x82\xac\"", "2 set k|3 set k \xc3\xa4 1 e282ac|");
REG(default_value, V5 KEY "@=\"d\"\n", "2 set k|3 set k @ 1 64|");
REG(default_value_by_name, V5 KEY "\"\"=\"d\"\n", "2 set k|3 set k @ 1 64|");
REG(default_value_deleted, V5 KEY "@=-\n", "2 set k|3 delete k @|");
REG(value_deleted, V5 KEY "\"a\"=- ; c\n", "2 set k|3 delete k a|");
REG(value_with_equals_sign, V5 KEY "\"a=b\"=\"c\"\n", "2 set k|3 set k a=b 1 63|");
REG(dword, V5 KEY "\"a\"=dword:00001f90\n", "2 set k|3 set k a 4 901f0000|");
REG(dword_short, V5 KEY "\"a\"=DWORD: F ; c\n", "2 set k|3 set k a 4 0f000000|");
REG(hex, V5 KEY "\"a\"=hex:00,fF,1A\n", "2 set k|3 set k a 3 00ff1a|");
REG(hex_empty, V5 KEY "\"a\"=hex:\n", "2 set k|3 set k a 3 |");
REG(hex_single_digits, V5 KEY "\"a\"=hex:0 , a,\t1\n", "2 set k|3 set k a 3 000a01|");
REG(hex_continued, V5 KEY "\"a\"=hex:01,\\\r\n  02,\\ \r\n\t03\r\n\"b\"=-",
    "2 set k|3 set k a 3 010203|6 delete k b|");
REG(hex_continued_at_once, V5 KEY "\"a\"=hex:\\\n  02\n", "2 set k|3 set k a 3 02|");
REG(hex_continued_with_comments, V5 KEY "\"a\"=hex:01,\\ ; one\n ; two\n  02 ; three\n",
    "2 set k|3 set k a 3 0102|");
REG(hex_none, V5 KEY "\"a\"=hex(0):01\n", "2 set k|3 set k a 0 01|");
REG(hex_other_type, V5 KEY "\"a\"=hex(ffffffff):01\n", "2 set k|3 set k a 4294967295 01|");
REG(hex_dword, V5 KEY "\"a\"=hex(4):01,02,03,04\n", "2 set k|3 set k a 4 01020304|");
REG(hex_dword_be, V5 KEY "\"a\"=hex(5):01,02,03,04\n", "2 set k|3 set k a 5 01020304|");
REG(hex_qword, V5 KEY "\"a\"=hex(B):1,2,3,4,5,6,7,8\n", "2 set k|3 set k a 11 0102030405060708|");
REG(hex_string, V5 KEY "\"a\"=hex(1):61,00,ac,20,00,00\n", "2 set k|3 set k a 1 61e282ac|");
REG(hex_string_without_nul, V5 KEY "\"a\"=hex(1):61,00\n", "2 set k|3 set k a 1 61|");
REG(hex_string_beyond_bmp, V5 KEY "\"a\"=hex(1):3d,d8,00,de,00,00\n", "2 set k|3 set k a 1 f09f9880|");
REG(hex_string_with_lone_surrogate, V5 KEY "\"a\"=hex(1):3d,d8,61,00\n", "2 set k|3 set k a 1 eda0bd61|");
REG(hex_expand_string, V5 KEY "\"a\"=hex(2):25,00,00,00\n", "2 set k|3 set k a 2 25|");
REG(hex_link, V5 KEY "\"a\"=hex(6):61,00\n", "2 set k|3 set k a 6 61|");
REG(hex_multi_string, V5 KEY "\"a\"=hex(7):61,00,00,00,62,00,00,00,00,00\n", "2 set k|3 set k a 7 61006200|");
REG(hex_multi_string_unended, V5 KEY "\"a\"=hex(7):61,00,00,00,62,00\n", "2 set k|3 set k a 7 61006200|");
REG(hex_multi_string_empty, V5 KEY "\"a\"=hex(7):00,00\n", "2 set k|3 set k a 7 |");
REG(hex_multi_string_no_bytes, V5 KEY "\"a\"=hex(7):\n", "2 set k|3 set k a 7 |");
REG(version4_hex_string, V4 KEY "\"a\"=hex(1):61,00\n", "2 set k|3 set k a 1 61|");
REG(version4_hex_string_in_1252, V4 KEY "\"a\"=hex(2):80,00\n", "2 set k|3 set k a 2 e282ac|");
REG(version4_hex_multi_string, V4 KEY "\"a\"=hex(7):61,00,62,00,00\n", "2 set k|3 set k a 7 61006200|");
REG(version4_in_utf8, V4 KEY "\"a\"=\"\xc3\xa4\"\n", "2 set k|3 set k a 1 c3a4|");

FIXTURE_SETUP(reg)
{
	memset(&self->changes, 0, sizeof(self->changes));
}

FIXTURE_TEARDOWN(reg)
{
}

TEST_F(reg, gives_its_changes_in_order)
{
	const char *reason = POISON;
	unsigned int line = 4711;

	EXPECT_EQ(0, silo_reg_parse(variant->text, variant->size, append_change, &self->changes, &line,
				    &reason));
	EXPECT_STREQ(variant->changes, self->changes.text);
	EXPECT_EQ(0, line);
	EXPECT_EQ(NULL, reason);
}

TEST_F(reg, is_the_same_with_a_byte_order_mark_in_utf8)
{
	char text[4096] = "\xef\xbb\xbf";

	memcpy(text + 3, variant->text, variant->size);
	EXPECT_EQ(0, silo_reg_parse(text, variant->size + 3, append_change, &self->changes, NULL, NULL));
	EXPECT_STREQ(variant->changes, self->changes.text);
}

TEST_F(reg, is_the_same_in_utf16)
{
	unsigned char text[8192];
	size_t size = to_utf16(variant->text, variant->size, text, sizeof(text));

	ASSERT_LT(2, size);
	EXPECT_EQ(0, silo_reg_parse(text, size, append_change, &self->changes, NULL, NULL));
	EXPECT_STREQ(variant->changes, self->changes.text);
}

/* Wherever a file is cut off, it is either read or refused with a line; memory checkers see the rest. */
TEST_F(reg, is_read_or_refused_wherever_it_is_cut_off)
{
	for (size_t size = 0; size < variant->size; size++) {
		char *text = malloc(size + 1);
		const char *reason = NULL;
		unsigned int line = 0;
		int err;

		memcpy(text, variant->text, size);
		memset(&self->changes, 0, sizeof(self->changes));
		err = silo_reg_parse(text, size, append_change, &self->changes, &line, &reason);
		free(text);
		if (!err)
			continue;
		EXPECT_EQ(-EBADMSG, err);
		EXPECT_NE(0, line);
		EXPECT_NE(NULL, reason);
		EXPECT_EQ(0, self->changes.calls);
	}
}

TEST(reg_of_version_4_may_be_in_1252)
{
	static const char text[] = V4 KEY "\"\xe4\"=\"\x80\"\n";
	struct changes changes = { 0 };

	EXPECT_EQ(0, silo_reg_parse(text, strlen(text), append_change, &changes, NULL, NULL));
	EXPECT_STREQ("2 set k|3 set k \xc3\xa4 1 e282ac|", changes.text);
}

TEST(reg_result_of_the_function_ends_the_reading)
{
	struct changes changes = { .fail_at = 2, .result = 7 };
	const char *reason = POISON;
	unsigned int line;

	EXPECT_EQ(7, silo_reg_parse(V4 "[a]\n[b]\n[c]", strlen(V4 "[a]\n[b]\n[c]"), append_change, &changes,
				    &line, &reason));
	EXPECT_STREQ("2 set a|", changes.text);
	EXPECT_EQ(2, changes.calls);
	EXPECT_EQ(NULL, reason);
}

TEST(reg_is_checked_without_a_function)
{
	unsigned int line;

	EXPECT_EQ(0, silo_reg_parse(V4 "[a]", strlen(V4 "[a]"), NULL, NULL, NULL, NULL));
	EXPECT_EQ(-EBADMSG, silo_reg_parse(V4 "[a]\n[", strlen(V4 "[a]\n["), NULL, NULL, &line, NULL));
	EXPECT_EQ(3, line);
}

/* A faulty line comes after a good one, which must not be told of. */
FIXTURE(bad_reg) {
};

FIXTURE_VARIANT(bad_reg) {
	const char *text;
	size_t size;
	unsigned int line;
	const char *reason;
};

#define BAD(name, line_, reason_, text_)                                                                     \
	FIXTURE_VARIANT_ADD(bad_reg, name)                                                                   \
	{                                                                                                    \
		.text = text_, .size = sizeof(text_) - 1, .line = line_, .reason = reason_                   \
	}
#define HEADER_REASON "the first line is neither \"Windows Registry Editor Version 5.00\" nor \"REGEDIT4\""

BAD(empty, 1, HEADER_REASON, "");
BAD(no_header, 1, HEADER_REASON, "[a]\n");
BAD(header_late, 1, HEADER_REASON, "\nREGEDIT4\n");
BAD(header_longer, 1, HEADER_REASON, "REGEDIT45\n");
BAD(header_of_version_3, 1, HEADER_REASON, "REGEDIT\n");
BAD(utf16_without_mark, 1, "a NUL character", "R\0E\0");
BAD(utf16_big_endian, 1, "UTF-16 in big-endian order is not read", "\xfe\xff\0R");
BAD(utf16_odd, 2, "half a character at the end of a text in UTF-16", "\xff\xfeR\0\n\0E");
BAD(not_utf8, 3, "text that is neither UTF-8 nor UTF-16 with a byte order mark", V5 KEY "\"\xe4\"=\"\"\n");
BAD(overlong_utf8, 3, "text that is neither UTF-8 nor UTF-16 with a byte order mark",
    V5 KEY "\"\xc0\xaf\"=\"\"\n");
BAD(nul, 3, "a NUL character", V5 KEY "\"a\0\"=\"\"\n");
BAD(key_open, 3, "a key without its closing bracket", V5 KEY "[a\n\"x\"=\"]\"");
BAD(key_trailing, 3, "text after the closing bracket of a key", V5 KEY "[a]x\n");
BAD(key_empty, 3, "a key without a path", V5 KEY "[]\n");
BAD(key_empty_deleted, 3, "a key without a path", V5 KEY "[-]\n");
BAD(key_empty_name, 3, "the path of the key has an empty name in it", V5 KEY "[a\\\\b]\n");
BAD(rubbish, 3, "neither a key, nor a value, nor a comment", V5 KEY "rubbish\n");
BAD(value_before_key, 2, "a value before the first key", V5 "\"a\"=\"b\"\n" KEY);
BAD(value_of_deleted_key, 4, "a value of a deleted key", V5 KEY "[-b]\n\"a\"=\"b\"\n");
BAD(value_name_open, 3, "a string without its closing quote", V5 KEY "\"a=\nb\"=\"c\"");
BAD(value_alone, 3, "a value without an equals sign after its name", V5 KEY "\"a\"\n");
BAD(value_unquoted, 3, "neither a key, nor a value, nor a comment", V5 KEY "a=\"b\"\n");
BAD(data_missing, 3, "data that are neither a string nor dword:, hex: or -", V5 KEY "\"a\"=\n");
BAD(data_unquoted, 3, "data that are neither a string nor dword:, hex: or -", V5 KEY "\"a\"=b\n");
BAD(data_delete_trailing, 3, "data that are neither a string nor dword:, hex: or -", V5 KEY "\"a\"=-1\n");
BAD(string_open, 3, "a string without its closing quote", V5 KEY "\"a\"=\"b\n");
BAD(string_open_before_value, 3, "a string without its closing quote", V5 KEY "\"a\"=\"b\n\"c\"=\"d\"\n");
BAD(string_trailing, 3, "text after the closing quote of a string", V5 KEY "\"a\"=\"b\"c\n");
BAD(string_escape, 3, "an unknown escape in a string (a backslash is written \\\\)",
    V5 KEY "\"a\"=\"C:\\Windows\"\n");
BAD(string_escape_at_end, 3, "an unknown escape in a string (a backslash is written \\\\)",
    V5 KEY "\"a\"=\"\\");
BAD(dword_empty, 3, "a dword that is not 1 to 8 hexadecimal digits", V5 KEY "\"a\"=dword:\n");
BAD(dword_long, 3, "a dword that is not 1 to 8 hexadecimal digits", V5 KEY "\"a\"=dword:000000001\n");
BAD(dword_no_hex, 3, "a dword that is not 1 to 8 hexadecimal digits", V5 KEY "\"a\"=dword:0x1\n");
BAD(hex_no_colon, 3, "a type without a colon after it", V5 KEY "\"a\"=hex01\n");
BAD(hex_type_empty, 3, "a type that is no hexadecimal number in parentheses", V5 KEY "\"a\"=hex():01\n");
BAD(hex_type_open, 3, "a type that is no hexadecimal number in parentheses", V5 KEY "\"a\"=hex(7:01\n");
BAD(hex_type_long, 3, "a type that is no hexadecimal number in parentheses",
    V5 KEY "\"a\"=hex(100000000):01\n");
BAD(hex_comma_at_end, 3, "a comma without a byte after it", V5 KEY "\"a\"=hex:01,\n");
BAD(hex_comma_first, 3, "something that is no hexadecimal byte", V5 KEY "\"a\"=hex:,01\n");
BAD(hex_no_comma, 3, "two bytes without a comma between them", V5 KEY "\"a\"=hex:0102\n");
BAD(hex_no_comma_over_lines, 4, "two bytes without a comma between them", V5 KEY "\"a\"=hex:01\\\n02\n");
BAD(hex_no_byte, 4, "something that is no hexadecimal byte", V5 KEY "\"a\"=hex:01,\\\n0g\n");
BAD(hex_continued_by_nothing, 4, "a line to be continued, and nothing that continues it",
    V5 KEY "\"a\"=hex:01,\\\n02,\\");
BAD(hex_continued_by_comment, 3, "a line to be continued, and nothing that continues it",
    V5 KEY "\"a\"=hex:01,\\\n;");
BAD(hex_continued_by_key, 4, "something that is no hexadecimal byte", V5 KEY "\"a\"=hex:01,\\\n[b]\n");
BAD(hex_dword_short, 3, "a number with too many or too few bytes", V5 KEY "\"a\"=hex(4):01,02,03\n");
BAD(hex_qword_long, 3, "a number with too many or too few bytes", V5 KEY "\"a\"=hex(b):1,2,3,4,5,6,7,8,9\n");
BAD(hex_string_odd, 3, "half a character at the end of a text in UTF-16", V5 KEY "\"a\"=hex(1):61,00,00\n");
BAD(hex_string_with_nul, 3, "a NUL inside a string", V5 KEY "\"a\"=hex(1):61,00,00,00,62,00\n");

FIXTURE_SETUP(bad_reg)
{
}

FIXTURE_TEARDOWN(bad_reg)
{
}

TEST_F(bad_reg, is_refused_with_its_line_before_anything_is_told)
{
	struct changes changes = { 0 };
	const char *reason = NULL;
	unsigned int line = 0;

	EXPECT_EQ(-EBADMSG,
		  silo_reg_parse(variant->text, variant->size, append_change, &changes, &line, &reason));
	EXPECT_EQ(variant->line, line);
	ASSERT_NE(NULL, reason);
	EXPECT_STREQ(variant->reason, reason);
	EXPECT_EQ(0, changes.calls);
}

/* REGEDIT4, the key k, and a value with a name of @name bytes and @data bytes of text. */
static int parse_long(size_t name, size_t data, const char **reason)
{
	char *text = malloc(name + data + 64), *end = text;
	struct changes changes = { .fail_at = 1, .result = 7 };
	int err;

	end += sprintf(end, V4 KEY "\"");
	end = (char *)memset(end, 'n', name) + name;
	end += sprintf(end, "\"=\"");
	end = (char *)memset(end, 'd', data) + data;
	end += sprintf(end, "\"\n");
	err = silo_reg_parse(text, end - text, append_change, &changes, NULL, reason);
	free(text);
	return err;
}

TEST(reg_with_more_than_a_key_can_hold_is_refused)
{
	const char *reason;

	EXPECT_EQ(7, parse_long(SILO_KEY_VALUE_NAME_MAX, SILO_KEY_DATA_MAX, &reason));
	EXPECT_EQ(-EBADMSG, parse_long(SILO_KEY_VALUE_NAME_MAX + 1, 0, &reason));
	EXPECT_STREQ("a value with a name of more than 1023 bytes", reason);
	EXPECT_EQ(-EBADMSG, parse_long(1, SILO_KEY_DATA_MAX + 1, &reason));
	EXPECT_STREQ("data of more than 32768 bytes", reason);
}

TEST_HARNESS_MAIN
