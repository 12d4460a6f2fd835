#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# lab - tests of the lab itself, run on the machine that starts it
#
# Each test boots at least one machine. None needs silo.ko.

# The tests are called by name, and what is in single quotes is for the shell inside.
# shellcheck disable=SC2317,SC2016
folder=$(mktemp -d)
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
# shellcheck source-path=SCRIPTDIR
source "$here/../ktap.sh"

export LAB_NO_MODULE=1
unset LAB_LOG LAB_TIMEOUT LAB_BOOT_TIMEOUT SILO_KO
trap 'rm -rf "$folder"' EXIT

lab()
{
	"$here/lab" "$@"
}

status_of()
{
	"$@" </dev/null >/dev/null 2>"$folder/errors"
	echo $?
}

exit_status_is_handed_through()
{
	local status
	for status in 0 7 255; do
		is "$(status_of lab sh -c "exit $status")" "$status" "the status"
	done
}

death_by_a_signal_is_status_128_and_its_number()
{
	is "$(status_of lab sh -c 'kill -9 $$')" 137
}

a_missing_command_is_status_127()
{
	is "$(status_of lab no-such-command)" 127
}

input_and_output_are_byte_exact()
{
	head -c 300001 /dev/urandom >"$folder/sent"
	printf '\r\n\0\n\r\004\003\377tail without newline' >>"$folder/sent"
	lab cat <"$folder/sent" >"$folder/received" || fail "status $?"
	cmp "$folder/sent" "$folder/received" || fail "not the same bytes"
}

arguments_are_byte_exact()
{
	local words=("" " " "two words" $'line\nbreak' "quote'\"s" '$HOME' '*' "-k")
	printf '%s\0' "${words[@]}" >"$folder/sent"
	lab -- printf '%s\0' "${words[@]}" >"$folder/received"
	cmp "$folder/sent" "$folder/received" || fail "not the same arguments"
}

a_slow_reader_loses_nothing()
{
	is "$(lab seq 300000 </dev/null | (sleep 8; md5sum))" "$(seq 300000 | md5sum)"
}

standard_error_joins_the_output()
{
	is "$(lab sh -c 'echo to output; echo to error >&2' 2>/dev/null </dev/null)" $'to output\nto error'
}

files_are_copied_in()
{
	echo first >"$folder/first"
	is "$(lab -i "$folder/first" -i <(echo second) -- sh -c 'pwd; cat first; cat [0-9]*; id -u' </dev/null)" $'/root\nfirst\nsecond\n0'
}

a_controlling_terminal_is_present()
{
	is "$(lab sh -c 'echo seen >/dev/tty; ps -o tty= -p $$; ps -o sid= -p $$ | grep -qx " *$$" && echo leader' </dev/null | sort | tr '\n' ' ')" \
		"leader pts/0 seen "
}

between_terminals_the_command_gets_one_of_the_same_size()
{
	local output
	mkfifo "$folder/fifo"
	output=$(script -qec "stty rows 33 cols 101; before=\$(stty -g); $here/lab sh -c 'stty size; test -t 0 && test -t 1 && test -t 2 && echo terminals'
		[ \"\$(stty -g)\" = \"\$before\" ] && echo restored" /dev/null 0<>"$folder/fifo" | tr -d '\r')
	is "$output" $'33 101\nterminals\nrestored'
}

an_interactive_shell_works()
{
	type -P expect >/dev/null || skip "expect is not installed"
	expect -f - "$here/lab" >"$folder/session" <<-'END' || fail "$(cat "$folder/session")"
		set timeout 60
		expect_after timeout { puts "timeout"; exit 1 }
		spawn [lindex $argv 0] bash --norc
		expect -re {[#$] $} { send "echo $((6 * 7))\r" }
		expect -re {\n42\r} { send "sleep 100\r" }
		sleep 1
		send "\003"
		expect -re {\^C.*[#$] $} { send "exit 3\r" }
		expect eof
		exit [expr {[lindex [wait] 3] != 3}]
	END
}

an_unknown_kernel_is_refused_with_the_known_ones()
{
	is "$(status_of lab -k 2.4 true)" 2
	grep -q "unknown kernel '2.4'; known: 6.1" "$folder/errors" || fail "$(cat "$folder/errors")"
}

a_missing_module_is_an_error()
{
	is "$(LAB_NO_MODULE='' SILO_KO=/nowhere/silo.ko status_of lab true)" 125
	grep -q "no module at /nowhere/silo.ko" "$folder/errors" || fail "$(cat "$folder/errors")"
}

a_kernel_warning_is_failure_125()
{
	is "$(LAB_LOG=$folder/log status_of lab sh -c 'echo "WARNING: CPU: 0 PID: 1 at the test" >/dev/kmsg')" 125
	grep -q "^\[.*WARNING: CPU: 0 PID: 1 at the test" "$folder/errors" || fail "the report is not shown"
	grep -q "log is in $folder/log" "$folder/errors" || fail "the log is not named"
}

a_kernel_warning_does_not_hide_the_command_s_own_failure()
{
	is "$(LAB_LOG=$folder/log status_of lab sh -c 'echo "BUG: of the test" >/dev/kmsg; exit 9')" 9
	grep -q "BUG: of the test" "$folder/errors" || fail "the report is not shown"
}

a_taint_without_a_message_is_failure_125()
{
	is "$(LAB_LOG=$folder/log status_of lab sh -c 'echo 512 >/proc/sys/kernel/tainted')" 125
}

a_user_program_s_fault_is_no_complaint()
{
	is "$(status_of lab sh -c 'sh -c "kill -SEGV \$\$"; echo "traps: a[1] general protection fault ip:0 sp:0 error:0" >/dev/kmsg; true')" 0
}

a_panic_is_failure_125()
{
	is "$(LAB_LOG=$folder/log status_of lab sh -c 'echo c >/proc/sysrq-trigger; sleep 100')" 125
	grep -q "Kernel panic" "$folder/errors" || fail "the report is not shown"
}

cgroup_is_version_2_only()
{
	is "$(lab sh -c 'mount -t cgroup; stat -fc %T /sys/fs/cgroup; cat /proc/self/cgroup /sys/fs/cgroup/cgroup.subtree_control' </dev/null)" \
		$'cgroup2fs\n0::/lab\ncpu io memory pids'
}

writes_do_not_reach_this_machine()
{
	local mark="$here/.lab_test.$$"
	lab sh -c "echo there >'$mark' && cat '$mark' && rm /etc/passwd && ! test -e /etc/passwd" </dev/null >"$folder/output" || fail "status $?"
	is "$(<"$folder/output")" there
	[[ ! -e $mark ]] || { rm -f "$mark"; fail "the file came out"; }
	[[ -e /etc/passwd ]]
}

# A checkout below /tmp or /root is there all the same, and nothing else.
folders_are_fresh_and_devices_present()
{
	local way

	way=$(cut -d / -f 3 <<<"$here")
	is "$(lab sh -c 'ls -A /tmp /root; for i in null ptmx shm mqueue pts/0 fd/0; do test -e /dev/$i || echo no $i; done; ip -br link show lo | cut -c 1-24' \
		</dev/null | grep -vx "$way" | tr -s ' \n' ' ')" "/root: /tmp: lo UNKNOWN "
}

the_boot_timeout_works()
{
	is "$(LAB_BOOT_TIMEOUT=1 LAB_LOG=$folder/log status_of lab true)" 124
	grep -q "did not come up within 1 seconds" "$folder/errors" || fail "$(cat "$folder/errors")"
}

the_timeout_works()
{
	is "$(LAB_TIMEOUT=12 LAB_LOG=$folder/log status_of lab sleep 1000)" 124
	grep -q "did not end within 12 seconds" "$folder/errors" || fail "$(cat "$folder/errors")"
}

# Prints the processes below $1.
descendants()
{
	local child
	for child in $(ps -o pid= --ppid "$1"); do
		echo "$child"
		descendants "$child"
	done
}

# Starts a lab that sleeps, kills it with $1, and expects that nothing is left after 3 seconds.
kill_lab()
{
	local pid children child tries
	rm -f "$folder/output"
	"$here/lab" sh -c 'echo up; exec sleep 1000' >"$folder/output" </dev/null 2>/dev/null &
	pid=$!
	for ((tries = 0; tries < 300; tries++)); do
		[[ -s $folder/output ]] && break
		sleep 0.2
	done
	children=$(descendants "$pid")
	[[ $children ]] || fail "no processes found"
	kill "$1" "$pid"
	for ((tries = 0; tries < 15; tries++)); do
		sleep 0.2
		for child in $children; do
			kill -0 "$child" 2>/dev/null && continue 2
		done
		return 0
	done
	fail "left: $(ps -o pid,args -p "${children//$'\n'/,}")"
}

a_killed_lab_leaves_no_process()
{
	local -x TMPDIR=$folder
	kill_lab -KILL
}

a_terminated_lab_leaves_nothing()
{
	local -x TMPDIR="$folder/empty folder"
	mkdir "$TMPDIR"
	kill_lab -TERM
	sleep 0.5
	is "$(ls -A "$TMPDIR")" "" "what is left"
}

two_labs_run_side_by_side()
{
	local pid
	lab sh -c 'sleep 3; echo first' </dev/null >"$folder/first" &
	pid=$!
	is "$(lab echo second </dev/null)" second
	wait "$pid" || fail "status $?"
	is "$(<"$folder/first")" first
}

ktap_select "$@"
ktap_run exit_status_is_handed_through death_by_a_signal_is_status_128_and_its_number a_missing_command_is_status_127 \
	input_and_output_are_byte_exact arguments_are_byte_exact a_slow_reader_loses_nothing standard_error_joins_the_output \
	files_are_copied_in a_controlling_terminal_is_present between_terminals_the_command_gets_one_of_the_same_size \
	an_interactive_shell_works an_unknown_kernel_is_refused_with_the_known_ones a_missing_module_is_an_error \
	a_kernel_warning_is_failure_125 a_kernel_warning_does_not_hide_the_command_s_own_failure a_taint_without_a_message_is_failure_125 \
	a_user_program_s_fault_is_no_complaint a_panic_is_failure_125 cgroup_is_version_2_only writes_do_not_reach_this_machine \
	folders_are_fresh_and_devices_present the_boot_timeout_works the_timeout_works a_killed_lab_leaves_no_process \
	a_terminated_lab_leaves_nothing two_labs_run_side_by_side
