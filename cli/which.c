// SPDX-License-Identifier: GPL-2.0-or-later
/* siloctl which: tell which silo a process belongs to */
#include <errno.h>
#include <silo/silo.h>
#include <silo/vm.h>
#include <stdio.h>
#include <string.h>

#include "options.h"
#include "parse.h"
#include "print.h"
#include "report.h"

#define PID_MAX (1u << 22)

struct question {
	struct print *print;
	pid_t pid;
	bool is_in_silo;
};

/* The short name of a process; "?" if it can't be read. */
static void read_comm(pid_t pid, char *comm, size_t size)
{
	char path[32];
	FILE *stream;

	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	stream = fopen(path, "re");
	if (!stream || !fgets(comm, size, stream))
		strcpy(comm, "?");
	if (stream)
		fclose(stream);
	comm[strcspn(comm, "\n")] = '\0';
}

static void print_answer(struct question *question, const struct silo_info *info, const char *part)
{
	struct print *print = question->print;
	char comm[64];

	read_comm(question->pid, comm, sizeof(comm));
	question->is_in_silo = info != NULL;
	print_open(print, NULL);
	print_number(print, "pid", question->pid);
	print_text(print, "comm", comm);
	print_number(print, "id", info ? info->id : 0);
	if (info) {
		print_text(print, "name", info->name);
		print_text(print, "isolation", silo_isolation_name(info->isolation));
		print_text(print, "state", silo_state_name(info->state));
	}
	if (!info)
		print_shown(print, "answer", "%d %s: no silo", question->pid, comm);
	else if (info->id)
		print_shown(print, "answer", "%d %s: silo %s (%llu)%s", question->pid, comm, info->name,
			    (unsigned long long)info->id, part);
	else
		print_shown(print, "answer", "%d %s: silo %s%s", question->pid, comm, info->name, part);
	print_close(print);
}

static int compare_vm(const struct silo_vm_info *vm, void *data)
{
	struct question *question = data;

	if (vm->supervisor && vm->supervisor == question->pid)
		print_answer(question, &vm->silo, ", its supervisor");
	else if (vm->silo.init_pid && vm->silo.init_pid == (uint32_t)question->pid)
		print_answer(question, &vm->silo, ", its virtual machine");
	else
		return 0;
	return 1;
}

/* Asks the kernel, which can't be deceived; without the module, the records of the VM silos. */
static int ask(struct question *question, const char *object)
{
	struct silo_info *info = NULL;
	struct silo *silo = NULL;
	int ret = silo_open(&silo), code = EXIT_YES;

	if (!ret)
		ret = silo_which(silo, question->pid, &info);
	if (!ret && info->id)
		print_answer(question, info, "");
	else if ((!ret || ret == -ENOPKG) && silo_vm_list(compare_vm, question) == 1)
		;
	else if (ret)
		code = failure(object, "cannot tell its silo", ret, silo_error(silo));
	else
		print_answer(question, NULL, "");
	silo_info_free(info);
	silo_close(silo);
	return code;
}

static int which_main(const struct command *command, int argc, char **argv)
{
	static const struct print_column columns[] = { { "answer", NULL }, {} };
	struct question question = {};
	char **arguments;
	uint64_t pid;
	bool json;
	int code;

	arguments = options_json(command, argc, argv, 1, 1, &json);
	if (!parse_number(arguments[0], PID_MAX, &pid) || !pid)
		usage_error(command, "'%s' is no process number", arguments[0]);
	question.pid = pid;
	question.print = print_begin(PRINT_ONE, columns, json);
	code = ask(&question, arguments[0]);
	if (code)
		print_abandon(question.print);
	else
		code = print_end(question.print);
	return code ?: question.is_in_silo ? EXIT_YES : EXIT_NO;
}

const struct command command_which = {
	.name = "which",
	.arguments = "[OPTIONS] PID",
	.summary = "tell which silo a process belongs to",
	.details = "Exits with 1 if the process belongs to none. In JSON, id 0 is the host.\n",
	.options = options_only_json,
	.examples = "  siloctl which 4711\n"
		    "  siloctl which --json $$\n",
	.main = which_main,
};
