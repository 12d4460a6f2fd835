// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * silo-vm - plan: what is going to be done, as plain data
 *
 * Not here: QEMU's command line (plan_qemu.c).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "file.h"
#include "kvm.h"
#include "modules.h"
#include "initramfs.h"
#include "plan.h"
#include "plan_qemu.h"
#include "report.h"

#define MEBIBYTE 1048576ULL
#define DEFAULT_MEMORY (512 * MEBIBYTE)
/* What the guest's kernel and the agent take, over what the silo may use. */
#define GUEST_OVERHEAD (160 * MEBIBYTE)
/* What QEMU takes, over the machine's memory; most of it is for translated code. */
#define QEMU_OVERHEAD (384 * MEBIBYTE)
#define PROCESSORS_MAX 255
/* As many as there are slots on the bus beside the machine's own devices. */
#define VOLUMES_MAX 24
#define BOOT_SECONDS 60
#define BOOT_SECONDS_EMULATED 180

void plan_destroy(struct plan *plan)
{
	silo_spec_free(plan->spec);
	free(plan->spec_text);
	free(plan->guest_spec);
	kernel_destroy(&plan->kernel);
	free(plan->agent);
	free(plan->runtime);
	free(plan->shares_folder);
	for (size_t i = 0; i < plan->shares_count; i++) {
		free(plan->shares[i].tag);
		free(plan->shares[i].source);
		free(plan->shares[i].folder);
	}
	free(plan->shares);
	for (char **argument = plan->arguments; argument && *argument; argument++)
		free(*argument);
	free(plan->arguments);
	*plan = (struct plan){};
}

/* ---- the spec ----------------------------------------------------------- */

static int choose_name(struct silo_spec *spec)
{
	unsigned char bytes[4];

	if (spec->name)
		return 0;
	if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes))
		return failure_errno("no random numbers");
	spec->name = text("vm-%02x%02x%02x%02x", bytes[0], bytes[1], bytes[2], bytes[3]);
	return 0;
}

static int check_spec(const struct silo_spec *spec)
{
	char *reason = NULL;
	int err = silo_spec_check(spec, &reason);

	if (err)
		failure(err, "%s", reason ? reason : strerror(-err));
	else if (spec->isolation != SILO_ISOLATION_VM)
		err = failure(-EINVAL, "the spec's isolation is not vm");
	else if (spec->mounts_count > VOLUMES_MAX)
		err = failure(-EINVAL, "a VM silo takes %d volumes at most, not %zu", VOLUMES_MAX,
			      spec->mounts_count);
	free(reason);
	return err;
}

/* The guest makes the same silo in process mode, from what 9p shows it. */
static int make_guest_spec(struct plan *plan)
{
	struct silo_spec *guest;
	int err = silo_spec_parse(plan->spec_text, &guest, NULL);

	if (err)
		return failure(err, "the spec can't be read again: %s", strerror(-err));
	guest->isolation = SILO_ISOLATION_PROCESS;
	guest->remove = false;
	free(guest->image);
	guest->image = text("/image");
	for (size_t i = 0; i < guest->mounts_count; i++) {
		const char *name = strrchr(plan->shares[i + 1].source, '/') + 1;

		free(guest->mounts[i].source);
		guest->mounts[i].source = plan->shares[i + 1].is_file ? text("/volumes/%zu/%s", i, name) :
			text("/volumes/%zu", i);
	}
	err = silo_spec_format(guest, &plan->guest_spec);
	silo_spec_free(guest);
	return err ? failure(err, "the guest's spec can't be made: %s", strerror(-err)) : 0;
}

/* ---- shares ------------------------------------------------------------- */

static int add_share(struct plan *plan, const char *source, char *tag, char *folder, bool read_only)
{
	struct plan_share *share = &plan->shares[plan->shares_count++];
	struct stat status;

	*share = (struct plan_share){ .tag = tag, .folder = folder, .read_only = read_only };
	share->source = realpath(source, NULL);
	if (!share->source || stat(share->source, &status))
		return failure_errno("%s", source);
	share->is_file = !S_ISDIR(status.st_mode);
	if (share->is_file && !S_ISREG(status.st_mode))
		return failure(-EINVAL, "%s is neither a directory nor a regular file, and a VM silo can be "
			       "given nothing else", source);
	return 0;
}

static int make_shares(struct plan *plan)
{
	const struct silo_spec *spec = plan->spec;
	int err;

	plan->shares = calloc(spec->mounts_count + 1, sizeof(*plan->shares));
	if (!plan->shares)
		return failure(-ENOMEM, "no memory");
	err = add_share(plan, spec->image ? spec->image : "/", text("image"), text("image"), true);
	if (!err && plan->shares[0].is_file)
		err = failure(-ENOTDIR, "%s is no directory", spec->image);
	for (size_t i = 0; i < spec->mounts_count && !err; i++)
		err = add_share(plan, spec->mounts[i].source, text("volume%zu", i), text("%zu", i),
				spec->mounts[i].read_only);
	return err;
}

/* ---- the machine -------------------------------------------------------- */

static uint64_t round_up(uint64_t bytes)
{
	return (bytes + MEBIBYTE - 1) / MEBIBYTE * MEBIBYTE;
}

static void choose_size(struct plan *plan)
{
	const struct silo_spec *spec = plan->spec;
	unsigned int available = (unsigned int)get_nprocs();

	plan->memory = spec->memory ? round_up(spec->memory + GUEST_OVERHEAD) : DEFAULT_MEMORY;
	plan->host_memory = spec->memory ? plan->memory + QEMU_OVERHEAD : 0;
	if (spec->cpus)
		plan->processors = (spec->cpus + 999) / 1000;
	else
		plan->processors = plan->is_emulated || available < 2 ? 1 : 2;
	if (plan->processors > PROCESSORS_MAX)
		plan->processors = PROCESSORS_MAX;
}

static void choose_accelerator(struct plan *plan)
{
	struct kvm_verdict verdict;

	make_folders(plan->runtime, 0755);
	kvm_probe_cached(plan->runtime, &verdict);
	plan->is_emulated = !verdict.is_usable;
	if (plan->is_emulated)
		remark_verbose("%s: the processor is emulated, which is slow and no hardware boundary",
			       verdict.sentence);
	else
		remark_verbose("%s", verdict.sentence);
}

static int find_agent(struct plan *plan)
{
	static const char *const places[] = {
		"guest/silo-vm-agent", "silo-vm-agent", "../libexec/silo/silo-vm-agent",
	};
	const char *configured = secure_getenv("SILO_VM_AGENT");
	char program[4096];
	ssize_t size = readlink("/proc/self/exe", program, sizeof(program) - 1);

	if (configured && *configured) {
		plan->agent = text("%s", configured);
		return 0;
	}
	program[size < 0 ? 0 : size] = '\0';
	if (strrchr(program, '/'))
		*strrchr(program, '/') = '\0';
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		plan->agent = text("%s/%s", program, places[i]);
		if (!access(plan->agent, R_OK))
			return 0;
		free(plan->agent);
		plan->agent = NULL;
	}
	return failure(-ENOENT,
		       "the guest's agent, silo-vm-agent, is not beside silo-vm; name it in SILO_VM_AGENT");
}

int plan_make(struct plan *plan, struct silo_spec *spec, const struct plan_options *options)
{
	const char *runtime = secure_getenv("SILO_RUNTIME_DIR");
	int err;

	*plan = (struct plan){ .spec = spec, .is_detached = options->is_detached };
	plan->runtime = text("%s", runtime && *runtime ? runtime : "/run/silo");
	plan->shares_folder = text("%s/vm", plan->runtime);
	err = choose_name(spec);
	if (!err)
		err = check_spec(spec);
	if (!err && silo_spec_format(spec, &plan->spec_text))
		err = failure(-ENOMEM, "no memory");
	if (!err)
		err = make_shares(plan);
	if (!err)
		err = make_guest_spec(plan);
	if (!err)
		err = find_agent(plan);
	if (!err)
		err = kernel_find(&plan->kernel, options->kernel);
	if (!err)
		err = kernel_uncompress(&plan->kernel);
	if (err)
		return err;
	choose_accelerator(plan);
	choose_size(plan);
	plan->boot_timeout_ms = 1000 * (options->timeout ? options->timeout :
					plan->is_emulated ? BOOT_SECONDS_EMULATED : BOOT_SECONDS);
	return plan_qemu(plan);
}

/* ---- printing ----------------------------------------------------------- */

static void print_argument(FILE *stream, const char *argument)
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_=,./:+@%";

	if (*argument && !argument[strspn(argument, plain)]) {
		fputs(argument, stream);
		return;
	}
	fputc('\'', stream);
	for (; *argument; argument++)
		if (*argument == '\'')
			fputs("'\\''", stream);
		else
			fputc(*argument, stream);
	fputc('\'', stream);
}

int plan_print(const struct plan *plan, FILE *stream)
{
	struct modules modules = {};
	int err = initramfs_modules(&plan->kernel, &modules);

	if (err)
		return err;
	fprintf(stream, "name: %s\nkernel: %s (%s), booted as %s\nagent: %s\n", plan->spec->name,
		plan->kernel.image, plan->kernel.release, plan->kernel.boot, plan->agent);
	for (size_t i = 0; i < modules.count; i++)
		fprintf(stream, "module: %s\n", modules.paths[i]);
	for (size_t i = 0; i < plan->shares_count; i++)
		fprintf(stream, "share: %s: %s as %s/%s, %s\n", plan->shares[i].tag, plan->shares[i].source,
			plan->shares_folder, plan->shares[i].folder,
			plan->shares[i].read_only ? "read-only" : "writable");
	fprintf(stream, "descriptors: %d control channel, %d console, %d kernel, %d initramfs\n",
		PLAN_CONTROL_FD, PLAN_CONSOLE_FD, PLAN_KERNEL_FD, PLAN_INITRAMFS_FD);
	fprintf(stream, "spec: %s\nqemu:", plan->guest_spec);
	for (char **argument = plan->arguments; *argument; argument++) {
		fputc(' ', stream);
		print_argument(stream, *argument);
	}
	fputc('\n', stream);
	modules_destroy(&modules);
	return 0;
}
