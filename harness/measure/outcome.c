#include "measure/outcome.h"

#include <math.h>

/*
 * Thresholds, as shares. They are engineering choices:
 * - a CPU above SATURATED has no spare time that a 10 Hz reading could tell from none;
 * - HELD: (seen) servers at their limit gave 0.01 to 0.14, generators at theirs 0.44 to 0.49;
 * - 5 % of a core taken away moves a throughput by more than the effects that are looked for (2 %),
 * 2 % by about as much; the generator's run delay counts at less than half of that, since each wait
 * delays all connections of its thread;
 * - steal comes in bursts and takes the whole machine, hence its lower limits;
 * - halves that differ by more than 5 % are no steady state: the mean of such a window depends on
 * when it ended.
 */
static const double SATURATED = 0.95;
static const double HELD = 0.30;
static const double RUN_DELAY_INVALID = 0.02, RUN_DELAY_NOISY = 0.005;
static const double FOREIGN_INVALID = 0.05, FOREIGN_NOISY = 0.02;
static const double STEAL_INVALID = 0.03, STEAL_NOISY = 0.01;
static const double HALVES_UNSTEADY = 0.05;
/* An acknowledgement for each segment, both ways, where none rides on the next one's back, makes a
 * short request and its answer 1.4 times as many octets: beyond that they are others'. */
static const double OCTETS_FOREIGN = 1.5;

enum {
    SERIES_MIN = 8
}; /* samples below which halves are mostly the chance of the sampling times */

static bool known(int64_t value)
{
    return value != MISSING;
}

/* The share of the time of `of` CPUs or threads; 0 if it is not known. */
static double share(int64_t used_ns, int64_t wall_ns, unsigned of)
{
    if (!known(used_ns) || !known(wall_ns) || wall_ns <= 0 || of == 0)
        return 0;
    return (double)used_ns / ((double)wall_ns * of);
}

double outcome_generator_share(const struct evidence *evidence)
{
    if (evidence->response_mean_ns <= 0 || evidence->duration_ns <= 0 || evidence->connections == 0)
        return 0;
    double per_ns = (double)evidence->requests_count / (double)evidence->duration_ns;
    return 1 - per_ns * evidence->response_mean_ns / evidence->connections;
}

/* Octets at a time between two samples, by a straight line. */
static double octets_at(const struct series *series, double t_ns)
{
    size_t i = 1;
    while (i + 1 < series->count && (double)series->t_ns[i] < t_ns)
        i++;
    double span_ns = (double)(series->t_ns[i] - series->t_ns[i - 1]);
    double part = span_ns > 0 ? (t_ns - (double)series->t_ns[i - 1]) / span_ns : 0;
    return (double)series->octets_in[i - 1] +
           part * (double)(series->octets_in[i] - series->octets_in[i - 1]);
}

double outcome_halves_differ(const struct series *series)
{
    if (series->count < SERIES_MIN)
        return 0;
    for (size_t i = 0; i < series->count; i++)
        if (!known(series->octets_in[i]))
            return 0;
    size_t last = series->count - 1;
    double middle_ns = ((double)series->t_ns[0] + (double)series->t_ns[last]) / 2;
    double middle = octets_at(series, middle_ns);
    double first = middle - (double)series->octets_in[0],
           second = (double)series->octets_in[last] - middle;
    return first + second > 0 ? fabs(first - second) / ((first + second) / 2) : 0;
}

/* A disturbance voids or flags absolute numbers. A ratio survives it, as both arms had it: in a
 * pair it is only noted. */
static void disturbed(struct outcome *outcome, const struct evidence *evidence, const char *what,
                      double by, double invalid, double noisy)
{
    if (by > invalid && !evidence->paired)
        outcome_add(outcome, REASON_INTERFERED, "%s %.1f %% of a CPU (limit %.1f %%)", what,
                    100 * by, 100 * invalid);
    else if (by > noisy)
        outcome_add(outcome, REASON_NOISY, "%s %.1f %% of a CPU (quiet: below %.1f %%)", what,
                    100 * by, 100 * noisy);
}

static void judge_machine(struct outcome *outcome, const struct evidence *evidence)
{
    disturbed(outcome, evidence, "other processes used",
              share(evidence->foreign_cpu_ns, evidence->around_ns, 1), FOREIGN_INVALID,
              FOREIGN_NOISY);
    disturbed(outcome, evidence, "the hypervisor took",
              share(evidence->steal_ns, evidence->around_ns, 1), STEAL_INVALID, STEAL_NOISY);
    if (evidence->paired)
        return; /* two generators on the same CPUs wait for each other by design */
    if (!evidence->upstream_shared) /* so do a generator and what stands behind the server */
        disturbed(outcome, evidence, "the generator waited for",
                  share(evidence->run_delay_ns, evidence->wall_ns, evidence->load_threads),
                  RUN_DELAY_INVALID, RUN_DELAY_NOISY);
    if (evidence->siblings)
        outcome_add(outcome, REASON_NOISY, "server and generator run on two threads of one core");
    if (evidence->halves_differ > HALVES_UNSTEADY)
        outcome_add(outcome, REASON_NOT_STEADY, "the halves of the window differ by %.1f %%",
                    100 * evidence->halves_differ);
}

/* Somebody on the load's side had no CPU left. */
static void limited_by(struct outcome *outcome, const char *who, double load, double server)
{
    if (server >= SATURATED)
        outcome_add(outcome, REASON_AMBIGUOUS,
                    "%s used %.0f %% of its CPU and the server %.0f %%: either may be the limit",
                    who, 100 * load, 100 * server);
    else
        outcome_add(outcome, REASON_GEN_BOUND, "%s used %.0f %% of its CPU, the server %.0f %%",
                    who, 100 * load, 100 * server);
}

/* Where requests are counted by the octets that came in, those must be the load's. */
static void judge_octets(struct outcome *outcome, const struct evidence *evidence)
{
    if (!known(evidence->octets_in) || evidence->octets_expected <= 0)
        return;
    double times = (double)evidence->octets_in / (double)evidence->octets_expected;
    if (times > OCTETS_FOREIGN)
        outcome_add(outcome, REASON_INTERFERED,
                    "%.1f times as many octets came in as this load is made of: other programs "
                    "talk in this network namespace",
                    times);
}

/* Was it the server that limited the throughput? */
static void judge_limit(struct outcome *outcome, const struct evidence *evidence)
{
    if (evidence->shared_cpu || evidence->upstream_shared) {
        outcome_add(outcome, REASON_SHARED_CPU, "%s and generator share a CPU",
                    evidence->shared_cpu ? "server" : "upstream");
        return;
    }
    double server = share(evidence->cpu_servers_ns, evidence->wall_ns, evidence->server_cpus);
    double load = share(evidence->cpu_loads_ns, evidence->wall_ns, evidence->load_cpus);
    double upstream = share(evidence->cpu_upstreams_ns, evidence->wall_ns, evidence->upstream_cpus);
    double held = outcome_generator_share(evidence);
    if (evidence->connections == 1) { /* whatever each used: neither could be at its limit */
        outcome_add(outcome, REASON_LATENCY_BOUND,
                    "one connection asks again when it was answered: wrk (%.0f %% of its CPU) and "
                    "the server (%.0f %%) take turns",
                    100 * load, 100 * server);
        return;
    }
    if (load >= SATURATED)
        limited_by(outcome, "wrk", load, server);
    else if (upstream >= SATURATED)
        limited_by(outcome, "the upstream", upstream, server);
    else if (held > HELD)
        outcome_add(outcome, REASON_GEN_BOUND,
                    "wrk itself held the connections %.0f %% of the time", 100 * held);
    else if (evidence->wait_ms > 0 && server < SATURATED)
        outcome_add(outcome, REASON_LATENCY_BOUND,
                    "%u connections that wait %u ms cannot ask for more than %.0f/s",
                    evidence->connections, evidence->wait_ms,
                    1000.0 * evidence->connections / evidence->wait_ms);
}

static void judge_connections(struct outcome *outcome, const struct evidence *evidence)
{
    if (!known(evidence->passive_opens))
        return;
    long long more = evidence->passive_opens - evidence->passive_opens_expected;
    if (more > 0 && evidence->server_closed)
        outcome_add(outcome, REASON_ERRORS, "%lld reconnects: the server closed connections", more);
    else if (more > 0 && evidence->closes_unknown)
        outcome_add(outcome, REASON_PORTS,
                    "%lld connections in this network namespace that cannot be attributed", more);
    else if (more >
             0) /* wrk reconnects only where the server has closed: these are other programs' */
        outcome_add(outcome, REASON_NOISY,
                    "other programs in this network namespace made %lld connections", more);
    else if (more < 0)
        outcome_add(outcome, REASON_PORTS, "%lld of %lld connections were not made", -more,
                    (long long)evidence->passive_opens_expected);
}

static void judge_errors(struct outcome *outcome, const struct evidence *evidence)
{
    const struct errors *errors = &evidence->errors;
    if (evidence->requests_count == 0)
        outcome_add(outcome, REASON_HUNG, "no request was answered in the window");
    if (errors->connect + errors->read + errors->write + errors->status + errors->timeout == 0)
        return;
    outcome_add(
        outcome, REASON_ERRORS,
        "connect %lld, read %lld, write %lld errors, %lld answers above status 399, %lld after 2 s",
        (long long)errors->connect, (long long)errors->read, (long long)errors->write,
        (long long)errors->status, (long long)errors->timeout);
}

void outcome_judge(struct outcome *outcome, const struct evidence *evidence)
{
    judge_errors(outcome, evidence);
    judge_connections(outcome, evidence);
    judge_machine(outcome, evidence);
    judge_octets(outcome, evidence);
    judge_limit(outcome, evidence);
}

void outcome_judge_open(struct outcome *outcome, const struct evidence *evidence)
{
    judge_connections(outcome, evidence);
    judge_machine(outcome, evidence);
}
