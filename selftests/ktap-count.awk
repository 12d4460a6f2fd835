#!/usr/bin/awk -f
# SPDX-License-Identifier: GPL-2.0-only
#
# ktap-count - counts test cases in the output of the kernel's kselftest runner
#
# Reads what `check` collects: lines of the runner, whose test programs' output has "# " before it, and lines of `check` itself:
#	# check: expecting PATH		this program is to report
#	# check: failure TEXT		something failed that is no test case
# A test case is a result line of a program. Besides, each of these counts as one failure, under the program's name: no plan and no skip; fewer
# results than planned; a failure of the program as a whole (a crash, a time limit) although no case failed; no report at all.
# A program that is skipped as a whole counts as one skipped.
# Prints the failures and the sum. Variables: skips, a file of "PROGRAM: CASE" lines; strict, "true" to fail on other skips.

function base(path)
{
	sub(/.*\//, "", path)
	return path
}

function fail(text)
{
	failed++
	failures[failed] = text
}

function skip(text)
{
	skipped++
	if (!(text in is_expected))
		unexpected[++surprises] = text
}

function begin_program(name)
{
	program = name
	plan = -1
	results = bad = only_skips = 0
	whole_skip = 0
}

# $0 is the runner's own result line for the program.
function end_program(is_ok, is_skip)
{
	delete expected[program]
	if (plan < 0 && !results) {
		if (is_skip || whole_skip)
			skip(program)
		else
			fail(program ": " (is_ok ? "reported nothing" : "ended without a report"))
	} else if (results < plan || (plan < 0 && is_ok)) {
		fail(program ": " results " results, planned were " (plan < 0 ? "none" : plan))
	} else if (!is_ok && !bad) {
		fail(program ": " $0)
	}
	program = ""
}

# "ok 3 - name # SKIP reason", without the verdict. kselftest_harness.h leaves out the name of what it skips, but it announced it.
function case_name(line)
{
	sub(/^(not )?ok( [0-9]+)?( -)? */, "", line)
	sub(/ *# .*/, "", line)
	return program ": " (line == "" ? announced : line)
}

BEGIN {
	while ((getline line < skips) > 0) {
		sub(/ *(#.*)?$/, "", line)
		if (line != "")
			is_expected[line] = 1
	}
	passed = failed = skipped = surprises = 0
}

/^# check: expecting / {
	expected[base($4)] = 1
	next
}

/^# check: failure / {
	sub(/^# check: failure /, "")
	fail($0)
	next
}

/^# selftests: / { begin_program($NF); next }

/^(not )?ok [0-9]+ selftests: / { end_program(!/^not/, / # SKIP/); next }

program == "" { next }

/^# 1\.\.[0-9]+/ {
	plan = substr($2, 4) + 0
	whole_skip = !plan
	if (!plan)
		plan = -1
	next
}

/^# #  RUN / { announced = $4; next }

/^# ok / {
	results++
	name = case_name(substr($0, 3))
	if (/# (SKIP|skip)/)
		skip(name)
	else
		passed++
	next
}

/^# not ok / {
	results++
	if (/# (TODO|XFAIL)/) {
		passed++
	} else {
		bad++
		fail(case_name(substr($0, 3)))
	}
}

END {
	if (program != "")
		end_program(0, 0)
	for (name in expected)
		fail(name ": did not run")
	for (i = 1; i <= failed; i++)
		print "failed: " failures[i]
	for (i = 1; i <= surprises; i++)
		print "skipped unexpectedly: " unexpected[i]
	print passed " passed, " failed " failed, " skipped " skipped"
	exit failed || (strict == "true" && surprises)
}
