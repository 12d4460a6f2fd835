// SPDX-License-Identifier: GPL-2.0-only
/*
 * bench - interleave: compares commands by running them in turns
 *
 * Usage: interleave [-r ROUNDS] [-w WARM-UP] [-b BASELINE] NAME WORD... [--- NAME WORD...]...
 * Every round runs each contender once, in random order, so that a slow moment of the machine meets all alike; blocks of runs would not.
 * The first rounds (-w) are not counted. "{}" in a word becomes a number that is new in each run. Output of the contenders is discarded.
 * Prints for each: wall time (minimum, median, 90th percentile), CPU time and minor page faults (medians, of the command and all that
 * it waited for), failures, and the ratio of its median wall time to the baseline's (default: the first contender).
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CONTENDERS_MAX 16
#define WORDS_MAX 64
#define WORD_SIZE 4096

struct contender {
	const char *name;
	char **words;
	int count;
	double *wall, *cpu, *faults;
	int samples, failures;
};

extern char **environ;
static struct contender contenders[CONTENDERS_MAX];
static int contender_count;

static double seconds(struct timespec time)
{
	return time.tv_sec + time.tv_nsec / 1e9;
}

static double cpu_seconds(const struct rusage *usage)
{
	return usage->ru_utime.tv_sec + usage->ru_stime.tv_sec + (usage->ru_utime.tv_usec + usage->ru_stime.tv_usec) / 1e6;
}

static void substitute(const char *word, unsigned int number, char *target)
{
	const char *mark = strstr(word, "{}");

	if (mark)
		snprintf(target, WORD_SIZE, "%.*s%u%s", (int)(mark - word), word, number, mark + 2);
	else
		snprintf(target, WORD_SIZE, "%s", word);
}

static void run(struct contender *contender, unsigned int number, int is_counted)
{
	static char texts[WORDS_MAX][WORD_SIZE];
	char *words[WORDS_MAX + 1] = {};
	posix_spawn_file_actions_t actions;
	struct timespec start, end;
	struct rusage usage;
	int status, ret;
	pid_t pid;

	for (int i = 0; i < contender->count; i++) {
		substitute(contender->words[i], number, texts[i]);
		words[i] = texts[i];
	}
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);

	clock_gettime(CLOCK_MONOTONIC, &start);
	ret = posix_spawnp(&pid, words[0], &actions, NULL, words, environ);
	if (ret)
		errx(1, "%s: %s", words[0], strerror(ret));
	while (wait4(pid, &status, 0, &usage) < 0)
		if (errno != EINTR)
			err(1, "wait4");
	clock_gettime(CLOCK_MONOTONIC, &end);
	posix_spawn_file_actions_destroy(&actions);

	if (!WIFEXITED(status) || WEXITSTATUS(status))
		contender->failures++;
	if (!is_counted)
		return;
	contender->wall[contender->samples] = seconds(end) - seconds(start);
	contender->cpu[contender->samples] = cpu_seconds(&usage);
	contender->faults[contender->samples] = usage.ru_minflt;
	contender->samples++;
}

static void shuffle(int order[], int count)
{
	for (int i = count - 1; i > 0; i--) {
		unsigned int random;
		int other, swap;

		if (getrandom(&random, sizeof(random), 0) != sizeof(random))
			err(1, "getrandom");
		other = random % (i + 1);
		swap = order[i];
		order[i] = order[other];
		order[other] = swap;
	}
}

static int by_value(const void *a, const void *b)
{
	double difference = *(const double *)a - *(const double *)b;

	return (difference > 0) - (difference < 0);
}

/* Sorts the samples and returns the one below which @share of them lie. */
static double quantile(double *samples, int count, double share)
{
	qsort(samples, count, sizeof(*samples), by_value);
	return (samples[(int)((count - 1) * share)] + samples[(int)((count - 1) * share + 0.9999)]) / 2;
}

static void report(const struct contender *baseline)
{
	double reference = quantile(baseline->wall, baseline->samples, 0.5);

	printf("%-10s %9s %9s %9s %9s %8s %6s   %s\n", "", "min ms", "median ms", "p90 ms", "cpu ms", "faults", "failed", "ratio");
	for (int i = 0; i < contender_count; i++) {
		struct contender *c = &contenders[i];

		printf("%-10s %9.2f %9.2f %9.2f %9.2f %8.0f %6d   %.2f\n", c->name, quantile(c->wall, c->samples, 0) * 1e3,
		       quantile(c->wall, c->samples, 0.5) * 1e3, quantile(c->wall, c->samples, 0.9) * 1e3,
		       quantile(c->cpu, c->samples, 0.5) * 1e3, quantile(c->faults, c->samples, 0.5), c->failures,
		       quantile(c->wall, c->samples, 0.5) / reference);
	}
}

static void parse_contenders(char *words[], int count, int rounds)
{
	while (count > 0) {
		struct contender *c = &contenders[contender_count++];
		int end = 0;

		while (end < count && strcmp(words[end], "---"))
			end++;
		if (end < 2 || end > WORDS_MAX || contender_count == CONTENDERS_MAX)
			errx(2, "each contender is a name and a command, at most %d of %d words", CONTENDERS_MAX - 1, WORDS_MAX);
		c->name = words[0];
		c->words = words + 1;
		c->count = end - 1;
		c->wall = calloc(rounds, sizeof(double));
		c->cpu = calloc(rounds, sizeof(double));
		c->faults = calloc(rounds, sizeof(double));
		if (!c->wall || !c->cpu || !c->faults)
			err(1, "no memory");
		words += end + 1;
		count -= end + 1;
	}
}

int main(int argc, char *argv[])
{
	const char *baseline_name = NULL;
	int rounds = 50, warm_up = 3, option, failures = 0;
	struct contender *baseline = contenders;
	int order[CONTENDERS_MAX];
	unsigned int number = 0;

	while ((option = getopt(argc, argv, "+r:w:b:")) != -1) {
		switch (option) {
		case 'r':
			rounds = atoi(optarg);
			break;
		case 'w':
			warm_up = atoi(optarg);
			break;
		case 'b':
			baseline_name = optarg;
			break;
		default:
			return 2;
		}
	}
	if (rounds < 1 || warm_up < 0 || optind == argc)
		errx(2, "usage: interleave [-r ROUNDS] [-w WARM-UP] [-b BASELINE] NAME WORD... [--- NAME WORD...]...");
	parse_contenders(argv + optind, argc - optind, rounds);
	for (int i = 0; i < contender_count; i++) {
		order[i] = i;
		if (baseline_name && !strcmp(contenders[i].name, baseline_name))
			baseline = &contenders[i];
	}

	for (int round = -warm_up; round < rounds; round++) {
		shuffle(order, contender_count);
		for (int i = 0; i < contender_count; i++)
			run(&contenders[order[i]], ++number, round >= 0);
	}
	report(baseline);
	for (int i = 0; i < contender_count; i++)
		failures += contenders[i].failures;
	return failures ? 1 : 0;
}
