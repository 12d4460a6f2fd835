// SPDX-License-Identifier: GPL-2.0-only
/*
 * selftests - libsilo: what the library does without a kernel that has silos
 *
 * Key paths, values as text, specs, names.
 */
#include <errno.h>
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
