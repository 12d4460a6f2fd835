#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# exports - print the functions that the public headers declare
#
# libsilo.map lists the same ones; "make check-exports" compares.
cd "$(dirname "$0")" || exit
grep -hoE '^([a-z].*[ *])?silo_[a-z0-9_]+\(' include/silo/*.h | grep -v '^typedef\|^static' |
	grep -oE 'silo_[a-z0-9_]+\($' | tr -d '(' | sort -u
