// SPDX-License-Identifier: GPL-2.0-only
/*
 * selftests - libsilo: what the library does without a kernel that has silos
 *
 * Key paths, values as text, registry files, specs, names.
 */
#include <errno.h>
#include <iconv.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <silo/silo.h>
#include <silo/spec.h>

#include "kselftest_harness.h"

#define POISON ((void *)0x5a5a5a5a)

/* ---- names --------------------------------------------------------------- */

static char *repeat(char *out, char c, size_t count)
{
	memset(out, c, count);
	out[count] = '\0';
	return out;
}

TEST(a_name_has_letters_digits_dots_underscores_and_hyphens)
{
	char name[SILO_NAME_MAX + 2];

	EXPECT_TRUE(silo_name_is_valid("web"));
	EXPECT_TRUE(silo_name_is_valid("W-e_b.1"));
	EXPECT_TRUE(silo_name_is_valid("1a"));
	EXPECT_TRUE(silo_name_is_valid("selfie"));
	EXPECT_TRUE(silo_name_is_valid(repeat(name, 'a', SILO_NAME_MAX)));
	EXPECT_FALSE(silo_name_is_valid(repeat(name, 'a', SILO_NAME_MAX + 1)));
	EXPECT_FALSE(silo_name_is_valid(""));
	EXPECT_FALSE(silo_name_is_valid("self"));
	EXPECT_FALSE(silo_name_is_valid("host"));
	EXPECT_FALSE(silo_name_is_valid("42"));
	EXPECT_FALSE(silo_name_is_valid(".web"));
	EXPECT_FALSE(silo_name_is_valid("-web"));
	EXPECT_FALSE(silo_name_is_valid("_web"));
	EXPECT_FALSE(silo_name_is_valid("we b"));
	EXPECT_FALSE(silo_name_is_valid("we/b"));
	EXPECT_FALSE(silo_name_is_valid("w\xc3\xa4" "b"));
}

TEST(digits_only_are_an_id_and_all_else_is_a_name)
{
	EXPECT_STREQ("web", silo_ref_parse("web").name);
	EXPECT_STREQ("4x", silo_ref_parse("4x").name);
	EXPECT_STREQ("", silo_ref_parse("").name);
	EXPECT_STREQ("-1", silo_ref_parse("-1").name);
	EXPECT_EQ(NULL, silo_ref_parse("42").name);
	EXPECT_EQ(42, silo_ref_parse("42").id);
	EXPECT_EQ(0, silo_ref_parse("0").id);
	EXPECT_EQ(UINT64_MAX, silo_ref_parse("18446744073709551615").id);
	EXPECT_EQ(UINT64_MAX, silo_ref_parse("18446744073709551616").id);
	EXPECT_EQ(UINT64_MAX, silo_ref_parse("99999999999999999999999999").id);
}

TEST(words_of_the_spec)
{
	EXPECT_STREQ("created", silo_state_name(SILO_STATE_CREATED));
	EXPECT_STREQ("stopped", silo_state_name(SILO_STATE_STOPPED));
	EXPECT_STREQ("unknown", silo_state_name(SILO_STATE_STOPPED + 1));
	EXPECT_STREQ("vm", silo_isolation_name(SILO_ISOLATION_VM));
	EXPECT_STREQ("owner", silo_ended_by_name(SILO_ENDED_BY_OWNER));
	EXPECT_STREQ("removed", silo_event_kind_name(SILO_EVENT_KIND_REMOVED));
	EXPECT_STREQ("unknown", silo_event_kind_name(UINT32_MAX));
}

TEST(no_handle_has_no_error)
{
	EXPECT_STREQ("", silo_error(NULL));
	silo_close(NULL);
	silo_events_close(NULL);
	silo_info_free(NULL);
	silo_value_free(NULL);
	silo_spec_free(NULL);
}

/* ---- key paths ----------------------------------------------------------- */

FIXTURE(key_path) {
	char *path;
};

FIXTURE_SETUP(key_path)
{
	self->path = NULL;
}

FIXTURE_TEARDOWN(key_path)
{
	free(self->path);
}

#define EXPECT_PATH(expected, text)				\
	do {							\
		free(self->path);				\
		self->path = NULL;				\
		EXPECT_EQ(0, silo_key_path(text, &self->path));	\
		EXPECT_STREQ(expected, self->path);		\
	} while (0)

TEST_F(key_path, slashes_become_backslashes)
{
	EXPECT_PATH("HKLM\\Software\\Web", "HKLM\\Software\\Web");
	EXPECT_PATH("HKLM\\Software\\Web", "HKLM/Software/Web");
	EXPECT_PATH("HKLM\\Software\\Web", "\\HKLM\\Software\\Web\\");
	EXPECT_PATH("HKLM\\Software\\Web", "/HKLM/Software/Web/");
	EXPECT_PATH("", "");
	EXPECT_PATH("", "\\");
	EXPECT_PATH("", "/");
}

TEST_F(key_path, forward_slashes_next_to_backslashes_belong_to_names)
{
	EXPECT_PATH("HKCR\\MIME\\image/png", "HKEY_CLASSES_ROOT\\MIME\\image/png");
	EXPECT_PATH("a/b", "\\a/b");
}

TEST_F(key_path, well_known_roots_become_short)
{
	EXPECT_PATH("HKLM\\a", "HKEY_LOCAL_MACHINE\\a");
	EXPECT_PATH("HKLM\\a", "hkey_local_machine/a");
	EXPECT_PATH("HKLM", "hklm");
	EXPECT_PATH("HKCU", "HKEY_CURRENT_USER");
	EXPECT_PATH("HKCR", "HKEY_CLASSES_ROOT");
	EXPECT_PATH("HKU", "HKEY_USERS");
	EXPECT_PATH("HKCC", "HKEY_CURRENT_CONFIG");
	EXPECT_PATH("a\\HKEY_USERS", "a\\HKEY_USERS");
	EXPECT_PATH("HKEY_LOCAL_MACHINE2", "HKEY_LOCAL_MACHINE2");
	EXPECT_PATH("HKL", "HKL");
}

TEST_F(key_path, empty_names_are_refused)
{
	char *path = POISON;

	EXPECT_EQ(-EINVAL, silo_key_path("a\\\\b", &path));
	EXPECT_EQ(-EINVAL, silo_key_path("a//b", &path));
	EXPECT_EQ(-EINVAL, silo_key_path("\\\\a", &path));
	EXPECT_EQ(-EINVAL, silo_key_path("a\\\\", &path));
	EXPECT_EQ(POISON, path);
}

TEST_F(key_path, limits_of_names_depth_and_length)
{
	char text[2 * SILO_KEY_PATH_MAX], *end = text;

	repeat(text, 'x', SILO_KEY_NAME_MAX);
	EXPECT_PATH(text, text);
	repeat(text, 'x', SILO_KEY_NAME_MAX + 1);
	EXPECT_EQ(-ENAMETOOLONG, silo_key_path(text, &self->path));

	for (int i = 0; i < SILO_KEY_DEPTH_MAX; i++)
		end = stpcpy(end, "\\k");
	EXPECT_PATH(text + 1, text);
	strcpy(end, "\\k");
	EXPECT_EQ(-ENAMETOOLONG, silo_key_path(text, &self->path));

	/* 16 names of 255 bytes and their 15 separators are 4095 bytes. */
	for (int i = 0; i < 16; i++) {
		text[256 * i] = '\\';
		repeat(text + 256 * i + 1, 'x', SILO_KEY_NAME_MAX);
	}
	EXPECT_PATH(text + 1, text);
	strcat(text, "\\y");
	EXPECT_EQ(-ENAMETOOLONG, silo_key_path(text, &self->path));
}

/* ---- types and values ---------------------------------------------------- */

TEST(types_by_word_by_windows_name_and_by_number)
{
	uint32_t type = 0x5a5a5a5a;

	for (uint32_t i = SILO_KEY_TYPE_NONE; i <= SILO_KEY_TYPE_QWORD; i++) {
		ASSERT_NE(NULL, silo_key_type_name(i));
		EXPECT_EQ(0, silo_key_type_parse(silo_key_type_name(i), &type));
		EXPECT_EQ(i, type);
	}
	EXPECT_EQ(NULL, silo_key_type_name(SILO_KEY_TYPE_QWORD + 1));
	EXPECT_EQ(0, silo_key_type_parse("REG_MULTI_SZ", &type));
	EXPECT_EQ(SILO_KEY_TYPE_MULTI_STRING, type);
	EXPECT_EQ(0, silo_key_type_parse("reg_dword_big_endian", &type));
	EXPECT_EQ(SILO_KEY_TYPE_DWORD_BE, type);
	EXPECT_EQ(0, silo_key_type_parse("4294967295", &type));
	EXPECT_EQ(UINT32_MAX, type);
	EXPECT_EQ(0, silo_key_type_parse("0x10", &type));
	EXPECT_EQ(16, type);
	EXPECT_EQ(-EINVAL, silo_key_type_parse("4294967296", &type));
	EXPECT_EQ(-EINVAL, silo_key_type_parse("", &type));
	EXPECT_EQ(-EINVAL, silo_key_type_parse("text", &type));
	EXPECT_EQ(-EINVAL, silo_key_type_parse("-1", &type));
	EXPECT_EQ(16, type);
}

/* Text that becomes data, and the text that these become again. */
FIXTURE(value) {
	struct silo_value *value;
	char *text;
};

FIXTURE_VARIANT(value) {
	uint32_t type;
	const char *text, *data, *back;
	size_t size;
};

#define VALUE(name, type_, text_, data_, back_)					\
	FIXTURE_VARIANT_ADD(value, name) {					\
		.type = type_, .text = text_, .data = data_, .size = sizeof(data_) - 1, .back = back_	\
	}

VALUE(dword, SILO_KEY_TYPE_DWORD, "8080", "\x90\x1f\0\0", "8080");
VALUE(dword_hex, SILO_KEY_TYPE_DWORD, "0xFFFFFFFF", "\xff\xff\xff\xff", "4294967295");
VALUE(dword_be, SILO_KEY_TYPE_DWORD_BE, "8080", "\0\0\x1f\x90", "8080");
VALUE(dword_octal_is_decimal, SILO_KEY_TYPE_DWORD, "010", "\x0a\0\0\0", "10");
VALUE(qword, SILO_KEY_TYPE_QWORD, "18446744073709551615", "\xff\xff\xff\xff\xff\xff\xff\xff",
      "18446744073709551615");
VALUE(qword_small, SILO_KEY_TYPE_QWORD, "1", "\1\0\0\0\0\0\0\0", "1");
VALUE(string, SILO_KEY_TYPE_STRING, "a b\n\xc3\xa4", "a b\n\xc3\xa4", "a b\n\xc3\xa4");
VALUE(string_empty, SILO_KEY_TYPE_STRING, "", "", "");
VALUE(expand_string, SILO_KEY_TYPE_EXPAND_STRING, "%PATH%", "%PATH%", "%PATH%");
VALUE(link, SILO_KEY_TYPE_LINK, "HKLM\\a", "HKLM\\a", "HKLM\\a");
VALUE(binary, SILO_KEY_TYPE_BINARY, "00 fF,1a\n2B", "\0\xff\x1a\x2b", "00ff1a2b");
VALUE(binary_empty, SILO_KEY_TYPE_BINARY, "", "", "");
VALUE(none, SILO_KEY_TYPE_NONE, "01", "\1", "01");
VALUE(other, 4711, "01", "\1", "01");
VALUE(lines, SILO_KEY_TYPE_MULTI_STRING, "a\nb", "a\0b\0", "a\nb");
VALUE(lines_ended, SILO_KEY_TYPE_MULTI_STRING, "a\nb\n", "a\0b\0", "a\nb");
VALUE(lines_none, SILO_KEY_TYPE_MULTI_STRING, "", "", "");
VALUE(lines_one_empty, SILO_KEY_TYPE_MULTI_STRING, "\n", "\0", "\n");
VALUE(lines_last_empty, SILO_KEY_TYPE_MULTI_STRING, "a\n\n", "a\0\0", "a\n\n");
VALUE(lines_first_empty, SILO_KEY_TYPE_MULTI_STRING, "\na", "\0a\0", "\na");

FIXTURE_SETUP(value)
{
	self->value = NULL;
	self->text = NULL;
}

FIXTURE_TEARDOWN(value)
{
	silo_value_free(self->value);
	free(self->text);
}

TEST_F(value, text_becomes_data_and_text_again)
{
	struct silo_value *again = NULL;

	ASSERT_EQ(0, silo_value_parse(variant->type, variant->text, &self->value));
	EXPECT_EQ(variant->type, self->value->type);
	EXPECT_EQ(0, self->value->modified_time);
	ASSERT_EQ(variant->size, self->value->size);
	EXPECT_EQ(0, memcmp(variant->data, self->value->data, variant->size));
	EXPECT_EQ(0, self->value->data[variant->size]);

	ASSERT_EQ(0, silo_value_format(self->value, &self->text));
	EXPECT_STREQ(variant->back, self->text);
	ASSERT_EQ(0, silo_value_parse(variant->type, self->text, &again));
	ASSERT_EQ(variant->size, again->size);
	EXPECT_EQ(0, memcmp(variant->data, again->data, variant->size));
	silo_value_free(again);
}

TEST(text_that_does_not_fit_the_type_is_refused)
{
	struct silo_value *value = POISON;

	EXPECT_EQ(-ERANGE, silo_value_parse(SILO_KEY_TYPE_DWORD, "4294967296", &value));
	EXPECT_EQ(-ERANGE, silo_value_parse(SILO_KEY_TYPE_DWORD_BE, "0x100000000", &value));
	EXPECT_EQ(-ERANGE, silo_value_parse(SILO_KEY_TYPE_QWORD, "18446744073709551616", &value));
	EXPECT_EQ(-EINVAL, silo_value_parse(SILO_KEY_TYPE_DWORD, "", &value));
	EXPECT_EQ(-EINVAL, silo_value_parse(SILO_KEY_TYPE_DWORD, "0x", &value));
	EXPECT_EQ(-EINVAL, silo_value_parse(SILO_KEY_TYPE_DWORD, "-1", &value));
	EXPECT_EQ(-EINVAL, silo_value_parse(SILO_KEY_TYPE_DWORD, "1f", &value));
	EXPECT_EQ(-EINVAL, silo_value_parse(SILO_KEY_TYPE_DWORD, " 1", &value));
	EXPECT_EQ(-EINVAL, silo_value_parse(SILO_KEY_TYPE_DWORD, "99999999999999999999x", &value));
	EXPECT_EQ(-EINVAL, silo_value_parse(SILO_KEY_TYPE_BINARY, "0", &value));
	EXPECT_EQ(-EINVAL, silo_value_parse(SILO_KEY_TYPE_BINARY, "0x01", &value));
	EXPECT_EQ(-EINVAL, silo_value_parse(SILO_KEY_TYPE_BINARY, "01 0", &value));
	EXPECT_EQ(-EINVAL, silo_value_parse(99, "zz", &value));
	EXPECT_EQ(POISON, value);
}

TEST(data_that_do_not_fit_the_type_have_no_text)
{
	struct silo_value value = { .data = (unsigned char *)"a\0b" };
	char *text = POISON;

	value.type = SILO_KEY_TYPE_DWORD;
	value.size = 3;
	EXPECT_EQ(-EINVAL, silo_value_format(&value, &text));
	value.type = SILO_KEY_TYPE_QWORD;
	EXPECT_EQ(-EINVAL, silo_value_format(&value, &text));
	value.type = SILO_KEY_TYPE_STRING;
	EXPECT_EQ(-EINVAL, silo_value_format(&value, &text));
	value.type = SILO_KEY_TYPE_MULTI_STRING;
	EXPECT_EQ(-EINVAL, silo_value_format(&value, &text));
	EXPECT_EQ(POISON, text);
}

/* ---- registry files ------------------------------------------------------ */

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
	end = repeat(end, 'n', name) + name;
	end += sprintf(end, "\"=\"");
	end = repeat(end, 'd', data) + data;
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

/* ---- specs --------------------------------------------------------------- */

#define FULL_SPEC								\
	"{\"version\":1,\"name\":\"web\",\"isolation\":\"vm\",\"image\":\"/srv/image\","	\
	"\"command\":[\"nginx\",\"-g\",\"daemon \\\"off\\\";\"],\"environment\":[\"A=1\",\"B=\"],"	\
	"\"directory\":\"/srv\",\"hostname\":\"www\",\"memory\":536870912,\"cpus\":1500,\"pids\":100,"	\
	"\"mounts\":[{\"source\":\"/srv/www\",\"target\":\"/www\",\"read-only\":true},"		\
	"{\"source\":\"/a\",\"target\":\"/b\"}],\"terminal\":true,\"remove\":true}"

FIXTURE(spec) {
	struct silo_spec *spec;
	char *reason, *text;
};

FIXTURE_SETUP(spec)
{
	memset(self, 0, sizeof(*self));
}

FIXTURE_TEARDOWN(spec)
{
	silo_spec_free(self->spec);
	free(self->reason);
	free(self->text);
}

TEST_F(spec, comes_back_as_it_was_written)
{
	self->reason = POISON;
	ASSERT_EQ(0, silo_spec_parse(FULL_SPEC, &self->spec, &self->reason));
	EXPECT_EQ(NULL, self->reason);
	EXPECT_STREQ("web", self->spec->name);
	EXPECT_EQ(SILO_ISOLATION_VM, self->spec->isolation);
	EXPECT_STREQ("/srv/image", self->spec->image);
	EXPECT_STREQ("daemon \"off\";", self->spec->command[2]);
	EXPECT_EQ(NULL, self->spec->command[3]);
	EXPECT_STREQ("B=", self->spec->environment[1]);
	EXPECT_EQ(NULL, self->spec->environment[2]);
	EXPECT_STREQ("/srv", self->spec->directory);
	EXPECT_STREQ("www", self->spec->hostname);
	EXPECT_EQ(536870912, self->spec->memory);
	EXPECT_EQ(1500, self->spec->cpus);
	EXPECT_EQ(100, self->spec->pids);
	ASSERT_EQ(2, self->spec->mounts_count);
	EXPECT_STREQ("/srv/www", self->spec->mounts[0].source);
	EXPECT_STREQ("/www", self->spec->mounts[0].target);
	EXPECT_TRUE(self->spec->mounts[0].read_only);
	EXPECT_FALSE(self->spec->mounts[1].read_only);
	EXPECT_TRUE(self->spec->terminal);
	EXPECT_TRUE(self->spec->remove);
	EXPECT_EQ(0, silo_spec_check(self->spec, &self->reason));
	ASSERT_EQ(0, silo_spec_format(self->spec, &self->text));
	EXPECT_STREQ(FULL_SPEC, self->text);
}

TEST_F(spec, leaves_out_what_is_not_set)
{
	char *const command[] = { "true", NULL };

	self->spec = silo_spec_new();
	ASSERT_NE(NULL, self->spec);
	ASSERT_EQ(0, silo_spec_set_command(self->spec, 1, command));
	ASSERT_EQ(0, silo_spec_format(self->spec, &self->text));
	EXPECT_STREQ("{\"version\":1,\"isolation\":\"process\",\"command\":[\"true\"]}", self->text);
	EXPECT_EQ(0, silo_spec_check(self->spec, NULL));
}

TEST_F(spec, grows_entry_by_entry)
{
	char *const first[] = { "a", "b", NULL }, *const second[] = { "c", NULL };

	self->spec = silo_spec_new();
	ASSERT_NE(NULL, self->spec);
	EXPECT_EQ(0, silo_spec_add_environment(self->spec, "A=1"));
	EXPECT_EQ(0, silo_spec_add_environment(self->spec, "B=2=3"));
	EXPECT_EQ(-EINVAL, silo_spec_add_environment(self->spec, "C"));
	EXPECT_EQ(-EINVAL, silo_spec_add_environment(self->spec, "=1"));
	EXPECT_STREQ("B=2=3", self->spec->environment[1]);
	EXPECT_EQ(NULL, self->spec->environment[2]);
	EXPECT_EQ(0, silo_spec_add_mount(self->spec, "/a", "/b", true));
	EXPECT_EQ(-EINVAL, silo_spec_add_mount(self->spec, "a", "/b", true));
	EXPECT_EQ(-EINVAL, silo_spec_add_mount(self->spec, "/a", "b", true));
	EXPECT_EQ(1, self->spec->mounts_count);
	EXPECT_EQ(0, silo_spec_set_command(self->spec, 2, first));
	EXPECT_EQ(0, silo_spec_set_command(self->spec, 1, second));
	EXPECT_STREQ("c", self->spec->command[0]);
	EXPECT_EQ(NULL, self->spec->command[1]);
}

/* JSON that is no spec, and what is said about it. */
FIXTURE(bad_spec) {
	char *reason;
};

FIXTURE_VARIANT(bad_spec) {
	const char *text, *reason;
};

#define BAD_SPEC(name, reason_, text_)	\
	FIXTURE_VARIANT_ADD(bad_spec, name) { .text = text_, .reason = reason_ }
#define MEMBER(text) "{\"version\":1," text "}"

BAD_SPEC(empty, "line 1: no JSON: ", "");
BAD_SPEC(open, "line 2: no JSON: ", "{\n");
BAD_SPEC(syntax, "line 3: no JSON: ", "{\"version\":1,\n\n,}");
BAD_SPEC(trailing, "line 2: no JSON: ", "{\"version\":1}\nx");
BAD_SPEC(second_object, "line 1: no JSON: ", "{\"version\":1}{}");
BAD_SPEC(deep, "line 1: no JSON: ", "[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]");
BAD_SPEC(no_utf8, "line 1: no JSON: ", MEMBER("\"name\":\"\xff\""));
BAD_SPEC(list, "a spec is a JSON object", "[]");
BAD_SPEC(null, "a spec is a JSON object", "null");
BAD_SPEC(no_version, "\"version\" is missing; it must be 1", "{}");
BAD_SPEC(version_2, "\"version\" must be 1", "{\"version\":2}");
BAD_SPEC(version_string, "\"version\" must be a whole number", "{\"version\":\"1\"}");
BAD_SPEC(version_real, "\"version\" must be a whole number", "{\"version\":1.0}");
BAD_SPEC(unknown, "unknown member \"colour\"", MEMBER("\"colour\":\"red\""));
BAD_SPEC(unknown_in_mount, "unknown member \"mounts[1].colour\"",
	 MEMBER("\"mounts\":[{\"source\":\"/a\",\"target\":\"/b\"},{\"colour\":1}]"));
BAD_SPEC(name_null, "\"name\" must be a string without NUL", MEMBER("\"name\":null"));
BAD_SPEC(name_number, "\"name\" must be a string without NUL", MEMBER("\"name\":1"));
BAD_SPEC(name_with_nul, "\"name\" must be a string without NUL", MEMBER("\"name\":\"a\\u0000b\""));
BAD_SPEC(isolation, "\"isolation\" must be \"process\" or \"vm\"", MEMBER("\"isolation\":\"strong\""));
BAD_SPEC(isolation_number, "\"isolation\" must be \"process\" or \"vm\"", MEMBER("\"isolation\":1"));
BAD_SPEC(command_string, "\"command\" must be a list of strings", MEMBER("\"command\":\"true\""));
BAD_SPEC(command_number, "\"command\" must be a list of strings without NUL",
	 MEMBER("\"command\":[\"a\",1]"));
BAD_SPEC(environment_object, "\"environment\" must be a list of strings",
	 MEMBER("\"environment\":{\"A\":\"1\"}"));
BAD_SPEC(memory_string, "\"memory\" must be a whole number", MEMBER("\"memory\":\"512M\""));
BAD_SPEC(memory_negative, "\"memory\" must be a number of 0 or more", MEMBER("\"memory\":-1"));
BAD_SPEC(memory_large, "\"memory\" is too large", MEMBER("\"memory\":18446744073709551615"));
BAD_SPEC(memory_huge, "\"memory\" is too large", MEMBER("\"memory\":99999999999999999999999"));
BAD_SPEC(cpus_large, "\"cpus\" is too large", MEMBER("\"cpus\":4294967296"));
BAD_SPEC(pids_real, "\"pids\" must be a whole number", MEMBER("\"pids\":1.5"));
BAD_SPEC(mounts_object, "\"mounts\" must be a list of objects", MEMBER("\"mounts\":{}"));
BAD_SPEC(mount_string, "\"mounts\" must be a list of objects", MEMBER("\"mounts\":[\"/a:/b\"]"));
BAD_SPEC(mount_without_target, "\"mounts[0].target\" is missing", MEMBER("\"mounts\":[{\"source\":\"/a\"}]"));
BAD_SPEC(mount_read_only_number, "\"mounts[0].read-only\" must be true or false",
	 MEMBER("\"mounts\":[{\"source\":\"/a\",\"target\":\"/b\",\"read-only\":1}]"));
BAD_SPEC(terminal_string, "\"terminal\" must be true or false", MEMBER("\"terminal\":\"yes\""));

FIXTURE_SETUP(bad_spec)
{
	self->reason = NULL;
}

FIXTURE_TEARDOWN(bad_spec)
{
	free(self->reason);
}

TEST_F(bad_spec, is_refused_with_a_reason)
{
	struct silo_spec *spec = POISON;

	EXPECT_EQ(-EINVAL, silo_spec_parse(variant->text, &spec, &self->reason));
	EXPECT_EQ(POISON, spec);
	ASSERT_NE(NULL, self->reason);
	if (strstr(variant->reason, "no JSON"))
		self->reason[strlen(variant->reason)] = '\0';
	EXPECT_STREQ(variant->reason, self->reason);
	EXPECT_EQ(-EINVAL, silo_spec_parse(variant->text, &spec, NULL));
}

/* Specs that can't be run. */
FIXTURE(unfit_spec) {
	struct silo_spec *spec;
	char *reason;
};

FIXTURE_VARIANT(unfit_spec) {
	const char *members, *reason;
};

#define UNFIT(name, reason_, members_)	\
	FIXTURE_VARIANT_ADD(unfit_spec, name) { .members = members_, .reason = reason_ }
#define COMMAND "\"command\":[\"true\"],"

UNFIT(no_command, "\"command\" is empty", "\"version\":1");
UNFIT(command_empty, "\"command\" is empty", "\"command\":[],\"version\":1");
UNFIT(program_empty, "\"command\" is empty", "\"command\":[\"\"],\"version\":1");
UNFIT(name, "\"name\" is no name of a silo: \"a b\"", COMMAND "\"version\":1,\"name\":\"a b\"");
UNFIT(image, "\"image\" is no absolute path: a", COMMAND "\"version\":1,\"image\":\"a\"");
UNFIT(directory, "\"directory\" is no absolute path: a", COMMAND "\"version\":1,\"directory\":\"a\"");
UNFIT(environment, "\"environment\" has an entry that is not NAME=VALUE: A",
      COMMAND "\"version\":1,\"environment\":[\"A\"]");
UNFIT(hostname, "\"hostname\" is not 1 to 64 bytes", COMMAND "\"version\":1,\"hostname\":\"\"");
UNFIT(memory, "\"memory\" is less than 512 KiB: 524287 bytes", COMMAND "\"version\":1,\"memory\":524287");
UNFIT(cpus, "\"cpus\" is more than 1000 processors: 1000001 thousandths",
      COMMAND "\"version\":1,\"cpus\":1000001");
UNFIT(pids, "\"pids\" is more than 4194304: 4194305", COMMAND "\"version\":1,\"pids\":4194305");
UNFIT(source, "\"source\" is no absolute path: a",
      COMMAND "\"version\":1,\"mounts\":[{\"source\":\"a\",\"target\":\"/b\"}]");
UNFIT(target, "\"target\" is no absolute path: b",
      COMMAND "\"version\":1,\"mounts\":[{\"source\":\"/a\",\"target\":\"b\"}]");

FIXTURE_SETUP(unfit_spec)
{
	char text[512];

	self->reason = NULL;
	snprintf(text, sizeof(text), "{%s}", variant->members);
	ASSERT_EQ(0, silo_spec_parse(text, &self->spec, NULL));
}

FIXTURE_TEARDOWN(unfit_spec)
{
	silo_spec_free(self->spec);
	free(self->reason);
}

TEST_F(unfit_spec, is_refused_with_a_reason)
{
	EXPECT_EQ(-EINVAL, silo_spec_check(self->spec, &self->reason));
	ASSERT_NE(NULL, self->reason);
	self->reason[strnlen(self->reason, strlen(variant->reason))] = '\0';
	EXPECT_STREQ(variant->reason, self->reason);
	EXPECT_EQ(-EINVAL, silo_spec_check(self->spec, NULL));
}

TEST_HARNESS_MAIN
