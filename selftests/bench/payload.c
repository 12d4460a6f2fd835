// SPDX-License-Identifier: GPL-2.0-only
/*
 * bench - payload: the least that can be run
 *
 * Static, without a C library: what is measured is the start of a container, not of a program.
 */
__attribute__((noreturn, force_align_arg_pointer)) void _start(void)
{
	__asm__ volatile("syscall" : : "a"(231 /* exit_group */), "D"(0));
	__builtin_unreachable();
}
