/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * silo-vm - kernel: the kernel that a guest boots
 */
#ifndef SILO_VM_KERNEL_H
#define SILO_VM_KERNEL_H

struct kernel {
	char *image;		/* as the distribution or the user gave it */
	char *boot;		/* what QEMU boots: the same uncompressed, in the cache, or image */
	char *release;
	char *modules;		/* folder of its modules: /lib/modules/RELEASE */
	char *silo_module;	/* silo.ko for it */
};

/*
 * kernel_find - choose a kernel, its modules and silo.ko for it
 * @file: image to use; NULL: $SILO_VM_KERNEL, else the running kernel's if it is installed, else the newest
 *	that has all
 */
int kernel_find(struct kernel *kernel, const char *file);

/* kernel_uncompress - set boot; uses the cache, and falls back to the image as it is */
int kernel_uncompress(struct kernel *kernel);

/* kernel_destroy - free what it holds */
void kernel_destroy(struct kernel *kernel);

#endif
