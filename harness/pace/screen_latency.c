/* The latencies: percentiles with what may be said of them,
 * where the time went, and how it went over time. */
#include "pace/screen_parts.h"

#include <stdlib.h>
#include <string.h>

#include "analyse/stats.h"
#include "data/strings.h"
#include "pace/strip.h"
#include "pace/trust.h"
#include "pace/verdict.h"

enum { FIGURE = 12, INTERVAL = 25 };

static const char *const shares[LADDER] = {
    "half of the requests", "9 of 10",         "99 of 100",
    "999 of 1,000",         "9,999 of 10,000", "99,999 of 100,000"};

static void put_name(const struct screen *screen, double p)
{
    char name[QUANTITY_SIZE], indented[QUANTITY_SIZE + 2];

    quantity_percentile(name, p);
    snprintf(indented, sizeof indented, "  %s", name);
    screen_left(screen, indented, SCREEN_LABEL);
}

/* Most of the run had a lower one: a few of its parts made the value of all. */
static bool is_of_few_moments(const struct percentile *percentile)
{
    return percentile->has_interval && percentile->value_ns >= percentile->high_ns &&
           percentile->high_ns > 2 * percentile->low_ns;
}

static void put_interval(const struct screen *screen, const struct percentile *percentile)
{
    char low[QUANTITY_SIZE], high[QUANTITY_SIZE], both[2 * QUANTITY_SIZE + 12] = "";

    if (percentile->has_interval)
        snprintf(
            both, sizeof both, "%s %s %s%s", screen_time(screen, low, (double)percentile->low_ns),
            screen->form->utf8 ? "…" : "..", screen_time(screen, high, (double)percentile->high_ns),
            is_of_few_moments(percentile) ? " *" : "");
    fputs("   ", screen->out);
    screen_left(screen, both, INTERVAL);
}

/* False: it was not supported, and what is further out will
 * not be either. *few: set if a few moments made it. */
static bool put_percentile(const struct screen *screen, unsigned rung, bool *few)
{
    const struct record *record = &screen->trial->targets[0].record;
    struct percentile percentile;
    char value[QUANTITY_SIZE], bound[QUANTITY_SIZE + 4];

    record_percentile(record, verdict_ladder[rung], &percentile);
    put_name(screen, verdict_ladder[rung]);
    if (screen_may_show(screen->trial, &percentile)) {
        screen_time(screen, value, (double)percentile.value_ns);
        snprintf(bound, sizeof bound, "%s%s", percentile.is_bound ? "> " : "", value);
        screen_right(screen, bound, FIGURE);
        put_interval(screen, &percentile);
        *few |= is_of_few_moments(&percentile);
        fprintf(screen->out, "%s\n", shares[rung]);
    } else {
        char *why = screen_why_not(screen->trial, record, &percentile);
        fprintf(screen->out, "   %s\n", why);
        free(why);
    }
    return percentile.is_supported;
}

static void put_slowest(const struct screen *screen)
{
    const struct record *record = &screen->trial->targets[0].record;
    char value[QUANTITY_SIZE], count[QUANTITY_SIZE];

    if (screen->trial->trusted_p < 1 || record->censored > 0)
        return;
    screen_left(screen, "  slowest", SCREEN_LABEL);
    screen_right(screen, screen_time(screen, value, (double)record->response.max), FIGURE);
    fprintf(screen->out, "   %*sof %s counted\n", INTERVAL, "",
            quantity_count(count, record->response.total));
}

static void put_slo(const struct screen *screen)
{
    const struct record *record = &screen->trial->targets[0].record;
    char share[QUANTITY_SIZE], limit[QUANTITY_SIZE], missed[QUANTITY_SIZE];
    uint64_t slower = tally_above(&record->response, (uint64_t)screen->setting->slo_ns);
    double in_time = 1 - (double)slower / (double)record->response.total;

    if (screen->setting->slo_ns == 0 || record->response.total == 0)
        return;
    if (!verdict_counts_misses(record, screen->setting->slo_ns)) {
        screen_field(screen, "  in time", "   %s", "the generator was late: not measurable here");
        return;
    }
    screen_field(
        screen, "  in time", "%s within %s, %s were slower", quantity_share(share, in_time),
        quantity_seconds(limit, (double)screen->setting->slo_ns), quantity_count(missed, slower));
}

static void put_percentiles(const struct screen *screen)
{
    char interval[40];
    bool few = false;

    snprintf(interval, sizeof interval, "likely between (%.0f %%)",
             100 * stats_interval_coverage(RECORD_PARTS, stats_interval_rank(RECORD_PARTS)));
    screen_title(screen, "Latency, from when each request was due, less pace's own lateness");
    screen_right(screen, "answered within", SCREEN_LABEL + FIGURE);
    fprintf(screen->out, "   %s\n", interval);
    for (unsigned rung = 0; rung < LADDER; rung++)
        if (!put_percentile(screen, rung, &few))
            break;
    put_slowest(screen);
    put_slo(screen);
    if (few)
        screen_field(screen, "  *", "a few moments of the run made it: see over time");
}

enum { SHARE_NAME = 27 };

static void put_tail(const struct screen *screen, const struct tally *tally, bool is_own, double p)
{
    const struct record *record = &screen->trial->targets[0].record;
    struct percentile percentile;
    char figure[QUANTITY_SIZE];

    record_percentile(record, p, &percentile);
    bool is_shown = percentile.is_supported && (is_own || trust_percentile(screen->trial, 0, p));
    screen_right(screen,
                 is_shown ? screen_time(screen, figure, (double)tally_quantile_ns(tally, p))
                          : screen_dash(screen),
                 FIGURE);
}

/* is_own: the generator's, which is in no latency, and says how far they can be trusted. */
static void put_share(const struct screen *screen, const char *name, const struct tally *tally,
                      bool is_own, const char *share)
{
    screen_left(screen, name, SHARE_NAME);
    put_tail(screen, tally, is_own, .5);
    put_tail(screen, tally, is_own, .99);
    fprintf(screen->out, "   %s\n", share);
}

static const char *share_of(const struct screen *screen, char text[QUANTITY_SIZE],
                            const struct tally *tally, double mean_ns)
{
    return trust_mean(screen->trial, 0) ? quantity_share(text, tally_mean_ns(tally) / mean_ns)
                                        : screen_dash(screen);
}

static void put_split(const struct screen *screen)
{
    const struct record *record = &screen->trial->targets[0].record;
    double mean_ns = tally_mean_ns(&record->wait) + tally_mean_ns(&record->service);
    bool has_mean = trust_mean(screen->trial, 0);
    char figure[QUANTITY_SIZE], title[2 * QUANTITY_SIZE];

    if (mean_ns <= 0)
        return;
    screen_title(screen, "Where the time went");
    snprintf(title, sizeof title, "share of the mean%s%s", has_mean ? ", " : "",
             has_mean ? screen_time(screen, figure, mean_ns) : "");
    screen_left(screen, "", SHARE_NAME);
    screen_right(screen, "p50", FIGURE);
    screen_right(screen, "p99", FIGURE);
    fprintf(screen->out, "   %s\n", title);
    put_share(screen, "  waiting for a connection", &record->wait, false,
              share_of(screen, figure, &record->wait, mean_ns));
    put_share(screen, "  server and network", &record->service, false,
              share_of(screen, figure, &record->service, mean_ns));
    put_share(screen, "  pace's own lateness", &record->lateness, true, "not in the latency");
}

void screen_latency(const struct screen *screen)
{
    put_percentiles(screen);
    put_split(screen);
}

static void put_row(const struct screen *screen, const char *name, const struct strip *strip,
                    const struct strip_scale *scale, bool p99)
{
    screen_left(screen, name, SCREEN_LABEL);
    strip_put(screen->out, strip, scale, p99, screen->form->utf8);
    fputc('\n', screen->out);
}

static void put_heading(const struct screen *screen, const struct strip *strip)
{
    char width[QUANTITY_SIZE], worst[QUANTITY_SIZE];
    double interval_ns = (double)strip->record->interval_ns;
    char *text =
        text_format("Over time, each column %s%s%s%s",
                    quantity_seconds(width, interval_ns * (double)strip->folded),
                    strip->folded > 1 ? ", of which it shows the worst " : "",
                    strip->folded > 1 ? quantity_seconds(worst, interval_ns) : "",
                    strip_has_blanks(strip) ? "; blank: nothing was due, or all was left out" : "");

    screen_title(screen, text);
    free(text);
}

/* Where the window begins and where it ends, below the first and the last column. */
static void put_time(const struct screen *screen, const struct strip *strip)
{
    char end[QUANTITY_SIZE];

    quantity_seconds(end, (double)screen->trial->measured_ns);
    if (strip->columns < strlen(end) + 4)
        return;
    screen_left(screen, "", SCREEN_LABEL);
    fprintf(screen->out, "0%*s\n", (int)strip->columns - 1, end);
}

static void put_scale(const struct screen *screen, const struct strip_scale *scale)
{
    char least[QUANTITY_SIZE], most[QUANTITY_SIZE];
    double most_ns = scale->least_ns;

    for (unsigned height = 1; height + 1 < STRIP_HEIGHTS; height++)
        most_ns *= scale->factor;
    screen_field(screen, "", "%s up to %s, each step %g times as much, %s above %s",
                 strip_bar(0, screen->form->utf8), screen_time(screen, least, scale->least_ns),
                 scale->factor, strip_bar(STRIP_HEIGHTS - 1, screen->form->utf8),
                 screen_time(screen, most, most_ns));
}

void screen_strip(const struct screen *screen)
{
    const struct trial *trial = screen->trial;
    const struct record *records[TRIAL_TARGETS];
    bool has_p50 = trial->trusted_p >= .5, has_p99 = trial->trusted_p >= .99;
    size_t columns = (size_t)(screen->form->width - SCREEN_LABEL);
    struct strip_scale scale;
    struct strip strip;

    for (unsigned t = 0; t < trial->target_count; t++) {
        records[t] = &trial->targets[t].record;
        if (records[t]->interval_count < 2 || !verdict_has_latency(&trial->outcome[t]))
            return;
    }
    if (!has_p50)
        return;
    strip_scale_of(&scale, records, trial->target_count);
    strip_of(&strip, records[0], columns);
    put_heading(screen, &strip);
    for (unsigned t = 0; t < trial->target_count; t++) {
        bool is_duet = trial->target_count > 1;
        strip_of(&strip, records[t], columns);
        put_row(screen, is_duet ? (t ? "  B p50" : "  A p50") : "  p50", &strip, &scale, false);
        if (has_p99)
            put_row(screen, is_duet ? (t ? "  B p99" : "  A p99") : "  p99", &strip, &scale, true);
    }
    put_time(screen, &strip);
    put_scale(screen, &scale);
}
