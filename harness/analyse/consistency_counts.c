/* Whether descriptors and threads come back after a burst, and
 * after all connections were closed. */
#include "analyse/consistency.h"

#include <math.h>

#include "analyse/memory.h"
#include "data/mark_parts.h"
#include "data/phases.h"

/* What is counted: by the marks' part and by the course's array. */
struct counted {
    const struct round *round;
    enum mark_part part;
    const int64_t *course;
};

/* At the end of so many phases; NAN. */
static double count_at(const struct counted *counted, size_t mark)
{
    struct phase_marks *marks = counted->round->phase_marks;
    return marks && mark < marks->count
               ? memory_known(*mark_part_of(&marks->items[mark], counted->part))
               : NAN;
}

static double highest(const struct counted *counted)
{
    double peak = NAN;
    for (size_t i = 0; i <= counted->round->phases.count; i++)
        peak = fmax(peak, count_at(counted, i)); /* of a number and NAN: the number */
    for (size_t i = 0; i < counted->round->course.count; i++)
        peak = fmax(peak, consistency_reading(counted->course, i));
    return peak;
}

static void keep_furthest(struct consistency_return *back, const struct counted *counted,
                          size_t before, size_t after)
{
    double was = count_at(counted, before), is = count_at(counted, after);
    if (isnan(was) || isnan(is) || was <= 0 ||
        fabs(is - was) < fabs(back->kept) || /* of NAN: not less */
        consistency_is_of_the_cut(counted->round, after))
        return;
    *back = (struct consistency_return){is / was, is - was};
}

/* A burst between closed connections and open ones brings theirs. */
static void find(struct consistency_count *count, const struct counted *counted)
{
    const struct phases *phases = &counted->round->phases;
    bool was_loaded = false, is_open = false;
    count->peak = highest(counted);
    for (size_t i = 0; i < phases->count; i++) {
        enum phase_kind kind = phases->items[i].kind;
        if (is_open && phases_come_back_from(phases, i))
            keep_furthest(&count->burst, counted, i, i + 2);
        if (kind == PHASE_CLOSE && was_loaded)
            keep_furthest(&count->close, counted, 0, i + 1);
        was_loaded |= phase_sends(kind);
        is_open = kind != PHASE_CLOSE && (is_open || i == 0 || phase_sends(kind));
    }
}

void consistency_find_counts(struct consistency_row *row)
{
    const struct round *round = row->judged;
    find(&row->descriptors, &(struct counted){round, MARK_DESCRIPTORS, round->course.descriptors});
    find(&row->threads, &(struct counted){round, MARK_THREADS, round->course.threads});
}
