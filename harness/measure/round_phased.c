/* See round_phased.h. */
#include "measure/round_phased.h"

#include <math.h>
#include <stdio.h>

#include "data/explanation.h"
#include "data/mark_parts.h"
#include "data/phases.h"
#include "data/strings.h"
#include "measure/clock.h"
#include "measure/round_load.h"
#include "measure/round_servers.h"

/* ---- filling ---- */

/* Long enough that chance leaves none of them out: five
 * standard deviations of a Poisson count more. */
static unsigned fill_seconds(unsigned requests, uint32_t rate_rps)
{
    double wanted = requests + 5 * sqrt(requests);
    return (unsigned)ceil(wanted / rate_rps);
}

static uint32_t fill_rate_rps(const struct phases *phases)
{
    size_t i = 0;
    while (!phase_sends(phases->items[i].kind))
        i++;
    return phases->items[i].rate_rps;
}

static bool run_fill(struct measurement *m, const struct paced_options *options)
{
    unsigned failed = 0;
    char error[200] = "";
    m->window_arms[0] = (struct window_arm){
        .server = &m->servers[0],
        .upstream = measurement_has_upstream(m) ? &m->upstreams[0].server : NULL,
    };
    struct window window = {
        .arms = m->window_arms,
        .arm_count = 1,
        .duration_s = options->window_s,
        .paced = options,
        .interrupted = m->context->interrupted,
        .started = round_say_loads,
        .started_argument = m,
    };
    enum window_end end = window_run(&window, &failed, error, sizeof(error));
    if (end != WINDOW_LATE) /* if it does not end, no server is to blame */
        return round_window_ended(m, end, failed, error);
    outcome_add(&m->rounds[0].outcome, REASON_LOAD_FAILED,
                "the generator that fills the server's state did not end");
    return false;
}

/* What makes its numbers worthless is of no account here, only what makes it no filling. */
static bool is_filled(struct measurement *m, const struct paced_answer *answer)
{
    struct outcome *outcome = &m->rounds[0].outcome;
    unsigned wanted = measurement_workload(m)->warm_requests;
    for (unsigned i = 0; i < answer->outcome.count; i++) {
        const struct reason *reason = &answer->outcome.reasons[i];
        if (reason_kind(reason->code) == OUTCOME_INVALID && !reason_is_external(reason->code))
            outcome_add(outcome, reason->code, "while its state was filled: %.150s",
                        reason->detail);
    }
    if (outcome->kind != OUTCOME_INVALID && answer->requests_count < (int64_t)wanted)
        outcome_add(outcome, REASON_LOAD_FAILED, "%lld of %u requests were sent to fill its state",
                    (long long)answer->requests_count, wanted);
    return outcome->kind != OUTCOME_INVALID;
}

static bool take_fill(struct measurement *m, const struct paced_options *options)
{
    struct paced_report report;
    char error[200];
    bool good =
        paced_report_read(&report, &m->window_arms[0].load, options, error, sizeof(error)) == 0;
    if (!good)
        outcome_add(&m->rounds[0].outcome, REASON_LOAD_FAILED, "%s", error);
    good = good && is_filled(m, &report.answers[0]);
    paced_report_release(&report);
    return good;
}

bool round_fill(struct measurement *m)
{
    const struct round *round = &m->rounds[0];
    unsigned requests = measurement_workload(m)->warm_requests;
    if (requests == 0 || !m->plan->phased)
        return true;
    uint32_t rate_rps = fill_rate_rps(&round->phases);
    struct paced_options options = {
        .pace = m->context->pace,
        .script = measurement_workload(m)->path,
        .address = round_address,
        .cpus = &m->placement->load,
        .rate_rps = rate_rps,
        .connections = round->connections,
        .window_s = fill_seconds(requests, rate_rps),
        .seed = round->load_seed,
        .target_count = 1,
        .targets = {{.port = m->servers[0].port}},
    };
    bool good = run_fill(m, &options) && take_fill(m, &options);
    load_release(&m->window_arms[0].load);
    return good;
}

/* ---- course and marks ---- */

static void begin_explaining(struct measurement *m)
{
    struct round *round = &m->rounds[0];
    if (!m->context->result->experiment.phases.explain)
        return;
    round->explanation = xcalloc(1, sizeof(*round->explanation));
    explaining_open(&m->explaining, round->explanation);
    m->marks.explaining = &m->explaining;
}

void round_phased_begin(struct measurement *m)
{
    struct round *round = &m->rounds[0];
    sampler_keep_course(&m->sampler, 0);
    round->phase_marks = xcalloc(1, sizeof(*round->phase_marks));
    marks_open(&m->marks, round->phase_marks, m->sampler.arms[0].following, NULL);
    begin_explaining(m);
    m->phase_watch = (struct phase_watch){.phases = &round->phases, .marks = &m->marks};
    marks_take(&m->marks, 0);
}

static int64_t passed_ns(const struct measurement *m)
{
    int64_t passed = monotonic_ns() - m->phase_watch.start_ns;
    return m->phase_watch.start_ns > 0 && passed > 0 ? passed : 0;
}

static void say_cut(struct outcome *outcome, const char *what, int64_t after_ns, unsigned of_s)
{
    outcome_add(outcome, REASON_INTERRUPTED, "%s %lld s into its %u s", what,
                (long long)(after_ns / NS_PER_S), of_s);
}

void round_phased_pulse(void *argument)
{
    struct measurement *m = argument;
    struct round so_far = m->rounds[0]; /* what it points to stays the measurement's */
    if (m->context->goes_on == NULL)
        return;
    so_far.course = m->sampler.arms[0].course.course;
    so_far.course.count = m->sampler.arms[0].course.closed;
    so_far.duration_ns = passed_ns(m);
    so_far.memory.rss_bytes = sample_rss(&m->sampler.arms[0]);
    say_cut(&so_far.outcome, "the run was cut off without a word, and this was kept",
            so_far.duration_ns, m->plan->window_s);
    m->context->goes_on(m->context->goes_on_argument, m->plan, &so_far);
}

void round_phased_cut(struct measurement *m, bool was_interrupted)
{
    phase_watch_cut(&m->phase_watch);
    if (was_interrupted)
        say_cut(&m->rounds[0].outcome, "interrupted", passed_ns(m), m->plan->window_s);
}

static void note(struct round *round, const char *field, const char *why)
{
    if (why != NULL && round_why_missing(round, field) == NULL)
        round_note_missing(round, field, "%s", why);
}

static void end_explaining(struct measurement *m)
{
    struct round *round = &m->rounds[0];
    if (round->explanation == NULL)
        return;
    explaining_close(&m->explaining);
    note(round, "explanation.kinds", m->explaining.why_kinds[0] ? m->explaining.why_kinds : NULL);
    note(round, "explanation.slab", m->explaining.why_slab[0] ? m->explaining.why_slab : NULL);
}

static const struct {
    const char *field;
    enum course_part part;
} course_fields[] = {
    {"course.rss_low_bytes", COURSE_RSS},     {"course.rss_high_bytes", COURSE_RSS},
    {"course.cpu_server_ns", COURSE_CPU},     {"course.descriptors_count", COURSE_DESCRIPTORS},
    {"course.threads_count", COURSE_THREADS},
};
enum { COURSE_FIELDS = sizeof(course_fields) / sizeof(*course_fields) };

static void note_course(struct round *round, const struct course_taking *taking)
{
    for (size_t i = 0; i < COURSE_FIELDS; i++)
        note(round, course_fields[i].field, course_why(taking, course_fields[i].part));
}

void round_phased_end(struct measurement *m)
{
    struct round *round = &m->rounds[0];
    round->course = sampler_take_course(&m->sampler, 0);
    note_course(round, &m->sampler.arms[0].course);
    note(round, "series", "of a window of phases there is a course");
    for (int part = 0; part < MARK_PARTS; part++)
        note(round, mark_parts[part].field, marks_why(&m->marks, (enum mark_part)part));
    end_explaining(m);
}

/* ---- by when the window opened ---- */

/* Of stretches that are longer than a second, those may be read by
 * so much too early. What is judged of a phase begins 2 s after it
 * does (analyse/consistency.h), so each of them still lies in it. */
enum { EARLY_MOST_MS = 1500 };

/* All but the peak: it is of the time since the mark before, and no other mark has it. */
static void forget_mark(struct round *round, size_t i)
{
    struct phase_mark *mark = &round->phase_marks->items[i];
    int64_t at_ns = mark->at_ns, peak_bytes = mark->peak_bytes;
    phase_mark_init(mark);
    mark->at_ns = at_ns;
    mark->peak_bytes = peak_bytes;
    if (round->explanation != NULL && i < round->explanation->count)
        explanation_forget(round->explanation, i);
}

static void note_marks(struct round *round, const char *why)
{
    for (int part = 0; part < MARK_PARTS; part++)
        if (part != MARK_PEAK)
            note(round, mark_parts[part].field, why);
    if (round->explanation != NULL)
        note(round, "explanation.kinds", why);
}

/* A mark that was read before its phase began, or after it was
 * over, is of another one. The first is of before. */
static void settle_marks(struct round *round, int64_t late_ns)
{
    int64_t from_ns = 0, end_ns;
    char why[120];
    for (size_t i = 1; i < round->phase_marks->count; i++, from_ns = end_ns) {
        struct phase_mark *mark = &round->phase_marks->items[i];
        int64_t at_ns = mark->at_ns - late_ns;
        end_ns = from_ns + round->phases.items[i - 1].duration_s * NS_PER_S;
        mark->at_ns = at_ns > 0 ? at_ns : 0;
        if (at_ns >= from_ns && at_ns <= end_ns)
            continue;
        forget_mark(round, i);
        snprintf(why, sizeof(why), "a mark was read %.2f s %s its phase",
                 (double)(at_ns < from_ns ? from_ns - at_ns : at_ns - end_ns) / 1e9,
                 at_ns < from_ns ? "before" : "after");
        note_marks(round, why);
    }
}

/* Each stretch is read too early by early_ns: those with which
 * a phase begins are partly of the one before. */
static void forget_borders(struct round *round, int64_t early_ns)
{
    int64_t from_ns = 0, interval_ns = round->course.interval_ns;
    char why[120];
    snprintf(why, sizeof(why), "a stretch at the border of two phases was read %.1f s too early",
             (double)early_ns / 1e9);
    for (size_t i = 0; i < round->phases.count; i++) {
        size_t stretch = (size_t)((from_ns + interval_ns - 1) / interval_ns);
        if (stretch < round->course.count)
            course_forget(&round->course, stretch);
        from_ns += round->phases.items[i].duration_s * NS_PER_S;
    }
    for (size_t i = 0; i < COURSE_FIELDS; i++)
        note(round, course_fields[i].field, why);
}

/* What lacked lay outside of the window, mostly in the stretch that began when it was over. */
static void excuse_course(struct round *round)
{
    for (size_t i = 0; i < COURSE_FIELDS; i++)
        if (!course_lacks(&round->course, course_fields[i].part))
            round_forget_missing(round, course_fields[i].field);
}

/* late_ns 0: that is not why. */
static void lose_course(struct round *round, int64_t late_ns)
{
    course_release(&round->course);
    if (late_ns > 0)
        round_note_missing(round, "course",
                           "the generator opened its window %.1f s later than it could have",
                           (double)late_ns / 1e9);
    else
        round_note_missing(round, "course", "nothing was read in its window");
}

/* Of the window alone, by whole stretches: what is left of
 * them is by how much each is read too early. */
static void settle_course(struct round *round, int64_t late_ns)
{
    int64_t interval_ns = round->course.interval_ns, window_ns = round->window_s * NS_PER_S;
    int64_t before = late_ns > 0 ? late_ns / interval_ns : 0;
    course_keep(&round->course, (size_t)before,
                (size_t)((window_ns + interval_ns - 1) / interval_ns));
    excuse_course(round);
    if (round->course.count == 0)
        lose_course(round, before > 0 ? late_ns : 0);
    else if (late_ns - before * interval_ns > EARLY_MOST_MS * NS_PER_MS)
        forget_borders(round, late_ns - before * interval_ns);
}

void round_phased_settle(struct measurement *m, int64_t start_ns)
{
    struct round *round = &m->rounds[0];
    int64_t late_ns = start_ns == MISSING ? 0 : start_ns - m->phase_watch.start_ns;
    settle_marks(round, late_ns);
    settle_course(round, late_ns);
}
