# SPDX-License-Identifier: GPL-2.0-only
#
# silo
#
#	make			the module and all programs
#	make module		silo.ko for KVER, in build/KVER/
#				("make -C /lib/modules/KVER/build M=$PWD" makes it in place)
#	make install		DESTDIR=, PREFIX=/usr/local, and the module if it was built
#	make generate		what is made from kmod/silo.yaml, after that was changed
#	make check		the tests; on Debian, installs what they need
#	make check-kvm		VM mode under the lab's own, emulated virtualization
#	make demo, bench	the main job on real input; the figures
#	make lint		what has to be quiet before a change goes in
#
# KVER	kernel to build for: the running one, or the newest whose headers are installed
# KDIR	where its headers are

PREFIX ?= /usr/local
export PREFIX

newest_kver := $(lastword $(shell printf '%s\n' $(patsubst /lib/modules/%/build/Makefile,%,$(wildcard \
	/lib/modules/*/build/Makefile)) | sort -V))
running_kver := $(shell uname -r)
KVER ?= $(strip $(if $(wildcard /lib/modules/$(running_kver)/build/Makefile),$(running_kver),\
	$(or $(newest_kver),$(running_kver))))
KDIR ?= /lib/modules/$(KVER)/build

PROGRAMS := $(patsubst %/Makefile,%,$(wildcard lib/Makefile cli/Makefile vm-launcher/Makefile))

all: module programs

programs: $(PROGRAMS) selftests

cli vm-launcher selftests: lib

lib cli vm-launcher selftests:
	+$(MAKE) -C $@

# ---- module ------------------------------------------------------------------

# The sources are linked into a directory for each kernel, which keeps what is built for each apart.
farm = @set -e; mkdir -p $(1)/kmod/generated; \
	find $(1)/kmod -name '*.[ch]' -type l -delete; \
	rm -rf $(1)/kmod/include; \
	ln -sf ../../Kbuild $(1)/Kbuild; \
	ln -s ../../../kmod/include $(1)/kmod/include; \
	ln -sf $(addprefix ../../../,$(wildcard kmod/*.[ch])) $(1)/kmod/; \
	ln -sf $(addprefix ../../../../,$(wildcard kmod/generated/*.[ch])) $(1)/kmod/generated/

module: headers
	$(call farm,build/$(KVER))
	+$(MAKE) -C $(KDIR) M=$(CURDIR)/build/$(KVER) modules

headers:
	@test -e $(KDIR)/Makefile || { \
		echo "There are no headers of kernel $(KVER) in $(KDIR)." \
			"Install the package linux-headers-$(KVER) (Debian, Ubuntu)" \
			"or kernel-devel-$(KVER) (Fedora)," \
			"or name another kernel with KVER=." >&2; exit 1; }

# ---- install -----------------------------------------------------------------

install: $(addprefix install-,$(PROGRAMS))
	if [ -e build/$(KVER)/silo.ko ]; then \
		install -D -m 644 -t $(DESTDIR)/lib/modules/$(KVER)/updates build/$(KVER)/silo.ko || exit; \
		if [ -z "$(DESTDIR)" ]; then depmod $(KVER); fi; \
	fi

install-%:
	+$(MAKE) -C $* install

clean:
	+for program in $(PROGRAMS); do $(MAKE) -C $$program clean || exit; done
	rm -rf build

# ---- generated files ---------------------------------------------------------

generate:
	kmod/silo-gen.py

check-generated:
	kmod/silo-gen.py --check

# ---- tests -------------------------------------------------------------------

check:
	packaging/install-dependencies test
	+$(MAKE) all
	selftests/check --slow

# Apart, since a guest in an emulated machine with emulated virtualization sometimes hangs for minutes.
check-kvm: all
	selftests/lab/lab -- $(CURDIR)/selftests/kvm/siloctl_kvm_test.sh

bench: all
	selftests/lab/lab -- $(CURDIR)/selftests/bench/run_bench.sh

demo:
	selftests/demo

lint: check-generated headers
	$(call farm,build/lint)
	rm -f build/lint/kmod/*.o build/lint/kmod/generated/*.o
	+$(MAKE) -C $(KDIR) M=$(CURDIR)/build/lint W=1 KCFLAGS=-Werror modules
	+$(MAKE) -C $(KDIR) M=$(CURDIR)/build/lint C=2 modules > build/lint/sparse 2>&1 || \
		{ cat build/lint/sparse; exit 1; }
	! grep -E '^[^ ]*kmod/.*(warning|error):' build/lint/sparse
	+$(MAKE) -C lib check-exports
	git ls-files -co --exclude-standard | while read -r file; do \
		! head -n 1 "$$file" | grep -qE '^#!.*[/ ](ba)?sh|^# shellcheck shell=' || echo "$$file"; \
	done | xargs shellcheck -x -P SCRIPTDIR

.PHONY: all programs $(PROGRAMS) selftests module headers install clean generate check-generated
.PHONY: check check-kvm bench demo lint
