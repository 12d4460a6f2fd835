// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * libsilo - report: what a process that is becoming a command says to its maker
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "report.h"

/* Only failures have a text; nobody pays for an empty one. */
static size_t report_size(const struct report *report)
{
	if (report->kind == REPORT_FAILED)
		return offsetof(struct report, text) + strnlen(report->text, sizeof(report->text) - 1) + 1;
	return offsetof(struct report, text);
}

int report_send(int channel, const struct report *report, const int *fds, size_t count)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(REPORT_FDS_MAX * sizeof(int))];
	struct iovec part = { .iov_base = (void *)report, .iov_len = report_size(report) };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
	ssize_t sent;

	if (count) {
		struct cmsghdr *header = (struct cmsghdr *)control;

		message.msg_control = control;
		message.msg_controllen = CMSG_SPACE(count * sizeof(int));
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(count * sizeof(int));
		memcpy(CMSG_DATA(header), fds, count * sizeof(int));
	}
	do
		sent = sendmsg(channel, &message, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	return sent < 0 ? -1 : 0;
}

/* Takes the descriptors out of a message; what there is no room for is closed. */
static void take_fds(struct msghdr *message, int *fds, size_t count)
{
	struct cmsghdr *header = CMSG_FIRSTHDR(message);
	size_t taken = 0;

	if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS) {
		const size_t sent = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		for (size_t i = 0; i < sent; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(header) + i * sizeof(int), sizeof(fd));
			if (taken < count)
				fds[taken++] = fd;
			else
				close(fd);
		}
	}
	while (taken < count)
		fds[taken++] = -1;
}

int report_receive(int channel, struct report *report, int *fds, size_t count)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(REPORT_FDS_MAX * sizeof(int))];
	struct iovec part = { .iov_base = report, .iov_len = sizeof(*report) };
	struct msghdr message = {
		.msg_iov = &part, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = CMSG_SPACE(count * sizeof(int)),
	};
	ssize_t received;

	do
		received = recvmsg(channel, &message, MSG_CMSG_CLOEXEC);
	while (received < 0 && errno == EINTR);
	if (received <= 0)
		message.msg_controllen = 0;
	take_fds(&message, fds, count);
	if (received <= 0)
		return received;
	if ((size_t)received < offsetof(struct report, text)) {
		errno = EBADMSG;
		return -1;
	}
	report->text[sizeof(report->text) - 1] = '\0';
	return 1;
}
