// SPDX-License-Identifier: GPL-2.0-or-later
/* siloctl: a command of a VM silo in the foreground */
#include <errno.h>
#include <unistd.h>

#include "foreground.h"
#include "terminal.h"

static void send_signal(void *process, int signal)
{
	silo_vm_process_signal(process, signal);
}

static void resize(void *process, struct winsize size)
{
	silo_vm_process_resize(process, size.ws_row, size.ws_col);
}

static int on_wake(struct silo_vm_process *process, void *data)
{
	foreground_take_signal(data, &(struct foreground_process){ send_signal, resize, process });
	return 0;
}

int foreground_vm(struct foreground *foreground, struct silo_vm_process *process, int *status)
{
	struct silo_vm_streams streams = {
		.in = foreground->interactive ? STDIN_FILENO : -1,
		.out = STDOUT_FILENO,
		.err = STDERR_FILENO,
		.on_wake = on_wake,
		.data = foreground,
	};
	int ret = foreground_listen(foreground);

	if (ret)
		return ret;
	streams.wake = foreground->signals;
	if (foreground->terminal)
		resize(process, terminal_size());
	if (foreground_is_raw(foreground))
		terminal_make_raw(STDIN_FILENO);
	do
		ret = silo_vm_process_run(process, &streams, status);
	while (ret == -EINTR);
	terminal_restore();
	return ret;
}
