#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# siloctl on a host without the silo module: what it refuses, and how it says so
#
#	siloctl_test.sh [TEST...]
#
# Asserts the exit code and the whole of what is written. The cases about the absent module are skipped where it is
# loaded. Nothing is created.
#
# shellcheck disable=SC2317 # The tests are called by name.
# shellcheck disable=SC1003 # Paths of keys end with backslashes.
# shellcheck source-path=SCRIPTDIR source=../ktap.sh

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../ktap.sh"

siloctl=${SILOCTL:-$here/../../cli/siloctl}
load="load it with 'insmod silo.ko' (or 'modprobe silo')"

# An empty place for records of VM silos.
runtime=$(mktemp -d)
export SILO_RUNTIME_DIR=$runtime
trap 'rm -rf "$runtime"' EXIT

# gives STATUS STDOUT STDERR ARGUMENT...
gives()
{
	local status=$1 output=$2 error=$3
	local actual_output actual_error actual_status

	shift 3
	actual_output=$("$siloctl" "$@" 2> "$runtime/error" < /dev/null)
	actual_status=$?
	actual_error=$(< "$runtime/error")
	is "$actual_error" "$error" "stderr of siloctl $*"
	is "$actual_output" "$output" "stdout of siloctl $*"
	is "$actual_status" "$status" "exit code of siloctl $*"
}

# A usage error: misuse COMMAND SENTENCE ARGUMENT...
misuse()
{
	local command=$1 sentence=$2 status=2

	shift 2
	# Codes below 125 are those of the command that they run.
	[[ $command == run || $command == exec ]] && status=125
	gives "$status" "" "siloctl: $command: $sentence
try 'siloctl $command --help'" "$@"
}

need_no_module()
{
	[[ -d /sys/module/silo ]] && skip "the silo module is loaded"
	return 0
}

# ---- usage ------------------------------------------------------------------

no_command_prints_the_commands_and_is_a_usage_error()
{
	local output

	output=$("$siloctl" 2>&1 > /dev/null)
	is "$?" 2
	[[ $output == "usage: siloctl COMMAND ..."*"  run "*"  version "* ]] || fail "$output"
}

every_command_has_help_with_two_examples()
{
	local command output

	for command in run create start exec stop kill wait rm ls inspect ps which events doctor version \
		       "key get" "key set" "key delete" "key list" "key tree" "key import"; do
		# shellcheck disable=SC2086
		output=$("$siloctl" $command --help 2>&1) || fail "$command --help exits with $?"
		[[ $output == "usage: siloctl $command"* ]] || fail "$command: $output"
		is "$(sed '1,/^examples:/d' <<< "$output" | grep -c "siloctl")" 2 "the number of examples of $command"
		# shellcheck disable=SC2086
		is "$("$siloctl" help $command)" "$output" "help $command"
	done
}

unknown_command_is_a_usage_error()
{
	gives 2 "" "siloctl: there is no command 'frobnicate'
try 'siloctl --help'" frobnicate
	gives 2 "" "siloctl: key: there is no command 'frobnicate'
try 'siloctl key --help'" key frobnicate
}

unknown_option_is_a_usage_error()
{
	misuse run "unknown option --frobnicate" run --frobnicate true
	misuse run "unknown option -Z" run -iZ true
	misuse ls "unknown option -Z" ls -Z
	misuse "key get" "unknown option --recursive" key get --recursive web 'A\B'
}

option_without_its_argument_is_a_usage_error()
{
	misuse run "--memory needs an argument" run -m
	misuse run "--name needs an argument" run --name
}

option_with_a_needless_argument_is_a_usage_error()
{
	misuse run "--rm takes no argument" run --rm=yes true
	misuse run "--help takes no argument" run --help=yes true
}

options_end_at_the_command()
{
	misuse exec "a command is missing" exec web --
	need_no_module
	gives 125 "" "siloctl: web: cannot create: the silo module is not loaded; $load, or use --isolation=vm" \
		run --name web ls --frobnicate
}

missing_command_is_a_usage_error()
{
	misuse run "an argument is missing: siloctl run [OPTIONS] [--] COMMAND [ARGUMENT...]" run --rm
	misuse create "an argument is missing: siloctl create [OPTIONS] [--] COMMAND [ARGUMENT...]" create --
	misuse exec "an argument is missing: siloctl exec [OPTIONS] NAME COMMAND [ARGUMENT...]" exec web
}

needless_argument_is_a_usage_error()
{
	misuse ls "unexpected argument 'web'" ls web
	misuse "key list" "unexpected argument 'c'" key list a b c
}

# ---- options of run and create ------------------------------------------------

bad_name_is_refused_with_the_rule()
{
	local name rule="letters, digits, dots, underscores and hyphens, beginning with a letter or digit, not digits only"

	rule+=", not 'self', at most 63 bytes"
	for name in "" 12 self -web .web a/b "a b" "$(printf 'a%.0s' {1..64})"; do
		misuse run "'$name' is no name of a silo: $rule" run --name="$name" true
	done
}

sizes_are_bytes_or_have_a_unit()
{
	local size

	for size in "" x 5x -1 0x10 1.5G 5kk 99999999999999999999 17179869184G; do
		misuse run "-m $size is no size; sizes are bytes, or a number with k, m, g or t" run -m "$size" true
	done
	for size in 524288 512k 512K 1m 1M 1mb 1G 1g 1T; do
		misuse run "--json is for -d: without it, the output is the command's" run -m "$size" --json true
	done
}

too_little_memory_is_refused()
{
	misuse run '"memory" is less than 512 KiB: 524287 bytes' run -m 524287 true
}

cpus_are_decimal_numbers_of_processors()
{
	local number

	for number in "" x -1 1. . 1.0005 1,5 1e3; do
		misuse run "--cpus $number is no number of processors, such as 2 or 1.5 or 0.125" run --cpus "$number" true
	done
	for number in 1 1.5 .25 0.125 2.0000; do
		misuse run "--json is for -d: without it, the output is the command's" run --cpus "$number" --json true
	done
}

pids_is_a_number()
{
	misuse run "--pids x is no number" run --pids x true
	misuse run "--pids 4294967296 is no number" run --pids 4294967296 true
}

volume_needs_source_and_destination()
{
	misuse run "-v /a is not of the form SRC:DST[:ro|rw]" run -v /a true
	misuse run "-v :/b is not of the form SRC:DST[:ro|rw]" run -v :/b true
	misuse run "-v /a: is not of the form SRC:DST[:ro|rw]" run -v /a: true
	misuse run "-v /a:/b:rx: only ':ro' or ':rw' may follow DST" run -v /a:/b:rx true
	misuse run "-v /a:/b:ro:z: only ':ro' or ':rw' may follow DST" run -v /a:/b:ro:z true
	misuse run "-v /a:b: DST is not an absolute path" run -v /a:b true
}

environment_variable_needs_a_name()
{
	misuse run "-e =x: a variable needs a name" run -e =x true
	misuse exec "-e : a variable needs a name" exec -e "" web true
}

isolation_is_process_or_vm()
{
	misuse run "--isolation hyperv: it is 'process' or 'vm'" run --isolation=hyperv true
}

relative_working_directory_is_refused()
{
	misuse run '"directory" is no absolute path: tmp' run -w tmp true
	misuse exec "-w tmp is not an absolute path" exec -w tmp web true
}

terminal_without_a_terminal_is_refused()
{
	misuse run "the input device is not a terminal, so -t can't be had" run -t true
	misuse exec "the input device is not a terminal, so -t can't be had" exec -it web true
}

what_nobody_would_hold_is_refused()
{
	misuse run "-t and -d exclude each other: nobody would hold the terminal" run -d -t true
	misuse run "-i and -d exclude each other: nobody would hold the input" run -di true
	misuse create "-t is for run and exec: nobody would hold the terminal" create -t true
	misuse create "-i is for run and exec: nobody would hold the input" create -i true
	misuse create "unknown option -d" create -d true
}

# ---- other arguments ------------------------------------------------------------

signals_have_names_and_numbers()
{
	misuse kill "'FOO' is no signal" kill -s FOO web
	misuse kill "'0' is no signal" kill -s 0 web
	misuse kill "'65' is no signal" kill -s 65 web
	misuse kill "'SIGSIGTERM' is no signal" kill -s SIGSIGTERM web
}

stop_takes_seconds()
{
	misuse stop "-t soon is no number of seconds from 0 to 2000000" stop -t soon web
	misuse stop "-t -1 is no number of seconds from 0 to 2000000" stop -t -1 web
}

which_takes_a_process_number()
{
	misuse which "'init' is no process number" which init
	misuse which "'0' is no process number" which 0
}

quiet_and_json_exclude_each_other()
{
	misuse ls "--quiet and --json exclude each other" ls -q --json
}

# ---- keys -----------------------------------------------------------------------

path_of_a_value_needs_a_key()
{
	misuse "key get" "'Port' names no value: write KEY\\VALUE, or KEY\\ for the key itself" key get web Port
	misuse "key set" "'\\Port' names no value: write KEY\\VALUE, or KEY\\ for the key itself" key set web '\Port' x
}

path_with_an_empty_name_is_refused()
{
	misuse "key get" "'HKLM\\\\Port' is no path: there is an empty name in it" key get web 'HKLM\\Port'
	misuse "key list" "'HKLM//x' is no path: there is an empty name in it" key list web 'HKLM//x'
}

too_long_a_path_is_refused()
{
	local sentence="the path is too long: at most 4095 bytes, 64 names of 255 bytes"

	misuse "key get" "$sentence" key get web "HKLM\\$(printf 'a%.0s' {1..256})\\x"
	misuse "key list" "$sentence" key list web "$(printf 'a\\%.0s' {1..65})"
}

key_and_value_exclude_each_other()
{
	misuse "key get" "--key and --value exclude each other" key get --key --value Port web 'HKLM\Web'
	misuse "key delete" "-r and --value exclude each other: nothing lies below a value" \
		key delete -r --value Port web 'HKLM\Web'
}

data_must_fit_their_type()
{
	misuse "key set" "'FOO' is no type of a value" key set web 'A\B' FOO 1
	misuse "key set" "'abc' is no dword" key set web 'A\B' dword abc
	misuse "key set" "4294967296 is too large for a dword" key set web 'A\B' dword 4294967296
	misuse "key set" "18446744073709551616 is too large for a qword" key set web 'A\B' REG_QWORD 18446744073709551616
	misuse "key set" "'abc' is no binary" key set web 'A\B' binary abc
}

value_needs_data_and_key_takes_none()
{
	misuse "key set" "the data is missing: siloctl key set [OPTIONS] NAME PATH [[TYPE] DATA]" key set web 'A\B'
	misuse "key set" "a key has no data: 'x' is too much" key set web 'A\B\' x
	misuse "key set" "a key has no data: 'x' is too much" key set --key web 'A\B' x
}

# ---- without the module ---------------------------------------------------------

run_without_the_module_says_how_to_go_on()
{
	need_no_module
	gives 125 "" "siloctl: web: cannot create: the silo module is not loaded; $load, or use --isolation=vm" \
		run --name web true
	gives 3 "" "siloctl: web: cannot create: the silo module is not loaded; $load, or use --isolation=vm" \
		create --name web true
}

unknown_name_without_the_module_says_what_is_missing()
{
	local missing="no VM silo has this name, and there are no others while the silo module is not loaded; $load"

	need_no_module
	gives 3 "" "siloctl: web: cannot start: $missing" start web
	gives 3 "" "siloctl: web: cannot stop: $missing" stop web
	gives 3 "" "siloctl: web: cannot send a signal: $missing" kill web
	gives 3 "" "siloctl: web: cannot wait: $missing" wait web
	gives 3 "" "siloctl: web: cannot remove: $missing" rm web
	gives 3 "" "siloctl: web: cannot list its processes: $missing" ps web
	gives 3 "" "siloctl: web: cannot get keys: $missing" key get web 'A\B'
	gives 3 "" "siloctl: web: cannot set keys: $missing" key set web 'A\B' x
	gives 3 "" "siloctl: web: cannot delete keys: $missing" key delete web 'A\B'
	gives 3 "" "siloctl: web: cannot list keys: $missing" key list web
	gives 3 "" "siloctl: web: cannot list keys: $missing" key tree web
	gives 3 "" "siloctl: web: cannot import keys: $missing" key import web /nonexistent
	gives 125 "" "siloctl: web: cannot execute a command: $missing" exec web true
}

each_of_several_names_is_reported()
{
	local missing="no VM silo has this name, and there are no others while the silo module is not loaded; $load"

	need_no_module
	gives 3 "" "siloctl: a: cannot remove: $missing
siloctl: b: cannot remove: $missing" rm a b
}

kernel_commands_without_the_module_exit_with_3()
{
	need_no_module
	gives 3 "" "siloctl: events: cannot listen: the silo module is not loaded; $load" events
	gives 3 "" "siloctl: $$: cannot tell its silo: the silo module is not loaded; $load" which $$
}

ls_without_the_module_lists_vm_silos()
{
	need_no_module
	gives 0 "NAME  ID  STATE  MODE  PIDS  UP  COMMAND" "" ls
	gives 0 "" "" ls -q
	gives 0 "[
]" "" ls --json
}

doctor_names_the_missing_module()
{
	local output

	need_no_module
	output=$("$siloctl" doctor 2>&1)
	[[ $output == "fail  the silo module is not loaded; $load"* ]] || fail "$output"
}

# ---- output ---------------------------------------------------------------------

version_is_text_or_json()
{
	local version

	version=$("$siloctl" version) || fail "exit code $?"
	[[ $version =~ ^siloctl\ \ [0-9]+\.[0-9]+\.[0-9]+$ ]] || fail "$version"
	is "$("$siloctl" --version)" "$version"
	"$siloctl" version --json | grep -qx "  \"version\":\"${version#siloctl  }\",\?" ||
		"$siloctl" version --json | grep -qx "  \"version\": \"${version#siloctl  }\",\?" || fail "no such line in the JSON"
}

full_disk_is_reported()
{
	local output

	[[ -c /dev/full ]] || skip "there is no /dev/full"
	output=$("$siloctl" version 2>&1 > /dev/full)
	is "$?" 1
	is "$output" "siloctl: stdout: cannot write: No space left on device"
}

completion_is_valid_bash_and_knows_all_commands()
{
	local file="$here/../../cli/completion/siloctl" command

	bash -n "$file" || fail "bash refuses it"
	for command in $("$siloctl" --help | awk '/^  [a-z]/ { print $1 }'); do
		grep -qw "$command" "$file" || fail "it does not know $command"
	done
}

manual_has_every_command_and_option()
{
	local page="$here/../../cli/man/siloctl.8" command option

	for command in $("$siloctl" --help | awk '/^  [a-z]/ { print $1 }'); do
		grep -q "^\.Cm $command\|Ss Cm $command" "$page" || fail "no command $command"
		[[ $command == key ]] && continue
		for option in $("$siloctl" "$command" --help | sed -n 's/^  ....\(--[a-z]*\).*/\1/p'); do
			grep -q -- "-${option#--}" "$page" || fail "no option $option of $command"
		done
	done
}

ktap_select "$@"
ktap_run \
	no_command_prints_the_commands_and_is_a_usage_error \
	every_command_has_help_with_two_examples \
	unknown_command_is_a_usage_error \
	unknown_option_is_a_usage_error \
	option_without_its_argument_is_a_usage_error \
	option_with_a_needless_argument_is_a_usage_error \
	options_end_at_the_command \
	missing_command_is_a_usage_error \
	needless_argument_is_a_usage_error \
	bad_name_is_refused_with_the_rule \
	sizes_are_bytes_or_have_a_unit \
	too_little_memory_is_refused \
	cpus_are_decimal_numbers_of_processors \
	pids_is_a_number \
	volume_needs_source_and_destination \
	environment_variable_needs_a_name \
	isolation_is_process_or_vm \
	relative_working_directory_is_refused \
	terminal_without_a_terminal_is_refused \
	what_nobody_would_hold_is_refused \
	signals_have_names_and_numbers \
	stop_takes_seconds \
	which_takes_a_process_number \
	quiet_and_json_exclude_each_other \
	path_of_a_value_needs_a_key \
	path_with_an_empty_name_is_refused \
	too_long_a_path_is_refused \
	key_and_value_exclude_each_other \
	data_must_fit_their_type \
	value_needs_data_and_key_takes_none \
	run_without_the_module_says_how_to_go_on \
	unknown_name_without_the_module_says_what_is_missing \
	each_of_several_names_is_reported \
	kernel_commands_without_the_module_exit_with_3 \
	ls_without_the_module_lists_vm_silos \
	doctor_names_the_missing_module \
	version_is_text_or_json \
	full_disk_is_reported \
	completion_is_valid_bash_and_knows_all_commands \
	manual_has_every_command_and_option
