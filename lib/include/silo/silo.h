/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libsilo - silos, their keys and their events
 *
 * A silo is a kernel object that groups the processes, namespaces, files and
 * keys of one container. This header is the whole interface to the object;
 * <silo/spec.h> describes a container, <silo/container.h> runs one in it.
 *
 * Conventions, unless a function says otherwise:
 *  - A function returns 0 or a negative errno; silo_error() then has the reason
 *    in a sentence, the kernel's own where it gave one.
 *  - Any function with a handle can also fail with -ENAMETOOLONG or -E2BIG for text
 *    or data that no message can hold (nothing is sent then), -ERANGE or -EINVAL
 *    for a number that its attribute can't have, -ENOPKG if the module is gone,
 *    -EPROTO for an answer that is not understood, and -ENOMEM.
 *  - A handle may be used by one thread at a time; different handles are
 *    independent. The library keeps no global state, never prints, never exits
 *    and never changes signal handling.
 *  - A listing is complete and consistent before the first call of its function, which
 *    may use the handle. -EAGAIN means that it kept changing while it was read.
 *  - Strings are UTF-8. Strings in results belong to the result and live until
 *    it is freed with the function named for it.
 *  - Times are nanoseconds since 1970 (CLOCK_REALTIME); 0 means "not yet".
 *  - A silo is named by a struct silo_ref: by id or by name.
 */
#ifndef SILO_SILO_H
#define SILO_SILO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <linux/silo.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- handle ------------------------------------------------------------- */

/** A connection to the silos of one kernel. */
struct silo;

/**
 * silo_open - connect to the silos of the running kernel
 * @out: receives the handle; free it with silo_close()
 *
 * Errors: -ENOPKG if the module is not loaded; -EPROTO if its interface is not
 * one that this library knows; -ENOMEM, -EMFILE.
 */
int silo_open(struct silo **out);

/**
 * silo_open_vm - connect to the silos of the kernel in a VM silo's guest
 * @out: receives the handle; free it with silo_close()
 * @name: name of the VM silo on this host
 *
 * All requests on the handle then reach the guest's kernel; the guest's one
 * silo has the name of the VM silo. Descriptors can't travel: silo_create(),
 * silo_set() and silo_start() with resources are refused with -EOPNOTSUPP.
 * Errors: -ENOENT if no VM silo of this name runs; -EPERM, -EACCES without the right;
 * -ETIMEDOUT if the guest does not answer within 10 seconds; -ENOPKG, -EPROTO,
 * -ENOMEM, -EMFILE.
 */
int silo_open_vm(struct silo **out, const char *name);

/** silo_close - free a handle; NULL is allowed. Silos that it owns are ended. */
void silo_close(struct silo *silo);

/**
 * silo_error - why the last call on this handle failed
 *
 * Returns a sentence without a final dot or newline, never NULL, "" if there is
 * none. It lives until the next call on the handle. NULL is allowed and gives "".
 */
const char *silo_error(const struct silo *silo);

/** How a request names a silo: by @name if it is not NULL, else by @id. */
struct silo_ref {
	const char *name;
	uint64_t id;
};

/**
 * silo_ref_parse - read an id or a name as a person types it
 * @text: digits only are an id, all else is a name; must outlive the result
 */
struct silo_ref silo_ref_parse(const char *text);

/** silo_name_is_valid - whether a silo may be given this name (see SILO_A_NAME) */
bool silo_name_is_valid(const char *name);

/* ---- silos -------------------------------------------------------------- */

/** One pinned namespace: @type is a CLONE_NEW* constant, @inum its inode number. */
struct silo_ns {
	uint32_t type;
	uint32_t inum;
};

/** What is known of one silo. Fields mean what the SILO_A_* attributes of <linux/silo.h> mean. */
struct silo_info {
	uint64_t id;
	char *name;
	uint8_t uuid[16];
	uint64_t parent;
	uint32_t state;			/* enum silo_state */
	uint32_t isolation;		/* enum silo_isolation */
	uint32_t flags;			/* enum silo_flags */
	uint64_t cgroup_id;
	char *cgroup;			/* path below the cgroup mount; "" if unknown */
	uint32_t init_pid;		/* 0: none, or it can't be seen from here */
	char *spec;			/* "" if none */
	bool has_exit_status;
	uint32_t exit_status;		/* as wait(2) gives it */
	uint32_t ended_by;		/* enum silo_ended_by */
	uint64_t created_time, started_time, stopped_time;
	uint32_t members;		/* 0 unless counted */
	uint32_t keys;
	uint64_t key_bytes;
	struct silo_ns ns[8];
	size_t ns_count;
};

/** silo_info_free - free what silo_get(), silo_which() gave; NULL is allowed */
void silo_info_free(struct silo_info *info);

/** What a new silo is to be. Zero fields mean what the absent attribute means. */
struct silo_create_params {
	const char *name;
	uint32_t isolation;
	uint32_t flags;
	int cgroup_fd;			/* O_PATH will do; stays the caller's */
	const char *spec;
	bool has_program;		/* whether there is a @program_fd */
	int program_fd;			/* see SILO_A_PROGRAM_FD; stays the caller's */
};

/**
 * silo_create - create a silo and bind it to a cgroup
 * @id: receives its id
 * Errors: see SILO_CMD_CREATE.
 */
int silo_create(struct silo *silo, const struct silo_create_params *params, uint64_t *id);

/** Resources that a silo takes over. Descriptors stay the caller's; the silo holds references of its own. */
struct silo_resources {
	const int *ns_fds;
	size_t ns_fds_count;
	int root_fd;			/* -1: none */
	uint32_t init_pid;		/* 0: none */
};

/** silo_set - hand resources to a silo that is not started. Errors: see SILO_CMD_SET. */
int silo_set(struct silo *silo, struct silo_ref ref, const struct silo_resources *resources);

/** silo_start - start a silo; @resources may be NULL. Errors: see SILO_CMD_START. */
int silo_start(struct silo *silo, struct silo_ref ref, const struct silo_resources *resources);

/** silo_signal - send a signal to the init process. Errors: see SILO_CMD_SIGNAL. */
int silo_signal(struct silo *silo, struct silo_ref ref, int signal);

/** silo_terminate - end all processes; returns when it is done. Errors: see SILO_CMD_TERMINATE. */
int silo_terminate(struct silo *silo, struct silo_ref ref);

/** silo_remove - remove a silo, ending it first if @force. Errors: see SILO_CMD_REMOVE. */
int silo_remove(struct silo *silo, struct silo_ref ref, bool force);

/**
 * silo_get - describe one silo
 * @count_members: whether to count its processes
 * @out: receives the description; free it with silo_info_free()
 * Errors: see SILO_CMD_GET.
 */
int silo_get(struct silo *silo, struct silo_ref ref, bool count_members, struct silo_info **out);

/** silo_which - describe the silo that a process belongs to. Errors: see SILO_CMD_GET. */
int silo_which(struct silo *silo, pid_t pid, struct silo_info **out);

/** Called for each silo; @info is only lent. A value other than 0 ends the listing and is returned. */
typedef int (*silo_list_fn)(const struct silo_info *info, void *data);

/** silo_list - describe all silos that the caller sees, but for the host (id 0), in the order of their ids */
int silo_list(struct silo *silo, bool count_members, silo_list_fn fn, void *data);

/** One process of a silo. */
struct silo_member {
	uint64_t id;			/* silo it belongs to: the asked one, or one inside it */
	uint32_t pid;
	uint32_t inner_pid;
	uint32_t ppid;
	const char *comm;
};

/** Called for each process; @member is only lent. A value other than 0 ends the listing and is returned. */
typedef int (*silo_member_fn)(const struct silo_member *member, void *data);

/** silo_members - list the processes of a silo. Errors: see SILO_CMD_MEMBERS. */
int silo_members(struct silo *silo, struct silo_ref ref, silo_member_fn fn, void *data);

/** silo_state_name, silo_isolation_name, silo_ended_by_name - words of the spec, "unknown" for others */
const char *silo_state_name(uint32_t state);
const char *silo_isolation_name(uint32_t isolation);
const char *silo_ended_by_name(uint32_t ended_by);

/* ---- events ------------------------------------------------------------- */

/** One event. @name is only lent. */
struct silo_event {
	uint64_t sequence;
	uint64_t time;
	uint32_t kind;			/* enum silo_event_kind */
	uint64_t id;
	const char *name;
	bool has_exit_status;
	uint32_t exit_status;
	uint32_t ended_by;
};

/** A stream of lifecycle events. */
struct silo_events;

/**
 * silo_events_open - listen to lifecycle events from now on
 * @out: receives the stream; free it with silo_events_close()
 * Errors: as silo_open().
 */
int silo_events_open(struct silo_events **out);

/** silo_events_close - free a stream; NULL is allowed */
void silo_events_close(struct silo_events *events);

/** silo_events_fd - descriptor that polls readable when an event is there; it stays the stream's */
int silo_events_fd(const struct silo_events *events);

/**
 * silo_events_next - wait for the next event
 * @event: receives it; its strings live until the next call on the stream
 * @timeout_ms: how long to wait; -1 means for ever, 0 not at all
 * Errors: -ETIMEDOUT; -EINTR; -ENOBUFS if events were lost (go on reading, and ask for the state again).
 */
int silo_events_next(struct silo_events *events, struct silo_event *event, int timeout_ms);

/** silo_event_kind_name - word of the spec, "unknown" for other numbers */
const char *silo_event_kind_name(uint32_t kind);

/**
 * silo_wait - wait until a silo has stopped or is gone
 * @exit_status: receives the wait status of its init process
 * @timeout_ms: how long to wait; -1 means for ever
 *
 * A silo that is removed while we wait gives its status all the same.
 * Errors: -ENOENT if there is none; -ETIMEDOUT; -EINTR; -ECHILD if it ended without ever having been started.
 */
int silo_wait(struct silo *silo, struct silo_ref ref, uint32_t *exit_status, int timeout_ms);

/* ---- keys --------------------------------------------------------------- */

/** One value of a key. */
struct silo_value {
	uint32_t type;			/* enum silo_key_type, or any other number */
	uint64_t modified_time;
	size_t size;
	unsigned char *data;		/* @size bytes and a NUL that does not count; belongs to the value */
};

/** silo_value_free - free what silo_key_get() gave; NULL is allowed */
void silo_value_free(struct silo_value *value);

/**
 * silo_key_path - bring a path into the kernel's form
 * @text: forward or back slashes, with or without one at the beginning and the end; a well-known
 *	root name (HKEY_LOCAL_MACHINE, HKEY_CURRENT_USER, ...) may be long or short. Next to
 *	backslashes a forward slash is part of a name, as in "HKCR\MIME\image/png".
 * @out: receives the path with backslashes and the short root name (HKLM...); free it with free()
 * Errors: -EINVAL for a path with an empty name in it; -ENAMETOOLONG; -ENOMEM.
 */
int silo_key_path(const char *text, char **out);

/**
 * silo_key_set - set a value, or create a key if @value is NULL
 * @path: path of the key, in any form that silo_key_path() takes
 * @value: name of the value; "" is the default value
 * Errors: see SILO_CMD_KEY_SET.
 */
int silo_key_set(struct silo *silo, struct silo_ref ref, const char *path, const char *value,
		 uint32_t type, const void *data, size_t size);

/**
 * silo_key_get - read a value, or ask whether a key exists if @value is NULL
 * @out: receives the value, free it with silo_value_free(); receives NULL for a key; may be NULL itself
 * Errors: see SILO_CMD_KEY_GET.
 */
int silo_key_get(struct silo *silo, struct silo_ref ref, const char *path, const char *value,
		 struct silo_value **out);

/** silo_key_delete - delete a value, or a key if @value is NULL. Errors: see SILO_CMD_KEY_DELETE. */
int silo_key_delete(struct silo *silo, struct silo_ref ref, const char *path, const char *value,
		    bool recursive);

/** One entry of a listing. @name is only lent. */
struct silo_key_entry {
	uint32_t kind;			/* enum silo_key_entry_kind: a key below, or a value */
	const char *name;
	uint32_t type;			/* of a value */
	uint32_t size;			/* of a value's data, in bytes */
	uint64_t modified_time;
};

/** Called for each entry. A value other than 0 ends the listing and is returned. */
typedef int (*silo_key_fn)(const struct silo_key_entry *entry, void *data);

/** silo_key_list - list the keys below a key, then its values. Errors: see SILO_CMD_KEY_LIST. */
int silo_key_list(struct silo *silo, struct silo_ref ref, const char *path, silo_key_fn fn, void *data);

/** silo_key_type_name - word for a type ("string", "dword", ...); NULL for a number without one */
const char *silo_key_type_name(uint32_t type);

/** silo_key_type_parse - number of a type from its word, "REG_DWORD" or digits; -EINVAL if it is none */
int silo_key_type_parse(const char *text, uint32_t *type);

/**
 * silo_value_parse - make a value's data from text that a person typed
 * @type: dword and qword take decimal or 0x; binary and unknown types hex digits, with or without
 *	spaces and commas; multi-string takes lines; the others the text itself
 * @out: receives the value; free it with silo_value_free()
 * Errors: -EINVAL if the text doesn't fit the type; -ERANGE for a number too large; -ENOMEM.
 */
int silo_value_parse(uint32_t type, const char *text, struct silo_value **out);

/**
 * silo_value_format - the text of a value, as silo_value_parse() would take it
 * @out: receives the text; free it with free()
 * A multi-string in which a string has a line break comes back as more strings.
 * Errors: -EINVAL if the data don't fit the type (a number of another size, a string with a NUL); -ENOMEM.
 */
int silo_value_format(const struct silo_value *value, char **out);

/* ---- registry files ----------------------------------------------------- */

/** One change that a registry file asks for. Strings and data are only lent. */
struct silo_reg_change {
	const char *path;		/* as silo_key_path() takes it */
	const char *value;		/* NULL: the key itself */
	bool is_delete;
	uint32_t type;
	const unsigned char *data;
	size_t size;
	unsigned int line;
};

/** Called for each change, in order. A value other than 0 ends the reading and is returned. */
typedef int (*silo_reg_fn)(const struct silo_reg_change *change, void *data);

/**
 * silo_reg_parse - read a registry file (.reg): REGEDIT4, or version 5.00 in UTF-8 or in UTF-16LE with a mark
 * @text, @size: its contents
 * @fn: called for each change, only after the whole file was found to be well-formed; may be NULL
 * @line: receives the number of the faulty line, or 0; may be NULL
 * @reason: receives what is wrong with it, a constant string, or NULL; may be NULL
 * Errors: -EBADMSG if it is malformed; -ENOMEM; what @fn returned.
 */
int silo_reg_parse(const void *text, size_t size, silo_reg_fn fn, void *data, unsigned int *line,
		   const char **reason);

#ifdef __cplusplus
}
#endif

#endif
