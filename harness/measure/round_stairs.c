/* See round_stairs.h. */
#include "measure/round_stairs.h"

#include <stdio.h>
#include <stdlib.h>

#include "data/strings.h"
#include "measure/clock.h"
#include "measure/placement.h"
#include "measure/round_load.h"
#include "measure/round_servers.h"
#include "measure/schedule_stairs.h"

enum { SLICE_MS = 100, BETWEEN_MS = 200 };

struct climb {
    struct measurement *m;
    struct round *round;
    const struct stairs_set *set;
    struct following following;
    struct marks marks;
    struct holder holders[LEVELS_MOST]; /* one for what each level adds */
    size_t holder_count;
    int64_t start_ns;
    bool is_uncounted; /* its descriptors, at a mark of a level; it was said */
};

/* False: it was interrupted. */
static bool wait_ms(const struct climb *climb, int64_t ms)
{
    int64_t until_ns = monotonic_ns() + ms * NS_PER_MS, slice_ns = SLICE_MS * NS_PER_MS;
    int64_t left_ns;
    while (!*climb->m->context->interrupted && (left_ns = until_ns - monotonic_ns()) > 0)
        sleep_until_ns(monotonic_ns() + (left_ns < slice_ns ? left_ns : slice_ns));
    return !*climb->m->context->interrupted || round_end_interrupted(climb->m);
}

static bool server_is_there(struct climb *climb)
{
    return !server_ended(&climb->m->servers[0]) ||
           round_end_by(climb->m, 0, REASON_DIED, "the server ended while connections were opened");
}

static bool mark_after(struct climb *climb, int64_t ms)
{
    if (!wait_ms(climb, ms) || !server_is_there(climb))
        return false;
    marks_take(&climb->marks, monotonic_ns() - climb->start_ns);
    return true;
}

enum step { STEP_REACHED, STEP_NO_MORE, STEP_OVER /* of the round */ };

static enum step end_at(struct climb *climb, unsigned level, const char *why)
{
    const struct levels *levels = &climb->round->stairs.levels;
    outcome_add(&climb->round->outcome, REASON_NOISY,
                "connections were taken up to %u, not to %u: %s",
                levels->count > 0 ? levels->items[levels->count - 1] : 0, level, why);
    return STEP_NO_MORE;
}

static void say_uncounted(struct climb *climb)
{
    const char *why = marks_why(&climb->marks, MARK_DESCRIPTORS);
    if (!climb->is_uncounted)
        outcome_add(&climb->round->outcome, REASON_NOISY,
                    "whether all connections were there when memory was read is not known, "
                    "because descriptors could not be counted: %s",
                    why != NULL ? why : "no reason is known");
    climb->is_uncounted = true;
}

/* Has the last mark as many descriptors more than the first as
 * there are connections? If not it is no mark of this level. */
static enum step reach(struct climb *climb, unsigned level)
{
    struct phase_marks *marks = climb->round->phase_marks;
    struct levels *levels = &climb->round->stairs.levels;
    int64_t before = marks->items[0].descriptors, now = marks->items[marks->count - 1].descriptors;
    char why[80];
    if (before != MISSING && now != MISSING && now - before < (int64_t)level) {
        snprintf(why, sizeof(why), "the server had %lld of them when memory was read",
                 (long long)(now - before));
        marks->count--;
        return end_at(climb, level, why);
    }
    if (before == MISSING || now == MISSING)
        say_uncounted(climb);
    levels->items[levels->count++] = level;
    return STEP_REACHED;
}

/* ---- idle ---- */

static unsigned held(struct climb *climb)
{
    unsigned count = 0;
    for (size_t i = 0; i < climb->holder_count; i++)
        count += climb->holders[i].held;
    return count;
}

static enum step hold_up_to(struct climb *climb, unsigned level)
{
    struct holder *holder = &climb->holders[climb->holder_count];
    struct holder_options options = {
        .address = climb->m->servers[0].address,
        .port = climb->m->servers[0].port,
        .connections = level - held(climb),
        .cpus = &climb->m->placement->load,
        .interrupted = climb->m->context->interrupted,
    };
    char *error = NULL;
    enum step step = STEP_REACHED;
    bool is_held = holder_start(holder, &options, &error) == 0;
    climb->holder_count += is_held;
    if (!wait_ms(climb, 0) || !server_is_there(climb))
        step = STEP_OVER;
    else if (!is_held)
        step = end_at(climb, level, error);
    else if (held(climb) < level)
        step = end_at(climb, level, holder->shortfall ? holder->shortfall : "no reason is known");
    free(error);
    return step;
}

static bool look_at_idle(struct climb *climb)
{
    unsigned opened = held(climb), left = 0;
    for (size_t i = 0; i < climb->holder_count; i++)
        left += holder_count(&climb->holders[i]);
    if (left < opened)
        outcome_add(&climb->round->outcome, REASON_ERRORS,
                    "the server closed %u of %u idle connections", opened - left, opened);
    return left == opened;
}

static void release_idle(struct climb *climb)
{
    for (size_t i = 0; i < climb->holder_count; i++)
        (*climb->m->context->interrupted ? holder_kill : holder_release)(&climb->holders[i]);
    climb->holder_count = 0;
}

static enum step go_to_idle(struct climb *climb, unsigned level)
{
    enum step step = hold_up_to(climb, level);
    if (step == STEP_REACHED && !mark_after(climb, STAIRS_IDLE_MS))
        return STEP_OVER;
    return step == STEP_REACHED ? reach(climb, level) : step;
}

static bool climb_idle(struct climb *climb)
{
    const struct levels *levels = &climb->set->connections;
    enum step step = STEP_REACHED;
    for (size_t i = 0; i < levels->count && step == STEP_REACHED; i++)
        step = go_to_idle(climb, levels->items[i]);
    bool good = step != STEP_OVER && look_at_idle(climb);
    release_idle(climb);
    return good;
}

/* ---- active ---- */

/* A mark is due while it runs: else all have gone again. What
 * the record says of the round is its highest level. */
static bool load_with(struct climb *climb, unsigned level)
{
    struct round *round = climb->round;
    size_t marks = round->phase_marks->count;
    uint32_t connections = round->connections, threads = round->threads;
    round->connections = level;
    round->threads = placement_threads(level, climb->m->placement->load_cpus);
    bool good = round_mark_under_load(climb->m, climb->set->set.window_s, &climb->marks);
    round->connections = connections;
    round->threads = threads;
    if (!good)
        return false;
    if (climb->round->phase_marks->count > marks)
        return true;
    outcome_add(&climb->round->outcome, REASON_LOAD_FAILED,
                "the generator ended before memory could be read");
    return false;
}

static bool climb_active(struct climb *climb)
{
    const struct levels *levels = &climb->set->connections;
    for (size_t i = 0; i < levels->count; i++) {
        if (!load_with(climb, levels->items[i]))
            return false;
        if (reach(climb, levels->items[i]) == STEP_NO_MORE)
            return true;
        if (!wait_ms(climb, BETWEEN_MS)) /* for the server to close its sides */
            return false;
    }
    return true;
}

/* ---- a round ---- */

static void note_marks(struct climb *climb)
{
    for (int part = 0; part < MARK_PARTS; part++) {
        const char *why = marks_why(&climb->marks, (enum mark_part)part);
        if (why != NULL)
            round_note_missing(climb->round, mark_parts[part].field, "%s", why);
    }
}

bool round_climb_stairs(struct measurement *m)
{
    struct climb *climb = xcalloc(1, sizeof(*climb));
    *climb = (struct climb){.m = m,
                            .round = &m->rounds[0],
                            .set = &m->context->result->experiment.stairs,
                            .start_ns = monotonic_ns()};
    climb->round->phase_marks = xcalloc(1, sizeof(*climb->round->phase_marks));
    following_open(&climb->following, m->servers[0].pid);
    marks_open(&climb->marks, climb->round->phase_marks, &climb->following, NULL);
    bool good = mark_after(climb, STAIRS_IDLE_MS) &&
                (m->plan->stairs == STAIRS_IDLE ? climb_idle : climb_active)(climb) &&
                mark_after(climb, STAIRS_CLOSED_MS);
    note_marks(climb);
    following_close(&climb->following);
    free(climb);
    return good;
}
