#include "present/conditions.h"

#include <stdio.h>

#include "analyse/pairs.h"
#include "analyse/words.h"

struct range {
    uint32_t least, most;
};

/* Of the connections that a server was asked over alone at a rate; 0 and 0: no such round. */
static struct range connections_at_rates(const struct result *result)
{
    struct range range = {0, 0};
    for (size_t i = 0; i < result->round_count; i++) {
        const struct round *round = &result->rounds[i];
        if (!round->curve && !round_is_trial(round) && !round_has_phases(round))
            continue;
        if (range.most == 0 || round->connections < range.least)
            range.least = round->connections;
        if (round->connections > range.most)
            range.most = round->connections;
    }
    return range;
}

static void put_connections_at_rates(FILE *out, const char *before, const struct result *result)
{
    struct range range = connections_at_rates(result);
    char least[WORDS_MAX], most[WORDS_MAX];
    words_count(least, range.least);
    words_count(most, range.most);
    if (range.most > range.least)
        fprintf(out, "%s%s to %s connections", before, least, most);
    else if (range.most > 0)
        fprintf(out, "%s%s connections", before, most);
}

char *conditions_load(const struct result *result)
{
    const struct experiment *experiment = &result->experiment;
    const char *before = "; alone at a rate ";
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    fprintf(out, "%u worker%s", experiment->workers, experiment->workers == 1 ? "" : "s");
    if (!experiment_is_without_reference(experiment))
        fprintf(out, ", %u connections each", experiment->connections_per_worker);
    else if (scale_is_asked(&experiment->scale))
        fputs(", connections as in the tables", out);
    else
        before = ", ";
    put_connections_at_rates(out, before, result);
    fclose(out);
    return text;
}

static bool is_paced(const struct experiment *experiment)
{
    return paced_is_asked(&experiment->paced) || curve_is_asked(&experiment->curve) ||
           slo_is_asked(&experiment->slo) || phases_are_asked(&experiment->phases);
}

static bool is_closed(const struct experiment *experiment)
{
    return experiment->paired.workloads.count + experiment->solo.workloads.count +
                   experiment->glance.workloads.count >
               0 ||
           scale_is_asked(&experiment->scale);
}

static bool has_looks(const struct result *result)
{
    for (size_t i = 0; i < result->round_count; i++)
        if (result->rounds[i].probe)
            return true;
    return false;
}

char *conditions_generator(const struct result *result)
{
    const char *closed = result->generator ? result->generator : "wrk";
    if (!is_paced(&result->experiment))
        return result->generator ? xstrdup(closed) : NULL;
    if (is_closed(&result->experiment))
        return text_format("%s; pace in rounds at a rate", closed);
    return has_looks(result) ? text_format("pace; %s in the looks that choose its rates", closed)
                             : xstrdup("pace");
}

const char *conditions_reference(const struct result *result)
{
    bool is_without = experiment_is_without_reference(&result->experiment);
    return is_without ? NULL : result->experiment.reference;
}

const char *conditions_end(const struct result *result)
{
    if (result->is_running)
        return "not yet: it still goes on";
    return result->finished_utc ? result->finished_utc : "interrupted";
}
