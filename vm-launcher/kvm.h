/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * silo-vm - kvm: whether hardware virtualization really works here
 */
#ifndef SILO_VM_KVM_H
#define SILO_VM_KVM_H

#include <stdbool.h>

struct kvm_verdict {
	bool is_usable;
	char sentence[256];
};

/* kvm_probe - find out by running a few instructions in a real virtual machine; takes 3 seconds at most */
void kvm_probe(struct kvm_verdict *verdict);

/* kvm_probe_cached - the same, once per boot: the verdict is kept in the runtime directory @runtime */
void kvm_probe_cached(const char *runtime, struct kvm_verdict *verdict);

#endif
