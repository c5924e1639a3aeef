/* See stairs.h. */
#include "analyse/stairs.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "analyse/figures.h"
#include "analyse/memory.h"
#include "analyse/pairs.h"
#include "analyse/words.h"
#include "data/strings.h"

/* What a line is drawn through. */
enum part { PART_USER, PART_TABLES, PART_KERNEL };

static double part_of(const struct phase_mark *mark, enum part part)
{
    if (part == PART_USER)
        return memory_known(mark->pss_bytes);
    if (part == PART_TABLES)
        return memory_known(mark->page_tables_bytes);
    return memory_kernel_bytes(mark);
}

/* Bytes a connection, of one round: through the mark without any and that of each level. NAN */
static double slope_of(const struct round *round, enum part part)
{
    const struct levels *levels = &round->stairs.levels;
    double connections[LEVELS_MOST + 1] = {0}, bytes[LEVELS_MOST + 1];
    size_t n = 0;
    for (size_t i = 0; round->phase_marks && i <= levels->count && i < round->phase_marks->count;
         i++) {
        bytes[n] = part_of(&round->phase_marks->items[i], part);
        connections[n] = i == 0 ? 0 : levels->items[i - 1];
        n += !isnan(bytes[n]);
    }
    return memory_slope(connections, bytes, n);
}

/* The last mark is of after all have closed, if there is one behind those of the levels. */
static double kept_of(const struct round *round)
{
    size_t last = round->stairs.levels.count + 1;
    if (!round->phase_marks || round->phase_marks->count <= last)
        return NAN;
    return memory_known(round->phase_marks->items[last].pss_bytes) -
           memory_known(round->phase_marks->items[0].pss_bytes);
}

/* ---- which rounds ---- */

static bool is_of(const struct round *round, size_t workload, size_t arm, enum stairs_kind kind)
{
    return round->workload == workload && round->arm == arm && round->stairs.kind == kind;
}

static bool is_used(const struct result *result, const struct round *round)
{
    return round->outcome.kind != OUTCOME_INVALID && !round_is_replaced(result, round);
}

static const struct round *round_of(const struct result *result, size_t workload, size_t arm,
                                    enum stairs_kind kind, uint32_t block)
{
    for (size_t i = 0; i < result->round_count; i++) {
        const struct round *round = &result->rounds[i];
        if (is_of(round, workload, arm, kind) && round->block == block && is_used(result, round))
            return round;
    }
    return NULL;
}

/* ---- one side ---- */

static struct spread spread_of(struct figures *figures, size_t least)
{
    struct spread spread =
        stats_spread(figures->items, figures->count < least ? 0 : figures->count);
    figures_release(figures);
    return spread;
}

static bool is_cut(const struct result *result, const struct round *round)
{
    const struct levels *asked = &result->experiment.stairs.connections;
    return round->stairs.levels.count < asked->count;
}

/* A round may have been noisy before it failed: that is not why it was lost. */
static const struct reason *reason_of(const struct outcome *outcome)
{
    for (unsigned i = 0; i < outcome->count; i++)
        if (reason_kind(outcome->reasons[i].code) == outcome->kind)
            return &outcome->reasons[i];
    return outcome->count > 0 ? &outcome->reasons[0] : NULL;
}

static void note_round(struct stairs_side *side, const struct result *result,
                       const struct round *round)
{
    const struct levels *levels = &round->stairs.levels;
    bool is_good = is_used(result, round), cut = is_good && is_cut(result, round);
    side->used += is_good;
    side->lost += !is_good;
    side->is_cut |= cut;
    if (is_good && levels->count > 0 && levels->items[levels->count - 1] > side->largest)
        side->largest = levels->items[levels->count - 1];
    if (!is_good || (cut && !side->why))
        side->why = reason_of(&round->outcome);
}

static void find_side(struct stairs_side *side, const struct result *result, size_t workload,
                      size_t arm, enum stairs_kind kind)
{
    struct figures user = {0}, tables = {0}, kernel = {0}, kept = {0}; /* of its blocks */
    int ceiling = memory_ceiling(result);
    for (size_t i = 0; i < result->round_count; i++) {
        const struct round *round = &result->rounds[i], *roof = NULL;
        if (!is_of(round, workload, arm, kind) || round_is_replaced(result, round))
            continue;
        note_round(side, result, round);
        if (!is_used(result, round))
            continue;
        if (ceiling >= 0 && (int)arm != ceiling)
            roof = round_of(result, workload, (size_t)ceiling, kind, round->block);
        figures_add(&user, slope_of(round, PART_USER));
        figures_add(&tables, slope_of(round, PART_TABLES));
        figures_add(&kernel,
                    roof ? slope_of(round, PART_KERNEL) - slope_of(roof, PART_KERNEL) : NAN);
        figures_add(&kept, kept_of(round));
    }
    side->user = spread_of(&user, 1);
    side->tables = spread_of(&tables, 1);
    side->kernel = spread_of(&kernel, MEMORY_KERNEL_MIN_N);
    side->kept = spread_of(&kept, 1);
}

/* NAN where there are too few. */
static double spread_of_ceiling(const struct result *result, size_t workload, enum stairs_kind kind)
{
    struct figures slopes = {0};
    int ceiling = memory_ceiling(result);
    for (size_t i = 0; ceiling >= 0 && i < result->round_count; i++) {
        const struct round *round = &result->rounds[i];
        if (is_of(round, workload, (size_t)ceiling, kind) && is_used(result, round))
            figures_add(&slopes, slope_of(round, PART_KERNEL));
    }
    double most = slopes.count < MEMORY_KERNEL_MIN_N
                      ? NAN
                      : figures_furthest(&slopes, stats_median(slopes.items, slopes.count));
    figures_release(&slopes);
    return most;
}

bool stairs_kernel_is_visible(const struct stairs_side *side)
{
    return fabs(side->kernel.median) > side->kernel_spread;
}

/* ---- words ---- */

char *stairs_bytes_words(const struct spread *bytes)
{
    char median[WORDS_MAX], low[WORDS_MAX], high[WORDS_MAX];
    words_bytes(median, bytes->median);
    words_bytes(low, bytes->low);
    words_bytes(high, bytes->high);
    if (isnan(bytes->median) || bytes->n < 2)
        return xstrdup(median);
    return text_format(bytes->is_interval ? "%s [%s, %s]" : "%s (%s – %s)", median, low, high);
}

static void put_kernel(FILE *out, const struct stairs_side *side)
{
    char spread[WORDS_MAX];
    words_bytes(spread, side->kernel_spread);
    if (side->kernel.n == 0 || isnan(side->kernel_spread))
        return;
    if (!stairs_kernel_is_visible(side)) {
        fprintf(out, " and less than %s of the kernel's beyond the ceiling's", spread);
        return;
    }
    char *kernel = stairs_bytes_words(&side->kernel);
    fprintf(out, " and %s of the kernel's beyond the ceiling's", kernel);
    free(kernel);
}

static void put_side(FILE *out, const struct stairs_side *side, const char *name)
{
    char count[WORDS_MAX], kept[WORDS_MAX], *user = stairs_bytes_words(&side->user);
    words_count(count, side->largest);
    words_bytes(kept, side->kept.median);
    fprintf(out, "%s connection costs %s of its own memory", name, user);
    put_kernel(out, side);
    fprintf(out, ", up to %s of them", count);
    if (!isnan(side->kept.median))
        fprintf(out, "; after all have closed %s is left",
                side->kept.median > 0 ? kept : "nothing of it");
    fputs(".", out);
    free(user);
}

static void say(struct stairs_memory *memory, const struct result *result)
{
    static const char *const names[STAIRS_KINDS] = {
        [STAIRS_IDLE] = "an idle", [STAIRS_ACTIVE] = "an active"};
    for (size_t i = 0; i < memory->count; i++) {
        const struct stairs_row *row = &memory->rows[i];
        char *text = NULL;
        size_t size = 0;
        FILE *out = open_memstream(&text, &size);
        const char *before = ": ";
        fputs(result->arms[row->arm].id, out);
        for (int kind = STAIRS_IDLE; kind < STAIRS_KINDS; kind++) {
            if (isnan(row->sides[kind].user.median))
                continue;
            fputs(before, out);
            put_side(out, &row->sides[kind], before[0] == ':' ? names[kind] : "An active");
            before = " ";
        }
        if (before[0] == ':')
            fputs(": what a connection costs in memory is not known.", out);
        fclose(out);
        strings_add(&memory->sentences, text);
        free(text);
    }
}

/* The ceiling is nobody's choice. NULL */
static const struct stairs_row *end_row(const struct stairs_memory *memory,
                                        const struct result *result, bool is_most)
{
    const struct stairs_row *best = NULL;
    double bytes, bound = is_most ? -INFINITY : INFINITY;
    for (size_t i = 0; i < memory->count; i++) {
        bytes = memory->rows[i].sides[STAIRS_IDLE].user.median;
        if (isnan(bytes) || result->arms[memory->rows[i].arm].server.ceiling ||
            (is_most ? bytes <= bound : bytes >= bound))
            continue;
        bound = bytes;
        best = &memory->rows[i];
    }
    return best;
}

char *stairs_headline(const struct stairs_memory *memory, const struct result *result)
{
    const struct stairs_row *least = end_row(memory, result, false),
                            *most = end_row(memory, result, true);
    char low[WORDS_MAX], high[WORDS_MAX];
    if (!least)
        return NULL;
    words_bytes(low, least->sides[STAIRS_IDLE].user.median);
    words_bytes(high, most->sides[STAIRS_IDLE].user.median);
    if (least == most)
        return text_format("An idle connection costs %s %s of its own memory.",
                           result->arms[least->arm].id, low);
    return text_format("An idle connection costs least in %s, %s of its own memory, and most in "
                       "%s, %s.",
                       result->arms[least->arm].id, low, result->arms[most->arm].id, high);
}

static void caution_of(const struct stairs_side *side, const char *arm, const char *kind,
                       struct strings *cautions)
{
    char *text = NULL;
    if (side->used + side->lost > 0 && side->used == 0)
        text = text_format("%s: what its %s connections cost is not known: %s.", arm, kind,
                           side->why ? side->why->detail : "no round could be used");
    else if (side->lost > 0)
        text = text_format("%s: %zu of %zu rounds with %s connections could not be used: %s.", arm,
                           side->lost, side->used + side->lost, kind,
                           side->why ? side->why->detail : "no reason is known");
    else if (side->is_cut)
        text = text_format("%s, %s: %s.", arm, kind,
                           side->why ? side->why->detail : "not as many as were asked for");
    if (text)
        strings_add(cautions, text);
    free(text);
}

void stairs_cautions(const struct stairs_memory *memory, const struct result *result,
                     struct strings *cautions)
{
    for (size_t i = 0; i < memory->count; i++) {
        const char *arm = result->arms[memory->rows[i].arm].id;
        caution_of(&memory->rows[i].sides[STAIRS_IDLE], arm, "idle", cautions);
        caution_of(&memory->rows[i].sides[STAIRS_ACTIVE], arm, "active", cautions);
    }
}

bool stairs_has_numbers(const struct stairs_memory *memory)
{
    for (size_t i = 0; i < memory->count; i++)
        for (int kind = STAIRS_IDLE; kind < STAIRS_KINDS; kind++)
            if (!isnan(memory->rows[i].sides[kind].user.median))
                return true;
    return false;
}

/* ---- all of a workload ---- */

static void add_row(struct stairs_memory *memory, const struct result *result, size_t arm)
{
    struct stairs_row row = {.arm = arm};
    size_t rounds = 0;
    for (enum stairs_kind kind = STAIRS_IDLE; kind < STAIRS_KINDS; kind++) {
        find_side(&row.sides[kind], result, memory->workload, arm, kind);
        row.sides[kind].kernel_spread = spread_of_ceiling(result, memory->workload, kind);
        rounds += row.sides[kind].used + row.sides[kind].lost;
    }
    if (rounds > 0)
        memory->rows[memory->count++] = row;
}

bool stairs_make(struct stairs_memory *memory, const struct result *result, size_t workload)
{
    *memory = (struct stairs_memory){.workload = workload};
    memory->rows = xcalloc(result->arm_count + 1, sizeof(*memory->rows));
    for (size_t arm = 0; arm < result->arm_count; arm++)
        add_row(memory, result, arm);
    say(memory, result);
    if (memory->count > 0)
        return true;
    stairs_release(memory);
    return false;
}

void stairs_release(struct stairs_memory *memory)
{
    free(memory->rows);
    strings_release(&memory->sentences);
    *memory = (struct stairs_memory){0};
}

const struct stairs_row *stairs_row_of(const struct stairs_memory *memory, size_t arm)
{
    for (size_t i = 0; i < memory->count; i++)
        if (memory->rows[i].arm == arm)
            return &memory->rows[i];
    return NULL;
}
