/* Two servers beside each other, and the ratios of what they did in the same microseconds. */
#include "pace/screen_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pace/duet.h"
#include "pace/trust.h"
#include "pace/verdict.h"

enum { NAME = 18, COLUMN = 10 };

static void put_name(const struct screen *screen, const char *name)
{
    screen_left(screen, name, NAME);
}

/* why: there is no interval, or no ratio. */
static const char *ratio_words(const struct screen *screen, char text[2 * QUANTITY_SIZE],
                               const struct estimate *estimate, const char *why)
{
    if (isnan(estimate->value))
        snprintf(text, 2 * QUANTITY_SIZE, "%s", why ? why : screen_dash(screen));
    else if (isnan(estimate->low))
        snprintf(text, 2 * QUANTITY_SIZE, "%.3f  (%s)", estimate->value, why);
    else
        snprintf(text, 2 * QUANTITY_SIZE, "%.3f [%.3f, %.3f]%s", estimate->value, estimate->low,
                 estimate->high, estimate_separable(estimate) ? "" : " no difference seen");
    return text;
}

/* Without a ratio a note may stand in its place. */
static void put_row(const struct screen *screen, const char *name,
                    const char *const cells[TRIAL_TARGETS], const struct estimate *ratio,
                    const char *why)
{
    char text[2 * QUANTITY_SIZE];

    put_name(screen, name);
    for (unsigned t = 0; t < TRIAL_TARGETS; t++)
        screen_right(screen, cells[t], COLUMN);
    if (ratio)
        fprintf(screen->out, "  %s", ratio_words(screen, text, ratio, why));
    else if (why)
        fprintf(screen->out, "  %s", why);
    fputc('\n', screen->out);
}

/* Why a percentile is not shown, in the columns that a ratio has: screen_why_not may be longer. */
static void say_why_not(char why[QUANTITY_SIZE], const struct record *record,
                        const struct percentile *percentile)
{
    if (percentile->is_supported)
        snprintf(why, QUANTITY_SIZE, "the generator was late");
    else if (percentile->n > 0)
        snprintf(why, QUANTITY_SIZE, "%.0f of the %d slower ones needed",
                 floor((double)percentile->n * (1 - percentile->p)), RECORD_SUPPORT);
    else
        snprintf(why, QUANTITY_SIZE, "%s",
                 record->disturbed.total > 0 ? "all requests are left out"
                                             : "nothing was measured");
}

/* A figure, or a dash; then why, if it is not yet said, says why. */
static const char *percentile_cell(const struct screen *screen, unsigned t, double p,
                                   char figure[QUANTITY_SIZE], char why[QUANTITY_SIZE])
{
    const struct record *record = &screen->trial->targets[t].record;
    struct percentile percentile;

    if (!verdict_has_latency(&screen->trial->outcome[t]))
        return screen_dash(screen);
    record_percentile(record, p, &percentile);
    if (screen_may_show(screen->trial, &percentile))
        return screen_time(screen, figure, (double)percentile.value_ns);
    if (*why == '\0')
        say_why_not(why, record, &percentile);
    return screen_dash(screen);
}

static void put_percentile(const struct screen *screen, double p)
{
    struct estimate ratio = duet_percentile(screen->trial, p);
    char name[QUANTITY_SIZE], label[QUANTITY_SIZE + 2], figures[TRIAL_TARGETS][QUANTITY_SIZE];
    char why[QUANTITY_SIZE] = "";
    const char *cells[TRIAL_TARGETS];

    snprintf(label, sizeof label, "  %s", quantity_percentile(name, p));
    for (unsigned t = 0; t < TRIAL_TARGETS; t++)
        cells[t] = percentile_cell(screen, t, p, figures[t], why);
    if (*why == '\0' && !isnan(ratio.value))
        strcpy(why, "too few for an interval");
    put_row(screen, label, cells, &ratio, *why ? why : NULL);
}

static void put_cost(const struct screen *screen)
{
    struct estimate ratio = {.value = duet_cost(screen->trial), .low = NAN, .high = NAN};
    char figures[TRIAL_TARGETS][QUANTITY_SIZE];
    const char *cells[TRIAL_TARGETS];
    bool is_known = false;

    for (unsigned t = 0; t < TRIAL_TARGETS; t++) {
        double cost_ns = duet_cost_ns(screen->trial, t);
        is_known |= !isnan(cost_ns);
        cells[t] = isnan(cost_ns) ? screen_dash(screen) : screen_time(screen, figures[t], cost_ns);
    }
    if (is_known)
        put_row(screen, "  CPU per request", cells, &ratio, "no interval from one run");
}

static void put_answered(const struct screen *screen)
{
    char figures[TRIAL_TARGETS][QUANTITY_SIZE];
    const char *cells[TRIAL_TARGETS];

    for (unsigned t = 0; t < TRIAL_TARGETS; t++)
        cells[t] = quantity_rate(
            figures[t], verdict_answered_rps(screen->trial, &screen->trial->targets[t].record));
    put_row(screen, "  answered", cells, NULL, NULL);
}

/* Means of Q, S and L; in a duet the tails would be a second table. is_own: of the generator's
 * lateness, which is in no latency, and is what speaks against the others. */
static void put_mean(const struct screen *screen, const char *name, size_t offset, bool is_own)
{
    char figures[TRIAL_TARGETS][QUANTITY_SIZE];
    const char *cells[TRIAL_TARGETS];

    for (unsigned t = 0; t < TRIAL_TARGETS; t++) {
        const struct record *record = &screen->trial->targets[t].record;
        const struct tally *tally = (const struct tally *)((const char *)record + offset);
        bool is_shown =
            is_own ? verdict_has_latency(&screen->trial->outcome[t]) : trust_mean(screen->trial, t);
        cells[t] =
            is_shown ? screen_time(screen, figures[t], tally_mean_ns(tally)) : screen_dash(screen);
    }
    put_row(screen, name, cells, NULL, is_own ? "not in the latency" : NULL);
}

void screen_duet(const struct screen *screen)
{
    screen_title(screen,
                 "Both in the same microseconds, from when each was due, less pace's lateness");
    put_name(screen, "");
    screen_right(screen, "A", COLUMN);
    screen_right(screen, "B", COLUMN);
    fputs("  B / A\n", screen->out);
    put_answered(screen);
    for (unsigned rung = 0; rung < LADDER && verdict_ladder[rung] <= .99; rung++)
        put_percentile(screen, verdict_ladder[rung]);
    put_cost(screen);
    fputs("Where the mean went\n", screen->out);
    put_mean(screen, "  waiting", offsetof(struct record, wait), false);
    put_mean(screen, "  server, network", offsetof(struct record, service), false);
    put_mean(screen, "  pace's lateness", offsetof(struct record, lateness), true);
}
