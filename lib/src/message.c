// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * libsilo - message: making requests of the family "silo" and reading what comes back
 *
 * Owns: the layout of messages. What arrives is checked here against the generated tables, nowhere deeper.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <linux/genetlink.h>

#include "cleanup.h"
#include "generated/tables.h"
#include "message.h"
#include "silo_private.h"

/* A listing that changes this often while it is read, or gets this large, is given up. */
#define DUMP_TRIES_MAX 64
#define DUMP_MAX (256 << 20)

#define ERRNO_MAX 4095	/* the kernel's own limit */

_Static_assert(SILO_A_MAX < SILO_ATTRIBUTES_MAX && SILO_MEMBER_A_MAX < SILO_ATTRIBUTES_MAX &&
	       SILO_EVENT_A_MAX < SILO_ATTRIBUTES_MAX && SILO_KEY_A_MAX < SILO_ATTRIBUTES_MAX, "");

static struct nlmsghdr *request_header(struct silo *silo)
{
	return (struct nlmsghdr *)silo->request;
}

static const struct silo_attribute_set *set_of(const struct nlmsghdr *message)
{
	const struct genlmsghdr *header = mnl_nlmsg_get_payload(message);

	return header->cmd <= SILO_CMD_MAX ? silo_command_sets[header->cmd] : NULL;
}

static const struct silo_attribute *attribute_of(const struct nlmsghdr *message, unsigned int number)
{
	const struct silo_attribute_set *set = set_of(message);

	return set && number && number <= set->max ? &set->attributes[number] : NULL;
}

/* ---- requests ----------------------------------------------------------- */

static void begin(struct silo *silo, uint16_t type, uint8_t command, uint8_t version)
{
	struct nlmsghdr *header = mnl_nlmsg_put_header(silo->request);
	struct genlmsghdr *genl = mnl_nlmsg_put_extra_header(header, sizeof(*genl));

	silo_clear_error(silo);
	silo->request_error = 0;
	header->nlmsg_type = type;
	genl->cmd = command;
	genl->version = version;
}

void silo_request(struct silo *silo, uint8_t command)
{
	begin(silo, silo->family, command, SILO_GENL_VERSION);
}

static void put(struct silo *silo, uint16_t attribute, size_t size, const void *data)
{
	static const unsigned char zeros[MNL_ALIGNTO];
	struct nlmsghdr *header = request_header(silo);

	if (silo->request_error)
		return;
	if (size > SILO_MESSAGE_MAX - MNL_ATTR_HDRLEN ||
	    !mnl_attr_put_check(header, sizeof(silo->request), attribute, size, size ? data : zeros)) {
		silo->request_error = silo_fail(silo, -E2BIG, "the request is too large");
		return;
	}
	memcpy((char *)mnl_nlmsg_get_payload_tail(header) - (MNL_ALIGN(size) - size), zeros,
	       MNL_ALIGN(size) - size);
}

void silo_put_u32(struct silo *silo, uint16_t attribute, uint32_t value)
{
	put(silo, attribute, sizeof(value), &value);
}

void silo_put_u64(struct silo *silo, uint16_t attribute, uint64_t value)
{
	put(silo, attribute, sizeof(value), &value);
}

void silo_put_flag(struct silo *silo, uint16_t attribute)
{
	put(silo, attribute, 0, NULL);
}

void silo_put_string(struct silo *silo, uint16_t attribute, const char *text)
{
	const struct silo_attribute *known = attribute_of(request_header(silo), attribute);
	size_t length = strlen(text);

	if (!silo->request_error && length > known->max_size)
		silo->request_error = silo_fail(silo, -ENAMETOOLONG, "%s of %zu bytes; the limit is %zu",
						known->name, length, known->max_size);
	put(silo, attribute, length + 1, text);
}

void silo_put_data(struct silo *silo, uint16_t attribute, const void *data, size_t size)
{
	const struct silo_attribute *known = attribute_of(request_header(silo), attribute);

	if (!silo->request_error && size > known->max_size)
		silo->request_error = silo_fail(silo, -E2BIG, "%s of %zu bytes; the limit is %zu",
						known->name, size, known->max_size);
	put(silo, attribute, size, data);
}

void silo_put_ref(struct silo *silo, uint16_t id_attribute, uint16_t name_attribute, struct silo_ref ref)
{
	if (ref.name)
		silo_put_string(silo, name_attribute, ref.name);
	else
		silo_put_u64(silo, id_attribute, ref.id);
}

/* ---- answers ------------------------------------------------------------ */

const struct nlmsghdr *silo_next_message(const void **buffer, size_t *size)
{
	const struct nlmsghdr *message = *buffer;
	size_t step;

	if (*size < sizeof(*message) || message->nlmsg_len < sizeof(*message) || message->nlmsg_len > *size)
		return NULL;
	step = MNL_ALIGN(message->nlmsg_len);
	if (step > *size)
		step = *size;
	*buffer = (const char *)*buffer + step;
	*size -= step;
	return message;
}

/* Where parse_attribute() keeps the attributes of @set by their numbers. */
struct parse {
	const struct silo_attribute_set *set;
	const struct nlattr **attributes;
};

static int parse_attribute(const struct nlattr *attr, void *data)
{
	const struct parse *parse = data;
	const unsigned int number = mnl_attr_get_type(attr);
	const struct silo_attribute *known;

	if (!number || number > parse->set->max)
		return MNL_CB_OK;	/* of a newer kernel */
	known = &parse->set->attributes[number];
	if (mnl_attr_validate(attr, known->type) < 0 ||
	    (known->exact_size && mnl_attr_get_payload_len(attr) != known->exact_size))
		return MNL_CB_ERROR;
	parse->attributes[number] = attr;
	return MNL_CB_OK;
}

int silo_parse(const struct silo *silo, const struct nlmsghdr *message, struct silo_reply *reply)
{
	const struct genlmsghdr *header = mnl_nlmsg_get_payload(message);
	struct parse parse = { .attributes = reply->attributes };

	memset(reply, 0, sizeof(*reply));
	reply->message = message;
	if (message->nlmsg_type != silo->family || mnl_nlmsg_get_payload_len(message) < sizeof(*header))
		return -EPROTO;
	parse.set = set_of(message);
	if (!parse.set || mnl_attr_parse(message, sizeof(*header), parse_attribute, &parse) < 0)
		return -EPROTO;
	return header->cmd;
}

uint32_t silo_u32(const struct silo_reply *reply, uint16_t attribute)
{
	const struct nlattr *attr = reply->attributes[attribute];

	return attr ? mnl_attr_get_u32(attr) : 0;
}

uint64_t silo_u64(const struct silo_reply *reply, uint16_t attribute)
{
	const struct nlattr *attr = reply->attributes[attribute];

	return attr ? mnl_attr_get_u64(attr) : 0;
}

const char *silo_string(const struct silo_reply *reply, uint16_t attribute)
{
	const struct nlattr *attr = reply->attributes[attribute];

	return attr ? mnl_attr_get_str(attr) : NULL;
}

const void *silo_data(const struct silo_reply *reply, uint16_t attribute, size_t *size)
{
	const struct nlattr *attr = reply->attributes[attribute];

	*size = attr ? mnl_attr_get_payload_len(attr) : 0;
	return attr ? mnl_attr_get_payload(attr) : NULL;
}

size_t silo_namespaces(const struct silo_reply *reply, struct silo_ns *ns, size_t count)
{
	const struct nlattr *attr;
	size_t found = 0;

	mnl_attr_for_each(attr, reply->message, sizeof(struct genlmsghdr)) {
		const struct nlattr *inner[SILO_NS_A_MAX + 1] = { NULL };
		struct parse parse = { &silo_attributes_ns, inner };

		if (mnl_attr_get_type(attr) != SILO_A_NS || found == count ||
		    mnl_attr_parse_nested(attr, parse_attribute, &parse) < 0 ||
		    !inner[SILO_NS_A_TYPE] || !inner[SILO_NS_A_INUM])
			continue;
		ns[found].type = mnl_attr_get_u32(inner[SILO_NS_A_TYPE]);
		ns[found].inum = mnl_attr_get_u32(inner[SILO_NS_A_INUM]);
		found++;
	}
	return found;
}

/* ---- errors ------------------------------------------------------------- */

/* The name of the attribute at @offset of the request, which is the one that the kernel objects to. */
static const char *name_at(struct silo *silo, uint32_t offset)
{
	const struct nlmsghdr *request = request_header(silo);
	const struct silo_attribute *known;

	if (offset % MNL_ALIGNTO || offset > request->nlmsg_len ||
	    request->nlmsg_len - offset < sizeof(struct nlattr))
		return NULL;
	known = attribute_of(request, mnl_attr_get_type((const struct nlattr *)(silo->request + offset)));
	return known ? known->name : NULL;
}

static int collect_error(const struct nlattr *attr, void *data)
{
	const struct nlattr **attributes = data;
	const unsigned int number = mnl_attr_get_type(attr);

	if (number == NLMSGERR_ATTR_MSG ? mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) == 0 :
	    (number == NLMSGERR_ATTR_OFFS || number == NLMSGERR_ATTR_MISS_TYPE) &&
	    mnl_attr_validate(attr, MNL_TYPE_U32) == 0)
		attributes[number] = attr;
	return MNL_CB_OK;
}

/*
 * Keeps the sentence of an acknowledgement whose attributes begin at @offset, and names the attribute that is
 * wrong or missing unless the sentence does. Returns @err; *has_text says whether the kernel gave a sentence.
 */
static int fail_with(struct silo *silo, int err, const struct nlmsghdr *message, size_t offset,
		     bool *has_text)
{
	const struct nlattr *attributes[NLMSGERR_ATTR_MAX + 1] = { NULL };
	const struct silo_attribute *missing = NULL;
	const char *text, *name = NULL;

	if (message->nlmsg_flags & NLM_F_ACK_TLVS && mnl_nlmsg_get_payload_len(message) >= offset)
		mnl_attr_parse(message, offset, collect_error, attributes);
	*has_text = attributes[NLMSGERR_ATTR_MSG];
	text = *has_text ? mnl_attr_get_str(attributes[NLMSGERR_ATTR_MSG]) : strerrordesc_np(-err);
	if (!text)
		text = "unknown error";
	if (attributes[NLMSGERR_ATTR_OFFS])
		name = name_at(silo, mnl_attr_get_u32(attributes[NLMSGERR_ATTR_OFFS]));
	if (attributes[NLMSGERR_ATTR_MISS_TYPE])
		missing = attribute_of(request_header(silo),
				       mnl_attr_get_u32(attributes[NLMSGERR_ATTR_MISS_TYPE]));
	if (missing && !strstr(text, missing->name))
		return silo_fail(silo, err, "%s (%s is missing)", text, missing->name);
	if (name && !strstr(text, name))
		return silo_fail(silo, err, "%s (%s)", text, name);
	return silo_fail(silo, err, "%s", text);
}

/* The result in an NLMSG_ERROR or NLMSG_DONE message. */
static int result_of(struct silo *silo, const struct nlmsghdr *message, bool *has_text)
{
	const bool is_done = message->nlmsg_type == NLMSG_DONE;
	const size_t size = mnl_nlmsg_get_payload_len(message);
	const struct nlmsgerr *error = mnl_nlmsg_get_payload(message);
	size_t offset = is_done ? sizeof(int) : sizeof(*error);
	int result = 0;

	*has_text = false;
	if (size < offset && !is_done)
		return silo_fail(silo, -EPROTO, "the kernel's acknowledgement is too short");
	if (size >= sizeof(result))
		memcpy(&result, error, sizeof(result));
	if (result >= 0)
		return 0;
	if (result < -ERRNO_MAX)
		return silo_fail(silo, -EPROTO, "the kernel's acknowledgement has no errno");
	if (!is_done && !(message->nlmsg_flags & NLM_F_CAPPED) && error->msg.nlmsg_len > sizeof(error->msg))
		offset += MNL_ALIGN(error->msg.nlmsg_len) - sizeof(error->msg);
	return fail_with(silo, result, message, offset, has_text);
}

static int fail_transport(struct silo *silo, int err, const char *what)
{
	const char *text = silo->transport->error;

	return silo_fail(silo, err, "%s", *text ? text : what);
}

/* ---- exchange ----------------------------------------------------------- */

static int send_request(struct silo *silo, uint16_t flags)
{
	struct nlmsghdr *header = request_header(silo);
	int err;

	if (silo->request_error)
		return silo->request_error;
	header->nlmsg_flags = NLM_F_REQUEST | flags;
	header->nlmsg_seq = ++silo->sequence;
	silo->transport->error[0] = '\0';
	err = silo->transport->ops->send(silo->transport, header, header->nlmsg_len);
	return err ? fail_transport(silo, err, "cannot send the request") : 0;
}

static ssize_t receive(struct silo *silo)
{
	ssize_t size = silo->transport->ops->receive(silo->transport, silo->reply, sizeof(silo->reply));

	if (size == 0)
		size = -ECONNRESET;
	return size < 0 ? fail_transport(silo, size, "cannot receive the answer") : size;
}

/* Sends the request and waits for its answer, or if @answer is NULL for its acknowledgement. */
static int exchange(struct silo *silo, const struct nlmsghdr **answer, bool *has_text)
{
	int err = send_request(silo, answer ? 0 : NLM_F_ACK);

	*has_text = true;
	while (!err) {
		const struct nlmsghdr *message;
		const void *buffer = silo->reply;
		ssize_t received = receive(silo);
		size_t size = received;

		if (received < 0)
			return received;
		while ((message = silo_next_message(&buffer, &size))) {
			if (message->nlmsg_seq != silo->sequence)
				continue; /* an event, or the late answer to a request that was given up */
			if (message->nlmsg_type == NLMSG_ERROR) {
				err = result_of(silo, message, has_text);
				if (!err && answer)
					err = silo_fail(silo, -EPROTO, "the kernel gave no answer");
				return err;
			}
			if (answer) {
				*answer = message;
				return 0;
			}
		}
	}
	return err;
}

struct family {
	uint16_t id;
	uint32_t version;
	uint32_t lifecycle_group;
};

static int parse_group(const struct nlattr *attr, void *data)
{
	const struct nlattr *inner, *name = NULL, *id = NULL;
	struct family *family = data;

	mnl_attr_for_each_nested(inner, attr) {
		if (mnl_attr_get_type(inner) == CTRL_ATTR_MCAST_GRP_NAME &&
		    mnl_attr_validate(inner, MNL_TYPE_NUL_STRING) == 0)
			name = inner;
		else if (mnl_attr_get_type(inner) == CTRL_ATTR_MCAST_GRP_ID &&
			 mnl_attr_validate(inner, MNL_TYPE_U32) == 0)
			id = inner;
	}
	if (name && id && !strcmp(mnl_attr_get_str(name), SILO_MCGRP_LIFECYCLE))
		family->lifecycle_group = mnl_attr_get_u32(id);
	return MNL_CB_OK;
}

static int parse_family(const struct nlattr *attr, void *data)
{
	struct family *family = data;

	if (mnl_attr_get_type(attr) == CTRL_ATTR_FAMILY_ID && mnl_attr_validate(attr, MNL_TYPE_U16) == 0)
		family->id = mnl_attr_get_u16(attr);
	else if (mnl_attr_get_type(attr) == CTRL_ATTR_VERSION && mnl_attr_validate(attr, MNL_TYPE_U32) == 0)
		family->version = mnl_attr_get_u32(attr);
	else if (mnl_attr_get_type(attr) == CTRL_ATTR_MCAST_GROUPS)
		mnl_attr_parse_nested(attr, parse_group, family);
	return MNL_CB_OK;
}

int silo_resolve(struct silo *silo)
{
	const struct nlmsghdr *message;
	struct family family = { 0 };
	bool has_text;
	int err;

	begin(silo, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 1);
	put(silo, CTRL_ATTR_FAMILY_NAME, sizeof(SILO_GENL_NAME), SILO_GENL_NAME);
	err = exchange(silo, &message, &has_text);
	if (err == -ENOENT)
		return silo_fail(silo, -ENOPKG, "the kernel module silo is not loaded");
	if (err)
		return err;
	if (message->nlmsg_type != GENL_ID_CTRL ||
	    mnl_nlmsg_get_payload_len(message) < sizeof(struct genlmsghdr) ||
	    mnl_attr_parse(message, sizeof(struct genlmsghdr), parse_family, &family) < 0 || !family.id)
		return silo_fail(silo, -EPROTO, "the kernel's description of the family silo is malformed");
	if (family.version != SILO_GENL_VERSION)
		return silo_fail(silo, -EPROTO,
				 "the kernel module silo has interface version %u, this library knows %u",
				 family.version, SILO_GENL_VERSION);
	silo->family = family.id;
	silo->lifecycle_group = family.lifecycle_group;
	return 0;
}

/* The kernel's ENOENT for a family that is gone looks like the module's for a silo, but has no sentence. */
static int check_family(struct silo *silo, int err)
{
	const uint16_t family = silo->family;
	const int resolved = silo_resolve(silo);

	if (resolved)
		return resolved;
	if (silo->family != family)
		return silo_fail(silo, -ENOPKG, "the kernel module silo has been loaded anew");
	return silo_fail(silo, err, "%s", strerrordesc_np(-err));
}

int silo_send(struct silo *silo, struct silo_reply *reply)
{
	const struct nlmsghdr *message;
	bool has_text;
	int err = exchange(silo, reply ? &message : NULL, &has_text);

	if (err == -ENOENT && !has_text)
		return check_family(silo, err);
	if (err || !reply)
		return err;
	err = silo_parse(silo, message, reply);
	return err < 0 ? silo_fail(silo, err, "the kernel's answer is malformed") : 0;
}

/* ---- dump --------------------------------------------------------------- */

/* All messages of a dump, one after another. */
struct dump {
	unsigned char *data;
	size_t size, capacity;
	bool is_interrupted;
};

static int dump_append(struct dump *dump, const struct nlmsghdr *message)
{
	const size_t size = MNL_ALIGN(message->nlmsg_len);

	if (dump->size > DUMP_MAX)
		return -E2BIG;
	if (dump->capacity - dump->size < size) {
		const size_t capacity = 2 * dump->capacity + size + 4096;
		unsigned char *data = realloc(dump->data, capacity);

		if (!data)
			return -ENOMEM;
		dump->data = data;
		dump->capacity = capacity;
	}
	memcpy(dump->data + dump->size, message, message->nlmsg_len);
	memset(dump->data + dump->size + message->nlmsg_len, 0, size - message->nlmsg_len);
	dump->size += size;
	return 0;
}

/* Takes the whole dump off the transport, also when there is no memory to keep it. */
static int dump_receive(struct silo *silo, struct dump *dump, bool *has_text)
{
	int err = 0;

	for (;;) {
		const struct nlmsghdr *message;
		const void *buffer = silo->reply;
		ssize_t received = receive(silo);
		size_t size = received;

		if (received < 0)
			return received;
		while ((message = silo_next_message(&buffer, &size))) {
			if (message->nlmsg_seq != silo->sequence)
				continue;
			if (message->nlmsg_flags & NLM_F_DUMP_INTR)
				dump->is_interrupted = true;
			if (message->nlmsg_type == NLMSG_ERROR || message->nlmsg_type == NLMSG_DONE) {
				int result = result_of(silo, message, has_text);

				return err ? silo_fail(silo, err, "the listing is too large") : result;
			}
			if (!err)
				err = dump_append(dump, message);
		}
	}
}

int silo_dump(struct silo *silo, silo_dump_fn fn, void *data)
{
	struct dump dump = { .is_interrupted = true };
	const struct nlmsghdr *message;
	auto_free void *memory = NULL;
	const void *buffer;
	bool has_text = true;
	size_t size;
	int err;

	for (int tries = 0; dump.is_interrupted; tries++) {
		if (tries == DUMP_TRIES_MAX)
			return silo_fail(silo, -EAGAIN, "the list kept changing while it was read");
		dump.is_interrupted = false;
		dump.size = 0;
		err = send_request(silo, NLM_F_DUMP);
		if (!err)
			err = dump_receive(silo, &dump, &has_text);
		memory = dump.data;
		if (err == -ENOENT && !has_text)
			return check_family(silo, err);
		if (err)
			return err;
	}
	buffer = dump.data;
	size = dump.size;
	while ((message = silo_next_message(&buffer, &size))) {
		struct silo_reply reply;

		err = silo_parse(silo, message, &reply);
		if (err < 0)
			return silo_fail(silo, err, "an entry of the kernel's listing is malformed");
		err = fn(&reply, data);
		if (err)
			return err;
	}
	return 0;
}
