/*
 * What came of the requests to one server. All memory is had before the window opens and none after
 * it; recording one request is a handful of additions. Times are CLOCK_MONOTONIC nanoseconds.
 *
 * Each request's time, from when it was due to when its answer was there, splits exactly into
 * three: with the intended time i, the moment c at which a connection became idle for it, the
 * sending s and the arrival of the last byte d,
 *     wait Q = max(0, c - i)     for a connection: the server's, which still held them all
 *     lateness L = s - max(i, c) the generator's own
 *     service S = d - s
 *     d - i = Q + L + S.
 * The response is Q + S: what the wait would have been had the generator sent on time. Arrivals are
 * the kernel's, not the moments at which the loop came to take them, where it tells them.
 *
 * Disturbed requests were due while the generator was kept away, or just after it: then a crowd is
 * sent at once and waits for itself at the server (audit.h). They are chosen by when they were due
 * alone, never by how long they took, so that to leave them out favours nobody. They count as
 * completed, and in nothing else but `disturbed` and the lateness.
 *
 * A request belongs to the moment at which it was due, not to the one at which
 * it came back: an answer of an arrival long past counts in the interval and
 * the part in which it was due. What was due outside of the window is not
 * counted, so that requests of a warm-up may come back whenever they do.
 */
#ifndef PACE_RECORD_H
#define PACE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pace/tally.h"

enum {
    /* Equal parts of the window by intended time: percentiles' intervals come from them. */
    RECORD_PARTS = 12,
    RECORD_INTERVALS = 600,          /* of the series, at most */
    RECORD_INTERVAL_MS = 100,        /* at least, */
    RECORD_INTERVAL_REQUESTS = 1000, /* and wide enough for so many, on average */
    STATUS_CLASSES = 6,              /* [2]: 2xx */
};

/* The window is cut into equal ones. */
struct interval {
    uint64_t n, censored; /* n: with the censored ones */
    uint64_t max_ns;      /* exact */
    /* To 1 part in 32, or to 32 ns; the highest value of the bin,
     * but never above max_ns; valid after record_close. */
    uint64_t p50_ns, p90_ns, p99_ns;
};

enum fault {
    FAULT_CONNECT, /* a connection could not be made (again) */
    FAULT_READ,    /* reset, or closed before the answer was whole */
    FAULT_WRITE,
    FAULT_ANSWER, /* not HTTP */
    FAULT_STATUS, /* not the one expected */
    FAULT_BODY,   /* not the one expected: length, type or bytes */
    FAULT_KINDS,
};
const char *fault_name(enum fault fault); /* "connect" */

/* What came of the requests of the warm-up: they are in no other count. */
struct record_warmup {
    uint64_t offered, completed;
    uint64_t in_window; /* of the completed: those whose answer came in the window, or after it */
    uint64_t faults;
    char first_fault[200]; /* in words; "" if none */
    int64_t last_done_ns;  /* 0: none was */
};

/* Counted here by record_answer, record_censored and record_fault where their comments say so; all
 * other counts are the engine's. */
struct record {
    int64_t start_ns, window_ns;
    struct tally response;      /* Q + S of answers; of unfinished ones the age they had, less L */
    struct tally disturbed;     /* Q + S of the disturbed answers, which are not in response */
    struct tally settling;      /* Q + S of the settling ones, which are */
    struct tally wait, service; /* of answers in response */
    struct tally lateness;      /* of all answers */
    struct tally parts[RECORD_PARTS]; /* of the response */
    int64_t interval_ns;              /* how wide; the last one may be narrower by some ns */
    size_t interval_count;
    struct interval *intervals; /* owned */
    uint64_t offered;           /* arrivals due in the window */
    uint64_t sent, completed;   /* whole answers, right or wrong */
    /* Of the completed: those for which the kernel did not tell when they came. */
    uint64_t unstamped;
    uint64_t censored; /* unfinished when the draining ended: counted with the age they had */
    uint64_t dropped;  /* the backlog was full */
    uint64_t failed;   /* ended by a fault instead of an answer */
    uint64_t statuses[STATUS_CLASSES];
    uint64_t faults[FAULT_KINDS];
    char first_fault[200]; /* in words; "" if none */
    uint64_t looked_at;    /* bodies on the sample */
    uint64_t connects;     /* connections made within the window */
    uint64_t reconnects;   /* of them, those made because the server had ended the one before */
    uint64_t bytes_in, bytes_out;
    int64_t last_done_ns; /* when the last answer that is counted was whole; 0: none was */
    int64_t last_byte_ns; /* from the server, to whichever request; 0: none came */
    int64_t gone_ns; /* since when no connection stood any more, nor could be made; 0: it could */
    uint64_t backlog_most; /* longest it was */
    /* Waiting for a connection when the window opened and closed. */
    uint64_t backlog_start, backlog_end;
    bool has_caught_up; /* a request of the window found a connection free */
    /* Of connections that were busy while others waited for one: how long
     * their requests were with the server, and how long their answers then
     * lay until the generator took them. Those of the warm-up are in it. */
    int64_t served_ns, untaken_ns;
    struct record_warmup warmup;
    /* private */
    int64_t part_ns;
    double parts_per_ns, intervals_per_ns;
    uint64_t *interval_bins; /* of each interval, one after the other; owned */
    struct tally ages;       /* of the censored ones */
};

/* What a gap of the generator made of a request, by when it was due (audit.h). */
enum disturbance {
    CALM,
    DISTURBED,
    SETTLING /* just after those: it counts, and shows whether they were all */
};

struct times {
    int64_t intended_ns, seen_idle_ns, sent_ns, done_ns; /* seen_idle may be before intended */
};
/* When it could have been sent. */
static inline int64_t times_ready_ns(const struct times *times)
{
    return times->seen_idle_ns > times->intended_ns ? times->seen_idle_ns : times->intended_ns;
}

/* expected_requests of the window, for the intervals' width. A
 * window lasts at most UNITS_DURATION_MOST. */
void record_open(struct record *record, int64_t start_ns, int64_t window_ns,
                 double expected_requests);
/* Was it due in the window? */
bool record_covers(const struct record *record, int64_t intended_ns);
/* A whole answer; counts as completed, and keeps last_done_ns. Times that contradict one another
 * are a bug, and asserted: sent is not before intended and seen_idle, done not before sent. */
void record_answer(struct record *record, const struct times *times, enum disturbance disturbance);
/* Neither lost nor finished: at least `age_ns` old. It counts
 * as a response of that age, and as censored. */
void record_censored(struct record *record, int64_t intended_ns, int64_t age_ns);
/* Counts in faults. The first one's words are kept, on one line. */
void record_fault(struct record *record, enum fault fault, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The same of requests of the warm-up. */
void record_warmup_answer(struct record *record, bool is_in_window, int64_t done_ns);
void record_warmup_fault(struct record *record, const char *words);
void record_close(struct record *record); /* fills the intervals' percentiles */
/* Of the requests of these records that were answered or are unfinished, the share that was
 * disturbed, and so is left out of the latencies; 0 where there are none. */
double record_left_out_share(const struct record *const *records, size_t count);
/* While others wait for a connection: one was asked, had its answer, which was then taken. */
void record_holder(struct record *record, int64_t asked_ns, int64_t done_ns, int64_t taken_ns);
/* Of the time for which connections were busy while others waited for one, the share for which the
 * generator held them, because it had not taken the answer yet; 0 where nobody waited. */
double record_untaken_share(const struct record *record);
void record_release(struct record *record);

/* A percentile may be published when n(1 - p) >= RECORD_SUPPORT. Its interval is that of the median
 * of the parts' own percentiles, by order statistics (analyse/stats), and reaches to the value
 * where a few parts alone made it. */
enum { RECORD_SUPPORT = 100 };
struct percentile {
    double p; /* 0.99, strictly between 0 and 1 */
    uint64_t n;
    bool is_supported;
    uint64_t value_ns;        /* of all; 0 unless supported */
    bool has_interval;        /* each part holds at least a tenth of RECORD_SUPPORT beyond it */
    uint64_t low_ns, high_ns; /* 0 without interval */
    bool is_bound;            /* unfinished ones might move it up: at least this much */
};
void record_percentile(const struct record *record, double p, struct percentile *percentile);

#endif
