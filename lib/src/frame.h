/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libsilo - frame: whether what came over a channel is a frame
 */
#ifndef SILO_FRAME_H
#define SILO_FRAME_H

#include <stdbool.h>
#include <stddef.h>

#include <silo/channel.h>

/** frame_header_is_valid - whether type, stream and size go together; the payload is not looked at */
bool frame_header_is_valid(const struct silo_frame *frame);

/** frame_payload_is_valid - whether the payload of a frame with a valid header is as its type wants it */
bool frame_payload_is_valid(const struct silo_frame *frame);

/** frame_is_whole - whether received bytes begin with a frame that is there to its end */
bool frame_is_whole(const unsigned char *bytes, size_t size);

#endif
