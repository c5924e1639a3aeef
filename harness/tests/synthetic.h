/*
 * Results made up in code, for the tests of what reads results. The figures are plausible and the
 * same on every machine: a made-up 2-core host, epoll at 4.6 us per request, everything else as a
 * ratio of it.
 */
#ifndef TESTS_SYNTHETIC_H
#define TESTS_SYNTHETIC_H

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "data/result.h"

struct synthetic {
    struct result result;
    uint64_t seed;
    uint32_t number; /* of the last measurement */
};

static inline double synthetic_noise(struct synthetic *s)
{
    s->seed ^= s->seed >> 12;
    s->seed ^= s->seed << 25;
    s->seed ^= s->seed >> 27;
    return (double)((s->seed * 2685821657736338717u) >> 11) / 9007199254740992.0 * 2 - 1;
}

static inline void synthetic_init(struct synthetic *s, unsigned blocks)
{
    struct result *r = &s->result;
    *s = (struct synthetic){.seed = 20250607};
    result_init(r);
    r->suite_version = xstrdup("0.1.0");
    r->revision = xstrdup("3f2c9d1");
    r->started_utc = xstrdup("2025-06-07T08:09:10Z");
    r->finished_utc = xstrdup("2025-06-07T08:14:31Z");
    r->host_name = xstrdup("bench-host");
    r->host_fingerprint = xstrdup("5c0ffee5");
    r->server_cpus = xstrdup("1");
    r->load_cpus = xstrdup("0");
    r->generator = xstrdup("wrk 4.1.0");
    r->seed = 42;
    r->experiment.name = xstrdup("bench");
    r->experiment.summary = xstrdup("cost and throughput of every model");
    r->experiment.reference = xstrdup("epoll");
    r->experiment.workers = 1;
    r->experiment.connections_per_worker = 64;
    r->experiment.paired.blocks = blocks;
    r->experiment.paired.window_s = 2;
    r->experiment.solo.blocks = 3;
    strings_add(&r->experiment.self_check, "plaintext");
    strings_add(&r->experiment.ceilings, "plaintext");
}

static inline void synthetic_fact(struct synthetic *s, const char *key, const char *value)
{
    struct result *r = &s->result;
    r->facts = xreallocarray(r->facts, r->fact_count + 1, sizeof *r->facts);
    r->facts[r->fact_count++] =
        (struct fact){.key = xstrdup(key), .value = value ? xstrdup(value) : NULL};
}

/* id "epoll'" is the self-check's copy of epoll; names that start with "ceiling" are roofs. */
static inline size_t synthetic_arm(struct synthetic *s, const char *id)
{
    struct result *r = &s->result;
    char name[64], line[256];
    snprintf(name, sizeof name, "%s", id);
    bool copy = strlen(id) > 0 && id[strlen(id) - 1] == '\'';
    if (copy)
        name[strlen(name) - 1] = '\0';
    r->arms = xreallocarray(r->arms, r->arm_count + 1, sizeof *r->arms);
    struct arm *arm = &r->arms[r->arm_count];
    *arm = (struct arm){.id = xstrdup(id), .workers = 1, .self_check = copy};
    snprintf(line, sizeof line, "server-%.200s", name);
    server_info_init(&arm->server, name, line);
    arm->server.described = true;
    arm->server.ceiling = strncmp(name, "ceiling", 7) == 0;
    bool uring = strcmp(name, "uring") == 0 || strcmp(name, "ceiling-uring") == 0;
    arm->server.model = xstrdup(arm->server.ceiling ? "ceiling" : name);
    arm->server.variant = xstrdup(!arm->server.ceiling ? "default" : uring ? "uring" : "epoll");
    if (uring)
        strings_add(&arm->server.libraries, "liburing 2.3");
    strings_add(&arm->argv, line);
    strings_add(&arm->argv, "--workers");
    strings_add(&arm->argv, "1");
    arm->cpus = xstrdup("1");
    arm->sha256 = xstrdup("9b74c9897bac770ffc029102a200c5de9b74c9897bac770ffc029102a200c5de");
    return r->arm_count++;
}

static inline size_t synthetic_workload(struct synthetic *s, const char *name, const char *summary)
{
    struct result *r = &s->result;
    r->workloads = xreallocarray(r->workloads, r->workload_count + 1, sizeof *r->workloads);
    struct result_workload *w = &r->workloads[r->workload_count];
    *w = (struct result_workload){0};
    w->workload.name = xstrdup(name);
    w->workload.path = text_format("workloads/%s.lua", name);
    w->workload.summary = xstrdup(summary);
    w->workload.isolates = xstrdup("accept, read, parse, write");
    w->workload.route = xstrdup(name);
    w->workload.expect_status = 200;
    w->requests_hash = xstrdup("feedbeef");
    return r->workload_count++;
}

static inline struct round synthetic_round(struct synthetic *s, size_t arm, size_t workload,
                                           uint32_t block, double cost_ns)
{
    struct round round;
    round_init(&round);
    round.number = s->number;
    round.arm = (uint32_t)arm;
    round.workload = (uint32_t)workload;
    round.block = block;
    round.with = -1;
    round.connections = 64;
    round.threads = 1;
    round.window_s = 2;
    round.warmup_s = 1;
    strcpy(round.started_utc, "2025-06-07T08:09:11Z");
    round.duration_ns = 2050000000;
    double rps = 0.84e9 / cost_ns;
    round.requests_count = (int64_t)(rps * 2.05);
    round.cpu_server_ns = (int64_t)(cost_ns * (double)round.requests_count);
    return round;
}

/* One pair: subject at ratio times the reference, both as noisy as the machine. */
static inline void synthetic_pair(struct synthetic *s, size_t subject, size_t reference,
                                  size_t workload, uint32_t block, double ratio, double noise)
{
    double base = 4600 * (1 + 0.06 * synthetic_noise(s));
    s->number++;
    struct round a = synthetic_round(s, subject, workload, block,
                                     base * ratio * (1 + noise * synthetic_noise(s)));
    struct round b = synthetic_round(s, reference, workload, block, base);
    a.role = ROLE_SUBJECT;
    a.with = (int32_t)reference;
    b.role = ROLE_REFERENCE;
    b.with = (int32_t)subject;
    result_add_round(&s->result, &a);
    result_add_round(&s->result, &b);
}

static inline void synthetic_series(struct synthetic *s, struct round *round, double start,
                                    double peak)
{
    enum { SAMPLES = 20 };
    struct series *series = &round->series;
    series->count = SAMPLES;
    series->t_ns = xcalloc(SAMPLES, sizeof *series->t_ns);
    series->rss_bytes = xcalloc(SAMPLES, sizeof *series->rss_bytes);
    series->cpu_server_ns = xcalloc(SAMPLES, sizeof *series->cpu_server_ns);
    series->octets_in = xcalloc(SAMPLES, sizeof *series->octets_in);
    for (int i = 0; i < SAMPLES; i++) {
        double grown = start + (peak - start) * (1 - exp(-i / 3.0));
        series->t_ns[i] = (int64_t)fmax(0, i * 102e6 + 2e6 * synthetic_noise(s));
        series->rss_bytes[i] = (int64_t)(grown / 4096) * 4096;
        series->cpu_server_ns[i] = (int64_t)(i * 84e6);
        series->octets_in[i] = i * 1000000;
    }
    round->memory = (struct memory){
        .rss_bytes = series->rss_bytes[SAMPLES - 1],
        .pss_bytes = (int64_t)(0.7 * peak),
        .uss_bytes = (int64_t)(0.6 * peak),
        .anon_bytes = (int64_t)(0.5 * peak),
        .rss_start_bytes = series->rss_bytes[0],
        .rss_peak_bytes = (int64_t)(peak / 4096) * 4096 + 8192,
    };
}

/* A solo round with everything a real one has. Returned so that a test can spoil it. */
static inline struct round *synthetic_solo(struct synthetic *s, size_t arm, size_t workload,
                                           uint32_t block, double cost_ns, double rss_bytes)
{
    s->number++;
    struct round round =
        synthetic_round(s, arm, workload, block, cost_ns * (1 + 0.05 * synthetic_noise(s)));
    double response_ns = 64e9 * 2.05 / (double)round.requests_count;
    round.role = ROLE_SOLO;
    for (int i = 0; i < 200; i++)
        histogram_add(&round.response, (uint64_t)(response_ns * (0.8 + i * i / 40000.0)),
                      (uint64_t)round.requests_count / 200);
    round.corrected = true;
    synthetic_series(s, &round, 0.94 * rss_bytes, rss_bytes);
    return result_add_round(&s->result, &round);
}

/* What `bench` gives on a small machine: four workloads, two of them ranked, wrk at its limit on
 * most. */
static inline void synthetic_bench(struct synthetic *s, unsigned blocks)
{
    static const struct {
        const char *id;
        double ratio, rss;
    } arms[] = {{"thread", 1.42, 9.6e6}, {"epoll", 1, 3.4e6},           {"uring", .975, 3.9e6},
                {"ceiling", .87, 2.1e6}, {"ceiling-uring", .86, 2.6e6}, {"epoll'", 1.003, 3.4e6}};
    static const char *const workloads[][2] = {
        {"plaintext", "GET /plaintext, answered with a constant"},
        {"json", "GET /json, serialised on each request"},
        {"pipeline", "GET /plaintext, 16 requests at once"},
        {"wait-10ms", "GET /wait/10, answered 10 ms later"},
    };
    enum { ARMS = 6, EPOLL = 1, UNCEILED = 3 };
    synthetic_init(s, blocks);
    for (size_t a = 0; a < ARMS; a++)
        synthetic_arm(s, arms[a].id);
    for (size_t w = 0; w < 4; w++)
        synthetic_workload(s, workloads[w][0], workloads[w][1]);
    for (uint32_t block = 0; block < blocks; block++)
        for (size_t w = 0; w < 2; w++)
            for (size_t a = 0; a < (w == 0 ? ARMS : UNCEILED); a++)
                if (a != EPOLL)
                    synthetic_pair(s, a, EPOLL, w, block, arms[a].ratio, .03);
    for (size_t w = 0; w < 4; w++)
        for (uint32_t block = 0; block < (w < 2 ? 3 : 1); block++)
            for (size_t a = 0; a < (w == 0 ? ARMS - 1 : UNCEILED); a++) {
                double cost = 4600 * arms[a].ratio *
                              (w == 2   ? .25
                               : w == 3 ? 2.4
                                        : 1 + .1 * (double)w);
                struct round *round = synthetic_solo(s, a, w, block, cost, arms[a].rss);
                round->glance = w >= 2;
                if (w == 3)
                    outcome_add(&round->outcome, REASON_LATENCY_BOUND,
                                "64 connections that wait 10 ms allow 6,400 requests/s");
                else if (a != 0)
                    outcome_add(&round->outcome, REASON_GEN_BOUND,
                                "wrk used 99 %% of its CPU, the server 84 %% of its own");
            }
}

#endif
