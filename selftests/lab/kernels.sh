# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# lab - kernels: where the parts of each supported kernel are
#
# Sourced by `lab`. To support one more kernel, add its name to KERNELS and a case below. kernel_find NAME sets
#   kernel_release  as in uname -r        kernel_image    the bzImage, as the distribution ships it
#   kernel_modules  its module folder     kernel_options  more words for its command line
# or prints what is missing and returns 1. silo.ko is expected in <checkout>/build/$kernel_release/.

# Used by the file that sources this one.
# shellcheck disable=SC2034
KERNELS=(6.1)

kernel_find()
{
	local name=$1

	kernel_options=
	case $name in
	6.1)
		kernel_installed "$name" || return
		;;
	*)
		return 1
		;;
	esac
	if [[ ! -r $kernel_image ]]; then
		echo "lab: kernel $name: cannot read $kernel_image" >&2
		return 1
	fi
}

# The newest kernel of series $1 that the distribution's packages installed on this machine.
kernel_installed()
{
	local series=$1

	kernel_modules=$(printf '%s\n' /lib/modules/"$series"*/modules.dep | sort -V | tail -n 1)
	kernel_modules=${kernel_modules%/modules.dep}
	kernel_release=${kernel_modules##*/}
	kernel_image=/boot/vmlinuz-$kernel_release
	if [[ ! -r $kernel_modules/modules.dep ]]; then
		echo "lab: kernel $series: none in /lib/modules; install linux-image-amd64" >&2
		return 1
	fi
}
