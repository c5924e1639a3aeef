/*
 * Where one response goes: into the tallies of the whole, into the part
 * and into the interval in which it was due. An interval's bins are the
 * tallies' 32 by 32, so that one look for the bin serves all three.
 */
#include "pace/record.h"

#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/strings.h"
#include "pace/units.h"

enum {
    BINS_TOGETHER = 32,
    INTERVAL_BINS = HISTOGRAM_INDEXES / BINS_TOGETHER,
};
_Static_assert(HISTOGRAM_INDEXES % BINS_TOGETHER == 0, "the last bin of an interval is whole");

const char *fault_name(enum fault fault)
{
    static const char *const names[FAULT_KINDS] = {
        [FAULT_CONNECT] = "connect", [FAULT_READ] = "read",     [FAULT_WRITE] = "write",
        [FAULT_ANSWER] = "answer",   [FAULT_STATUS] = "status", [FAULT_BODY] = "body",
    };

    return names[fault];
}

static int64_t divided_up(int64_t whole, int64_t parts)
{
    return (whole + parts - 1) / parts;
}

/* As many intervals as their least width allows. */
static size_t count_intervals(int64_t window_ns, double expected_requests)
{
    double by_time = (double)window_ns / (RECORD_INTERVAL_MS * 1e6);
    double count = fmin(by_time, expected_requests / RECORD_INTERVAL_REQUESTS);

    return (size_t)fmax(fmin(count, RECORD_INTERVALS), 1);
}

static void open_intervals(struct record *record, double expected_requests)
{
    size_t count = count_intervals(record->window_ns, expected_requests);

    record->interval_ns = divided_up(record->window_ns, (int64_t)count);
    record->interval_count = (size_t)divided_up(record->window_ns, record->interval_ns);
    record->intervals_per_ns = 1 / (double)record->interval_ns;
    record->intervals = xcalloc(record->interval_count, sizeof *record->intervals);
    size_t bins = record->interval_count * INTERVAL_BINS;
    record->interval_bins = xreallocarray(NULL, bins, sizeof *record->interval_bins);
    memset(record->interval_bins, 0, bins * sizeof *record->interval_bins); /* see tally_open */
}

void record_open(struct record *record, int64_t start_ns, int64_t window_ns,
                 double expected_requests)
{
    assert(window_ns > 0 && window_ns <= UNITS_DURATION_MOST);
    *record = (struct record){.start_ns = start_ns, .window_ns = window_ns};
    record->part_ns = divided_up(window_ns, RECORD_PARTS);
    record->parts_per_ns = 1 / (double)record->part_ns;
    tally_open(&record->response);
    tally_open(&record->wait);
    tally_open(&record->lateness);
    tally_open(&record->service);
    tally_open(&record->disturbed);
    tally_open(&record->settling);
    tally_open(&record->ages);
    for (unsigned i = 0; i < RECORD_PARTS; i++)
        tally_open(&record->parts[i]);
    open_intervals(record, expected_requests);
}

void record_release(struct record *record)
{
    tally_release(&record->response);
    tally_release(&record->wait);
    tally_release(&record->lateness);
    tally_release(&record->service);
    tally_release(&record->disturbed);
    tally_release(&record->settling);
    tally_release(&record->ages);
    for (unsigned i = 0; i < RECORD_PARTS; i++)
        tally_release(&record->parts[i]);
    free(record->intervals);
    free(record->interval_bins);
    *record = (struct record){0};
}

bool record_covers(const struct record *record, int64_t intended_ns)
{
    return intended_ns >= record->start_ns && intended_ns - record->start_ns < record->window_ns;
}

/* offset_ns / width_ns, exactly, by a multiplication: what its two roundings take or add is less
 * than 1 / width_ns as long as offset_ns is below 2^52 (52 days), so it can only be one too low,
 * and that only at the border itself. */
static size_t slot_of(int64_t offset_ns, int64_t width_ns, double per_ns)
{
    int64_t slot = (int64_t)((double)offset_ns * per_ns);

    slot += (slot + 1) * width_ns <= offset_ns;
    return (size_t)slot;
}

/* Returns the interval of it. */
static struct interval *add_response(struct record *record, int64_t intended_ns,
                                     uint64_t response_ns)
{
    int64_t offset_ns = intended_ns - record->start_ns;
    size_t part = slot_of(offset_ns, record->part_ns, record->parts_per_ns);
    size_t at = slot_of(offset_ns, record->interval_ns, record->intervals_per_ns);
    struct interval *interval = &record->intervals[at];
    uint32_t index = histogram_index(response_ns);

    tally_add_at(&record->response, index, response_ns);
    tally_add_at(&record->parts[part], index, response_ns);
    record->interval_bins[at * INTERVAL_BINS + index / BINS_TOGETHER]++;
    interval->n++;
    if (response_ns > interval->max_ns)
        interval->max_ns = response_ns;
    return interval;
}

void record_answer(struct record *record, const struct times *times, enum disturbance disturbance)
{
    int64_t ready_ns = times_ready_ns(times), wait_ns = ready_ns - times->intended_ns;
    int64_t lateness_ns = times->sent_ns - ready_ns;
    int64_t service_ns = times->done_ns - times->sent_ns;

    assert(lateness_ns >= 0 && service_ns >= 0);
    if (!record_covers(record, times->intended_ns))
        return;
    record->completed++;
    if (times->done_ns > record->last_done_ns)
        record->last_done_ns = times->done_ns;
    tally_add(&record->lateness, (uint64_t)lateness_ns);
    if (disturbance == DISTURBED) {
        tally_add(&record->disturbed, (uint64_t)(wait_ns + service_ns));
        return;
    }
    tally_add(&record->wait, (uint64_t)wait_ns);
    tally_add(&record->service, (uint64_t)service_ns);
    add_response(record, times->intended_ns, (uint64_t)(wait_ns + service_ns));
    if (disturbance == SETTLING)
        tally_add(&record->settling, (uint64_t)(wait_ns + service_ns));
}

void record_censored(struct record *record, int64_t intended_ns, int64_t age_ns)
{
    assert(age_ns >= 0);
    if (!record_covers(record, intended_ns))
        return;
    record->censored++;
    tally_add(&record->ages, (uint64_t)age_ns);
    add_response(record, intended_ns, (uint64_t)age_ns)->censored++;
}

/* A server's own words may be in it. */
static void make_one_line(char *text)
{
    for (char *c = text; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            *c = '?';
}

void record_fault(struct record *record, enum fault fault, const char *format, ...)
{
    va_list arguments;

    record->faults[fault]++;
    if (record->first_fault[0] != '\0')
        return;
    va_start(arguments, format);
    vsnprintf(record->first_fault, sizeof record->first_fault, format, arguments);
    va_end(arguments);
    make_one_line(record->first_fault);
}

void record_warmup_answer(struct record *record, bool is_in_window, int64_t done_ns)
{
    record->warmup.completed++;
    record->warmup.in_window += is_in_window;
    record->warmup.last_done_ns = done_ns;
}

void record_warmup_fault(struct record *record, const char *words)
{
    struct record_warmup *warmup = &record->warmup;

    if (warmup->faults++ > 0)
        return;
    snprintf(warmup->first_fault, sizeof warmup->first_fault, "%s", words);
    make_one_line(warmup->first_fault);
}

double record_left_out_share(const struct record *const *records, size_t count)
{
    uint64_t left_out = 0, all = 0;

    for (size_t i = 0; i < count; i++) {
        left_out += records[i]->disturbed.total;
        all += records[i]->disturbed.total + records[i]->response.total;
    }
    return all > 0 ? (double)left_out / (double)all : 0;
}

void record_holder(struct record *record, int64_t asked_ns, int64_t done_ns, int64_t taken_ns)
{
    record->served_ns += done_ns - asked_ns;
    record->untaken_ns += taken_ns - done_ns;
}

double record_untaken_share(const struct record *record)
{
    double busy_ns = (double)(record->served_ns + record->untaken_ns);

    return busy_ns > 0 ? (double)record->untaken_ns / busy_ns : 0;
}

static uint64_t interval_quantile_ns(const struct interval *interval, const uint64_t *bins,
                                     double q)
{
    if (interval->n == 0)
        return 0;

    uint64_t rank = histogram_rank(interval->n, q), seen = 0;
    uint32_t bin = 0;
    while ((seen += bins[bin]) < rank)
        bin++;
    uint64_t highest_ns = histogram_highest_ns(bin * BINS_TOGETHER + BINS_TOGETHER - 1);
    return highest_ns < interval->max_ns ? highest_ns : interval->max_ns;
}

void record_close(struct record *record)
{
    for (size_t i = 0; i < record->interval_count; i++) {
        struct interval *interval = &record->intervals[i];
        const uint64_t *bins = record->interval_bins + i * INTERVAL_BINS;
        interval->p50_ns = interval_quantile_ns(interval, bins, .5);
        interval->p90_ns = interval_quantile_ns(interval, bins, .9);
        interval->p99_ns = interval_quantile_ns(interval, bins, .99);
    }
}
