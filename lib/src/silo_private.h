/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libsilo - silo_private: the handle, for the files of the library only
 */
#ifndef SILO_PRIVATE_H
#define SILO_PRIVATE_H

#include <stdint.h>

#include <silo/silo.h>

#include "error.h"
#include "transport.h"

struct silo {
	struct transport *transport;
	uint16_t family;		/* number of the family in that kernel */
	uint32_t lifecycle_group;	/* number of the multicast group; 0: none */
	uint32_t sequence;		/* of the last request */
	int request_error;		/* what is wrong with the request being made, or 0 */
	char error[512];
	_Alignas(8) unsigned char request[SILO_MESSAGE_MAX];
	_Alignas(8) unsigned char reply[SILO_MESSAGE_MAX];
};

#endif
