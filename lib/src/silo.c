// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * libsilo - silo: the handle, its last error, and how silos are named
 */
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "generated/tables.h"
#include "message.h"
#include "silo_private.h"

int silo_fail(struct silo *silo, int err, const char *format, ...)
{
	char text[sizeof(silo->error)];
	va_list arguments;

	if (!silo)
		return err;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	memcpy(silo->error, text, sizeof(text));
	return err;
}

void silo_clear_error(struct silo *silo)
{
	silo->error[0] = '\0';
}

const char *silo_error(const struct silo *silo)
{
	return silo ? silo->error : "";
}

int silo_open_transport(struct silo **out, struct transport *transport)
{
	struct silo *silo = malloc(sizeof(*silo));
	int err;

	if (!silo) {
		transport->ops->close(transport);
		return -ENOMEM;
	}
	/* The buffers stay as they are, so that their pages are only used as far as messages reach. */
	memset(silo, 0, offsetof(struct silo, request));
	silo->transport = transport;
	err = silo_resolve(silo);
	if (err) {
		silo_close(silo);
		return err;
	}
	*out = silo;
	return 0;
}

int silo_open(struct silo **out)
{
	struct transport *transport;
	int err = silo_transport_netlink(&transport);

	return err ? err : silo_open_transport(out, transport);
}

void silo_close(struct silo *silo)
{
	if (!silo)
		return;
	silo->transport->ops->close(silo->transport);
	free(silo);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter_or_digit(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c);
}

struct silo_ref silo_ref_parse(const char *text)
{
	struct silo_ref ref = { .name = text };
	uint64_t id = 0;
	const char *c;

	for (c = text; is_digit(*c); c++)
		if (__builtin_mul_overflow(id, 10, &id) || __builtin_add_overflow(id, *c - '0', &id))
			id = UINT64_MAX;	/* never given to a silo */
	if (c == text || *c)
		return ref;
	return (struct silo_ref) { .id = id };
}

bool silo_name_is_valid(const char *name)
{
	bool is_number = true;
	size_t length;

	if (!is_letter_or_digit(*name) || !strcmp(name, "self") || !strcmp(name, "host"))
		return false;
	for (length = 0; name[length]; length++) {
		if (!is_letter_or_digit(name[length]) && !strchr("._-", name[length]))
			return false;
		is_number = is_number && is_digit(name[length]);
	}
	return length <= SILO_NAME_MAX && !is_number;
}

static const char *name_of(const struct silo_names *names, uint32_t number)
{
	return number < names->count ? names->names[number] : "unknown";
}

const char *silo_state_name(uint32_t state)
{
	return name_of(&silo_names_state, state);
}

const char *silo_isolation_name(uint32_t isolation)
{
	return name_of(&silo_names_isolation, isolation);
}

const char *silo_ended_by_name(uint32_t ended_by)
{
	return name_of(&silo_names_ended_by, ended_by);
}

const char *silo_event_kind_name(uint32_t kind)
{
	return name_of(&silo_names_event_kind, kind);
}
