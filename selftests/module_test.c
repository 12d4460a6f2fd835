// SPDX-License-Identifier: GPL-2.0-only
/*
 * silo - module_test: what is there as soon as silo.ko is loaded
 */
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "kselftest_harness.h"

static int store_family_id(const struct nlmsghdr *message, void *data)
{
	const struct nlattr *attribute;
	uint16_t *id = data;

	mnl_attr_for_each(attribute, message, sizeof(struct genlmsghdr))
		if (mnl_attr_get_type(attribute) == CTRL_ATTR_FAMILY_ID)
			*id = mnl_attr_get_u16(attribute);
	return MNL_CB_OK;
}

/* The id of a generic netlink family, or a negative errno. */
static int resolve_family(const char *name)
{
	char buffer[8192];
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
	struct mnl_socket *socket = mnl_socket_open(NETLINK_GENERIC);
	struct genlmsghdr *header;
	uint16_t id = 0;
	int ret;

	if (!socket)
		return -errno;
	message->nlmsg_type = GENL_ID_CTRL;
	message->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	message->nlmsg_seq = time(NULL);
	header = mnl_nlmsg_put_extra_header(message, sizeof(*header));
	header->cmd = CTRL_CMD_GETFAMILY;
	header->version = 1;
	mnl_attr_put_strz(message, CTRL_ATTR_FAMILY_NAME, name);

	ret = mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID);
	if (ret >= 0)
		ret = mnl_socket_sendto(socket, message, message->nlmsg_len);
	while (ret > 0) {
		unsigned int sequence = message->nlmsg_seq;
		char reply[8192];

		ret = mnl_socket_recvfrom(socket, reply, sizeof(reply));
		if (ret > 0)
			ret = mnl_cb_run(reply, ret, sequence, mnl_socket_get_portid(socket), store_family_id, &id);
	}
	ret = ret < 0 ? -errno : id;
	mnl_socket_close(socket);
	return ret;
}

/* Why the module can't be tested here, or NULL. */
static const char *reason_to_skip(void)
{
	if (geteuid())
		return "must be root";
	if (access("/sys/module/silo", F_OK))
		return "silo.ko is not loaded";
	return NULL;
}

TEST(sysfs_lists_the_module_as_live)
{
	const char *reason = reason_to_skip();
	char state[16] = "";
	int fd;

	if (reason)
		SKIP(return, "%s", reason);
	fd = open("/sys/module/silo/initstate", O_RDONLY | O_CLOEXEC);
	ASSERT_LE(0, fd);
	ASSERT_LT(0, read(fd, state, sizeof(state) - 1));
	EXPECT_STREQ("live\n", state);
	close(fd);
}

TEST(silofs_has_its_mount_point)
{
	const char *reason = reason_to_skip();
	struct stat status;

	if (reason)
		SKIP(return, "%s", reason);
	ASSERT_EQ(0, stat("/sys/fs/silo", &status));
	EXPECT_TRUE(S_ISDIR(status.st_mode));
}

TEST(netlink_family_resolves)
{
	const char *reason = reason_to_skip();

	if (reason)
		SKIP(return, "%s", reason);
	EXPECT_LE(GENL_MIN_ID, resolve_family("silo"));
}

/* Guards the test above: it must be able to fail. */
TEST(unknown_netlink_family_does_not_resolve)
{
	EXPECT_EQ(-ENOENT, resolve_family("no-such-family"));
}

TEST_HARNESS_MAIN
