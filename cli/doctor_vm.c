// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * siloctl doctor: what VM mode needs
 *
 * silo-vm knows that, and is asked twice: to probe hardware virtualization, and to plan a machine without
 * starting it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <silo/vm.h>

#include "doctor.h"
#include "memory.h"

#define SPEC "{\"version\": 1, \"isolation\": \"vm\", \"command\": [\"true\"]}\n"
#define NOT_EXECUTED 127
#define ANSWER_MAX 65536

static void become_launcher(char *const *arguments, int answer)
{
	char *launcher = must(silo_vm_launcher());
	FILE *spec = tmpfile();

	if (spec && fputs(SPEC, spec) >= 0 && !fseek(spec, 0, SEEK_SET))
		dup2(fileno(spec), STDIN_FILENO);
	dup2(answer, STDOUT_FILENO);
	dup2(answer, STDERR_FILENO);
	execv(launcher, arguments);
	_exit(NOT_EXECUTED);
}

/* Runs silo-vm and takes all that it says, to be freed with free(). Returns its wait status, or -1. */
static int ask(char *const *arguments, char **answer)
{
	int ends[2], status = -1;
	size_t size = 0;
	ssize_t got;
	pid_t pid;

	*answer = must(calloc(1, ANSWER_MAX));
	if (pipe(ends))
		return -1;
	fflush(NULL);
	pid = fork();
	if (!pid)
		become_launcher(arguments, ends[1]);
	close(ends[1]);
	while ((got = read(ends[0], *answer + size, ANSWER_MAX - 1 - size)) > 0)
		size += got;
	close(ends[0]);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

/* The rest of the line that begins with @label, in @answer itself; NULL if there is none. */
static char *line_of(char *answer, const char *label)
{
	for (char *line = strtok(answer, "\n"); line; line = strtok(NULL, "\n"))
		if (!strncmp(line, label, strlen(label)))
			return line + strlen(label);
	return NULL;
}

static void say_line(struct checkup *checkup, const char *answer, const char *label, const char *what)
{
	char *copy = must(strdup(answer)), *line = line_of(copy, label);
	char text[512];

	if (line) {
		snprintf(text, sizeof(text), "%s %.*s", what, (int)strcspn(line, " ,"), line);
		checkup_say(checkup, OK, text, NULL);
	}
	free(copy);
}

/* Without it, virtual machines run, but slower and with less between them and the host. */
static enum verdict check_hardware(struct checkup *checkup)
{
	char *arguments[] = { "silo-vm", "probe", NULL }, *answer, text[512];
	int status = ask(arguments, &answer);
	enum verdict verdict = OK;

	if (status == -1 || (WIFEXITED(status) && WEXITSTATUS(status) == NOT_EXECUTED)) {
		verdict = FAIL;
		checkup_say(checkup, FAIL, "silo-vm is not installed, so there is no VM mode", NULL);
	} else {
		verdict = status ? WARN : OK;
		snprintf(text, sizeof(text), "%.*s%s", (int)strcspn(answer, "\n"), answer,
			 status ? ": VM mode uses software emulation, which is no hardware boundary" : "");
		checkup_say(checkup, verdict, text, NULL);
	}
	free(answer);
	return verdict;
}

static enum verdict check_plan(struct checkup *checkup)
{
	char *arguments[] = { "silo-vm", "run", "--dry-run", "-", NULL }, *answer;
	int status = ask(arguments, &answer);

	if (status) {
		char *line = line_of(answer, "silo-vm: ");

		checkup_say(checkup, FAIL, line ?: "silo-vm can't plan a virtual machine", NULL);
	} else {
		say_line(checkup, answer, "qemu: ", "QEMU");
		say_line(checkup, answer, "kernel: ", "guest kernel and silo.ko for");
	}
	free(answer);
	return status ? FAIL : OK;
}

enum verdict checkup_vm(struct checkup *checkup)
{
	enum verdict hardware = check_hardware(checkup), plan;

	if (hardware == FAIL)
		return FAIL;
	plan = check_plan(checkup);
	return plan > hardware ? plan : hardware;
}
