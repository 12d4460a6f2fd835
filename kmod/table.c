// SPDX-License-Identifier: GPL-2.0-only
/*
 * silo - table: which silos exist
 *
 * Owns: the indexes by id, name and cgroup, and one memory reference of each
 * published silo. The host (id 0) is not in it.
 * Locks: writers hold silo_table_lock; readers only need RCU.
 * Not here: what the caller may see (view.h).
 */
#include <linux/rhashtable.h>
#include <linux/xarray.h>
#include <linux/netlink.h>

#include "silo.h"
#include "table.h"

/* Serializes creation and removal of silos; may sleep. Outermost lock, see silo.h. */
DEFINE_MUTEX(silo_table_lock);

static const struct rhashtable_params cgroup_params = {
	.key_len = sizeof_field(struct silo, cgroup),
	.key_offset = offsetof(struct silo, cgroup),
	.head_offset = offsetof(struct silo, cgroup_node),
	.automatic_shrinking = true,
};

static const struct rhashtable_params name_params = {
	.key_len = sizeof_field(struct silo, name),
	.key_offset = offsetof(struct silo, name),
	.head_offset = offsetof(struct silo, name_node),
	.automatic_shrinking = true,
};

/* All three are RCU-readable and changed under silo_table_lock. */
static DEFINE_XARRAY(by_id);
static struct rhashtable by_cgroup;
static struct rhashtable by_name;
static unsigned int count;
static u64 last_id;

int silo_table_init(void)
{
	int ret = rhashtable_init(&by_cgroup, &cgroup_params);

	if (ret)
		return ret;
	ret = rhashtable_init(&by_name, &name_params);
	if (ret)
		rhashtable_destroy(&by_cgroup);
	return ret;
}

/* Called when no silo is left: the module is pinned by each. */
void silo_table_exit(void)
{
	WARN_ON_ONCE(count);
	rhashtable_destroy(&by_name);
	rhashtable_destroy(&by_cgroup);
	xa_destroy(&by_id);
}

/*
 * silo_table_publish - give a silo its id and make it findable
 * @silo: complete but for its id, and for its name if that is empty; its reference goes to the table
 *
 * Ids of refused requests are used again; ids of silos never are.
 */
int silo_table_publish(struct silo *silo, struct netlink_ext_ack *extack)
{
	int ret;

	lockdep_assert_held(&silo_table_lock);

	silo->id = last_id + 1;
	if (!silo->name[0])
		snprintf(silo->name, sizeof(silo->name), "silo-%llu", silo->id);

	ret = rhashtable_lookup_insert_fast(&by_name, &silo->name_node, name_params);
	if (ret) {
		if (ret == -EEXIST)
			NL_SET_ERR_MSG(extack, "a silo of this name exists");
		return ret;
	}
	ret = rhashtable_lookup_insert_fast(&by_cgroup, &silo->cgroup_node, cgroup_params);
	if (ret) {
		if (ret == -EEXIST)
			NL_SET_ERR_MSG(extack, "the cgroup is bound to another silo");
		goto err_name;
	}
	ret = xa_err(xa_store(&by_id, silo->id, silo, GFP_KERNEL));
	if (ret)
		goto err_cgroup;
	last_id = silo->id;
	WRITE_ONCE(count, count + 1);
	return 0;

err_cgroup:
	rhashtable_remove_fast(&by_cgroup, &silo->cgroup_node, cgroup_params);
err_name:
	rhashtable_remove_fast(&by_name, &silo->name_node, name_params);
	return ret;
}

/* Make a silo unfindable; the table's reference goes to the caller. */
void silo_table_unpublish(struct silo *silo)
{
	lockdep_assert_held(&silo_table_lock);

	xa_erase(&by_id, silo->id);
	rhashtable_remove_fast(&by_cgroup, &silo->cgroup_node, cgroup_params);
	rhashtable_remove_fast(&by_name, &silo->name_node, name_params);
	WRITE_ONCE(count, count - 1);
}

unsigned int silo_table_count(void)
{
	return READ_ONCE(count);
}

/* A counted silo, or NULL. Under RCU the last reference may be gone already. */
static struct silo *get_unless_zero(struct silo *silo)
{
	return silo && refcount_inc_not_zero(&silo->refs) ? silo : NULL;
}

struct silo *silo_table_lookup_id(u64 id)
{
	struct silo *silo;

	rcu_read_lock();
	silo = get_unless_zero(xa_load(&by_id, id));
	rcu_read_unlock();
	return silo;
}

struct silo *silo_table_lookup_name(const char *name)
{
	char key[SILO_NAME_MAX + 1] = {};
	struct silo *silo;

	if (strscpy(key, name, sizeof(key)) < 0)
		return NULL;
	rcu_read_lock();
	silo = get_unless_zero(rhashtable_lookup(&by_name, key, name_params));
	rcu_read_unlock();
	return silo;
}

/* The counted silo with the smallest id above @after, or NULL. */
struct silo *silo_table_next(u64 after)
{
	unsigned long index = after;
	struct silo *silo;

	rcu_read_lock();
	do {
		silo = xa_find_after(&by_id, &index, ULONG_MAX, XA_PRESENT);
	} while (silo && !get_unless_zero(silo));
	rcu_read_unlock();
	return silo;
}

/* The borrowed silo that is bound to just this cgroup, or NULL. Under rcu_read_lock(). */
struct silo *silo_table_find_cgroup(struct cgroup *cgroup)
{
	return rhashtable_lookup(&by_cgroup, &cgroup, cgroup_params);
}

/* Whether a silo is bound to a cgroup below this one. */
bool silo_table_has_below(struct cgroup *cgroup)
{
	unsigned long index;
	struct silo *silo;

	lockdep_assert_held(&silo_table_lock);

	if (!READ_ONCE(cgroup->nr_descendants))
		return false;
	xa_for_each(&by_id, index, silo)
		if (cgroup_is_descendant(silo->cgroup, cgroup))
			return true;
	return false;
}
