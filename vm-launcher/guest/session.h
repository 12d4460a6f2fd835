/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * silo-vm agent - session: what the host asks for, until it asks to switch off
 */
#ifndef AGENT_SESSION_H
#define AGENT_SESSION_H

/* session_run - serve the host over the control port */
void session_run(int port) __attribute__((noreturn));

/*
 * session_say_goodbye - tell the host, if there is a channel, that the machine goes down because of an
 * error
 */
void session_say_goodbye(const char *sentence);

#endif
