// SPDX-License-Identifier: GPL-2.0-only
/*
 * Containers: what a process in one sees, may do and leaves behind.
 */
#include "kselftest_harness.h"

#include <grp.h>
#include <sys/sysmacros.h>

#include "container_fixture.h"

FIXTURE(container)
{
	struct container c;
};

FIXTURE_SETUP(container)
{
	const char *missing = fixture_missing();

	if (missing)
		SKIP(return, "%s", missing);
	memset(&self->c, 0, sizeof(self->c));
	ASSERT_DONE(container_begin(&self->c));
}

FIXTURE_TEARDOWN(container)
{
	if (self->c.silo)
		container_end(&self->c);
}

/* Run a script and expect it to end with 0. */
#define ASSERT_RUNS(script)							\
	ASSERT_EQ(0, container_run(&self->c, script)) TH_LOG("%s%s", silo_error(self->c.silo), self->c.text)

/* Run a script and expect exactly this output. */
#define EXPECT_PRINTS(script, expected)						\
	ASSERT_RUNS(script);							\
	EXPECT_STREQ(expected, self->c.text)

/* ---- namespaces --------------------------------------------------------- */

TEST_F(container, each_namespace_is_its_own)
{
	static const char *const kinds[] = { "mnt", "pid", "ipc", "uts", "net", "cgroup", "user", "time" };
	char path[64], ours[64], *line, *rest = self->c.text;

	ASSERT_RUNS("cd /proc/self/ns && readlink mnt pid ipc uts net cgroup user time");
	for (int i = 0; i < 8; i++) {
		ssize_t size;

		snprintf(path, sizeof(path), "/proc/self/ns/%s", kinds[i]);
		size = readlink(path, ours, sizeof(ours) - 1);
		ASSERT_GT(size, 0);
		ours[size] = '\0';
		line = strsep(&rest, "\n");
		EXPECT_EQ(0, strncmp(kinds[i], line, strlen(kinds[i]))) TH_LOG("%s", line);
		EXPECT_STRNE(ours, line);
	}
}

TEST_F(container, the_silo_pins_its_eight_namespaces)
{
	struct silo_info *info;

	container_command(&self->c, "true");
	ASSERT_DONE(container_create(&self->c));
	ASSERT_EQ(0, silo_get(self->c.silo, (struct silo_ref){ .id = self->c.id }, false, &info));
	EXPECT_EQ(SILO_STATE_CREATED, info->state);
	EXPECT_EQ(8, info->ns_count);
	EXPECT_EQ(silo_process_pid(self->c.init), info->init_pid);
	EXPECT_STREQ(self->c.spec->name, info->name);
	silo_info_free(info);
}

TEST_F(container, the_command_is_process_1_of_its_silo)
{
	char expected[128];

	snprintf(expected, sizeof(expected), "1\n%s\nstarted\n", self->c.spec->name);
	EXPECT_PRINTS("echo $$; cat /sys/fs/silo/self/name /sys/fs/silo/self/state", expected);
}

TEST_F(container, root_has_all_ids_but_not_the_groups_of_its_maker)
{
	const gid_t groups[] = { 7, 11 };

	ASSERT_EQ(0, setgroups(2, groups));
	EXPECT_PRINTS("id -u; id -g; id -G; tr -s ' ' </proc/self/uid_map; tr -s ' ' </proc/self/gid_map",
		      "0\n0\n0\n 0 0 4294967295\n 0 0 4294967295\n");
}

TEST_F(container, the_hostname_is_the_name_unless_given)
{
	char expected[128];

	snprintf(expected, sizeof(expected), "%s\n%s\n", self->c.spec->name, self->c.spec->name);
	EXPECT_PRINTS("uname -n; echo $HOSTNAME", expected);
	self->c.spec->hostname = strdup("other.example");
	EXPECT_PRINTS("uname -n; echo $HOSTNAME", "other.example\nother.example\n");
}

TEST_F(container, only_the_loopback_device_is_there_and_is_up)
{
	EXPECT_PRINTS("ls /sys/class/net; cat /sys/class/net/lo/flags", "lo\n0x9\n");
}

TEST_F(container, a_name_is_made_up)
{
	struct silo_info *info;

	free(self->c.spec->name);
	self->c.spec->name = NULL;
	container_command(&self->c, "true");
	ASSERT_DONE(container_create(&self->c));
	ASSERT_EQ(0, silo_get(self->c.silo, (struct silo_ref){ .id = self->c.id }, false, &info));
	EXPECT_EQ(0, strncmp("silo-", info->name, 5));
	EXPECT_NE(NULL, strstr(info->spec, info->name));
	silo_info_free(info);
}

/* ---- files -------------------------------------------------------------- */

TEST_F(container, writes_are_private)
{
	char script[512];

	ASSERT_EQ(0, write_text(in_folder(&self->c, "file"), "before"));
	ASSERT_EQ(0, mkdir(in_folder(&self->c, "directory"), 0755));
	ASSERT_EQ(0, write_text(in_folder(&self->c, "directory/inner"), "inner"));
	snprintf(script, sizeof(script), "cd %s && echo after >file && rm -r directory && mkdir directory &&"
		 "ls -A directory && echo new >/etc/silo-test && rm /etc/hostname && cat file /etc/silo-test",
		 self->c.folder);
	EXPECT_PRINTS(script, "after\nnew\n");
	EXPECT_STREQ("before", text_of(in_folder(&self->c, "file")));
	EXPECT_STREQ("inner", text_of(in_folder(&self->c, "directory/inner")));
	EXPECT_EQ(-1, access("/etc/silo-test", F_OK));
	EXPECT_EQ(0, access("/etc/hostname", F_OK));
}

TEST_F(container, file_systems_of_the_computer_are_seen_and_private)
{
	char script[512];

	ASSERT_EQ(0, mkdir(in_folder(&self->c, "a b,c:d\\e"), 0755));
	ASSERT_EQ(0, mount("test", in_folder(&self->c, "a b,c:d\\e"), "tmpfs", MS_NOEXEC,
			   "mode=1770,uid=3,gid=4"));
	ASSERT_EQ(0, write_text(in_folder(&self->c, "a b,c:d\\e/file"), "below"));
	snprintf(script, sizeof(script), "cd '%s/a b,c:d\\e' && cat file && stat -c ' %%a %%u %%g' . &&"
		 "echo over >file && cat file && cp /bin/true . && ! ./true 2>/dev/null", self->c.folder);
	EXPECT_PRINTS(script, "below 1770 3 4\nover\n");
	EXPECT_STREQ("below", text_of(in_folder(&self->c, "a b,c:d\\e/file")));
	EXPECT_EQ(0, umount(in_folder(&self->c, "a b,c:d\\e")));
}

TEST_F(container, a_read_only_file_system_stays_so)
{
	char script[256];

	ASSERT_EQ(0, mkdir(in_folder(&self->c, "fixed"), 0755));
	ASSERT_EQ(0, mount("test", in_folder(&self->c, "fixed"), "tmpfs", MS_RDONLY, NULL));
	snprintf(script, sizeof(script), "touch %s/fixed/file", self->c.folder);
	EXPECT_EQ(W_EXITCODE(1, 0), container_run(&self->c, script));
	EXPECT_NE(NULL, strstr(self->c.text, "Read-only file system")) TH_LOG("%s", self->c.text);
	EXPECT_EQ(0, umount(in_folder(&self->c, "fixed")));
}

TEST_F(container, what_can_not_be_covered_is_read_only)
{
	char script[512], options[512];
	const char *deepest = "two";

	/* Overlays stack two deep. The second is refused if the host's root is one already. */
	ASSERT_EQ(0, mkdir(in_folder(&self->c, "one"), 0755));
	ASSERT_EQ(0, mkdir(in_folder(&self->c, "two"), 0755));
	ASSERT_EQ(0, mount("test", in_folder(&self->c, "one"), "overlay", 0, "lowerdir=/usr/share:/usr/lib"));
	snprintf(options, sizeof(options), "lowerdir=%s:/usr", in_folder(&self->c, "one"));
	if (mount("test", in_folder(&self->c, "two"), "overlay", 0, options))
		deepest = "one";
	snprintf(script, sizeof(script),
		 "cd %s/%s && test -n \"$(ls)\" && touch file 2>&1 | grep -o 'Read-only.*'",
		 self->c.folder, deepest);
	EXPECT_PRINTS(script, "Read-only file system\n");
	umount(in_folder(&self->c, "two"));
	EXPECT_EQ(0, umount(in_folder(&self->c, "one")));
}

TEST_F(container, nothing_is_mounted_on_the_host)
{
	char before[4096];

	strcpy(before, text_of("/proc/self/mountinfo"));
	container_command(&self->c, "sleep 60");
	ASSERT_DONE(container_create(&self->c));
	ASSERT_EQ(0, container_start(&self->c));
	EXPECT_STREQ(before, text_of("/proc/self/mountinfo"));
}

TEST_F(container, run_is_empty_and_dev_has_the_usual)
{
	EXPECT_PRINTS("ls -A /run; ls /dev | tr '\\n' ' '; readlink /dev/ptmx; echo x >/dev/null;"
		      "head -c3 /dev/zero | wc -c; stat -f -c %S:%b /dev/shm",
		      "fd full mqueue null ptmx pts random shm stderr stdin stdout tty urandom zero "
		      "pts/ptmx\n3\n4096:16384\n");
}

TEST_F(container, the_kernel_can_not_be_changed_through_its_files)
{
	EXPECT_PRINTS("cd /proc; for file in sys/kernel/hostname sysrq-trigger irq/default_smp_affinity"
		      "  /sys/kernel/uevent_seqnum /sys/fs/cgroup/cgroup.procs;"
		      "do (echo h >$file) 2>&1 | grep -o 'Read-only'; done; cat kcore keys timer_list;"
		      "ls /proc/acpi /sys/firmware 2>/dev/null | grep -v :; echo end",
		      "Read-only\nRead-only\nRead-only\nRead-only\nRead-only\n\nend\n");
}

TEST_F(container, device_nodes_can_not_be_made_and_do_not_work)
{
	char script[256];

	ASSERT_EQ(0, mknod(in_folder(&self->c, "zero"), S_IFCHR | 0666, makedev(1, 5)));
	ASSERT_EQ(0, silo_spec_add_mount(self->c.spec, self->c.folder, "/volume", false));
	snprintf(script, sizeof(script), "mknod /x c 1 5 2>&1 | grep -o 'Operation.*';"
		 "for file in %s/zero /volume/zero; do head -c1 $file 2>&1 | grep -o 'Permission.*'; done",
		 self->c.folder);
	EXPECT_PRINTS(script, "Operation not permitted\nPermission denied\nPermission denied\n");
}

/* ---- images and mounts -------------------------------------------------- */

TEST_F(container, an_image_is_the_root)
{
	if (make_image(&self->c))
		SKIP(return, NO_IMAGE);
	ASSERT_EQ(0, write_text(in_folder(&self->c, "image/file"), "image\n"));
	EXPECT_PRINTS("cd / && echo * && cat file && echo other >file && cat file",
		      "bin dev file lib lib64 proc run sbin sys usr\nimage\nother\n");
	EXPECT_STREQ("image\n", text_of(in_folder(&self->c, "image/file")));
	EXPECT_EQ(-1, access(in_folder(&self->c, "image/proc"), F_OK));
}

TEST_F(container, an_image_may_have_any_name)
{
	if (make_image(&self->c))
		SKIP(return, NO_IMAGE);
	free(self->c.spec->image);
	self->c.spec->image = strdup(in_folder(&self->c, "im,a:g\\e="));
	ASSERT_EQ(0, rename(in_folder(&self->c, "image"), self->c.spec->image));
	EXPECT_PRINTS("echo here", "here\n");
}

TEST_F(container, a_missing_image_is_refused)
{
	char expected[256];

	self->c.spec->image = strdup("/nowhere");
	EXPECT_EQ(-ENOENT, container_run(&self->c, "true"));
	EXPECT_STREQ("image /nowhere: No such file or directory", silo_error(self->c.silo));
	free(self->c.spec->image);
	self->c.spec->image = strdup(in_folder(&self->c, "file"));
	ASSERT_EQ(0, write_text(self->c.spec->image, ""));
	EXPECT_EQ(-ENOTDIR, container_run(&self->c, "true"));
	snprintf(expected, sizeof(expected), "image %s: Not a directory", self->c.spec->image);
	EXPECT_STREQ(expected, silo_error(self->c.silo));
}

TEST_F(container, mounts_are_seen_and_written_through)
{
	ASSERT_EQ(0, mkdir(in_folder(&self->c, "source"), 0755));
	ASSERT_EQ(0, write_text(in_folder(&self->c, "file"), "file\n"));
	ASSERT_EQ(0, silo_spec_add_mount(self->c.spec, in_folder(&self->c, "source"), "/new/place", false));
	ASSERT_EQ(0, silo_spec_add_mount(self->c.spec, in_folder(&self->c, "file"), "/new/place/inner/file",
					 false));
	EXPECT_PRINTS("cat /new/place/inner/file && echo inside >/new/place/made", "file\n");
	EXPECT_STREQ("inside\n", text_of(in_folder(&self->c, "source/made")));
	EXPECT_EQ(-1, access("/new", F_OK));
}

TEST_F(container, read_only_mounts_are_so_all_the_way_down)
{
	ASSERT_EQ(0, mkdir(in_folder(&self->c, "source"), 0755));
	ASSERT_EQ(0, mkdir(in_folder(&self->c, "source/inner"), 0755));
	ASSERT_EQ(0, mount("test", in_folder(&self->c, "source/inner"), "tmpfs", 0, NULL));
	ASSERT_EQ(0, write_text(in_folder(&self->c, "source/inner/file"), "inner\n"));
	ASSERT_EQ(0, silo_spec_add_mount(self->c.spec, in_folder(&self->c, "source"), "/mnt", true));
	EXPECT_PRINTS("cd /mnt; cat inner/file; touch new inner/new 2>&1 | grep -o Read-only",
		      "inner\nRead-only\nRead-only\n");
	EXPECT_EQ(0, umount(in_folder(&self->c, "source/inner")));
}

TEST_F(container, a_missing_mount_source_is_refused)
{
	ASSERT_EQ(0, silo_spec_add_mount(self->c.spec, "/nowhere", "/mnt", true));
	EXPECT_EQ(-ENOENT, container_run(&self->c, "true"));
	EXPECT_STREQ("mount source /nowhere: No such file or directory", silo_error(self->c.silo));
}

TEST_F(container, links_of_an_image_lead_nowhere_else)
{
	static const char *const targets[] = {
		"/relative/made", "/absolute/made", "/absolute/file", "/direct",
	};
	char outside[256], source[256];

	if (make_image(&self->c))
		SKIP(return, NO_IMAGE);
	strcpy(outside, in_folder(&self->c, "outside"));
	strcpy(source, in_folder(&self->c, "source"));
	ASSERT_EQ(0, mkdir(outside, 0755));
	ASSERT_EQ(0, mkdir(source, 0755));
	ASSERT_EQ(0, write_text(in_folder(&self->c, "file"), ""));
	ASSERT_EQ(0, symlink(outside, in_folder(&self->c, "image/absolute")));
	ASSERT_EQ(0, symlink(outside, in_folder(&self->c, "image/direct")));
	snprintf(self->c.text, sizeof(self->c.text), "../../../../../..%s", outside);
	ASSERT_EQ(0, symlink(self->c.text, in_folder(&self->c, "image/relative")));
	for (int i = 0; i < 4; i++)
		ASSERT_EQ(0, silo_spec_add_mount(self->c.spec, i == 2 ? in_folder(&self->c, "file") : source,
						 targets[i], false));
	/* Whether that works inside is the image's own affair. */
	container_run(&self->c, "true");
	EXPECT_EQ(0, rmdir(outside)) TH_LOG("%s", strerror(errno));
}

TEST_F(container, links_of_an_image_in_the_kernels_places_lead_nowhere_else)
{
	static const char *const places[] = { "proc", "sys", "dev", "run" };
	char before[4096], outside[256];

	if (make_image(&self->c))
		SKIP(return, NO_IMAGE);
	strcpy(outside, in_folder(&self->c, "outside"));
	ASSERT_EQ(0, mkdir(outside, 0755));
	snprintf(self->c.text, sizeof(self->c.text), "../../../../../..%s", outside);
	strcpy(before, text_of("/proc/self/mountinfo"));
	for (int i = 0; i < 4; i++) {
		ASSERT_EQ(0, symlink(self->c.text, in_folder(&self->c, "image/%s", places[i])));
		EXPECT_NE(0, container_run(&self->c, "true"));
		ASSERT_EQ(0, unlink(in_folder(&self->c, "image/%s", places[i])));
	}
	EXPECT_STREQ(before, text_of("/proc/self/mountinfo"));
	EXPECT_EQ(0, rmdir(outside)) TH_LOG("%s", strerror(errno));
}

/* ---- privileges and limits ---------------------------------------------- */

TEST_F(container, privileges_are_those_of_docker)
{
	EXPECT_PRINTS("grep -E '^(Cap|NoNewPrivs)' /proc/self/status | tr -s '\\t\\n' ' '",
		      "CapInh: 0000000000000000 CapPrm: 00000000a80425fb CapEff: 00000000a80425fb "
		      "CapBnd: 00000000a80425fb CapAmb: 0000000000000000 NoNewPrivs: 1 ");
}

TEST_F(container, root_may_change_owners_and_bind_low_ports_only_inside)
{
	EXPECT_PRINTS("cp /etc/passwd /f && chown 12:34 /f && chmod 4755 /f && stat -c '%u %g %a' /f;"
		      "hostname x 2>/dev/null || echo no; mount -t tmpfs x /mnt 2>/dev/null || echo no;"
		      "kill -0 2 2>/dev/null || echo no",
		      "12 34 4755\nno\nno\nno\n");
}

TEST_F(container, only_standard_descriptors_are_open)
{
	int fds[2];

	/* One that would survive an exec. */
	ASSERT_EQ(0, pipe(fds));
	EXPECT_PRINTS(PRINT_DESCRIPTORS, "0\n1\n2\n");
}

TEST_F(container, signals_are_as_at_boot)
{
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGRTMIN + 3, SIG_IGN);
	EXPECT_PRINTS("grep -E '^Sig(Blk|Ign)' /proc/self/status; umask",
		      "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n0022\n");
}

TEST_F(container, limits_are_set)
{
	char path[128];

	self->c.spec->memory = 64 << 20;
	self->c.spec->cpus = 1500;
	self->c.spec->pids = 20;
	container_command(&self->c, "sleep 60");
	ASSERT_DONE(container_create(&self->c));
#define EXPECT_LIMIT(file, value)									\
	snprintf(path, sizeof(path), "/sys/fs/cgroup/silo/%s/" file, self->c.spec->name);		\
	EXPECT_STREQ(value, text_of(path))
	EXPECT_LIMIT("memory.max", "67108864\n");
	EXPECT_LIMIT("memory.swap.max", "0\n");
	EXPECT_LIMIT("memory.oom.group", "1\n");
	EXPECT_LIMIT("cpu.max", "150000 100000\n");
	EXPECT_LIMIT("pids.max", "20\n");
	snprintf(path, sizeof(path), "%d\n", silo_process_pid(self->c.init));
	strcpy(self->c.text, path);
	EXPECT_LIMIT("cgroup.procs", self->c.text);
}

TEST_F(container, limits_below_a_group_with_processes_are_refused)
{
	int host = open("/proc/self/ns/cgroup", O_RDONLY | O_CLOEXEC);
	char group[128];

	/* As in a container of another kind, whose cgroup namespace begins at the group that it is in. */
	snprintf(group, sizeof(group), "/sys/fs/cgroup/outer-%d", getpid());
	ASSERT_EQ(0, mkdir(group, 0755));
	snprintf(self->c.text, sizeof(self->c.text), "%s/cgroup.procs", group);
	ASSERT_EQ(0, write_text(self->c.text, "0"));
	ASSERT_EQ(0, unshare(CLONE_NEWCGROUP));
	ASSERT_EQ(0, mount(group, "/sys/fs/cgroup", NULL, MS_BIND, NULL));
	EXPECT_PRINTS("cat /proc/self/cgroup", "0::/\n");
	self->c.spec->memory = 64 << 20;
	EXPECT_EQ(-EBUSY, container_run(&self->c, "true"));
	EXPECT_STREQ("the controller \"memory\" can't be enabled in the cgroup /sys/fs/cgroup, "
		     "as processes are in it: move them into a group below it", silo_error(self->c.silo));
	EXPECT_EQ(0, rmdir("/sys/fs/cgroup/silo")) TH_LOG("%s", strerror(errno));
	ASSERT_EQ(0, umount("/sys/fs/cgroup"));
	ASSERT_EQ(0, setns(host, CLONE_NEWCGROUP));
	close(host);
	ASSERT_EQ(0, write_text("/sys/fs/cgroup/cgroup.procs", "0"));
	EXPECT_EQ(0, rmdir(group)) TH_LOG("%s", strerror(errno));
}

TEST_F(container, a_limit_without_its_controller_is_refused)
{
	char group[128];

	/* Nothing is passed down to the group in the middle, so that it has nothing to pass on. */
	snprintf(group, sizeof(group), "/sys/fs/cgroup/outer-%d", getpid());
	ASSERT_EQ(0, mkdir(group, 0755));
	ASSERT_EQ(0, mkdir(strcat(strcpy(self->c.text, group), "/inner"), 0755));
	ASSERT_EQ(0, mount(self->c.text, "/sys/fs/cgroup", NULL, MS_BIND, NULL));
	self->c.spec->pids = 10;
	EXPECT_EQ(-ENOTSUP, container_run(&self->c, "true"));
	EXPECT_STREQ("the controller \"pids\" is not available in the cgroup /sys/fs/cgroup: "
		     "boot with cgroup_no_v1=all and cgroup_enable=pids, or enable it in the groups above",
		     silo_error(self->c.silo));
	EXPECT_EQ(0, rmdir("/sys/fs/cgroup/silo"));
	ASSERT_EQ(0, umount("/sys/fs/cgroup"));
	snprintf(self->c.text, sizeof(self->c.text), "%s/inner", group);
	EXPECT_EQ(0, rmdir(self->c.text));
	EXPECT_EQ(0, rmdir(group));
}

TEST_F(container, a_system_without_cgroup_v2_is_refused)
{
	ASSERT_EQ(0, mount("test", "/sys/fs/cgroup", "tmpfs", 0, NULL));
	EXPECT_EQ(-ENOTSUP, container_run(&self->c, "true"));
	EXPECT_STREQ("no cgroup v2 on /sys/fs/cgroup: boot with cgroup_no_v1=all, "
		     "or mount -t cgroup2 cgroup2 /sys/fs/cgroup", silo_error(self->c.silo));
	EXPECT_EQ(0, umount("/sys/fs/cgroup"));
}

TEST_F(container, a_tiny_share_of_a_processor_is_possible)
{
	self->c.spec->cpus = 9;
	container_command(&self->c, "true");
	EXPECT_DONE(container_create(&self->c));
}

TEST_F(container, the_least_memory_suffices_to_start)
{
	self->c.spec->memory = 512 << 10;
	self->c.spec->directory = strdup("/");
	EXPECT_PRINTS("echo here", "here\n");
}

TEST_F(container, too_much_memory_ends_it)
{
	self->c.spec->memory = 16 << 20;
	EXPECT_EQ(SIGKILL, container_run(&self->c, "head -c 64M /dev/zero >/dev/shm/file; sleep 60"));
}

TEST_F(container, too_many_processes_are_refused)
{
	self->c.spec->pids = 3;
	EXPECT_NE(0, container_run(&self->c, "sleep 60 & sleep 60 & sleep 60 & echo made >&2; kill -9 $!"));
	EXPECT_EQ(NULL, strstr(self->c.text, "made"));
}

TEST_HARNESS_MAIN
