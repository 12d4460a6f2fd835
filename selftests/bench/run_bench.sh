#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# bench - run_bench: the start of a silo compared with other runtimes, all in one boot
#
# Usage: selftests/lab/lab selftests/bench/run_bench.sh [ROUNDS]     (default 40)
# What is timed: from starting the tool to its end, of a program that only exits. All make pid, ipc, uts, mount, net and cgroup namespaces, /proc,
# a small /dev with devpts, shm and mqueue, a read-only /sys and no_new_privs; before the timing it is checked that they do. What differs:
# bwrap makes no cgroup; crun and bwrap use the root folder as it is, siloctl and floor put an overlay over it; floor.c is what no tool can
# be faster than. See interleave.c for how. Ends with 1 if siloctl takes more than 0.70 of crun's time, or if anything failed or was left behind.
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
programs=${here%/*/*}/build/selftests/silo/bench
rounds=${1:-40}
limit=0.70

# What a probe prints inside each contender.
# shellcheck disable=SC2016
probe='for i in pid ipc uts mnt net cgroup; do echo "$i $(/busybox readlink /proc/self/ns/$i)"; done
	/busybox awk "{ print \"mount\", \$5 }" /proc/self/mountinfo
	/busybox grep NoNewPrivs /proc/self/status
	echo cgroup-path $(/busybox cat /proc/self/cgroup)'

die()
{
	echo "run_bench: $*" >&2
	exit 1
}

make_rootfs()
{
	local busybox
	busybox=$(type -P busybox) || die "busybox is not installed"
	mkdir -p "$work/rootfs"/{proc,sys,dev,tmp,run,etc,mnt,root}
	cp "$programs/payload" "$work/rootfs/true"
	cp "$busybox" "$work/rootfs/busybox"
	ln -s busybox "$work/rootfs/sh"
}

# An OCI bundle in the folder $1 that runs the words after it.
make_bundle()
{
	local folder=$1 words
	shift
	words=$(printf '%s\0' "$@" | perl -0ne 'chomp; s/([\\"])/\\$1/g; s/\n/\\n/g; s/\t/\\t/g; push @w, "\"$_\""; END { print join ", ", @w }')
	mkdir -p "$folder"
	cat >"$folder/config.json" <<-END
	{
		"ociVersion": "1.0.2",
		"process": {
			"terminal": false, "user": { "uid": 0, "gid": 0 }, "cwd": "/", "noNewPrivileges": true,
			"args": [ $words ], "env": [ "PATH=/" ],
			"capabilities": { "bounding": [ "CAP_KILL" ], "effective": [ "CAP_KILL" ], "permitted": [ "CAP_KILL" ] }
		},
		"root": { "path": "$work/rootfs", "readonly": false },
		"hostname": "bench",
		"mounts": [
			{ "destination": "/proc", "type": "proc", "source": "proc" },
			{ "destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": [ "nosuid", "mode=755", "size=65536k" ] },
			{ "destination": "/dev/pts", "type": "devpts", "source": "devpts",
				"options": [ "nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620" ] },
			{ "destination": "/dev/shm", "type": "tmpfs", "source": "shm", "options": [ "nosuid", "noexec", "nodev", "mode=1777", "size=65536k" ] },
			{ "destination": "/dev/mqueue", "type": "mqueue", "source": "mqueue", "options": [ "nosuid", "noexec", "nodev" ] },
			{ "destination": "/sys", "type": "sysfs", "source": "sysfs", "options": [ "nosuid", "noexec", "nodev", "ro" ] }
		],
		"linux": {
			"cgroupsPath": "/bench-crun",
			"namespaces": [ { "type": "pid" }, { "type": "ipc" }, { "type": "uts" }, { "type": "mount" }, { "type": "network" }, { "type": "cgroup" } ]
		}
	}
	END
}

# Sets the array command to contender $1's way of running the words after it.
command_of()
{
	local name=$1 bundle
	shift
	case $name in
	siloctl) command=(siloctl run --rm --image "$work/rootfs" -- "$@") ;;
	crun)
		bundle=$work/bundle-$(printf '%s\0' "$@" | cksum | cut -d' ' -f1)
		make_bundle "$bundle" "$@"
		command=(crun --cgroup-manager=cgroupfs run --bundle "$bundle" "bench{}")
		;;
	bwrap)
		command=(bwrap --as-pid-1 --unshare-pid --unshare-ipc --unshare-uts --unshare-net --unshare-cgroup --hostname bench
			--bind "$work/rootfs" / --proc /proc --dev /dev --mqueue /dev/mqueue --ro-bind /sys /sys
			--cap-drop ALL --cap-add CAP_KILL -- "$@")
		;;
	floor) command=("$programs/floor" bench-floor "$work/rootfs" "$@") ;;
	esac
}

# Looks into contender $1: does it really isolate what the others isolate?
verify()
{
	local name=$1 seen kind target
	command_of "$name" /sh -c "$probe"
	seen=$("${command[@]//'{}'/-probe}" 2>"$work/errors" </dev/null) || die "$name: the probe failed: $(tail -n 3 "$work/errors") $seen"
	for kind in pid ipc uts mnt net cgroup; do
		grep -q "^$kind $kind:\[" <<<"$seen" || die "$name: no $kind namespace seen"
		! grep -qF "$kind $(readlink /proc/self/ns/$kind)" <<<"$seen" || die "$name: the $kind namespace is the lab's"
	done
	for target in / /proc /dev /dev/pts /dev/mqueue /sys; do
		grep -qxF "mount $target" <<<"$seen" || die "$name: nothing is mounted on $target: $seen"
	done
	! grep -q "^mount .*$work" <<<"$seen" || die "$name: sees the lab's mounts"
	grep -q "^NoNewPrivs:.*1$" <<<"$seen" || echo "note: $name does not set no_new_privs"
	[[ $name == bwrap ]] || grep -qxF "cgroup-path 0::/" <<<"$seen" || die "$name: not in a cgroup of its own: $(grep cgroup-path <<<"$seen")"
	command_of "$name" /true
	"${command[@]//'{}'/-true}" </dev/null || die "$name: the payload ended with $?"
}

# What must be the same before and after.
leftovers()
{
	echo "cgroups $(find /sys/fs/cgroup -type d | sort | tr '\n' ' ')"
	echo "mounts $(wc -l </proc/self/mountinfo)"
	[[ ! -d /sys/fs/silo ]] || echo "silos $(ls /sys/fs/silo)"
}

count_syscalls()
{
	local name
	for name in "${contenders[@]}"; do
		command_of "$name" /true
		strace -f -qq -c -o "$work/calls" "${command[@]//'{}'/-strace}" </dev/null >/dev/null 2>&1
		printf '%-10s %s\n' "$name" "$(awk '$NF == "total" { print $4 }' "$work/calls")"
	done
}

interleave()
{
	local name words=()
	for name in "${contenders[@]}"; do
		command_of "$name" /true
		((${#words[@]})) && words+=(---)
		words+=("$name" "${command[@]}")
	done
	"$@" "$programs/interleave" -r "$rounds" -b crun "${words[@]}"
}

main()
{
	local name status=0 before
	[[ -x $programs/interleave ]] || die "build the programs first: make -C selftests"
	work=$(mktemp -d /tmp/bench.XXXXXX)
	make_rootfs

	contenders=()
	for name in siloctl crun bwrap floor; do
		if [[ $name == floor ]] || type -P "$name" >/dev/null; then
			verify "$name"
			contenders+=("$name")
		else
			echo "note: $name is not installed, left out"
		fi
	done
	[[ " ${contenders[*]} " == *" crun "* ]] || die "crun is what the others are compared with"

	echo "kernel $(uname -r), $(nproc) processors, $(crun --version | head -n 1), $(bwrap --version), $rounds rounds"
	before=$(leftovers)
	printf '\n%s\n' "real-time priority"
	interleave chrt -f 1 || status=1
	printf '\n%s\n' "normal priority"
	interleave env | tee "$work/table" || status=1
	printf '\n%s\n' "system calls"
	count_syscalls
	sleep 1
	[[ $(leftovers) == "$before" ]] || { status=1; echo "left behind: $(diff <(echo "$before") <(leftovers))"; }

	echo
	awk -v limit=$limit '$1 == "siloctl" { found = 1; printf "siloctl/crun = %s (limit %s)\n", $NF, limit; exit $NF > limit }
		END { if (!found) print "siloctl/crun: siloctl was not there" }' "$work/table" || status=1
	exit $status
}

main
