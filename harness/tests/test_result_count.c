/* What was counted of an arm on a workload: written, read back,
 * refused where damaged, and kept when a run is gone on with. */
#include <math.h>

#include "changed_run.h"

#include "data/resume.h"

static void load(struct result *result, const char *path)
{
    char *error = NULL;
    if (result_load(result, path, &error))
        fail_msg("%s", error);
}

static void expect_counts(const struct result *result)
{
    assert_int_equal(result->count_count, 2);
    const struct result_count *counted = result_find_count(result, 1, 0);
    assert_non_null(counted);
    assert_string_equal(counted->tool, "valgrind-3.19.0");
    assert_true(counted->instructions == 1234.5);
    assert_null(counted->missing);
    assert_int_equal(counted->function_count, 2);
    assert_string_equal(counted->functions[0].name, "parse_head");
    assert_true(counted->functions[0].each == 1000.25);
    assert_string_equal(counted->functions[1].name, "write_head");
    const struct result_count *missing = result_find_count(result, 0, 0);
    assert_non_null(missing);
    assert_true(isnan(missing->instructions));
    assert_string_equal(missing->missing, "valgrind is not installed");
    assert_null(result_find_count(result, 0, 1));
}

static void counts_come_back_from_the_record_and_from_the_whole(void **state)
{
    (void)state;
    static const char *const files[] = {"rounds.jsonl", "result.json"};
    char *directory = write_run(folder);

    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char *path = text_format("%s/%s", directory, files[i]);
        struct result result;
        load(&result, path);
        expect_counts(&result);
        result_release(&result);
        free(path);
    }
    free(directory);
}

static void the_last_count_of_two_stands(void **state)
{
    (void)state;
    char *directory = write_run(folder), *path = rounds_of(directory), *text = read_file(path);
    char *end = strstr(text, "{\"type\":\"end\"");
    struct result result;

    assert_non_null(end);
    char *more = text_format("%.*s{\"type\":\"count\",\"arm\":\"epoll\",\"workload\":\"plaintext\","
                             "\"tool\":\"valgrind-3.20.0\",\"instructions_per_request\":7,"
                             "\"functions\":[]}\n%s",
                             (int)(end - text), text, end);
    write_file(path, more, strlen(more));
    load(&result, path);
    assert_int_equal(result.count_count, 2);
    const struct result_count *count = result_find_count(&result, 0, 0);
    assert_null(count->missing);
    assert_true(count->instructions == 7);
    assert_int_equal(count->function_count, 0);
    result_release(&result);
    free(more);
    free(text);
    free(path);
    free(directory);
}

static void a_result_without_counts_does_not_name_them(void **state)
{
    (void)state;
    struct result result;
    make_header(&result);
    char *text = dump(&result);
    assert_null(strstr(text, "\"counts\""));
    free(text);
    result_release(&result);
}

static void a_damaged_count_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to, *error;
    } table[] = {
        {"\"type\":\"count\",\"arm\":\"thread\"", "\"type\":\"count\",\"arm\":\"nobody\"",
         ":12: count: arm \"nobody\" is not in the header"},
        {"\"type\":\"count\",\"arm\":\"thread\",\"workload\":\"plaintext\"",
         "\"type\":\"count\",\"arm\":\"thread\",\"workload\":\"plain\"",
         "count: workload \"plain\" is not in the header"},
        {"\"type\":\"count\",\"arm\":\"thread\",", "\"type\":\"count\",", "count: there is no arm"},
        {"\"instructions_per_request\":1234.5", "\"instructions_per_request\":\"many\"",
         "count: instructions_per_request is not a number of 0 or more"},
        {"\"instructions_per_request\":1234.5", "\"instructions_per_request\":-1",
         "count: instructions_per_request is not a number of 0 or more"},
        {"\"each\":1000.25", "\"each\":null", "count: each is not a number of 0 or more"},
        {"\"name\":\"parse_head\",", "", "count: there is no name"},
        {"\"functions\":[", "\"functions\":7,\"x\":[", "count: functions is not an array"},
        {"\"missing\":\"valgrind is not installed\"", "\"missing\":7",
         "count: missing is not a text"},
    };
    char *directory = write_run(folder), *path = rounds_of(directory), *text = read_file(path);

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char *changed = replace(text, table[i].from, table[i].to);
        expect_refusal(path, changed, table[i].error);
        free(changed);
    }
    free(text);
    free(path);
    free(directory);
}

static void who_goes_on_with_a_run_keeps_its_counts(void **state)
{
    (void)state;
    char *directory = write_run(folder), *path = rounds_of(directory), *text = read_file(path),
         *error = NULL;
    struct journal journal;
    struct result stored, now;

    *strstr(text, "{\"type\":\"end\"") = '\0';
    write_file(path, text, strlen(text));
    assert_int_equal(resume_open(&journal, directory, &stored, &error), 0);
    make_header(&now);
    resume_adopt(&now, &stored);
    expect_counts(&now);
    assert_int_equal(stored.count_count, 0);
    assert_int_equal(now.round_count, 9);
    journal_abandon(&journal);
    result_release(&stored);
    result_release(&now);
    free(text);
    free(path);
    free(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(counts_come_back_from_the_record_and_from_the_whole),
        IN_FOLDER(the_last_count_of_two_stands),
        cmocka_unit_test(a_result_without_counts_does_not_name_them),
        IN_FOLDER(a_damaged_count_is_refused),
        IN_FOLDER(who_goes_on_with_a_run_keeps_its_counts),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("result_count", tests, NULL, NULL);
}
