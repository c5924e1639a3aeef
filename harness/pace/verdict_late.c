/* See verdict.h and verdict_parts.h: whether pace was late for
 * a percentile, by which rule, and in which words. */
#include <math.h>
#include <stdio.h>

#include "pace/quantity.h"
#include "pace/verdict_parts.h"

/*
 * Lateness. How late a request was sent is known and no part of its response, and
 * what was due while the generator was kept away is left out; so is the kernel's
 * time of arrival known. What is left are guesses about the rest, from simulation
 * (harness/tests/test_pace_lateness.c; its table stands in docs/pace.md).
 * - LATE_CROWD: those that came when all should be over (SETTLING) move the percentile so much that
 *   it was not: the server needed longer to recover than was left out.
 * - The same share of a percentile that may be the waiting for connections which pace held, because
 *   it had not taken their answers yet: that wait is not the server's.
 * - LATE_LEFT_OUT: so large a share was left out that the rest may be of another kind.
 * - LATE_MOST: half of all requests were late by this share of the median response: then the server
 *   was not asked at the times that were meant.
 * - Where the kernel does not tell when an answer came, by more than VERDICT_UNSTAMPED_MOST, it may
 *   have lain there while the generator was away, as often and as long as requests were late.
 *   LATE_NEAR: as many of them as LATE_NEAR_SHARE of those beyond the percentile, by this share of
 *   its value. LATE_FAR: a few by the whole value.
 */
static const double LATE_CROWD = 0.1, LATE_LEFT_OUT = 0.2;
static const double LATE_MOST = 0.15, LATE_MOST_SHARE = 0.5;
static const double LATE_NEAR = 0.15, LATE_NEAR_SHARE = 0.5;
static const double LATE_FAR = 1.0, LATE_FAR_SHARE = 0.015;
/* Of all requests, those that were late by more than this. */
static double late_share(const struct record *record, double by_ns)
{
    return (double)tally_above(&record->lateness, (uint64_t)by_ns) / (double)record->lateness.total;
}

static bool is_taken_late(const struct record *record, double response_ns, double p)
{
    return (double)record->unstamped > VERDICT_UNSTAMPED_MOST * (double)record->completed &&
           (late_share(record, LATE_NEAR * response_ns) > LATE_NEAR_SHARE * (1 - p) ||
            late_share(record, LATE_FAR * response_ns) > LATE_FAR_SHARE * (1 - p));
}

/* Could so much of a response of that length be waiting that pace made? */
static bool is_kept_waiting(const struct record *record, double response_ns, double p)
{
    double wait_ns = (double)tally_quantile_ns(&record->wait, p);

    return wait_ns * record_untaken_share(record) > LATE_CROWD * response_ns;
}

bool verdict_lacks_too_many(const struct record *record)
{
    return record_left_out_share(&record, 1) > LATE_LEFT_OUT;
}

static bool is_crowded(const struct record *record, double response_ns, double p)
{
    double without_ns = (double)tally_quantile_without_ns(&record->response, &record->settling, p);

    return fabs(response_ns - without_ns) > LATE_CROWD * without_ns ||
           verdict_lacks_too_many(record);
}

bool verdict_is_late(const struct record *record, double p)
{
    double response_ns = (double)tally_quantile_ns(&record->response, p);
    double median_ns = (double)tally_quantile_ns(&record->response, .5);

    if (record->lateness.total == 0)
        return false;
    return is_crowded(record, response_ns, p) || is_taken_late(record, response_ns, p) ||
           is_kept_waiting(record, response_ns, p) ||
           late_share(record, LATE_MOST * median_ns) > LATE_MOST_SHARE;
}

bool verdict_counts_misses(const struct record *record, int64_t limit_ns)
{
    double limit = (double)limit_ns, n = (double)record->response.total;
    double in_time = n > 0 ? 1 - (double)tally_above(&record->response, (uint64_t)limit_ns) / n : 0;

    return n > 0 && (record->lateness.total == 0 ||
                     (!verdict_lacks_too_many(record) && !is_taken_late(record, limit, in_time) &&
                      !is_kept_waiting(record, limit, in_time) &&
                      late_share(record, LATE_MOST * limit) <= LATE_MOST_SHARE));
}

/* ---- in words ---- */

static const char *time_of(char text[QUANTITY_SIZE], double ns)
{
    return quantity_time(text, ns, true);
}

static void crowd_words(const struct record *record, double p, char *words)
{
    char name[QUANTITY_SIZE], with[QUANTITY_SIZE], without[QUANTITY_SIZE], limit[QUANTITY_SIZE];

    snprintf(words, VERDICT_LATE_WORDS,
             "with those due soon after its gaps %s is %s, without them %s, and %s is the limit",
             quantity_percentile(name, p),
             time_of(with, (double)tally_quantile_ns(&record->response, p)),
             time_of(without,
                     (double)tally_quantile_without_ns(&record->response, &record->settling, p)),
             quantity_share(limit, LATE_CROWD));
}

static void unstamped_words(const struct record *record, double p, char *words)
{
    char name[QUANTITY_SIZE], share[QUANTITY_SIZE], limit[QUANTITY_SIZE], part[QUANTITY_SIZE];
    double response_ns = (double)tally_quantile_ns(&record->response, p);
    double near = late_share(record, LATE_NEAR * response_ns);
    bool is_near = near > LATE_NEAR_SHARE * (1 - p);

    snprintf(words, VERDICT_LATE_WORDS,
             "the kernel tells no times, and %s of the requests were late by over %s of %s, the "
             "limit is "
             "%s",
             quantity_share(share, is_near ? near : late_share(record, LATE_FAR * response_ns)),
             quantity_share(part, is_near ? LATE_NEAR : LATE_FAR), quantity_percentile(name, p),
             quantity_share(limit, (is_near ? LATE_NEAR_SHARE : LATE_FAR_SHARE) * (1 - p)));
}

static void waiting_words(const struct record *record, double p, char *words)
{
    char name[QUANTITY_SIZE], share[QUANTITY_SIZE], limit[QUANTITY_SIZE];
    double wait_ns = (double)tally_quantile_ns(&record->wait, p) * record_untaken_share(record);

    snprintf(
        words, VERDICT_LATE_WORDS,
        "%s of %s may be the wait for connections whose answers it had not taken, the limit is "
        "%s",
        quantity_share(share, wait_ns / (double)tally_quantile_ns(&record->response, p)),
        quantity_percentile(name, p), quantity_share(limit, LATE_CROWD));
}

void verdict_late_words(const struct record *record, double p, char words[VERDICT_LATE_WORDS])
{
    char figure[QUANTITY_SIZE], limit[QUANTITY_SIZE], median[QUANTITY_SIZE];
    double response_ns = (double)tally_quantile_ns(&record->response, p);

    if (verdict_lacks_too_many(record))
        snprintf(words, VERDICT_LATE_WORDS,
                 "it was kept away when %s of the requests were due, or just before, and %s is the "
                 "limit",
                 quantity_share(figure, record_left_out_share(&record, 1)),
                 quantity_share(limit, LATE_LEFT_OUT));
    else if (is_crowded(record, response_ns, p))
        crowd_words(record, p, words);
    else if (is_taken_late(record, response_ns, p))
        unstamped_words(record, p, words);
    else if (is_kept_waiting(record, response_ns, p))
        waiting_words(record, p, words);
    else
        snprintf(
            words, VERDICT_LATE_WORDS,
            "half of all requests were sent %s late or later, and %s of the median, %s, is the "
            "limit",
            time_of(figure, (double)tally_quantile_ns(&record->lateness, .5)),
            quantity_share(limit, LATE_MOST),
            time_of(median, (double)tally_quantile_ns(&record->response, .5)));
}
