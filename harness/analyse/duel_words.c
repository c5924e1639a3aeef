/* See duel_words.h. */
#include "analyse/duel_words.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "analyse/words.h"
#include "data/strings.h"

/* ---- why a row has not its word ---- */

/* "a p99" and why a reading of it may not be used. */
static const struct {
    const char *noun, *tail;
} readings[METRICS] = {
    [METRIC_COST] = {"cost", "could be used"},
    [METRIC_P50] = {"p50", "the generator vouches for"},
    [METRIC_P99] = {"p99", "the generator vouches for"},
    [METRIC_P99_SOLO] = {"p99", "the generator vouches for"},
    [METRIC_MEMORY] = {"reading of memory", "could be used"},
    [METRIC_MEMORY_IDLE] = {"reading of memory after the load", "could be used"},
    [METRIC_SATURATED] = {"cost at saturation", "could be used"},
    [METRIC_THROUGHPUT] = {"throughput", "could be used"},
};

char *duel_words_unread(const struct decision_row *row, size_t blocks, bool is_lost)
{
    const char *whose = "";
    if (is_lost)
        return blocks == 1 ? xstrdup("its only block could not be used")
                           : text_format("none of its %zu blocks could be used", blocks);
    if (row->base_count > 0)
        whose = row->head_count > 0 ? " of both" : " of the head";
    else if (row->head_count > 0)
        whose = " of the base";
    return text_format("no block has a %s%s that %s", readings[row->metric].noun, whose,
                       readings[row->metric].tail);
}

char *duel_words_too_few(const struct duel *duel, enum duel_series series,
                         const struct looked *looked)
{
    bool by_looks = series != DUEL_SATURATED && !duel_rules_are_fixed(&duel->rules);
    if (by_looks && looked->blocks < LOOKS_FIRST)
        return text_format("there was time for only %zu of the %d blocks of a first look",
                           looked->blocks, LOOKS_FIRST);
    if (looked->ratio.n < looked->blocks)
        return text_format("only %zu of %zu blocks could be used", looked->ratio.n, looked->blocks);
    return text_format("%zu %s too few for an interval", looked->blocks,
                       looked->blocks == 1 ? "block is" : "blocks are");
}

/* "+4.1 %", whatever its interval. */
static void change_alone(char words[DECISION_CHANGE_MAX], const struct estimate *ratio)
{
    struct estimate alone = *ratio;
    alone.low = alone.high = NAN;
    decision_change(words, &alone);
}

char *duel_words_refuted(const struct looked *first, const struct looked *fresh)
{
    char was[DECISION_CHANGE_MAX], is[DECISION_CHANGE_MAX];
    change_alone(was, &first->ratio);
    decision_change(is, &fresh->ratio);
    return text_format("%s at first, not confirmed by %zu fresh blocks (%s)", was, fresh->blocks,
                       is);
}

char *duel_words_unconfirmed(const struct duel *duel, const struct looked *first,
                             const struct looked *fresh)
{
    char was[DECISION_CHANGE_MAX];
    change_alone(was, &first->ratio);
    if (duel_rules_are_fixed(&duel->rules))
        return text_format("%s, and with a given number of blocks nothing is measured again to "
                           "confirm it",
                           was);
    if (fresh->blocks == 0)
        return text_format("%s at first: there was no time for the fresh blocks that would confirm "
                           "it",
                           was);
    if (fresh->blocks < LOOKS_FIRST)
        return text_format("%s at first: there was time for only %zu of the %d fresh blocks that "
                           "would confirm it",
                           was, fresh->blocks, LOOKS_FIRST);
    if (fresh->ratio.n == 0)
        return text_format("%s at first: none of %zu fresh blocks could be used to confirm it", was,
                           fresh->blocks);
    return text_format("%s at first: only %zu of %zu fresh blocks could be used, too few to "
                       "confirm it",
                       was, fresh->ratio.n, fresh->blocks);
}

/* ---- the self-check ---- */

/* What the self-check of a metric came to on all workloads. */
struct heard {
    struct self_check check; /* the gravest */
    size_t workload;         /* of it */
    bool is_known;           /* one has an interval */
};

/* The later, the graver. */
enum gravity { AGREES, REFUTED, OPEN, CONFIRMED };

static enum gravity gravity(const struct self_check *check)
{
    if (check->is_confirmed)
        return CONFIRMED;
    if (check->state == SELF_CHECK_DIFFERS)
        return OPEN;
    return check->is_refuted ? REFUTED : AGREES;
}

static bool is_graver(const struct self_check *a, const struct self_check *b)
{
    if (gravity(a) != gravity(b))
        return gravity(a) > gravity(b);
    return fabs(log(a->ratio.value)) > fabs(log(b->ratio.value));
}

static bool is_checked(const struct duel *duel, size_t workload, enum metric metric)
{
    return gate_takes(duel->gate, metric, duel->workloads[workload].name);
}

static bool is_known(const struct self_check *check)
{
    return check->state == SELF_CHECK_AGREES || check->state == SELF_CHECK_DIFFERS;
}

static struct heard hear(const struct duel *duel, enum metric metric)
{
    struct heard heard = {.is_known = false};
    for (size_t i = 0; i < duel->count; i++) {
        if (!is_checked(duel, i, metric))
            continue;
        struct self_check check = duel_check(duel, i, metric);
        if (is_known(&check) && (!heard.is_known || is_graver(&check, &heard.check)))
            heard = (struct heard){.check = check, .workload = i, .is_known = true};
    }
    return heard;
}

/* "p50 +3.1 % [+2.2, +4.0] at first and +0.1 % [-0.5, +0.6] on fresh blocks" */
static void put_heard(FILE *out, const struct duel *duel, enum metric metric,
                      const struct heard *heard)
{
    char alarm[DECISION_CHANGE_MAX], stands[DECISION_CHANGE_MAX];
    const struct self_check *check = &heard->check;
    decision_change(alarm, &check->alarm);
    decision_change(stands, &check->ratio);
    fprintf(out, "%s %s", metric_info(metric)->name, alarm);
    if (check->is_refuted || check->is_confirmed)
        fprintf(out, " at first and %s on fresh blocks", stands);
    if (duel->count > 1)
        fprintf(out, " (%s)", duel->workloads[heard->workload].name);
}

struct verdicts {
    struct strings open; /* metrics that alarmed, and were not measured again */
    bool disagrees;
    unsigned known;
};

static void put_checks(FILE *out, const struct duel *duel, struct verdicts *verdicts)
{
    for (const enum metric *metric = duel_metrics(DUEL_CHECK); *metric != METRICS; metric++) {
        struct heard heard = hear(duel, *metric);
        if (!heard.is_known)
            continue;
        fputs(verdicts->known++ ? ", " : "", out);
        put_heard(out, duel, *metric, &heard);
        verdicts->disagrees |= heard.check.is_confirmed;
        if (gravity(&heard.check) == OPEN)
            strings_add(&verdicts->open, metric_info(*metric)->name);
    }
}

static void put_verdict(FILE *out, const struct duel *duel, const struct verdicts *verdicts)
{
    const struct strings *open = &verdicts->open;
    if (verdicts->disagrees) {
        fputs(": this machine disagrees with itself.", out);
    } else if (open->count > 0) {
        fputs(": ", out);
        words_few(out, (const char *const *)open->items, open->count);
        fprintf(out, " differ%s, and %s.", open->count > 1 ? "" : "s",
                duel_rules_are_fixed(&duel->rules)
                    ? "with a given number of blocks nothing is measured again"
                    : "the fresh blocks that would confirm or refute it are missing");
    } else {
        fputs(": they agree.", out);
    }
}

/* Of what too few blocks can be used: "p99", "p99 on json". */
static void list_unknown(struct strings *unknown, const struct duel *duel)
{
    for (const enum metric *metric = duel_metrics(DUEL_CHECK); *metric != METRICS; metric++)
        for (size_t i = 0; i < duel->count; i++) {
            struct self_check check = duel_check(duel, i, *metric);
            if (!is_checked(duel, i, *metric) || is_known(&check))
                continue;
            char *words =
                text_format("%s%s%s", metric_info(*metric)->name, duel->count > 1 ? " on " : "",
                            duel->count > 1 ? duel->workloads[i].name : "");
            strings_add(unknown, words);
            free(words);
        }
}

static void put_unknown(FILE *out, const struct duel *duel)
{
    struct strings unknown = {0};
    list_unknown(&unknown, duel);
    if (unknown.count > 0) {
        fputs(" Of ", out);
        words_few(out, (const char *const *)unknown.items, unknown.count);
        fputs(" too few blocks could be used.", out);
    }
    strings_release(&unknown);
}

/* The fewest that any workload has of those that it should have. */
static size_t fewest_checked(const struct duel *duel)
{
    size_t fewest = DUEL_CHECK_BLOCKS;
    for (size_t i = 0; i < duel->count; i++) {
        size_t made = duel->workloads[i].stretches[DUEL_CHECK][DUEL_FIRST].made;
        if (duel_planned(duel, i, DUEL_CHECK) > 0 && made < fewest)
            fewest = made;
    }
    return fewest;
}

static char *not_checked(const struct duel *duel)
{
    static const char *const begin = "Whether the base agrees with its own copy is not known: ";
    size_t fewest = fewest_checked(duel);
    if (fewest == 0)
        return text_format("%sthere was no time for it.", begin);
    if (fewest < DUEL_CHECK_BLOCKS)
        return text_format("%sthere was time for only %zu of %d blocks.", begin, fewest,
                           DUEL_CHECK_BLOCKS);
    return text_format("%sfewer of its %d blocks could be used than an interval takes.", begin,
                       DUEL_CHECK_BLOCKS);
}

static bool is_planned(const struct duel *duel)
{
    for (size_t i = 0; i < duel->count; i++)
        if (duel_planned(duel, i, DUEL_CHECK) > 0)
            return true;
    return false;
}

char *duel_words_self_check(const struct duel *duel)
{
    if (!is_planned(duel))
        return NULL;
    struct verdicts verdicts = {.known = 0};
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    fprintf(out,
            "The base against its own copy%s: ", duel->count > 1 ? ", where they differ most" : "");
    put_checks(out, duel, &verdicts);
    put_verdict(out, duel, &verdicts);
    put_unknown(out, duel);
    fclose(out);
    strings_release(&verdicts.open);
    if (verdicts.known > 0)
        return text;
    free(text);
    return not_checked(duel);
}

char *duel_words_disagreement(const struct duel *duel)
{
    for (const enum metric *metric = duel_metrics(DUEL_CHECK); *metric != METRICS; metric++) {
        struct heard heard = hear(duel, *metric);
        if (!heard.is_known || !heard.check.is_confirmed)
            continue;
        char alarm[DECISION_CHANGE_MAX], stands[DECISION_CHANGE_MAX];
        bool several = duel->count > 1;
        decision_change(alarm, &heard.check.alarm);
        decision_change(stands, &heard.check.ratio);
        return text_format("the base's own copy differs from it in %s%s%s by %s, and on fresh "
                           "blocks again by %s",
                           metric_info(*metric)->name, several ? " on " : "",
                           several ? duel->workloads[heard.workload].name : "", alarm, stands);
    }
    return NULL;
}

/* ---- what is told apart ---- */

/* Rows of the same number of blocks, and of each metric the coarsest of them. */
struct resolved {
    const struct decision *decision;
    size_t first;
    const size_t *blocks; /* of each row from first on */
};

static bool is_of(const struct resolved *resolved, size_t row, size_t blocks)
{
    return resolved->blocks[row - resolved->first] == blocks &&
           !isnan(decision_resolution(&resolved->decision->rows[row]));
}

/* Of the row's metric; NAN: the row is not of so many blocks, or one before it has said so. */
static double coarsest(const struct resolved *resolved, size_t blocks, size_t row)
{
    const struct decision *decision = resolved->decision;
    double coarsest = 0;
    if (!is_of(resolved, row, blocks))
        return NAN;
    for (size_t i = resolved->first; i < decision->count; i++) {
        if (decision->rows[i].metric != decision->rows[row].metric || !is_of(resolved, i, blocks))
            continue;
        if (i < row)
            return NAN;
        coarsest = fmax(coarsest, decision_resolution(&decision->rows[i]));
    }
    return coarsest;
}

/* Two digits at most, and none better than it is: 0.6 %, 3.4 %,
 * 12 %. Readings that are all the same would tell apart 0 %. */
static double rounded_up(double share)
{
    double step = share < .1 ? 1000 : 100;
    return fmax(ceil(share * step - 1e-9), 1) / step;
}

static void put_coarsest(FILE *out, const struct resolved *resolved, size_t blocks)
{
    const struct decision *decision = resolved->decision;
    const char *join = "";
    for (size_t i = resolved->first; i < decision->count; i++) {
        char share[DECISION_CHANGE_MAX];
        double resolution = coarsest(resolved, blocks, i);
        if (isnan(resolution))
            continue;
        decision_share(share, rounded_up(resolution));
        fprintf(out, "%s%s of %s", join, share, metric_info(decision->rows[i].metric)->name);
        join = ", ";
    }
}

/* The next larger number of blocks that a row with an interval has; 0: none. */
static size_t next_blocks(const struct resolved *resolved, size_t after)
{
    size_t next = 0;
    for (size_t i = resolved->first; i < resolved->decision->count; i++) {
        size_t blocks = resolved->blocks[i - resolved->first];
        if (blocks > after && (next == 0 || blocks < next) && is_of(resolved, i, blocks))
            next = blocks;
    }
    return next;
}

char *duel_words_resolution(const struct decision *decision, size_t first, const size_t *blocks,
                            size_t workloads)
{
    struct resolved resolved = {.decision = decision, .first = first, .blocks = blocks};
    char *text = NULL;
    size_t size = 0, least = next_blocks(&resolved, 0);
    if (least == 0)
        return NULL;
    FILE *out = open_memstream(&text, &size);
    for (size_t count = least; count > 0; count = next_blocks(&resolved, count)) {
        fprintf(out, count == least ? "In %zu blocks this machine tells apart " : "; in %zu ",
                count);
        put_coarsest(out, &resolved, count);
    }
    if (workloads > 1)
        fprintf(out, " (the coarsest of %zu workloads)", workloads);
    fputs(".", out);
    fclose(out);
    return text;
}
