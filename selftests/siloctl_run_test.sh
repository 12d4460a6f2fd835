#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# siloctl with silos of this kernel: running commands
#
#	siloctl_run_test.sh [TEST...]
#
# shellcheck disable=SC2016,SC2317 # Commands are for the shell in the silo; the tests are called by name.
# shellcheck disable=SC1003,SC2154 # Paths of keys end with backslashes; siloctl.sh sets variables.
# shellcheck source-path=SCRIPTDIR source=siloctl.sh

. "$(dirname "${BASH_SOURCE[0]}")/siloctl.sh"

run_exits_with_the_code_of_the_command()
{
	begin
	gives 0 "" "" run --rm true
	gives 7 "" "" run --rm sh -c 'exit 7'
	gives 255 "" "" run --rm sh -c 'exit 255'
}

run_exits_with_128_and_the_signal_that_ended_the_command()
{
	local pid

	begin
	"$siloctl" run --name "$name" sleep 60 &
	pid=$!
	await has_state "$name" started
	works kill "$name"
	wait "$pid"
	is $? 137
}

run_keeps_output_and_errors_apart()
{
	begin
	gives 0 "out" "err" run --rm sh -c 'echo out; echo err >&2'
}

run_reads_no_input_without_i()
{
	begin
	is "$(echo hello | "$siloctl" run --rm cat)" ""
}

run_with_i_reads_our_input()
{
	begin
	is "$(echo hello | "$siloctl" run --rm -i cat)" hello
}

run_says_that_a_command_does_not_exist()
{
	begin
	gives 127 "" "siloctl: $name: cannot run: nosuchcommand: not found in the silo's PATH" \
		run --name "$name" nosuchcommand
	gives 127 "" "siloctl: $name: cannot run: /no/such: No such file or directory" run --name "$name" /no/such
	is "$("$siloctl" ls -q)" "" "what is left"
}

run_says_that_a_command_cannot_be_executed()
{
	begin
	gives 126 "" "siloctl: $name: cannot run: /etc: is a directory" run --name "$name" /etc
	gives 126 "" "siloctl: $name: cannot run: /etc/passwd: is not executable" run --name "$name" /etc/passwd
	is "$("$siloctl" ls -q)" "" "what is left"
}

run_says_that_a_program_is_for_another_machine()
{
	begin
	echo nonsense > program
	chmod +x program
	gives 126 "" "siloctl: $name: cannot run: /mnt/program: Exec format error" \
		run --name "$name" -v .:/mnt /mnt/program
	is "$("$siloctl" ls -q)" "" "what is left"
}

run_passes_options_after_the_command_on()
{
	begin
	gives 0 "--rm -d" "" run --rm echo --rm -d
	gives 0 "--rm" "" run --rm -- echo --rm
}

run_sets_environment_variables()
{
	begin
	export SILO_TEST_SET="from here"
	unset SILO_TEST_UNSET
	gives 0 "1 from here unset" "" run --rm -e A=0 -e A=1 -e SILO_TEST_SET -e SILO_TEST_UNSET \
		sh -c 'echo "$A $SILO_TEST_SET ${SILO_TEST_UNSET-unset}"'
	gives 0 "" "" run --rm sh -c 'echo "$SILO_TEST_SET"'
}

run_starts_in_the_working_directory()
{
	begin
	gives 0 "/" "" run --rm pwd
	gives 0 "/etc" "" run --rm -w /etc pwd
	gives 125 "" "siloctl: $name: cannot create: enter the directory /no/such: No such file or directory" \
		run --name "$name" -w /no/such pwd
}

run_sets_the_host_name()
{
	begin
	gives 0 "$name" "" run --rm --name "$name" hostname
	gives 0 "other" "" run --rm --hostname other hostname
}

run_shows_a_volume_for_writing()
{
	begin
	echo one > file
	gives 0 "one" "" run --rm -v "$PWD:/mnt" sh -c 'cat /mnt/file; echo two > /mnt/file'
	is "$(< file)" two
}

run_shows_a_volume_read_only()
{
	begin
	echo one > file
	"$siloctl" run --rm -v "$PWD:/mnt:ro" sh -c 'echo two > /mnt/file' 2> error && fail "it could be written"
	grep -q "Read-only file system" error || fail "$(< error)"
	is "$(< file)" one
}

run_takes_a_relative_volume_from_the_working_directory()
{
	begin
	mkdir -p folder
	echo one > folder/file
	gives 0 "one" "" run --rm -v folder:/mnt cat /mnt/file
	gives 0 "one" "" run --rm -v ./folder/file:/tmp/f cat /tmp/f
}

run_refuses_a_volume_that_does_not_exist()
{
	begin
	"$siloctl" run --name "$name" -v "$PWD/nosuch:/mnt" true 2> error
	is $? 125
	[[ $(< error) == "siloctl: $name: cannot create: "*"$PWD/nosuch"*"No such file or directory" ]] || fail "$(< error)"
}

run_keeps_writes_private()
{
	begin
	works run --rm sh -c 'echo private > /etc/silo-test'
	[[ ! -e /etc/silo-test ]] || fail "the host sees it"
	gives 0 "absent" "" run --rm sh -c '[ -e /etc/silo-test ] || echo absent'
}

run_takes_an_image_as_its_root()
{
	begin
	mkdir -p image/bin
	cp "$(command -v busybox)" image/bin/ 2> /dev/null || skip "there is no busybox"
	ldd image/bin/busybox > /dev/null 2>&1 && skip "busybox is not static"
	gives 0 "bin" "" run --rm --image image /bin/busybox sh -c 'cd /; echo b*'
	[[ ! -e image/etc ]] || fail "the image was written to"
}

run_limits_memory_processors_and_processes()
{
	local cgroup

	begin
	detached -m 64M --cpus 1.5 --pids 20 sleep 60
	cgroup=/sys/fs/cgroup$(of "$name" cgroup)
	is "$(< "$cgroup/memory.max")" $((64 << 20))
	is "$(< "$cgroup/cpu.max")" "150000 100000"
	is "$(< "$cgroup/pids.max")" 20
}

run_refuses_a_name_in_use()
{
	local sentence

	begin
	detached sleep 60
	sentence="a silo of this name is running (id $(of "$name" id)); choose another --name or 'siloctl rm -f $name'"
	gives 125 "" "siloctl: $name: cannot create: $sentence" run --name "$name" true
	works stop -t 0 "$name"
	sentence="a stopped silo of this name exists; choose another --name or 'siloctl rm $name'"
	gives 125 "" "siloctl: $name: cannot create: $sentence" run --name "$name" true
}

run_makes_up_a_name()
{
	begin
	name=$("$siloctl" run -d sleep 60)
	[[ $name =~ ^silo-[0-9a-f]{6}$ ]] || fail "$name"
	is "$(of "$name" state)" started
}

run_with_rm_leaves_nothing()
{
	begin
	gives 7 "" "" run --rm --name "$name" sh -c 'exit 7'
	is "$("$siloctl" ls -q)" ""
	gives 7 "" "" run --rm --name "$name" sh -c 'exit 7'
	[[ -z $(find /sys/fs/cgroup -name "$name*") ]] || fail "a cgroup is left"
}

run_without_rm_leaves_the_exit_code()
{
	begin
	gives 7 "" "" run --name "$name" sh -c 'exit 7'
	[[ $("$siloctl" ls | grep "^$name ") == *" stopped (7) "*" process "* ]] || fail "$("$siloctl" ls)"
	works rm "$name"
}

run_with_rm_leaves_nothing_when_siloctl_is_killed()
{
	local pid

	begin
	"$siloctl" run --rm --name "$name" sleep 60 &
	pid=$!
	await has_state "$name" started
	kill -KILL "$pid"
	wait "$pid"
	works stop -t 0 "$name"
	is "$("$siloctl" ls -q)" ""
}

run_passes_signals_on()
{
	local pid signal

	begin
	for signal in HUP USR1 USR2 TERM; do
		"$siloctl" run --name "$name" sh -c "trap 'exit 9' $signal; : > /mnt/ready; while :; do sleep 0.1; done" &
		pid=$!
		await has_state "$name" started
		sleep 0.3
		kill -s "$signal" "$pid"
		wait "$pid"
		is $? 9 "exit code after $signal"
		works rm "$name"
	done
}

run_says_that_a_signal_has_no_effect()
{
	local pid

	begin
	"$siloctl" run --name "$name" sleep 60 2> error &
	pid=$!
	await has_state "$name" started
	sleep 0.3
	kill -TERM "$pid"
	await test -s error
	is "$(< error)" "siloctl: $name: its command has no handler for TERM, which an init process needs; \
'siloctl stop $name' ends it"
	works stop -t 0 "$name"
	wait "$pid"
	is $? 137
}

run_says_with_verbose_what_it_does()
{
	begin
	"$siloctl" run --verbose --name "$name" sh -c 'exit 3' 2> error
	is $? 3
	[[ $(< error) == "siloctl: $name: created, id "*", init process "*"
siloctl: $name: ended, exit code 3" ]] || fail "$(< error)"
}

detached_run_prints_the_name_and_leaves()
{
	begin
	gives 0 "$name" "" run -d --name "$name" sleep 60
	is "$(of "$name" state)" started
}

detached_run_prints_json()
{
	begin
	"$siloctl" run -d --json --name "$name" sleep 60 > output || fail "exit code $?"
	is "$(jq -r '.name, .isolation' output)" "$name
process"
	is "$(jq .id output)" "$(of "$name" id)"
}

detached_run_reports_what_cannot_be_run()
{
	begin
	gives 127 "" "siloctl: $name: cannot run: nosuchcommand: not found in the silo's PATH" \
		run -d --name "$name" nosuchcommand
	gives 126 "" "siloctl: $name: cannot run: /etc: is a directory" run -d --name "$name" /etc
	is "$("$siloctl" ls -q)" ""
}

ktap_select "$@"
ktap_run \
	run_exits_with_the_code_of_the_command \
	run_exits_with_128_and_the_signal_that_ended_the_command \
	run_keeps_output_and_errors_apart \
	run_reads_no_input_without_i \
	run_with_i_reads_our_input \
	run_says_that_a_command_does_not_exist \
	run_says_that_a_command_cannot_be_executed \
	run_says_that_a_program_is_for_another_machine \
	run_passes_options_after_the_command_on \
	run_sets_environment_variables \
	run_starts_in_the_working_directory \
	run_sets_the_host_name \
	run_shows_a_volume_for_writing \
	run_shows_a_volume_read_only \
	run_takes_a_relative_volume_from_the_working_directory \
	run_refuses_a_volume_that_does_not_exist \
	run_keeps_writes_private \
	run_takes_an_image_as_its_root \
	run_limits_memory_processors_and_processes \
	run_refuses_a_name_in_use \
	run_makes_up_a_name \
	run_with_rm_leaves_nothing \
	run_without_rm_leaves_the_exit_code \
	run_with_rm_leaves_nothing_when_siloctl_is_killed \
	run_passes_signals_on \
	run_says_that_a_signal_has_no_effect \
	run_says_with_verbose_what_it_does \
	detached_run_prints_the_name_and_leaves \
	detached_run_prints_json \
	detached_run_reports_what_cannot_be_run
