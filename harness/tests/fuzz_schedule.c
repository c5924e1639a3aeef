/*
 * Any text as a schedule. Either it is refused, with one sentence on one
 * line, or it is within what the headers promise, and its first arrivals are
 * in order, each inside its segment. The length of the text is the seed.
 */
#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "pace/schedule.h"
#include "pace/units.h"

enum { ARRIVALS = 1000, SENTENCE_MOST = 400 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Printable, of bounded length, and not cut short. */
static void check_sentence(const char *error)
{
    size_t len = strlen(error);

    assert(len > 0 && len <= SENTENCE_MOST && error[len - 1] != ' ');
    for (size_t i = 0; i < len; i++)
        assert(error[i] >= 0x20 && error[i] < 0x7f);
}

static void check_rate(double rate_rps, bool may_be_0)
{
    assert((may_be_0 && rate_rps == 0) ||
           (rate_rps >= UNITS_RATE_LEAST && rate_rps <= UNITS_RATE_MOST));
}

static void check_segment(const struct segment *segment)
{
    bool is_ramp = segment->kind == SEGMENT_RAMP;

    assert(segment->kind < SEGMENT_KINDS);
    assert(segment->duration_ns > 0 && segment->duration_ns <= UNITS_DURATION_MOST);
    if (!segment_sends(segment->kind)) {
        assert(segment->from_rps == 0 && segment->to_rps == 0);
        return;
    }
    check_rate(segment->from_rps, is_ramp);
    check_rate(segment->to_rps, is_ramp);
    assert(segment->from_rps + segment->to_rps > 0);
    assert(is_ramp || segment->from_rps == segment->to_rps);
}

static void check_schedule(const struct schedule *schedule)
{
    int64_t end_ns = 0;

    assert(schedule->count > 0 && schedule->count <= SEGMENTS_MOST);
    for (size_t i = 0; i < schedule->count; i++) {
        check_segment(&schedule->segments[i]);
        assert(schedule->segments[i].start_ns == end_ns);
        end_ns += schedule->segments[i].duration_ns;
    }
    assert(schedule->duration_ns == end_ns && end_ns <= UNITS_DURATION_MOST);
    assert(schedule->expected_requests >= 1);
    check_rate(schedule->highest_rps, false);
}

static void check_arrivals(const struct schedule *schedule, uint64_t seed)
{
    struct arrivals arrivals;
    struct arrival arrival = {0}, before = {0};

    arrivals_init(&arrivals, schedule, seed);
    for (unsigned i = 0; i < ARRIVALS && arrivals_next(&arrivals, &arrival); i++) {
        assert(arrival.segment < schedule->count && arrival.segment >= before.segment);
        const struct segment *segment = &schedule->segments[arrival.segment];
        assert(arrival.due_ns >= before.due_ns && arrival.due_ns >= segment->start_ns);
        assert(arrival.due_ns < segment->start_ns + segment->duration_ns);
        before = arrival;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = calloc(size + 1, 1), *error = NULL;
    struct schedule schedule;

    assert(text);
    if (size)
        memcpy(text, data, size);
    if (schedule_read(&schedule, text, &error) == 0) {
        assert(!error);
        check_schedule(&schedule);
        check_arrivals(&schedule, size);
    } else {
        check_sentence(error);
    }
    schedule_clear(&schedule);
    free(error);
    free(text);
    return 0;
}
