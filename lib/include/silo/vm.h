/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libsilo - VM silos: running a spec in a virtual machine of its own
 *
 * A VM silo is looked after by one program, silo-vm, its supervisor: it starts
 * QEMU, makes the silo in the guest's kernel with the same spec, and ends when
 * the silo has ended. silo_vm_launch() starts it and returns when the silo is
 * created; from then on the silo lives without its maker. The silo is known by
 * its name; its directory below /run/silo/vm holds its record and its log
 * (SILO_RUNTIME_DIR in the environment stands for /run/silo).
 *
 * Requests to the silo object itself (state, signals, keys, processes) go to
 * the guest's kernel through silo_open_vm(), declared in <silo/silo.h>. This
 * header has the rest: launching, the command's streams, and the records.
 *
 * The order of a run: silo_vm_launch(), silo_vm_attach(),
 * silo_vm_process_start(), silo_vm_process_run(), silo_vm_process_free().
 *
 * As everywhere, functions return 0 or a negative errno. Those that have
 * @reason store a sentence there, malloc'd, to be freed with free(), or NULL;
 * @reason may be NULL. Calls that run a command may also return
 * SILO_COMMAND_NOT_FOUND or SILO_COMMAND_NOT_RUN, see <silo/container.h>.
 */
#ifndef SILO_VM_H
#define SILO_VM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <silo/container.h>
#include <silo/silo.h>
#include <silo/spec.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- launching ---------------------------------------------------------- */

/** How to launch a VM. Zero fields mean the default. */
struct silo_vm_options {
	const char *launcher;	/* path of silo-vm; default: $SILO_VM, beside this program, PATH, libexec */
	const char *kernel;	/* the guest's kernel image; default: $SILO_VM_KERNEL or the distribution's */
	unsigned int timeout;	/* seconds that the guest may take to boot; default: 60, emulated 180 */
	bool verbose;		/* the launcher says on our standard error what it chose, until it is ready */
	bool is_detached;	/* without a terminal: the command's standard streams are /dev/null */
	/*
	 * If not NULL, called when @wake is readable before the silo is created. A value other than 0 gives the
	 * launch up, leaving nothing, and is returned.
	 */
	int (*on_wake)(void *data);
	int wake;
	void *data;
};

/**
 * silo_vm_launcher - where silo-vm is, or should be
 *
 * The first of: $SILO_VM; beside this program; ../vm-launcher or ../libexec/silo from there; on PATH; the
 * libexec folder that the library was built for. Free it with free(); NULL without memory.
 */
char *silo_vm_launcher(void);

/**
 * silo_vm_launch - start a virtual machine and create a silo in it
 * @spec: isolation must be vm (SILO_ISOLATION_VM); without a name, one is made up
 * @options: may be NULL
 * @name: receives the silo's name, malloc'd; may be NULL
 * @id: receives the id of the host's silo that holds the machine, 0 if the host has no silo.ko; may be NULL
 *
 * Returns when the silo is in state created, its command looked up in its root. It does not
 * run before silo_vm_process_start() or silo_start() on a silo_open_vm() handle.
 * Errors: -EINTR if a signal handler ran, which gives the launch up;
 * -EINVAL for a bad spec; -EEXIST if there is a VM silo of this name, running or stopped; -ENOENT if
 * silo-vm, QEMU, a kernel, silo.ko for it or a path of the spec is missing; -ETIMEDOUT if the guest did not
 * boot in time; -EPERM, -EACCES; those of silo_container_create(), with 126 and 127. Nothing is left then.
 */
int silo_vm_launch(const struct silo_spec *spec, const struct silo_vm_options *options, char **name,
		   uint64_t *id, char **reason);

/* ---- remote processes --------------------------------------------------- */

/** A process in the guest of which this process has the standard streams. One thread at a time. */
struct silo_vm_process;

/**
 * silo_vm_attach - take over the streams of a VM silo's init process
 * @out: receives the process; free it with silo_vm_process_free()
 *
 * One at a time may be attached. What the command writes while nobody is attached is lost.
 * Its end is reported only after the machine is gone and the record is written (or removed).
 * Errors: -ENOENT if no VM silo of this name runs; -EBUSY if somebody is attached; -ETIMEDOUT if
 * the guest does not answer within 10 seconds; -EPERM, -EACCES; -EPROTO; -ENOMEM.
 */
int silo_vm_attach(const char *name, struct silo_vm_process **out, char **reason);

/**
 * silo_vm_exec - run a command in a VM silo, as silo_exec() does
 * @rows, @columns: size of the terminal, if @params asks for one; 0 means 24 and 80
 * @out: receives the process; free it with silo_vm_process_free(), which hangs up on it
 *
 * Errors: as silo_vm_attach(); -ESRCH if the silo is not started; -E2BIG if command
 * and environment together exceed 60 KiB; 126 and 127.
 */
int silo_vm_exec(const char *name, const struct silo_exec_params *params, uint16_t rows, uint16_t columns,
		 struct silo_vm_process **out, char **reason);

/** silo_vm_process_free - let a process go; NULL is allowed. An attached init process goes on running. */
void silo_vm_process_free(struct silo_vm_process *process);

/** silo_vm_process_error - why the last call on this process failed; "" if there is nothing to say */
const char *silo_vm_process_error(const struct silo_vm_process *process);

/**
 * silo_vm_process_start - start the silo of an attached init process, and see that its command could be
 * executed
 *
 * As silo_container_start(). Errors: -EALREADY if it is started; -ESHUTDOWN if it has ended; 126 and 127.
 */
int silo_vm_process_start(struct silo_vm_process *process);

/**
 * What silo_vm_process_run() connects with the process. Descriptors stay the
 * caller's and are used as they are, blocking or not; -1 means /dev/null.
 */
struct silo_vm_streams {
	int in, out, err;		/* with a terminal, err is unused */
	int wake;			/* polled for reading as well, a signalfd say; -1: none */
	/*
	 * Called when @wake is readable, to read it and to call silo_vm_process_signal() or
	 * silo_vm_process_resize(). A value other than 0 ends silo_vm_process_run(), which returns it.
	 */
	int (*on_wake)(struct silo_vm_process *process, void *data);
	/*
	 * Called before input is sent; may be NULL. A value other than 0 ends silo_vm_process_run()
	 * likewise.
	 */
	int (*on_input)(struct silo_vm_process *process, const void *bytes, size_t size, void *data);
	void *data;
};

/**
 * silo_vm_process_run - carry a process's streams until it has ended
 * @status: receives its wait status
 *
 * Returns after all output has been written. If @out or @err takes no more, a closed pipe say (the caller
 * ignores SIGPIPE then), the process finds its own output closed. After -EINTR or what a
 * callback returned, it can be called again with the same descriptors.
 * Errors: -EPIPE if the machine ended before the process did, silo_vm_process_error() says why; -EPROTO;
 * -EINTR if a signal handler ran; what a callback returned.
 */
int silo_vm_process_run(struct silo_vm_process *process, const struct silo_vm_streams *streams, int *status);

/** silo_vm_process_signal - send it a signal. Errors: -ESRCH if it has ended; -EINVAL. */
int silo_vm_process_signal(struct silo_vm_process *process, int signal);

/** silo_vm_process_resize - tell its terminal the size. Errors: -ESRCH if it has ended. */
int silo_vm_process_resize(struct silo_vm_process *process, uint16_t rows, uint16_t columns);

/*
 * The same for programs with an event loop of their own: poll fd for events(),
 * then pump(), then read() both streams until -EAGAIN, then ask status().
 */

/** silo_vm_process_fd - descriptor to poll; it stays the process's */
int silo_vm_process_fd(const struct silo_vm_process *process);

/** silo_vm_process_events - what to poll it for: POLLIN, with POLLOUT while something waits to be sent */
short silo_vm_process_events(const struct silo_vm_process *process);

/** silo_vm_process_pump - receive and send what can be without waiting. Errors: -EPIPE, -EPROTO as run. */
int silo_vm_process_pump(struct silo_vm_process *process);

/**
 * silo_vm_process_read - take output that was received
 * @stream: 1 or 2
 * Returns the number of bytes, 0 at the end. Errors: -EAGAIN if there is nothing now.
 */
ssize_t silo_vm_process_read(struct silo_vm_process *process, int stream, void *buffer, size_t size);

/**
 * silo_vm_process_write - send input; returns how many bytes were taken. Errors: -EAGAIN; -EPIPE after its
 * end.
 */
ssize_t silo_vm_process_write(struct silo_vm_process *process, const void *buffer, size_t size);

/** silo_vm_process_close_input - let it see the end of its input */
int silo_vm_process_close_input(struct silo_vm_process *process);

/**
 * silo_vm_process_close_output - read no more of stream 1 or 2: it is as if a pipe's reading end was closed
 */
int silo_vm_process_close_output(struct silo_vm_process *process, int stream);

/**
 * silo_vm_process_status - its wait status. Errors: -EAGAIN while it runs or output is unread; -EPIPE as
 * run.
 */
int silo_vm_process_status(struct silo_vm_process *process, int *status);

/* ---- records ------------------------------------------------------------ */

/** What the host knows of one VM silo. */
struct silo_vm_info {
	/*
	 * As silo_get() describes a silo, without what only the guest knows: members, keys and namespaces are
	 * 0, init_pid is that of QEMU, id is that of the host's silo that holds the machine or 0.
	 */
	struct silo_info silo;
	pid_t supervisor;		/* pid of silo-vm; 0 if it is stopped */
	bool is_emulated;		/* runs without hardware virtualization, which is no boundary */
	char *release;			/* release of the guest's kernel; "" if unknown */
	char *cause;			/* why the machine ended, if not because the command did; else "" */
	char *directory;		/* with the files guest.log, of its kernel, and log, of silo-vm */
};

/** silo_vm_info_free - free what silo_vm_get() gave; NULL is allowed */
void silo_vm_info_free(struct silo_vm_info *info);

/**
 * silo_vm_get - describe one VM silo, running or stopped, without asking its guest
 * @out: receives the description; free it with silo_vm_info_free()
 * Errors: -ENOENT if there is none; -EAGAIN if it is just being launched; -EACCES; -EBADMSG; -ENOMEM.
 */
int silo_vm_get(const char *name, struct silo_vm_info **out);

/** Called for each VM silo; @info is only lent. A value other than 0 ends the listing and is returned. */
typedef int (*silo_vm_list_fn)(const struct silo_vm_info *info, void *data);

/**
 * silo_vm_list - describe all VM silos, in the order of their names. No directory at all is an empty list.
 */
int silo_vm_list(silo_vm_list_fn fn, void *data);

/**
 * silo_vm_wait - wait until a VM silo has stopped or is gone
 * @status: receives the wait status of its init process; may be NULL
 * @timeout_ms: how long to wait; -1 means for ever
 *
 * Errors: -ENOENT if there is none; -ETIMEDOUT; -EINTR; -ECHILD if it ended without ever having been started.
 */
int silo_vm_wait(const char *name, uint32_t *status, int timeout_ms);

/**
 * silo_vm_terminate - end a VM silo, with its machine
 *
 * Returns when it is done. A guest that does not answer within 10 seconds is ended by force. A silo that has
 * stopped stays so. Errors: -ENOENT; -EINTR; -EPERM.
 */
int silo_vm_terminate(const char *name);

/**
 * silo_vm_remove - remove a VM silo's record, ending it first if @force. Errors: -ENOENT; -EBUSY; -EINTR;
 * -EPERM.
 */
int silo_vm_remove(const char *name, bool force);

#ifdef __cplusplus
}
#endif

#endif
