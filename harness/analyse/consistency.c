/* Which round is told of each server, and its verdicts. */
#include "analyse/consistency.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/pairs.h"

enum { SECONDS_A_DAY = 24 * 60 * 60 };

/* Of FLATNESS_CONFIRM_TIMES the requests, how many a longer round must have had: a generator that
 * is kept away for a moment leaves some out. */
static const double NEARLY = 0.9;

static bool went_through_phases(const struct round *round, size_t workload)
{
    return round->workload == workload && round_has_phases(round);
}

/* Of such a round what was kept can be told, as far as it went. */
static bool leaves_memory(enum reason_code code)
{
    return code == REASON_INTERRUPTED || code == REASON_INTERFERED || code == REASON_GEN_LATE;
}

static bool can_tell(const struct round *round)
{
    if (!round_has_phases(round) || round->course.count == 0)
        return false;
    for (unsigned i = 0; i < round->outcome.count; i++) {
        enum reason_code code = round->outcome.reasons[i].code;
        if (reason_kind(code) == OUTCOME_INVALID && !leaves_memory(code))
            return false;
    }
    return true;
}

static bool is_whole(const struct round *round)
{
    return !outcome_has(&round->outcome, REASON_INTERRUPTED);
}

static enum flatness_kind memory_kind(const struct round *round)
{
    struct flatness flatness;
    consistency_judge(&flatness, round, CONSISTENCY_MEMORY);
    return flatness.kind;
}

static bool is_decided(const struct round *round)
{
    return memory_kind(round) != FLATNESS_UNDECIDED;
}

/* What can tell is not lost to a repeat that tells less. */
static bool takes_place(const struct round *repeat, const struct round *round)
{
    return round_repeats(repeat, round) &&
           (!can_tell(round) ||
            (can_tell(repeat) && is_whole(repeat) && (is_decided(repeat) || !is_decided(round))));
}

/* Of a soak that was cut off no stretch takes another's place. */
static bool is_replaced(const struct result *result, const struct round *round)
{
    for (size_t i = 0; !result->experiment.phases.soak && i < result->round_count; i++)
        if (takes_place(&result->rounds[i], round))
            return true;
    return false;
}

bool consistency_goes_on(const struct result *result, const struct round *round)
{
    return result->is_running && result->is_last_unfinished &&
           round == &result->rounds[result->round_count - 1];
}

bool consistency_is_used(const struct result *result, const struct round *round)
{
    return can_tell(round) && !is_replaced(result, round);
}

/* As many seconds as were judged, or would be. */
static double judged_s(const struct round *round)
{
    struct consistency_course course;
    consistency_course_make(&course, round, CONSISTENCY_MEMORY);
    double seconds = (double)course.course.count * course.course.interval_s;
    consistency_course_release(&course);
    return seconds;
}

/* Of a soak, and of those that were cut off, the longest; else a whole round before one that was
 * cut off, then the later one, but not a repeat that did not take the other's place. */
static bool is_better(const struct result *result, const struct round *round,
                      const struct round *than)
{
    if (!than)
        return true;
    bool by_length = result->experiment.phases.soak || (!is_whole(round) && !is_whole(than));
    if (by_length && judged_s(round) != judged_s(than))
        return judged_s(round) > judged_s(than);
    if (is_whole(round) != is_whole(than))
        return is_whole(round);
    return round->number > than->number && !round_repeats(round, than);
}

static const struct round *last_of(const struct result *result, size_t workload, size_t arm,
                                   bool confirms, bool must_grow)
{
    const struct round *best = NULL;
    for (size_t i = 0; i < result->round_count; i++) {
        const struct round *round = &result->rounds[i];
        if (went_through_phases(round, workload) && round->arm == arm &&
            round->confirms_growth == confirms && consistency_is_used(result, round) &&
            is_better(result, round, best) &&
            (!must_grow || memory_kind(round) == FLATNESS_GROWING))
            best = round;
    }
    return best;
}

/* The planned round that is told; one that grew, where a longer one followed to confirm it. A
 * longer one alone is told as it is. */
static void choose_rounds(struct consistency_row *row, const struct result *result, size_t workload)
{
    row->longer = last_of(result, workload, row->arm, true, false);
    if (row->longer)
        row->round = last_of(result, workload, row->arm, false, true);
    if (!row->round)
        row->round = last_of(result, workload, row->arm, false, false);
    if (!row->round) {
        row->round = row->longer;
        row->longer = NULL;
    }
}

/* Such a reason leaves a course as it was, so it is not why there is none. */
static bool leaves_course(const struct reason *reason)
{
    return reason->code == REASON_INTERFERED || reason->code == REASON_GEN_LATE;
}

static int gravity(const struct reason *reason)
{
    if (!reason || reason_kind(reason->code) != OUTCOME_INVALID)
        return 0;
    if (leaves_course(reason))
        return 1;
    return reason_is_external(reason->code) ? 2 : 3;
}

const struct reason *consistency_gravest(const struct round *round)
{
    const struct reason *gravest = NULL;
    for (unsigned i = 0; i < round->outcome.count; i++)
        if (gravity(&round->outcome.reasons[i]) > gravity(gravest))
            gravest = &round->outcome.reasons[i];
    return gravest;
}

const char *consistency_why_no_course(const struct round *round)
{
    const struct reason *reason = consistency_gravest(round);
    bool is_why = round->course.count == 0 && (!reason || leaves_course(reason));
    return is_why ? round_why_missing(round, "course") : NULL;
}

static void note_loss(struct consistency_row *row, const struct round *round)
{
    const struct reason *why = consistency_gravest(round);
    row->lost++;
    row->why_no_course = consistency_why_no_course(round);
    if (!row->why_no_course && gravity(why) > gravity(row->why))
        row->why = why;
    if (outcome_has(&round->outcome, REASON_DIED))
        row->died = round;
}

static void count_rounds(struct consistency_row *row, const struct result *result, size_t workload)
{
    for (size_t i = 0; i < result->round_count; i++) {
        const struct round *round = &result->rounds[i];
        if (!went_through_phases(round, workload) || round->arm != row->arm ||
            is_replaced(result, round))
            continue;
        if (consistency_is_used(result, round)) {
            row->used++;
        } else if (consistency_goes_on(result, round)) {
            row->is_awaited = true;
        } else {
            note_loss(row, round);
        }
    }
}

/* Another planned round that says something else; that nothing can be said is nothing else. */
static bool any_disagrees(const struct consistency_row *row, const struct result *result,
                          size_t workload)
{
    enum flatness_kind told = memory_kind(row->round);
    for (size_t i = 0; i < result->round_count; i++) {
        const struct round *round = &result->rounds[i];
        if (!went_through_phases(round, workload) || round->arm != row->arm ||
            round == row->round || round->confirms_growth || !consistency_is_used(result, round))
            continue;
        enum flatness_kind kind = memory_kind(round);
        if (kind != told && kind != FLATNESS_UNDECIDED && told != FLATNESS_UNDECIDED)
            return true;
    }
    return false;
}

static bool is_timed(enum consistency_measure measure)
{
    return measure == CONSISTENCY_COST || measure == CONSISTENCY_P50 || measure == CONSISTENCY_P99;
}

static void leave_out(struct flatness *flatness)
{
    flatness_find(flatness, &(struct flatness_course){.interval_s = 1});
    flatness->why = "the experiment asks for memory only";
    flatness->needed_s = 0;
}

static double judged_requests(const struct round *round)
{
    struct consistency_course course;
    consistency_course_make(&course, round, CONSISTENCY_MEMORY);
    double requests = course.requests;
    consistency_course_release(&course);
    return requests;
}

/* Of NAN, which is none: it is. */
static bool is_short(const struct round *longer, const struct round *round)
{
    return !(judged_requests(longer) >= NEARLY * FLATNESS_CONFIRM_TIMES * judged_requests(round));
}

static void judge_by_both(struct consistency_row *row, enum consistency_measure measure)
{
    struct flatness *flatness = &row->measures[measure], longer;
    consistency_judge(flatness, row->round, measure);
    if (!row->longer || row->longer_is_short || flatness->kind != FLATNESS_GROWING)
        return;
    consistency_judge(&longer, row->longer, measure);
    flatness_confirm(flatness, &longer);
    if (measure == CONSISTENCY_MEMORY && longer.kind != FLATNESS_UNDECIDED)
        row->judged = row->longer;
}

/* Of the round that its memory is judged by. */
static void find_load(struct consistency_row *row)
{
    struct consistency_course course;
    consistency_course_make(&course, row->judged, CONSISTENCY_MEMORY);
    row->rate_rps = consistency_rate_rps(row->judged);
    row->load_s = (double)course.course.count * course.course.interval_s;
    row->requests = course.requests;
    consistency_course_release(&course);
}

/* In the order in which they were. */
static void find_stretches(struct consistency_row *row, const struct result *result,
                           size_t workload)
{
    for (size_t i = 0; result->experiment.phases.soak && i < result->round_count; i++) {
        const struct round *round = &result->rounds[i];
        if (!went_through_phases(round, workload) || round->arm != row->arm ||
            round == row->round || !consistency_is_used(result, round))
            continue;
        row->stretches_s += judged_s(round);
        if (row->stretch_count < CONSISTENCY_STRETCHES)
            row->stretches[row->stretch_count] =
                (struct consistency_stretch){judged_s(round), memory_kind(round)};
        row->stretch_count++;
    }
}

static void judge_row(struct consistency_row *row, const struct result *result, size_t workload)
{
    const struct flatness *memory = &row->measures[CONSISTENCY_MEMORY];
    bool memory_only = result->experiment.phases.memory_only;
    row->judged = row->round;
    row->longer_is_short = row->longer && is_short(row->longer, row->round);
    for (int measure = 0; measure < CONSISTENCY_MEASURES; measure++)
        if (memory_only && is_timed((enum consistency_measure)measure))
            leave_out(&row->measures[measure]);
        else
            judge_by_both(row, (enum consistency_measure)measure);
    row->disagrees = any_disagrees(row, result, workload);
    find_stretches(row, result, workload);
    row->p99_worst_ratio = memory_only ? NAN : consistency_p99_worst_ratio(row->round);
    find_load(row);
    if (memory->kind == FLATNESS_GROWING)
        row->bytes_a_day = memory->drift_per_request * row->rate_rps * SECONDS_A_DAY;
}

static const struct consistency_count UNKNOWN = {NAN, {NAN, NAN}, {NAN, NAN}};

static void put_nothing(struct consistency_row *row)
{
    row->descriptors = row->threads = UNKNOWN;
    row->cgroup_start_bytes = row->cgroup_end_bytes = row->cgroup_kernel_bytes = NAN;
    row->start_bytes = row->peak_bytes = row->end_bytes = NAN;
    row->burst_return = row->burst_kept_bytes = row->close_return = row->close_kept_bytes = NAN;
    row->burst_rss_bytes = row->close_rss_bytes = NAN;
    for (int kind = 0; kind < STAIRS_KINDS; kind++)
        row->stairs[kind].user.median = row->stairs[kind].kernel.median = NAN;
    row->connection_bytes = row->kernel_bytes = row->kernel_spread_bytes = NAN;
    row->rate_rps = row->load_s = row->requests = row->p99_worst_ratio = row->bytes_a_day = NAN;
    for (int measure = 0; measure < CONSISTENCY_MEASURES; measure++) {
        flatness_find(&row->measures[measure], &(struct flatness_course){.interval_s = 1});
        row->measures[measure].why = "no round could be used";
        row->measures[measure].needed_s = 0;
    }
}

static bool has_round(const struct result *result, size_t workload, size_t arm)
{
    for (size_t i = 0; i < result->round_count; i++)
        if (went_through_phases(&result->rounds[i], workload) && result->rounds[i].arm == arm)
            return true;
    return false;
}

static void add_row(struct consistency *consistency, const struct result *result, size_t arm)
{
    struct consistency_row row = {.arm = arm};
    put_nothing(&row);
    count_rounds(&row, result, consistency->workload);
    choose_rounds(&row, result, consistency->workload);
    if (row.round)
        judge_row(&row, result, consistency->workload);
    attribution_find(&row.attribution, row.judged);
    consistency->rows[consistency->count++] = row;
}

static void take_stairs(struct consistency *consistency, const struct result *result)
{
    struct stairs_memory memory;
    if (!stairs_make(&memory, result, consistency->workload))
        return;
    for (size_t i = 0; i < consistency->count; i++) {
        const struct stairs_row *row = stairs_row_of(&memory, consistency->rows[i].arm);
        if (row)
            memcpy(consistency->rows[i].stairs, row->sides, sizeof row->sides);
    }
    stairs_release(&memory);
}

bool consistency_make(struct consistency *consistency, const struct result *result, size_t workload)
{
    *consistency = (struct consistency){.workload = workload};
    consistency->rows = xcalloc(result->arm_count + 1, sizeof *consistency->rows);
    for (size_t arm = 0; arm < result->arm_count; arm++)
        if (has_round(result, workload, arm))
            add_row(consistency, result, arm);
    if (consistency->count == 0) {
        consistency_release(consistency);
        return false;
    }
    consistency_find_memory(consistency, result);
    take_stairs(consistency, result);
    consistency_say(consistency, result);
    return true;
}

void consistency_release(struct consistency *consistency)
{
    free(consistency->rows);
    strings_release(&consistency->sentences);
    *consistency = (struct consistency){0};
}

bool consistency_has_numbers(const struct consistency *consistency)
{
    for (size_t i = 0; i < consistency->count; i++)
        if (consistency->rows[i].round &&
            consistency->rows[i].measures[CONSISTENCY_MEMORY].kind != FLATNESS_UNDECIDED)
            return true;
    return false;
}
