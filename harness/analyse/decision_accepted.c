/* What of a comparison a user accepts for a while, and what of that is over or in vain. */
#include "analyse/decision.h"

#include <stdlib.h>
#include <string.h>

static bool fits(const struct acceptance *acceptance, const struct decision_row *row)
{
    return acceptance->metric == row->metric &&
           acceptance_is_about(acceptance, row->server, row->workload);
}

static bool is_to_accept(const struct decision_row *row)
{
    return (row->word == DECISION_REGRESSED || row->word == DECISION_SUSPECT) &&
           decision_is_worse(row);
}

/* Of the rows that an acceptance is about. */
struct fitting {
    size_t count, worse, unknown;
};

static struct fitting accept_one(struct decision *decision, const struct acceptance *acceptance,
                                 bool is_over)
{
    struct fitting fitting = {0};
    for (size_t i = 0; i < decision->count; i++) {
        struct decision_row *row = &decision->rows[i];
        if (!fits(acceptance, row))
            continue;
        fitting.count++;
        fitting.unknown += row->word >= DECISION_INCONCLUSIVE;
        if (!is_to_accept(row))
            continue;
        fitting.worse++;
        if (!is_over && !row->accepted)
            row->accepted = xstrdup(acceptance->reason);
    }
    return fitting;
}

/* What a user should know of it; NULL: it does what it is for.
 * Only what is known to be in vain is to be taken out. */
static char *acceptance_note(const struct acceptance *acceptance, const struct fitting *fitting,
                             bool is_over)
{
    if (is_over)
        return text_format("accepted until %s, which is over (%s): %s.", acceptance->until,
                           acceptance->reason,
                           fitting->worse > 0 ? "it is not accepted any more" : "take it out");
    if (fitting->worse > 0)
        return NULL;
    if (fitting->count == 0)
        return xstrdup("nothing of it was measured here.");
    if (fitting->unknown > 0)
        return xstrdup("nothing of it is known to be worse here.");
    return xstrdup("nothing of it is worse here: take it out.");
}

void decision_accept(struct decision *decision, const struct acceptances *acceptances,
                     const char *path, const char *today)
{
    for (size_t i = 0; i < acceptances->count; i++) {
        const struct acceptance *acceptance = &acceptances->items[i];
        /* Days are written so that their order is that of text. */
        bool is_over = strcmp(today, acceptance->until) > 0;
        struct fitting fitting = accept_one(decision, acceptance, is_over);
        char *note = acceptance_note(acceptance, &fitting, is_over);
        if (!note)
            continue;
        char *text = text_format("%s:%u: %s", path, acceptance->line, note);
        strings_add(&decision->notes, text);
        free(text);
        free(note);
    }
}
