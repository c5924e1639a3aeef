/* Reasons of a row with the number of its rounds that carry them. */
#include "analyse/flags.h"

#include <stdio.h>

#include "analyse/pairs.h"

struct flag flag_count(const struct result *result, const struct row *row, enum reason_code code)
{
    struct flag flag = {.alone = reason_kind(code) == OUTCOME_CENSORED};
    for (size_t i = 0; i < result->round_count; i++) {
        const struct round *round = &result->rounds[i];
        if (round->arm != row->arm || round->workload != row->workload || !round_is_tabled(round) ||
            (flag.alone && round->role != ROLE_SOLO))
            continue;
        flag.of++;
        if (!outcome_has(&round->outcome, code))
            continue;
        flag.rounds++;
        flag.dropped += reason_kind(code) == OUTCOME_INVALID &&
                        !round_is_solo_usable(result, round) &&
                        !round_is_paired_usable(result, round);
    }
    return flag;
}

char *flags_words(const struct result *result, const struct row *row)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    for (unsigned i = 0; i < row->reason_count; i++) {
        struct flag flag = flag_count(result, row, row->reasons[i]->code);
        fprintf(out, "%s%s in %u of %u rounds%s", i > 0 ? "; " : "",
                reason_name(row->reasons[i]->code), flag.rounds, flag.of,
                flag.alone ? " alone" : "");
        if (flag.dropped > 0)
            fprintf(out, " (%u dropped)", flag.dropped);
        fprintf(out, "%s: %s", flag.rounds > 1 ? ", first" : "", row->reasons[i]->detail);
    }
    fclose(out);
    return text;
}
