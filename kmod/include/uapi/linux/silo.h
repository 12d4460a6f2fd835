/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Do not edit directly, made by kmod/silo-gen.py from kmod/silo.yaml */
/*
 * Silos: kernel objects that group the processes, namespaces, files and keys of one container.
 * Requests that change something need CAP_SYS_ADMIN in the initial user namespace; a process inside
 * a silo sees its own silo only.
 */
#ifndef _UAPI_LINUX_SILO_H
#define _UAPI_LINUX_SILO_H

#define SILO_GENL_NAME		"silo"
#define SILO_GENL_VERSION	1

/* Longest name of a silo, in bytes, without the final NUL. */
#define SILO_NAME_MAX	63
/* Largest spec kept with a silo, in bytes, without the final NUL. */
#define SILO_SPEC_MAX	32768
/* Longest name of one key, in bytes. */
#define SILO_KEY_NAME_MAX	255
/* Longest name of a value, in bytes. */
#define SILO_KEY_VALUE_NAME_MAX	1023
/* Longest path of a key, in bytes, without the final NUL. */
#define SILO_KEY_PATH_MAX	4095
/* Deepest key; the top level is 1. */
#define SILO_KEY_DEPTH_MAX	64
/* Largest data of one value, in bytes. */
#define SILO_KEY_DATA_MAX	32768
/* Most keys and values, together, of one silo. */
#define SILO_KEYS_MAX	65536
/* Most bytes of names and data in the keys of one silo. */
#define SILO_KEY_BYTES_MAX	16777216

/**
 * enum silo_state - The life of a silo. It only moves forward.
 * @SILO_STATE_CREATED: Being configured; nothing has been started yet.
 * @SILO_STATE_STARTED: Its init process runs.
 * @SILO_STATE_STOPPING: Its processes are being ended and its resources let go.
 * @SILO_STATE_STOPPED: No process is left; the exit record is kept until the silo is
 * removed.
 */
enum silo_state {
	SILO_STATE_CREATED,
	SILO_STATE_STARTED,
	SILO_STATE_STOPPING,
	SILO_STATE_STOPPED,
};

/**
 * enum silo_isolation - What separates a silo from its host.
 * @SILO_ISOLATION_PROCESS: Namespaces and a cgroup on the host's own kernel.
 * @SILO_ISOLATION_VM: A virtual machine with a kernel of its own; the host's silo holds the
 * machine monitor.
 */
enum silo_isolation {
	SILO_ISOLATION_PROCESS,
	SILO_ISOLATION_VM,
};

/**
 * enum silo_ended_by - Who ended a silo.
 * @SILO_ENDED_BY_NOBODY: It has not ended.
 * @SILO_ENDED_BY_ITSELF: Its init process exited by itself.
 * @SILO_ENDED_BY_USER: A terminate or remove request.
 * @SILO_ENDED_BY_OWNER: The socket that owned it was closed.
 */
enum silo_ended_by {
	SILO_ENDED_BY_NOBODY,
	SILO_ENDED_BY_ITSELF,
	SILO_ENDED_BY_USER,
	SILO_ENDED_BY_OWNER,
};

/**
 * enum silo_flags - How a silo behaves.
 * @SILO_FLAG_OWNED: The silo is terminated and removed when the creating socket is closed,
 * unless start cleared it.
 * @SILO_FLAG_AUTOREMOVE: The silo is removed, with its cgroup, as soon as it has stopped.
 * @SILO_FLAG_OWNS_CGROUP: The cgroup directory is removed together with the silo.
 */
enum silo_flags {
	SILO_FLAG_OWNED = 1 << 0,
	SILO_FLAG_AUTOREMOVE = 1 << 1,
	SILO_FLAG_OWNS_CGROUP = 1 << 2,
};

/**
 * enum silo_event_kind - What happened to a silo.
 * @SILO_EVENT_KIND_CREATED: A create request succeeded.
 * @SILO_EVENT_KIND_STARTED: A start request succeeded.
 * @SILO_EVENT_KIND_STOPPING: The silo is being ended.
 * @SILO_EVENT_KIND_STOPPED: The last process is gone; the event has the exit status.
 * @SILO_EVENT_KIND_REMOVED: The silo is gone; the event has the exit status if it had been
 * started.
 */
enum silo_event_kind {
	SILO_EVENT_KIND_CREATED,
	SILO_EVENT_KIND_STARTED,
	SILO_EVENT_KIND_STOPPING,
	SILO_EVENT_KIND_STOPPED,
	SILO_EVENT_KIND_REMOVED,
};

/**
 * enum silo_key_type - The type of a value, with the numbers that Windows uses. Other
 * numbers are kept as they are.
 * @SILO_KEY_TYPE_NONE: Bytes without a type.
 * @SILO_KEY_TYPE_STRING: UTF-8 text without a final NUL.
 * @SILO_KEY_TYPE_EXPAND_STRING: UTF-8 text in which the reader replaces environment
 * variables.
 * @SILO_KEY_TYPE_BINARY: Any bytes.
 * @SILO_KEY_TYPE_DWORD: A 32-bit number, 4 bytes, little endian.
 * @SILO_KEY_TYPE_DWORD_BE: A 32-bit number, 4 bytes, big endian.
 * @SILO_KEY_TYPE_LINK: UTF-8 path of another key; not followed yet.
 * @SILO_KEY_TYPE_MULTI_STRING: UTF-8 strings, each ended by a NUL.
 * @SILO_KEY_TYPE_RESOURCE_LIST: Bytes that only Windows device drivers understand.
 * @SILO_KEY_TYPE_RESOURCE_DESCRIPTOR: Bytes that only Windows device drivers understand.
 * @SILO_KEY_TYPE_RESOURCE_REQUIREMENTS: Bytes that only Windows device drivers understand.
 * @SILO_KEY_TYPE_QWORD: A 64-bit number, 8 bytes, little endian.
 */
enum silo_key_type {
	SILO_KEY_TYPE_NONE,
	SILO_KEY_TYPE_STRING,
	SILO_KEY_TYPE_EXPAND_STRING,
	SILO_KEY_TYPE_BINARY,
	SILO_KEY_TYPE_DWORD,
	SILO_KEY_TYPE_DWORD_BE,
	SILO_KEY_TYPE_LINK,
	SILO_KEY_TYPE_MULTI_STRING,
	SILO_KEY_TYPE_RESOURCE_LIST,
	SILO_KEY_TYPE_RESOURCE_DESCRIPTOR,
	SILO_KEY_TYPE_RESOURCE_REQUIREMENTS,
	SILO_KEY_TYPE_QWORD,
};

/**
 * enum silo_key_entry_kind - What one entry of a key listing is.
 * @SILO_KEY_ENTRY_KEY: A key below the listed one.
 * @SILO_KEY_ENTRY_VALUE: A value of the listed key.
 */
enum silo_key_entry_kind {
	SILO_KEY_ENTRY_KEY,
	SILO_KEY_ENTRY_VALUE,
};

/* Attributes SILO_A_*: One silo. A request names it by id or by name. */
enum {
	/* u64. Id of the silo; 0 is the host. Never used again while the module is loaded. */
	SILO_A_ID = 1,
	/* pad. Padding before 64-bit numbers; no meaning. */
	SILO_A_PAD,
	/*
	 * string, at most SILO_NAME_MAX bytes. Name, unique among existing silos: letters, digits,
	 * dots, underscores and hyphens, beginning with a letter or digit, not digits only, not
	 * "self" or "host". Absent in create means "silo-ID".
	 */
	SILO_A_NAME,
	/* binary, exactly 16 bytes. Random identifier, different for each silo ever created. */
	SILO_A_UUID,
	/* u64. Id of the silo that this one lies in; 0 is the host. */
	SILO_A_PARENT,
	/* u32, enum silo_state. Where the silo is in its life. */
	SILO_A_STATE,
	/*
	 * u32, enum silo_isolation. What separates it from the host. Absent in create means
	 * process.
	 */
	SILO_A_ISOLATION,
	/* u32, bits of enum silo_flags. How the silo behaves. Absent in create means none. */
	SILO_A_FLAGS,
	/*
	 * u32. Descriptor of a cgroup v2 directory, O_PATH or not. Needed by create; neither the
	 * root nor bound to another silo.
	 */
	SILO_A_CGROUP_FD,
	/* u64. 64-bit id of the bound cgroup. */
	SILO_A_CGROUP_ID,
	/* string. Path of the bound cgroup as the reader's cgroup namespace shows it. */
	SILO_A_CGROUP,
	/*
	 * u32, may be repeated. Descriptor of a namespace (a /proc/PID/ns file) that the silo pins.
	 * At most one of each kind.
	 */
	SILO_A_NS_FD,
	/*
	 * u32. Descriptor of a directory, O_PATH or not, that is the silo's root; its mount is
	 * pinned.
	 */
	SILO_A_ROOT_FD,
	/*
	 * u32. Process that the silo lives and ends with: a member of the bound cgroup. As a
	 * request: its number in the sender's pid namespace; the sender is its parent or the
	 * process itself. As a reply: its number in the reader's.
	 */
	SILO_A_INIT_PID,
	/*
	 * u32, at least 1. Any process, by its number in the sender's pid namespace; get answers
	 * with the silo it belongs to.
	 */
	SILO_A_PID,
	/*
	 * string, at most SILO_SPEC_MAX bytes. Text kept with the silo and given back by get, for
	 * the tool that made it (siloctl keeps its JSON spec here). Absent means empty.
	 */
	SILO_A_SPEC,
	/* u32, at least 1, at most 64. Number of a signal. */
	SILO_A_SIGNAL,
	/* u32. Wait status of the init process, as wait(2) gives it. Present once it has ended. */
	SILO_A_EXIT_STATUS,
	/* u32, enum silo_ended_by. Who ended the silo. */
	SILO_A_ENDED_BY,
	/* u64. Time of creation, in nanoseconds since 1970. */
	SILO_A_CREATED_TIME,
	/* u64. Time of the start, in nanoseconds since 1970. Absent before. */
	SILO_A_STARTED_TIME,
	/* u64. Time at which the silo was stopped, in nanoseconds since 1970. Absent before. */
	SILO_A_STOPPED_TIME,
	/* flag. In get, asks for the number of members, which takes a walk over all processes. */
	SILO_A_COUNT_MEMBERS,
	/* u32. Number of living processes, if asked for. */
	SILO_A_MEMBERS,
	/* u32. Number of keys and values. */
	SILO_A_KEYS,
	/* u64. Bytes of names and data in the keys. */
	SILO_A_KEY_BYTES,
	/* nest, of SILO_NS_A_*, may be repeated. A namespace that the silo pins. */
	SILO_A_NS,
	/* flag. In remove, ends a running silo first. */
	SILO_A_FORCE,
	/*
	 * u32. Descriptor, open for reading, of the program that makes processes in the silo. As
	 * long as the silo exists the file can't be written to: a process in the silo could get at
	 * it through /proc/PID/exe. Absent means none.
	 */
	SILO_A_PROGRAM_FD,

	/* private: */
	__SILO_A_MAX,
	SILO_A_MAX = (__SILO_A_MAX - 1)
};

/* Attributes SILO_NS_A_*: One pinned namespace. */
enum {
	/* u32. The CLONE_NEW* constant of its kind. */
	SILO_NS_A_TYPE = 1,
	/* u32. Inode number, as the links in /proc/PID/ns show it. */
	SILO_NS_A_INUM,

	/* private: */
	__SILO_NS_A_MAX,
	SILO_NS_A_MAX = (__SILO_NS_A_MAX - 1)
};

/* Attributes SILO_MEMBER_A_*: One process of a silo. */
enum {
	/*
	 * u64. Id of the silo whose members are asked for, or that this process belongs to (a silo
	 * inside the asked one).
	 */
	SILO_MEMBER_A_ID = 1,
	/* pad. Padding before 64-bit numbers; no meaning. */
	SILO_MEMBER_A_PAD,
	/*
	 * string, at most SILO_NAME_MAX bytes. Name of the silo whose members are asked for,
	 * instead of the id.
	 */
	SILO_MEMBER_A_NAME,
	/* u32. Process number as the reader's pid namespace shows it. */
	SILO_MEMBER_A_PID,
	/* u32. Process number as the process itself sees it. */
	SILO_MEMBER_A_INNER_PID,
	/*
	 * u32. Number of the parent as the reader's pid namespace shows it; 0 if that can't be seen
	 * from there.
	 */
	SILO_MEMBER_A_PPID,
	/* string. Short name of the program. */
	SILO_MEMBER_A_COMM,

	/* private: */
	__SILO_MEMBER_A_MAX,
	SILO_MEMBER_A_MAX = (__SILO_MEMBER_A_MAX - 1)
};

/* Attributes SILO_EVENT_A_*: One change in the life of a silo. */
enum {
	/*
	 * u64. Number of the event; each event adds one, so that a listener can tell when it has
	 * missed some.
	 */
	SILO_EVENT_A_SEQUENCE = 1,
	/* pad. Padding before 64-bit numbers; no meaning. */
	SILO_EVENT_A_PAD,
	/* u64. Time of the event, in nanoseconds since 1970. */
	SILO_EVENT_A_TIME,
	/* u32, enum silo_event_kind. What happened. */
	SILO_EVENT_A_KIND,
	/* u64. Id of the silo. */
	SILO_EVENT_A_ID,
	/* string. Name of the silo. */
	SILO_EVENT_A_NAME,
	/* u32. Wait status of the init process, with stopped and removed, if it ran. */
	SILO_EVENT_A_EXIT_STATUS,
	/* u32, enum silo_ended_by. Who ended the silo, with stopped and removed. */
	SILO_EVENT_A_ENDED_BY,

	/* private: */
	__SILO_EVENT_A_MAX,
	SILO_EVENT_A_MAX = (__SILO_EVENT_A_MAX - 1)
};

/*
 * Attributes SILO_KEY_A_*: A key or a value of a silo. Keys and values are named without regard to
 * the case of ASCII letters.
 */
enum {
	/* u64. Id of the silo. */
	SILO_KEY_A_ID = 1,
	/* pad. Padding before 64-bit numbers; no meaning. */
	SILO_KEY_A_PAD,
	/* string, at most SILO_NAME_MAX bytes. Name of the silo, instead of the id. */
	SILO_KEY_A_SILO,
	/*
	 * string, at most SILO_KEY_PATH_MAX bytes. Path of the key, its names separated by
	 * backslashes. Empty is the root, which always exists and has no values.
	 */
	SILO_KEY_A_PATH,
	/*
	 * string, at most SILO_KEY_VALUE_NAME_MAX bytes. Name of the value; empty is the default
	 * value. Absent means the key itself.
	 */
	SILO_KEY_A_VALUE,
	/*
	 * u32, enum silo_key_type. Type of the value, or any other number. Absent in key-set means
	 * string.
	 */
	SILO_KEY_A_TYPE,
	/*
	 * binary, at most SILO_KEY_DATA_MAX bytes. Data of the value. Absent in key-set means none.
	 */
	SILO_KEY_A_DATA,
	/* flag. In key-delete, deletes the keys below as well. */
	SILO_KEY_A_RECURSIVE,
	/* u32, enum silo_key_entry_kind. What this entry of a listing is. */
	SILO_KEY_A_ENTRY,
	/* u32. Size of a value's data in bytes, in a listing. */
	SILO_KEY_A_SIZE,
	/* u64. Last change, in nanoseconds since 1970. */
	SILO_KEY_A_MODIFIED_TIME,

	/* private: */
	__SILO_KEY_A_MAX,
	SILO_KEY_A_MAX = (__SILO_KEY_A_MAX - 1)
};

/*
 * Commands. All answer with an errno and, if it is not 0, with a sentence (extended
 * acknowledgement).
 */
enum {
	/*
	 * Create a silo and bind it to a cgroup. Errors: EPERM without the right; EINVAL for a bad
	 * name or a missing cgroup-fd; EBADF for a descriptor that is no cgroup v2 directory or not
	 * open; EEXIST for a name or cgroup in use; EBUSY for a cgroup with processes or another
	 * silo in it; EOPNOTSUPP for one inside a silo's; ETXTBSY for a program that is open for
	 * writing. Attributes SILO_A_*.
	 */
	SILO_CMD_CREATE = 1,
	/*
	 * Describe one silo, named by id, name or a process; dump describes all that the caller
	 * sees. Errors: EINVAL if none or several of the three are given; ENOENT if there is no
	 * such silo that the caller sees; ESRCH if there is no such process. Attributes SILO_A_*.
	 */
	SILO_CMD_GET,
	/*
	 * Hand resources to a silo that is not started: namespaces, root, init process. They are
	 * pinned until the silo stops; all of a request are taken or none. Errors: EPERM; ENOENT;
	 * EBUSY if the silo is started; ESHUTDOWN if it has stopped; EBADF for a descriptor that is
	 * not open; EINVAL for one of the wrong kind or an init that is no member of the cgroup;
	 * EEXIST for a second one of a kind; ESRCH if init does not exist. Attributes SILO_A_*.
	 */
	SILO_CMD_SET,
	/*
	 * Start a silo, after taking the resources that the request has, as set does. From here on
	 * it ends when its init process does. Errors: those of set; EINVAL if it has no init
	 * process; EALREADY if it is started; ESHUTDOWN if it has stopped. Attributes SILO_A_*.
	 */
	SILO_CMD_START,
	/*
	 * Send a signal to the init process. Errors: EPERM; ENOENT; EINVAL without a signal; ESRCH
	 * if it has no init process any more. Attributes SILO_A_*.
	 */
	SILO_CMD_SIGNAL,
	/*
	 * End all processes of a silo and let its resources go; returns when that is done. A silo
	 * that has stopped stays so. Errors: EPERM; ENOENT; EINTR if a signal came while waiting,
	 * EINPROGRESS if a process does not die within 5 seconds, in both cases with the work going
	 * on. Attributes SILO_A_*.
	 */
	SILO_CMD_TERMINATE,
	/*
	 * Remove a silo with its keys and exit record. Errors: EPERM; ENOENT; EBUSY if it is
	 * running and force was not given; EINTR and EINPROGRESS as with terminate. Attributes
	 * SILO_A_*.
	 */
	SILO_CMD_REMOVE,
	/*
	 * List the processes of a silo and of those inside it. Errors: EINVAL without a silo;
	 * ENOENT. Attributes SILO_MEMBER_A_*.
	 */
	SILO_CMD_MEMBERS,
	/*
	 * Something happened to a silo. Sent to the group lifecycle of the host's network
	 * namespace. Attributes SILO_EVENT_A_*.
	 */
	SILO_CMD_EVENT,
	/*
	 * Create a key with all above it, and set a value if one is named. Errors: EPERM; ENOENT;
	 * EINVAL for a bad path, a bad name or data that don't fit the type; ENAMETOOLONG for a
	 * name that is too long or a path that is too deep; EDQUOT if the silo has too many keys or
	 * bytes; ESHUTDOWN if it is being removed. Attributes SILO_KEY_A_*.
	 */
	SILO_CMD_KEY_SET,
	/*
	 * Read a value, or ask whether a key exists. Errors: EINVAL, ENAMETOOLONG for a bad path;
	 * ENOENT if there is no such silo, key or value. Attributes SILO_KEY_A_*.
	 */
	SILO_CMD_KEY_GET,
	/*
	 * Delete a value, or a key with its values. Errors: EPERM; EINVAL, ENAMETOOLONG for a bad
	 * path; ENOENT; ENOTEMPTY if keys lie below and recursive was not given; EBUSY for the root
	 * without recursive (with it, everything below is deleted). Attributes SILO_KEY_A_*.
	 */
	SILO_CMD_KEY_DELETE,
	/*
	 * List a key: the keys below it, then its values, each in the order of their names. Errors:
	 * EINVAL, ENAMETOOLONG; ENOENT. Attributes SILO_KEY_A_*.
	 */
	SILO_CMD_KEY_LIST,

	/* private: */
	__SILO_CMD_MAX,
	SILO_CMD_MAX = (__SILO_CMD_MAX - 1)
};

/* Multicast group: The event notification. */
#define SILO_MCGRP_LIFECYCLE	"lifecycle"

#endif /* _UAPI_LINUX_SILO_H */
