/*
 * A result written, read, torn, broken and written to a full disk. The run it writes is the golden
 * one of results/golden, byte for byte; `test_result write FOLDER` writes it anew after a change of
 * the schema.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "data/journal.h"
#include "data/result_json.h"

static char folder[64];

static int make_folder(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/backbench-result-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    char *command = text_format("rm -r '%s'", folder);
    int status = system(command);

    free(command);
    return status;
}

static char *read_file(const char *path)
{
    FILE *file = fopen(path, "r");
    char *text = NULL;
    size_t size = 0;

    if (!file)
        return NULL;
    ssize_t len = getdelim(&text, &size, '\0', file);
    fclose(file);
    if (len >= 0)
        return text;
    free(text);
    return NULL;
}

static void write_file(const char *path, const char *text, size_t len)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

/* The golden run: small enough to check by hand, with something in every field. */

static void describe_arm(struct arm *arm, const char *model, const char *sha256)
{
    server_info_init(&arm->server, arm->id, "build/bin/server");
    arm->server.model = xstrdup(model);
    arm->server.summary = xstrdup("a server of the golden run");
    arm->server.language = xstrdup("C");
    arm->server.workers_meaning = xstrdup("event loops");
    strings_split(&arm->server.routes, "plaintext json");
    arm->server.described = arm->server.own_core = true;
    strings_split(&arm->argv, "build/bin/server --port 0 --workers 1");
    arm->workers = 1;
    arm->cpus = xstrdup("1");
    arm->sha256 = xstrdup(sha256);
}

static void add_arms(struct result *result)
{
    describe_arm(result_add_arm(result, "epoll"), "event loop", "e90011");
    describe_arm(result_add_arm(result, "thread"), "thread per connection", "7ead");
    describe_arm(result_add_arm(result, "uring"), "completion loop", "0717");
    strings_add(&result->arms[1].server.differs, "no event loop: \"blocking\" reads");
    strings_add(&result->arms[2].server.libraries, "liburing 2.3");
    result->arms[1].server.variant = xstrdup("small stacks");
}

static void add_workload(struct result *result)
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

static void set_experiment(struct experiment *experiment)
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
    strings_add(&experiment->paired.workloads, "plaintext");
    strings_add(&experiment->ceilings, "plaintext");
}

static void make_header(struct result *result)
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
}

static void set_numbers(struct round *round)
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
    round->errors = (struct errors){0, 0, 0, 0, 0};
    round->memory = (struct memory){.rss_bytes = 2097152,
                                    .pss_bytes = 1048576,
                                    .uss_bytes = MISSING,
                                    .rss_start_bytes = 2093056,
                                    .rss_peak_bytes = 2101248};
}

static int64_t *numbers(int64_t first, int64_t second)
{
    int64_t *array = xcalloc(2, sizeof *array);

    array[0] = first;
    array[1] = second;
    return array;
}

/* A whole round: 90 answers after about 1 us, 10 after 5 us. */
static void make_round(struct round *round, uint32_t arm, int32_t with, enum round_role role)
{
    round_init(round);
    set_numbers(round);
    round->number = 1;
    round->arm = arm;
    round->with = with;
    round->role = role;
    round->position = 1;
    round->block = 1;
    round->connections = 64;
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
    round_note_missing(round, "memory.uss_bytes", "smaps_rollup: %s", "Permission denied");
    round_note_missing(round, "series.octets_in", "netstat was not read");
    outcome_add(&round->outcome, REASON_GEN_BOUND, "wrk used %d %% of its CPU, the server %d %%",
                99, 33);
}

/* Nothing could be measured: all is null for one reason. */
static void make_failed_round(struct round *round)
{
    round_init(round);
    round->number = 2;
    round->attempt = 1;
    round->arm = 1;
    round->glance = true;
    round->block = 1;
    round->position = 2;
    round->connections = 64;
    round->threads = 1;
    round->warmup_s = 1;
    round->window_s = 2;
    strcpy(round->started_utc, "2026-01-31T10:15:06Z");
    round->monotonic_ns = 1239567890123;
    outcome_add(&round->outcome, REASON_FAILED_START, "no ready line within 5 s");
}

static void exclude_uring(struct result *result)
{
    struct arm *arm = &result->arms[2];

    arm->excluded = xstrdup("io_uring_setup: EPERM");
    strings_add(&arm->differences, "HEAD / answers with a body");
    strings_add(&arm->skipped_workloads, "plaintext");
    strings_add(&arm->skipped_reasons, "its route plaintext is answered wrongly");
    arm->failed_workload = true;
}

/* Writes the run up to its end, which journal_close is; -1 with the sentence in *error. */
static int write_rounds(struct journal *journal, struct result *result, char **error)
{
    struct round rounds[2], failed;

    exclude_uring(result);
    make_round(&rounds[0], 1, 0, ROLE_SUBJECT);
    make_round(&rounds[1], 0, 1, ROLE_REFERENCE);
    make_failed_round(&failed);
    int status = journal_arm(journal, &result->arms[2], error);
    if (status == 0)
        status = journal_add(journal, result, rounds, 2, error);
    if (status == 0)
        status = journal_add(journal, result, &failed, 1, error);
    result_add_round(result, &rounds[0]);
    result_add_round(result, &rounds[1]);
    result_add_round(result, &failed);
    return status;
}

/* The whole golden run below parent; the caller frees the folder's name. */
static char *write_run(const char *parent)
{
    struct journal journal;
    struct result result;
    char *error = NULL;

    make_header(&result);
    if (journal_open(&journal, parent, &result, &error) || write_rounds(&journal, &result, &error))
        fail_msg("%s", error);
    result.finished_utc = xstrdup("2026-01-31T10:15:12Z");
    if (journal_close(&journal, &result, &error))
        fail_msg("%s", error);
    char *directory = xstrdup(result.directory);
    result_release(&result);
    return directory;
}

static char *rounds_of(const char *directory)
{
    return text_format("%s/rounds.jsonl", directory);
}

/* All of a result as one text, to compare. */
static char *dump(const struct result *result)
{
    json_t *whole = result_whole_json(result);
    char *text = json_dumps(whole, JSON_COMPACT);

    json_decref(whole);
    return text;
}

/* Loads path and dumps it; fails the test if it cannot. */
static char *load_and_dump(const char *path)
{
    struct result result;
    char *error = NULL;

    if (result_load(&result, path, &error))
        fail_msg("%s", error);
    char *text = dump(&result);
    result_release(&result);
    return text;
}

static void a_result_comes_back_as_it_was_written(void **state)
{
    (void)state;
    char *directory = write_run(folder);
    char *paths[] = {xstrdup(directory), rounds_of(directory),
                     text_format("%s/result.json", directory)};
    char *written = read_file(paths[2]);

    for (size_t i = 0; i < 3; i++) {
        char *read = load_and_dump(paths[i]);
        assert_string_equal(read, written);
        free(read);
        free(paths[i]);
    }
    free(written);
    free(directory);
}

static void what_is_read_means_what_was_meant(void **state)
{
    (void)state;
    char *directory = write_run(folder), *error = NULL;
    struct result result;

    assert_int_equal(result_load(&result, directory, &error), 0);
    assert_string_equal(result.directory, directory);
    assert_true(result.seed == RESULT_SEED_LIMIT - 1);
    assert_null(result.facts[1].value);
    assert_string_equal(result.facts[0].value, "A CPU \xc2\xb5"
                                               "arch");
    assert_int_equal(result.arm_count, 3);
    assert_string_equal(result.arms[2].excluded, "io_uring_setup: EPERM");
    assert_string_equal(result.arms[2].skipped_workloads.items[0], "plaintext");
    assert_true(result.arms[2].failed_workload && !result.arms[2].excluded_is_failure);
    assert_int_equal(result.round_count, 3);
    const struct round *subject = &result.rounds[0], *failed = &result.rounds[2];
    assert_int_equal(subject->role, ROLE_SUBJECT);
    assert_int_equal(subject->with, 0);
    assert_int_equal(subject->outcome.kind, OUTCOME_CENSORED);
    assert_int_equal(subject->memory.uss_bytes, MISSING);
    assert_int_equal(subject->series.rss_bytes[1], MISSING);
    assert_null(subject->series.octets_in);
    assert_int_equal(subject->response.total, subject->requests_count);
    assert_int_equal(histogram_quantile_ns(&subject->response, .9), 1000);
    assert_string_equal(round_why_missing(subject, "memory.uss_bytes"),
                        "smaps_rollup: Permission denied");
    assert_int_equal(failed->role, ROLE_SOLO);
    assert_int_equal(failed->with, -1);
    assert_int_equal(failed->attempt, 1);
    assert_true(failed->glance);
    assert_int_equal(failed->cpu_server_ns, MISSING);
    assert_string_equal(round_why_missing(failed, "cpu_server_ns"), "no ready line within 5 s");
    result_release(&result);
    free(directory);
}

static void expect_golden(const char *directory, const char *root, const char *name)
{
    char *ours = text_format("%s/%s", directory, name);
    char *golden = text_format("%s/results/golden/%s", root, name);
    char *written = read_file(ours), *expected = read_file(golden);

    assert_non_null(expected);
    assert_string_equal(written, expected);
    free(written);
    free(expected);
    free(ours);
    free(golden);
}

static void the_golden_run_is_what_the_code_writes(void **state)
{
    (void)state;
    struct paths paths;
    char *directory = write_run(folder), *error = NULL;

    assert_int_equal(paths_find(&paths, &error), 0);
    char *root = text_format("%s/..", paths.workloads);
    expect_golden(directory, root, "rounds.jsonl");
    expect_golden(directory, root, "result.json");
    free(root);
    free(directory);
    paths_release(&paths);
}

static void a_folder_is_named_for_time_host_and_experiment(void **state)
{
    (void)state;
    char *first = write_run(folder), *second = write_run(folder);

    assert_string_equal(first + strlen(folder), "/20260131T101500Z-golden-quick");
    assert_string_equal(second + strlen(folder), "/20260131T101500Z-golden-quick-2");
    free(first);
    free(second);
}

static void a_torn_last_line_is_dropped_and_said(void **state)
{
    (void)state;
    char *directory = write_run(folder), *path = rounds_of(directory), *text = read_file(path);
    size_t len = strlen(text), end = len - 1, start = end;

    while (text[start - 1] != '\n')
        start--;
    for (size_t cut = start + 1; cut <= end; cut++) {
        struct result result;
        char *error = NULL;
        write_file(path, text, cut);
        assert_int_equal(result_load(&result, path, &error), 0);
        assert_int_equal(result.round_count, 3);
        assert_null(result.finished_utc);
        assert_int_equal(result.notes.count, 2);
        assert_non_null(strstr(result.notes.items[1], "the last line of rounds.jsonl was torn"));
        result_release(&result);
    }
    free(text);
    free(path);
    free(directory);
}

static void a_run_cut_between_lines_is_whole_but_unfinished(void **state)
{
    (void)state;
    char *directory = write_run(folder), *path = rounds_of(directory), *text = read_file(path);
    size_t rounds[] = {0, 0, 0, 0, 0, 0}, lines = 0;

    for (char *end = text; (end = strchr(end, '\n')); end++, lines++) {
        struct result result;
        char *error = NULL;
        write_file(path, text, (size_t)(end + 1 - text));
        assert_int_equal(result_load(&result, path, &error), 0);
        assert_int_equal(result.notes.count, 1);
        rounds[lines] = result.round_count;
        result_release(&result);
    }
    const size_t expected[] = {0, 0, 1, 2, 3, 3}; /* header, arm, three rounds, end */
    assert_int_equal(lines, 6);
    assert_memory_equal(rounds, expected, sizeof expected);
    free(text);
    free(path);
    free(directory);
}

/* The text with the first occurrence of one string replaced; the caller frees. */
static char *replace(const char *text, const char *from, const char *to)
{
    const char *at = strstr(text, from);

    assert_non_null(at);
    return text_format("%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
}

static void what_is_newer_in_a_minor_way_is_ignored(void **state)
{
    (void)state;
    static const char *const changes[][2] = {
        {"\"minor\":0", "\"minor\":7"},
        {"\"type\":\"header\"", "\"type\":\"header\",\"weather\":{\"rain_mm\":3}"},
        {"{\"type\":\"round\"", "{\"type\":\"picture\"}\n{\"type\":\"round\""},
        {"{\"type\":\"round\"", "{\"type\":\"round\",\"colour\":\"blue\""},
        {"\"reasons\":[",
         "\"reasons\":[{\"code\":\"MOON\",\"kind\":\"NOISY\",\"detail\":\"full\"},"},
        {"\"missing\":{", "\"missing\":{\"colour\":\"not looked at\","},
    };
    char *directory = write_run(folder), *path = rounds_of(directory), *text = read_file(path);
    char *expected = load_and_dump(path);

    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        char *changed = replace(text, changes[i][0], changes[i][1]);
        write_file(path, changed, strlen(changed));
        char *read = load_and_dump(path);
        char *same = i == 0 ? replace(expected, changes[0][0], changes[0][1]) : xstrdup(expected);
        assert_string_equal(read, same);
        free(same);
        free(read);
        free(changed);
    }
    free(expected);
    free(text);
    free(path);
    free(directory);
}

static void what_cannot_be_read_is_said_with_file_and_line(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to, *error;
    } table[] = {
        {"\"major\":1", "\"major\":2",
         "1: header: its schema 2.0 is newer than the 1.0 that this backbench reads: read it with "
         "a "
         "newer backbench"},
        {"\"schema_version\"", "\"version_of_schema\"",
         "1: header: there is no schema_version: this is no result of backbench"},
        {"\"requests_count\":100", "\"requests_count\":\"100\"",
         "3: round 1: requests_count is not a whole number"},
        {"\"duration_ns\":2000000000", "\"duration_ns\":2e9",
         "3: round 1: duration_ns is not a whole number"},
        {"\"block\":1", "\"block\":-1", "3: round 1: block is out of range"},
        {"\"number\":1,", "\"number\":4294967296,", "3: round: number is out of range"},
        {"\"arm\":{\"id\":\"thread\"", "\"arm\":{\"id\":\"nginx\"",
         "3: round 1: arm \"nginx\" is not in the header"},
        {"\"with\":\"epoll\"", "\"with\":\"nginx\"",
         "3: round 1: arm \"nginx\" is not in the header"},
        {"\"role\":\"subject\"", "\"role\":\"object\"", "3: round 1: role \"object\" is unknown"},
        {"\"outcome\":{\"kind\":\"CENSORED\"", "\"outcome\":{\"kind\":\"FINE\"",
         "3: round 1: outcome \"FINE\" is unknown"},
        {"\"layout\":\"hdr_3_digits_1_ns\"", "\"layout\":\"linear\"",
         "3: round 1: hist.layout \"linear\" is not hdr_3_digits_1_ns"},
        {"[1000,90]", "[1000,0]", "3: round 1: hist.bins holds what is no [index, count]"},
        {"[1000,90]", "[99999,90]", "3: round 1: hist.bins holds what is no [index, count]"},
        {"\"t_ns\":[100000000,", "\"t_ns\":[",
         "3: round 1: series.rss_bytes is not as long as series.t_ns"},
        {"\"type\":\"arm\"", "\"kind\":\"arm\"", "2: there is no type"},
        {"{\"type\":\"arm\"", "[\"type\":\"arm\"", "2: no JSON: ']' expected near ':'"},
        {"\"type\":\"end\"", "\"type\":\"end\",\"type\":\"end\"",
         "6: no JSON: duplicate object key near '\"type\"'"},
    };
    char *directory = write_run(folder), *path = rounds_of(directory), *text = read_file(path);

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct result result;
        char *error = NULL, *changed = NULL;
        /* In what follows the header the arms are found by their rounds. */
        const char *rounds = strstr(text, "\n{\"type\":\"round\"");
        bool in_rounds = table[i].error[0] == '3';
        if (in_rounds) {
            char *tail = replace(rounds, table[i].from, table[i].to);
            changed = text_format("%.*s%s", (int)(rounds - text), text, tail);
            free(tail);
        } else {
            changed = replace(text, table[i].from, table[i].to);
        }
        write_file(path, changed, strlen(changed));
        assert_int_equal(result_load(&result, path, &error), -1);
        assert_memory_equal(error, path, strlen(path));
        assert_string_equal(error + strlen(path) + 1, table[i].error);
        result_release(&result);
        free(error);
        free(changed);
    }
    free(text);
    free(path);
    free(directory);
}

static void what_is_no_result_is_said_to_be_none(void **state)
{
    (void)state;
    static const struct {
        const char *name, *text, *error;
    } table[] = {
        {"rounds.jsonl", "", " is empty: the run ended before its first line"},
        {"rounds.jsonl", "{\"type\":\"hea", ":1: no JSON: premature end of input near '\"hea'"},
        {"rounds.jsonl", "hello\n", ":1: no JSON: '[' or '{' expected near 'hello'"},
        {"rounds.jsonl", "[1]\n", ":1: no JSON object"},
        {"result.json", "{}",
         ": header: there is no schema_version: this is no result of backbench"},
        {"result.json", "[1]",
         ": header: there is no schema_version: this is no result of backbench"},
        {"result.json", "{", ":1: no JSON: string or '}' expected near end of file"},
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct result result;
        char *error = NULL, *path = text_format("%s/%s", folder, table[i].name);
        write_file(path, table[i].text, strlen(table[i].text));
        assert_int_equal(result_load(&result, path, &error), -1);
        assert_string_equal(error + strlen(path), table[i].error);
        result_release(&result);
        free(error);
        free(path);
    }
}

static void a_path_that_is_not_there_is_named(void **state)
{
    (void)state;
    struct result result;
    char *error = NULL;

    assert_int_equal(result_load(&result, folder, &error), -1);
    assert_string_equal(error + strlen(folder),
                        "/rounds.jsonl cannot be read: No such file or directory");
    result_release(&result);
    free(error);
}

/* Every number of the table: null in its place, and a reason by its name. */
static void what_is_missing_is_null_with_a_reason(void **state)
{
    (void)state;
    struct result result;
    struct round round;

    make_header(&result);
    round_init(&round);
    json_t *line = result_round_json(&result, &round);
    const json_t *missing = json_object_get(line, "missing");
    for (size_t i = 0; i < ROUND_NUMBERS; i++) {
        const struct round_number *number = &round_numbers[i];
        const json_t *place = number->group ? json_object_get(line, number->group) : line;
        assert_true(json_is_null(json_object_get(place, number->key)));
        assert_string_equal(json_string_value(json_object_get(missing, number->field)),
                            "not recorded");
    }
    assert_true(json_is_null(json_object_get(line, "hist")));
    assert_true(json_is_null(json_object_get(line, "series")));
    assert_int_equal(json_object_size(missing), ROUND_NUMBERS + 2);
    json_decref(line);
    round_release(&round);
    result_release(&result);
}

static void a_measured_nought_is_no_missing_number(void **state)
{
    (void)state;
    struct result result;
    struct round round;

    make_header(&result);
    round_init(&round);
    for (size_t i = 0; i < ROUND_NUMBERS; i++)
        *round_number_of(&round, &round_numbers[i]) = 0;
    json_t *line = result_round_json(&result, &round);
    assert_int_equal(json_object_size(json_object_get(line, "missing")), 2); /* hist, series */
    json_decref(line);
    result_release(&result);
}

/* A server may write anything to its stderr, and that may end in a reason. */
static void text_that_is_no_utf_8_stays_json(void **state)
{
    (void)state;
    struct result result;
    struct round round;

    make_header(&result);
    round_init(&round);
    outcome_add(&round.outcome, REASON_DIED,
                "it said: \xff\xfe"
                "bad\x01");
    json_t *line = result_round_json(&result, &round);
    char *text = json_dumps(line, JSON_COMPACT);
    assert_non_null(strstr(text, "\"detail\":\"it said: ??bad\\u0001\""));
    free(text);
    json_decref(line);
    result_release(&result);
}

static void an_outcome_is_as_bad_as_its_worst_reason(void **state)
{
    (void)state;
    struct outcome outcome = {0};

    assert_int_equal(outcome.kind, OUTCOME_VALID);
    outcome_add(&outcome, REASON_NOISY, "steal 2 %%");
    assert_int_equal(outcome.kind, OUTCOME_NOISY);
    outcome_add(&outcome, REASON_ERRORS, "3 answers were %d", 500);
    outcome_add(&outcome, REASON_GEN_BOUND, "wrk 99 %%");
    assert_int_equal(outcome.kind, OUTCOME_INVALID);
    assert_string_equal(outcome.reasons[1].detail, "3 answers were 500");
    assert_true(outcome_has(&outcome, REASON_GEN_BOUND));
    assert_false(outcome_has(&outcome, REASON_HUNG));
}

static void the_worst_reason_is_kept_when_there_are_too_many(void **state)
{
    (void)state;
    struct outcome outcome = {0};

    for (int i = 0; i < OUTCOME_REASONS + 2; i++)
        outcome_add(&outcome, REASON_NOISY, "%d", i);
    outcome_add(&outcome, REASON_HUNG, "no answer for 3 s");
    assert_int_equal(outcome.count, OUTCOME_REASONS);
    assert_true(outcome_has(&outcome, REASON_HUNG));
    assert_int_equal(outcome.kind, OUTCOME_INVALID);
}

static void only_external_reasons_are_external(void **state)
{
    (void)state;
    static const enum reason_code external[] = {REASON_INTERFERED, REASON_PORTS, REASON_LOAD_FAILED,
                                                REASON_INTERRUPTED};
    unsigned count = 0;

    for (enum reason_code code = 0; code < REASON_CODES; code++)
        count += reason_is_external(code);
    for (size_t i = 0; i < sizeof external / sizeof *external; i++)
        assert_true(reason_is_external(external[i]));
    assert_int_equal(count, sizeof external / sizeof *external);
}

static void limit_files(rlim_t bytes)
{
    struct rlimit limit;

    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static off_t size_of(const char *path)
{
    struct stat status;

    assert_int_equal(stat(path, &status), 0);
    return status.st_size;
}

static void a_full_disk_is_said_before_the_first_round(void **state)
{
    (void)state;
    struct journal journal;
    struct result result;
    char *error = NULL, *directory = text_format("%s/20260131T101500Z-golden-quick", folder);

    make_header(&result);
    limit_files(100000);
    int status = journal_open(&journal, folder, &result, &error);
    limit_files(RLIM_INFINITY);
    assert_int_equal(status, -1);
    assert_non_null(
        strstr(error, "rounds.jsonl cannot be written (No space left on device): make room"));
    assert_int_equal(access(directory, F_OK), -1);
    free(directory);
    free(error);
    result_release(&result);
}

static void a_line_that_does_not_fit_is_taken_back_and_said(void **state)
{
    (void)state;
    struct journal journal;
    struct result result;
    struct round round;
    char *error = NULL;

    make_header(&result);
    make_round(&round, 1, 0, ROLE_SUBJECT);
    assert_int_equal(journal_open(&journal, folder, &result, &error), 0);
    char *path = rounds_of(result.directory);
    off_t before = size_of(path);
    limit_files((rlim_t)before + 100);
    int status = journal_add(&journal, &result, &round, 1, &error);
    limit_files(RLIM_INFINITY);
    assert_int_equal(status, -1);
    assert_memory_equal(error, path, strlen(path));
    assert_non_null(strstr(error, "make room"));
    assert_int_equal(size_of(path), before);
    free(error);
    error = NULL;
    assert_int_equal(journal_add(&journal, &result, &round, 1, &error), 0);
    assert_int_equal(journal_close(&journal, &result, &error), 0);
    char *read = load_and_dump(path);
    assert_non_null(strstr(read, "\"finished_utc\":null"));
    free(read);
    round_release(&round);
    result_release(&result);
    free(path);
}

static void a_place_that_cannot_be_written_is_said_before_the_first_round(void **state)
{
    (void)state;
    static const char *const remedy = ": run from a folder you may write to";
    struct journal journal;
    struct result result;
    char *error = NULL;

    make_header(&result);
    assert_int_equal(journal_open(&journal, "/sys", &result, &error), -1);
    assert_memory_equal(error, "/sys/2026", strlen("/sys/2026"));
    assert_non_null(strstr(error, remedy));
    free(error);
    result_release(&result);
}

static void a_seed_too_large_for_json_is_refused(void **state)
{
    (void)state;
    struct journal journal;
    struct result result;
    char *error = NULL;

    make_header(&result);
    result.seed = RESULT_SEED_LIMIT;
    assert_int_equal(journal_open(&journal, folder, &result, &error), -1);
    assert_string_equal(error,
                        "the seed 9007199254740992 is not below 2^53, which JSON numbers can hold");
    free(error);
    result_release(&result);
}

static void a_run_is_locked_while_it_lasts(void **state)
{
    (void)state;
    struct journal journal;
    struct result result;
    char *error = NULL;

    make_header(&result);
    assert_int_equal(journal_open(&journal, folder, &result, &error), 0);
    char *path = rounds_of(result.directory);
    int fd = open(path, O_RDONLY);
    assert_int_equal(flock(fd, LOCK_SH | LOCK_NB), -1);
    assert_int_equal(errno, EWOULDBLOCK);
    assert_int_equal(journal_close(&journal, &result, &error), 0);
    assert_int_equal(flock(fd, LOCK_SH | LOCK_NB), 0);
    close(fd);
    free(path);
    result_release(&result);
}

static pid_t start_child(void)
{
    pid_t pid = fork();

    if (pid == 0) {
        pause();
        _exit(0);
    }
    return pid;
}

static size_t count_survivors(void)
{
    struct survivor *survivors;
    size_t count = survivors_find(&survivors, folder);

    survivors_release(survivors, count);
    return count;
}

static void processes_left_by_a_killed_run_are_found(void **state)
{
    (void)state;
    struct journal journal;
    struct result result;
    struct survivor *survivors;
    char *error = NULL;

    make_header(&result);
    assert_int_equal(journal_open(&journal, folder, &result, &error), 0);
    pid_t pid = start_child();
    assert_int_equal(journal_note_pids(&journal, &pid, 1, &error), 0);
    assert_int_equal(count_survivors(), 0); /* the run holds its lock: they are no survivors */

    /* A kill -9 of the harness drops the lock; the child here holds a copy of it, as no server
     * started with exec does. */
    flock(journal.fd, LOCK_UN);
    assert_int_equal(survivors_find(&survivors, folder), 1);
    assert_int_equal(survivors[0].pid, pid);
    assert_string_equal(survivors[0].directory, result.directory);
    assert_string_equal(survivors[0].command, "test_result");
    survivors_release(survivors, 1);

    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    assert_int_equal(count_survivors(), 0);
    assert_int_equal(journal_close(&journal, &result, &error), 0);
    result_release(&result);
}

/* The pid of a process that is alive, but was started at another time: a number used again. */
static void a_pid_used_again_is_no_survivor(void **state)
{
    (void)state;
    struct journal journal;
    struct result result;
    char *error = NULL;
    int self = getpid();

    make_header(&result);
    assert_int_equal(journal_open(&journal, folder, &result, &error), 0);
    assert_int_equal(journal_note_pids(&journal, &self, 1, &error), 0);
    flock(journal.fd, LOCK_UN);
    assert_int_equal(count_survivors(), 1);
    char *path = text_format("%s/running", result.directory);
    char *other = text_format("%d 1 test_result\n", self);
    write_file(path, other, strlen(other));
    assert_int_equal(count_survivors(), 0);
    assert_int_equal(journal_note_pids(&journal, NULL, 0, &error), 0);
    assert_int_equal(access(path, F_OK), -1);
    assert_int_equal(journal_close(&journal, &result, &error), 0);
    free(other);
    free(path);
    result_release(&result);
}

/* Renames the files of a run below to's parent into to. */
static int write_golden(const char *to)
{
    static const char *const names[] = {"rounds.jsonl", "result.json"};
    char *directory = write_run(to);

    for (size_t i = 0; i < 2; i++) {
        char *from = text_format("%s/%s", directory, names[i]);
        char *into = text_format("%s/%s", to, names[i]);
        if (rename(from, into) < 0)
            perror(into);
        free(from);
        free(into);
    }
    int status = rmdir(directory);
    free(directory);
    return status;
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(a_result_comes_back_as_it_was_written),
        IN_FOLDER(what_is_read_means_what_was_meant),
        IN_FOLDER(the_golden_run_is_what_the_code_writes),
        IN_FOLDER(a_folder_is_named_for_time_host_and_experiment),
        IN_FOLDER(a_torn_last_line_is_dropped_and_said),
        IN_FOLDER(a_run_cut_between_lines_is_whole_but_unfinished),
        IN_FOLDER(what_is_newer_in_a_minor_way_is_ignored),
        IN_FOLDER(what_cannot_be_read_is_said_with_file_and_line),
        IN_FOLDER(what_is_no_result_is_said_to_be_none),
        IN_FOLDER(a_path_that_is_not_there_is_named),
        cmocka_unit_test(what_is_missing_is_null_with_a_reason),
        cmocka_unit_test(a_measured_nought_is_no_missing_number),
        cmocka_unit_test(text_that_is_no_utf_8_stays_json),
        cmocka_unit_test(an_outcome_is_as_bad_as_its_worst_reason),
        cmocka_unit_test(the_worst_reason_is_kept_when_there_are_too_many),
        cmocka_unit_test(only_external_reasons_are_external),
        IN_FOLDER(a_full_disk_is_said_before_the_first_round),
        IN_FOLDER(a_line_that_does_not_fit_is_taken_back_and_said),
        cmocka_unit_test(a_place_that_cannot_be_written_is_said_before_the_first_round),
        IN_FOLDER(a_seed_too_large_for_json_is_refused),
        IN_FOLDER(a_run_is_locked_while_it_lasts),
        IN_FOLDER(processes_left_by_a_killed_run_are_found),
        IN_FOLDER(a_pid_used_again_is_no_survivor),
    };

    if (argc == 3 && strcmp(argv[1], "write") == 0)
        return write_golden(argv[2]) == 0 ? 0 : 1;
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("result", tests, NULL, NULL);
}
