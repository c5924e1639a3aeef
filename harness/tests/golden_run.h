/*
 * The golden run of results/golden, made by the code: what the tests of writing and reading a
 * result share. Each test has a folder of its own below /tmp.
 */
#ifndef TESTS_GOLDEN_RUN_H
#define TESTS_GOLDEN_RUN_H

#include <unistd.h>

#include "golden_rounds.h"
#include "own_folder.h"
#include "tree_file.h"

#include "data/journal.h"
#include "data/result_json.h"

#define GOLDEN_SHA256 "8f434346648f6b96df89dda901c5176b10a6d83961dd3c1ac88b59b2dc327aa4"

/* The golden run: small enough to check by hand, with something in every field. */

static inline void describe_arm(struct arm *arm, const char *model, const char *sha256)
{
    server_info_init(&arm->server, arm->id, "build/bin/server");
    arm->server.model = xstrdup(model);
    arm->server.summary = xstrdup("a server of the golden run");
    arm->server.language = xstrdup("C");
    arm->server.workers_meaning = xstrdup("event loops");
    strings_split(&arm->server.routes, "plaintext json");
    arm->server.described = arm->server.own_core = arm->server.own_app = true;
    strings_split(&arm->argv, "build/bin/server --port 0 --workers 1");
    arm->workers = 1;
    arm->cpus = xstrdup("1");
    arm->sha256 = xstrdup(sha256);
}

static inline void add_arms(struct result *result)
{
    describe_arm(result_add_arm(result, "epoll"), "event loop", "e90011");
    describe_arm(result_add_arm(result, "thread"), "thread per connection", "7ead");
    describe_arm(result_add_arm(result, "uring"), "completion loop", "0717");
    strings_add(&result->arms[1].server.differs, "no event loop: \"blocking\" reads");
    strings_add(&result->arms[2].server.libraries, "liburing 2.3");
    result->arms[2].server.homepage = xstrdup("https://example.org/");
    result->arms[2].server.program = xstrdup("/usr/sbin/uring");
    result->arms[1].server.variant = xstrdup("small stacks");
}

static inline void add_workload(struct result *result)
{
    struct result_workload *item = result_add_workload(result);

    item->workload = (struct workload){
        .name = xstrdup("plaintext"),
        .path = xstrdup("workloads/plaintext.lua"),
        .summary = xstrdup("GET /plaintext"),
        .isolates = xstrdup("what every request costs"),
        .route = xstrdup("plaintext"),
        .class = WORKLOAD_PLAIN,
        .expect_status = 200,
        .expect_type = xstrdup("text/plain"),
        .expect_body = xstrdup("Hello, World!"),
    };
    item->requests_hash = xstrdup("4e9");
}

/* Of one whose body is known by its hash alone. */
static inline void add_large_workload(struct result *result)
{
    struct result_workload *item = result_add_workload(result);

    item->workload = (struct workload){
        .name = xstrdup("large"),
        .route = xstrdup("bytes"),
        .class = WORKLOAD_PLAIN,
        .expect_status = 200,
        .expect_sha256 = xstrdup(GOLDEN_SHA256),
    };
}

/* Of one that asks another server. */
static inline void add_proxy_workload(struct result *result)
{
    struct result_workload *item = result_add_workload(result);

    item->workload = (struct workload){
        .name = xstrdup("proxy"),
        .route = xstrdup("proxy"),
        .class = WORKLOAD_WAITING,
        .upstream = xstrdup("epoll"),
        .expect_status = 200,
    };
    item->upstream_path = xstrdup("build/bin/server-epoll");
    item->upstream_sha256 = xstrdup("e90011");
}

static inline void set_experiment(struct experiment *experiment)
{
    *experiment = (struct experiment){
        .name = xstrdup("quick"),
        .path = xstrdup("harness/experiments/quick.ini"),
        .summary = xstrdup("plaintext once"),
        .reference = xstrdup("epoll"),
        .workers = 1,
        .connections_per_worker = 64,
        .paired = {.blocks = 1, .warmup_s = 1, .window_s = 2},
        .solo = {.blocks = 1, .warmup_s = 1, .window_s = 2},
        .glance = {.blocks = 1, .warmup_s = 1, .window_s = 2},
    };
    experiment->scale = (struct scale_set){
        .set = {.blocks = 6, .warmup_s = 1, .window_s = 2},
        .curve_blocks = 2,
        .connections = {{64, 4096}, 2},
        .base = 64,
        .idle = 10000,
        .workers = {{1}, 1},
        .max_connections = 12000,
    };
    experiment->curve = (struct curve_set){.set = {.blocks = 6, .warmup_s = 1, .window_s = 3},
                                           .rates = {{1000, 2000}, 2},
                                           .skipped = 1};
    experiment->slo = (struct slo_set){
        .set = {.blocks = 3, .warmup_s = 1, .window_s = 10},
        .slos = {{.99, 5000000}, {.999, 20000000}},
        .slo_count = 2,
    };
    experiment->phases = (struct phase_set){
        .set = {.blocks = 2, .warmup_s = 1, .window_s = 6},
        .phases = {{{PHASE_IDLE, 1, 0, 0},
                    {PHASE_LOAD, 1, 0, 1},
                    {PHASE_BURST, 1, 2000, 0},
                    {PHASE_CLOSE, 3, 0, 0}},
                   4},
        .rate_rps = 1000,
        .soak = true,
    };
    strings_add(&experiment->phases.set.workloads, "plaintext");
    strings_add(&experiment->curve.set.workloads, "plaintext");
    strings_add(&experiment->slo.set.workloads, "plaintext");
    experiment->paced = (struct paced_set){.set = {.blocks = 1, .warmup_s = 1, .window_s = 3}};
    strings_add(&experiment->paced.set.workloads, "plaintext");
    strings_add(&experiment->scale.set.workloads, "plaintext");
    strings_add(&experiment->paired.workloads, "plaintext");
    strings_add(&experiment->ceilings, "plaintext");
}

static inline void make_header(struct result *result)
{
    result_init(result);
    result->suite_version = xstrdup("0.1.0");
    result->revision = xstrdup("abc1234-dirty");
    result->started_utc = xstrdup("2026-01-31T10:15:00Z");
    result->host_name = xstrdup("golden");
    result->host_fingerprint = xstrdup("f1");
    result_add_fact(result, "cpu_model",
                    "A CPU \xc2\xb5"
                    "arch");
    result_add_fact(result, "governor", NULL);
    set_experiment(&result->experiment);
    result->seed = RESULT_SEED_LIMIT - 1;
    result->server_cpus = xstrdup("1");
    result->load_cpus = xstrdup("0");
    result->generator = xstrdup("wrk 4.1.0");
    strings_add(&result->notes, "the reference epoll was added");
    strings_add(&result->warnings, "governor: could not be read");
    add_arms(result);
    add_workload(result);
    add_large_workload(result);
    add_proxy_workload(result);
}

static inline void exclude_uring(struct result *result)
{
    struct arm *arm = &result->arms[2];

    arm->excluded = xstrdup("io_uring_setup: EPERM");
    strings_add(&arm->differences, "HEAD / answers with a body");
    strings_add(&arm->server.diverges, "chunked-size-bare-lf its library takes it");
    arm->divergences = 1;
    strings_add(&arm->skipped_workloads, "plaintext");
    strings_add(&arm->skipped_reasons, "its route plaintext is answered wrongly");
    arm->failed_workload = true;
}

/* One arm was counted, and the other could not be. */
static inline void add_counts(struct result *result)
{
    struct result_count *count = result_add_count(result, 1, 0);
    count->tool = xstrdup("valgrind-3.19.0");
    count->instructions = 1234.5;
    result_count_add_function(count, "parse_head", 1000.25);
    result_count_add_function(count, "write_head", 234.125);
    count = result_add_count(result, 0, 0);
    count->missing = xstrdup("valgrind is not installed");
}

/* Writes the run up to its end, which journal_close is; -1 with the sentence in *error. */
static inline int write_rounds(struct journal *journal, struct result *result, char **error)
{
    struct round rounds[2], failed, proxied, paced[2], alone[3];

    exclude_uring(result);
    make_round(&rounds[0], 1, 0, ROLE_SUBJECT);
    make_round(&rounds[1], 0, 1, ROLE_REFERENCE);
    make_failed_round(&failed);
    make_proxy_round(&proxied);
    make_paced_round(&paced[0], 1, 0, ROLE_SUBJECT);
    make_paced_round(&paced[1], 0, 1, ROLE_REFERENCE);
    make_curve_round(&alone[0]);
    make_trial_round(&alone[1]);
    make_phased_round(&alone[2]);
    int status = journal_arm(journal, &result->arms[2], error);
    if (status == 0)
        status = journal_add(journal, result, rounds, 2, error);
    if (status == 0)
        status = journal_add(journal, result, &failed, 1, error);
    if (status == 0)
        status = journal_add(journal, result, &proxied, 1, error);
    if (status == 0)
        status = journal_add(journal, result, paced, 2, error);
    for (unsigned i = 0; i < 3 && status == 0; i++)
        status = journal_add(journal, result, &alone[i], 1, error);
    add_counts(result);
    for (size_t i = 0; i < result->count_count && status == 0; i++)
        status = journal_count(journal, result, &result->counts[i], error);
    result_add_round(result, &rounds[0]);
    result_add_round(result, &rounds[1]);
    result_add_round(result, &failed);
    result_add_round(result, &proxied);
    result_add_round(result, &paced[0]);
    result_add_round(result, &paced[1]);
    for (unsigned i = 0; i < 3; i++)
        result_add_round(result, &alone[i]);
    return status;
}

/* The whole golden run below parent; the caller frees the folder's name. */
static inline char *write_run(const char *parent)
{
    struct journal journal;
    struct result result;
    char *error = NULL;

    make_header(&result);
    if (journal_open(&journal, parent, &result, &error) || write_rounds(&journal, &result, &error))
        fail_msg("%s", error);
    result.finished_utc = xstrdup("2026-01-31T10:15:37Z");
    if (journal_close(&journal, &result, &error))
        fail_msg("%s", error);
    char *directory = xstrdup(result.directory);
    result_release(&result);
    return directory;
}

static inline char *rounds_of(const char *directory)
{
    return text_format("%s/rounds.jsonl", directory);
}

/* All of a result as one text, to compare. */
static inline char *dump(const struct result *result)
{
    json_t *whole = result_whole_json(result);
    char *text = json_dumps(whole, RESULT_JSON_FORM);

    json_decref(whole);
    return text;
}

/* Loads path and dumps it; fails the test if it cannot. */
static inline char *load_and_dump(const char *path)
{
    struct result result;
    char *error = NULL;

    if (result_load(&result, path, &error))
        fail_msg("%s", error);
    char *text = dump(&result);
    result_release(&result);
    return text;
}

#endif
