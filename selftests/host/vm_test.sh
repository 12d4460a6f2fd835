#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# vm - silos in virtual machines, on this machine as it is
#
#	vm_test.sh [TEST...]
#
# Real guests are booted, one at a time, with hardware virtualization where it works and emulated elsewhere. Some tests share a silo
# named "shared", which the first of them makes.

# Tests are called by name. Paths of keys end with backslashes. What guests expand is quoted.
# shellcheck disable=SC2317,SC1003,SC2016
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
checkout=${here%/*/*}
# shellcheck source-path=SCRIPTDIR
source "$here/../ktap.sh"

export PATH=$checkout/cli:$checkout/vm-launcher:$PATH
folder=$(mktemp -d)
export SILO_RUNTIME_DIR=$folder/run
runtime=$SILO_RUNTIME_DIR/vm

finish()
{
	local name
	for name in "$runtime"/*; do
		[[ -d $name ]] && siloctl rm -f "${name##*/}" 2>/dev/null
	done
	rm -rf "$folder"
}
trap finish EXIT

# Why no VM can be tested here; nothing if one can.
missing()
{
	if ((EUID != 0)); then
		echo "not root"
	elif ! type -P siloctl silo-vm >/dev/null; then
		echo "siloctl and silo-vm are not built"
	elif ! echo '{"version":1,"isolation":"vm","command":["true"]}' | silo-vm run --dry-run - >"$folder/plan" 2>"$folder/error"; then
		sed 's/^silo-vm: //' "$folder/error"
	fi
}
missing=$(missing)

needs_vm()
{
	[[ -z $missing ]] || skip "$missing"
}

# run ARGUMENT...: a silo that goes when it ends; sets output, error and status
run()
{
	output=$(siloctl run --isolation=vm --rm "$@" 2>"$folder/error")
	status=$?
	error=$(<"$folder/error")
}

# The silo that several tests look at. Left alone by all of them but the last.
needs_shared()
{
	needs_vm
	mkdir -p "$folder/volume"
	echo neighbour >"$folder/neighbour"
	echo single >"$folder/single"
	[[ -d $runtime/shared ]] && return
	siloctl run -d --isolation=vm --name shared -m 256M -e COLOR=blue -w /usr -v "$folder/volume:/volume" \
		-v "$folder/single:/only/single:ro" -- sleep 1000 >/dev/null || fail "the shared silo can't be made"
}

inside()
{
	siloctl exec shared "$@"
}

# The pid of a silo's supervisor, and that of its QEMU.
supervisor_of()
{
	cat "$runtime/$1/lock"
}

qemu_of()
{
	siloctl inspect "$1" | sed -n 's/.*"init-pid": \([0-9]*\).*/\1/p'
}

# gone PID: whether a process has ended; what is left for its parent to take does not count
gone()
{
	local tries state
	for ((tries = 0; tries < 50; tries++)); do
		state=$(sed -n 's/^State:\t\(.\).*/\1/p' "/proc/$1/status" 2>/dev/null)
		[[ -z $state || $state == Z ]] && return
		sleep 0.1
	done
	return 1
}

nothing_is_left()
{
	local left
	left=$(ls -A "$runtime")
	is "${left//shared/}" "" "what is left in the runtime directory"
}

# --- the launcher alone ---------------------------------------------------------------------------------------------------------------

probe_answers_within_its_time_limit()
{
	type -P silo-vm >/dev/null || skip "silo-vm is not built"
	local answer status
	answer=$(timeout 6 silo-vm probe)
	status=$?
	((status <= 1)) || fail "exit code $status"
	[[ $answer == /dev/kvm* ]] || fail "it says '$answer'"
}

dry_run_prints_the_command_line_and_does_nothing()
{
	needs_vm
	local name='a,b c'
	mkdir "$folder/$name"
	cat >"$folder/spec" <<END
{"version":1,"name":"dry","isolation":"vm","command":["true"],"memory":100663296,"cpus":2500,
"mounts":[{"source":"$folder/$name","target":"/x","read-only":true}]}
END
	output=$(silo-vm run --dry-run "$folder/spec") || fail "exit code $?"
	grep -q '^name: dry$' <<<"$output" || fail "$output"
	grep -q -e '-smp 3 -m 256M ' <<<"$output" || fail "$output"
	grep -q "^share: volume0: $folder/$name as $runtime/0, read-only" <<<"$output" || fail "$output"
	grep -q -e '-sandbox on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny' <<<"$output" || fail "$output"
	[[ ! -e $runtime ]] || nothing_is_left
}

what_is_missing_is_named()
{
	needs_vm
	local spec='{"version":1,"name":"m","isolation":"vm","command":["true"]}'
	error=$(SILO_QEMU=/nonexistent silo-vm run --dry-run - <<<"$spec" 2>&1) && fail "it goes on without QEMU"
	[[ $error == *"there is no qemu-system-x86_64"* ]] || fail "$error"
	error=$(silo-vm run --dry-run --kernel /etc/passwd - <<<"$spec" 2>&1) && fail "it takes any file for a kernel"
	is "$error" "silo-vm: /etc/passwd is no Linux kernel for x86-64"
	error=$(siloctl run --isolation=vm -v /nonexistent:/x -- true 2>&1) && fail "it goes on without the volume"
	[[ $error == *"/nonexistent: No such file or directory" ]] || fail "$error"
	nothing_is_left
}

usage_errors_have_exit_code_2()
{
	type -P silo-vm >/dev/null || skip "silo-vm is not built"
	local arguments
	for arguments in "" "walk" "run" "run -x -" "run a b" "run --timeout x -" "probe x"; do
		# shellcheck disable=SC2086
		silo-vm $arguments </dev/null >/dev/null 2>&1
		is $? 2 "exit code of 'silo-vm $arguments'"
	done
	silo-vm run - <<<'{"version":1}' >/dev/null 2>&1
	is $? 2 "exit code with a bad spec"
}

# --- one command ----------------------------------------------------------------------------------------------------------------------

streams_and_exit_code_come_through()
{
	needs_vm
	run -i -- sh -c 'cat; uname -r; echo wrong >&2; exit 42' < <(echo input)
	is "$output" "input"$'\n'"$(sed -n 's/^kernel: .* (\(.*\)),.*/\1/p' "$folder/plan")" "its output"
	is "$error" "wrong" "its standard error"
	is "$status" 42 "its exit code"
	nothing_is_left
}

a_command_that_is_missing_gives_127()
{
	needs_vm
	run --name missing -- /nonexistent/command
	is "$status" 127 "the exit code"
	[[ $error == "siloctl: missing: cannot run: /nonexistent/command"* ]] || fail "$error"
	nothing_is_left
}

a_terminal_has_size_and_keys()
{
	needs_shared
	type -P script >/dev/null || skip "script(1) is not installed"
	local command='stty rows 31 cols 77; siloctl exec -it shared sh -c "tty; stty size; trap \"echo interrupted; exit 3\" INT; echo ready; sleep 20 & wait"; echo code $?'
	# ^C, once it is ready.
	output=$( (sleep 6; printf '\003'; sleep 3) | timeout 30 script -qec "$command" /dev/null | tr -d '\r')
	[[ $output == *"/dev/pts/"* ]] || fail "no terminal: $output"
	[[ $output == *"31 77"* ]] || fail "another size: $output"
	[[ $output == *"interrupted"*"code 3"* ]] || fail "^C did not arrive: $output"
}

# --- a silo that runs -----------------------------------------------------------------------------------------------------------------

exec_runs_in_the_silo_of_the_guest()
{
	needs_shared
	is "$(inside sh -c 'hostname; pwd; echo $COLOR; id -u')" $'shared\n/usr\nblue\n0'
	inside sh -c 'exit 7'
	is $? 7 "the exit code"
	inside sh -c 'kill -TERM $$'
	is $? 143 "the exit code after a signal"
	inside /nonexistent 2>/dev/null
	is $? 127 "the exit code of a missing command"
	is "$(inside sh -c 'echo wrong >&2' 2>&1 >/dev/null)" "wrong" "the standard error"
}

megabytes_pass_both_ways()
{
	needs_shared
	is "$(head -c 3000000 /dev/zero | siloctl exec -i shared wc -c)" 3000000 "bytes of input"
	is "$(inside head -c 3000000 /dev/zero | wc -c)" 3000000 "bytes of output"
}

a_stalled_reader_stalls_only_itself()
{
	needs_shared
	local stalled
	inside sh -c 'yes' > >(sleep 8) 2>/dev/null &
	stalled=$!
	sleep 2
	is "$(timeout 20 siloctl exec shared echo still here)" "still here"
	kill "$stalled"
	wait "$stalled"
	return 0
}

output_that_nobody_reads_ends_its_command()
{
	needs_shared
	is "$(inside yes | head -n 1)" y
	sleep 1
	siloctl ps shared | grep -q yes && fail "yes still runs"
	return 0
}

keys_live_in_the_guest()
{
	needs_shared
	siloctl key set shared 'HKLM\Software\Web\Port' dword 8081 || fail "it can't be set"
	is "$(siloctl key get shared 'HKLM\Software\Web\Port')" 8081
	is "$(inside cat /sys/fs/silo/self/keys/HKLM/Software/Web/Port | head -c 4)" 8081 "the same as a file in the silo"
	siloctl key list shared 'HKLM\Software' | grep -q '^Web' || fail "it is not listed"
	siloctl key delete shared 'HKLM\Software\Web\Port' || fail "it can't be deleted"
	siloctl key get shared 'HKLM\Software\Web\Port' 2>/dev/null
	is $? 1 "the exit code for a deleted value"
}

ls_ps_and_inspect_tell_of_it()
{
	needs_shared
	siloctl ls | grep -Eq '^shared +.* started +vm ' || fail "$(siloctl ls)"
	siloctl ps shared | grep -Eq ' 1 +.* sleep' || fail "$(siloctl ps shared)"
	siloctl inspect shared | grep -q '"isolation": "vm"' || fail "$(siloctl inspect shared)"
	kill -0 "$(qemu_of shared)" || fail "its init-pid is not that of QEMU"
}

volumes_are_shared_and_nothing_beside_them()
{
	needs_shared
	inside sh -c 'echo from inside > /volume/file; mkdir /volume/folder; chown 1000:1001 /volume/file' || fail "it can't be written to"
	is "$(<"$folder/volume/file")" "from inside"
	is "$(stat -c %u:%g "$folder/volume/file")" 1000:1001 "its owner"
	is "$(inside cat /only/single)" single
	inside sh -c 'echo changed > /only/single' 2>/dev/null && fail "a read-only volume was written to"
	is "$(<"$folder/single")" single
	is "$(inside ls /only)" single "a single file and its neighbours"
}

the_hosts_files_are_below_and_stay_as_they_are()
{
	needs_shared
	local file=/etc/silo-vm-test.$$
	is "$(inside sha256sum /etc/passwd)" "$(sha256sum /etc/passwd)" "a file of the host"
	inside sh -c "echo private > $file && cat $file" >/dev/null || fail "its root can't be written to"
	[[ ! -e $file ]] || fail "$file was written on the host"
	is "$(inside sh -c 'ls /run | head -n 3; ls -d /proc/[0-9]* | wc -l | grep -cx "[0-9]"')" 1 "the host's /run and processes"
}

qemu_has_no_way_out()
{
	needs_shared
	local pid kind
	pid=$(qemu_of shared)
	for kind in mnt pid net ipc uts; do
		[[ $(readlink "/proc/$pid/ns/$kind") != $(readlink "/proc/self/ns/$kind") ]] || fail "it is in our $kind namespace"
	done
	grep -q '^NoNewPrivs:	1' "/proc/$pid/status" || fail "it can get privileges"
	grep -q '^Seccomp:	2' "/proc/$pid/status" || fail "it may call anything"
	grep -q '^CapBnd:	000000000000001[bf]' "/proc/$pid/status" || fail "$(grep Cap "/proc/$pid/status")"
	nsenter -t "$pid" -m touch "$folder/neighbour" 2>/dev/null && fail "it can write to the host's files"
	is "$(nsenter -t "$pid" -m ls /run | grep -v silo)" "" "what it sees in /run"
}

a_name_that_is_taken_is_refused()
{
	needs_shared
	error=$(siloctl run --isolation=vm --name shared -- true 2>&1) && fail "it was given twice"
	[[ $error == *"a silo of this name is running"* ]] || fail "$error"
	siloctl rm shared 2>/dev/null && fail "it was removed while it runs"
	is "$(inside echo alive)" alive
}

stop_ends_it_and_keeps_the_record()
{
	needs_shared
	local pid supervisor
	pid=$(qemu_of shared)
	supervisor=$(supervisor_of shared)
	siloctl wait shared >"$folder/waited" &
	siloctl stop -t 1 shared >/dev/null || fail "it can't be stopped"
	wait $!
	is "$(<"$folder/waited")" 137 "what wait prints"
	gone "$pid" || fail "QEMU still runs"
	gone "$supervisor" || fail "silo-vm still runs"
	siloctl ls | grep -Eq '^shared +.* stopped \(137\)' || fail "$(siloctl ls)"
	siloctl exec shared true 2>/dev/null && fail "a command was executed in a stopped silo"
	siloctl rm shared || fail "it can't be removed"
	nothing_is_left
}

# --- what goes wrong ------------------------------------------------------------------------------------------------------------------

needs_victim()
{
	needs_vm
	siloctl run -d --isolation=vm --name victim -- sleep 1000 >/dev/null || fail "no silo can be made"
}

a_killed_supervisor_takes_its_machine_along()
{
	needs_victim
	local pid
	pid=$(qemu_of victim)
	kill -KILL "$(supervisor_of victim)"
	gone "$pid" || fail "QEMU still runs"
	siloctl ls | grep -Eq '^victim +.* stopped \(137\)' || fail "$(siloctl ls)"
	siloctl inspect victim | grep -q '"cause": "its supervisor was killed"' || fail "$(siloctl inspect victim)"
	siloctl rm victim || fail "it can't be removed"
	nothing_is_left
}

a_lost_machine_is_an_end_with_a_cause()
{
	needs_victim
	siloctl exec victim sleep 100 2>"$folder/error" &
	sleep 2
	kill -KILL "$(qemu_of victim)"
	wait $!
	is $? 125 "the exit code of the lost command"
	grep -q "QEMU was killed by signal 9" "$folder/error" || fail "$(<"$folder/error")"
	is "$(siloctl wait victim)" 137 "what wait prints"
	siloctl inspect victim | grep -q '"cause": "QEMU was killed by signal 9"' || fail "$(siloctl inspect victim)"
	siloctl rm victim || fail "it can't be removed"
	nothing_is_left
}

a_launch_that_is_given_up_leaves_nothing()
{
	needs_vm
	local launch pids pid
	siloctl run --isolation=vm --name given-up -- true 2>/dev/null &
	launch=$!
	sleep 0.7
	pids=$(pgrep -f 'silo-given-up' -d ' '; cat "$runtime/given-up/lock")
	kill -KILL "$launch"
	wait "$launch" 2>/dev/null
	for pid in $pids; do
		gone "$pid" || fail "process $pid still runs"
	done
	nothing_is_left
}

a_guest_that_does_not_boot_is_explained()
{
	needs_vm
	error=$(SILO_VM_AGENT=/etc/passwd siloctl run --isolation=vm --name broken -- true 2>&1) && fail "it booted"
	[[ $error == *"the guest's kernel panicked: "* ]] || fail "$error"
	error=$(SILO_VM_AGENT=/etc/passwd silo-vm run -v - <<<'{"version":1,"isolation":"vm","command":["true"]}' 2>&1) && fail "it booted"
	(($(grep -c '^\[ ' <<<"$error") >= 5)) || fail "the kernel's last lines are not shown: $error"
	nothing_is_left
}

a_guest_that_boots_too_long_is_given_up()
{
	needs_vm
	error=$(echo '{"version":1,"isolation":"vm","command":["true"]}' | silo-vm run --timeout 1 - 2>&1)
	if [[ -z $error || $error == vm-* ]]; then
		siloctl rm -f "$error"
		skip "it boots within a second here"
	fi
	is "$error" "silo-vm: the guest did not boot within 1 seconds"
	nothing_is_left
}

ktap_select "$@"
ktap_run \
	probe_answers_within_its_time_limit \
	dry_run_prints_the_command_line_and_does_nothing \
	what_is_missing_is_named \
	usage_errors_have_exit_code_2 \
	streams_and_exit_code_come_through \
	a_command_that_is_missing_gives_127 \
	a_terminal_has_size_and_keys \
	exec_runs_in_the_silo_of_the_guest \
	megabytes_pass_both_ways \
	a_stalled_reader_stalls_only_itself \
	output_that_nobody_reads_ends_its_command \
	keys_live_in_the_guest \
	ls_ps_and_inspect_tell_of_it \
	volumes_are_shared_and_nothing_beside_them \
	the_hosts_files_are_below_and_stay_as_they_are \
	qemu_has_no_way_out \
	a_name_that_is_taken_is_refused \
	stop_ends_it_and_keeps_the_record \
	a_killed_supervisor_takes_its_machine_along \
	a_lost_machine_is_an_end_with_a_cause \
	a_launch_that_is_given_up_leaves_nothing \
	a_guest_that_does_not_boot_is_explained \
	a_guest_that_boots_too_long_is_given_up
