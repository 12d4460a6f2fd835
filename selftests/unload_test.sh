#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Unloading the module: refused while it is in use, and without a trace when it succeeds
#
#	unload_test.sh [TEST...]
#
# The module is loaded and mounted again after each test.
#
# shellcheck disable=SC2317 # The tests are called by name.
# shellcheck source=siloctl.sh

. "$(dirname "${BASH_SOURCE[0]}")/siloctl.sh"

module=${SILO_KO:-$here/../build/$(uname -r)/silo.ko}

reload()
{
	[[ -d /sys/module/silo ]] || insmod "$module" || fail "insmod failed"
	mountpoint -q /sys/fs/silo || mount -t silofs silofs /sys/fs/silo
}

# Begins a test with nothing mounted; what was loaded and mounted is there again after it.
begin_unmounted()
{
	begin
	[[ -e $module ]] || skip "$module, which would have to be loaded again, is not there"
	trap '"$siloctl" rm -f "$name" 2> /dev/null; reload; cd /' EXIT
	umount /sys/fs/silo 2> /dev/null
	true
}

unload()
{
	rmmod silo 2> error
}

unload_is_refused_while_a_silo_runs()
{
	begin_unmounted
	gives 0 "$name" "" run -d --name "$name" -- sleep 1000
	if unload; then fail "it was unloaded"; fi
	grep -q "in use" error || fail "$(< error)"
	is "$("$siloctl" inspect "$name" | jq -r '.[0].state')" started
}

unload_is_refused_while_a_stopped_silo_keeps_its_exit_record()
{
	begin_unmounted
	gives 3 "" "" run --name "$name" -- sh -c 'exit 3'
	if unload; then fail "it was unloaded"; fi
	gives 0 "3" "" wait "$name"
}

unload_is_refused_while_silofs_is_mounted()
{
	begin_unmounted
	mount -t silofs silofs /sys/fs/silo
	if unload; then fail "it was unloaded"; fi
	umount /sys/fs/silo
	unload || fail "$(< error)"
}

unload_is_refused_while_a_file_of_silofs_is_open()
{
	begin_unmounted
	mount -t silofs silofs /sys/fs/silo
	exec 9< /sys/fs/silo/self/state
	umount -l /sys/fs/silo
	if unload; then fail "it was unloaded"; fi
	exec 9<&-
	unload || fail "$(< error)"
}

unload_leaves_nothing()
{
	begin_unmounted
	gives 0 "" "" run --rm --name "$name" -- true
	unload || fail "$(< error)"
	[[ ! -e /sys/fs/silo ]] || fail "the mount point is there"
	[[ ! -e /sys/module/silo ]] || fail "the module is there"
	! grep -q silofs /proc/filesystems || fail "the file system is there"
	"$siloctl" run --rm -- true 2> error
	is "$?" 125 "exit code of run"
	grep -q 'insmod.*--isolation=vm' error || fail "no hint: $(< error)"
}

load_and_unload_twenty_times_with_silos_between()
{
	local i

	begin_unmounted
	for ((i = 0; i < 20; i++)); do
		gives 0 "" "" run --rm --name "$name" -- true
		unload || fail "round $i: $(< error)"
		insmod "$module" || fail "round $i: insmod"
	done
}

ktap_select "$@"
ktap_run \
	unload_is_refused_while_a_silo_runs \
	unload_is_refused_while_a_stopped_silo_keeps_its_exit_record \
	unload_is_refused_while_silofs_is_mounted \
	unload_is_refused_while_a_file_of_silofs_is_open \
	unload_leaves_nothing \
	load_and_unload_twenty_times_with_silos_between
