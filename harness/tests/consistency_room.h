/* What the tests of consistency share: servers of known habits, and their row. */
#ifndef TESTS_CONSISTENCY_ROOM_H
#define TESTS_CONSISTENCY_ROOM_H

#include "summary_room.h"

#include "analyse/consistency.h"
#include "tests/synthetic_consistency.h"

static const struct habitual flat = {"epoll", MIB_OF(6), 8000, 40e3, HABIT_FLAT, 0, 0, 3e5, 1};
static const struct habitual leaks = {"pool", MIB_OF(6), 9000, 40e3, HABIT_LEAKS, 1, 0, 3e5, 1};

static inline void begin(void)
{
    synthetic_consistency_init(&s);
    synthetic_arm(&s, "epoll");
}

static inline struct round *add(const struct habitual *server, unsigned times)
{
    return synthetic_phases_round(&s, 0, server, times);
}

static inline const struct consistency *made(void)
{
    assert_int_equal(summary.consistency_count, 1);
    return &summary.consistencies[0];
}

static inline const struct consistency_row *row(size_t i)
{
    assert_true(i < made()->count);
    return &made()->rows[i];
}

static inline const struct flatness *verdict(size_t i, enum consistency_measure measure)
{
    return &row(i)->measures[measure];
}

static inline void is_verdict(size_t i, enum consistency_measure measure, enum flatness_kind kind)
{
    if (verdict(i, measure)->kind != kind)
        fail_msg("row %zu, measure %d: %s instead of %s", i, (int)measure,
                 flatness_name(verdict(i, measure)->kind), flatness_name(kind));
}

static inline void put_pss(struct round *round, const double mib[])
{
    for (size_t i = 0; i < round->phase_marks->count; i++)
        round->phase_marks->items[i].pss_bytes = (int64_t)MIB_OF(mib[i]);
}

static inline void says_not(const struct strings *sentences, const char *part)
{
    for (size_t i = 0; i < sentences->count; i++)
        if (strstr(sentences->items[i], part))
            fail_msg("\"%s\" holds \"%s\"", sentences->items[i], part);
}

#endif
