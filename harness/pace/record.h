/*
 * What came of the requests to one server. All memory is had before the window opens and none after it; recording one
 * request is a handful of additions. Times are CLOCK_MONOTONIC nanoseconds.
 *
 * Each response time splits exactly into three: with the intended time i, the moment c at which the generator saw a
 * connection idle for it, the sending s and the last byte d,
 *     wait Q = max(0, c - i)     for a connection: the server's, which still held them all
 *     lateness L = s - max(i, c) the generator's own
 *     service S = d - s
 *     response R = d - i = Q + L + S.
 */
#ifndef PACE_RECORD_H
#define PACE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "data/histogram.h"

/* A histogram of HISTOGRAM_INDEXES counters, as fast as an addition. */
struct tally {
    uint64_t *counts; /* owned */
    uint64_t total;
    uint64_t max; /* exact */
    double sum;   /* exact to a double */
};
void tally_open(struct tally *tally);
void tally_release(struct tally *tally);
void tally_add(struct tally *tally, uint64_t value_ns);
uint64_t tally_quantile_ns(const struct tally *tally,
                           double q); /* HdrHistogram's convention; 0 when empty */
uint64_t tally_above(const struct tally *tally,
                     uint64_t value_ns);         /* how many are in bins wholly above value's */
double tally_mean_ns(const struct tally *tally); /* 0 when empty */
void tally_histogram(const struct tally *tally, struct histogram *histogram); /* initialised here */

enum {
    RECORD_PARTS =
        12, /* equal parts of the window by intended time: percentiles' intervals come from them */
    RECORD_INTERVALS = 600,          /* of the series, at most */
    RECORD_INTERVAL_MS = 100,        /* at least, */
    RECORD_INTERVAL_REQUESTS = 1000, /* and wide enough for so many, on average */
    STATUS_CLASSES = 6,              /* [2]: 2xx */
};

struct interval {
    uint64_t n, censored;
    uint64_t p50_ns, p90_ns, p99_ns, max_ns; /* to 1 part in 32; valid after record_close */
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

struct record {
    int64_t start_ns, window_ns;
    struct tally response, wait, lateness, service;
    struct tally timely; /* R - L = Q + S: what the response would have been, had the generator sent on time */
    struct tally
        parts[RECORD_PARTS]; /* of the response; small ones share their arithmetic with tally */
    int64_t interval_ns;
    size_t interval_count;
    struct interval *intervals; /* owned */
    void *interval_tallies;     /* private */
    uint64_t offered;           /* arrivals due in the window */
    uint64_t sent, completed;   /* whole answers, right or wrong */
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
    int64_t last_done_ns;  /* when the last answer was whole; 0: none was */
    uint64_t backlog_most; /* longest it was */
    uint64_t backlog_start,
        backlog_end; /* waiting for a connection when the window opened and closed */
};

struct times {
    int64_t intended_ns, seen_idle_ns, sent_ns, done_ns; /* seen_idle may be before intended */
};

/* expected_requests of the window, for the intervals' width. */
void record_open(struct record *record, int64_t start_ns, int64_t window_ns,
                 double expected_requests);
void record_answer(struct record *record, const struct times *times);
/* Neither lost nor finished: at least `age_ns` old. It counts as a response of that age (in timely, too), and as
 * censored. */
void record_censored(struct record *record, int64_t intended_ns, int64_t age_ns);
/* The first one's words are kept. */
void record_fault(struct record *record, enum fault fault, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void record_close(struct record *record); /* fills the intervals' percentiles */
void record_release(struct record *record);

/* A percentile may be published when n(1 - p) >= RECORD_SUPPORT; then with the interval that the parts give. */
enum { RECORD_SUPPORT = 100 };
struct percentile {
    double p; /* 0.99 */
    uint64_t n;
    bool is_supported;
    uint64_t value_ns;        /* of all; 0 unless supported */
    bool has_interval;        /* each part holds at least a tenth of RECORD_SUPPORT above it */
    uint64_t low_ns, high_ns; /* order statistics of the parts' percentiles (analyse/stats) */
    bool is_bound;            /* censored ones reach into it: at least this much */
};
void record_percentile(const struct record *record, double p, struct percentile *percentile);

#endif
