/*
 * Which CPUs the server, the generator and the harness run on. Honours affinity, cpuset and
 * cpu.max; SMT siblings and NUMA nodes come from /sys/devices/system. The decision is a pure
 * function of a topology, so it is unit-tested.
 */
#ifndef MEASURE_PLACEMENT_H
#define MEASURE_PLACEMENT_H

#include <sched.h>
#include <stdbool.h>

#include "data/strings.h"

enum { TOPOLOGY_CPUS = 1024 };

struct topology {
    unsigned count;          /* CPUs we may use */
    int cpu[TOPOLOGY_CPUS];  /* their numbers, ascending */
    int core[TOPOLOGY_CPUS]; /* physical core id, unique over packages */
    int node[TOPOLOGY_CPUS]; /* NUMA node */
    double quota;            /* cpu.max in CPUs, 0: none */
};
int topology_read(struct topology *topology);

struct placement {
    cpu_set_t server, load, harness;
    cpu_set_t partner; /* where a pair's other arm runs: as many cores
                        * as server; empty: they share server's */
    /* What stands behind a server, where something does: behind the first
     * arm, and behind a pair's other one where that has cores of its own;
     * else both are on the first. Empty: nothing was asked for. */
    cpu_set_t upstream, upstream_partner;
    unsigned server_cpus, load_cpus;
    bool shared;          /* server and generator share a CPU: every row SHARED_CPU */
    bool upstream_shared; /* upstream and generator do: the same */
    bool siblings;        /* they are SMT siblings: NOISY latency */
    struct strings warnings;
};
/* server_list and load_list are --server-cpus and --load-cpus
 * ("2-3,5") or NULL. -1 with a sentence for a bad list. */
int placement_choose(struct placement *placement, const struct topology *topology, unsigned workers,
                     const char *server_list, const char *load_list, char **error);
/* The same for rounds in which another server stands behind each.
 * It takes a core of the generator's side for itself where there
 * are four cores or more, else it shares the generator's. */
int placement_choose_upstream(struct placement *placement, const struct topology *topology,
                              unsigned workers, const char *server_list, const char *load_list,
                              char **error);
/* Where arm 0 or 1 of a pair runs in this block: the two change
 * places from block to block, so that no core favours one. */
const cpu_set_t *placement_of_pair(const struct placement *placement, unsigned arm, unsigned block);
/* Where what stands behind that arm runs: it moves with it. */
const cpu_set_t *placement_of_upstream(const struct placement *placement, unsigned arm,
                                       unsigned block);
char *placement_text(const cpu_set_t *set); /* "0", "2-3,5"; the caller frees */
/* wrk's -t: the largest divisor of connections that is <= load_cpus. */
unsigned placement_threads(unsigned connections, unsigned load_cpus);
void placement_release(struct placement *placement);

#endif
