// SPDX-License-Identifier: GPL-2.0-only
/*
 * selftests - text_fuzz: texts from anywhere: registry files, specs, values, paths
 *
 * clang -g -O1 -fsanitize=fuzzer,address,undefined -D_GNU_SOURCE -Ilib/include -Ikmod/include/uapi
 *	selftests/fuzz/text_fuzz.c lib/libsilo.a -lmnl -ljson-c -lcap -o build/text_fuzz
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <silo/silo.h>
#include <silo/spec.h>

/* Not assert(), which NDEBUG would take away together with the call inside. */
#define require(is_true) do { if (!(is_true)) abort(); } while (0)

/* What a registry file gives fits the limits, and all of it can be written as text and read again. */
static int check_change(const struct silo_reg_change *change, void *calls)
{
	struct silo_value value = {
		.type = change->type,
		.size = change->size,
		.data = (unsigned char *)change->data,
	};
	struct silo_value *again;
	char *path, *text;

	++*(int *)calls;
	require(!silo_key_path(change->path, &path));
	free(path);
	if (!change->value || change->is_delete)
		return 0;
	require(strlen(change->value) <= SILO_KEY_VALUE_NAME_MAX && change->size <= SILO_KEY_DATA_MAX);
	require(!silo_value_format(&value, &text));
	require(!silo_value_parse(change->type, text, &again));
	if (change->type != SILO_KEY_TYPE_MULTI_STRING || !memchr(change->data, '\n', change->size))
		require(again->size == change->size && !memcmp(again->data, change->data, change->size));
	silo_value_free(again);
	free(text);
	return 0;
}

static void try_reg(const uint8_t *data, size_t size)
{
	const char *reason;
	unsigned int line;
	int calls = 0, err = silo_reg_parse(data, size, check_change, &calls, &line, &reason);

	require(err ? err == -EBADMSG && !calls && line && reason : !line && !reason);
}

/* A spec that was written is read as the same. */
static void try_spec(const char *text)
{
	struct silo_spec *spec, *again;
	char *reason, *first, *second;

	if (silo_spec_parse(text, &spec, &reason)) {
		require(reason);
		free(reason);
		return;
	}
	require(!silo_spec_format(spec, &first));
	require(!silo_spec_parse(first, &again, NULL));
	require(!silo_spec_format(again, &second));
	require(!strcmp(first, second));
	silo_spec_free(spec);
	silo_spec_free(again);
	free(first);
	free(second);
}

static void try_text(const char *text)
{
	struct silo_value *value;
	char *path;

	for (uint32_t type = 0; type <= SILO_KEY_TYPE_QWORD + 1; type++)
		if (!silo_value_parse(type, text, &value))
			silo_value_free(value);
	if (!silo_key_path(text, &path)) {
		require(strlen(path) <= SILO_KEY_PATH_MAX);
		free(path);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = calloc(1, size + 1);

	if (size)
		memcpy(text, data, size);
	try_reg(data, size);
	try_spec(text);
	try_text(text);
	free(text);
	return 0;
}
