// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keys over netlink: set, get, delete, list, and what is refused.
 */
#include "kselftest_harness.h"

#include "fixture.h"

FIXTURE(key)
{
	struct fixture f;
	struct silo_ref ref;
};

FIXTURE_SETUP(key)
{
	memset(self, 0, sizeof(*self));
	ASSERT_EQ(0, fixture_begin(&self->f)) TH_LOG("%s", silo_error(self->f.silo));
	self->ref = fixture_ref(&self->f);
}

FIXTURE_TEARDOWN(key)
{
	fixture_end(&self->f);
}

static int set(struct fixture *f, const char *path, const char *value, const char *text)
{
	return silo_key_set(f->silo, fixture_ref(f), path, value, SILO_KEY_TYPE_STRING, text, strlen(text));
}

static bool holds(struct fixture *f, const char *path, const char *value, const char *text)
{
	struct silo_value *out;
	bool is_equal;

	if (silo_key_get(f->silo, fixture_ref(f), path, value, &out))
		return false;
	is_equal = out->size == strlen(text) && !memcmp(out->data, text, out->size);
	silo_value_free(out);
	return is_equal;
}

static uint32_t entries(struct fixture *f)
{
	struct silo_info *info;
	uint32_t keys;

	if (silo_get(f->silo, fixture_ref(f), false, &info))
		return UINT32_MAX;
	keys = info->keys;
	silo_info_free(info);
	return keys;
}

TEST_F(key, a_value_is_read_back_with_its_type)
{
	const uint32_t number = 8080;
	struct silo_value *value;

	ASSERT_EQ(0, silo_key_set(self->f.silo, self->ref, "HKLM\\Software\\Web", "Port", SILO_KEY_TYPE_DWORD,
				  &number, sizeof(number)));
	ASSERT_EQ(0, silo_key_get(self->f.silo, self->ref, "HKLM\\Software\\Web", "Port", &value));
	EXPECT_EQ(SILO_KEY_TYPE_DWORD, value->type);
	ASSERT_EQ(4, value->size);
	EXPECT_EQ(0, memcmp(value->data, &number, 4));
	EXPECT_GT(value->modified_time, 0);
	silo_value_free(value);
}

TEST_F(key, a_type_without_a_name_is_kept)
{
	struct silo_value *value;

	ASSERT_EQ(0, silo_key_set(self->f.silo, self->ref, "HKLM", "x", 0xdeadbeef, "\0\1", 2));
	ASSERT_EQ(0, silo_key_get(self->f.silo, self->ref, "HKLM", "x", &value));
	EXPECT_EQ(0xdeadbeef, value->type);
	ASSERT_EQ(2, value->size);
	EXPECT_EQ(0, memcmp(value->data, "\0\1", 2));
	silo_value_free(value);
}

TEST_F(key, the_default_value_is_one_of_its_own)
{
	ASSERT_EQ(0, set(&self->f, "HKLM\\A", "", "default"));
	ASSERT_EQ(0, set(&self->f, "HKLM\\A", "named", "other"));
	EXPECT_TRUE(holds(&self->f, "HKLM\\A", "", "default"));
	EXPECT_TRUE(holds(&self->f, "HKLM\\A", "named", "other"));
}

TEST_F(key, case_is_kept_but_does_not_matter)
{
	ASSERT_EQ(0, set(&self->f, "HKLM\\Software\\MiXed", "VaLue", "1"));
	EXPECT_TRUE(holds(&self->f, "hklm\\SOFTWARE\\mixed", "vAlUE", "1"));
	ASSERT_EQ(0, set(&self->f, "hklm\\SOFTWARE\\mixed", "vAlUE", "2"));
	EXPECT_TRUE(holds(&self->f, "HKLM\\Software\\MiXed", "VaLue", "2"));
	EXPECT_EQ(4, entries(&self->f));
}

TEST_F(key, an_empty_key_is_created_with_all_above)
{
	ASSERT_EQ(0, silo_key_set(self->f.silo, self->ref, "HKLM\\a\\b\\c", NULL, 0, NULL, 0));
	EXPECT_EQ(4, entries(&self->f));
	EXPECT_EQ(0, silo_key_get(self->f.silo, self->ref, "HKLM\\a\\b", NULL, NULL));
}

TEST_F(key, a_key_and_a_value_may_share_a_name)
{
	ASSERT_EQ(0, set(&self->f, "HKLM\\a\\same", "", "below"));
	ASSERT_EQ(0, set(&self->f, "HKLM\\a", "same", "beside"));
	EXPECT_TRUE(holds(&self->f, "HKLM\\a", "same", "beside"));
	EXPECT_TRUE(holds(&self->f, "HKLM\\a\\same", "", "below"));
}

TEST_F(key, get_of_what_is_missing_says_what)
{
	struct silo_value *value;

	ASSERT_EQ(0, set(&self->f, "HKLM\\a", "there", "1"));
	EXPECT_EQ(-ENOENT, silo_key_get(self->f.silo, self->ref, "HKLM\\b", "there", &value));
	EXPECT_STREQ("there is no such key", silo_error(self->f.silo));
	EXPECT_EQ(-ENOENT, silo_key_get(self->f.silo, self->ref, "HKLM\\a", "gone", &value));
	EXPECT_STREQ("the key has no such value", silo_error(self->f.silo));
}

TEST_F(key, keys_are_private_to_a_silo)
{
	struct fixture other = { .silo = self->f.silo };

	ASSERT_EQ(0, fixture_cgroup(&other, "b"));
	ASSERT_EQ(0, fixture_create(&other, SILO_FLAG_OWNS_CGROUP));
	ASSERT_EQ(0, set(&self->f, "HKLM\\a", "x", "mine"));
	EXPECT_FALSE(holds(&other, "HKLM\\a", "x", "mine"));
	EXPECT_EQ(0, entries(&other));
	EXPECT_EQ(0, silo_remove(other.silo, fixture_ref(&other), false));
	close(other.cgroup_fd);
}

TEST_F(key, keys_are_gone_with_their_silo)
{
	ASSERT_EQ(0, set(&self->f, "HKLM\\a", "x", "1"));
	ASSERT_EQ(0, silo_remove(self->f.silo, self->ref, false));
	ASSERT_EQ(0, fixture_create(&self->f, 0));
	EXPECT_EQ(0, entries(&self->f));
	EXPECT_FALSE(holds(&self->f, "HKLM\\a", "x", "1"));
}

TEST_F(key, delete_of_a_value_leaves_the_key)
{
	ASSERT_EQ(0, set(&self->f, "HKLM\\a", "x", "1"));
	ASSERT_EQ(0, silo_key_delete(self->f.silo, self->ref, "HKLM\\a", "X", false));
	EXPECT_EQ(0, silo_key_get(self->f.silo, self->ref, "HKLM\\a", NULL, NULL));
	EXPECT_EQ(-ENOENT, silo_key_delete(self->f.silo, self->ref, "HKLM\\a", "X", false));
}

TEST_F(key, delete_of_a_key_with_keys_below_needs_recursive)
{
	ASSERT_EQ(0, set(&self->f, "HKLM\\a\\b\\c", "x", "1"));
	EXPECT_EQ(-ENOTEMPTY, silo_key_delete(self->f.silo, self->ref, "HKLM\\a", NULL, false));
	EXPECT_TRUE(holds(&self->f, "HKLM\\a\\b\\c", "x", "1"));
	EXPECT_EQ(0, silo_key_delete(self->f.silo, self->ref, "HKLM\\a", NULL, true));
	EXPECT_EQ(1, entries(&self->f));
}

TEST_F(key, the_root_is_emptied_but_stays)
{
	ASSERT_EQ(0, set(&self->f, "HKLM\\a", "x", "1"));
	EXPECT_EQ(-EBUSY, silo_key_delete(self->f.silo, self->ref, "", NULL, false));
	EXPECT_EQ(0, silo_key_delete(self->f.silo, self->ref, "", NULL, true));
	EXPECT_EQ(0, entries(&self->f));
	EXPECT_EQ(0, set(&self->f, "HKLM\\a", "x", "1"));
}

TEST_F(key, the_root_has_no_values)
{
	EXPECT_EQ(-EINVAL, set(&self->f, "", "x", "1"));
	EXPECT_STREQ("the root has no values", silo_error(self->f.silo));
}

TEST_F(key, a_number_of_the_wrong_size_is_refused)
{
	EXPECT_EQ(-EINVAL, silo_key_set(self->f.silo, self->ref, "HKLM", "x", SILO_KEY_TYPE_DWORD, "123", 3));
	EXPECT_STREQ("a dword has 4 bytes of data", silo_error(self->f.silo));
	EXPECT_EQ(-EINVAL, silo_key_set(self->f.silo, self->ref, "HKLM", "x", SILO_KEY_TYPE_QWORD, "1234", 4));
	EXPECT_EQ(0, entries(&self->f));
}

static void fill_name(char *name, size_t size)
{
	memset(name, 'n', size);
	name[size] = '\0';
}

TEST_F(key, names_have_a_limit)
{
	char name[SILO_KEY_VALUE_NAME_MAX + 2];

	fill_name(name, SILO_KEY_NAME_MAX);
	EXPECT_EQ(0, silo_key_set(self->f.silo, self->ref, name, NULL, 0, NULL, 0));
	fill_name(name, SILO_KEY_NAME_MAX + 1);
	EXPECT_EQ(-ENAMETOOLONG, silo_key_set(self->f.silo, self->ref, name, NULL, 0, NULL, 0));
	fill_name(name, SILO_KEY_VALUE_NAME_MAX);
	EXPECT_EQ(0, set(&self->f, "HKLM", name, "1"));
	fill_name(name, SILO_KEY_VALUE_NAME_MAX + 1);
	EXPECT_GT(0, set(&self->f, "HKLM", name, "1"));
}

TEST_F(key, depth_has_a_limit)
{
	char path[2 * SILO_KEY_DEPTH_MAX + 3] = "k";
	int i;

	for (i = 1; i < SILO_KEY_DEPTH_MAX; i++)
		strcat(path, "\\k");
	EXPECT_EQ(0, silo_key_set(self->f.silo, self->ref, path, NULL, 0, NULL, 0));
	strcat(path, "\\k");
	EXPECT_EQ(-ENAMETOOLONG, silo_key_set(self->f.silo, self->ref, path, NULL, 0, NULL, 0));
	EXPECT_EQ(SILO_KEY_DEPTH_MAX, entries(&self->f));
}

TEST_F(key, data_has_a_limit)
{
	static char data[SILO_KEY_DATA_MAX + 1];

	EXPECT_EQ(0, silo_key_set(self->f.silo, self->ref, "HKLM", "x", SILO_KEY_TYPE_BINARY, data,
				  SILO_KEY_DATA_MAX));
	EXPECT_GT(0, silo_key_set(self->f.silo, self->ref, "HKLM", "y", SILO_KEY_TYPE_BINARY, data,
				  SILO_KEY_DATA_MAX + 1));
}

static char big[SILO_KEY_DATA_MAX];

static int set_big(struct fixture *f, const char *path, const char *value)
{
	return silo_key_set(f->silo, fixture_ref(f), path, value, SILO_KEY_TYPE_BINARY, big, sizeof(big));
}

/* Big values v0, v1, ... until one is refused; its number, and with what in @ret. */
static int fill_up(struct fixture *f, int *ret)
{
	char name[32];
	int i;

	for (i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "v%d", i);
		*ret = set_big(f, "HKLM", name);
		if (*ret)
			break;
	}
	return i;
}

TEST_F(key, bytes_have_a_quota_and_deleting_gives_it_back)
{
	int ret;

	EXPECT_EQ(SILO_KEY_BYTES_MAX / SILO_KEY_DATA_MAX - 1, fill_up(&self->f, &ret));
	EXPECT_EQ(-EDQUOT, ret);
	EXPECT_STREQ("the silo would have more than 16 MiB of keys", silo_error(self->f.silo));
	ASSERT_EQ(0, silo_key_delete(self->f.silo, self->ref, "HKLM", "v0", false));
	EXPECT_EQ(0, set_big(&self->f, "HKLM", "more"));
}

TEST_F(key, a_refused_set_leaves_no_keys_above)
{
	int ret;

	fill_up(&self->f, &ret);
	ASSERT_EQ(-EDQUOT, ret);
	EXPECT_EQ(-EDQUOT, set_big(&self->f, "new\\deep", "x"));
	EXPECT_EQ(-ENOENT, silo_key_get(self->f.silo, self->ref, "new", NULL, NULL));
}

struct listing {
	int keys, values;
	char names[4096];
};

static int note(const struct silo_key_entry *entry, void *data)
{
	struct listing *listing = data;

	if (entry->kind == SILO_KEY_ENTRY_KEY)
		listing->keys++;
	else
		listing->values++;
	if (strlen(listing->names) + strlen(entry->name) + 2 < sizeof(listing->names)) {
		strcat(listing->names, entry->name);
		strcat(listing->names, entry->kind == SILO_KEY_ENTRY_KEY ? "\\" : ";");
	}
	return 0;
}

TEST_F(key, list_has_keys_then_values_in_order)
{
	struct listing listing = {};

	ASSERT_EQ(0, set(&self->f, "HKLM\\top", "beta", "1"));
	ASSERT_EQ(0, set(&self->f, "HKLM\\top", "Alpha", "1"));
	ASSERT_EQ(0, set(&self->f, "HKLM\\top\\zeta", "", "1"));
	ASSERT_EQ(0, set(&self->f, "HKLM\\top\\Eta", "", "1"));
	ASSERT_EQ(0, set(&self->f, "HKLM\\top", "", "1"));
	ASSERT_EQ(0, silo_key_list(self->f.silo, self->ref, "HKLM\\top", note, &listing));
	EXPECT_STREQ("Eta\\zeta\\;Alpha;beta;", listing.names);
}

TEST_F(key, list_of_many_is_complete)
{
	struct listing listing = {};
	char name[32];
	int i;

	for (i = 0; i < 1500; i++) {
		snprintf(name, sizeof(name), "value number %d", i);
		ASSERT_EQ(0, set(&self->f, "HKLM\\many", name, "x"));
		snprintf(name, sizeof(name), "HKLM\\many\\key %d", i);
		ASSERT_EQ(0, silo_key_set(self->f.silo, self->ref, name, NULL, 0, NULL, 0));
	}
	ASSERT_EQ(0, silo_key_list(self->f.silo, self->ref, "HKLM\\many", note, &listing));
	EXPECT_EQ(1500, listing.keys);
	EXPECT_EQ(1500, listing.values);
}

TEST_F(key, list_of_a_missing_key_says_so)
{
	struct listing listing = {};

	EXPECT_EQ(-ENOENT, silo_key_list(self->f.silo, self->ref, "HKLM\\no", note, &listing));
}

static long read_number(const char *path)
{
	char text[32] = "";
	int fd = open(path, O_RDONLY);

	if (fd < 0 || read(fd, text, sizeof(text) - 1) < 0)
		return -1;
	close(fd);
	return atol(text);
}

TEST_F(key, memory_is_charged_to_the_silo)
{
	char path[200], name[32];
	long before;
	int i;

	snprintf(path, sizeof(path), "%s/memory.current", self->f.cgroup);
	if (access(path, F_OK))
		SKIP(return, "no memory controller in the test's cgroup");
	before = read_number(path);
	for (i = 0; i < 200; i++) {
		snprintf(name, sizeof(name), "v%d", i);
		ASSERT_EQ(0, set_big(&self->f, "HKLM", name));
	}
	EXPECT_GT(read_number(path) - before, 200 * SILO_KEY_DATA_MAX / 2);
}

FIXTURE(bad_path)
{
	struct fixture f;
};

FIXTURE_VARIANT(bad_path)
{
	const char *path;
};

FIXTURE_VARIANT_ADD(bad_path, empty_name) { .path = "HKLM\\\\a" };
FIXTURE_VARIANT_ADD(bad_path, empty_name_with_slashes) { .path = "HKLM//a" };

FIXTURE_SETUP(bad_path)
{
	memset(self, 0, sizeof(*self));
	ASSERT_EQ(0, fixture_begin(&self->f));
}

FIXTURE_TEARDOWN(bad_path)
{
	fixture_end(&self->f);
}

TEST_F(bad_path, is_refused)
{
	EXPECT_EQ(-EINVAL, set(&self->f, variant->path, "x", "1"));
	EXPECT_EQ(-EINVAL, silo_key_get(self->f.silo, fixture_ref(&self->f), variant->path, NULL, NULL));
	EXPECT_EQ(0, entries(&self->f));
}

FIXTURE_MAIN
