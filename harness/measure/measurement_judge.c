/* See measurement.h: the evidence that a round has left, as measure/outcome.h wants it. */
#include "measure/measurement.h"

#include <stddef.h>
#include <string.h>

#include "measure/outcome.h"

enum { GENERATOR_PROBES = 1 /* wrk tries the address once before it starts */ };

static int64_t sum_of_arms(const struct measurement *m, size_t offset)
{
    int64_t sum = 0;
    for (unsigned i = 0; i < m->plan->arm_count; i++) {
        int64_t value;
        memcpy(&value, (const char *)&m->rounds[i] + offset, sizeof(value));
        if (value == MISSING)
            return MISSING;
        sum += value;
    }
    return sum;
}

static unsigned at_most(unsigned value, unsigned limit)
{
    return value < limit ? value : limit;
}

/* By the generators, and by the servers to what stands behind them as far as that is known. */
static int64_t expected_opens(const struct measurement *m)
{
    int64_t expected = 0;
    for (unsigned i = 0; i < m->plan->arm_count; i++) {
        const struct round *round = &m->rounds[i];
        expected += round->connections + GENERATOR_PROBES;
        if (round->upstream_opens != MISSING)
            expected += round->upstream_opens;
    }
    return expected;
}

/* Of requests, answers, and the heads of their segments (20 of IPv4, 32 of TCP with its time
 * stamps), and of opening and closing the connections. Only a sweep needs them. 0: not known, as
 * where those of what stands behind the server came in, too. */
static int64_t octets_of_load(const struct measurement *m, const struct round *round)
{
    enum { HEADS = 2 * (20 + 32) };
    if (!m->plan->scale || measurement_has_upstream(m) || round->requests_count == MISSING ||
        round->bytes_read == MISSING)
        return 0;
    int64_t request_bytes = (int64_t)(m->context->request_lens[m->plan->workload] / m->requests);
    return round->requests_count * (request_bytes + HEADS) + round->bytes_read +
           (int64_t)ROUND_CONNECTION_OCTETS * round->connections;
}

void measurement_judge(struct measurement *m, unsigned i)
{
    const struct placement *placement = m->placement;
    const struct round *round = &m->rounds[i];
    int64_t expected = expected_opens(m);
    bool excess = round->passive_opens != MISSING && round->passive_opens > expected;
    int closed = excess ? listener_closed(m->servers[i].port) : 0;
    struct evidence evidence = {
        .paired = measurement_is_pair(m),
        .shared_cpu = placement->shared,
        .siblings = placement->siblings,
        .upstream_shared = placement->upstream_shared,
        .connections = round->connections,
        .wait_ms = measurement_workload(m)->wait_ms,
        .server_cpus = at_most(round->workers * m->plan->arm_count,
                               placement->server_cpus + (unsigned)CPU_COUNT(&placement->partner)),
        .load_cpus = at_most(round->threads * m->plan->arm_count, placement->load_cpus),
        .upstream_cpus = at_most(
            UPSTREAM_WORKERS * m->plan->arm_count,
            (unsigned)(CPU_COUNT(&placement->upstream) + CPU_COUNT(&placement->upstream_partner))),
        .requests_count = round->requests_count,
        .duration_ns = round->duration_ns,
        .response_mean_ns = round->response.total > 0 ? histogram_mean_ns(&round->response) : 0,
        .wall_ns = round->cpu_load_wall_ns,
        .cpu_servers_ns = sum_of_arms(m, offsetof(struct round, cpu_server_window_ns)),
        .cpu_loads_ns = sum_of_arms(m, offsetof(struct round, cpu_load_ns)),
        .cpu_upstreams_ns = sum_of_arms(m, offsetof(struct round, cpu_upstream_window_ns)),
        .run_delay_ns = round->run_delay_load_ns,
        .load_threads = round->threads,
        .halves_differ = outcome_halves_differ(&round->series),
        .around_ns = m->after.at_ns - m->before.at_ns,
        .foreign_cpu_ns = round->foreign_cpu_ns,
        .steal_ns = round->steal_ns,
        .octets_in = round->octets_in,
        .octets_expected = octets_of_load(m, round),
        .passive_opens = round->passive_opens,
        .passive_opens_expected = expected,
        .server_closed = closed > 0,
        .closes_unknown = closed < 0,
        .errors = round->errors,
    };
    outcome_judge(&m->rounds[i].outcome, &evidence);
}

void measurement_judge_open(struct measurement *m, unsigned i, int64_t opens)
{
    const struct round *round = &m->rounds[i];
    int64_t behind = 0; /* by the servers to what stands behind them */
    for (unsigned a = 0; a < m->plan->arm_count; a++)
        behind += m->rounds[a].upstream_opens == MISSING ? 0 : m->rounds[a].upstream_opens;
    struct evidence evidence = {
        .paired = measurement_is_pair(m),
        .siblings = m->placement->siblings,
        .run_delay_ns = MISSING, /* the generator accounts for itself */
        .around_ns = m->after.at_ns - m->before.at_ns,
        .foreign_cpu_ns = round->foreign_cpu_ns,
        .steal_ns = round->steal_ns,
        .passive_opens = round->passive_opens,
        .passive_opens_expected = opens + behind,
    };
    outcome_judge_open(&m->rounds[i].outcome, &evidence);
}
