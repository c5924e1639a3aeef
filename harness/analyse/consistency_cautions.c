/* What a reader must know of courses before using them. */
#include "analyse/consistency.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "analyse/words.h"
#include "data/explanation.h"

static void add(struct strings *cautions, char *text)
{
    strings_add(cautions, text);
    free(text);
}

static const struct reason *complaint(const struct round *round, enum outcome_kind kind)
{
    for (unsigned i = 0; i < round->outcome.count; i++)
        if (reason_kind(round->outcome.reasons[i].code) == kind)
            return &round->outcome.reasons[i];
    return NULL;
}

/* A clause; NULL: there is nothing to complain of, and of one that has only begun neither. */
static const char *complaint_words(const struct result *result, const struct round *round,
                                   enum outcome_kind kind)
{
    if (consistency_goes_on(result, round))
        return NULL;
    const char *no_course = kind == OUTCOME_INVALID ? consistency_why_no_course(round) : NULL;
    const struct reason *reason =
        kind == OUTCOME_INVALID ? consistency_gravest(round) : complaint(round, kind);
    return no_course ? no_course : reason ? reason->detail : NULL;
}

static void caution_of_rounds(const struct consistency *consistency, const struct result *result,
                              enum outcome_kind kind, const char *what, struct strings *cautions)
{
    const char *first = NULL;
    size_t count = 0, of = 0;
    for (size_t i = 0; i < result->round_count; i++) {
        const struct round *round = &result->rounds[i];
        if (round->workload != consistency->workload || !round_has_phases(round))
            continue;
        const char *why = complaint_words(result, round, kind);
        bool counts = why && (kind == OUTCOME_NOISY || !consistency_is_used(result, round));
        of++;
        count += counts;
        first = !first && counts ? why : first;
    }
    if (count > 0)
        add(cautions, text_format("%s: %zu of the %zu rounds of phases %s %s, first: %s.",
                                  words_workload(result, consistency->workload), count, of,
                                  count == 1 ? "was" : "were", what, first));
}

/* What is told of a round that is INVALID, but for nothing that spoils all of it. */
static const struct {
    enum reason_code code;
    const char *told;
} parts[] = {
    {REASON_INTERRUPTED, "only what was seen before it was cut off is told"},
    {REASON_INTERFERED, "only memory, descriptors and threads are told"},
    {REASON_GEN_LATE, "only memory, descriptors and threads are told, and of times what the "
                      "generator vouches for"},
};

static const struct reason *reason_of(const struct round *round, enum reason_code code)
{
    for (unsigned i = 0; i < round->outcome.count; i++)
        if (round->outcome.reasons[i].code == code)
            return &round->outcome.reasons[i];
    return NULL;
}

static char *words_of_going_on(const struct round *round, const char *name, const char *what)
{
    char seen[WORDS_MAX], all[WORDS_MAX];
    words_seconds(seen, (double)round->duration_ns / 1e9);
    words_seconds(all, round->window_s);
    return text_format("%s: %s still goes on: what was seen in %s of its %s is told.", name, what,
                       seen, all);
}

/* The first of them that it has, as it takes the most away. */
static void caution_of_part(const struct result *result, const struct round *round,
                            const char *what, struct strings *cautions)
{
    const char *name = result->arms[round->arm].id;
    if (consistency_goes_on(result, round)) {
        add(cautions, words_of_going_on(round, name, what));
        return;
    }
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        const struct reason *reason = reason_of(round, parts[i].code);
        if (!reason)
            continue;
        add(cautions, text_format("%s: of %s %s (%s).", name, what, parts[i].told, reason->detail));
        return;
    }
}

/* What it must have seen to say anything of a growth: it is
 * the first round that is told meanwhile. */
static void caution_of_too_short(const struct consistency_row *row, const struct result *result,
                                 struct strings *cautions)
{
    const struct round *longer = row->longer;
    const char *name = result->arms[row->arm].id;
    const struct reason *cut = reason_of(longer, REASON_INTERRUPTED);
    char seen[WORDS_MAX], all[WORDS_MAX];
    words_seconds(seen, (double)longer->course.count * (double)longer->course.interval_ns / 1e9);
    words_seconds(all, longer->window_s);
    if (consistency_goes_on(result, longer))
        add(cautions, text_format("%s: its longer round still goes on: %s of its %s can neither "
                                  "confirm nor refute that it grows.",
                                  name, seen, all));
    else
        add(cautions,
            text_format("%s: its longer round %s: %s of its %s can neither confirm nor refute that "
                        "it grows%s%s%s.",
                        name, cut ? "was cut off" : "had too few requests", seen, all,
                        cut ? " (" : "", cut ? cut->detail : "", cut ? ")" : ""));
}

static void caution_of_growth(const struct consistency *consistency, const struct result *result,
                              struct strings *cautions)
{
    size_t count;
    const char **growing = consistency_of_kind(consistency, result, FLATNESS_GROWING, &count);
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    words_few(out, growing, count);
    fputs(": memory that fills up for longer than a run cannot be told from a leak by anybody; a "
          "longer run can.",
          out);
    fclose(out);
    if (count > 0)
        strings_add(cautions, text);
    free(text);
    free(growing);
}

static void caution_of_disagreement(const struct consistency_row *row, const struct result *result,
                                    struct strings *cautions)
{
    if (row->disagrees)
        add(cautions, text_format("%s: its rounds do not agree on its memory; %s is told.",
                                  result->arms[row->arm].id,
                                  row->longer              ? "one that grew"
                                  : row->stretch_count > 0 ? "the longest"
                                                           : "the last one"));
}

/* It holds the server's map, and on two CPUs the generator's CPU, for about so long. */
static void caution_of_explaining(const struct consistency *consistency, struct strings *cautions)
{
    double dearest_ns = 0;
    for (size_t i = 0; i < consistency->count; i++) {
        const struct round *explained = consistency->rows[i].attribution.round;
        if (explained)
            dearest_ns = fmax(dearest_ns, (double)explained->explanation->cost_ns);
    }
    if (dearest_ns >= ATTRIBUTION_DEAR_NS)
        add(cautions,
            text_format("Reading what memory consists of took up to %.0f ms at the end of "
                        "a phase: latency is a matter for a run without --explain; memory "
                        "and CPU per request are not touched by it.",
                        dearest_ns / 1e6));
}

/* Who was asked for more than it gives is no worse for that; less would have told of its memory. */
static void caution_of_overload(const struct consistency_row *row, const struct result *result,
                                struct strings *cautions)
{
    if (row->why && row->why->code == REASON_OVERLOADED)
        add(cautions, text_format("%s was asked for more than it gives: a rate that it can take is "
                                  "chosen with --rate.",
                                  result->arms[row->arm].id));
}

void consistency_cautions(const struct consistency *consistency, const struct result *result,
                          struct strings *cautions)
{
    caution_of_rounds(consistency, result, OUTCOME_INVALID, "refused", cautions);
    caution_of_rounds(consistency, result, OUTCOME_NOISY, "noisy", cautions);
    for (size_t i = 0; i < consistency->count; i++) {
        const struct consistency_row *row = &consistency->rows[i];
        if (!row->round) {
            caution_of_overload(row, result, cautions);
            continue;
        }
        caution_of_part(result, row->round, "its round", cautions);
        if (row->judged != row->round)
            caution_of_part(result, row->judged, "its longer round", cautions);
        if (row->longer_is_short && row->measures[CONSISTENCY_MEMORY].kind == FLATNESS_GROWING)
            caution_of_too_short(row, result, cautions);
        caution_of_disagreement(row, result, cautions);
    }
    caution_of_growth(consistency, result, cautions);
    consistency_sharing(consistency, result, cautions);
    consistency_blindness(consistency, result, cautions);
    caution_of_explaining(consistency, cautions);
}
