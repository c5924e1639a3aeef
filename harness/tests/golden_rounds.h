/* The rounds of the golden run (golden_run.h), one of each kind. */
#ifndef TESTS_GOLDEN_ROUNDS_H
#define TESTS_GOLDEN_ROUNDS_H

#include <string.h>

#include "data/result.h"

static inline void set_numbers(struct round *round)
{
    round->requests_count = 100;
    round->duration_ns = 2000000000;
    round->bytes_read = 14700;
    round->cpu_server_ns = 700000;
    round->cpu_server_user_ns = 200000;
    round->cpu_server_window_ns = 650000;
    round->cpu_load_ns = 1990000000;
    round->cpu_load_wall_ns = 2000000000;
    round->run_delay_load_ns = 1000;
    round->foreign_cpu_ns = 0;
    round->steal_ns = 0;
    round->cpu_harness_ns = 90000;
    round->passive_opens = 128;
    round->octets_in = 38000;
    round->errors = (struct errors){0, 0, 0, 0, 0};
    round->memory = (struct memory){.rss_bytes = 2097152,
                                    .pss_bytes = 1048576,
                                    .uss_bytes = MISSING,
                                    .anon_bytes = 1036288,
                                    .rss_start_bytes = 2093056,
                                    .rss_peak_bytes = 2101248,
                                    .idle_anon_bytes = 1032192,
                                    .kernel_start_bytes = 8192,
                                    .kernel_bytes = MISSING};
}

static inline void note_no_upstream(struct round *round)
{
    static const char *const fields[] = {"cpu_upstream_ns", "cpu_upstream_window_ns",
                                         "upstream_opens_count"};

    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        round_note_missing(round, fields[i], "no server stands behind this workload");
}

static inline int64_t *numbers(int64_t first, int64_t second)
{
    int64_t *array = xcalloc(2, sizeof *array);

    array[0] = first;
    array[1] = second;
    return array;
}

/* A whole round: 90 answers after about 1 us, 10 after 5 us. */
static inline void make_round(struct round *round, uint32_t arm, int32_t with, enum round_role role)
{
    round_init(round);
    set_numbers(round);
    round->number = 1;
    round->arm = arm;
    round->with = with;
    round->role = role;
    round->position = 1;
    round->block = 1;
    round->cpus = xstrdup(role == ROLE_SUBJECT ? "2" : "1");
    round->connections = 64;
    round->workers = 1;
    round->threads = 1;
    round->warmup_s = 1;
    round->window_s = 2;
    strcpy(round->started_utc, "2026-01-31T10:15:01Z");
    round->monotonic_ns = 1234567890123;
    histogram_add(&round->response, 1000, 90);
    histogram_add(&round->response, 5000, 10);
    round->corrected = true;
    round->series = (struct series){.count = 2,
                                    .t_ns = numbers(100000000, 200000000),
                                    .rss_bytes = numbers(2093056, MISSING),
                                    .cpu_server_ns = numbers(30000, 65000)};
    note_no_upstream(round);
    round_note_missing(round, "memory.uss_bytes", "smaps_rollup: %s", "Permission denied");
    round_note_missing(round, "series.octets_in", "netstat was not read");
    round_note_missing(round, "memory.kernel_bytes", "meminfo was not read");
    outcome_add(&round->outcome, REASON_GEN_BOUND, "wrk used %d %% of its CPU, the server %d %%",
                99, 33);
}

/* Alone, on the workload that asks another server. */
static inline void make_proxy_round(struct round *round)
{
    round_init(round);
    set_numbers(round);
    round->number = 3;
    round->workload = 2;
    round->cpus = xstrdup("3");
    round->upstream_cpus = xstrdup("2");
    round->cpu_upstream_ns = 400000;
    round->cpu_upstream_window_ns = 380000;
    round->passive_opens = 192;
    round->upstream_opens = 63;
    round->memory.uss_bytes = 1040384;
    round->block = 1;
    round->position = 3;
    round->connections = 64;
    round->threads = 1;
    round->warmup_s = 1;
    round->window_s = 2;
    strcpy(round->started_utc, "2026-01-31T10:15:09Z");
    round->monotonic_ns = 1242567890123;
    histogram_add(&round->response, 2000, 100);
    round->corrected = true;
    round_note_missing(round, "series", "no sample was taken");
}

/* One half of a pair that was asked at a rate. */
static inline void make_paced_round(struct round *round, uint32_t arm, int32_t with,
                                    enum round_role role)
{
    make_round(round, arm, with, role);
    round->number = 4;
    round->position = 4;
    round->load_kind = LOAD_OPEN;
    round->rate_rps = 20000;
    round->load_seed = RESULT_SEED_LIMIT - 2;
    round->connections = 400;
    round->window_s = 3;
    round->corrected = false;
    round->trusted_p = .5;
    round->monotonic_ns = 1245567890123;
    round->cpu_server_user_ns = MISSING;
    round->outcome = (struct outcome){0};
    round_note_missing(round, "cpu_server_user_ns", "the generator reads all CPU time as one");
    strcpy(round->started_utc, "2026-01-31T10:15:12Z");
}

/* As of what is neither a pair nor a closed loop. */
static inline void forget_idle(struct round *round)
{
    round->memory.idle_anon_bytes = MISSING;
    round_note_missing(round, "memory.idle_anon_bytes", "read only of pairs at a rate");
}

/* Alone at a rate, of a latency curve. */
static inline void make_curve_round(struct round *round)
{
    make_paced_round(round, 1, -1, ROLE_SOLO);
    round->number = 5;
    round->position = 0;
    round->cpus[0] = '1';
    round->rate_rps = 1000;
    round->connections = 32;
    round->trusted_p = 1;
    round->curve = true;
    forget_idle(round);
    round->latency = (struct latency_series){
        .count = 2,
        .interval_ns = 1500000000,
        .n = numbers(50, 50),
        .p50_ns = numbers(1000, 1000),
        .p90_ns = numbers(1000, 5003),
        .p99_ns = numbers(5003, 5003),
        .max_ns = numbers(MISSING, MISSING),
    };
    round->monotonic_ns = 1250567890123;
    strcpy(round->started_utc, "2026-01-31T10:15:17Z");
}

/* Another server's trial of a rate, which it could not keep. */
static inline void make_trial_round(struct round *round)
{
    make_paced_round(round, 0, -1, ROLE_SOLO);
    round->number = 6;
    round->position = 1;
    round->cpus[0] = '1';
    round->rate_rps = 2000;
    round->connections = 40;
    round->trusted_p = 1;
    forget_idle(round);
    round->trial = (struct slo_count){.slo = {.99, 5000000},
                                      .confirms = true,
                                      .n_count = 6000,
                                      .missed_count = MISSING,
                                      .disturbed_count = 40,
                                      .disturbed_missed_count = 3};
    outcome_add(&round->outcome, REASON_OVERLOADED, "more was asked than it answers");
    round->monotonic_ns = 1255567890123;
    strcpy(round->started_utc, "2026-01-31T10:15:22Z");
}

/* A mark whose parts are of one size, but for those that were not read. */
static inline void put_mark(struct phase_marks *marks, int64_t at_ns, int64_t bytes)
{
    struct phase_mark *mark = &marks->items[marks->count++];

    *mark = (struct phase_mark){
        .at_ns = at_ns,
        .rss_bytes = bytes,
        .pss_bytes = bytes - 4096,
        .uss_bytes = bytes - 8192,
        .peak_bytes = bytes + 4096,
        .page_tables_bytes = 49152,
        .rings_bytes = 0,
        .descriptors = 12,
        .threads = 1,
        .kernel_stacks_bytes = 1064960,
        .kernel_page_tables_bytes = 2097152,
        .kernel_slab_bytes = 16777216,
        .kernel_sockets_bytes = 0,
        .cgroup_bytes = MISSING,
        .cgroup_kernel_bytes = MISSING,
    };
}

/* Alone, through phases, once more because its memory grew. */
static inline void make_phased_round(struct round *round)
{
    make_paced_round(round, 1, -1, ROLE_SOLO);
    round->number = 7;
    round->position = 0;
    round->cpus[0] = '1';
    round->rate_rps = 1000;
    round->connections = 40;
    round->trusted_p = 1;
    round->window_s = 9;
    round->phases = (struct phases){{{PHASE_IDLE, 1, 0, 0},
                                     {PHASE_LOAD, 4, 1000, 0},
                                     {PHASE_BURST, 1, 2000, 0},
                                     {PHASE_CLOSE, 3, 0, 0}},
                                    4};
    round->confirms_growth = true;
    forget_idle(round);
    series_release(&round->series);
    round_note_missing(round, "series", "of a window of phases there is a course");
    round->course = (struct course){
        .count = 2,
        .interval_ns = 4500000000,
        .rss_low_bytes = numbers(2097152, 2101248),
        .rss_high_bytes = numbers(2101248, 2105344),
        .cpu_server_ns = numbers(400000, MISSING),
        .descriptors = numbers(12, 52),
    };
    round_note_missing(round, "course.cpu_server_ns", "a process ended");
    round_note_missing(round, "course.threads_count", "stat was not read");
    round->phase_marks = xcalloc(1, sizeof *round->phase_marks);
    put_mark(round->phase_marks, 0, 2097152);
    put_mark(round->phase_marks, 1000000000, 2101248);
    round_note_missing(round, "phase_marks.cgroup_bytes", "it is not alone in its group");
    round_note_missing(round, "phase_marks.cgroup_kernel_bytes", "it is not alone in its group");
    round->latency = (struct latency_series){
        .count = 2,
        .interval_ns = 4500000000,
        .n = numbers(60, 40),
        .p50_ns = numbers(1000, 1000),
        .p90_ns = numbers(1000, 5003),
        .p99_ns = numbers(5003, 5003),
        .max_ns = numbers(5003, 5003),
    };
    round->monotonic_ns = 1260567890123;
    strcpy(round->started_utc, "2026-01-31T10:15:27Z");
}

/* Nothing could be measured: all is null for one reason. */
static inline void make_failed_round(struct round *round)
{
    round_init(round);
    round->number = 2;
    round->attempt = 1;
    round->arm = 1;
    round->cpus = xstrdup("1");
    round->glance = true;
    round->block = 1;
    round->position = 2;
    round->scale = true;
    round->connections = 64;
    round->idle_connections = 10000;
    round->workers = 2;
    round->threads = 1;
    round->warmup_s = 1;
    round->window_s = 2;
    strcpy(round->started_utc, "2026-01-31T10:15:06Z");
    round->monotonic_ns = 1239567890123;
    outcome_add(&round->outcome, REASON_FAILED_START, "no ready line within 5 s");
}

#endif
