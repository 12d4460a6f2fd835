// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * siloctl: numbers, sizes and signals as people type them
 */
#include <ctype.h>
#include <signal.h>
#include <string.h>
#include <strings.h>

#include "parse.h"

#define SIGNAL_MAX 64

/* Reads digits from *@text on, at least one, and moves it behind them. */
static bool take_digits(const char **text, uint64_t max, uint64_t *out)
{
	uint64_t number = 0;

	if (!isdigit((unsigned char)**text))
		return false;
	for (; isdigit((unsigned char)**text); (*text)++) {
		uint64_t digit = **text - '0';

		if (number > (max - digit) / 10)
			return false;
		number = number * 10 + digit;
	}
	*out = number;
	return true;
}

bool parse_number(const char *text, uint64_t max, uint64_t *out)
{
	return take_digits(&text, max, out) && !*text;
}

bool parse_size(const char *text, uint64_t *out)
{
	static const char units[] = "kmgt";
	const char *unit;
	uint64_t number;
	int shift = 0;

	if (!take_digits(&text, UINT64_MAX, &number))
		return false;
	unit = *text ? strchr(units, tolower((unsigned char)*text)) : NULL;
	if (unit) {
		shift = 10 * (unit - units + 1);
		text++;
	}
	if (*text == 'b' || *text == 'B')
		text++;
	if (*text || number > UINT64_MAX >> shift)
		return false;
	*out = number << shift;
	return true;
}

bool parse_cpus(const char *text, uint32_t *out)
{
	uint64_t whole = 0;
	uint32_t scale = 1000, thousandths = 0;

	if (*text != '.' && !take_digits(&text, UINT32_MAX / 1000 - 1, &whole))
		return false;
	if (*text == '.') {
		if (!isdigit((unsigned char)*++text))
			return false;
		for (; isdigit((unsigned char)*text) && scale > 1; text++) {
			scale /= 10;
			thousandths += (*text - '0') * scale;
		}
		/* Zeros beyond the thousandths change nothing; other digits would be lost in silence. */
		text += strspn(text, "0");
	}
	*out = whole * 1000 + thousandths;
	return !*text;
}

static bool parse_realtime_signal(const char *text, int *out)
{
	bool from_end = !strncasecmp(text, "RTMAX", 5);
	uint64_t offset = 0;

	if (!from_end && strncasecmp(text, "RTMIN", 5))
		return false;
	text += 5;
	if (*text &&
	    (*text != (from_end ? '-' : '+') || !parse_number(text + 1, SIGRTMAX - SIGRTMIN, &offset)))
		return false;
	*out = from_end ? SIGRTMAX - (int)offset : SIGRTMIN + (int)offset;
	return true;
}

bool parse_signal(const char *text, int *out)
{
	uint64_t number;

	if (parse_number(text, SIGNAL_MAX, &number)) {
		*out = number;
		return number > 0;
	}
	if (!strncasecmp(text, "SIG", 3))
		text += 3;
	for (int signal = 1; signal < SIGRTMIN; signal++) {
		const char *name = sigabbrev_np(signal);

		if (name && !strcasecmp(name, text)) {
			*out = signal;
			return true;
		}
	}
	return parse_realtime_signal(text, out);
}
