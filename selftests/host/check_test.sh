#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# check - tests of the counting: what a test program can do wrong must not look like success

# Tests are called by name.
# shellcheck disable=SC2317
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
# shellcheck source-path=SCRIPTDIR
source "$here/../ktap.sh"

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# Counts standard input; sets status and output to the result.
count()
{
	output=$(awk -v skips="$folder/skips" "$@" -f "$here/../ktap-count.awk")
	status=$?
}

# The runner's output for one program: header, the program's lines from standard input, verdict $1.
program()
{
	echo "# selftests: silo: one_test"
	sed 's/^/# /'
	echo "$1"
}

good="ok 1 selftests: silo: one_test" bad="not ok 1 selftests: silo: one_test # exit=1"

expect()
{
	is "$(tail -n 1 <<<"$output")" "$1" "the last line"
	is "$status" "$2" "the status"
}

passes_and_failures_are_counted_by_case()
{
	count < <(printf '%s\n' "1..3" "ok 1 - first" "not ok 2 second" "ok 3 third" | program "$bad")
	expect "2 passed, 1 failed, 0 skipped" 1
	grep -qx "failed: one_test: second" <<<"$output" || fail "$output"
}

success_is_status_0()
{
	count < <(printf '%s\n' "1..1" "ok 1 first" | program "$good")
	expect "1 passed, 0 failed, 0 skipped" 0
}

fewer_results_than_planned_are_a_failure()
{
	count < <(printf '%s\n' "1..3" "ok 1 first" | program "$good")
	expect "1 passed, 1 failed, 0 skipped" 1
	grep -q "failed: one_test: 1 results, planned were 3" <<<"$output" || fail "$output"
}

a_crash_after_the_last_case_is_a_failure()
{
	count < <(printf '%s\n' "1..1" "ok 1 first" | program "not ok 1 selftests: silo: one_test # exit=139")
	expect "1 passed, 1 failed, 0 skipped" 1
	grep -q "failed: one_test: .*exit=139" <<<"$output" || fail "$output"
}

a_failure_that_has_its_case_counts_once()
{
	count < <(printf '%s\n' "1..1" "not ok 1 first" | program "$bad")
	expect "0 passed, 1 failed, 0 skipped" 1
}

no_report_is_a_failure_even_with_status_0()
{
	count < <(echo "all is well" | program "$good")
	expect "0 passed, 1 failed, 0 skipped" 1
}

a_program_cut_off_is_a_failure()
{
	count < <(printf '%s\n' "# check: expecting /x/one_test" "# selftests: silo: one_test" "# 1..2" "# ok 1 first")
	expect "1 passed, 1 failed, 0 skipped" 1
}

a_program_that_never_ran_is_a_failure()
{
	count < <(echo "# check: expecting /x/one_test"; echo "# check: failure the lab ended with status 125")
	expect "0 passed, 2 failed, 0 skipped" 1
	grep -q "failed: one_test: did not run" <<<"$output" || fail "$output"
}

a_skip_is_no_failure_unless_strict()
{
	count < <(printf '%s\n' "1..1" "ok 1 first # SKIP why" | program "$good")
	expect "0 passed, 0 failed, 1 skipped" 0
	count -v strict=true < <(printf '%s\n' "1..1" "ok 1 first # SKIP why" | program "$good")
	expect "0 passed, 0 failed, 1 skipped" 1
	grep -q "skipped unexpectedly: one_test: first" <<<"$output" || fail "$output"
}

an_expected_skip_is_no_failure()
{
	printf '%s\n' "# reason" "one_test: first" >"$folder/skips"
	count -v strict=true < <(printf '%s\n' "1..1" "ok 1 first # SKIP why" | program "$good")
	rm "$folder/skips"
	expect "0 passed, 0 failed, 1 skipped" 0
}

the_harness_s_nameless_skip_gets_its_name()
{
	count -v strict=true < <(printf '%s\n' "1..1" "#  RUN           global.first ..." "ok 1 # SKIP why" | program "$good")
	grep -q "skipped unexpectedly: one_test: global.first" <<<"$output" || fail "$output"
}

a_skip_of_the_whole_program_counts_as_one()
{
	count < <(echo "1..0 # SKIP no hardware" | program "ok 1 selftests: silo: one_test # SKIP")
	expect "0 passed, 0 failed, 1 skipped" 0
	count < <(echo "no hardware" | program "ok 1 selftests: silo: one_test # SKIP")
	expect "0 passed, 0 failed, 1 skipped" 0
}

ktap_select "$@"
ktap_run passes_and_failures_are_counted_by_case success_is_status_0 fewer_results_than_planned_are_a_failure \
	a_crash_after_the_last_case_is_a_failure a_failure_that_has_its_case_counts_once no_report_is_a_failure_even_with_status_0 \
	a_program_cut_off_is_a_failure a_program_that_never_ran_is_a_failure a_skip_is_no_failure_unless_strict an_expected_skip_is_no_failure \
	the_harness_s_nameless_skip_gets_its_name a_skip_of_the_whole_program_counts_as_one
