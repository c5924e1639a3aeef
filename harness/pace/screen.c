/* See screen.h. The frame: outcome, what was asked, what was answered, the generator. */
#include "pace/screen_parts.h"

#include <stdlib.h>
#include <string.h>

#include "data/strings.h"
#include "pace/audit.h"
#include "pace/trust.h"
#include "pace/verdict.h"

/* Green, yellow, red: whether one may go on reading; the word says the same. */
static const char *colour_of(const struct outcome *outcome)
{
    static const char *const colours[] = {
        [OUTCOME_VALID] = "\033[1;32m",
        [OUTCOME_NOISY] = "\033[1;33m",
        [OUTCOME_CENSORED] = "\033[1;33m",
        [OUTCOME_INVALID] = "\033[1;31m",
    };

    return colours[outcome->kind];
}

/* Have both the same outcome, word for word? Then it is said once. */
static bool is_shared(const struct trial *trial)
{
    const struct outcome *a = &trial->outcome[0], *b = &trial->outcome[1];

    if (trial->target_count < TRIAL_TARGETS || a->count == 0 || a->count != b->count)
        return false;
    for (unsigned i = 0; i < a->count; i++)
        if (a->reasons[i].code != b->reasons[i].code ||
            strcmp(a->reasons[i].detail, b->reasons[i].detail) != 0)
            return false;
    return true;
}

static const char *whose(const struct trial *trial, unsigned target)
{
    if (trial->target_count < TRIAL_TARGETS)
        return "";
    return is_shared(trial) ? "A and B " : target ? "B " : "A ";
}

static void put_outcome(const struct screen *screen, unsigned target)
{
    const struct trial *trial = screen->trial;
    const struct outcome *outcome = &trial->outcome[target];
    const struct reason *cause = verdict_cause(outcome);
    bool is_duet = trial->target_count > 1;
    char *words = screen_outcome(trial, target);
    size_t length = strlen(words);
    bool has_end = length > 0 && words[length - 1] == '.'; /* what a server said may end in one */
    char *text = text_format("%s%s%s", whose(trial, target), words, has_end ? "" : ".");

    screen_letters(screen, text);
    fputs(screen->form->colour ? colour_of(outcome) : "", screen->out);
    screen_wrapped(screen, text, 0, 2);
    fputs(screen->form->colour ? "\033[0m" : "", screen->out);
    for (unsigned i = 0; i < outcome->count; i++)
        if (&outcome->reasons[i] != cause)
            screen_field(screen, "  also", "%s: %s", reason_name(outcome->reasons[i].code),
                         outcome->reasons[i].detail);
    const char *advice = screen_advice(trial, target);
    if (advice && (!is_duet || target == 1 || is_shared(trial) || outcome->kind == OUTCOME_INVALID))
        screen_field(screen, "  to do", "%s", advice);
    free(words);
    free(text);
}

/* "5,000/s for 10 s, at random", or the schedule as it was written. */
static void put_asked(const struct screen *screen)
{
    const struct schedule *schedule = screen->trial->schedule;
    char rate[QUANTITY_SIZE], length[QUANTITY_SIZE], share[QUANTITY_SIZE];
    double mean_rps = schedule->expected_requests / ((double)schedule->duration_ns / 1e9);
    const char *text = screen->setting->schedule_text;
    unsigned long long seed = screen->trial->seed;

    quantity_rate(rate, mean_rps);
    quantity_seconds(length, (double)schedule->duration_ns);
    if (text)
        screen_field(screen, "asked", "%s on average for %s, -S %.60s%s; again: --seed %llu", rate,
                     length, text, strlen(text) > 60 ? "..." : "", seed);
    else
        screen_field(screen, "asked", "%s for %s, at random (Poisson); the same again: --seed %llu",
                     rate, length, seed);
    if (screen->trial->target_count > 1)
        screen_field(screen, "", "each request went to A or to B at random, %s to each",
                     quantity_share(share, .5));
}

static void put_answered(const struct screen *screen)
{
    const struct record *record = &screen->trial->targets[0].record;
    char rate[QUANTITY_SIZE], completed[QUANTITY_SIZE], offered[QUANTITY_SIZE],
        share[QUANTITY_SIZE];

    if (record->offered == 0) {
        screen_field(screen, "answered", "nothing was due");
        return;
    }
    screen_field(screen, "answered", "%s, %s of %s requests (%s)",
                 quantity_rate(rate, verdict_answered_rps(screen->trial, record)),
                 quantity_count(completed, record->completed),
                 quantity_count(offered, record->offered),
                 quantity_share(share, (double)record->completed / (double)record->offered));
}

static void put_servers(const struct screen *screen)
{
    const struct trial *trial = screen->trial;

    for (unsigned t = 0; t < trial->target_count; t++)
        screen_field(screen, trial->target_count > 1 ? (t ? "B" : "A") : "server", "%s (%s)",
                     trial->targets[t].url.text, trial->targets[t].address);
}

static void put_way(const struct screen *screen)
{
    const struct trial *trial = screen->trial;
    const char *script = screen->setting->script;
    bool has_warmed = trial->has_window && trial->warmup_ns > 0;
    char warmup[QUANTITY_SIZE], count[QUANTITY_SIZE];

    screen_field(
        screen, "over", "%s connection%s%s%s, pace on CPU %d%s%s%s%s%s",
        quantity_count(count, trial->targets[0].connections),
        trial->targets[0].connections == 1 ? "" : "s", trial->target_count > 1 ? " to each" : "",
        screen->setting->slo_chose_connections ? " (chosen by --slo; -c says otherwise)" : "",
        screen->setting->cpu, has_warmed ? ", after " : "",
        has_warmed ? quantity_seconds(warmup, (double)trial->warmup_ns) : "",
        has_warmed ? " of warm-up (not counted)" : "", script ? ", requests by " : "",
        script ? script : "");
}

static void add(char *text, size_t size, const char *what, uint64_t count)
{
    char figure[QUANTITY_SIZE];
    size_t length = strlen(text);

    if (count > 0)
        snprintf(text + length, size - length, "%s%s %s", length ? ", " : "",
                 quantity_count(figure, count), what);
}

/* What became of the requests of one server, by kind; only what there was. */
static void put_answers(const struct screen *screen, unsigned target)
{
    static const char *const classes[STATUS_CLASSES] = {"with no known status", "with status 1xx",
                                                        "with status 2xx",      "with status 3xx",
                                                        "with status 4xx",      "with status 5xx"};
    const struct record *record = &screen->trial->targets[target].record;
    bool is_duet = screen->trial->target_count > 1;
    char text[600] = "", what[40];

    for (unsigned i = 0; i < STATUS_CLASSES; i++)
        add(text, sizeof text, classes[i], record->statuses[i]);
    add(text, sizeof text, "unfinished at the end", record->censored);
    add(text, sizeof text, "never sent, for want of a connection", record->dropped);
    for (unsigned kind = 0; kind < FAULT_KINDS; kind++) {
        snprintf(what, sizeof what, "%s fault%s", fault_name(kind),
                 record->faults[kind] == 1 ? "" : "s");
        add(text, sizeof text, what, record->faults[kind]);
    }
    if (screen->setting->compares)
        add(text, sizeof text, "compared whole with what the script expects", record->looked_at);
    add(text, sizeof text, "connections that the server ended", record->reconnects);
    screen_field(screen, is_duet ? (target ? "answers B" : "answers A") : "answers", "%s",
                 *text ? text : "none");
}

/* Nothing of the warm-up is counted, so it is told only where
 * it went wrong, or is all there was. */
static void put_warmup(const struct screen *screen, unsigned target)
{
    const struct trial *trial = screen->trial;
    const struct record *record = &trial->targets[target].record;
    const struct record_warmup *warmup = &record->warmup;
    bool is_behind = trial->has_window && record->offered > 0 && !record->has_caught_up;
    char rate[QUANTITY_SIZE], completed[QUANTITY_SIZE], offered[QUANTITY_SIZE], late[QUANTITY_SIZE],
        wrong[QUANTITY_SIZE];

    if (warmup->offered == 0 || (trial->has_window && warmup->faults == 0 && !is_behind))
        return;
    screen_field(
        screen, trial->target_count > 1 ? (target ? "warm-up B" : "warm-up A") : "warm-up",
        "answered %s, %s of %s requests%s%s%s%s%s%s%s",
        quantity_rate(rate, verdict_warmup_rps(trial, record)),
        quantity_count(completed, warmup->completed), quantity_count(offered, warmup->offered),
        is_behind ? ", " : "", is_behind ? quantity_count(late, warmup->in_window) : "",
        is_behind ? " of them when the window had opened" : "", warmup->faults > 0 ? "; " : "",
        warmup->faults > 0 ? quantity_count(wrong, warmup->faults) : "",
        warmup->faults > 0 ? " went wrong, the first: " : "", warmup->first_fault);
}

static void put_warmups(const struct screen *screen)
{
    for (unsigned t = 0; t < screen->trial->target_count; t++)
        put_warmup(screen, t);
}

static void put_cost(const struct screen *screen)
{
    const struct trial_target *target = &screen->trial->targets[0];
    char cost[QUANTITY_SIZE], share[QUANTITY_SIZE];

    if (screen->trial->target_count > 1 || target->cpu_ns == MISSING ||
        target->record.completed == 0 || !trust_cost(screen->trial, 0))
        return;
    screen_field(
        screen, "cost", "%s of the server's CPU per request, %s of one CPU",
        screen_time(screen, cost, (double)target->cpu_ns / (double)target->record.completed),
        quantity_share(share, (double)target->cpu_ns / (double)screen->trial->measured_ns));
}

/* What p99 would be with those that are left out: nothing,
 * where that is not known or is the same. */
static void say_with_them(const struct screen *screen, char *text, size_t size)
{
    const struct record *record = &screen->trial->targets[0].record;
    struct percentile percentile;
    char with[QUANTITY_SIZE];

    *text = '\0';
    record_percentile(record, .99, &percentile);
    if (screen->trial->target_count == 1 && percentile.is_supported &&
        verdict_has_latency(&screen->trial->outcome[0]))
        snprintf(text, size, "; with them p99 would be %s",
                 screen_time(
                     screen, with,
                     (double)tally_quantile_both_ns(&record->response, &record->disturbed, .99)));
}

/* Requests of all servers that were left out. */
static void say_left_out(const struct screen *screen, char *text, size_t size)
{
    const struct trial *trial = screen->trial;
    char count[QUANTITY_SIZE], base[QUANTITY_SIZE], share[QUANTITY_SIZE], with[QUANTITY_SIZE + 40];
    const struct record *records[TRIAL_TARGETS];
    uint64_t left_out = 0, all = 0;

    for (unsigned t = 0; t < trial->target_count; t++) {
        records[t] = &trial->targets[t].record;
        left_out += records[t]->disturbed.total;
        all += records[t]->disturbed.total + records[t]->response.total;
    }
    *text = '\0';
    if (left_out == 0)
        return;
    say_with_them(screen, with, sizeof with);
    snprintf(text, size,
             "; of the %s requests that were answered or are unfinished, %s (%s) %s not in the "
             "latency: due in gaps above %d µs, or up to %d times as long after one%s",
             quantity_count(base, all), quantity_count(count, left_out),
             quantity_share(share, record_left_out_share(records, trial->target_count)),
             left_out == 1 ? "is" : "are", AUDIT_GAP_NS / 1000, AUDIT_AFTER, with);
}

static void put_generator(const struct screen *screen)
{
    const struct audit *audit = &screen->trial->audit;
    char lost[QUANTITY_SIZE], gap[QUANTITY_SIZE], left_out[6 * QUANTITY_SIZE + 160];

    if (audit->wall_ns <= 0)
        return;
    quantity_share(lost, 1 - (double)audit->cpu_ns / (double)audit->wall_ns);
    screen_time(screen, gap, (double)audit->longest_gap_ns);
    say_left_out(screen, left_out, sizeof left_out);
    /* Two measures: it may have looked late for its own work, or
     * for a stall that CPU time does not show. */
    screen_field(
        screen, "pace",
        "lost its CPU for %s of the time; did not look at its clock for %s at the longest%s", lost,
        gap, left_out);
}

static void put_middle(const struct screen *screen)
{
    if (screen->trial->target_count > 1)
        screen_duet(screen);
    else if (verdict_has_latency(&screen->trial->outcome[0]) &&
             screen->trial->targets[0].record.response.total > 0)
        screen_latency(screen);
    else if (screen->trial->targets[0].record.response.total == 0)
        screen_field(screen, "latency", "%s",
                     screen_why_nothing(&screen->trial->targets[0].record));
    else
        screen_field(screen, "latency", "none is shown, because %s",
                     screen_why_none(screen->trial, 0));
    screen_strip(screen);
    fputc('\n', screen->out);
    for (unsigned t = 0; t < screen->trial->target_count; t++)
        put_answers(screen, t);
}

void screen_put(FILE *out, const struct trial *trial, const struct setting *setting,
                const struct screen_form *form)
{
    const struct screen screen = {out, trial, setting, form};
    unsigned outcomes = is_shared(trial) ? 1 : trial->target_count;

    for (unsigned t = 0; t < outcomes; t++)
        put_outcome(&screen, t);
    if (screen_exit(trial))
        screen_field(&screen, "  exit", "%s", screen_exit(trial));
    for (unsigned t = 0; t < trial->target_count; t++)
        if (setting->warnings[t])
            screen_field(&screen, "  note", "%s", setting->warnings[t]);
    fputc('\n', out);
    put_servers(&screen);
    put_asked(&screen);
    put_way(&screen);
    if (!trial->has_window) {
        put_warmups(&screen);
        return;
    }
    if (trial->target_count == 1)
        put_answered(&screen);
    put_middle(&screen);
    put_warmups(&screen);
    put_cost(&screen);
    put_generator(&screen);
}
