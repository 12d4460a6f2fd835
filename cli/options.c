// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * siloctl: reading the options of a subcommand, and its --help
 *
 * Owns: the translation of struct option_line into what getopt_long() takes.
 */
#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "options.h"

#define OPTIONS_MAX 32
#define LETTER_HELP 0xffff
#define HELP_COLUMN 30
#define HELP_WIDTH 100

const struct option_line options_only_json[] = {
	{ 'j', "json", NULL, "print JSON" },
	{}
};

void usage_error(const struct command *command, const char *format, ...)
{
	va_list arguments;

	fprintf(stderr, "siloctl: %s: ", command->name);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fprintf(stderr, "\ntry 'siloctl %s --help'\n", command->name);
	exit(command->has_command ? EXIT_BEFORE_COMMAND : EXIT_USAGE);
}

/* The words of @text from @column on, continued below where the line would become too wide. */
static void print_wrapped(FILE *stream, const char *text, int column)
{
	int at = column;

	while (*text) {
		int length = strcspn(text, " ");

		if (at > column && at + 1 + length > HELP_WIDTH) {
			fprintf(stream, "\n%*s", column, "");
			at = column;
		} else if (at > column) {
			at += fprintf(stream, " ");
		}
		at += fprintf(stream, "%.*s", length, text);
		text += length;
		text += strspn(text, " ");
	}
	fputc('\n', stream);
}

static void print_option(FILE *stream, const struct option_line *option)
{
	int used = 0;

	if (option->letter < OPTION_LONG)
		used += fprintf(stream, "  -%c%s", option->letter, option->name ? ", " : "");
	else
		used += fprintf(stream, "      ");
	if (option->name)
		used += fprintf(stream, "--%s", option->name);
	if (option->argument)
		used += fprintf(stream, " %s", option->argument);
	if (used < HELP_COLUMN)
		fprintf(stream, "%*s", HELP_COLUMN - used, "");
	else
		fprintf(stream, "\n%*s", HELP_COLUMN, "");
	print_wrapped(stream, option->help, HELP_COLUMN);
}

void command_help(const struct command *command, FILE *stream)
{
	fprintf(stream, "usage: siloctl %s%s%s\n\n%s\n", command->name, *command->arguments ? " " : "",
		command->arguments, command->summary);
	if (command->details)
		fprintf(stream, "\n%s", command->details);
	fprintf(stream, "\noptions:\n");
	for (const struct option_line *option = command->options; option && option->letter; option++)
		if (option->help)
			print_option(stream, option);
	print_option(stream, &(struct option_line){ 'h', "help", NULL, "print this" });
	if (command->examples)
		fprintf(stream, "\nexamples:\n%s", command->examples);
}

void command_list(const struct command *const *commands, FILE *stream)
{
	for (; *commands; commands++) {
		const char *last_word = strrchr((*commands)->name, ' ');

		fprintf(stream, "  %-10s%s\n", last_word ? last_word + 1 : (*commands)->name,
			(*commands)->summary);
	}
}

/*
 * The letters string of getopt_long(): '+' stops it at the first argument, ':' keeps it silent and tells a
 * missing argument from an unknown option.
 */
static void translate(const struct command *command, char *letters, struct option *longs)
{
	if (command->options_come_first)
		*letters++ = '+';
	*letters++ = ':';
	*letters++ = 'h';
	*longs++ = (struct option){ "help", no_argument, NULL, LETTER_HELP };
	for (const struct option_line *option = command->options; option && option->letter; option++) {
		if (option->letter < OPTION_LONG) {
			*letters++ = option->letter;
			if (option->argument)
				*letters++ = ':';
		}
		if (option->name)
			*longs++ = (struct option){
				.name = option->name,
				.has_arg = option->argument ? required_argument : no_argument,
				.val = option->letter,
			};
	}
	*letters = '\0';
	*longs = (struct option){};
}

static const struct option_line *find_option(const struct command *command, int letter)
{
	const struct option_line *option = command->options;

	while (option && option->letter && option->letter != letter)
		option++;
	return option && option->letter ? option : NULL;
}

/* What getopt_long() refused: it leaves a letter in optopt, or 0 for a long option that does not exist. */
static void __attribute__((noreturn)) refuse_option(const struct command *command, bool is_argument_missing,
						    const char *element)
{
	const struct option_line *option = find_option(command, optopt);
	const char *problem = is_argument_missing ? "needs an argument" : "takes no argument";

	if (!optopt)
		usage_error(command, "unknown option %s", element);
	if (!option && optopt != LETTER_HELP)
		usage_error(command, "unknown option -%c", optopt);
	if (!option)
		usage_error(command, "--help %s", problem);
	if (!option->name)
		usage_error(command, "-%c %s", option->letter, problem);
	usage_error(command, "--%s %s", option->name, problem);
}

int options_next(const struct command *command, int argc, char **argv)
{
	char letters[2 * OPTIONS_MAX + 4];
	struct option longs[OPTIONS_MAX + 2];
	int letter;

	translate(command, letters, longs);
	letter = getopt_long(argc, argv, letters, longs, NULL);
	if (letter == ':' || letter == '?')
		refuse_option(command, letter == ':', argv[optind - 1]);
	if (letter != 'h' && letter != LETTER_HELP)
		return letter;
	command_help(command, stdout);
	exit(fflush(stdout) ? EXIT_NO : EXIT_YES);
}

char **options_arguments(const struct command *command, int argc, char **argv, int min, int max)
{
	int count = argc - optind;

	if (count < min)
		usage_error(command, "an argument is missing: siloctl %s %s", command->name,
			    command->arguments);
	if (max >= 0 && count > max)
		usage_error(command, "unexpected argument '%s'", argv[optind + max]);
	return argv + optind;
}

char **options_json(const struct command *command, int argc, char **argv, int min, int max, bool *json)
{
	*json = false;
	while (options_next(command, argc, argv) == 'j')
		*json = true;
	return options_arguments(command, argc, argv, min, max);
}
