/* A made-up run of consistency: servers that each go through the same phases of load and rest, and
 * do something else with their memory. */
#ifndef TESTS_SYNTHETIC_CONSISTENCY_H
#define TESTS_SYNTHETIC_CONSISTENCY_H

#include "data/explanation.h"
#include "data/mark_parts.h"
#include "data/phases.h"
#include "tests/synthetic_latency.h"
#include "tests/synthetic_stairs.h"

enum { CONSISTENCY_RPS = 50000, CONSISTENCY_PAGE = 4096, CONSISTENCY_INTERVALS_A_S = 10 };

enum habit { /* of memory under load */
             HABIT_FLAT,
             HABIT_LEAKS,  /* amount bytes a request */
             HABIT_SWINGS, /* up by amount bytes in ten seconds, and back */
             HABIT_STEPS,  /* up by amount bytes once, in the middle */
             HABIT_FILLS,  /* amount bytes, most of them within the first seconds */
};

struct habitual {
    const char *id;
    double base_bytes, cost_ns, p50_ns;
    enum habit habit;
    double amount;
    double burst_bytes;  /* taken in a burst and kept for a while */
    double kernel_bytes; /* of the system's, while its connections are open */
    double threads;
};

/* The experiment's header, of one workload; it names no other rounds. */
static inline void synthetic_consistency_init(struct synthetic *made)
{
    struct experiment *experiment = &made->result.experiment;
    char *error = NULL;
    synthetic_init(made, 0);
    free(experiment->name);
    free(experiment->summary);
    experiment->name = xstrdup("consistency");
    experiment->summary = xstrdup("is it flat, and how small a leak would have been seen");
    free(made->result.generator);
    made->result.generator = xstrdup("pace 0.1.0");
    experiment->solo.blocks = 0;
    strings_release(&experiment->self_check);
    strings_release(&experiment->ceilings);
    if (phases_read(&experiment->phases.phases,
                    "idle 2s, load 30s, burst 2s, load 30s, idle 5s, close 5s, load 50s",
                    &error) < 0)
        abort();
    experiment->phases.rate_rps = CONSISTENCY_RPS;
    experiment->phases.set = (struct round_set){
        .blocks = 1, .warmup_s = 1, .window_s = phases_seconds(&experiment->phases.phases)};
    strings_add(&experiment->phases.set.workloads, "plaintext");
    synthetic_workload(made, "plaintext", "GET /plaintext, answered with a constant");
}

static inline const struct phase *phase_at(const struct phases *phases, double at_s)
{
    double end_s = 0;
    for (size_t i = 0; i < phases->count; i++)
        if (at_s < (end_s += phases->items[i].duration_s))
            return &phases->items[i];
    return &phases->items[phases->count - 1];
}

/* Seconds of phases that send, and requests in them, until then. */
static inline double sent_s(const struct phases *phases, double until_s, double *requests)
{
    double at_s = 0, sum_s = 0;
    *requests = 0;
    for (size_t i = 0; i < phases->count && at_s < until_s; i++) {
        double part_s = fmin(until_s - at_s, phases->items[i].duration_s);
        at_s += phases->items[i].duration_s;
        if (!phase_sends(phases->items[i].kind))
            continue;
        sum_s += part_s;
        *requests += part_s * phases->items[i].rate_rps;
    }
    return sum_s;
}

static inline double habit_bytes(const struct habitual *server, const struct phases *phases,
                                 double at_s)
{
    double requests, load_s = sent_s(phases, at_s, &requests);
    double whole_s = sent_s(phases, phases_seconds(phases), &(double){0});
    switch (server->habit) {
    case HABIT_LEAKS:
        return server->amount * requests;
    case HABIT_SWINGS:
        return server->amount * fmod(load_s, 10) / 10;
    case HABIT_STEPS:
        return load_s > whole_s * .55 ? server->amount : 0;
    case HABIT_FILLS:
        return server->amount * (1 - exp(-load_s / 6));
    case HABIT_FLAT:
        break;
    }
    return 0;
}

/* In whole pages; less without connections, and more for a while after a burst. */
static inline int64_t rss_at(struct synthetic *made, const struct habitual *server,
                             const struct phases *phases, double at_s)
{
    const struct phase *phase = phase_at(phases, at_s);
    double bytes = server->base_bytes + habit_bytes(server, phases, at_s);
    if (at_s < 2 || phase->kind == PHASE_CLOSE)
        bytes -= .06 * server->base_bytes;
    for (double back_s = 0; back_s < 8 && back_s < at_s; back_s++)
        if (phase_at(phases, at_s - back_s)->kind == PHASE_BURST) {
            bytes += server->burst_bytes * (1 - back_s / 8);
            break;
        }
    return (int64_t)((bytes + 6000 * synthetic_noise(made)) / CONSISTENCY_PAGE) * CONSISTENCY_PAGE;
}

static inline int64_t *new_numbers(size_t count)
{
    return xcalloc(count + 1, sizeof(int64_t));
}

static inline void synthetic_course(struct synthetic *made, struct round *round,
                                    const struct habitual *server)
{
    struct course *course = &round->course;
    course->count = phases_seconds(&round->phases);
    course->interval_ns = 1000000000;
    course->rss_low_bytes = new_numbers(course->count);
    course->rss_high_bytes = new_numbers(course->count);
    course->cpu_server_ns = new_numbers(course->count);
    course->descriptors = new_numbers(course->count);
    course->threads = new_numbers(course->count);
    for (size_t i = 0; i < course->count; i++) {
        double at_s = (double)i;
        const struct phase *phase = phase_at(&round->phases, at_s);
        int64_t now = rss_at(made, server, &round->phases, at_s),
                then = rss_at(made, server, &round->phases, at_s + .9);
        double cost_ns = server->cost_ns * (phase->kind == PHASE_BURST ? .9 : 1) *
                         (1 + .02 * synthetic_noise(made));
        course->rss_low_bytes[i] = now < then ? now : then;
        course->rss_high_bytes[i] = now < then ? then : now;
        course->cpu_server_ns[i] = (int64_t)(phase->rate_rps * cost_ns) + 20000;
        course->descriptors[i] = 8 + (phase->kind == PHASE_CLOSE ? 0 : 64);
        course->threads[i] = (int64_t)server->threads;
    }
}

static inline void synthetic_intervals(struct synthetic *made, struct round *round,
                                       const struct habitual *server)
{
    struct latency_series *series = &round->latency;
    series->count = (size_t)phases_seconds(&round->phases) * CONSISTENCY_INTERVALS_A_S;
    series->interval_ns = 1000000000 / CONSISTENCY_INTERVALS_A_S;
    int64_t **arrays[] = {&series->n, &series->p50_ns, &series->p90_ns, &series->p99_ns,
                          &series->max_ns};
    static const double quantiles[] = {0, .5, .9, .99, .9999};
    for (size_t a = 0; a < 5; a++)
        *arrays[a] = new_numbers(series->count);
    for (size_t i = 0; i < series->count; i++) {
        const struct phase *phase = phase_at(&round->phases, (double)i / CONSISTENCY_INTERVALS_A_S);
        double noise = 1 + .1 * synthetic_noise(made);
        series->n[i] = phase->rate_rps / CONSISTENCY_INTERVALS_A_S;
        for (size_t a = 1; a < 5; a++)
            (*arrays[a])[i] =
                phase->rate_rps == 0
                    ? MISSING
                    : (int64_t)(noise * synthetic_quantile(server->p50_ns *
                                                               (phase->kind == PHASE_BURST ? 2 : 1),
                                                           quantiles[a]));
    }
}

static inline void synthetic_marks(struct synthetic *made, struct round *round,
                                   const struct habitual *server)
{
    struct phase_marks *marks = xcalloc(1, sizeof *marks);
    double at_s = 0;
    int64_t peak = 0;
    marks->count = round->phases.count + 1;
    for (size_t i = 0; i < marks->count; i++) {
        struct phase_mark *mark = &marks->items[i];
        bool open = i > 0 && round->phases.items[i - 1].kind != PHASE_CLOSE;
        if (i > 0)
            at_s += round->phases.items[i - 1].duration_s;
        phase_mark_init(mark);
        mark->at_ns = (int64_t)(at_s * 1e9);
        mark->rss_bytes = rss_at(made, server, &round->phases, at_s > .1 ? at_s - .1 : 0);
        mark->pss_bytes = mark->rss_bytes - 1200000;
        mark->uss_bytes = mark->rss_bytes - 1500000;
        peak = mark->rss_bytes + 8 * CONSISTENCY_PAGE;
        if (i > 0 && round->phases.items[i - 1].kind == PHASE_BURST)
            peak += (int64_t)server->burst_bytes;
        mark->peak_bytes = peak;
        mark->kernel_stacks_bytes = 4 << 20;
        mark->kernel_page_tables_bytes = 6 << 20;
        mark->kernel_slab_bytes = (40 << 20) + (int64_t)(open ? server->kernel_bytes : 0) +
                                  (int64_t)(60000 * synthetic_noise(made));
        mark->kernel_sockets_bytes = 1 << 20;
        mark->descriptors = open ? 72 : 8;
        mark->threads = (int64_t)server->threads;
    }
    round->phase_marks = marks;
}

/* One round of an arm through the experiment's phases, with the load so many times as long.
 * Returned so that a test can spoil it, until the next one is added. */
static inline struct round *synthetic_phases_round(struct synthetic *made, size_t arm,
                                                   const struct habitual *server, unsigned times)
{
    struct phases phases = made->result.experiment.phases.phases;
    double requests;
    phases_stretch(&phases, times);
    phases_settle(&phases, CONSISTENCY_RPS);
    struct round round =
        synthetic_open_round(made, arm, 0, CONSISTENCY_RPS, phases_seconds(&phases));
    round.phases = phases;
    round.confirms_growth = times > 1;
    sent_s(&phases, phases_seconds(&phases), &requests);
    round.requests_count = (int64_t)requests;
    round.cpu_server_ns = (int64_t)(server->cost_ns * requests);
    synthetic_response(&round.response, server->p50_ns, round.requests_count);
    synthetic_course(made, &round, server);
    synthetic_intervals(made, &round, server);
    synthetic_marks(made, &round, server);
    return result_add_round(&made->result, &round);
}

/* Gives a round what --explain reads: its marks say the same
 * all the time, until a test changes them. Returned again. */
static inline struct round *synthetic_explanation(struct round *round)
{
    struct explanation *explanation = xcalloc(1, sizeof *explanation);
    explanation_init(explanation);
    explanation->count = round->phase_marks->count;
    explanation->has_slab = true;
    explanation->cost_ns = 900000;
    for (size_t i = 0; i < explanation->count; i++) {
        struct phase_mark *mark = &round->phase_marks->items[i];
        mark->rss_bytes = 8 << 20;
        mark->pss_bytes = 7 << 20;
        mark->page_tables_bytes = 65536;
        mark->rings_bytes = 0;
        mark->kernel_slab_bytes = 40 << 20;
        for (int kind = 0; kind < MEMORY_KINDS; kind++)
            explanation->kinds[i][kind] = (struct kind_bytes){1 << 20, 1 << 20};
    }
    round->explanation = explanation;
    return round;
}

/* Cuts what was read of a round at so many seconds, as an interruption does. */
static inline void synthetic_interrupt(struct round *round, unsigned at_s)
{
    round->course.count = at_s;
    round->latency.count = at_s * CONSISTENCY_INTERVALS_A_S;
    round->requests_count = MISSING;
    round_note_missing(round, "requests_count", "the run was interrupted");
    outcome_add(&round->outcome, REASON_INTERRUPTED, "interrupted after %u s", at_s);
}

#define MIB_OF(mib) ((mib)*1048576.0)
static const struct habitual habituals[] = {
    {"epoll", MIB_OF(6.1), 8100, 42e3, HABIT_FLAT, 0, 2e5, 3e5, 1},
    {"uring", MIB_OF(7.4), 7300, 40e3, HABIT_FLAT, 0, 0, 9e5, 1},
    {"thread", MIB_OF(9.7), 12800, 61e3, HABIT_SWINGS, MIB_OF(1.9), 0, 2.6e6, 65},
    {"pool", MIB_OF(6.6), 10900, 66e3, HABIT_LEAKS, 1.02, 0, 5e5, 17},
    {"uv", MIB_OF(8.2), 9100, 48e3, HABIT_FILLS, MIB_OF(.6), 0, 2e5, 5},
    {"mhd", MIB_OF(5.2), 10100, 52e3, HABIT_STEPS, MIB_OF(1.5), 0, 1e4, 2},
    {"mhd-thread", MIB_OF(11.4), 14500, 73e3, HABIT_LEAKS, .31, 0, 2.8e6, 66},
    {"a-name-longer-than-its-margin", MIB_OF(13.0), 9900, 58e3, HABIT_FLAT, 0, 9e5, 0, 3},
};
enum { HABITUALS = sizeof habituals / sizeof *habituals };

/* The first so many of them, and a ceiling; pool's growth is
 * confirmed, mhd-thread's is not; the last one is cut off. */
static inline void synthetic_consistency(struct synthetic *made, size_t servers)
{
    static const struct habitual ceiling = {"ceiling", MIB_OF(1.6), 3000, 30e3, HABIT_FLAT,
                                            0,         0,           2e5,  1};
    synthetic_consistency_init(made);
    for (size_t i = 0; i < servers; i++) {
        size_t arm = synthetic_arm(made, habituals[i].id);
        struct round *round = synthetic_phases_round(made, arm, &habituals[i], 1);
        if (i + 1 == HABITUALS)
            synthetic_interrupt(round, 61);
        if (strcmp(habituals[i].id, "pool") == 0)
            synthetic_phases_round(made, arm, &habituals[i], 4);
    }
    synthetic_phases_round(made, synthetic_arm(made, "ceiling"), &ceiling, 1);
}

/* To such a run: what a connection takes, of each of so many
 * arms something else, and of the ceiling behind them. */
static inline void synthetic_connections(struct synthetic *made, size_t servers)
{
    for (uint32_t arm = 0; arm <= servers; arm++)
        for (int kind = STAIRS_IDLE; kind < STAIRS_KINDS; kind++) {
            int64_t more = arm < servers ? (int64_t)arm * 700 + kind * 5000 : 0;
            add_blocks(&made->result, arm, (enum stairs_kind)kind, 6,
                       (struct cost){400 + more, 8, 4000 + more, 0, 0}, 1);
        }
}

#endif
