// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * libsilo - example: a silo as a private store of settings
 *
 *	keys
 *
 * The silo belongs to this program's handle: however the program ends, the
 * kernel removes the silo, its keys and its cgroup.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <silo/silo.h>

static const char key[] = "HKEY_LOCAL_MACHINE\\Software\\Web";

static int print_entry(const struct silo_key_entry *entry, void *data)
{
	(void)data;
	if (entry->kind == SILO_KEY_ENTRY_KEY)
		printf("%s\\\n", entry->name);
	else
		printf("%s %s, %u bytes\n", *entry->name ? entry->name : "@", silo_key_type_name(entry->type),
		       entry->size);
	return 0;
}

static int use_keys(struct silo *silo, struct silo_ref ref)
{
	struct silo_value *value = NULL;
	char *text = NULL;
	int err;

	err = silo_value_parse(SILO_KEY_TYPE_DWORD, "8080", &value);
	if (!err)
		err = silo_key_set(silo, ref, key, "Port", value->type, value->data, value->size);
	silo_value_free(value);
	value = NULL;
	if (!err)
		err = silo_key_set(silo, ref, key, "", SILO_KEY_TYPE_STRING, "the web server",
				   strlen("the web server"));
	if (!err)
		err = silo_key_set(silo, ref, "HKLM/Software/Web/Sites", NULL, 0, NULL, 0);
	if (!err)
		err = silo_key_list(silo, ref, key, print_entry, NULL);
	/* Names are the same in any case. */
	if (!err)
		err = silo_key_get(silo, ref, "hklm\\SOFTWARE\\web", "port", &value);
	if (!err)
		err = silo_value_format(value, &text);
	if (!err)
		printf("Port = %s\n", text);
	free(text);
	silo_value_free(value);
	return err ? err : silo_key_delete(silo, ref, "HKLM", NULL, true);
}

/* Gives the cgroup that @path names to a new silo. */
static int create(struct silo *silo, const char *path, struct silo_ref *ref)
{
	struct silo_create_params params = { .flags = SILO_FLAG_OWNED | SILO_FLAG_OWNS_CGROUP };
	int err;

	params.cgroup_fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	err = silo_create(silo, &params, &ref->id);
	close(params.cgroup_fd);
	return err;
}

int main(void)
{
	char path[64];
	struct silo_ref ref = { 0 };
	struct silo *silo;
	int err;

	err = silo_open(&silo);
	if (err) {
		fprintf(stderr, "keys: cannot reach the silos of this kernel: %s\n", strerror(-err));
		return 1;
	}
	snprintf(path, sizeof(path), "/sys/fs/cgroup/silo-example-%d", getpid());
	mkdir(path, 0755);
	err = create(silo, path, &ref);
	if (err)
		rmdir(path);
	else
		err = use_keys(silo, ref);
	if (err)
		fprintf(stderr, "keys: %s\n", *silo_error(silo) ? silo_error(silo) : strerror(-err));
	silo_close(silo);
	return err != 0;
}
