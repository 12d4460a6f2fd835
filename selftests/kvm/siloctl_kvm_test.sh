#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# VM mode where the host has silo.ko and a KVM that works: the host's silo holds the machine
#
#	siloctl_kvm_test.sh [TEST...]
#
# One machine serves all tests, since it boots slowly where the lab itself is emulated.
#
# shellcheck disable=SC2317 # The tests are called by name.
# shellcheck disable=SC2154 # siloctl.sh sets variables.
# shellcheck source=../siloctl.sh

. "$(dirname "${BASH_SOURCE[0]}")/../siloctl.sh"

machine=kvm$$
trap '"$siloctl" rm -f "$machine" 2> /dev/null; rm -rf "$work"' EXIT

# Begins a test, with the machine running.
begin_vm()
{
	begin
	modprobe -q kvm_amd || modprobe -q kvm_intel || skip "this processor has no virtualization"
	said=$("$here/../vm-launcher/silo-vm" probe) || skip "$said"
	"$siloctl" inspect "$machine" > /dev/null 2>&1 && return
	gives 0 "$machine" "" run -d --name "$machine" --isolation=vm -m 128M -- sleep 1000000
}

qemu()
{
	pgrep -f -- "-name silo-$machine "
}

probe_says_that_hardware_does_it()
{
	begin_vm
	[[ $said == *"at the speed of hardware"* ]] || fail "$said"
}

machine_is_a_silo_of_the_host()
{
	begin_vm
	is "$("$siloctl" which "$(qemu)" --json | jq -r .name)" "$machine"
	is "$(< "/sys/fs/silo/$machine/isolation")" vm
	is "$(< "/sys/fs/silo/$machine/members")" "$(qemu)"
}

exec_is_in_the_guest()
{
	local inside

	begin_vm
	# The clock of a kernel begins with its boot.
	inside=$("$siloctl" exec "$machine" cut -d . -f 1 /proc/uptime) || fail "exec"
	((inside < $(cut -d . -f 1 /proc/uptime))) || fail "an uptime of $inside s is not the guest's"
	is "$("$siloctl" exec "$machine" cat /sys/fs/silo/self/name)" "$machine"
}

keys_are_those_of_the_guest()
{
	begin_vm
	works key set "$machine" 'HKLM\Software\Web\Port' dword 8081
	gives 0 "8081" "" key get "$machine" 'HKLM\Software\Web\Port'
	gives 0 "8081" "" exec "$machine" cat /sys/fs/silo/self/keys/HKLM/Software/Web/Port
}

limit_of_memory_holds_on_the_host()
{
	local limit

	begin_vm
	limit=$(< "/sys/fs/cgroup/silo/$machine/memory.max")
	[[ $limit != max ]] || fail "there is none"
	((limit < 1 << 30)) || fail "it is $limit"
}

name_of_a_machine_is_taken_for_process_mode_too()
{
	begin_vm
	"$siloctl" run --name "$machine" -- true 2> error
	is "$?" 125 "exit code of run"
	grep -q "a silo of this name is running" error || fail "$(< error)"
}

killing_the_supervisor_ends_all()
{
	local supervisor

	begin_vm
	supervisor=$("$siloctl" inspect "$machine" | jq -r '.[0].vm.supervisor')
	kill -9 "$supervisor"
	no_qemu()
	{
		! qemu > /dev/null
	}
	await no_qemu
	"$siloctl" rm -f "$machine" || fail "rm"
	[[ ! -e /sys/fs/cgroup/silo/$machine ]] || fail "its cgroup is there"
	[[ ! -e /sys/fs/silo/$machine ]] || fail "its silo is there"
	[[ ! -e /run/silo/vm/$machine ]] || fail "its folder is there"
}

ktap_select "$@"
ktap_run \
	probe_says_that_hardware_does_it \
	machine_is_a_silo_of_the_host \
	exec_is_in_the_guest \
	keys_are_those_of_the_guest \
	limit_of_memory_holds_on_the_host \
	name_of_a_machine_is_taken_for_process_mode_too \
	killing_the_supervisor_ends_all
