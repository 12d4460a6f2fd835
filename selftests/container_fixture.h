/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the tests of containers share: a spec, a folder, a container whose output is caught.
 *
 * Everything is named after the test's own pid. The tests change the mount table, so they have their own.
 */
#ifndef SILO_CONTAINER_FIXTURE_H
#define SILO_CONTAINER_FIXTURE_H

#include <ftw.h>
#include <stdarg.h>
#include <sys/mount.h>

#include <silo/container.h>

#include "fixture.h"

struct container {
	struct silo *silo;
	struct silo_spec *spec;
	struct silo_process *init;
	uint64_t id;			/* 0: there is none */
	char folder[64];		/* for the test's files */
	int output;			/* read end of the container's standard output and error */
	char text[16384];		/* what came from there */
};

static inline int remove_entry(const char *path, const struct stat *status, int type, struct FTW *walk)
{
	return remove(path);
}

static inline int container_begin(struct container *c)
{
	int ret = silo_open(&c->silo);

	if (ret)
		return ret;
	c->output = -1;
	c->spec = silo_spec_new();
	if (asprintf(&c->spec->name, "test-%d", getpid()) < 0)
		return -ENOMEM;
	snprintf(c->folder, sizeof(c->folder), "/tmp/silo-test-%d", getpid());
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mkdir(c->folder, 0755))
		return -errno;
	return 0;
}

static inline void container_command(struct container *c, const char *script)
{
	char *argv[] = { "sh", "-c", (char *)script };

	silo_spec_set_command(c->spec, 3, argv);
}

static inline int container_create(struct container *c)
{
	int pipe_fds[2];
	struct silo_stdio stdio = { .in = -1 };
	int ret;

	if (pipe2(pipe_fds, O_CLOEXEC))
		return -errno;
	stdio.out = stdio.err = pipe_fds[1];
	ret = silo_container_create(c->silo, c->spec, &stdio, &c->id, &c->init);
	close(pipe_fds[1]);
	if (c->output >= 0)
		close(c->output);
	c->output = pipe_fds[0];
	return ret;
}

static inline int container_start(struct container *c)
{
	return silo_container_start(c->silo, c->id, c->init);
}

/* Everything that comes out of it, until nobody can write any more. */
static inline void read_text(int fd, char *text, size_t size)
{
	size_t length = 0;
	ssize_t got;

	while ((got = read(fd, text + length, size - 1 - length)) > 0)
		length += got;
	text[length] = '\0';
}

/* Its wait status, or a negative errno; the output is in text. */
static inline int container_wait(struct container *c)
{
	int status, ret;

	read_text(c->output, c->text, sizeof(c->text));
	ret = silo_process_wait(c->init, &status);
	silo_process_free(c->init);
	c->init = NULL;
	return ret ? ret : status;
}

static inline void container_remove(struct container *c)
{
	if (c->init) {
		silo_process_signal(c->init, SIGKILL);
		container_wait(c);
	}
	if (c->id)
		silo_remove(c->silo, (struct silo_ref){ .id = c->id }, true);
	c->id = 0;
}

/* Runs a shell script in a container of the spec. Returns the wait status, or what went wrong before. */
static inline int container_run(struct container *c, const char *script)
{
	int ret;

	container_command(c, script);
	ret = container_create(c);
	if (!ret)
		ret = container_start(c);
	if (ret) {
		silo_process_free(c->init);
		c->init = NULL;
		c->id = 0;
		return ret;
	}
	ret = container_wait(c);
	container_remove(c);
	return ret;
}

static inline void container_end(struct container *c)
{
	container_remove(c);
	if (c->output >= 0)
		close(c->output);
	nftw(c->folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
	silo_spec_free(c->spec);
	silo_close(c->silo);
}

/* A path below the test's folder; valid until the call after the next. */
static inline const char *in_folder(const struct container *c, const char *format, ...)
{
	static char paths[2][256];
	static unsigned int turn;
	char *path = paths[turn++ % 2];
	va_list arguments;
	int length = snprintf(path, sizeof(paths[0]), "%s/", c->folder);

	va_start(arguments, format);
	vsnprintf(path + length, sizeof(paths[0]) - length, format, arguments);
	va_end(arguments);
	return path;
}

static inline int write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	ssize_t written = write(fd, text, strlen(text));

	close(fd);
	return written == (ssize_t)strlen(text) ? 0 : -1;
}

/* The contents of a small file; valid until the next call. */
static inline const char *text_of(const char *path)
{
	static char text[4096];
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	text[0] = '\0';
	if (fd >= 0) {
		read_text(fd, text, sizeof(text));
		close(fd);
	}
	return text;
}

/* An image that has the host's programs: its /usr, where everything is on a system with a merged /usr. */
static inline int make_image(struct container *c)
{
	static const char *const links[] = { "bin", "sbin", "lib", "lib64" };
	char target[32];
	struct stat status;

	if (lstat("/bin", &status) || !S_ISLNK(status.st_mode) || mkdir(in_folder(c, "image"), 0755))
		return -1;
	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
		snprintf(target, sizeof(target), "usr/%s", links[i]);
		if (symlink(target, in_folder(c, "image/%s", links[i])))
			return -1;
	}
	c->spec->image = strdup(in_folder(c, "image"));
	return silo_spec_add_mount(c->spec, "/usr", "/usr", true);
}

/* Shell commands that list the open descriptors of the shell, without opening one for it. */
#define PRINT_DESCRIPTORS \
	"for i in 0 1 2 3 4 5 6 7 8 9 10 11 12; do test -e /proc/$$/fd/$i && echo $i; done; true"

/* Expect success of a call with the handle, and show its reason if it fails. */
#define ASSERT_DONE(call) ASSERT_EQ(0, call) TH_LOG("%s", silo_error(self->c.silo))
#define EXPECT_DONE(call) EXPECT_EQ(0, call) TH_LOG("%s", silo_error(self->c.silo))

#define NO_IMAGE "this system has no merged /usr to make an image from"

#endif
