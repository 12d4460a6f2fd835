// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * silo-vm agent - machine: the virtual machine around the silo
 *
 * The initramfs is this program as /init, kernel modules, and the file
 * /modules/list, which names them in the order in which they are loaded.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/random.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include <silo/channel.h>

#include "machine.h"
#include "session.h"

#define PORT_TIMEOUT_MS 10000

void machine_power_off(void)
{
	sync();
	reboot(RB_POWER_OFF);
	/* Without a way to power off, a reset ends the machine as well: QEMU runs with -no-reboot. */
	reboot(RB_AUTOBOOT);
	for (;;)
		pause();
}

void machine_die(const char *format, ...)
{
	char sentence[512];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(sentence, sizeof(sentence), format, arguments);
	va_end(arguments);
	dprintf(STDERR_FILENO, "silo-vm agent: %s\n", sentence);
	session_say_goodbye(sentence);
	machine_power_off();
}

static void must_mount(const char *type, const char *target, unsigned long flags, const char *options)
{
	mkdir(target, 0755);
	if (mount(type, target, type, flags, options))
		machine_die("cannot mount %s on %s: %m", type, target);
}

/* ---- modules ------------------------------------------------------------ */

/* A module that is loaded is of no use as a file, which takes memory here. */
static void load_module(const char *name)
{
	char path[300];
	int fd;

	snprintf(path, sizeof(path), "/modules/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		machine_die("cannot open module %s: %m", name);
	if (syscall(SYS_finit_module, fd, "", 0) && errno != EEXIST)
		machine_die("the kernel refuses module %s: %m", name);
	close(fd);
	unlink(path);
}

static void load_modules(void)
{
	FILE *list = fopen("/modules/list", "re");
	char line[256];

	if (!list)
		machine_die("cannot read /modules/list: %m");
	while (fgets(line, sizeof(line), list)) {
		line[strcspn(line, "\n")] = '\0';
		load_module(line);
	}
	fclose(list);
}

/* ---- file systems ------------------------------------------------------- */

/* The first root can't be pivoted away from, a mount of it on top of itself can. */
static void enter_pivotable_root(void)
{
	mkdir("/root", 0700);
	if (mount("/", "/root", NULL, MS_BIND, NULL) || chdir("/root") ||
	    mount(".", "/", NULL, MS_MOVE, NULL) || chroot(".") || chdir("/"))
		machine_die("cannot enter a root that can be pivoted: %m");
}

void machine_prepare(void)
{
	umask(0022);
	enter_pivotable_root();
	must_mount("proc", "/proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
	must_mount("sysfs", "/sys", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
	must_mount("devtmpfs", "/dev", MS_NOSUID, "mode=0755");
	must_mount("devpts", "/dev/pts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620,gid=5");
	must_mount("tmpfs", "/dev/shm", MS_NOSUID | MS_NODEV, "mode=1777");
	must_mount("tmpfs", "/run", MS_NOSUID | MS_NODEV, "mode=0755");
	must_mount("tmpfs", "/tmp", MS_NOSUID | MS_NODEV, "mode=1777");
	must_mount("cgroup2", "/sys/fs/cgroup", MS_NOSUID | MS_NODEV | MS_NOEXEC,
		   "nsdelegate,memory_recursiveprot");
	load_modules();
}

static int mount_share(const char *tag, const char *target, bool read_only)
{
	/* The host's page cache is the only other writer that loose caching would have to know of. */
	const char *options = read_only ? "trans=virtio,version=9p2000.L,msize=512000,cache=loose" :
		"trans=virtio,version=9p2000.L,msize=512000,cache=mmap";

	mkdir(target, 0755);
	return mount(tag, target, "9p", read_only ? MS_RDONLY : 0, options) ? -errno : 0;
}

int machine_mount_shares(const struct silo_spec *spec, char *what, int size)
{
	char tag[32], target[64];
	int err;

	sethostname(spec->name, strlen(spec->name));
	snprintf(what, (size_t)size, "the image");
	err = mount_share("image", "/image", true);
	mkdir("/volumes", 0755);
	for (size_t i = 0; i < spec->mounts_count && !err; i++) {
		snprintf(what, (size_t)size, "the volume for %s", spec->mounts[i].target);
		snprintf(tag, sizeof(tag), "volume%zu", i);
		snprintf(target, sizeof(target), "/volumes/%zu", i);
		err = mount_share(tag, target, spec->mounts[i].read_only);
	}
	return err;
}

/* ---- the port ----------------------------------------------------------- */

static bool is_port(int directory, const char *entry)
{
	char path[300], name[sizeof(SILO_CHANNEL_PORT) + 1] = "";
	bool is;
	int fd;

	snprintf(path, sizeof(path), "%s/name", entry);
	fd = openat(directory, path, O_RDONLY | O_CLOEXEC);
	is = fd >= 0 && read(fd, name, sizeof(name)) > 0 && !strcmp(name, SILO_CHANNEL_PORT "\n");
	close(fd);
	return is;
}

static int find_port(void)
{
	DIR *ports = opendir("/sys/class/virtio-ports");
	struct dirent *entry;
	char path[300];
	int found = -1;

	while (ports && found < 0 && (entry = readdir(ports))) {
		if (!is_port(dirfd(ports), entry->d_name))
			continue;
		snprintf(path, sizeof(path), "/dev/%s", entry->d_name);
		found = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
	}
	if (ports)
		closedir(ports);
	return found;
}

/*
 * The port's name arrives shortly after its driver, and the news that the host listens shortly after that;
 * until then the port is "hung up".
 */
int machine_open_port(void)
{
	struct pollfd port = { .events = POLLIN };
	int tries;

	for (tries = 0; (port.fd = find_port()) < 0; tries++) {
		if (tries == PORT_TIMEOUT_MS)
			machine_die("there is no virtio port named " SILO_CHANNEL_PORT);
		usleep(1000);
	}
	for (tries = 0; tries < PORT_TIMEOUT_MS && poll(&port, 1, 0) >= 0 && port.revents & POLLHUP; tries++)
		usleep(1000);
	return port.fd;
}

/* ---- random numbers, time ----------------------------------------------- */

#define SEED_MAX 64

void machine_seed(const void *bytes, uint32_t size)
{
	_Alignas(struct rand_pool_info) unsigned char memory[sizeof(struct rand_pool_info) + SEED_MAX];
	struct rand_pool_info pool = { .entropy_count = (int)size * 8, .buf_size = (int)size };
	int fd = open("/dev/random", O_RDWR | O_CLOEXEC);

	if (size > SEED_MAX)
		machine_die("too many random bytes at once");
	memcpy(memory, &pool, sizeof(pool));
	memcpy(memory + sizeof(pool), bytes, size);
	if (fd < 0 || ioctl(fd, RNDADDENTROPY, memory) || ioctl(fd, RNDRESEEDCRNG))
		machine_die("cannot seed the random number generator: %m");
	explicit_bzero(memory, sizeof(memory));
	close(fd);
}

void machine_set_clock(uint64_t time)
{
	struct timespec now = { .tv_sec = (time_t)(time / 1000000000), .tv_nsec = (long)(time % 1000000000) };

	if (clock_settime(CLOCK_REALTIME, &now))
		dprintf(STDERR_FILENO, "silo-vm agent: cannot set the clock: %m\n");
}

const char *machine_release(void)
{
	static struct utsname name;

	uname(&name);
	return name.release;
}
