// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * silo-vm - modules: the kernel modules that a guest loads
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <libkmod.h>

#include "file.h"
#include "modules.h"
#include "report.h"

/* Deep enough for any real module, and an end for a circle of soft dependencies. */
#define DEPTH_MAX 16

void modules_destroy(struct modules *modules)
{
	for (size_t i = 0; i < modules->count; i++)
		free(modules->paths[i]);
	free(modules->paths);
	*modules = (struct modules){};
}

static int add_path(struct modules *modules, const char *path)
{
	char **paths;

	for (size_t i = 0; i < modules->count; i++)
		if (!strcmp(modules->paths[i], path))
			return 0;
	paths = realloc(modules->paths, (modules->count + 1) * sizeof(*paths));
	if (!paths)
		return failure(-ENOMEM, "no memory");
	modules->paths = paths;
	modules->paths[modules->count++] = text("%s", path);
	return 0;
}

static int add_module(struct modules *modules, struct kmod_module *module, unsigned int depth);

static int add_list(struct modules *modules, struct kmod_list *list, unsigned int depth)
{
	struct kmod_list *entry;
	int err = 0;

	kmod_list_foreach(entry, list) {
		struct kmod_module *module = kmod_module_get_module(entry);

		if (!err)
			err = add_module(modules, module, depth);
		kmod_module_unref(module);
	}
	kmod_module_unref_list(list);
	return err;
}

/*
 * A soft dependency is another way to the same end, often one of many: one that is not there is not missed.
 */
static int add_module(struct modules *modules, struct kmod_module *module, unsigned int depth)
{
	struct kmod_list *before = NULL, *after = NULL;
	int err;

	/* One that is built into the kernel has no path. */
	if (!kmod_module_get_path(module) || !depth)
		return 0;
	kmod_module_get_softdeps(module, &before, &after);
	err = add_list(modules, before, depth - 1);
	if (!err)
		err = add_list(modules, kmod_module_get_dependencies(module), depth - 1);
	if (!err)
		err = add_path(modules, kmod_module_get_path(module));
	if (err)
		kmod_module_unref_list(after);
	else
		err = add_list(modules, after, depth - 1);
	return err;
}

int modules_resolve(struct modules *modules, const char *folder, const char *const *names)
{
	static const char *const no_configuration[] = { NULL };
	struct kmod_ctx *context = kmod_new(folder, no_configuration);
	int err = 0;

	if (!context)
		return failure(-ENOENT, "the list of modules in %s can't be read", folder);
	kmod_load_resources(context);
	for (; *names && !err; names++) {
		struct kmod_list *list = NULL;

		if (kmod_module_new_from_lookup(context, *names, &list) < 0 || !list)
			err = failure(-ENOENT, "the kernel in %s has no module %s", folder, *names);
		else
			err = add_list(modules, list, DEPTH_MAX);
	}
	kmod_unref(context);
	return err;
}

bool modules_is_for(const char *path, const char *release)
{
	static const char tag[] = "vermagic=";
	size_t length = strlen(release);
	struct bytes module;
	const char *magic;
	bool is_for;

	if (file_read(path, &module))
		return false;
	magic = memmem(module.data, module.size, tag, sizeof(tag) - 1);
	/* What was read ends with a NUL, so this does not run over. */
	is_for = magic && !strncmp(magic + sizeof(tag) - 1, release, length) &&
		 magic[sizeof(tag) - 1 + length] == ' ';
	free(module.data);
	if (!is_for)
		remark_verbose("%s is for another kernel than %s", path, release);
	return is_for;
}
