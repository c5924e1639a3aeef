/* See placement_lists.h. What the user did not list is completed from the CPUs that are left. */
#include "measure/placement_lists.h"

#include <stdlib.h>

/* "2-3,5" into a set of CPUs that we may use; NULL, or a sentence that the caller frees. */
static char *parse_list(cpu_set_t *set, const struct topology *topology, const char *list)
{
    const char *rest = list;
    CPU_ZERO(set);
    do {
        char *end;
        unsigned long first = strtoul(rest, &end, 10), last = first;
        if (end == rest || rest[0] < '0' || rest[0] > '9')
            return text_format("\"%s\" is not a list of CPUs like 2-3,5", list);
        if (*end == '-') {
            rest = end + 1;
            last = strtoul(rest, &end, 10);
            if (end == rest || rest[0] < '0' || rest[0] > '9')
                return text_format("\"%s\" is not a list of CPUs like 2-3,5", list);
        }
        if (last < first || last >= CPU_SETSIZE || (*end != '\0' && *end != ','))
            return text_format("\"%s\" is not a list of CPUs like 2-3,5", list);
        for (unsigned long cpu = first; cpu <= last; cpu++)
            CPU_SET(cpu, set);
        rest = *end == ',' ? end + 1 : NULL;
    } while (rest != NULL);

    unsigned usable = 0;
    for (unsigned i = 0; i < topology->count; i++)
        usable += CPU_ISSET(topology->cpu[i], set) != 0;
    if (usable == (unsigned)CPU_COUNT(set))
        return NULL;
    return text_format("CPUs %s: not all of them may be used here", list);
}

static int first_of(const cpu_set_t *set)
{
    int cpu = 0;
    while (cpu < CPU_SETSIZE - 1 && !CPU_ISSET(cpu, set))
        cpu++;
    return cpu;
}

/* Gives what was not listed a place among the CPUs outside of what was, and the harness the first
 * of those if one can be spared, else the generator's first. */
static void complete_lists(struct placement *placement, const struct topology *topology,
                           bool server_listed, bool load_listed)
{
    cpu_set_t outside;
    CPU_ZERO(&outside);
    for (unsigned i = 0; i < topology->count; i++)
        if (!CPU_ISSET(topology->cpu[i], &placement->server) &&
            !CPU_ISSET(topology->cpu[i], &placement->load))
            CPU_SET(topology->cpu[i], &outside);
    int left = CPU_COUNT(&outside);
    if (!load_listed)
        placement->load = left > 0 ? outside : placement->server;
    if (!server_listed)
        placement->server = left > 0 ? outside : placement->load;

    bool both_listed = server_listed && load_listed, spare = left > (both_listed ? 0 : 1);
    int harness = first_of(spare ? &outside : &placement->load);
    CPU_SET(harness, &placement->harness);
    if (spare && !both_listed)
        CPU_CLR(harness, server_listed ? &placement->load : &placement->server);
}

static bool overlap(const cpu_set_t *one, const cpu_set_t *other)
{
    cpu_set_t both;
    CPU_AND(&both, one, other);
    return CPU_COUNT(&both) > 0;
}

/* Takes the core's CPUs out of a set, unless fewer than `least` would be left there. */
static bool spare_core(cpu_set_t *set, const cpu_set_t *core, unsigned least)
{
    cpu_set_t rest;
    if (!overlap(set, core))
        return true;
    CPU_AND(&rest, set, core);
    CPU_XOR(&rest, set, &rest);
    if ((unsigned)CPU_COUNT(&rest) < least)
        return false;
    *set = rest;
    return true;
}

/* The last core that nobody was given by a list, and that whoever else has it can spare. */
static void place_upstream(struct placement *placement, const struct topology *topology,
                           unsigned workers, bool server_listed, bool load_listed)
{
    for (unsigned i = topology->count; i-- > 0 && CPU_COUNT(&placement->upstream) == 0;) {
        cpu_set_t core;
        CPU_ZERO(&core);
        placement_add_core(&core, topology, topology->core[i]);
        if (overlap(&core, &placement->harness) ||
            (server_listed && overlap(&core, &placement->server)) ||
            (load_listed && overlap(&core, &placement->load)))
            continue;
        if (spare_core(&placement->server, &core, workers) &&
            spare_core(&placement->load, &core, 1))
            placement->upstream = core;
    }
}

int placement_take_lists(struct placement *placement, const struct topology *topology,
                         unsigned workers, const char *server_list, const char *load_list,
                         bool upstream, char **error)
{
    bool server_listed = server_list != NULL, load_listed = load_list != NULL;
    if (server_listed)
        *error = parse_list(&placement->server, topology, server_list);
    if (*error == NULL && load_listed)
        *error = parse_list(&placement->load, topology, load_list);
    if (*error != NULL)
        return -1;
    complete_lists(placement, topology, server_listed, load_listed);
    if (upstream)
        place_upstream(placement, topology, workers, server_listed, load_listed);
    return 0;
}
