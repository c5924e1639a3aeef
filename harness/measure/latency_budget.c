#include "measure/latency_budget.h"

#include <stdlib.h>
#include <string.h>

#include "measure/schedule.h"

/* A curve of one rate is none. Rates that are chosen by a look
 * are five or more up to where the slowest server fails. */
enum { RATES_LEAST = 2, SKIPPED_MOST = 3 };

static bool drop_rate(struct curve_set *curve)
{
    struct rates *rates = &curve->rates;
    if (rates->count == 0 && curve->skipped < SKIPPED_MOST) {
        curve->skipped++;
        return true;
    }
    if (rates->count <= RATES_LEAST)
        return false;
    memmove(rates->items, rates->items + 1, --rates->count * sizeof(*rates->items));
    return true;
}

static bool drop_workload(struct round_set *set)
{
    if (set->workloads.count <= 1)
        return false;
    free(set->workloads.items[--set->workloads.count]);
    return true;
}

bool latency_drop(struct experiment *experiment)
{
    struct curve_set *curve = &experiment->curve;
    struct slo_set *slo = &experiment->slo;
    bool curves = curve_is_asked(curve), searches = slo_is_asked(slo);
    if (curves && curve->set.blocks > SCHEDULE_BLOCKS_MIN) {
        curve->set.blocks--;
        return true;
    }
    if (curves && drop_rate(curve))
        return true;
    if (searches && slo->slo_count > 1) {
        slo->slo_count--;
        return true;
    }
    return drop_workload(&curve->set) || drop_workload(&slo->set);
}

static bool put_back_rate(struct curve_set *now, const struct curve_set *asked)
{
    size_t missing = asked->rates.count - now->rates.count;
    if (now->skipped > asked->skipped) {
        now->skipped--;
        return true;
    }
    if (missing == 0)
        return false;
    now->rates.count++;
    memcpy(now->rates.items, asked->rates.items + missing - 1,
           now->rates.count * sizeof(*now->rates.items));
    return true;
}

bool latency_put_back(struct experiment *now, const struct experiment *asked, unsigned what)
{
    struct curve_set *curve = &now->curve;
    if (what == 1)
        return put_back_rate(curve, &asked->curve);
    if (what == 0 && now->slo.slo_count < asked->slo.slo_count) {
        now->slo.slo_count++;
        return true;
    }
    if (what == 2 && curve->set.blocks < asked->curve.set.blocks) {
        curve->set.blocks++;
        return true;
    }
    return false;
}

static void note(struct strings *notes, char *sentence)
{
    strings_add(notes, sentence);
    free(sentence);
}

void latency_note_dropped(struct strings *notes, const struct experiment *asked,
                          const struct experiment *now)
{
    const struct curve_set *before = &asked->curve, *curve = &now->curve;
    if (curve->set.blocks < before->set.blocks)
        note(notes, text_format("budget: latency curves in %u blocks instead of %u",
                                curve->set.blocks, before->set.blocks));
    if (curve->skipped > before->skipped)
        note(notes, text_format("budget: latency curves without their %u lowest rate%s",
                                curve->skipped, curve->skipped == 1 ? "" : "s"));
    if (curve->rates.count < before->rates.count)
        note(notes, text_format("budget: latency curves at %zu rate%s instead of %zu, the highest",
                                curve->rates.count, curve->rates.count == 1 ? "" : "s",
                                before->rates.count));
    if (now->slo.slo_count < asked->slo.slo_count)
        note(notes,
             text_format("budget: highest rates within %zu objective%s instead of %zu, the first",
                         now->slo.slo_count, now->slo.slo_count == 1 ? "" : "s",
                         asked->slo.slo_count));
    if (curve->set.workloads.count < before->set.workloads.count)
        note(notes,
             text_format("budget: latency curves of %zu workload%s instead of %zu",
                         curve->set.workloads.count, curve->set.workloads.count == 1 ? "" : "s",
                         before->set.workloads.count));
    if (now->slo.set.workloads.count < asked->slo.set.workloads.count)
        note(notes,
             text_format("budget: highest rates on %zu workload%s instead of %zu",
                         now->slo.set.workloads.count, now->slo.set.workloads.count == 1 ? "" : "s",
                         asked->slo.set.workloads.count));
}
