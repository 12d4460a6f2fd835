// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * silo-vm - kvm: whether hardware virtualization really works here
 *
 * /dev/kvm can exist where it only emulates, slowly or incompletely, and then
 * hangs stock kernels. So the instructions of kvm_guest.S are run on a virtual
 * processor, in a child process that can be killed: what counts is whether
 * they reach their end, and at the speed of hardware.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kvm.h"

#define TIME_LIMIT_MS 3000
#define MEMORY_SIZE 0x200000
#define PAGE_TABLES 0x1000	/* three levels, a page each */
#define STACK_TOP 0x9000
#define CODE 0x10000
#define SCRATCH 0x20000
#define CYCLES (SCRATCH + 4088)	/* as kvm_guest.S leaves them */
#define LAST_MARK 7
#define MARK_PORT 0xf4
/* A guest that is slower by more than this does not run on hardware. */
#define RATIO_MAX 4
#define CPUID_MAX 256

extern const char kvm_guest_begin[], kvm_guest_end[];

static const char *const stages[] = {
	"the first instruction", "cmpxchg16b", "fxsave", "xsave", "control registers", "a loop", "cpuid",
	"hlt",
};

struct machine {
	int kvm, vm, vcpu;
	unsigned char *memory;
	struct kvm_run *run;
	bool has_xsave;
};

static bool verdict_no(struct kvm_verdict *verdict, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static bool verdict_no(struct kvm_verdict *verdict, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(verdict->sentence, sizeof(verdict->sentence), format, arguments);
	va_end(arguments);
	verdict->is_usable = false;
	return false;
}

static bool make_machine(struct machine *machine, struct kvm_verdict *verdict)
{
	struct kvm_userspace_memory_region region = { .memory_size = MEMORY_SIZE };
	int run_size;

	machine->kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (machine->kvm < 0)
		return verdict_no(verdict, "/dev/kvm can't be opened: %s", strerror(errno));
	if (ioctl(machine->kvm, KVM_GET_API_VERSION, 0) != KVM_API_VERSION)
		return verdict_no(verdict, "/dev/kvm has another interface than this program");
	machine->vm = ioctl(machine->kvm, KVM_CREATE_VM, 0);
	if (machine->vm < 0)
		return verdict_no(verdict, "/dev/kvm makes no virtual machine: %s", strerror(errno));
	machine->memory = mmap(NULL, MEMORY_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	region.userspace_addr = (uintptr_t)machine->memory;
	if (machine->memory == MAP_FAILED || ioctl(machine->vm, KVM_SET_USER_MEMORY_REGION, &region))
		return verdict_no(verdict, "/dev/kvm takes no memory: %s", strerror(errno));
	machine->vcpu = ioctl(machine->vm, KVM_CREATE_VCPU, 0);
	run_size = ioctl(machine->kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	if (machine->vcpu < 0 || run_size < 0)
		return verdict_no(verdict, "/dev/kvm makes no processor: %s", strerror(errno));
	machine->run = mmap(NULL, (size_t)run_size, PROT_READ | PROT_WRITE, MAP_SHARED, machine->vcpu, 0);
	if (machine->run == MAP_FAILED)
		return verdict_no(verdict, "/dev/kvm shows no processor state: %s", strerror(errno));
	return true;
}

static bool set_features(struct machine *machine, struct kvm_verdict *verdict)
{
	struct kvm_cpuid2 *features = calloc(1, sizeof(*features) + CPUID_MAX * sizeof(features->entries[0]));

	if (!features)
		return verdict_no(verdict, "no memory");
	features->nent = CPUID_MAX;
	if (ioctl(machine->kvm, KVM_GET_SUPPORTED_CPUID, features) ||
	    ioctl(machine->vcpu, KVM_SET_CPUID2, features))
		return verdict_no(verdict, "/dev/kvm tells no processor features: %s", strerror(errno));
	for (unsigned int i = 0; i < features->nent; i++)
		if (features->entries[i].function == 1)
			machine->has_xsave = features->entries[i].ecx & 1 << 26;
	free(features);
	return true;
}

static void store(struct machine *machine, size_t address, uint64_t value)
{
	memcpy(machine->memory + address, &value, sizeof(value));
}

static bool set_state(struct machine *machine, struct kvm_verdict *verdict)
{
	struct kvm_segment code = {
		.limit = ~0U, .selector = 8, .type = 11, .present = 1, .s = 1, .l = 1, .g = 1,
	};
	struct kvm_segment data = {
		.limit = ~0U, .selector = 16, .type = 3, .present = 1, .s = 1, .db = 1, .g = 1,
	};
	struct kvm_regs registers = {
		.rip = CODE, .rsp = STACK_TOP, .rflags = 2, .rdi = SCRATCH, .rsi = machine->has_xsave,
	};
	struct kvm_sregs system;

	memcpy(machine->memory + CODE, kvm_guest_begin, (size_t)(kvm_guest_end - kvm_guest_begin));
	store(machine, PAGE_TABLES, (PAGE_TABLES + 0x1000) | 3);
	store(machine, PAGE_TABLES + 0x1000, (PAGE_TABLES + 0x2000) | 3);
	store(machine, PAGE_TABLES + 0x2000, 0x83);
	if (ioctl(machine->vcpu, KVM_GET_SREGS, &system))
		return verdict_no(verdict, "/dev/kvm tells no registers: %s", strerror(errno));
	system.cs = code;
	system.ds = system.es = system.fs = system.gs = system.ss = data;
	system.idt.limit = 0;
	/* Paging, write protection, numeric errors, extension type, monitoring, protection. */
	system.cr0 = 0x80010033;
	system.cr3 = PAGE_TABLES;
	/* SSE with its exceptions, physical address extension. */
	system.cr4 = 0x620;
	/* Long mode active and enabled, no-execute. */
	system.efer = 0xd00;
	if (ioctl(machine->vcpu, KVM_SET_SREGS, &system) || ioctl(machine->vcpu, KVM_SET_REGS, &registers))
		return verdict_no(verdict, "/dev/kvm takes no registers: %s", strerror(errno));
	return true;
}

/* Returns the last mark that was seen; HLT after the last one adds one. */
static unsigned int run_guest(struct machine *machine, uint32_t *exit_reason)
{
	unsigned int mark = 0;

	for (;;) {
		struct kvm_run *run = machine->run;

		if (ioctl(machine->vcpu, KVM_RUN, 0) < 0 && errno != EINTR)
			return mark;
		*exit_reason = run->exit_reason;
		if (run->exit_reason == KVM_EXIT_HLT && mark == LAST_MARK)
			return mark + 1;
		if (run->exit_reason != KVM_EXIT_IO || run->io.port != MARK_PORT)
			return mark;
		mark = ((unsigned char *)run)[run->io.data_offset];
	}
}

static uint64_t native_cycles(void)
{
	uint64_t best = UINT64_MAX;

	for (int i = 0; i < 20; i++) {
		unsigned int count = 20000;
		uint64_t cycles;

		__builtin_ia32_lfence();
		cycles = __builtin_ia32_rdtsc();
		asm volatile("1: decl %0; jnz 1b" : "+r"(count) : : "cc");
		__builtin_ia32_lfence();
		cycles = __builtin_ia32_rdtsc() - cycles;
		if (cycles < best)
			best = cycles;
	}
	return best;
}

static void probe(struct kvm_verdict *verdict)
{
	struct machine machine = {};
	uint64_t cycles, native;
	uint32_t reason = 0;
	unsigned int mark;

	if (!make_machine(&machine, verdict) || !set_features(&machine, verdict) ||
	    !set_state(&machine, verdict))
		return;
	mark = run_guest(&machine, &reason);
	if (mark <= LAST_MARK) {
		verdict_no(verdict, "/dev/kvm fails at %s (exit reason %u)", stages[mark], reason);
		return;
	}
	memcpy(&cycles, machine.memory + CYCLES, sizeof(cycles));
	native = native_cycles();
	if (cycles > RATIO_MAX * native) {
		verdict_no(verdict, "/dev/kvm answers but emulates (%llu x too slow)",
			   (unsigned long long)(cycles / native));
		return;
	}
	verdict->is_usable = true;
	snprintf(verdict->sentence, sizeof(verdict->sentence), "/dev/kvm runs code at the speed of hardware");
}

static void wait_a_moment(pid_t child)
{
	/* A child stuck in the kernel is left to init rather than waited for. */
	for (int tries = 0; tries < 100 && waitpid(child, NULL, WNOHANG) == 0; tries++)
		poll(NULL, 0, 10);
}

void kvm_probe(struct kvm_verdict *verdict)
{
	struct pollfd answer = { .events = POLLIN };
	int ends[2];
	pid_t child;

	verdict_no(verdict, "the probe could not be run");
	if (pipe2(ends, O_CLOEXEC))
		return;
	child = fork();
	if (child == 0) {
		probe(verdict);
		_exit(write(ends[1], verdict, sizeof(*verdict)) != sizeof(*verdict));
	}
	close(ends[1]);
	answer.fd = ends[0];
	if (child < 0) {
		close(ends[0]);
		return;
	}
	if (poll(&answer, 1, TIME_LIMIT_MS) <= 0) {
		kill(child, SIGKILL);
		verdict_no(verdict, "/dev/kvm hangs: a few instructions took over 3 seconds");
	} else if (read(ends[0], verdict, sizeof(*verdict)) != sizeof(*verdict)) {
		verdict_no(verdict, "the probe of /dev/kvm crashed");
	}
	close(ends[0]);
	wait_a_moment(child);
}

/* ---- once per boot ------------------------------------------------------ */

static bool read_boot_id(char *boot_id, size_t size)
{
	FILE *stream = fopen("/proc/sys/kernel/random/boot_id", "re");
	bool is_read = stream && fgets(boot_id, (int)size, stream);

	if (stream)
		fclose(stream);
	return is_read;
}

static bool read_verdict(const char *path, const char *boot_id, struct kvm_verdict *verdict)
{
	char line[sizeof(verdict->sentence)];
	FILE *stream = fopen(path, "re");
	bool is_read = false;

	if (!stream)
		return false;
	if (fgets(line, sizeof(line), stream) && !strcmp(line, boot_id) &&
	    fgets(line, sizeof(line), stream)) {
		verdict->is_usable = !strcmp(line, "usable\n");
		if (fgets(verdict->sentence, sizeof(verdict->sentence), stream)) {
			verdict->sentence[strcspn(verdict->sentence, "\n")] = '\0';
			is_read = true;
		}
	}
	fclose(stream);
	return is_read;
}

static void write_verdict(const char *path, const char *boot_id, const struct kvm_verdict *verdict)
{
	char temporary[4096];
	FILE *stream;

	snprintf(temporary, sizeof(temporary), "%s.%d", path, (int)getpid());
	stream = fopen(temporary, "we");
	if (!stream)
		return;
	fprintf(stream, "%s%s\n%s\n", boot_id, verdict->is_usable ? "usable" : "unusable", verdict->sentence);
	if (fclose(stream) || rename(temporary, path))
		unlink(temporary);
}

/* That /dev/kvm can't be opened is seen at once, and may change. */
void kvm_probe_cached(const char *runtime, struct kvm_verdict *verdict)
{
	char path[4000], boot_id[64] = "";
	int fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);

	if (fd < 0) {
		verdict_no(verdict, "/dev/kvm can't be opened: %s", strerror(errno));
		return;
	}
	close(fd);
	snprintf(path, sizeof(path), "%s/kvm-probe", runtime);
	if (read_boot_id(boot_id, sizeof(boot_id)) && read_verdict(path, boot_id, verdict))
		return;
	kvm_probe(verdict);
	if (boot_id[0])
		write_verdict(path, boot_id, verdict);
}
