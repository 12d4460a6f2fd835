// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * silo-vm: runs a silo in a virtual machine of its own
 *
 * Called by libsilo (silo_vm_launch) and, for looking into things, by hand.
 */
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "front.h"
#include "kvm.h"
#include "plan.h"
#include "report.h"
#include "supervisor.h"

enum { EXIT_OK, EXIT_NO, EXIT_USAGE };

static const char help[] =
	"usage: silo-vm run [OPTION...] SPECFILE|-\n"
	"       silo-vm probe [-v]\n"
	"\n"
	"run starts a virtual machine, creates the silo of a spec in it, prints its name and stays as\n"
	"its supervisor; 'siloctl start' then starts it. The usual way is 'siloctl run --isolation=vm'.\n"
	"\n"
	"  -v, --verbose           say what is chosen, and why\n"
	"      --kernel FILE       kernel for the guest (SILO_VM_KERNEL, or the distribution's)\n"
	"      --timeout SECONDS   how long the guest may take to boot (60; 180 if it is emulated)\n"
	"      --detached          without a terminal: the command's streams are /dev/null\n"
	"      --dry-run           print what would be done, and QEMU's command line\n"
	"      --ready-fd N        say on this descriptor 'ok ID NAME' or 'failed CODE SENTENCE'\n"
	"\n"
	"probe tells whether hardware virtualization works, by running a few instructions with it:\n"
	"exit code 0 if it does, 1 if not.\n";

struct options {
	struct plan_options plan;
	bool is_dry_run;
	int ready_fd;
	const char *spec;
};

static void __attribute__((noreturn, format(printf, 1, 2))) usage_error(const char *format, ...)
{
	va_list arguments;

	fputs("silo-vm: ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputs("; see 'silo-vm --help'\n", stderr);
	exit(EXIT_USAGE);
}

static unsigned int parse_number(const char *what, const char *argument, unsigned int max)
{
	char *end;
	unsigned long value;

	errno = 0;
	value = strtoul(argument, &end, 10);
	if (errno || *end || end == argument || *argument == '-' || value > max)
		usage_error("%s: '%s' is no number up to %u", what, argument, max);
	return (unsigned int)value;
}

enum { OPTION_KERNEL = 256, OPTION_TIMEOUT, OPTION_DETACHED, OPTION_DRY_RUN, OPTION_READY_FD };

static const struct option long_options[] = {
	{ "verbose", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' },
	{ "kernel", required_argument, NULL, OPTION_KERNEL },
	{ "timeout", required_argument, NULL, OPTION_TIMEOUT },
	{ "detached", no_argument, NULL, OPTION_DETACHED },
	{ "dry-run", no_argument, NULL, OPTION_DRY_RUN },
	{ "ready-fd", required_argument, NULL, OPTION_READY_FD },
	{}
};

static void parse_run(struct options *options, int argc, char **argv)
{
	int letter;

	opterr = 0;
	while ((letter = getopt_long(argc, argv, "vh", long_options, NULL)) != -1) {
		switch (letter) {
		case 'v':
			report_is_verbose = true;
			break;
		case 'h':
			fputs(help, stdout);
			exit(EXIT_OK);
		case OPTION_KERNEL:
			options->plan.kernel = optarg;
			break;
		case OPTION_TIMEOUT:
			options->plan.timeout = parse_number("--timeout", optarg, 86400);
			break;
		case OPTION_DETACHED:
			options->plan.is_detached = true;
			break;
		case OPTION_DRY_RUN:
			options->is_dry_run = true;
			break;
		case OPTION_READY_FD:
			options->ready_fd = (int)parse_number("--ready-fd", optarg, 1 << 20);
			break;
		default:
			usage_error("'%s' is no option of run, or lacks its argument", argv[optind - 1]);
		}
	}
	if (optind != argc - 1)
		usage_error("run takes one spec");
	options->spec = argv[optind];
}

static char *read_stdin(void)
{
	char *contents = NULL;
	size_t size = 0;

	/* A spec has no NUL in it, so this reads it to its end. */
	if (getdelim(&contents, &size, '\0', stdin) < 0) {
		free(contents);
		return NULL;
	}
	return contents;
}

static int read_spec(const char *path, struct silo_spec **spec)
{
	struct bytes bytes = {};
	char *reason = NULL;
	int err = 0;

	if (!strcmp(path, "-")) {
		bytes.data = (unsigned char *)read_stdin();
		err = bytes.data ? 0 : -EINVAL;
	} else {
		err = file_read(path, &bytes);
	}
	if (err)
		return failure(err, "%s: %s", path, strerror(-err));
	err = silo_spec_parse((char *)bytes.data, spec, &reason);
	if (err)
		failure(err, "%s: %s", path, reason ? reason : strerror(-err));
	free(reason);
	free(bytes.data);
	return err;
}

/* As the supervisor would say it, which there is none of yet. */
static int fail_early(const struct options *options, int code)
{
	if (options->ready_fd >= 0)
		dprintf(options->ready_fd, "failed %d %s\n", code, failure_sentence());
	else
		remark("%s", failure_sentence());
	return code == -EINVAL ? EXIT_USAGE : EXIT_NO;
}

static int run(int argc, char **argv)
{
	struct options options = { .ready_fd = -1 };
	struct silo_spec *spec;
	struct plan plan = {};
	int code, front = -1;

	parse_run(&options, argc, argv);
	code = read_spec(options.spec, &spec);
	if (!code)
		code = plan_make(&plan, spec, &options.plan);
	if (!code && options.is_dry_run)
		code = plan_print(&plan, stdout);
	else if (!code)
		code = front = front_split(options.ready_fd);
	if (code < 0)
		code = fail_early(&options, code);
	else if (!options.is_dry_run)
		code = supervisor_run(&plan, front);
	plan_destroy(&plan);
	return code;
}

static int probe(int argc, char **argv)
{
	struct kvm_verdict verdict;
	int letter;

	opterr = 0;
	while ((letter = getopt(argc, argv, "v")) != -1) {
		if (letter != 'v')
			usage_error("'%s' is no option of probe", argv[optind - 1]);
		report_is_verbose = true;
	}
	if (optind != argc)
		usage_error("probe takes no arguments");
	kvm_probe(&verdict);
	puts(verdict.sentence);
	if (!verdict.is_usable)
		remark_verbose("virtual machines are emulated here, which is slow and no hardware boundary");
	return verdict.is_usable ? EXIT_OK : EXIT_NO;
}

int main(int argc, char **argv)
{
	if (argc < 2)
		usage_error("a command is missing");
	if (!strcmp(argv[1], "run"))
		return run(argc - 1, argv + 1);
	if (!strcmp(argv[1], "probe"))
		return probe(argc - 1, argv + 1);
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
		fputs(help, stdout);
		return EXIT_OK;
	}
	if (!strcmp(argv[1], "--version")) {
		puts("silo-vm " SILO_VERSION);
		return EXIT_OK;
	}
	usage_error("'%s' is no command", argv[1]);
}
