// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * libsilo - vm_launch: starting a supervisor
 *
 * silo-vm gets the spec on its standard input and a pipe, on which it says one
 * line when the silo is created or why it can't be:
 *	ok ID NAME
 *	failed CODE SENTENCE	(CODE: a negative errno, or 126, 127)
 * If we close the pipe before, it gives up and leaves nothing.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "vm_private.h"

#ifndef SILO_LIBEXEC_DIR
#define SILO_LIBEXEC_DIR "/usr/libexec/silo"
#endif

/* Where the launcher finds the pipe; descriptors that become others are kept out of the way of these. */
#define READY_FD 3
#define FIRST_FREE_FD 10
#define READY_MAX 1024

static bool is_program(const char *path)
{
	return !access(path, X_OK);
}

/* Beside the running program, as installed and as in the source tree. */
static char *find_beside(void)
{
	static const char *const places[] = { "silo-vm", "../vm-launcher/silo-vm", "../libexec/silo/silo-vm" };
	char program[PATH_MAX], *path;
	ssize_t size = readlink("/proc/self/exe", program, sizeof(program) - 1);
	char *slash;

	program[size < 0 ? 0 : size] = '\0';
	slash = strrchr(program, '/');
	if (!slash)
		return NULL;
	*slash = '\0';
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		if (asprintf(&path, "%s/%s", program, places[i]) < 0)
			return NULL;
		if (is_program(path))
			return path;
		free(path);
	}
	return NULL;
}

static char *find_on_path(void)
{
	auto_free char *list = strdup(secure_getenv("PATH") ? secure_getenv("PATH") : "");
	char *path, *rest, *folder;

	for (folder = list ? strtok_r(list, ":", &rest) : NULL; folder; folder = strtok_r(NULL, ":", &rest)) {
		if (asprintf(&path, "%s/silo-vm", folder) < 0)
			return NULL;
		if (is_program(path))
			return path;
		free(path);
	}
	return NULL;
}

char *silo_vm_launcher(void)
{
	const char *given = secure_getenv("SILO_VM");
	char *path;

	if (given && *given)
		return strdup(given);
	path = find_beside();
	if (!path)
		path = find_on_path();
	return path ? path : strdup(SILO_LIBEXEC_DIR "/silo-vm");
}

static char *find_launcher(const struct silo_vm_options *options)
{
	return options->launcher ? strdup(options->launcher) : silo_vm_launcher();
}

static int out_of_the_way(int fd)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, FIRST_FREE_FD);
	int err = copy < 0 ? -errno : copy;

	close(fd);
	return err;
}

static int spec_file(const struct silo_spec *spec)
{
	auto_close int fd = memfd_create("spec", MFD_CLOEXEC);
	auto_free char *text = NULL;
	int err = silo_spec_format(spec, &text);

	if (err)
		return err;
	if (fd < 0 || dprintf(fd, "%s\n", text) < 0 || lseek(fd, 0, SEEK_SET) < 0)
		return -errno;
	return out_of_the_way(steal_fd(&fd));
}

static int spawn(const char *launcher, const struct silo_vm_options *options, int spec, int ready, pid_t *pid)
{
	char timeout[16], *arguments[16] = { (char *)launcher, "run", "--ready-fd", "3" };
	posix_spawn_file_actions_t actions;
	int count = 4, err;

	if (options->verbose)
		arguments[count++] = "--verbose";
	if (options->is_detached)
		arguments[count++] = "--detached";
	if (options->timeout) {
		snprintf(timeout, sizeof(timeout), "%u", options->timeout);
		arguments[count++] = "--timeout";
		arguments[count++] = timeout;
	}
	if (options->kernel) {
		arguments[count++] = "--kernel";
		arguments[count++] = (char *)options->kernel;
	}
	arguments[count++] = "-";

	err = posix_spawn_file_actions_init(&actions);
	if (err)
		return -err;
	err = posix_spawn_file_actions_adddup2(&actions, spec, STDIN_FILENO);
	if (!err)
		err = posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	if (!err && !options->verbose)
		err = posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	if (!err)
		err = posix_spawn_file_actions_adddup2(&actions, ready, READY_FD);
	if (!err)
		err = posix_spawn(pid, launcher, &actions, NULL, arguments, environ);
	posix_spawn_file_actions_destroy(&actions);
	return -err;
}

static int wait_for(int fd, const struct silo_vm_options *options)
{
	struct pollfd fds[] = {
		{ .fd = fd, .events = POLLIN },
		{ .fd = options->on_wake ? options->wake : -1, .events = POLLIN },
	};
	int result;

	do {
		if (poll(fds, 2, -1) < 0)
			return -errno;
		result = fds[1].revents ? options->on_wake(options->data) : 0;
	} while (!result && !fds[0].revents);
	return result;
}

/* The line, or what came of it before the launcher closed the pipe. */
static int read_line(int fd, const struct silo_vm_options *options, char line[READY_MAX])
{
	size_t length = 0;

	while (length < READY_MAX - 1) {
		int result = wait_for(fd, options);
		ssize_t size;

		if (result)
			return result;
		size = read(fd, line + length, READY_MAX - 1 - length);
		if (size < 0)
			return -errno;
		if (!size)
			break;
		length += (size_t)size;
		if (line[length - 1] == '\n')
			break;
	}
	line[length] = '\0';
	line[strcspn(line, "\n")] = '\0';
	return 0;
}

static int parse_line(const char *line, char **name, uint64_t *id, char **reason)
{
	unsigned long long number;
	int code, name_at = 0, sentence_at = 0;

	if (sscanf(line, "ok %llu %n", &number, &name_at) == 1 && name_at) {
		if (id)
			*id = number;
		if (name) {
			*name = strdup(line + name_at);
			return *name ? 0 : -ENOMEM;
		}
		return 0;
	}
	if (sscanf(line, "failed %d %n", &code, &sentence_at) == 1 && code && sentence_at)
		return vm_reason(reason, code, "%s", line + sentence_at);
	return vm_reason(reason, -EIO, "silo-vm ended without a word");
}

int silo_vm_launch(const struct silo_spec *spec, const struct silo_vm_options *options, char **name,
		   uint64_t *id, char **reason)
{
	static const struct silo_vm_options no_options;
	auto_free char *launcher = NULL;
	auto_close int ours = -1, theirs = -1, text = -1;
	char line[READY_MAX];
	int ends[2], err;
	pid_t pid;

	if (reason)
		*reason = NULL;
	if (!options)
		options = &no_options;
	err = silo_spec_check(spec, reason);
	if (err)
		return err;
	if (spec->isolation != SILO_ISOLATION_VM)
		return vm_reason(reason, -EINVAL, "the spec's isolation is not vm");
	launcher = find_launcher(options);
	if (!launcher)
		return -ENOMEM;
	text = spec_file(spec);
	if (text < 0)
		return text;
	if (pipe2(ends, O_CLOEXEC))
		return -errno;
	ours = ends[0];
	theirs = out_of_the_way(ends[1]);
	if (theirs < 0)
		return theirs;

	err = spawn(launcher, options, text, theirs, &pid);
	if (err)
		return vm_reason(reason, err, "%s can't be executed: %s", launcher, strerrordesc_np(-err));
	close(steal_fd(&theirs));
	err = read_line(ours, options, line);
	if (err) {
		/*
		 * Closing the pipe lets it give up, which is waited for so that nothing is left when we
		 * return.
		 */
		close(steal_fd(&ours));
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
		return err;
	}
	/* This child is not the supervisor itself, and ends when the line is said. */
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return parse_line(line, name, id, reason);
}
