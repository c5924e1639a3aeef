/*
 * The memory of a server's cgroup (v2), where it is alone in one:
 * Documentation/admin-guide/cgroup-v2.rst. The kernel charges a group with what it makes for the
 * group's processes, too: stacks, page tables, sockets, slab. What of the system's sums is the
 * server's need not be guessed then.
 */
#ifndef MEASURE_CGROUP_H
#define MEASURE_CGROUP_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define CGROUP_MOUNT "/sys/fs/cgroup"

struct cgroup {
    char path[1024]; /* of the group's folder; empty: see why */
    char why[160];   /* there is no memory to read */
};

/* The group of pids[0], if it holds all of them and nobody else, and accounts for memory. mount:
 * where the hierarchy is; the group below it is said by /proc/PID/cgroup. */
void cgroup_find(struct cgroup *cgroup, const char *mount, const pid_t *pids, size_t count);
/* memory.current, and of it the kernel's; MISSING. */
void cgroup_read(const struct cgroup *cgroup, int64_t *bytes, int64_t *kernel_bytes);

#endif
