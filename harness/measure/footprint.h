/*
 * Memory of a process tree beyond the RSS series: PSS, USS and what it has allocated
 * from smaps_rollup, the peak from VmHWM after it was reset (proc(5), clear_refs: 5
 * resets the peak). Reading smaps_rollup holds the process' memory map for about a
 * millisecond per 100 MB. And what the kernel holds for all processes together: what
 * of it is a server's shows only in differences (analyse/memory.h).
 */
#ifndef MEASURE_FOOTPRINT_H
#define MEASURE_FOOTPRINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* What is resident, all by one walk over the page tables.
 * anon_bytes is what the processes have allocated: Pss_Anon + Pss_Shmem + SwapPss
 * (Documentation/filesystems/proc.rst). Shmem are shared anonymous mappings, System
 * V's, and mappings of a memfd or of a file of a tmpfs. Of what several processes share
 * each has its part. A page of a file is left out, unless it was mapped privately and
 * written to, which makes it anonymous: PSS, and USS, of such pages move with who else
 * has the file open and with what the kernel maps around a fault. So are pages of a
 * memfd that are not mapped, and rings of io_uring, which the kernel allocates. */
struct footprint_resident {
    int64_t rss_bytes, pss_bytes, uss_bytes;
    int64_t anon_bytes; /* MISSING: FOOTPRINT_NO_ANON */
};
#define FOOTPRINT_UNREAD "smaps_rollup could not be read"
#define FOOTPRINT_NO_ANON                                                                          \
    "smaps_rollup does not tell Pss_Anon, Pss_Shmem and SwapPss apart, as before Linux 5.3"

/* Sums over the tree; false, with errno set, if any process could not be read, or all have ended
 * (ESRCH). Who has ended is left out. */
bool footprint_read_resident(const pid_t *pids, size_t count, struct footprint_resident *resident);
/* Adds one process, by the text of its smaps_rollup. */
bool footprint_add_resident(struct footprint_resident *resident, const char *text);
bool footprint_reset_peak(const pid_t *pids, size_t count);
/* The sum of the processes' own peaks: at least the tree's. */
bool footprint_peak(const pid_t *pids, size_t count, int64_t *peak_bytes);

/* Page tables of the processes: VmPTE. */
bool footprint_page_tables(const pid_t *pids, size_t count, int64_t *bytes);
/* What of their address spaces are rings of io_uring, by /proc/PID/maps: queues, entries, and rings
 * of buffers that the kernel has made. Not what a server has made itself (IORING_SETUP_NO_MMAP):
 * that is plain memory. Where the kernel inserts their pages one by one (vm_insert_pages: Linux
 * 6.10, commit 3ab1db3c6039, which 6.6.84 and 6.1.132 have, too) these are in RSS and PSS as well;
 * where it maps page frames (remap_pfn_range) they are in neither. /proc/PID/fdinfo says less: it
 * knows no sizes of entries, nothing of rings whose descriptor is registered and closed, and prints
 * nothing while the ring is busy. */
bool footprint_rings(const pid_t *pids, size_t count, int64_t *bytes);

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
