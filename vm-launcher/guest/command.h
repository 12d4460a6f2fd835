/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * silo-vm agent - command: a process with its standard streams, and what carries them
 */
#ifndef AGENT_COMMAND_H
#define AGENT_COMMAND_H

#include <stdbool.h>
#include <stdint.h>

#include <silo/channel.h>
#include <silo/container.h>

struct pollfd;

/* Input that came over the channel and was not taken by the process yet; never more than a window. */
struct command_input {
	unsigned char *bytes;
	size_t start, end, size;
	bool is_ended;		/* close when it is empty */
};

struct command {
	struct silo_process *process;
	bool has_terminal;
	int in;			/* writing end of the pipe, or the terminal; -1: closed */
	int out[2];		/* reading ends of the pipes, or the terminal and -1 */
	int theirs[3];		/* the other ends, until the process has them */
	struct command_input input;
	bool has_ended;		/* nothing more will be written by who counts */
	size_t left[2];		/* after the end: at most so many bytes are still read */

	/* The stream that carries it; 0: none, its output is thrown away. */
	struct silo_channel *channel;
	uint32_t stream;
	struct silo_flow flow;
};

/* command_init - an empty command: no process, no streams */
void command_init(struct command *command);

/* command_make_pipes - make the streams of a command without a terminal; 0 or -errno */
int command_make_pipes(struct command *command);

/* command_stdio - the ends for the process, as silo_exec() wants them */
struct silo_stdio command_stdio(const struct command *command);

/* command_begin - the process has been made: it has its ends now */
void command_begin(struct command *command, struct silo_process *process);

/* command_destroy - close and free all; the process goes on */
void command_destroy(struct command *command);

/* command_attach, command_detach - let a stream of the channel carry it, or none */
void command_attach(struct command *command, struct silo_channel *channel, uint32_t stream);
void command_detach(struct command *command);

/* command_frame - take a frame of its stream. Returns 0, or -EPROTO if such a frame can't come. */
int command_frame(struct command *command, const struct silo_frame *frame);

/* command_poll - what to wait for: fills up to COMMAND_POLLS entries, returns how many */
#define COMMAND_POLLS 3
int command_poll(const struct command *command, struct pollfd *fds);

/* command_pump - move what can be moved, after a poll or a frame */
void command_pump(struct command *command);

/* command_end - its process has ended: what is in the pipes is all that is still to be read */
void command_end(struct command *command);

/* command_is_drained - whether all output after the end has been sent */
bool command_is_drained(const struct command *command);

#endif
