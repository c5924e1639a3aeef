/* See live.h. */
#include "pace/live.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "data/strings.h"
#include "pace/quantity.h"
#include "pace/terminal.h"

void live_init(struct live *live, bool utf8)
{
    *live = (struct live){.is_shown = terminal_takes_escapes(STDERR_FILENO),
                          .utf8 = utf8,
                          .columns = terminal_columns(STDERR_FILENO)};
}

struct sum {
    uint64_t offered, completed, failed;
};

static struct sum sum_of(const struct trial *trial)
{
    struct sum sum = {0};

    for (unsigned t = 0; t < trial->target_count; t++) {
        const struct record *record = &trial->targets[t].record;
        sum.offered += record->offered;
        sum.completed += record->completed;
        sum.failed += record->failed;
    }
    return sum;
}

/* Errors, if there are any, matter more than latencies. In a
 * duet there are two of these: the first one's are shown. */
static char *latency_text(const struct trial *trial, const struct sum *sum, bool utf8)
{
    const struct record *record = &trial->targets[0].record;
    char p50[QUANTITY_SIZE], p99[QUANTITY_SIZE];

    if (sum->failed > 0) {
        char *text =
            text_format("%llu failed: %.40s", (unsigned long long)sum->failed, record->first_fault);
        for (char *c = text; *c; c++) /* a server's words must not drive the terminal */
            *c = (unsigned char)*c < 0x20 || *c == 0x7f ? '?' : *c;
        return text;
    }
    if (record->response.total == 0)
        return xstrdup("no answer yet");
    return text_format("so far p50 %s  p99 %s, not yet judged",
                       quantity_time(p50, (double)tally_quantile_ns(&record->response, .5), utf8),
                       quantity_time(p99, (double)tally_quantile_ns(&record->response, .99), utf8));
}

char *live_text(const struct trial *trial, int64_t now_ns, bool utf8)
{
    char elapsed[QUANTITY_SIZE], whole[QUANTITY_SIZE], rate[QUANTITY_SIZE];
    int64_t spent_ns = now_ns - trial->start_monotonic_ns;
    struct sum sum = sum_of(trial);

    if (trial->start_monotonic_ns == 0 || spent_ns <= 0)
        return xstrdup("  warming up");
    double duration_ns = (double)trial->schedule->duration_ns;
    double shown_ns = (double)spent_ns < duration_ns ? (double)spent_ns : duration_ns;
    char *latency = latency_text(trial, &sum, utf8);
    char *text = text_format("  %s of %s  %s  %s", quantity_seconds(elapsed, shown_ns),
                             quantity_seconds(whole, duration_ns),
                             quantity_rate(rate, (double)sum.completed / shown_ns * 1e9), latency);
    free(latency);
    return text;
}

/* To so many columns, between two characters of UTF-8. */
static void clip(char *text, int columns)
{
    for (; *text; text++)
        if (((unsigned char)*text & 0xc0) != 0x80 && columns-- == 0) {
            *text = '\0';
            return;
        }
}

void live_show(void *argument, const struct trial *trial, int64_t now_ns)
{
    const struct live *live = argument;

    if (!live->is_shown)
        return;
    char *text = live_text(trial, now_ns, live->utf8);
    clip(text, live->columns - 1); /* a line that wraps could not be taken back */
    fprintf(stderr, "\r\033[K%s", text);
    fflush(stderr);
    free(text);
}

void live_clear(const struct live *live)
{
    if (live->is_shown)
        fputs("\r\033[K", stderr);
}
