#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# siloctl with silos in virtual machines, on a host with or without the silo module
#
#	siloctl_vm_test.sh [TEST...]
#
# Tests that need no silo of their own use one that is started by the first of them. All others boot a machine each.
#
# shellcheck disable=SC2016,SC2317 # Commands are for the shell in the silo; the tests are called by name.
# shellcheck disable=SC2154 # siloctl.sh sets variables.
# shellcheck source-path=SCRIPTDIR source=../siloctl.sh

. "$(dirname "${BASH_SOURCE[0]}")/../siloctl.sh"

export SILO_RUNTIME_DIR=$work/runtime
trap '"$siloctl" rm -f shared 2> /dev/null; rm -rf "$work"' EXIT

# Replaces that of siloctl.sh, which wants the module.
begin()
{
	((EUID == 0)) || skip "this takes root"
	"$siloctl" doctor | grep -q "^ok    guest kernel" || skip "$("$siloctl" doctor | grep "^fail" | tail -n 1)"
	name=t$BASHPID
	mkdir "$work/$name"
	cd "$work/$name" || fail "no folder"
	trap '"$siloctl" rm -f "$name" 2> /dev/null; cd /' EXIT
}

# A silo that sleeps, for tests that leave it as it is.
shared()
{
	begin
	has_state shared started || gives 0 "shared" "" run -d --isolation=vm --name shared -e A=1 -e B=2 -w /usr sleep 1000000
	await has_state shared started
}

is_gone()
{
	! "$siloctl" ls -q | grep -qvx shared && ! pgrep -f "qemu-system.* silo-$name " > /dev/null
}

run_exits_with_the_code_of_the_command()
{
	begin
	gives 7 "out" "err" run --isolation=vm --name "$name" sh -c 'echo out; echo err >&2; exit 7'
	[[ $("$siloctl" ls | grep "^$name ") == *" stopped (7) "*" vm "* ]] || fail "$("$siloctl" ls)"
	gives 0 "7" "" wait "$name"
	works rm "$name"
}

run_with_rm_leaves_nothing()
{
	begin
	seq 100000 > numbers
	"$siloctl" run --rm -i --isolation=vm --name "$name" cat < numbers > output || fail "exit code $?"
	cmp numbers output || fail "the bytes differ"
	is_gone || fail "something is left: $("$siloctl" ls)"
}

run_reports_what_cannot_be_run()
{
	begin
	gives 127 "" "siloctl: $name: cannot run: nosuchcommand: not found in the silo's PATH" \
		run --isolation=vm --name "$name" nosuchcommand
	gives 126 "" "siloctl: $name: cannot run: /etc: is a directory" run -d --isolation=vm --name "$name" /etc
	is_gone || fail "something is left: $("$siloctl" ls)"
}

run_interrupted_during_the_boot_leaves_nothing()
{
	local pid

	begin
	"$siloctl" run --isolation=vm --name "$name" sleep 1000 2> error &
	pid=$!
	sleep 0.5
	kill -TERM "$pid"
	wait "$pid"
	is $? 125
	is "$(< error)" "siloctl: $name: cannot create: interrupted"
	is_gone || fail "something is left: $("$siloctl" ls)"
}

run_killed_during_the_boot_leaves_nothing()
{
	local pid

	begin
	"$siloctl" run --isolation=vm --name "$name" sleep 1000 &
	pid=$!
	sleep 0.5
	kill -KILL "$pid"
	wait "$pid"
	await is_gone
}

run_passes_signals_on()
{
	local pid

	begin
	"$siloctl" run --isolation=vm --name "$name" sh -c 'trap "exit 9" TERM; echo ready; while :; do sleep 0.1; done' > output &
	pid=$!
	await grep -q ready output
	kill -TERM "$pid"
	wait "$pid"
	is $? 9
}

run_has_a_terminal()
{
	local output

	begin
	output=$(in_terminal "stty rows 33 cols 111; stty -g
		$siloctl run -it --rm --isolation=vm sh -c 'test -t 0 && stty size; exit 4'; echo \$?; stty -g")
	is "$(sed -n 2,3p <<< "$output")" $'33 111\r\n4\r'
	is "$(sed -n 1p <<< "$output")" "$(sed -n 4p <<< "$output")" "the terminal's settings"
}

created_silo_takes_keys_before_its_start()
{
	begin
	gives 0 "$name" "" create --isolation=vm --name "$name" sh -c 'exit $(cat /sys/fs/silo/self/keys/HKLM/Code)'
	is "$(of "$name" state)" created
	gives 125 "" "siloctl: $name: cannot execute a command: it is created" exec "$name" true
	works key set "$name" 'HKLM\Code' dword 42
	works start "$name"
	gives 0 "42" "" wait "$name"
}

stop_asks_first_and_then_ends_it()
{
	begin
	gives 0 "$name" "" run -d --isolation=vm --name "$name" sleep 1000
	gives 1 "" "siloctl: $name: cannot remove: it is running; stop it first, or use 'siloctl rm -f $name'" rm "$name"
	works stop -t 1 "$name"
	gives 0 "137" "" wait "$name"
	works stop "$name"
	gives 125 "" "siloctl: $name: cannot execute a command: it is stopped" exec "$name" true
	gives 1 "" "siloctl: $name: cannot get keys: its virtual machine has ended" key get "$name" 'HKLM\x'
	works rm "$name"
	is_gone || fail "something is left: $("$siloctl" ls)"
}

kill_sends_the_signal_asked_for()
{
	begin
	gives 0 "$name" "" run -d --isolation=vm --name "$name" sh -c 'trap "exit 4" USR1; while :; do sleep 0.1; done'
	sleep 1
	works kill -s USR1 "$name"
	gives 0 "4" "" wait "$name"
}

exec_reaches_the_guest()
{
	shared
	gives 0 "$(of shared vm.release)" "" exec shared uname -r
	[[ $("$siloctl" exec shared cat /proc/sys/kernel/random/boot_id) != "$(< /proc/sys/kernel/random/boot_id)" ]] ||
		fail "it ran on the host's kernel"
}

exec_is_like_that_of_process_mode()
{
	shared
	gives 5 "out" "err" exec shared sh -c 'echo out; echo err >&2; exit 5'
	gives 0 "1 3" "" exec -e B=3 shared sh -c 'echo $A $B'
	gives 0 "/usr" "" exec shared pwd
	gives 0 "/etc" "" exec -w /etc shared pwd
	gives 143 "" "" exec shared sh -c 'kill -TERM $$'
	gives 127 "" "siloctl: shared: cannot run: nosuchcommand: not found in the silo's PATH" exec shared nosuchcommand
	is "$(echo hello | "$siloctl" exec -i shared cat)" hello
	is "$(echo hello | "$siloctl" exec shared cat)" ""
}

ps_lists_the_processes_of_the_guest()
{
	shared
	[[ $("$siloctl" ps shared) =~ ^PID\ +PID-IN-SILO\ +PPID\ +COMMAND$'\n'[0-9]+\ +1\ +[0-9]+\ +sleep$ ]] ||
		fail "$("$siloctl" ps shared)"
}

ls_shows_it()
{
	shared
	"$siloctl" ls | grep -Eq '^shared +[-0-9]+ +started +vm +1 +[0-9]+[smhd] +sleep 1000000$' || fail "$("$siloctl" ls)"
}

which_knows_its_machine()
{
	local qemu

	shared
	qemu=$(of shared '"init-pid"')
	[[ $("$siloctl" which "$qemu") == "$qemu qemu-system-"*": silo shared"* ]] || fail "$("$siloctl" which "$qemu")"
}

keys_are_those_of_the_guest()
{
	shared
	works key set shared 'HKLM\Software\Web\Port' dword 8081
	gives 0 "8081" "" key get shared 'HKLM\Software\Web\Port'
	gives 0 "8081" "" exec shared cat /sys/fs/silo/self/keys/HKLM/Software/Web/Port
	gives 0 'NAME  TYPE   DATA
Port  dword  8081' "" key list shared 'HKLM\Software\Web'
	printf 'REGEDIT4\n\n[HKEY_LOCAL_MACHINE\\Software\\Web]\n"Port"=dword:1\n' | "$siloctl" key import shared - || fail "import"
	gives 0 'HKLM\
  Software\
    Web\
      Port   dword  1' "" key tree shared
	works key delete -r shared 'HKLM\Software'
	gives 1 "" "siloctl: shared: cannot get HKLM\\Software\\Web\\Port: there is no such value" \
		key get shared 'HKLM\Software\Web\Port'
}

name_in_use_is_refused()
{
	shared
	"$siloctl" run --isolation=vm --name shared true 2> error
	is $? 125
	[[ $(< error) =~ ^siloctl:\ shared:\ cannot\ create:\ a\ silo\ of\ this\ name\ is\ running(\ \(id\ [0-9]+\))?\;\ choose\ another\ --name\ or\ \'siloctl\ rm\ -f\ shared\'$ ]] ||
		fail "$(< error)"
}

ktap_select "$@"
ktap_run \
	run_exits_with_the_code_of_the_command \
	run_with_rm_leaves_nothing \
	run_reports_what_cannot_be_run \
	run_interrupted_during_the_boot_leaves_nothing \
	run_killed_during_the_boot_leaves_nothing \
	run_passes_signals_on \
	run_has_a_terminal \
	created_silo_takes_keys_before_its_start \
	stop_asks_first_and_then_ends_it \
	kill_sends_the_signal_asked_for \
	exec_reaches_the_guest \
	exec_is_like_that_of_process_mode \
	ps_lists_the_processes_of_the_guest \
	ls_shows_it \
	which_knows_its_machine \
	keys_are_those_of_the_guest \
	name_in_use_is_refused
