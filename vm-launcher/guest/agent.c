// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * silo-vm agent: process 1 of a VM silo's guest
 *
 * Makes a machine out of a freshly booted kernel, then does what the host asks
 * for: creates the one silo with libsilo, as siloctl does on a host, and
 * carries its streams.
 */
#include "machine.h"
#include "session.h"

int main(void)
{
	int port;

	machine_prepare();
	port = machine_open_port();
	session_run(port);
}
