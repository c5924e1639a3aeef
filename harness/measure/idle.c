#include "measure/idle.h"

#include <stdlib.h>

bool idle_hold(struct measurement *m)
{
    unsigned wanted = m->plan->idle_connections;
    char *error = NULL;
    if (wanted == 0)
        return true;
    struct holder_options options = {
        .address = m->servers[0].address,
        .port = m->servers[0].port,
        .connections = wanted,
        .cpus = &m->context->placement->load,
        .interrupted = m->context->interrupted,
    };
    struct outcome *outcome = &m->rounds[0].outcome;
    bool held = holder_start(&m->holder, &options, &error) == 0;
    if (*m->context->interrupted)
        outcome_add(outcome, REASON_INTERRUPTED, "interrupted");
    else if (server_ended(&m->servers[0]))
        outcome_add(outcome, REASON_DIED, "the server ended while idle connections were opened");
    else if (!held)
        outcome_add(outcome, REASON_LOAD_FAILED, "no idle connection was opened: %s", error);
    else if (m->holder.held < wanted)
        outcome_add(outcome, REASON_LOAD_FAILED, "%u of %u idle connections were opened: %s",
                    m->holder.held, wanted,
                    m->holder.shortfall ? m->holder.shortfall : "no reason is known");
    free(error);
    return outcome->kind != OUTCOME_INVALID;
}

void idle_look(struct measurement *m)
{
    unsigned wanted = m->plan->idle_connections;
    unsigned left = wanted > 0 ? holder_count(&m->holder) : 0;
    if (left < wanted)
        outcome_add(&m->rounds[0].outcome, REASON_ERRORS,
                    "the server closed %u of %u idle connections", wanted - left, wanted);
}

void idle_release(struct measurement *m)
{
    if (m->plan->idle_connections == 0)
        return;
    if (*m->context->interrupted)
        holder_kill(&m->holder);
    else
        holder_release(&m->holder);
}
