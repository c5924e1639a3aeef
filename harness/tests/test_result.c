/* A result read back: whole, torn, newer, broken. */
#include "changed_run.h"

#include "data/histogram_v2.h"

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
    assert_int_equal(result.workload_count, 3);
    assert_null(result.workloads[0].workload.upstream);
    assert_string_equal(result.workloads[2].workload.upstream, "epoll");
    assert_string_equal(result.workloads[2].upstream_path, "build/bin/server-epoll");
    assert_string_equal(result.workloads[2].upstream_sha256, "e90011");
    assert_null(result.workloads[0].workload.expect_sha256);
    assert_string_equal(result.workloads[1].workload.expect_sha256, GOLDEN_SHA256);
    assert_int_equal(result.round_count, 9);
    const struct round *subject = &result.rounds[0], *failed = &result.rounds[2];
    const struct round *proxied = &result.rounds[3];
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
    assert_string_equal(round_why_missing(subject, "cpu_upstream_ns"),
                        "no server stands behind this workload");
    assert_null(subject->upstream_cpus);
    assert_string_equal(proxied->upstream_cpus, "2");
    assert_int_equal(proxied->cpu_upstream_ns, 400000);
    assert_int_equal(proxied->cpu_upstream_window_ns, 380000);
    assert_int_equal(proxied->upstream_opens, 63);
    assert_true(failed->scale && !subject->scale);
    assert_int_equal(failed->idle_connections, 10000);
    assert_int_equal(subject->idle_connections, 0);
    assert_int_equal(failed->workers, 2);
    assert_int_equal(subject->octets_in, 38000);
    const struct round *paced = &result.rounds[4];
    assert_int_equal(subject->load_kind, LOAD_CLOSED);
    assert_int_equal(subject->rate_rps, 0);
    assert_true(subject->trusted_p == 1);
    assert_int_equal(paced->load_kind, LOAD_OPEN);
    assert_int_equal(paced->rate_rps, 20000);
    assert_true(paced->load_seed == RESULT_SEED_LIMIT - 2);
    assert_true(paced->trusted_p == .5);
    assert_int_equal(paced->role, ROLE_SUBJECT);
    assert_true(paced_is_asked(&result.experiment.paced));
    assert_int_equal(result.experiment.paced.rate_rps, 0);
    assert_int_equal(result.experiment.paced.set.window_s, 3);
    const struct scale_set *scale = &result.experiment.scale;
    assert_int_equal(scale->connections.count, 2);
    assert_int_equal(scale->connections.items[1], 4096);
    assert_int_equal(scale->set.blocks, 6);
    assert_int_equal(scale->curve_blocks, 2);
    assert_int_equal(scale->base, 64);
    assert_int_equal(scale->idle, 10000);
    assert_int_equal(scale->workers.count, 1);
    assert_int_equal(scale->max_connections, 12000);
    result_release(&result);
    free(directory);
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
        assert_int_equal(result.round_count, 9);
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
    size_t rounds[14] = {0}, lines = 0;

    for (char *end = text; (end = strchr(end, '\n')); end++, lines++) {
        struct result result;
        char *error = NULL;
        write_file(path, text, (size_t)(end + 1 - text));
        assert_int_equal(result_load(&result, path, &error), 0);
        assert_int_equal(result.notes.count, 1);
        rounds[lines] = result.round_count;
        result_release(&result);
    }
    /* header, arm, rounds, counts, end */
    const size_t expected[] = {0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 9};
    assert_int_equal(lines, 14);
    assert_memory_equal(rounds, expected, sizeof expected);
    free(text);
    free(path);
    free(directory);
}

static void what_would_count_twice_is_refused(void **state)
{
    (void)state;
    char *directory = write_run(folder), *path = rounds_of(directory), *text = read_file(path);
    size_t size = strlen(text);
    char *doubled = xcalloc(2 * size + 1, 1);
    memcpy(doubled, text, size);
    memcpy(doubled + size, text, size);
    expect_refusal(path, doubled, "a second header");
    free(doubled);

    const char *round = strstr(text, "{\"type\":\"round\"");
    assert_non_null(round);
    int len = (int)(strchr(round, '\n') + 1 - round);
    char *again =
        text_format("%.*s%.*s%s", (int)(round - text) + len, text, len, round, round + len);
    expect_refusal(path, again, "there twice");
    free(again);
    free(text);
    free(path);
    free(directory);
}

static void what_is_newer_in_a_minor_way_is_ignored(void **state)
{
    (void)state;
    static const char *const changes[][2] = {
        {"\"minor\":6", "\"minor\":7"},
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
         "1: header: its schema 2.6 is newer than the 1.6 that this backbench reads: read it with "
         "a "
         "newer backbench"},
        {"\"schema_version\"", "\"version_of_schema\"",
         "1: header: there is no schema_version: this is no result of backbench"},
        {"\"requests_count\":100", "\"requests_count\":\"100\"",
         "3: round 1: requests_count is not a whole number"},
        {"\"duration_ns\":2000000000", "\"duration_ns\":2e9",
         "3: round 1: duration_ns is not a whole number"},
        {"\"requests_count\":100", "\"requests_count\":-5",
         "3: round 1: requests_count is -5, which no run can give"},
        {"\"duration_ns\":2000000000", "\"duration_ns\":9223372036854775807",
         "3: round 1: duration_ns is 9223372036854775807, which no run can give"},
        {"\"t_ns\":[100000000,", "\"t_ns\":[-1,",
         "3: round 1: series.t_ns[0] is -1, which no run can give"},
        {"\"block\":1", "\"block\":-1", "3: round 1: block is out of range"},
        {"\"number\":1,", "\"number\":4294967296,", "3: round: number is out of range"},
        {"\"arm\":{\"id\":\"thread\"", "\"arm\":{\"id\":\"nginx\"",
         "3: round 1: arm \"nginx\" is not in the header"},
        {"\"with\":\"epoll\"", "\"with\":\"nginx\"",
         "3: round 1: arm \"nginx\" is not in the header"},
        {"\"role\":\"subject\"", "\"role\":\"object\"", "3: round 1: role \"object\" is unknown"},
        {"\"outcome\":{\"kind\":\"CENSORED\"", "\"outcome\":{\"kind\":\"FINE\"",
         "3: round 1: outcome \"FINE\" is unknown"},
        {"\"format\":\"HdrHistogram V2\"", "\"format\":\"HdrHistogram V3\"",
         "3: round 1: hist.format \"HdrHistogram V3\" is not HdrHistogram V2"},
        {"\"unit\":\"ns\"", "\"unit\":\"us\"", "3: round 1: hist.unit \"us\" is not ns"},
        {"\"base64\":\"HISTFA", "\"base64\":\"AISTFA",
         "3: round 1: hist.base64 cannot be read: it begins with 0x00849314: it is no V2 "
         "compressed histogram"},
        {"\"base64\":\"", "\"base64\":\"*",
         "3: round 1: hist.base64 cannot be read: it is no base64"},
        {"\"base64\":", "\"base46\":", "3: round 1: there is no base64"},
        {"\"t_ns\":[100000000,", "\"t_ns\":[",
         "3: round 1: series.rss_bytes is not as long as series.t_ns"},
        {"\"type\":\"arm\"", "\"kind\":\"arm\"", "2: there is no type"},
        {"{\"type\":\"arm\"", "[\"type\":\"arm\"", "2: no JSON: ']' expected near ':'"},
        {"\"type\":\"end\"", "\"type\":\"end\",\"type\":\"end\"",
         "14: no JSON: duplicate object key near '\"type\"'"},
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

/* A histogram may hold what a run cannot: more values than there were nanoseconds in ten years. */
static void more_values_than_any_run_gives_are_refused(void **state)
{
    (void)state;
    char *directory = write_run(folder), *path = rounds_of(directory), *text = read_file(path);
    struct histogram many;

    histogram_init(&many);
    histogram_add(&many, 1000, INT64_MAX);
    char *base64 = histogram_v2_encode(&many);
    char *start = strstr(text, "\"base64\":\"") + strlen("\"base64\":\"");
    char *changed = text_format("%.*s%s%s", (int)(start - text), text, base64, strchr(start, '"'));
    expect_refusal(path, changed,
                   "round 1: hist.base64 holds 9223372036854775807 values, which no run can give");
    free(changed);
    free(base64);
    histogram_release(&many);
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
                        "/rounds.jsonl cannot be read: No such file or directory; "
                        "give the folder that a run was kept in");
    result_release(&result);
    free(error);
}

/* Whatever a byte turns into: the file is read, or there is a
 * sentence; what was read can be written. */
static void a_damaged_byte_never_does_more_than_fail(void **state)
{
    (void)state;
    static const char damages[] = {'\0', '"', '9', '}', '\xff', '\n'};
    char *directory = write_run(folder), *path = rounds_of(directory), *text = read_file(path);
    size_t len = strlen(text), refused = 0;

    for (size_t at = 0; at < len; at += 7) {
        struct result result;
        char *error = NULL, kept = text[at];
        text[at] = damages[at % sizeof damages];
        write_file(path, text, len);
        text[at] = kept;
        if (result_load(&result, path, &error)) {
            refused++;
            assert_memory_equal(error, path, strlen(path));
        } else {
            free(dump(&result));
        }
        free(error);
        result_release(&result);
    }
    assert_true(refused > len / 7 / 2);
    free(text);
    free(path);
    free(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(a_result_comes_back_as_it_was_written),
        IN_FOLDER(what_is_read_means_what_was_meant),
        IN_FOLDER(a_torn_last_line_is_dropped_and_said),
        IN_FOLDER(what_would_count_twice_is_refused),
        IN_FOLDER(a_run_cut_between_lines_is_whole_but_unfinished),
        IN_FOLDER(what_is_newer_in_a_minor_way_is_ignored),
        IN_FOLDER(more_values_than_any_run_gives_are_refused),
        IN_FOLDER(what_cannot_be_read_is_said_with_file_and_line),
        IN_FOLDER(a_damaged_byte_never_does_more_than_fail),
        IN_FOLDER(what_is_no_result_is_said_to_be_none),
        IN_FOLDER(a_path_that_is_not_there_is_named),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("result", tests, NULL, NULL);
}
