/*
 * The closed-loop generator: one wrk process driving one server with a workload's own script,
 * through a wrapper that changes nothing but the Host field (so that the bytes sent are the same
 * for every port) and emits the run's data as JSON from done(). wrk's back-filled response times
 * are undone here (docs/method.md); any stderr, a range too wide or counts that do not add up make
 * them null with the reason.
 */
#ifndef MEASURE_LOAD_H
#define MEASURE_LOAD_H

#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "data/histogram.h"
#include "data/result.h"

struct load_options {
    const char *wrk;     /* path of the program: "wrk", or a fake one in tests */
    const char *wrapper; /* paths.lua/wrk_wrapper.lua */
    const char *script;  /* workload.path */
    const char *address;
    uint16_t port;
    unsigned connections, threads, duration_s; /* threads divide connections */
    const cpu_set_t *cpus;
    /* Requests that one script request holds; above 1 there is no response time. */
    unsigned pipeline;
};

struct load {
    pid_t pid;
    int out_fd, err_fd, data_fd; /* wrk's own text (-1: none), its stderr, the wrapper's JSON */
    int64_t started_ns;
    bool ended, reaped; /* between the two its pid is still its own: see process_ended */
    int exit_status;
    char *data, *err;
    size_t data_len, err_len;
};

struct load_data {
    int64_t requests_count, bytes_read, duration_ns;
    struct errors errors;
    struct histogram response; /* empty: see why_no_response */
    char why_no_response[160];
};

int load_start(struct load *load, const struct load_options *options, char *error, size_t size);
/* Reads what is there; true once it has ended. */
bool load_poll(struct load *load);
/* Has it measured, and now only lists its response times? That may take it seconds more. */
bool load_reported(const struct load *load);
/* As Ctrl-C would: it ends soon, and tells what it has measured. */
void load_interrupt(const struct load *load);
void load_kill(struct load *load); /* and its tree; reaps */
/* After it ended: the run's numbers. -1 with a sentence if wrk failed, wrote to stderr, or its data
 * is not whole. */
int load_data(const struct load *load, const struct load_options *options, struct load_data *data,
              char *error, size_t size);
void load_release(struct load *load);

/* The inversion of wrk's stats_correct, pure: counts[i] is the corrected histogram over values
 * 0..n-1 in us, expected is floor(duration_us / floor(requests/connections)); raw counts are
 * written in place. False if a raw count would be negative. */
bool load_uncorrect(int64_t *counts, size_t n, int64_t expected_us);

/* The bytes one connection sends first under this workload, as wrk really sends them: a listener of
 * our own takes them from a short-lived wrk. The caller frees *bytes. */
int load_capture(const struct load_options *options, char **bytes, size_t *len, char *error,
                 size_t size);

#endif
