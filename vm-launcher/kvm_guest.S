/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * silo-vm - kvm_guest: what the probe's virtual processor runs
 *
 * 64-bit code at any address, ring 0, the first 2 MiB mapped one to one, no
 * interrupt table: any exception is a triple fault. %rdi: 4 KiB of scratch
 * memory, aligned. %rsi: 1 if there is XSAVE. A mark is a byte written to port
 * 0xf4 after each stage; the fastest of five loops is left at the scratch
 * memory's end. These are instructions that real kernels use and that
 * incomplete emulators of them stumble over.
 */
	.section .rodata
	.balign 16
	.global kvm_guest_begin, kvm_guest_end

	.macro mark number
	movb	$\number, %al
	outb	%al, $0xf4
	.endm

kvm_guest_begin:
	mark	1

	xorl	%eax, %eax
	xorl	%edx, %edx
	xorl	%ebx, %ebx
	xorl	%ecx, %ecx
	lock cmpxchg16b (%rdi)
	mark	2

	fninit
	fxsave64 (%rdi)
	fxrstor64 (%rdi)
	mark	3

	testl	%esi, %esi
	jz	1f
	movq	%cr4, %rax
	btsq	$18, %rax
	movq	%rax, %cr4
	xorl	%ecx, %ecx
	xorl	%edx, %edx
	movl	$3, %eax
	xsetbv
	xorl	%edx, %edx
	movl	$3, %eax
	xsave64	1024(%rdi)
	xrstor64 1024(%rdi)
1:	mark	4

	movl	$0xc0000082, %ecx
	rdmsr
	wrmsr
	swapgs
	swapgs
	movq	%cr3, %rax
	movq	%rax, %cr3
	invlpg	(%rdi)
	mark	5

	movq	$-1, %r9
	movl	$5, %r10d
2:	lfence
	rdtsc
	shlq	$32, %rdx
	leaq	(%rax,%rdx), %r8
	movl	$20000, %ecx
3:	decl	%ecx
	jnz	3b
	lfence
	rdtsc
	shlq	$32, %rdx
	addq	%rdx, %rax
	subq	%r8, %rax
	cmpq	%r9, %rax
	cmovbq	%rax, %r9
	decl	%r10d
	jnz	2b
	movq	%r9, 4088(%rdi)
	mark	6

	movl	$200, %r10d
4:	xorl	%eax, %eax
	cpuid
	decl	%r10d
	jnz	4b
	mark	7
	hlt
kvm_guest_end:

	.section .note.GNU-stack,"",@progbits
