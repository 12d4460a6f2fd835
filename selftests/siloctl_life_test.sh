#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# siloctl with silos of this kernel: from create to rm, and what is seen of it
#
#	siloctl_life_test.sh [TEST...]
#
# shellcheck disable=SC2016,SC2317 # Commands are for the shell in the silo; the tests are called by name.
# shellcheck disable=SC1003,SC2154 # Paths of keys end with backslashes; siloctl.sh sets variables.
# shellcheck source-path=SCRIPTDIR source=siloctl.sh

. "$(dirname "${BASH_SOURCE[0]}")/siloctl.sh"

# ---- create and start -----------------------------------------------------------

created_silo_waits_for_start()
{
	begin
	gives 0 "$name" "" create --name "$name" -v "$PWD:/mnt" sh -c 'echo ran > /mnt/file'
	is "$(of "$name" state)" created
	sleep 0.3
	[[ ! -e file ]] || fail "it ran already"
	works start "$name"
	gives 0 "0" "" wait "$name"
	is "$(< file)" ran
}

created_silo_takes_keys_before_its_start()
{
	begin
	gives 0 "$name" "" create --name "$name" cat '/sys/fs/silo/self/keys/HKLM/Web/Port'
	works key set "$name" 'HKLM\Web\Port' dword 8080
	works start "$name"
	gives 0 "0" "" wait "$name"
}

# What is on its way into a silo can be opened there through /proc, and its root has the number of the file's owner.
siloctl_can_not_be_overwritten_from_a_silo()
{
	begin
	cp "$siloctl" copy
	is "$(./copy run -d --name "$name" sleep 1000)" "$name"
	if (: >> copy) 2> error; then fail "it was opened for writing"; fi
	grep -q "Text file busy" error || fail "$(< error)"
	works rm -f "$name"
	: >> copy
}

created_silo_is_removed_without_force()
{
	begin
	gives 0 "$name" "" create --name "$name" true
	works rm -f "$name"
	is "$("$siloctl" ls -q)" ""
}

create_prints_json()
{
	begin
	is "$("$siloctl" create --json --name "$name" true | jq -r .name)" "$name"
}

start_of_a_started_or_stopped_silo_is_refused()
{
	begin
	detached sleep 60
	gives 1 "" "siloctl: $name: cannot start: the silo is started" start "$name"
	works stop -t 0 "$name"
	gives 1 "" "siloctl: $name: cannot start: the silo has stopped" start "$name"
}

# ---- exec -----------------------------------------------------------------------

exec_runs_in_the_silo()
{
	begin
	detached --hostname inside sleep 60
	gives 0 "inside" "" exec "$name" hostname
	is "$("$siloctl" exec "$name" readlink /proc/self/ns/net)" "net:[$(of "$name" ns.net)]"
	gives 0 "$("$siloctl" exec "$name" cat /proc/1/cgroup)" "" exec "$name" cat /proc/self/cgroup
}

exec_exits_with_the_code_of_the_command()
{
	begin
	detached sleep 60
	gives 5 "" "" exec "$name" sh -c 'exit 5'
	gives 143 "" "" exec "$name" sh -c 'kill -TERM $$'
	gives 127 "" "siloctl: $name: cannot run: nosuchcommand: not found in the silo's PATH" \
		exec "$name" nosuchcommand
	gives 126 "" "siloctl: $name: cannot run: /etc: is a directory" exec "$name" /etc
}

exec_has_input_output_and_errors()
{
	begin
	detached sleep 60
	is "$(echo hello | "$siloctl" exec -i "$name" cat)" hello
	is "$(echo hello | "$siloctl" exec "$name" cat)" ""
	gives 0 "out" "err" exec "$name" sh -c 'echo out; echo err >&2'
}

exec_adds_to_the_environment_of_the_silo()
{
	begin
	detached -e A=1 -e B=2 sleep 60
	gives 0 "1 3" "" exec -e B=3 "$name" sh -c 'echo $A $B'
}

exec_starts_in_the_working_directory()
{
	begin
	detached -w /usr sleep 60
	gives 0 "/usr" "" exec "$name" pwd
	gives 0 "/etc" "" exec -w /etc "$name" pwd
}

exec_passes_options_after_the_command_on()
{
	begin
	detached sleep 60
	gives 0 "-i -t" "" exec "$name" echo -i -t
	gives 0 "-i" "" exec "$name" -- echo -i
}

exec_has_a_terminal()
{
	begin
	detached sleep 60
	is "$(in_terminal "stty rows 33 cols 111
		$siloctl exec -it $name sh -c 'test -t 0 && stty size; exit 4'; echo \$?")" $'33 111\r\n4\r'
}

exec_passes_signals_on()
{
	local pid

	begin
	detached sleep 60
	"$siloctl" exec "$name" sh -c 'trap "exit 9" TERM; while :; do sleep 0.1; done' &
	pid=$!
	await is_started_in "$name" sh
	sleep 0.5
	kill -TERM "$pid"
	wait "$pid"
	is $? 9
}

exec_needs_a_started_silo()
{
	begin
	gives 125 "" "siloctl: $name: cannot execute a command: there is no such silo; 'siloctl ls' lists them" \
		exec "$name" true
	gives 0 "$name" "" create --name "$name" true
	gives 125 "" "siloctl: $name: cannot execute a command: it is created" exec "$name" true
	works start "$name"
	gives 0 "0" "" wait "$name"
	gives 125 "" "siloctl: $name: cannot execute a command: it is stopped" exec "$name" true
}

# ---- stop, kill, wait, rm -------------------------------------------------------

stop_asks_first()
{
	begin
	detached sh -c 'trap "exit 3" TERM; while :; do sleep 0.1; done'
	sleep 0.5
	works stop "$name"
	gives 0 "3" "" wait "$name"
}

stop_ends_what_does_not_end_itself()
{
	begin
	detached sh -c 'trap "" TERM; while :; do sleep 0.1; done'
	works stop -t 1 "$name"
	gives 0 "137" "" wait "$name"
	is "$(of "$name" '"ended-by"')" user
}

stop_of_a_stopped_silo_is_no_error()
{
	begin
	gives 0 "" "" run --name "$name" true
	works stop "$name"
}

stop_ends_a_created_silo()
{
	begin
	gives 0 "$name" "" create --name "$name" true
	works stop "$name"
	is "$(of "$name" state)" stopped
}

stop_goes_on_after_an_unknown_name()
{
	begin
	detached sleep 60
	gives 1 "" "siloctl: nosuch: cannot stop: there is no such silo; 'siloctl ls' lists them" stop -t 0 nosuch "$name"
	is "$(of "$name" state)" stopped
}

kill_ends_all_processes()
{
	begin
	detached sh -c 'sleep 1000 & sleep 1000'
	works kill "$name"
	gives 0 "137" "" wait "$name"
	is "$(of "$name" members)" 0
}

kill_sends_the_signal_asked_for()
{
	local signal

	begin
	for signal in USR1 SIGUSR1 usr1 10; do
		detached sh -c 'trap "exit 4" USR1; while :; do sleep 0.1; done'
		sleep 0.5
		works kill -s "$signal" "$name"
		gives 0 "4" "" wait "$name"
		works rm "$name"
	done
}

kill_of_a_stopped_silo_is_refused()
{
	begin
	gives 0 "" "" run --name "$name" true
	gives 1 "" "siloctl: $name: cannot send a signal: the silo has no running init process" kill "$name"
}

wait_prints_the_exit_code_of_each()
{
	begin
	gives 2 "" "" run --name "$name" sh -c 'exit 2'
	gives 0 "$name-2" "" run -d --name "$name-2" sh -c 'sleep 0.5; exit 3'
	gives 0 "2
3" "" wait "$name" "$name-2"
	is "$("$siloctl" wait --json "$name" | jq -c .)" "{\"name\":\"$name\",\"exit-status\":512,\"exit-code\":2}"
}

rm_of_a_running_silo_is_refused()
{
	begin
	detached sleep 60
	gives 1 "" "siloctl: $name: cannot remove: it is running; stop it first, or use 'siloctl rm -f $name'" rm "$name"
	is "$(of "$name" state)" started
	works rm -f "$name"
	is "$("$siloctl" ls -q)" ""
}

rm_goes_on_after_an_error()
{
	begin
	gives 0 "" "" run --name "$name" true
	gives 1 "" "siloctl: nosuch: cannot remove: there is no such silo; 'siloctl ls' lists them" rm nosuch "$name"
	is "$("$siloctl" ls -q)" ""
}

silos_are_found_by_id_too()
{
	local id

	begin
	detached sleep 60
	id=$(of "$name" id)
	is "$(of "$id" name)" "$name"
	works rm -f "$id"
	gives 1 "" "siloctl: $id: cannot remove: there is no such silo; 'siloctl ls' lists them" rm "$id"
}

# ---- looking --------------------------------------------------------------------

ls_shows_what_runs()
{
	local id

	begin
	detached sleep 60
	id=$(of "$name" id)
	[[ $("$siloctl" ls | tail -n 1) =~ ^$name\ +$id\ +started\ +process\ +1\ +[0-9]+s\ +sleep\ 60$ ]] || fail "$("$siloctl" ls)"
	is "$("$siloctl" ls -q)" "$name"
	is "$("$siloctl" ls --json | jq -r '.[0] | .name, .state, .isolation, .members, .command')" "$name
started
process
1
sleep 60"
}

inspect_tells_all()
{
	begin
	detached -e A=1 -m 64M sleep 60
	is "$(of "$name" spec.memory)" $((64 << 20))
	is "$(of "$name" 'spec.command | join(" ")')" "sleep 60"
	is "$(of "$name" 'flags | contains(["owns-cgroup"])')" true
	is "$(of "$name" ns.pid)" "$(readlink "/proc/$(of "$name" '"init-pid"')/ns/pid" | tr -dc 0-9)"
	[[ $(of "$name" uuid) =~ ^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$ ]] || fail "$(of "$name" uuid)"
}

inspect_of_an_unknown_name_prints_the_others()
{
	begin
	detached sleep 60
	"$siloctl" inspect nosuch "$name" > output 2> error
	is $? 1
	is "$(jq -r '.[].name' output)" "$name"
	is "$(< error)" "siloctl: nosuch: cannot inspect: there is no such silo; 'siloctl ls' lists them"
}

ps_lists_the_processes()
{
	local init

	begin
	detached sh -c 'sleep 1000; true'
	await has_members "$name" 2
	init=$(of "$name" '"init-pid"')
	[[ $("$siloctl" ps "$name") =~ ^PID\ +PID-IN-SILO\ +PPID\ +COMMAND$'\n'$init\ +1\ +[0-9]+\ +sh$'\n'[0-9]+\ +[0-9]+\ +$init\ +sleep$ ]] ||
		fail "$("$siloctl" ps "$name")"
	is "$("$siloctl" ps --json "$name" | jq -c '[.[]["inner-pid"]] | length')" 2
}

which_tells_the_silo_of_a_process()
{
	local init

	begin
	detached sleep 60
	init=$(of "$name" '"init-pid"')
	gives 0 "$init sleep: silo $name ($(of "$name" id))" "" which "$init"
	gives 1 "1 $(< /proc/1/comm): no silo" "" which 1
	gives 1 "" "siloctl: 4194303: cannot tell its silo: there is no such process (pid)" which 4194303
	is "$("$siloctl" which --json "$init" | jq -r .name)" "$name"
}

events_are_printed_as_they_happen()
{
	local pid

	begin
	"$siloctl" events > text &
	pid=$!
	"$siloctl" events --json > json &
	sleep 0.5
	gives 7 "" "" run --rm --name "$name" sh -c 'exit 7'
	await grep -q removed text
	await grep -q removed json
	kill "$pid" $!
	is "$(jq -r 'select(.name == "'"$name"'") | .kind' json | xargs)" "created started stopping stopped removed"
	is "$(jq -r 'select(.kind == "stopped") | .["exit-code"], .["ended-by"]' json | xargs)" "7 itself"
	grep -Eq "^#[0-9]+  [-0-9]+ [0-9:.]+  $name \([0-9]+\)  stopped  exit code 7, by itself$" text || fail "$(< text)"
}

doctor_finds_this_kernel_fit()
{
	local output

	begin
	output=$("$siloctl" doctor) || fail "exit code $?: $output"
	grep -Eq "^ok    silo.ko [0-9.]* ?loaded, netlink family version 1$" <<< "$output" || fail "$output"
	grep -q "^ok    cgroup v2, controllers " <<< "$output" || fail "$output"
	grep -q "^ok    overlay file system$" <<< "$output" || fail "$output"
	grep -q "^ok    silofs on /sys/fs/silo$" <<< "$output" || fail "$output"
}

others_than_root_are_told_so()
{
	local user=(setpriv --reuid 65534 --regid 65534 --clear-groups --bounding-set -all)
	local sentence="this takes CAP_SYS_ADMIN in the initial user namespace; run siloctl as root"

	begin
	detached sleep 60
	chmod 755 "$work"
	is "$("${user[@]}" "$siloctl" rm -f "$name" 2>&1)" "siloctl: $name: cannot remove: $sentence"
	is "$("${user[@]}" "$siloctl" stop "$name" 2>&1)" "siloctl: $name: cannot stop: $sentence"
	is "$("${user[@]}" "$siloctl" ls -q)" "$name"
	"${user[@]}" "$siloctl" run --name "$name-2" true 2> error
	is $? 125
	[[ $(< error) == "siloctl: $name-2: cannot create: "*"; run siloctl as root" ]] || fail "$(< error)"
}

ktap_select "$@"
ktap_run \
	created_silo_waits_for_start \
	created_silo_takes_keys_before_its_start \
	siloctl_can_not_be_overwritten_from_a_silo \
	created_silo_is_removed_without_force \
	create_prints_json \
	start_of_a_started_or_stopped_silo_is_refused \
	exec_runs_in_the_silo \
	exec_exits_with_the_code_of_the_command \
	exec_has_input_output_and_errors \
	exec_adds_to_the_environment_of_the_silo \
	exec_starts_in_the_working_directory \
	exec_passes_options_after_the_command_on \
	exec_has_a_terminal \
	exec_passes_signals_on \
	exec_needs_a_started_silo \
	stop_asks_first \
	stop_ends_what_does_not_end_itself \
	stop_of_a_stopped_silo_is_no_error \
	stop_ends_a_created_silo \
	stop_goes_on_after_an_unknown_name \
	kill_ends_all_processes \
	kill_sends_the_signal_asked_for \
	kill_of_a_stopped_silo_is_refused \
	wait_prints_the_exit_code_of_each \
	rm_of_a_running_silo_is_refused \
	rm_goes_on_after_an_error \
	silos_are_found_by_id_too \
	ls_shows_what_runs \
	inspect_tells_all \
	inspect_of_an_unknown_name_prints_the_others \
	ps_lists_the_processes \
	which_tells_the_silo_of_a_process \
	events_are_printed_as_they_happen \
	doctor_finds_this_kernel_fit \
	others_than_root_are_told_so
