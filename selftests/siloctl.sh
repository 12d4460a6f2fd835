# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# siloctl - what the tests of siloctl share: running it, and asserting all of what it says
#
# Each test has a silo name of its own, $name, and a folder to be in; what it leaves behind is removed.
#
# shellcheck disable=SC2317 # The functions are called by those that source this.
# shellcheck source-path=SCRIPTDIR source=ktap.sh

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/ktap.sh"

siloctl=${SILOCTL:-$here/../cli/siloctl}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Begins a test: NAME of its silo, and a folder of its own to be in.
begin()
{
	[[ -d /sys/module/silo ]] || skip "the silo module is not loaded"
	((EUID == 0)) || skip "this takes root"
	name=t$BASHPID
	mkdir "$work/$name"
	cd "$work/$name" || fail "no folder"
	trap '"$siloctl" rm -f "$name" "$name-2" 2> /dev/null; cd /' EXIT
}

# gives STATUS STDOUT STDERR ARGUMENT...
gives()
{
	local status=$1 output=$2 error=$3
	local actual_output actual_error actual_status

	shift 3
	actual_output=$("$siloctl" "$@" 2> error < /dev/null)
	actual_status=$?
	actual_error=$(< error)
	is "$actual_error" "$error" "stderr of siloctl $*"
	is "$actual_output" "$output" "stdout of siloctl $*"
	is "$actual_status" "$status" "exit code of siloctl $*"
}

# works ARGUMENT...: it succeeds and says nothing
works()
{
	gives 0 "" "" "$@"
}

# Starts a silo in the background that lasts: detached ARGUMENT...
detached()
{
	gives 0 "$name" "" run -d --name "$name" "$@"
}

# A member of what inspect tells: of NAME FILTER
of()
{
	"$siloctl" inspect "$1" | jq -r ".[0].$2"
}

has_state()
{
	[[ $(of "$1" state 2> /dev/null) == "$2" ]]
}

has_members()
{
	[[ $(of "$1" members 2> /dev/null) == "$2" ]]
}

is_started_in()
{
	"$siloctl" ps "$1" | grep -q " $2$"
}

# await COMMAND...: until it succeeds
await()
{
	local tries

	for ((tries = 0; tries < 200; tries++)); do
		"$@" && return
		sleep 0.05
	done
	fail "this did not come true: $*"
}

# in_terminal COMMAND: run by a shell that has a terminal; prints what appears on it, without what script(1) types at
# the end of its own input
in_terminal()
(
	set -o pipefail
	script -qec "$1" /dev/null | sed 's/^\^@//'
)
