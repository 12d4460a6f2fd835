// SPDX-License-Identifier: GPL-2.0-only
/*
 * lab - guest: process 1 of the lab's machine
 *
 * Turns a freshly booted kernel into the lab that COMMAND sees: kernel modules, the host's files below a writable layer, the usual
 * virtual file systems, cgroup v2, silo.ko. Then session.c runs COMMAND, and its status goes to the host together with the taint flags.
 * Static and free of shell scripts because a fork and exec costs 10 ms under emulation, and there would be sixty of them.
 *
 * main() is the summary. Not here: relaying (session.c), judging the kernel log (lab).
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <net/if.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/klog.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

#include "frame.h"
#include "guest.h"

static int port = -1;

static void say(enum lab_frame_type type, const char *format, va_list arguments)
{
	char text[LAB_PAYLOAD_MAX];
	int length = vsnprintf(text, sizeof(text), format, arguments);

	dprintf(STDERR_FILENO, "lab: %s\n", text);
	if (port >= 0)
		lab_send(port, type, text, length);
}

static void note(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say(LAB_NOTE, format, arguments);
	va_end(arguments);
}

void fail(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say(LAB_ERROR, format, arguments);
	va_end(arguments);
	/* The host ends the machine when it has read the sentence; without a port, powering off is the sign. */
	if (port >= 0)
		sleep(30);
	reboot(RB_POWER_OFF);
	abort();
}

static char *join(const char *format, ...)
{
	va_list arguments;
	char *text;

	va_start(arguments, format);
	if (vasprintf(&text, format, arguments) < 0)
		abort();
	va_end(arguments);
	return text;
}

static void must_mount(const char *type, const char *source, const char *target, unsigned long flags, const char *options)
{
	mkdir(target, 0755);
	if (mount(source, target, type, flags, options))
		fail("cannot mount %s on %s: %m", source, target);
}

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		fail("cannot write '%s' to %s: %m", text, path);
	close(fd);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* The modules of the initramfs are named so that their alphabetical order is their load order. */
static void load_boot_modules(void)
{
	struct dirent **entries;
	int count = scandir("/modules", &entries, is_visible, by_name);

	for (int i = 0; i < count; i++) {
		int fd = openat(AT_FDCWD, join("/modules/%s", entries[i]->d_name), O_RDONLY | O_CLOEXEC);

		if (syscall(SYS_finit_module, fd, "", 0) && errno != EEXIST)
			fail("cannot load %s: %m", entries[i]->d_name);
		close(fd);
	}
}

static int find_port(void)
{
	char name[sizeof(LAB_PORT)];
	struct dirent *entry;
	int found = -1;
	DIR *ports = opendir("/sys/class/virtio-ports");

	while (ports && found < 0 && (entry = readdir(ports))) {
		int fd = openat(dirfd(ports), join("%s/name", entry->d_name), O_RDONLY | O_CLOEXEC);

		if (fd >= 0 && read(fd, name, sizeof(name)) == sizeof(name) && !memcmp(name, LAB_PORT "\n", sizeof(name)))
			found = open(join("/dev/%s", entry->d_name), O_RDWR | O_CLOEXEC);
		close(fd);
	}
	if (ports)
		closedir(ports);
	return found;
}

/* The port's name arrives shortly after its driver, and the news that the host listens shortly after that; reads are at "end of file" until then. */
static void open_port(void)
{
	struct pollfd poll_port = { .events = POLLIN };

	for (int tries = 0; tries < 5000 && port < 0; tries++) {
		port = find_port();
		if (port < 0)
			usleep(1000);
	}
	if (port < 0)
		fail("no virtio port named " LAB_PORT);
	poll_port.fd = port;
	for (int tries = 0; tries < 1000 && poll(&poll_port, 1, 0) && (poll_port.revents & POLLHUP); tries++)
		usleep(1000);
}

/* A record is "key=value" and a NUL. */
static struct config *read_config(const char *path)
{
	struct config *config = calloc(1, sizeof(*config));
	size_t files = 0, environment = 0, arguments = 0, size = 0;
	FILE *stream = fopen(path, "re");
	char *record = NULL;

	if (!stream)
		fail("cannot read %s: %m", path);
	while (getdelim(&record, &size, '\0', stream) > 0) {
		char *value = strchr(record, '=');

		if (!value || files == LIST_MAX - 1 || environment == LIST_MAX - 1 || arguments == LIST_MAX - 1)
			fail("%s: bad record, or too many", path);
		*value++ = '\0';
		if (!strcmp(record, "argument"))
			config->arguments[arguments++] = value;
		else if (!strcmp(record, "environment"))
			config->environment[environment++] = value;
		else if (!strcmp(record, "file"))
			config->files[files++] = value;
		else if (!strcmp(record, "directory"))
			config->directory = value;
		else if (!strcmp(record, "checkout"))
			config->checkout = value;
		else if (!strcmp(record, "module"))
			config->module = value;
		else if (!strcmp(record, "modules"))
			config->modules = value;
		else if (!strcmp(record, "rows"))
			config->rows = value;
		else if (!strcmp(record, "columns"))
			config->columns = value;
		else if (!strcmp(record, "terminal"))
			*(*value == '0' ? &config->stdin_is_terminal : &config->stdout_is_terminal) = true;
		else
			fail("%s: unknown record '%s'", path, record);
		record = NULL;
		size = 0;
	}
	fclose(stream);
	return config;
}

/* Writes go to memory: the host's files are mounted read-only, and QEMU exports them read-only as well. */
static void mount_root(void)
{
	must_mount("9p", "host", "/lower", MS_RDONLY, "trans=virtio,version=9p2000.L,msize=512000,cache=loose");
	must_mount("tmpfs", "tmpfs", "/upper", 0, "mode=0755,size=75%");
	mkdir("/upper/files", 0755);
	mkdir("/upper/work", 0755);
	must_mount("overlay", "lab", "/new", 0, "lowerdir=/lower,upperdir=/upper/files,workdir=/upper/work");
}

static void mount_virtual_file_systems(void)
{
	static const struct {
		const char *type, *target, *options;
		unsigned long flags;
	} mounts[] = {
		{ "tmpfs", "/new/run", "mode=0755", MS_NOSUID | MS_NODEV },
		{ "tmpfs", "/new/tmp", "mode=1777", MS_NOSUID | MS_NODEV },
		{ "tmpfs", "/new/root", "mode=0700", 0 },
		{ "proc", "/new/proc", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC },
		{ "sysfs", "/new/sys", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC },
		{ "cgroup2", "/new/sys/fs/cgroup", "nsdelegate,memory_recursiveprot", MS_NOSUID | MS_NODEV | MS_NOEXEC },
		{ "debugfs", "/new/sys/kernel/debug", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC },
		{ "tracefs", "/new/sys/kernel/tracing", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC },
		{ "devtmpfs", "/new/dev", "mode=0755", MS_NOSUID },
		{ "devpts", "/new/dev/pts", "newinstance,ptmxmode=0666,mode=0620,gid=5", MS_NOSUID | MS_NOEXEC },
		{ "tmpfs", "/new/dev/shm", "mode=1777", MS_NOSUID | MS_NODEV },
		{ "mqueue", "/new/dev/mqueue", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC },
	};

	for (size_t i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++)
		must_mount(mounts[i].type, mounts[i].type, mounts[i].target, mounts[i].flags, mounts[i].options);
	symlink("/proc/self/fd", "/new/dev/fd");
	symlink("/proc/self/fd/0", "/new/dev/stdin");
	symlink("/proc/self/fd/1", "/new/dev/stdout");
	symlink("/proc/self/fd/2", "/new/dev/stderr");
}

static void make_folders(const char *path)
{
	char *copy = strdup(path);

	for (char *slash = strchr(copy + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(copy, 0755);
		*slash = '/';
	}
	mkdir(copy, 0755);
	free(copy);
}

/* Keeps @path visible although a fresh file system is about to cover a folder above it: call once before, once after. */
static void carry_over(const char *path, bool is_before)
{
	char *target = join("/new%s", path);

	if (is_before) {
		must_mount(NULL, target, "/kept", MS_BIND | MS_REC, NULL);
	} else {
		make_folders(target);
		must_mount(NULL, "/kept", target, MS_MOVE, NULL);
	}
	free(target);
}

static bool is_covered(const char *path)
{
	return path && (!strncmp(path, "/tmp/", 5) || !strncmp(path, "/root/", 6) || !strncmp(path, "/run/", 5) || !strncmp(path, "/dev/shm/", 9));
}

static void mount_modules(const struct config *config, const char *release)
{
	char *target = join("/new/lib/modules/%s", release);

	if (!config->modules)
		return;
	make_folders(target);
	must_mount(NULL, join("/lower%s", config->modules), target, MS_BIND, NULL);
}

static void copy_file(const char *path)
{
	const char *name = strrchr(path, '/') + 1;
	char buffer[65536];
	struct stat status;
	ssize_t size;
	int from = open(join("/lower%s", path), O_RDONLY | O_CLOEXEC);
	int to;

	if (from < 0 || fstat(from, &status))
		fail("cannot read %s: %m", path);
	to = open(join("/new/root/%s", name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, status.st_mode & 0777);
	while ((size = read(from, buffer, sizeof(buffer))) > 0)
		if (write(to, buffer, size) != size)
			fail("cannot copy %s: %m", path);
	if (to < 0 || size < 0)
		fail("cannot copy %s: %m", path);
	close(from);
	close(to);
}

/* As pivot_root can't replace the initramfs, the new root covers it. The kernel's own helpers (modprobe) share process 1's root. */
static void enter_root(void)
{
	if (chdir("/new") || mount(".", "/", NULL, MS_MOVE, NULL) || chroot(".") || chdir("/"))
		fail("cannot enter the new root: %m");
}

static void prepare_cgroups(void)
{
	mkdir("/sys/fs/cgroup/lab", 0755);
	write_file("/sys/fs/cgroup/lab/cgroup.procs", "0");
	write_file("/sys/fs/cgroup/cgroup.subtree_control", "+cpu +memory +pids +io");
}

static void bring_up_loopback(void)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (ioctl(fd, SIOCSIFFLAGS, &request))
		fail("cannot bring up the loopback device: %m");
	close(fd);
}

static void load_silo(int module)
{
	if (syscall(SYS_finit_module, module, "", 0))
		fail("the kernel refuses silo.ko: %m");
	if (mount("silofs", "/sys/fs/silo", "silofs", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL))
		note("silofs is not mounted: %m");
}

/* A leak shows only when a second scan, some seconds later, finds the same object without a reference. */
static void scan_for_leaks(void)
{
	char line[1024];
	FILE *report;

	if (access("/sys/kernel/debug/kmemleak", W_OK))
		return;
	write_file("/sys/kernel/debug/kmemleak", "scan");
	sleep(6);
	write_file("/sys/kernel/debug/kmemleak", "scan");
	report = fopen("/sys/kernel/debug/kmemleak", "re");
	while (report && fgets(line, sizeof(line), report))
		dprintf(STDERR_FILENO, "kmemleak: %s", line);
}

static uint64_t read_taint(void)
{
	unsigned long long taint = 0;
	FILE *stream = fopen("/proc/sys/kernel/tainted", "re");

	if (!stream || fscanf(stream, "%llu", &taint) != 1)
		fail("cannot read the kernel's taint flags: %m");
	fclose(stream);
	return taint;
}

static char *kernel_release(void)
{
	char release[256] = "";
	int fd = open("/proc/sys/kernel/osrelease", O_RDONLY | O_CLOEXEC);

	if (fd < 0 || read(fd, release, sizeof(release) - 1) <= 0)
		fail("cannot read the kernel's release: %m");
	close(fd);
	release[strcspn(release, "\n")] = '\0';
	return strdup(release);
}

int main(void)
{
	struct lab_exit result = {};
	struct config *config;
	int module = -1;

	umask(0022);
	must_mount("proc", "proc", "/proc", 0, NULL);
	must_mount("sysfs", "sysfs", "/sys", 0, NULL);
	must_mount("devtmpfs", "devtmpfs", "/dev", 0, NULL);
	load_boot_modules();
	open_port();

	mount_root();
	config = read_config(join("/lower%s/config", getenv("lab_directory")));
	if (config->module) {
		module = open(join("/lower%s", config->module), O_RDONLY | O_CLOEXEC);
		if (module < 0)
			fail("cannot open %s: %m", config->module);
	}
	mount_modules(config, kernel_release());
	if (is_covered(config->checkout))
		carry_over(config->checkout, true);
	mount_virtual_file_systems();
	if (is_covered(config->checkout))
		carry_over(config->checkout, false);
	for (char **file = config->files; *file; file++)
		copy_file(*file);
	enter_root();

	sethostname("lab", 3);
	prepare_cgroups();
	bring_up_loopback();
	/* Boot messages are of no interest on the console; what the tests provoke is. */
	klogctl(8, NULL, 7);
	if (module >= 0)
		load_silo(module);

	result.status = session_run(port, config);

	scan_for_leaks();
	result.taint = read_taint();
	lab_send(port, LAB_EXIT, &result, sizeof(result));
	for (;;)
		pause();
}
