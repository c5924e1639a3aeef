/*
 * Carrying out a schedule; see experiment.h. First what each workload sends is taken from a short
 * wrk, so that a smoke test asks what the load will ask. Then each plan is measured and appended to
 * the journal; a round that something outside of the arms spoiled is tried once more. A run that
 * takes far longer than was announced is ended. Choosing arms, the order of rounds and what the
 * numbers mean are others' work.
 */
#include "measure/experiment.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/words.h"
#include "data/phases.h"
#include "measure/clock.h"
#include "measure/host.h"
#include "measure/latency_plan.h"
#include "measure/load.h"
#include "measure/phase_plan.h"
#include "measure/rate.h"
#include "measure/settled.h"
#include "measure/upstream.h"

/* No round starts after this many times the announced time (the schedule's seconds and GRACE_S);
 * repeats stop earlier, so that they cannot use it up. */
static const double OVERTIME_FACTOR = 2.0;
static const double REPEATS_FACTOR = 1.4;

static const char over_time[] = "the run took more than twice the announced time, so its last "
                                "rounds were not started; what was "
                                "measured by then is below";

enum { GRACE_S = 20 }; /* so that a run of a few rounds is not cut by one slow start */

static char *hash_requests(const struct workload *workload, const char *bytes, size_t len)
{
    char *bytes_hash = bytes_sha256(bytes, len);
    char *all = text_format("%s %u %s %s %u", bytes_hash, workload->expect_status,
                            workload->expect_type ? workload->expect_type : "-",
                            workload->expect_body ? workload->expect_body : "-", workload->wait_ms);
    if (workload->expect_sha256) { /* else the hash is the one it was before there was such a key */
        char *more = text_format("%s %s", all, workload->expect_sha256);
        free(all);
        all = more;
    }
    if (workload->upstream) { /* neither does this one change it for the others */
        char *more = text_format("%s upstream %s", all, workload->upstream);
        free(all);
        all = more;
    }
    char *hash = bytes_sha256(all, strlen(all));
    free(bytes_hash);
    free(all);
    return hash;
}

/* What stands behind the servers must be asked something, or
 * nobody would know whether it answers. */
static int check_upstream(const struct experiment_run *run, size_t index, char **error)
{
    const struct workload *workload = &run->result->workloads[index].workload;
    size_t len;
    if (workload->upstream == NULL)
        return 0;
    char *request =
        upstream_request(workload, run->request_bytes[index], run->request_lens[index], &len);
    free(request);
    if (request != NULL)
        return 0;
    *error = text_format("workload %s: it has an upstream, but asks for nothing below /%s/",
                         workload->name, workload->route);
    return -1;
}

static int capture_one(struct experiment_run *run, size_t index, char **error)
{
    struct result_workload *entry = &run->result->workloads[index];
    char text[300];
    struct load_options options = {
        .wrk = run->wrk,
        .wrapper = run->wrapper,
        .script = entry->workload.path,
        .connections = 1,
        .threads = 1,
        .duration_s = 1,
        .cpus = &run->placement->load,
    };
    if (load_capture(&options, &run->request_bytes[index], &run->request_lens[index], text,
                     sizeof(text)) < 0) {
        *error = text_format("workload %s: %s", entry->workload.name, text);
        return -1;
    }
    free(entry->requests_hash);
    entry->requests_hash =
        hash_requests(&entry->workload, run->request_bytes[index], run->request_lens[index]);
    return check_upstream(run, index, error);
}

int experiment_capture(struct experiment_run *run, char **error)
{
    size_t count = run->result->workload_count;
    run->request_bytes = xcalloc(count + 1, sizeof(*run->request_bytes));
    run->request_lens = xcalloc(count + 1, sizeof(*run->request_lens));
    for (size_t i = 0; i < count; i++)
        if (capture_one(run, i, error) < 0)
            return -1;
    return 0;
}

void experiment_run_release(struct experiment_run *run)
{
    for (size_t i = 0; run->request_bytes && i < run->result->workload_count; i++)
        free(run->request_bytes[i]);
    free(run->request_bytes);
    free(run->request_lens);
    run->request_bytes = NULL;
    run->request_lens = NULL;
}

static void note_alive(void *argument, const int *pids, size_t count)
{
    char *error = NULL;
    journal_note_pids(argument, pids, count, &error);
    free(error); /* a convenience for after a kill -9: the journal itself says when it cannot write
                  */
}

static void add_note(struct result *result, char *note)
{
    if (!strings_contain(&result->notes, note))
        strings_add(&result->notes, note);
    free(note);
}

/* What a kill can take away: a minute, but of a young round no
 * more than a tenth, or two seconds. */
static double keep_every_s(const struct round *so_far)
{
    double tenth_s = (double)so_far->duration_ns / 1e9 / 10;
    return fmin(60, fmax(2, tenth_s));
}

/* Said when it changes: who reads it hours before the round's end can still make room. */
static void tell_keeping(struct experiment_run *run, const char *why_not)
{
    bool was_unkept = run->is_unkept;
    run->is_unkept = why_not != NULL;
    if (run->is_unkept != was_unkept && run->watch.keeping_changed)
        run->watch.keeping_changed(run->watch.argument, why_not);
}

static void keep(struct experiment_run *run, const struct round *so_far)
{
    char *error = NULL;
    double now_s = monotonic_s();
    if (now_s - run->kept_s < keep_every_s(so_far))
        return;
    run->kept_s = now_s;
    int status = journal_keep(run->journal, run->result, so_far, &error);
    if (status < 0)
        add_note(run->result,
                 text_format("what is read of a long round could for a time not be kept (%s)",
                             strerror(-status)));
    tell_keeping(run, error);
    free(error);
}

static void goes_on(void *argument, const struct round_plan *plan, const struct round *so_far)
{
    struct experiment_run *run = argument;
    keep(run, so_far);
    if (run->watch.round_goes_on)
        run->watch.round_goes_on(run->watch.argument, plan, so_far);
}

/* Measures one plan and appends its rounds. Those that could not be written are the last of the
 * result all the same: hours may be in them, and a verdict on what was seen. */
static int measure_one(struct experiment_run *run, const struct round_context *context,
                       const struct round_plan *plan, bool *repeat, char **error)
{
    struct round rounds[2];
    run->kept_s = monotonic_s();
    run->is_unkept = false;
    round_measure(context, plan, rounds);
    *repeat = !plan->is_repeat && !*run->interrupted && settled_may_repeat(plan, rounds);
    int status = journal_add(run->journal, run->result, rounds, plan->arm_count, error);
    if (status == 0 && run->watch.round_ended)
        run->watch.round_ended(run->watch.argument, plan, rounds);
    for (unsigned i = 0; i < plan->arm_count; i++)
        result_add_round(run->result, &rounds[i]);
    run->unwritten_count = status == 0 ? 0 : plan->arm_count;
    return status;
}

/* Of a rate that looks have given. */
static const char *doubt_words(const struct result *result, const struct round_plan *plan)
{
    return rate_is_doubtful(result, plan->workload) ? ", at which others had the CPU, so that it "
                                                      "may be low: a rate of your own is --rate"
                                                    : "";
}

/* ", each closed after 100 requests"; nothing where they stay. The caller frees. */
static char *closing_words(const struct phase_set *set)
{
    return set->requests_per_connection == 0
               ? xstrdup("")
               : text_format(", each closed after %u request%s", set->requests_per_connection,
                             set->requests_per_connection == 1 ? "" : "s");
}

static void note_phases(struct result *result, const struct round_plan *plan)
{
    struct phases phases;
    uint32_t rate_rps = phase_plan_window(&phases, result, plan);
    char *text = phases_text(&phases), *closing = closing_words(&result->experiment.phases);
    bool is_chosen = plan->rate_rps == 0 && phases_need_rate(&result->experiment.phases.phases);
    if (rate_rps > 0)
        add_note(result,
                 text_format("on %s each server goes through %s, in requests a second, over %u "
                             "connections%s%s%s",
                             result->workloads[plan->workload].workload.name, text,
                             rate_connections(phases_highest_rps(&phases)), closing,
                             is_chosen
                                 ? "; the rate is at most half of what the slowest gave in a look "
                                   "before the first block"
                                 : "",
                             is_chosen ? doubt_words(result, plan) : ""));
    free(text);
    free(closing);
}

/* Of a soak that was cut off. */
static bool is_rest(const struct result *result, const struct round_plan *plan)
{
    return plan->load_s > 0 &&
           plan->load_s < phases_load_seconds(&result->experiment.phases.phases);
}

/* A rate that the looks have given is said, once. */
static void note_rate(struct result *result, const struct round_plan *plan)
{
    if (plan->phased && !plan->confirms_growth && !is_rest(result, plan))
        note_phases(result, plan);
    uint32_t rate_rps =
        plan->paced && !plan->phased && plan->rate_rps == 0 ? rate_of(result, plan->workload) : 0;
    if (rate_rps > 0)
        add_note(result, text_format("paced rounds of %s ask for %u requests/s of both servers "
                                     "together, at most half of what the slowest gave in a look "
                                     "before the first block",
                                     result->workloads[plan->workload].workload.name, rate_rps));
}

static struct round_context context_of(struct experiment_run *run)
{
    return (struct round_context){
        .result = run->result,
        .placement = run->placement,
        .upstream_placement = run->upstream_placement,
        .worker_cpus = run->worker_cpus,
        .wrk = run->wrk,
        .wrapper = run->wrapper,
        .pace = run->pace,
        .request_bytes = run->request_bytes,
        .request_lens = run->request_lens,
        .interrupted = run->interrupted,
        .alive = note_alive,
        .alive_argument = run->journal,
        .goes_on = goes_on,
        .goes_on_argument = run,
    };
}

/* Where curves begin, and what all rounds of a part have in common; once. */
static void note_part(struct result *result, const struct round_plan *plan)
{
    const char *workload = result->workloads[plan->workload].workload.name;
    struct rates rates;
    char lowest[WORDS_MAX], connections[WORDS_MAX];
    rate_levels(&rates, result, plan->workload);
    words_count(lowest, rates.items[0]);
    words_count(connections, plan->connections);
    if (plan->curve)
        add_note(result, text_format("latency curves of %s begin at %s requests/s and have %s "
                                     "connections to each server throughout",
                                     workload, lowest, connections));
    else
        add_note(result, text_format("searches for the highest rates on %s have %s connections to "
                                     "each server throughout",
                                     workload, connections));
}

static void note_no_curves(struct result *result)
{
    const struct strings *workloads = &result->experiment.curve.set.workloads;
    for (size_t i = 0; i < workloads->count; i++) {
        int workload = result_find_workload(result, workloads->items[i]);
        struct rates rates = {0};
        if (workload >= 0)
            rate_levels(&rates, result, (size_t)workload);
        if (rates.count == 0)
            add_note(result, text_format("there are no latency curves of %s: no look at a server "
                                         "has a throughput from which to choose rates",
                                         workloads->items[i]));
    }
}

static enum experiment_end foreign(const struct round_plan *plan, char **error)
{
    text_error(error, "round %u of the record is none of this experiment's", plan->number);
    return EXPERIMENT_FOREIGN;
}

enum experiment_end experiment_measure_next(struct experiment_run *run,
                                            const struct round_plan *plan, size_t total,
                                            char **error)
{
    struct round_context context = context_of(run);
    size_t done = plan->number - 1;
    bool repeat;
    note_rate(run->result, plan);
    if (run->watch.round_starts)
        run->watch.round_starts(run->watch.argument, plan, done, total > done ? total : done);
    if (measure_one(run, &context, plan, &repeat, error) < 0)
        return EXPERIMENT_NOT_WRITTEN;
    return *run->interrupted ? EXPERIMENT_INTERRUPTED : EXPERIMENT_DONE;
}

enum experiment_end experiment_measure_latency(struct experiment_run *run, uint32_t last,
                                               char **error)
{
    struct round_plan plan;
    enum latency_step step;
    enum experiment_end end = EXPERIMENT_DONE;
    note_no_curves(run->result);
    while (end == EXPERIMENT_DONE &&
           (step = latency_plan_next(&plan, run->result, last)) != LATENCY_DONE) {
        if (step == LATENCY_FOREIGN)
            return foreign(&plan, error);
        note_part(run->result, &plan);
        end = experiment_measure_next(run, &plan, 0, error);
    }
    return end;
}

enum experiment_end experiment_measure_longer(struct experiment_run *run, uint32_t last,
                                              char **error)
{
    struct round_plan plan;
    enum phase_step step;
    enum experiment_end end = EXPERIMENT_DONE;
    while (end == EXPERIMENT_DONE &&
           (step = phase_plan_next(&plan, run->result, last)) != PHASE_DONE) {
        if (step == PHASE_FOREIGN)
            return foreign(&plan, error);
        end = experiment_measure_next(run, &plan, 0, error);
    }
    return end;
}

enum experiment_end experiment_measure(struct experiment_run *run, const struct schedule *schedule,
                                       char **error)
{
    struct round_context context = context_of(run);
    double started_s = monotonic_s();
    double announced_s = schedule_seconds(schedule) + GRACE_S;
    for (size_t i = 0; i < schedule->count; i++) {
        struct round_plan plan = schedule->plans[i];
        note_rate(run->result, &plan);
        for (bool repeat = true; repeat; plan.attempt++, plan.is_repeat = true) {
            double spent_s = monotonic_s() - started_s;
            if (spent_s > OVERTIME_FACTOR * announced_s) {
                add_note(run->result, xstrdup(over_time));
                return EXPERIMENT_OVERTIME;
            }
            if (plan.is_repeat && spent_s > REPEATS_FACTOR * announced_s)
                break;
            if (run->watch.round_starts)
                run->watch.round_starts(run->watch.argument, &plan, i, schedule->count);
            if (measure_one(run, &context, &plan, &repeat, error) < 0)
                return EXPERIMENT_NOT_WRITTEN;
            if (*run->interrupted)
                return EXPERIMENT_INTERRUPTED;
        }
    }
    return EXPERIMENT_DONE;
}
