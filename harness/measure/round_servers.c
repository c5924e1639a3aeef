/* See round_servers.h. */
#include "measure/round_servers.h"

#include <sys/wait.h>

#include "measure/process_tree.h"

const char *const round_address = "127.0.0.1";

static void end_partner(struct measurement *m, unsigned i, unsigned culprit, enum reason_code code)
{
    const char *partner = measurement_arm(m, culprit)->id;
    if (code == REASON_UPSTREAM)
        outcome_add(&m->rounds[i].outcome, code,
                    "not measured: what stands behind its partner %s failed", partner);
    else
        outcome_add(&m->rounds[i].outcome, REASON_LOAD_FAILED,
                    "not measured: its partner %s ended the round (%s)", partner,
                    reason_name(code));
}

bool round_end_by(struct measurement *m, unsigned culprit, enum reason_code code,
                  const char *detail)
{
    outcome_add(&m->rounds[culprit].outcome, code, "%s", detail);
    for (unsigned i = 0; i < m->plan->arm_count; i++)
        if (i != culprit)
            end_partner(m, i, culprit, code);
    return false;
}

bool round_end_interrupted(struct measurement *m)
{
    for (unsigned i = 0; i < m->plan->arm_count; i++)
        outcome_add(&m->rounds[i].outcome, REASON_INTERRUPTED, "interrupted");
    return false;
}

bool round_end_unless_upstream(struct measurement *m, unsigned culprit, enum reason_code code,
                               const char *detail)
{
    char why[200];
    bool is_upstreams =
        measurement_has_upstream(m) && !upstream_is_well(&m->upstreams[culprit], why, sizeof(why));
    if (*m->context->interrupted)
        return round_end_interrupted(m);
    return is_upstreams ? round_end_by(m, culprit, REASON_UPSTREAM, why)
                        : round_end_by(m, culprit, code, detail);
}

static void add_tree(struct measurement *m, pid_t root)
{
    if (root != 0)
        m->server_pid_count += process_tree(root, m->alive + m->server_pid_count);
}

/* All processes of the servers, and behind them in the list those of what stands behind them;
 * looked up while nothing is measured. Returns how many the servers' are. */
static size_t find_servers(struct measurement *m)
{
    m->server_pid_count = 0;
    for (unsigned i = 0; i < m->plan->arm_count; i++)
        add_tree(m, m->servers[i].pid);
    size_t own = m->server_pid_count;
    for (unsigned i = 0; i < m->plan->arm_count; i++)
        add_tree(m, m->upstreams[i].server.pid);
    return own;
}

void round_say_servers(struct measurement *m)
{
    find_servers(m);
    if (m->context->alive != NULL)
        m->context->alive(m->context->alive_argument, m->alive, m->server_pid_count);
}

void round_say_loads(void *argument)
{
    struct measurement *m = argument;
    size_t count = m->server_pid_count;
    for (unsigned i = 0; i < m->plan->arm_count; i++)
        if (m->window_arms[i].load.pid > 0 && !m->window_arms[i].load.ended)
            m->alive[count++] = m->window_arms[i].load.pid;
    if (m->context->alive != NULL)
        m->context->alive(m->context->alive_argument, m->alive, count);
}

int64_t round_servers_cpu_ns(struct measurement *m)
{
    size_t own = find_servers(m);
    return process_cpu_ns(m->alive, own);
}

static bool start_upstream(struct measurement *m, unsigned i)
{
    const struct round_context *context = m->context;
    char why[200];
    struct upstream_options options = {
        .workload = &context->result->workloads[m->plan->workload],
        .bytes = context->request_bytes[m->plan->workload],
        .len = context->request_lens[m->plan->workload],
        .address = round_address,
        .cpus = measurement_upstream_cpus(m, i),
        .interrupted = context->interrupted,
        .environment_padding_bytes = m->plan->environment_padding_bytes,
    };
    bool good = upstream_start(&m->upstreams[i], &options, why, sizeof(why));
    if (*context->interrupted)
        return round_end_interrupted(m);
    return good || round_end_by(m, i, REASON_UPSTREAM, why);
}

static bool start_upstreams(struct measurement *m)
{
    for (unsigned i = 0; measurement_has_upstream(m) && i < m->plan->arm_count; i++)
        if (!start_upstream(m, i))
            return false;
    if (measurement_has_upstream(m))
        round_say_servers(m);
    return true;
}

enum {
    STAIRS_SPARE = 500
}; /* for connections that the server has yet to see closed, and the harness' own */

/* 0: the server's default. */
static unsigned max_connections(const struct measurement *m)
{
    const struct experiment *experiment = &m->context->result->experiment;
    const struct levels *levels = &experiment->stairs.connections;
    if (m->plan->stairs != STAIRS_NONE)
        return levels->items[levels->count - 1] + STAIRS_SPARE;
    return m->plan->scale ? experiment->scale.max_connections : 0;
}

static bool start_server(struct measurement *m, unsigned i)
{
    const struct arm *arm = measurement_arm(m, i);
    char error[200];
    struct server_options options = {
        .path = arm->server.path,
        .address = round_address,
        .workers = m->rounds[i].workers,
        .max_connections = max_connections(m),
        .upstream = measurement_has_upstream(m) ? m->upstreams[i].at : NULL,
        .cpus = measurement_cpus(m, i),
        .start_timeout_ms = arm->server.start_timeout_s * 1000,
        .interrupted = m->context->interrupted,
        .environment_padding_bytes = m->plan->environment_padding_bytes,
    };
    if (server_start(&m->servers[i], &options, error, sizeof(error)) == SERVER_OK)
        return true;
    if (*m->context->interrupted)
        return round_end_interrupted(m);
    return round_end_by(m, i, REASON_FAILED_START, error);
}

bool round_start_servers(struct measurement *m)
{
    if (!start_upstreams(m))
        return false;
    for (unsigned i = 0; i < m->plan->arm_count; i++) {
        unsigned arm = m->plan->swap_start ? m->plan->arm_count - 1 - i : i;
        if (!start_server(m, arm))
            return false;
    }
    round_say_servers(m);
    return true;
}

/* The numbers stand, whatever the server does when it is told to stop; but it is said. */
static void stop_server(struct measurement *m, unsigned i)
{
    struct server *server = &m->servers[i];
    if (*m->context->interrupted && !server_ended(server))
        server_stop(server); /* soon, by force */
    if (*m->context->interrupted || server_ended(server)) {
        server_kill(server);
        return;
    }
    int took_ms = server_stop(server), status = server->exit_status;
    if (took_ms < 0)
        outcome_add(&m->rounds[i].outcome, REASON_NOT_STOPPED,
                    "it did not stop within %d ms of SIGTERM and was killed",
                    SERVER_STOP_TIMEOUT_MS);
    else if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        outcome_add(&m->rounds[i].outcome, REASON_NOT_STOPPED,
                    "it did not end with 0 when it was told to stop");
}

void round_stop_servers(struct measurement *m)
{
    for (unsigned i = 0; i < m->plan->arm_count; i++)
        stop_server(m, i);
    for (unsigned i = 0; i < m->plan->arm_count; i++)
        upstream_stop(&m->upstreams[i], *m->context->interrupted);
}
