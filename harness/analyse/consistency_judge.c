/* What one round says of one measure, and how much load it would take to say it. */
#include "analyse/consistency.h"

#include "data/phases.h"

/* Under loads that have to be so long together for so much of them to be judged. */
static double load_for(const struct round *round, double judged_s)
{
    double rate_rps = consistency_rate_rps(round);
    for (size_t i = 0; judged_s > 0 && i < round->phases.count; i++)
        if (round->phases.items[i].kind == PHASE_LOAD &&
            consistency_phase_rate_rps(round, &round->phases.items[i]) == rate_rps)
            judged_s += CONSISTENCY_SETTLE_S;
    return judged_s;
}

static bool is_long_enough(const struct flatness_course *course)
{
    return (double)course->count * course->interval_s >= FLATNESS_LOAD_S_MIN;
}

void consistency_judge(struct flatness *flatness, const struct round *round,
                       enum consistency_measure measure)
{
    struct consistency_course course;
    consistency_course_make(&course, round, measure);
    flatness_find(flatness, &course.course);
    if (course.why) { /* what was read of it stands for something else */
        flatness_find(flatness, &(struct flatness_course){.interval_s = 1});
        flatness->why = course.why;
        flatness->needed_s = course.course.count > 0 ? 0 : FLATNESS_LOAD_S_MIN;
    } else if (flatness->kind == FLATNESS_UNDECIDED && is_long_enough(&course.course) &&
               course.was_disturbed) {
        flatness->why =
            "too many requests were left out, because the generator was kept from its CPU";
    }
    flatness->needed_s = load_for(round, flatness->needed_s);
    consistency_course_release(&course);
}
