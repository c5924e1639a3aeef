/*
 * Who runs where, as a pure function of a topology; see
 * placement.h. The rules, by what may be used:
 *
 *   1 CPU     everything on it: every row is censored
 *   2 CPUs    harness and generator on the first, server on the second
 *   2 cores   (with siblings) harness and generator share the first, the
 *             server has the second whole
 *   3+ cores  harness the first; the server the last ones of the largest node, one
 *             for each worker; if the generator then still keeps as many as two
 *             servers have, a pair's other arm has cores of its own before those:
 *             with fewer it could not keep both busy, and the pair would run below
 *             saturation; the generator what is left of that node, or of the machine
 *
 * Where another server stands behind each: it shares the generator's CPUs below four cores; from
 * there on it has the one before the servers', or one of another node where theirs has none to
 * spare. Arms with cores of their own have one each for theirs.
 */
#include "measure/placement.h"

#include <stdio.h>
#include <stdlib.h>

#include "measure/placement_lists.h"

/* Physical cores, in the order of their lowest CPU. */
struct cores {
    unsigned count;
    int id[TOPOLOGY_CPUS], node[TOPOLOGY_CPUS];
};

static void cores_of(struct cores *cores, const struct topology *topology)
{
    cores->count = 0;
    for (unsigned i = 0; i < topology->count; i++) {
        unsigned known = 0;
        while (known < cores->count && cores->id[known] != topology->core[i])
            known++;
        if (known < cores->count)
            continue;
        cores->id[cores->count] = topology->core[i];
        cores->node[cores->count++] = topology->node[i];
    }
}

void placement_add_core(cpu_set_t *set, const struct topology *topology, int core)
{
    for (unsigned i = 0; i < topology->count; i++)
        if (topology->core[i] == core)
            CPU_SET(topology->cpu[i], set);
}

/* The node with the most cores beside the harness' one; the first of equals. */
static int largest_node(const struct cores *cores)
{
    int best = cores->node[1];
    unsigned most = 0;
    for (unsigned i = 1; i < cores->count; i++) {
        unsigned members = 0;
        for (unsigned j = 1; j < cores->count; j++)
            members += cores->node[j] == cores->node[i];
        if (members > most) {
            most = members;
            best = cores->node[i];
        }
    }
    return best;
}

enum use { USE_LOAD, USE_SERVER, USE_PARTNER, USE_UPSTREAM, USE_UPSTREAM_PARTNER };

/* Gives the node's (or the other nodes') last free cores that
 * use; the first core is the harness'. */
static void take_cores(enum use *use_of, const struct cores *cores, int node, bool on_node,
                       unsigned count, enum use use)
{
    for (unsigned i = cores->count; i-- > 1 && count > 0;)
        if ((cores->node[i] == node) == on_node && use_of[i] == USE_LOAD) {
            use_of[i] = use;
            count--;
        }
}

/* Who has which core beside the harness' first. Returns
 * whether the generator is on the servers' node. */
static bool divide(enum use *use_of, const struct cores *cores, int node, unsigned workers,
                   bool upstream)
{
    unsigned on_node = 0;
    for (unsigned i = 1; i < cores->count; i++)
        on_node += cores->node[i] == node;
    /* one core stays for the generator: on the server's node,
     * unless the server's is the only one there */
    unsigned kept = on_node > 1 ? 1 : 0;
    unsigned elsewhere = cores->count - 1 - on_node - (1 - kept); /* that nobody has */
    if (upstream && elsewhere == 0 && on_node > kept + 1)
        kept++;
    unsigned most = on_node - kept, taken = workers < most ? workers : most;
    /* two servers, as many for the generator, and what stands behind the two */
    bool apart = on_node >= 2 * taken + 2 * taken + (upstream ? 2 : 0);
    take_cores(use_of, cores, node, true, taken, USE_SERVER);
    if (apart)
        take_cores(use_of, cores, node, true, taken, USE_PARTNER);
    if (upstream && on_node >= taken + 2)
        take_cores(use_of, cores, node, true, 1, USE_UPSTREAM);
    else if (upstream && elsewhere > 0)
        take_cores(use_of, cores, node, false, 1, USE_UPSTREAM);
    if (upstream && apart)
        take_cores(use_of, cores, node, true, 1, USE_UPSTREAM_PARTNER);
    return on_node > taken;
}

static void choose_many(struct placement *placement, const struct topology *topology,
                        const struct cores *cores, unsigned workers, bool upstream)
{
    cpu_set_t *const sets[] = {
        [USE_LOAD] = &placement->load,
        [USE_SERVER] = &placement->server,
        [USE_PARTNER] = &placement->partner,
        [USE_UPSTREAM] = &placement->upstream,
        [USE_UPSTREAM_PARTNER] = &placement->upstream_partner,
    };
    int node = largest_node(cores);
    enum use use_of[TOPOLOGY_CPUS] = {USE_LOAD};
    bool near = divide(use_of, cores, node, workers, upstream);
    placement_add_core(&placement->harness, topology, cores->id[0]);
    for (unsigned i = 1; i < cores->count; i++)
        if (use_of[i] != USE_LOAD || !near || cores->node[i] == node)
            placement_add_core(sets[use_of[i]], topology, cores->id[i]);
}

/* Two CPUs, or one or two cores with siblings. */
static void choose_two(struct placement *placement, const struct topology *topology,
                       const struct cores *cores)
{
    CPU_SET(topology->cpu[0], &placement->harness);
    if (cores->count == 1 || topology->count == 2) {
        CPU_SET(topology->cpu[0], &placement->load);
        for (unsigned i = 1; i < topology->count; i++)
            CPU_SET(topology->cpu[i], &placement->server);
        return;
    }
    placement_add_core(&placement->load, topology, cores->id[0]);
    placement_add_core(&placement->server, topology, cores->id[1]);
    if (CPU_COUNT(&placement->load) > 1)
        CPU_CLR(topology->cpu[0], &placement->load);
}

/* How many of the core's CPUs come before this one. */
static unsigned thread_of(const struct topology *topology, unsigned index)
{
    unsigned thread = 0;
    for (unsigned i = 0; i < index; i++)
        thread += topology->core[i] == topology->core[index];
    return thread;
}

/* As many CPUs as the quota allows: one of each core before a second of any. */
static void limit_to_quota(struct topology *limited, const struct topology *topology)
{
    unsigned most = topology->count, left, thread;
    bool keep[TOPOLOGY_CPUS] = {false};
    if (topology->quota > 0 && topology->quota < most)
        most = topology->quota < 2 ? 1 : (unsigned)topology->quota;
    for (left = most, thread = 0; left > 0; thread++)
        for (unsigned i = 0; i < topology->count && left > 0; i++)
            if (thread_of(topology, i) == thread) {
                keep[i] = true;
                left--;
            }
    *limited = (struct topology){.quota = topology->quota};
    for (unsigned i = 0; i < topology->count; i++) {
        if (!keep[i])
            continue;
        limited->cpu[limited->count] = topology->cpu[i];
        limited->core[limited->count] = topology->core[i];
        limited->node[limited->count++] = topology->node[i];
    }
}

static void choose_freely(struct placement *placement, const struct topology *whole,
                          unsigned workers, bool upstream)
{
    struct topology topology;
    struct cores cores;
    limit_to_quota(&topology, whole);
    cores_of(&cores, &topology);
    if (topology.count == 1) {
        CPU_SET(topology.cpu[0], &placement->harness);
        placement->server = placement->load = placement->harness;
    } else if (cores.count <= 2) {
        choose_two(placement, &topology, &cores);
    } else {
        choose_many(placement, &topology, &cores, workers, upstream);
    }
}

/* Do the two sets use different threads of one core? */
static bool are_siblings(const struct topology *topology, const cpu_set_t *one,
                         const cpu_set_t *other)
{
    for (unsigned i = 0; i < topology->count; i++)
        for (unsigned j = 0; j < topology->count; j++)
            if (i != j && topology->core[i] == topology->core[j] &&
                CPU_ISSET(topology->cpu[i], one) && CPU_ISSET(topology->cpu[j], other))
                return true;
    return false;
}

static void warn(struct placement *placement, const struct topology *topology, unsigned workers)
{
    struct strings *warnings = &placement->warnings;
    if (placement->shared)
        strings_add(warnings, "server and generator share a CPU: every throughput is only a bound");
    if (placement->siblings)
        strings_add(
            warnings,
            "server and generator run on two threads of one core: their times disturb each other");
    if (placement->server_cpus < workers) {
        char *text = text_format("%u workers have only %u CPUs", workers, placement->server_cpus);
        strings_add(warnings, text);
        free(text);
    }
    unsigned busy =
        placement->server_cpus + placement->load_cpus + (unsigned)CPU_COUNT(&placement->partner);
    if (!placement->upstream_shared)
        busy +=
            (unsigned)(CPU_COUNT(&placement->upstream) + CPU_COUNT(&placement->upstream_partner));
    if (topology->quota > 0 && topology->quota < busy) {
        char *text = text_format("the control group may use only %.1f CPUs: expect throttling",
                                 topology->quota);
        strings_add(warnings, text);
        free(text);
    }
}

static int choose(struct placement *placement, const struct topology *topology, unsigned workers,
                  const char *server_list, const char *load_list, bool upstream, char **error)
{
    bool listed = server_list != NULL || load_list != NULL;
    *placement = (struct placement){0};
    *error = NULL;
    if (!listed)
        choose_freely(placement, topology, workers, upstream);
    else if (placement_take_lists(placement, topology, workers, server_list, load_list, upstream,
                                  error) != 0)
        return -1;
    placement->upstream_shared = upstream && CPU_COUNT(&placement->upstream) == 0;
    if (placement->upstream_shared)
        placement->upstream = placement->load;
    cpu_set_t both;
    CPU_AND(&both, &placement->server, &placement->load);
    placement->shared = CPU_COUNT(&both) > 0;
    placement->siblings =
        !placement->shared && are_siblings(topology, &placement->server, &placement->load);
    placement->server_cpus = (unsigned)CPU_COUNT(&placement->server);
    placement->load_cpus = (unsigned)CPU_COUNT(&placement->load);
    warn(placement, topology, workers);
    return 0;
}

int placement_choose(struct placement *placement, const struct topology *topology, unsigned workers,
                     const char *server_list, const char *load_list, char **error)
{
    return choose(placement, topology, workers > 0 ? workers : 1, server_list, load_list, false,
                  error);
}

int placement_choose_upstream(struct placement *placement, const struct topology *topology,
                              unsigned workers, const char *server_list, const char *load_list,
                              char **error)
{
    return choose(placement, topology, workers > 0 ? workers : 1, server_list, load_list, true,
                  error);
}

const cpu_set_t *placement_of_pair(const struct placement *placement, unsigned arm, unsigned block)
{
    bool apart = CPU_COUNT(&placement->partner) > 0;
    return apart && (arm + block) % 2 == 1 ? &placement->partner : &placement->server;
}

const cpu_set_t *placement_of_upstream(const struct placement *placement, unsigned arm,
                                       unsigned block)
{
    bool apart = CPU_COUNT(&placement->upstream_partner) > 0;
    return apart && (arm + block) % 2 == 1 ? &placement->upstream_partner : &placement->upstream;
}

char *placement_text(const cpu_set_t *set)
{
    struct strings parts = {0};
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        if (!CPU_ISSET(cpu, set))
            continue;
        int last = cpu;
        while (last + 1 < CPU_SETSIZE && CPU_ISSET(last + 1, set))
            last++;
        char *part = last > cpu ? text_format("%d-%d", cpu, last) : text_format("%d", cpu);
        strings_add(&parts, part);
        free(part);
        cpu = last;
    }
    char *text = strings_join(&parts, ",");
    strings_release(&parts);
    return text;
}

unsigned placement_threads(unsigned connections, unsigned load_cpus)
{
    unsigned threads = load_cpus < connections ? load_cpus : connections;
    while (threads > 1 && connections % threads != 0)
        threads--;
    return threads > 0 ? threads : 1;
}

void placement_release(struct placement *placement)
{
    strings_release(&placement->warnings);
}
