#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# siloctl with silos of this kernel: terminals
#
#	siloctl_terminal_test.sh [TEST...]
#
# shellcheck disable=SC2016,SC2317 # Commands are for the shell in the silo; the tests are called by name.
# shellcheck disable=SC1003,SC2154 # Paths of keys end with backslashes; siloctl.sh sets variables.
# shellcheck source-path=SCRIPTDIR source=siloctl.sh

. "$(dirname "${BASH_SOURCE[0]}")/siloctl.sh"

terminal_of_the_command_is_its_own()
{
	begin
	is "$(in_terminal "$siloctl run -it --rm tty")" $'/dev/pts/0\r'
}

terminal_has_the_size_of_ours()
{
	begin
	is "$(in_terminal "stty rows 33 cols 111; $siloctl run -it --rm stty size")" $'33 111\r'
}

terminal_follows_a_change_of_size()
{
	local output

	begin
	output=$(in_terminal "stty rows 33 cols 111
		(sleep 1.5; stty rows 44 cols 122) < /dev/tty &
		$siloctl run -it --rm bash -c 'trap \"stty size; exit\" WINCH; while :; do sleep 0.1; done'")
	is "$output" $'44 122\r'
}

terminal_does_not_change_the_exit_code()
{
	begin
	in_terminal "$siloctl run -it --rm sh -c 'exit 6'"
	is $? 6
}

terminal_is_as_before_afterwards()
{
	local output

	begin
	output=$(in_terminal "stty -g; $siloctl run -it --rm stty raw -echo; stty -g")
	is "$(sed -n 1p <<< "$output")" "$(sed -n 2p <<< "$output")" "the terminal's settings"
}

terminal_is_as_before_when_a_signal_ends_the_command()
{
	local output

	begin
	output=$(in_terminal "stty -g
		(sleep 1.5; $siloctl kill $name) &
		$siloctl run -it --name $name sleep 60; echo \$?; stty -g")
	is "$(sed -n 1p <<< "$output")" "$(sed -n 3p <<< "$output")" "the terminal's settings"
	is "$(sed -n 2p <<< "$output")" $'137\r'
}

terminal_takes_keys()
{
	local output

	begin
	output=$(expect -c "
		set timeout 60
		spawn -noecho $siloctl run -it --rm -e PS1=ready> sh
		expect ready> { send \"echo \\\$((6 * 7))\\r\" }
		expect 42 { send \"\\004\" }
		expect eof
		exit [lindex [wait] 3]")
	is $? 0 "exit code; output: $output"
	[[ $output == *42* ]] || fail "$output"
}

terminal_passes_the_interrupt_key_to_the_command()
{
	local output

	begin
	output=$(expect -c "
		set timeout 60
		spawn -noecho $siloctl run -it --rm bash -c {trap 'exit 8' INT; echo ready; while :; do sleep 0.1; done}
		expect ready { send \"\\003\" }
		expect eof
		exit [lindex [wait] 3]")
	is $? 8 "exit code; output: $output"
}

terminal_delivers_all_output_before_the_end()
{
	begin
	in_terminal "$siloctl run -it --rm seq 20000" > output
	seq 20000 | sed 's/$/\r/' | cmp - output || fail "the output differs"
}

terminal_has_our_TERM()
{
	begin
	is "$(TERM=vt100 in_terminal "$siloctl run -it --rm sh -c 'echo \$TERM'")" $'vt100\r'
}

ktap_select "$@"
ktap_run \
	terminal_of_the_command_is_its_own \
	terminal_has_the_size_of_ours \
	terminal_follows_a_change_of_size \
	terminal_does_not_change_the_exit_code \
	terminal_is_as_before_afterwards \
	terminal_is_as_before_when_a_signal_ends_the_command \
	terminal_takes_keys \
	terminal_passes_the_interrupt_key_to_the_command \
	terminal_delivers_all_output_before_the_end \
	terminal_has_our_TERM
