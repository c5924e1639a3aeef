/* Two servers beside each other, and the ratios of what they did in the same microseconds. */
#include "pace/screen_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pace/duet.h"
#include "pace/verdict.h"

enum { NAME = 24, COLUMN = 14, REASON = 40 };

static void put_name(const struct screen *screen, const char *name)
{
    screen_left(screen, name, NAME);
}

static const char *ratio_words(const struct screen *screen, char text[2 * QUANTITY_SIZE],
                               const struct estimate *estimate)
{
    if (isnan(estimate->value))
        return screen_dash(screen);
    if (isnan(estimate->low))
        snprintf(text, 2 * QUANTITY_SIZE, "%.3f", estimate->value);
    else
        snprintf(text, 2 * QUANTITY_SIZE, "%.3f  [%.3f, %.3f]%s", estimate->value, estimate->low,
                 estimate->high, estimate_separable(estimate) ? "" : "  no difference seen");
    return text;
}

static void put_row(const struct screen *screen, const char *name,
                    const char *const cells[TRIAL_TARGETS], const struct estimate *ratio,
                    const char *reason)
{
    char text[2 * QUANTITY_SIZE];

    put_name(screen, name);
    for (unsigned t = 0; t < TRIAL_TARGETS; t++)
        screen_right(screen, cells[t], COLUMN);
    if (ratio)
        fprintf(screen->out, "   %s", ratio_words(screen, text, ratio));
    else if (*reason)
        fprintf(screen->out, "   %s", reason);
    fputc('\n', screen->out);
}

/* "needs a run of 20 s" */
static void keep_short(char *to, size_t size, const char *why)
{
    const char *end = strstr(why, " at this rate");
    size_t length = end ? (size_t)(end - why) : strcspn(why, ":");

    snprintf(to, size, "%.*s", (int)length, why);
}

static void put_percentile(const struct screen *screen, double p)
{
    struct estimate ratio = duet_percentile(screen->trial, p);
    char name[QUANTITY_SIZE], label[QUANTITY_SIZE + 2], figures[TRIAL_TARGETS][QUANTITY_SIZE],
        reason[REASON] = "";
    uint64_t fewest = UINT64_MAX;
    const char *cells[TRIAL_TARGETS];

    snprintf(label, sizeof label, "  %s", quantity_percentile(name, p));
    for (unsigned t = 0; t < TRIAL_TARGETS; t++) {
        struct percentile percentile;
        char *why;
        record_percentile(&screen->trial->targets[t].record, p, &percentile);
        bool is_shown = verdict_has_latency(&screen->trial->outcome[t]) &&
                        screen_may_show(screen->trial, t, &percentile, &why);
        if (!is_shown && verdict_has_latency(&screen->trial->outcome[t])) {
            if (percentile.n <= fewest)
                keep_short(reason, sizeof reason, why);
            fewest = percentile.n < fewest ? percentile.n : fewest;
            free(why);
        }
        cells[t] = is_shown ? screen_time(screen, figures[t], (double)percentile.value_ns)
                            : screen_dash(screen);
    }
    put_row(screen, label, cells, *reason ? NULL : &ratio, reason);
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
        put_row(screen, "  CPU per request", cells, &ratio, "");
}

static void put_answered(const struct screen *screen)
{
    char figures[TRIAL_TARGETS][QUANTITY_SIZE];
    const char *cells[TRIAL_TARGETS];

    for (unsigned t = 0; t < TRIAL_TARGETS; t++)
        cells[t] = quantity_rate(
            figures[t], verdict_answered_rps(screen->trial, &screen->trial->targets[t].record));
    put_row(screen, "  answered", cells, NULL, "");
}

/* Means of Q, L and S; in a duet the tails would be a second table. */
static void put_mean(const struct screen *screen, const char *name, size_t offset)
{
    char figures[TRIAL_TARGETS][QUANTITY_SIZE];
    const char *cells[TRIAL_TARGETS];

    for (unsigned t = 0; t < TRIAL_TARGETS; t++) {
        const struct record *record = &screen->trial->targets[t].record;
        const struct tally *tally = (const struct tally *)((const char *)record + offset);
        cells[t] = verdict_has_latency(&screen->trial->outcome[t])
                       ? screen_time(screen, figures[t], tally_mean_ns(tally))
                       : screen_dash(screen);
    }
    put_row(screen, name, cells, NULL, "");
}

void screen_duet(const struct screen *screen)
{
    screen_title(
        screen,
        "Both, in the same microseconds; latency is counted from when each request was due");
    put_name(screen, "");
    screen_right(screen, "A", COLUMN);
    screen_right(screen, "B", COLUMN);
    fputs("   B / A\n", screen->out);
    put_answered(screen);
    for (unsigned rung = 0; rung < LADDER && verdict_ladder[rung] <= .99; rung++)
        put_percentile(screen, verdict_ladder[rung]);
    put_cost(screen);
    fputs("Where the mean went\n", screen->out);
    put_mean(screen, "  waiting", offsetof(struct record, wait));
    put_mean(screen, "  pace's own lateness", offsetof(struct record, lateness));
    put_mean(screen, "  server and network", offsetof(struct record, service));
}
