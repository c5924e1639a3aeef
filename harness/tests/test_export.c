/* A result for other tools: its lines and cells, which rounds
 * a histogram is of, what cannot be written. */
#include <sys/resource.h>
#include <signal.h>

#include "golden_run.h"

#include "data/export.h"

static void load_golden(struct result *result)
{
    char *path = tree_path("results/golden"), *error = NULL;

    if (result_load(result, path, &error))
        fail_msg("%s", error);
    free(path);
}

/* The caller frees. */
static char *lines_of(const struct result *result)
{
    static char *text; /* static, because gcc 12 warns of one on the stack that it inlined */
    static size_t size;
    FILE *out = open_memstream(&text, &size);

    export_rounds(out, result);
    assert_int_equal(fclose(out), 0);
    return text;
}

/* Cuts text at its first line's end; what follows it, or NULL. */
static char *next_line(char *text)
{
    char *end = strstr(text, "\r\n");

    if (!end)
        return NULL;
    *end = '\0';
    return end + 2;
}

/* The cell of line below the column of that name in head; the
 * caller frees. No cell here has a comma. */
static char *cell_of(const char *head, const char *line, const char *column)
{
    for (;; head += strcspn(head, ",") + 1, line += strcspn(line, ",") + 1) {
        size_t len = strcspn(head, ",");
        if (len == strlen(column) && memcmp(head, column, len) == 0)
            return text_format("%.*s", (int)strcspn(line, ","), line);
        if (!head[len])
            fail_msg("there is no column %s", column);
    }
}

static size_t commas(const char *line)
{
    size_t count = 0;

    for (; *line; line++)
        count += *line == ',';
    return count;
}

static void a_line_has_what_its_round_has(void **state)
{
    (void)state;
    static const struct {
        const char *column, *cells[9];
    } table[] = {
        {"number", {"1", "1", "2", "3", "4", "4", "5", "6", "7"}},
        {"attempt", {"0", "0", "1", "0", "0", "0", "0", "0", "0"}},
        {"arm",
         {"thread", "epoll", "thread", "epoll", "thread", "epoll", "thread", "epoll", "thread"}},
        {"workload",
         {"plaintext", "plaintext", "plaintext", "proxy", "plaintext", "plaintext", "plaintext",
          "plaintext", "plaintext"}},
        {"role",
         {"subject", "reference", "solo", "solo", "subject", "reference", "solo", "solo", "solo"}},
        {"with", {"epoll", "thread", "", "", "epoll", "thread", "", "", ""}},
        {"glance",
         {"false", "false", "true", "false", "false", "false", "false", "false", "false"}},
        {"scale", {"false", "false", "true", "false", "false", "false", "false", "false", "false"}},
        {"probe",
         {"false", "false", "false", "false", "false", "false", "false", "false", "false"}},
        {"load.kind",
         {"closed", "closed", "closed", "closed", "open", "open", "open", "open", "open"}},
        {"load.rate_rps", {"", "", "", "", "20000", "20000", "1000", "2000", "1000"}},
        {"connections", {"64", "64", "64", "64", "400", "400", "32", "40", "40"}},
        {"idle_connections", {"0", "0", "10000", "0", "0", "0", "0", "0", "0"}},
        {"workers", {"1", "1", "2", "0", "1", "1", "1", "1", "1"}},
        {"block", {"1", "1", "1", "1", "1", "1", "1", "1", "1"}},
        {"position", {"1", "1", "2", "3", "4", "4", "0", "1", "0"}},
        {"cpus", {"2", "1", "1", "3", "2", "1", "1", "1", "1"}},
        {"started_utc",
         {"2026-01-31T10:15:01Z", "2026-01-31T10:15:01Z", "2026-01-31T10:15:06Z",
          "2026-01-31T10:15:09Z", "2026-01-31T10:15:12Z", "2026-01-31T10:15:12Z",
          "2026-01-31T10:15:17Z", "2026-01-31T10:15:22Z", "2026-01-31T10:15:27Z"}},
        {"outcome",
         {"CENSORED", "CENSORED", "INVALID", "VALID", "VALID", "VALID", "VALID", "INVALID",
          "VALID"}},
        {"reasons", {"GEN_BOUND", "GEN_BOUND", "FAILED_START", "", "", "", "", "OVERLOADED", ""}},
        {"requests_count", {"100", "100", "", "100", "100", "100", "100", "100", "100"}},
        {"cpu_server_ns",
         {"700000", "700000", "", "700000", "700000", "700000", "700000", "700000", "700000"}},
        {"cpu_upstream_ns", {"", "", "", "400000", "", "", "", "", ""}},
        {"memory.uss_bytes", {"", "", "", "1040384", "", "", "", "", ""}},
        {"memory.anon_bytes",
         {"1036288", "1036288", "", "1036288", "1036288", "1036288", "1036288", "1036288",
          "1036288"}},
        {"memory.idle_anon_bytes",
         {"1032192", "1032192", "", "1032192", "1032192", "1032192", "", "", ""}},
        {"memory.kernel_bytes", {"", "", "", "", "", "", "", "", ""}},
        {"hist.values_count", {"100", "100", "", "100", "100", "100", "100", "100", "100"}},
        {"hist.p50_ns", {"1000", "1000", "", "2000", "1000", "1000", "1000", "1000", "1000"}},
        {"hist.p90_ns", {"1000", "1000", "", "2000", "", "", "1000", "1000", "1000"}},
        {"hist.p99_ns", {"5003", "5003", "", "2000", "", "", "5003", "5003", "5003"}},
        {"hist.max_ns", {"5003", "5003", "", "2000", "", "", "5003", "5003", "5003"}},
        {"curve", {"false", "false", "false", "false", "false", "false", "true", "false", "false"}},
        {"trial.p", {"", "", "", "", "", "", "", "0.99", ""}},
        {"trial.limit_ns", {"", "", "", "", "", "", "", "5000000", ""}},
        {"trial.confirms", {"", "", "", "", "", "", "", "true", ""}},
        {"trial.n_count", {"", "", "", "", "", "", "", "6000", ""}},
        {"trial.missed_count", {"", "", "", "", "", "", "", "", ""}},
        {"phases",
         {"false", "false", "false", "false", "false", "false", "false", "false", "true"}},
        {"confirms_growth",
         {"false", "false", "false", "false", "false", "false", "false", "false", "true"}},
    };
    struct result result;
    load_golden(&result);
    char *head = lines_of(&result), *line = next_line(head);

    for (size_t round = 0; round < 9; round++) {
        char *after = next_line(line);
        assert_int_equal(commas(line), commas(head));
        for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
            char *cell = cell_of(head, line, table[i].column);
            print_message("# %s of round %zu\n", table[i].column, round);
            assert_string_equal(cell, table[i].cells[round]);
            free(cell);
        }
        line = after;
    }
    assert_string_equal(line, "");
    free(head);
    result_release(&result);
}

static void a_text_with_a_comma_or_a_quote_is_quoted(void **state)
{
    (void)state;
    struct result result;

    load_golden(&result);
    free(result.rounds[0].cpus);
    result.rounds[0].cpus = xstrdup("1,3");
    free(result.arms[1].id);
    result.arms[1].id = xstrdup("the \"best\"\nserver");
    char *text = lines_of(&result);
    assert_non_null(strstr(text, "\r\n1,0,\"the \"\"best\"\"\nserver\",thread,plaintext,"));
    assert_non_null(strstr(text, ",\"1,3\",2026-01-31T10:15:01Z,"));
    free(text);
    result_release(&result);
}

static size_t histograms; /* that the last export wrote */

static char *exported(const struct result *result, const char *name)
{
    char *error = NULL, *path = text_format("%s/%s", folder, name);

    if (export_result(result, folder, &histograms, &error))
        fail_msg("%s", error);
    char *text = read_file(path);
    free(path);
    return text;
}

/* Of the golden run only the round through a proxy is alone and
 * usable; another one joins it, and others that must not count. */
static void a_histogram_is_of_all_solo_rounds_that_may_be_used(void **state)
{
    (void)state;
    struct result result;

    load_golden(&result);
    for (unsigned kind = 0; kind < 4; kind++) {
        struct round round;
        make_round(&round, 0, -1, ROLE_SOLO);
        round.number = 10 + kind;
        round.workload = 2;
        round.scale = kind == 1;
        if (kind == 2)
            outcome_add(&round.outcome, REASON_ERRORS, "an answer was wrong");
        if (kind == 3) {
            round.role = ROLE_SUBJECT;
            round.with = 1;
        }
        result_add_round(&result, &round);
    }
    char *text = exported(&result, "histograms/proxy-epoll.hgrm");
    assert_non_null(text);
    assert_non_null(strstr(text, "Total count    =          200]"));
    assert_non_null(strstr(text, "Max     =        5.003,"));
    assert_int_equal(histograms, 1);
    free(text);
    assert_null(exported(&result, "histograms/plaintext-thread.hgrm"));
    result_release(&result);
}

static void pairs_alone_have_no_histogram(void **state)
{
    (void)state;
    struct result result;
    char *path = text_format("%s/histograms", folder);

    load_golden(&result);
    result.rounds[3].role = ROLE_REFERENCE;
    result.rounds[3].with = 1;
    char *lines = exported(&result, "rounds.csv");
    assert_non_null(lines);
    assert_int_equal(histograms, 0);
    assert_int_equal(access(path, F_OK), -1);
    free(lines);
    free(path);
    result_release(&result);
}

static void a_name_is_no_path(void **state)
{
    (void)state;
    struct result result;

    load_golden(&result);
    free(result.arms[0].id);
    result.arms[0].id = xstrdup("../it's");
    char *text = exported(&result, "histograms/proxy-.._it_s.hgrm");
    assert_non_null(text);
    free(text);
    result_release(&result);
}

static void what_cannot_be_written_is_named(void **state)
{
    (void)state;
    struct result result;
    char *error = NULL, *nowhere = text_format("%s/nowhere", folder);
    char *in_the_way = put_text("histograms", "a file", 0644);

    load_golden(&result);
    assert_int_equal(export_result(&result, nowhere, &histograms, &error), -1);
    assert_string_equal(below_folder(error),
                        "nowhere/rounds.csv cannot be written: No such file or directory");
    free(error);
    error = NULL;
    assert_int_equal(export_result(&result, folder, &histograms, &error), -1);
    assert_string_equal(below_folder(error),
                        "histograms/proxy-epoll.hgrm cannot be written: Not a directory");
    free(error);
    free(in_the_way);
    free(nowhere);
    result_release(&result);
}

static void expect_full(const struct result *result, rlim_t bytes, const char *sentence)
{
    struct rlimit limit;
    char *error = NULL;

    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    int status = export_result(result, folder, &histograms, &error);
    limit.rlim_cur = limit.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    assert_int_equal(status, -1);
    assert_string_equal(below_folder(error), sentence);
    free(error);
}

/* A page of more lines than the golden run's rounds need. */
static void fill_with_steps(struct histogram *histogram)
{
    for (uint64_t value = 0; value < 2000; value++)
        histogram_add(histogram, value, 1 + value * value * value);
}

static void a_full_disk_is_said(void **state)
{
    (void)state;
    struct result result;

    load_golden(&result);
    expect_full(&result, 100, "rounds.csv cannot be written: File too large");
    char *lines = lines_of(&result);
    expect_full(&result, strlen(lines) - 1, "rounds.csv cannot be written: File too large");
    fill_with_steps(&result.rounds[3].response);
    free(lines);
    lines = lines_of(&result);
    expect_full(&result, strlen(lines),
                "histograms/proxy-epoll.hgrm cannot be written: File too large");
    free(lines);
    result_release(&result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_has_what_its_round_has),
        cmocka_unit_test(a_text_with_a_comma_or_a_quote_is_quoted),
        IN_FOLDER(a_histogram_is_of_all_solo_rounds_that_may_be_used),
        IN_FOLDER(pairs_alone_have_no_histogram),
        IN_FOLDER(a_name_is_no_path),
        IN_FOLDER(what_cannot_be_written_is_named),
        IN_FOLDER(a_full_disk_is_said),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("export", tests, NULL, NULL);
}
