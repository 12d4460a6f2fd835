// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * silo-vm - plan_qemu: QEMU's command line for a plan
 *
 * A machine with nothing in it that is not used: no network, no disk, no
 * display, no firmware menus.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <silo/channel.h>

#include "file.h"
#include "plan.h"
#include "plan_qemu.h"
#include "report.h"

#define ARGUMENTS_MAX 192

/*
 * No waiting for devices that are not there, no self tests, no looking for other clocks; a panic ends the
 * machine. The parts that are left out by name cost time and serve nothing that runs here.
 */
#define KERNEL_LINE								\
	"quiet panic=-1 console=ttyS0 8250.nr_uarts=1 no_timer_check "		\
	"cryptomgr.notests i8042.noaux i8042.nokbd random.trust_cpu=on "	\
	"noreplace-smp audit=0 initcall_blacklist=init_kprobe_trace,"		\
	"crypto_kdf108_init,load_system_certificate_list,init_encrypted"

static void add(struct plan *plan, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(struct plan *plan, const char *format, ...)
{
	size_t count = 0;
	va_list arguments;

	while (plan->arguments[count])
		count++;
	/* 2 for each of few options, and 4 for each share. */
	if (count >= ARGUMENTS_MAX - 1)
		abort();
	va_start(arguments, format);
	if (vasprintf(&plan->arguments[count], format, arguments) < 0)
		abort();
	va_end(arguments);
}

/* In an option's value, a comma is written twice. */
static char *escaped(const char *value)
{
	char *result = malloc(2 * strlen(value) + 1), *end = result;

	if (!result)
		abort();
	for (; *value; value++) {
		if (*value == ',')
			*end++ = ',';
		*end++ = *value;
	}
	*end = '\0';
	return result;
}

static char *find_qemu(void)
{
	const char *configured = secure_getenv("SILO_QEMU");
	char *folders, *folder, *rest, *found = NULL;

	if (configured && *configured)
		return text("%s", configured);
	folders = text("%s", getenv("PATH") ? getenv("PATH") : "/usr/local/bin:/usr/bin:/bin");
	for (folder = strtok_r(folders, ":", &rest); folder && !found; folder = strtok_r(NULL, ":", &rest)) {
		found = text("%s/qemu-system-x86_64", folder);
		if (access(found, X_OK)) {
			free(found);
			found = NULL;
		}
	}
	free(folders);
	return found;
}

/* A firmware made for this purpose, where it is installed. */
static bool has_qboot(void)
{
	return !access("/usr/share/qemu/qboot.rom", R_OK) || !access("/usr/share/seabios/qboot.rom", R_OK);
}

/* An emulated processor's time stamp counter runs like ours, so that the guest need not measure it. */
static unsigned int tsc_khz(void)
{
	struct timespec start, now;
	uint64_t cycles, ns;

	clock_gettime(CLOCK_MONOTONIC_RAW, &start);
	cycles = __builtin_ia32_rdtsc();
	do {
		clock_gettime(CLOCK_MONOTONIC_RAW, &now);
		ns = (uint64_t)(now.tv_sec - start.tv_sec) * 1000000000 +
		     (uint64_t)(now.tv_nsec - start.tv_nsec);
	} while (ns < 10000000);
	cycles = __builtin_ia32_rdtsc() - cycles;
	return (unsigned int)(cycles * 1000000 / ns);
}

static void add_machine(struct plan *plan)
{
	add(plan, "-name");
	add(plan, "silo-%s", plan->spec->name);
	add(plan, "-nodefaults");
	add(plan, "-no-user-config");
	add(plan, "-no-reboot");
	add(plan, "-display");
	add(plan, "none");
	add(plan, "-machine");
	add(plan, "q35,usb=off,sata=off,smbus=off,vmport=off,graphics=off");
	add(plan, "-accel");
	add(plan, plan->is_emulated ? "tcg,thread=multi" : "kvm");
	add(plan, "-cpu");
	add(plan, plan->is_emulated ? "max" : "host");
	add(plan, "-smp");
	add(plan, "%u", plan->processors);
	add(plan, "-m");
	add(plan, "%lluM", (unsigned long long)(plan->memory >> 20));
	if (has_qboot()) {
		add(plan, "-bios");
		add(plan, "qboot.rom");
	}
	add(plan, "-kernel");
	add(plan, "/dev/fd/%d", PLAN_KERNEL_FD);
	add(plan, "-initrd");
	add(plan, "/dev/fd/%d", PLAN_INITRAMFS_FD);
	add(plan, "-append");
	if (plan->is_emulated)
		add(plan, KERNEL_LINE " tsc_early_khz=%u", tsc_khz());
	else
		add(plan, KERNEL_LINE);
}

static void add_channels(struct plan *plan)
{
	add(plan, "-chardev");
	add(plan, "socket,id=console,fd=%d", PLAN_CONSOLE_FD);
	add(plan, "-device");
	add(plan, "isa-serial,chardev=console");
	add(plan, "-device");
	add(plan, "virtio-serial-pci,max_ports=2");
	add(plan, "-chardev");
	add(plan, "socket,id=control,fd=%d", PLAN_CONTROL_FD);
	add(plan, "-device");
	add(plan, "virtserialport,chardev=control,name=" SILO_CHANNEL_PORT);
}

/* What the guest writes has the owner that it has there, as in process mode. */
static void add_shares(struct plan *plan)
{
	char *folder = escaped(plan->shares_folder);

	for (size_t i = 0; i < plan->shares_count; i++) {
		const struct plan_share *share = &plan->shares[i];

		add(plan, "-fsdev");
		add(plan, "local,id=%s,path=%s/%s,multidevs=remap,%s", share->tag, folder, share->folder,
		    share->read_only ? "security_model=none,readonly=on" : "security_model=passthrough");
		add(plan, "-device");
		add(plan, "virtio-9p-pci,fsdev=%s,mount_tag=%s", share->tag, share->tag);
	}
	free(folder);
}

int plan_qemu(struct plan *plan)
{
	char *qemu = find_qemu();

	if (!qemu || access(qemu, X_OK)) {
		free(qemu);
		return failure(-ENOENT, "there is no qemu-system-x86_64: install QEMU (Debian: "
					"qemu-system-x86), or name it in SILO_QEMU");
	}
	plan->arguments = calloc(ARGUMENTS_MAX, sizeof(*plan->arguments));
	if (!plan->arguments)
		return failure(-ENOMEM, "no memory");
	plan->arguments[0] = qemu;
	add_machine(plan);
	add_channels(plan);
	add_shares(plan);
	add(plan, "-sandbox");
	add(plan, "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny");
	return 0;
}
