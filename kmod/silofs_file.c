// SPDX-License-Identifier: GPL-2.0-only
/*
 * silofs - files: attributes of silos and values of keys, as text
 *
 * A read at the beginning makes the text anew; reads that go on see the same
 * text to its end. A file that polls tells a change of state since its text
 * was made, as sysfs files do, with POLLPRI and POLLERR.
 *
 * Locks: text->lock, around the making and reading of one open file's text.
 */
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/pid_namespace.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/wait.h>

#include "membership.h"
#include "silo.h"
#include "silofs_internal.h"

/* ---- attributes ---- */

static int set_text(char **text, size_t *size, char *made)
{
	if (!made)
		return -ENOMEM;
	*text = made;
	*size = strlen(made);
	return 0;
}

static int show_id(struct silo *silo, char **text, size_t *size)
{
	return set_text(text, size, kasprintf(GFP_KERNEL, "%llu\n", silo->id));
}

static int show_uuid(struct silo *silo, char **text, size_t *size)
{
	return set_text(text, size, kasprintf(GFP_KERNEL, "%pUb\n", &silo->uuid));
}

static int show_name(struct silo *silo, char **text, size_t *size)
{
	return set_text(text, size, kasprintf(GFP_KERNEL, "%s\n", silo->name));
}

static int show_state(struct silo *silo, char **text, size_t *size)
{
	static const char *const names[] = {
		[SILO_STATE_CREATED] = "created",
		[SILO_STATE_STARTED] = "started",
		[SILO_STATE_STOPPING] = "stopping",
		[SILO_STATE_STOPPED] = "stopped",
	};

	return set_text(text, size, kasprintf(GFP_KERNEL, "%s\n", names[silo_state(silo)]));
}

static int show_isolation(struct silo *silo, char **text, size_t *size)
{
	const char *name = silo->isolation == SILO_ISOLATION_VM ? "vm" : "process";

	return set_text(text, size, kasprintf(GFP_KERNEL, "%s\n", name));
}

/* The exit code as a shell shows it: 128 and the signal for a death by signal. Empty while there is none. */
static int show_exit(struct silo *silo, char **text, size_t *size)
{
	bool has_status;
	u32 status;

	mutex_lock(&silo->lock);
	has_status = silo->has_exit_status;
	status = silo->exit_status;
	mutex_unlock(&silo->lock);
	if (!has_status)
		return set_text(text, size, kstrdup("", GFP_KERNEL));
	return set_text(text, size, kasprintf(GFP_KERNEL, "%u\n",
					      status & 0x7f ? 128 + (status & 0x7f) : status >> 8 & 0xff));
}

static int show_stat(struct silo *silo, char **text, size_t *size)
{
	return set_text(text, size, kasprintf(GFP_KERNEL, "members %u\nkeys %u\nkey-bytes %llu\n",
					      silo_count_members(silo), READ_ONCE(silo->hive.entries),
					      READ_ONCE(silo->hive.bytes)));
}

/* A number of ten digits and a newline for each; members that the reader's pid namespace has no number for are left out. */
static int show_members(struct silo *silo, char **text, size_t *size)
{
	struct pid_namespace *ns = task_active_pid_ns(current);
	struct silo_member_list list;
	size_t i, room, used = 0;
	int ret = silo_member_list_fill(&list, silo);

	if (ret)
		return ret;
	room = list.count * 11 + 1;
	*text = kvmalloc(room, GFP_KERNEL);
	if (!*text)
		ret = -ENOMEM;
	for (i = 0; i < list.count && !ret; i++) {
		pid_t pid = pid_nr_ns(list.members[i].pid, ns);

		if (pid)
			used += scnprintf(*text + used, room - used, "%d\n", pid);
	}
	*size = used;
	silo_member_list_free(&list);
	return ret;
}

const struct silofs_attribute silofs_attributes[] = {
	{ "id", show_id },
	{ "uuid", show_uuid },
	{ "name", show_name },
	{ "state", show_state, .is_pollable = true },
	{ "isolation", show_isolation },
	{ "exit", show_exit, .is_pollable = true },
	{ "members", show_members },
	{ "stat", show_stat },
};
const size_t silofs_attributes_count = ARRAY_SIZE(silofs_attributes);

/* ---- open files ---- */

struct silofs_text {
	struct mutex lock;
	char *text;
	size_t size;
	int seen_changes;
};

static int silofs_file_open(struct inode *inode, struct file *file)
{
	struct silofs_text *text = kzalloc(sizeof(*text), GFP_KERNEL_ACCOUNT);

	if (!text)
		return -ENOMEM;
	mutex_init(&text->lock);
	text->seen_changes = atomic_read(&silofs_node(inode)->silo->state_changes);
	file->private_data = text;
	return 0;
}

static int silofs_file_release(struct inode *inode, struct file *file)
{
	struct silofs_text *text = file->private_data;

	kvfree(text->text);
	kfree(text);
	return 0;
}

static int make_text(struct silofs_text *text, const struct silofs_node *node)
{
	kvfree(text->text);
	text->text = NULL;
	text->size = 0;
	if (!silo_is_alive(node->silo))
		return -ENODEV;
	/* Before the text is made, so that no change goes unseen; pairs with the order in silo_move_state(). */
	text->seen_changes = atomic_read(&node->silo->state_changes);
	smp_rmb();
	if (node->kind == SILOFS_VALUE)
		return silofs_value_show(node, &text->text, &text->size);
	return node->attribute->show(node->silo, &text->text, &text->size);
}

static ssize_t silofs_file_read(struct file *file, char __user *to, size_t count, loff_t *pos)
{
	struct silofs_node *node = silofs_node(file_inode(file));
	struct silofs_text *text = file->private_data;
	ssize_t ret = 0;

	mutex_lock(&text->lock);
	if (*pos == 0 || !text->text)
		ret = make_text(text, node);
	if (!ret)
		ret = simple_read_from_buffer(to, count, pos, text->text, text->size);
	mutex_unlock(&text->lock);
	return ret;
}

static __poll_t silofs_file_poll(struct file *file, poll_table *table)
{
	struct silofs_node *node = silofs_node(file_inode(file));
	struct silofs_text *text = file->private_data;

	if (node->kind != SILOFS_ATTRIBUTE || !node->attribute->is_pollable)
		return DEFAULT_POLLMASK;
	poll_wait(file, &node->silo->wait, table);
	if (READ_ONCE(text->seen_changes) != atomic_read(&node->silo->state_changes))
		return DEFAULT_POLLMASK | EPOLLERR | EPOLLPRI;
	return DEFAULT_POLLMASK;
}

const struct file_operations silofs_file_fops = {
	.open = silofs_file_open,
	.release = silofs_file_release,
	.read = silofs_file_read,
	.poll = silofs_file_poll,
	.llseek = default_llseek,
};
