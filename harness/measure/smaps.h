/*
 * What a process' resident memory consists of, from the text of
 * /proc/PID/smaps (proc(5); Linux 4.5 on): each mapping is of one kind
 * of data/explanation.h, by its name, its flags and who stands in it.
 *
 * The kernel does not say which mapping is a thread's stack (it did until Linux 4.5). So one is
 * taken for it that holds the stack pointer of a thread, or lies straight above a small mapping
 * nobody may touch, the guard that pthread_create(3) puts below. The second finds stacks of threads
 * that run just now, and those of ended ones that the library keeps. Before Linux 6.8 the kernel
 * may make one mapping of a stack and of anonymous memory straight above it; then all of it is
 * called a stack. Later ones keep stacks free of huge pages, and so apart (commit c4608d1bf7c6).
 */
#ifndef MEASURE_SMAPS_H
#define MEASURE_SMAPS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "data/explanation.h"

/* Adds what the text says to sums[MEMORY_KINDS]. pointers: stack pointers
 * of threads, in ascending order. 0; or -errno, EPROTO for a text that is
 * no smaps or ends within a mapping, and then sums are of no use. */
int smaps_read(FILE *smaps, const uint64_t *pointers, size_t count, struct kind_bytes *sums);

/* The stack pointers of a process' threads that wait for something,
 * from /proc/PID/task/TID/syscall, in ascending order. The caller
 * frees *pointers. How many; fewer where the kernel does not tell. */
size_t smaps_stack_pointers(pid_t pid, uint64_t **pointers);

/* Both, of some processes: sums are set. 0, or -errno; one that has ended meanwhile is left out. */
int smaps_kinds(const pid_t *pids, size_t count, struct kind_bytes *sums);

#endif
