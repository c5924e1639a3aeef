/* See compare_same.h, and compare.h for what of it others ask. */
#include "analyse/compare_same.h"

#include <string.h>

#include "analyse/compare.h"

static bool same_text(const char *a, const char *b)
{
    return a && b && strcmp(a, b) == 0;
}

bool compare_is_same_machine(const struct result *base, const struct result *head)
{
    return same_text(base->host_fingerprint, head->host_fingerprint);
}

bool compare_is_same_program(const struct arm *base, const struct arm *head)
{
    return same_text(base->sha256, head->sha256);
}

bool compare_is_session(const struct result *result, const struct result *head)
{
    return compare_is_same_machine(result, head) &&
           same_text(result->experiment.name, head->experiment.name);
}

char *compare_other_work(const struct compared *base, const struct compared *head)
{
    const struct result_workload *was = &base->source->result->workloads[base->workload],
                                 *is = &head->source->result->workloads[head->workload];
    const struct arm *before = &base->source->result->arms[base->arm],
                     *after = &head->source->result->arms[head->arm];
    bool is_known = was->requests_hash || is->requests_hash; /* else it was not measured */
    if (is_known && !same_text(was->requests_hash, is->requests_hash))
        return xstrdup("other requests were sent, or other answers expected: the workload's script "
                       "or its settings differ; measure both with one of them");
    if (before->workers != after->workers)
        return text_format("it ran with %u workers and now with %u: measure both with as many "
                           "(--server-cpus, or workers in the experiment)",
                           before->workers, after->workers);
    return NULL;
}

char *compare_other_load(const struct readings *base, const struct readings *head)
{
    if (base->connections != head->connections)
        return text_format("it was asked over %u connections and now over %u: measure both with "
                           "--connections %u",
                           base->connections, head->connections, base->connections);
    if (base->rate_rps != head->rate_rps)
        return text_format("it was asked at %u requests/s and now at %u: give rate_rps = %u in "
                           "[paced] of the experiment's file to both",
                           base->rate_rps, head->rate_rps, base->rate_rps);
    return NULL;
}
