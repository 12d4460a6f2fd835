// SPDX-License-Identifier: GPL-2.0-only
/*
 * silo - main: starts and stops the parts
 */
#include <linux/module.h>

#include "netlink.h"
#include "silo.h"
#include "silofs.h"
#include "table.h"
#include "teardown.h"

static int __init silo_init(void)
{
	int ret = silo_table_init();

	if (ret)
		return ret;
	ret = silo_teardown_init();
	if (ret)
		goto err_table;
	ret = silo_host_create();
	if (ret)
		goto err_teardown;
	ret = silofs_init();
	if (ret)
		goto err_host;
	ret = silo_nl_init();
	if (ret)
		goto err_silofs;
	return 0;

err_silofs:
	silofs_exit();
err_host:
	silo_host_destroy();
err_teardown:
	silo_teardown_exit();
err_table:
	silo_table_exit();
	return ret;
}

/* Runs only when no silo, mount or open file is left: each of them pins the module. */
static void __exit silo_exit(void)
{
	silo_nl_exit();
	silofs_exit();
	silo_teardown_exit();
	silo_host_destroy();
	silo_table_exit();
}

module_init(silo_init);
module_exit(silo_exit);

MODULE_DESCRIPTION("Silos: one kernel object for a container's processes, namespaces, files and keys");
MODULE_AUTHOR("The silo developers");
MODULE_LICENSE("GPL");
MODULE_VERSION("0.1.0");
MODULE_ALIAS_GENL_FAMILY(SILO_GENL_NAME);
