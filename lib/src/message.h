/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libsilo - message: making requests of the family "silo" and reading what comes back
 *
 * A request is made in the handle: silo_request(), then silo_put_*(), then
 * silo_send() or silo_dump(). A put that fails (text that is too long) fails
 * the send, so callers check once; nothing is sent then.
 *
 *	silo_request(silo, SILO_CMD_REMOVE);
 *	silo_put_ref(silo, SILO_A_ID, SILO_A_NAME, ref);
 *	return silo_send(silo, NULL);
 */
#ifndef SILO_MESSAGE_H
#define SILO_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <silo/silo.h>

struct nlattr;
struct nlmsghdr;

/* No set has more attributes; proved in message.c. */
#define SILO_ATTRIBUTES_MAX 32

/** The attributes of a message by number: NULL if absent, the last one if repeated; all well-formed. */
struct silo_reply {
	const struct nlmsghdr *message;
	const struct nlattr *attributes[SILO_ATTRIBUTES_MAX];
};

/** silo_request - begin a request; forgets the last error */
void silo_request(struct silo *silo, uint8_t command);

void silo_put_u32(struct silo *silo, uint16_t attribute, uint32_t value);
void silo_put_u64(struct silo *silo, uint16_t attribute, uint64_t value);
void silo_put_flag(struct silo *silo, uint16_t attribute);
/** Too long a string fails with -ENAMETOOLONG. */
void silo_put_string(struct silo *silo, uint16_t attribute, const char *text);
/** Too much data fails with -E2BIG. */
void silo_put_data(struct silo *silo, uint16_t attribute, const void *data, size_t size);
/** The silo: by name in @name_attribute, else by number in @id_attribute. */
void silo_put_ref(struct silo *silo, uint16_t id_attribute, uint16_t name_attribute, struct silo_ref ref);

/**
 * silo_send - send the request and wait for the answer
 * @reply: receives the answer, valid until the next request; NULL if the command has none
 * Returns 0 or the errno of the answer.
 */
int silo_send(struct silo *silo, struct silo_reply *reply);

/** Called for each message of a listing, may use the handle. A value other than 0 ends it and is returned. */
typedef int (*silo_dump_fn)(const struct silo_reply *reply, void *data);

/** silo_dump - send the request as a dump and give all answers, once complete and consistent, to @fn */
int silo_dump(struct silo *silo, silo_dump_fn fn, void *data);

/** silo_resolve - ask the kernel for the family's numbers; fills the handle */
int silo_resolve(struct silo *silo);

/**
 * silo_parse - read a message of the family
 * Returns its command, or -EPROTO if it is malformed or of another family.
 */
int silo_parse(const struct silo *silo, const struct nlmsghdr *message, struct silo_reply *reply);

/** silo_next_message - step through a buffer of messages; NULL at its end. @buffer and @size move on. */
const struct nlmsghdr *silo_next_message(const void **buffer, size_t *size);

/* Values of a reply; 0 or NULL if absent. */
uint32_t silo_u32(const struct silo_reply *reply, uint16_t attribute);
uint64_t silo_u64(const struct silo_reply *reply, uint16_t attribute);
const char *silo_string(const struct silo_reply *reply, uint16_t attribute);
const void *silo_data(const struct silo_reply *reply, uint16_t attribute, size_t *size);

/** silo_namespaces - the pinned namespaces of a silo's description; returns how many of @count were filled */
size_t silo_namespaces(const struct silo_reply *reply, struct silo_ns *ns, size_t count);

#endif
