/*
 * Memory of a process tree beyond the RSS series: PSS and USS from smaps_rollup, the peak from
 * VmHWM after it was reset (proc(5), clear_refs: 5 resets the peak). Reading smaps_rollup holds the
 * process' memory map for about a millisecond per 100 MB. And what the kernel holds for all processes
 * together: what of it is a server's shows only in differences (analyse/memory.h).
 */
#ifndef MEASURE_FOOTPRINT_H
#define MEASURE_FOOTPRINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Sums over the tree; false if any process could not be read. */
bool footprint_read(const pid_t *pids, size_t count, int64_t *pss_bytes, int64_t *uss_bytes);
bool footprint_reset_peak(const pid_t *pids, size_t count);
/* The sum of the processes' own peaks: at least the tree's. */
bool footprint_peak(const pid_t *pids, size_t count, int64_t *peak_bytes);

/* Of the whole system, in bytes; see proc(5), /proc/meminfo. */
struct footprint_kernel {
    int64_t stacks;      /* KernelStack: of all threads */
    int64_t page_tables; /* PageTables */
    int64_t slab;        /* SUnreclaim: sockets, files, tasks among it */
    int64_t tcp;         /* what sockets have queued: `mem` of TCP in /proc/net/sockstat */
};
bool footprint_read_kernel(struct footprint_kernel *kernel);
int64_t footprint_kernel_sum(const struct footprint_kernel *kernel);

#endif
