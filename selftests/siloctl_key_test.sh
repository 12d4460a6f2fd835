#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# siloctl with silos of this kernel: keys
#
#	siloctl_key_test.sh [TEST...]
#
# shellcheck disable=SC2016,SC2317 # Commands are for the shell in the silo; the tests are called by name.
# shellcheck disable=SC1003,SC2154 # Paths of keys end with backslashes; siloctl.sh sets variables.
# shellcheck source-path=SCRIPTDIR source=siloctl.sh

. "$(dirname "${BASH_SOURCE[0]}")/siloctl.sh"

# A silo that has keys and does nothing.
with_keys()
{
	begin
	gives 0 "$name" "" create --name "$name" true
}

key_set_and_get_agree_for_each_type()
{
	with_keys
	works key set "$name" 'HKLM\T\string' 'some text'
	gives 0 "some text" "" key get "$name" 'HKLM\T\string'
	works key set "$name" 'HKLM\T\expand' expand-string '%PATH%'
	gives 0 "%PATH%" "" key get "$name" 'HKLM\T\expand'
	works key set "$name" 'HKLM\T\dword' dword 8081
	gives 0 "8081" "" key get "$name" 'HKLM\T\dword'
	works key set "$name" 'HKLM\T\hex' REG_DWORD 0x1F
	gives 0 "31" "" key get "$name" 'HKLM\T\hex'
	works key set "$name" 'HKLM\T\big' dword-be 258
	gives 0 "258" "" key get "$name" 'HKLM\T\big'
	works key set "$name" 'HKLM\T\qword' qword 18446744073709551615
	gives 0 "18446744073709551615" "" key get "$name" 'HKLM\T\qword'
	works key set "$name" 'HKLM\T\binary' binary "de ad,BE ef"
	gives 0 "deadbeef" "" key get "$name" 'HKLM\T\binary'
	works key set "$name" 'HKLM\T\multi' multi-string $'one\ntwo'
	gives 0 $'one\ntwo' "" key get "$name" 'HKLM\T\multi'
	works key set "$name" 'HKLM\T\odd' 4711 00ff
	gives 0 "00ff" "" key get "$name" 'HKLM\T\odd'
}

key_get_prints_json()
{
	with_keys
	works key set "$name" 'HKLM\T\number' dword 5
	works key set "$name" 'HKLM\T\list' multi-string $'a\nb'
	is "$("$siloctl" key get --json "$name" 'HKLM\T\number' | jq -c 'del(.["modified-time"])')" \
		'{"path":"HKLM\\T","value":"number","type":"dword","data":5}'
	is "$("$siloctl" key get --json "$name" 'HKLM\T\list' | jq -c .data)" '["a","b"]'
}

key_data_may_look_like_an_option()
{
	with_keys
	works key set "$name" 'HKLM\T\flags' -Xmx1g
	gives 0 "-Xmx1g" "" key get "$name" 'HKLM\T\flags'
}

key_names_ignore_case_and_take_slashes()
{
	with_keys
	works key set "$name" 'hkey_local_machine/Software/Web/Port' dword 1
	gives 0 "1" "" key get "$name" 'HKLM\SOFTWARE\WEB\PORT'
	gives 0 "HKLM\\Software\\Web" "" key get "$name" 'HKLM\Software\Web\'
}

key_at_sign_is_the_default_value()
{
	with_keys
	works key set "$name" 'HKLM\T\@' default
	gives 0 "default" "" key get "$name" 'HKLM\T\@'
	gives 0 "default" "" key get --value "" "$name" 'HKLM\T'
	gives 1 "" "siloctl: $name: cannot get HKLM\\T\\@: there is no such value" key get --value @ "$name" 'HKLM\T'
}

key_value_option_takes_any_name()
{
	with_keys
	works key set --value 'C:\dir/file' "$name" 'HKLM\T' path
	gives 0 "path" "" key get --value 'C:\dir/file' "$name" 'HKLM\T'
	works key set "$name" 'HKCR\image/png\type' picture
	gives 0 "picture" "" key get "$name" 'HKCR\image/png\type'
	works key set "$name" '\top/level\x' 1
	gives 0 "1" "" key get "$name" '\top/level\x'
	works key delete --value 'C:\dir/file' "$name" 'HKLM\T'
	gives 1 "" "siloctl: $name: cannot get HKLM\\T\\C:\\dir/file: there is no such value" \
		key get --value 'C:\dir/file' "$name" 'HKLM\T'
}

key_get_of_a_missing_one_exits_with_1()
{
	with_keys
	works key set --key "$name" 'HKLM\T\Sub'
	gives 1 "" "siloctl: $name: cannot get HKLM\\T\\nosuch: there is no such value" key get "$name" 'HKLM\T\nosuch'
	gives 1 "" "siloctl: $name: cannot get HKLM\\nosuch: there is no such key" key get "$name" 'HKLM\nosuch\'
	gives 1 "" "siloctl: $name: cannot get HKLM\\T\\Sub: it is a key, not a value; list it with 'siloctl key list'" \
		key get "$name" 'HKLM\T\Sub'
}

key_delete_takes_the_value_first()
{
	with_keys
	works key set "$name" 'HKLM\T\Both' value
	works key set --key "$name" 'HKLM\T\Both'
	works key delete "$name" 'HKLM\T\Both'
	gives 0 "HKLM\\T\\Both" "" key get --key "$name" 'HKLM\T\Both'
	works key delete "$name" 'HKLM\T\Both'
	gives 1 "" "siloctl: $name: cannot delete HKLM\\T\\Both: there is no such value or key" key delete "$name" 'HKLM\T\Both'
}

key_delete_with_r_takes_the_key()
{
	with_keys
	works key set "$name" 'HKLM\T\Both' value
	works key set --key "$name" 'HKLM\T\Both\Below'
	gives 1 "" "siloctl: $name: cannot delete HKLM\\T\\Both: there are keys below it; add -r to delete them too" \
		key delete --key "$name" 'HKLM\T\Both'
	works key delete -r "$name" 'HKLM\T\Both'
	gives 0 "value" "" key get "$name" 'HKLM\T\Both'
	gives 1 "" "siloctl: $name: cannot get HKLM\\T\\Both: there is no such key" key get --key "$name" 'HKLM\T\Both'
}

key_list_shows_keys_then_values()
{
	with_keys
	works key set "$name" 'HKLM\T\b' dword 2
	works key set "$name" 'HKLM\T\a' $'two\nlines'
	works key set --key "$name" 'HKLM\T\Sub'
	gives 0 'NAME  TYPE    DATA
Sub\  key
a     string  two\nlines
b     dword   2' "" key list "$name" 'HKLM\T'
	gives 0 'NAME   TYPE  DATA
HKLM\  key' "" key list "$name"
	is "$("$siloctl" key list --json "$name" 'HKLM\T' | jq -c '[.[] | [.entry, .path, .value]]')" \
		'[["key","HKLM\\T\\Sub",null],["value","HKLM\\T","a"],["value","HKLM\\T","b"]]'
	gives 1 "" "siloctl: $name: cannot list HKLM\\nosuch: there is no such key" key list "$name" 'HKLM\nosuch'
}

key_tree_shows_everything()
{
	with_keys
	works key set "$name" 'HKLM\Software\Web\Port' dword 80
	works key set "$name" 'HKLM\Software\@' text
	gives 0 'HKLM\
  Software\
    @        string  text
    Web\
      Port   dword   80' "" key tree "$name"
	is "$("$siloctl" key tree --json "$name" 'HKLM\Software\Web' | jq -c '[.[] | [.path, .value, .data]]')" \
		'[["HKLM\\Software\\Web",null,null],["HKLM\\Software\\Web","Port",80]]'
}

key_text_cannot_drive_the_terminal()
{
	with_keys
	works key set "$name" 'HKLM\T\x' $'\e[2J'
	is "$("$siloctl" key list "$name" 'HKLM\T' | tail -n 1)" 'x     string  \x1b[2J'
}

key_import_makes_all_changes()
{
	with_keys
	works key set "$name" 'HKLM\Old\x' gone
	cat > file.reg <<-'END'
		Windows Registry Editor Version 5.00

		[HKEY_LOCAL_MACHINE\Software\Web]
		@="default"
		"Port"=dword:00001f90
		"Name"="web"

		[-HKEY_LOCAL_MACHINE\Old]
		[-HKEY_LOCAL_MACHINE\Nosuch]
	END
	works key import "$name" file.reg
	gives 0 "8080" "" key get "$name" 'HKLM\Software\Web\Port'
	gives 0 "default" "" key get "$name" 'HKLM\Software\Web\@'
	gives 1 "" "siloctl: $name: cannot get HKLM\\Old: there is no such key" key get --key "$name" 'HKLM\Old'
	sed s/1f90/1f91/ file.reg | "$siloctl" key import "$name" - || fail "exit code $?"
	gives 0 "8081" "" key get "$name" 'HKLM\Software\Web\Port'
}

key_import_changes_nothing_if_the_file_is_malformed()
{
	with_keys
	cat > file.reg <<-'END'
		Windows Registry Editor Version 5.00

		[HKEY_LOCAL_MACHINE\Software\Web]
		"Port"=dword:00001f90
		"Bad"=dword:xyz
	END
	"$siloctl" key import "$name" file.reg 2> error
	is $? 1
	[[ $(< error) == "siloctl: $name: file.reg:5: cannot import keys: "?* ]] || fail "$(< error)"
	gives 0 "NAME  TYPE  DATA" "" key list "$name"
	gives 1 "" "siloctl: $name: cannot read nosuch.reg: No such file or directory" key import "$name" nosuch.reg
}

key_changes_are_seen_in_the_silo()
{
	begin
	detached sleep 60
	works key set "$name" 'HKLM\Software\Web\Port' dword 8080
	gives 0 "8080" "" exec "$name" cat /sys/fs/silo/self/keys/HKLM/Software/Web/Port
}

completion_knows_keys_and_values()
{
	local entries

	with_keys
	works key set "$name" 'HKLM\Software\Web\Port' dword 1
	works key set "$name" 'HKLM\Software\@' x
	works key set "$name" 'HKLM\Software\list' multi-string $'a\nb'
	entries=$(PATH=$(dirname "$siloctl"):$PATH bash -c '. "$1"; _siloctl_key_entries "$2" "HKLM\Software"' \
		bash "$here/../cli/completion/siloctl" "$name")
	is "$entries" 'HKLM\Software\Web\
HKLM\Software\@
HKLM\Software\list'
}

keys_of_a_silo_go_with_it()
{
	with_keys
	works key set "$name" 'HKLM\T\x' 1
	works rm -f "$name"
	gives 0 "$name" "" create --name "$name" true
	gives 0 "NAME  TYPE  DATA" "" key list "$name"
}

ktap_select "$@"
ktap_run \
	key_set_and_get_agree_for_each_type \
	key_get_prints_json \
	key_data_may_look_like_an_option \
	key_names_ignore_case_and_take_slashes \
	key_at_sign_is_the_default_value \
	key_value_option_takes_any_name \
	key_get_of_a_missing_one_exits_with_1 \
	key_delete_takes_the_value_first \
	key_delete_with_r_takes_the_key \
	key_list_shows_keys_then_values \
	key_tree_shows_everything \
	key_text_cannot_drive_the_terminal \
	key_import_makes_all_changes \
	key_import_changes_nothing_if_the_file_is_malformed \
	key_changes_are_seen_in_the_silo \
	completion_knows_keys_and_values \
	keys_of_a_silo_go_with_it
