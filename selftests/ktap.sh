# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# ktap - the harness of the tests that are shell scripts
#
# A test is a function whose name is the claim, with underscores for spaces. It runs in a subshell; it passes if it returns 0, and calls
# skip or fail with a reason otherwise. Its output is shown, as diagnostics, only if it does not pass. A script ends with
#
#	ktap_run first_claim second_claim ...
#
# With arguments, the script runs only the named tests: ktap_select "$@" before it.

ktap_selected=()

# Ends the running test.
skip()
{
	echo "SKIP: $*"
	exit 4
}

fail()
{
	echo "$*"
	exit 1
}

# is ACTUAL EXPECTED [WHAT]
is()
{
	[[ $1 == "$2" ]] || fail "${3:-the value} is '$1', not '$2'"
}

ktap_select()
{
	ktap_selected=("$@")
}

# Exits with kselftest's statuses: 0 pass, 1 fail, 4 all skipped.
ktap_run()
{
	local tests=("$@") name output status number=0 passed=0 failed=0 skipped=0

	((${#ktap_selected[@]})) && tests=("${ktap_selected[@]}")
	echo "TAP version 13"
	echo "1..${#tests[@]}"
	for name in "${tests[@]}"; do
		((++number))
		output=$("$name" 2>&1)
		status=$?
		if ((status == 0)); then
			((++passed))
			echo "ok $number ${name//_/ }"
		elif ((status == 4)); then
			((++skipped))
			echo "ok $number ${name//_/ } # SKIP ${output##*SKIP: }"
		else
			((++failed))
			# Control bytes would garble the protocol.
			tr -d '\000-\010\013-\037' <<<"$output" | sed 's/^/# /'
			echo "not ok $number ${name//_/ }"
		fi
	done
	echo "# Totals: pass:$passed fail:$failed xfail:0 xpass:0 skip:$skipped error:0"
	((failed)) && exit 1
	((passed)) || exit 4
	exit 0
}
