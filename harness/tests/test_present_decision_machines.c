/* A decision for programs and for the machines of a CI. */
#include "present_decision_room.h"

#include <jansson.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- JSON ---- */

static json_t *json_of(const char *name)
{
    json_error_t error;
    char *text = form_of_case(name, present_decision_json);
    json_t *json = json_loads(text, 0, &error);
    if (!json)
        fail_msg("%s: %s", name, error.text);
    free(text);
    return json;
}

static void each_null_figure_says_why(const char *name)
{
    json_t *json = json_of(name), *row, *value;
    size_t i, nulls = 0;
    const char *key;
    json_array_foreach(json_object_get(json, "rows"), i, row)
    {
        json_object_foreach(row, key, value)
        {
            const char *reason =
                json_string_value(json_object_get(json_object_get(row, "missing"), key));
            if (strcmp(key, "why") == 0 || strcmp(key, "accepted") == 0)
                continue;
            nulls += json_is_null(value);
            if (json_is_null(value) != (reason != NULL))
                fail_msg("%s is %s", key, reason ? reason : "null without a reason");
        }
    }
    assert_true(nulls > 10);
    json_decref(json);
}

static void every_null_figure_says_why(void **state)
{
    (void)state;
    each_null_figure_says_why("worse");
    each_null_figure_says_why("duel");
}

static void the_figures_are_in_base_units(void **state)
{
    (void)state;
    json_t *json = json_of("worse"), *row = json_array_get(json_object_get(json, "rows"), 0);
    assert_int_equal(json_integer_value(json_object_get(json, "exit_code")), 1);
    assert_string_equal(json_string_value(json_object_get(row, "verdict")), "REGRESSED");
    assert_true(json_is_true(json_object_get(row, "fails")));
    assert_true(json_real_value(json_object_get(row, "base_ns")) == 4620);
    assert_int_equal(json_integer_value(json_object_get(row, "rate_rps")), 20000);
    assert_true(fabs(json_real_value(json_object_get(row, "ratio_low")) - 1.036) < 1e-9);
    assert_true(json_real_value(json_object_get(row, "margin_share")) == .01);
    json_decref(json);
}

/* ---- GitHub ---- */

static void an_annotation_is_a_line_in_the_documented_syntax(void **state)
{
    (void)state;
    char *text = form_of_case("nasty", present_decision_github);
    has(text, "::error title=a<b>&|\"c%2Cd%3Ae%25f`*_[]#??%0A%0D?]]> on ");
    has(text, "; a<b>&|\"c,d:e%25f`*_[]#??%0A%0D?]]>\n");
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
        if (strncmp(line, "::error title=", 14) != 0 &&
            strncmp(line, "::warning title=", 16) != 0 && strncmp(line, "::notice title=", 15) != 0)
            fail_msg("no command: %s", line);
    free(text);
    text = form_of_case("worse", present_decision_github);
    assert_int_equal(count_of(text, "::notice title=backbench::epoll on json"), 1);
    assert_int_equal(count_of(text, "::error "), 1);
    assert_int_equal(count_of(text, "::warning "), 1);
    has(text,
        "::error title=epoll on json%3A CPU per request at 20%2C000/s::4.62 µs, then 4.81 µs: "
        "+4.1 %25 [+3.6, +4.5], REGRESSED; ");
    free(text);
}

static void the_summary_is_appended(void **state)
{
    (void)state;
    char path[64], *error = NULL;
    int fd = memfd_create("summary", MFD_CLOEXEC);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    struct decision decision;
    struct stat before, after;
    decisions_make(&decision, &decisions[0]);
    assert_int_equal(present_decision_github_summary(&decision, path, &error), 0);
    assert_int_equal(fstat(fd, &before), 0);
    assert_int_equal(present_decision_github_summary(&decision, path, &error), 0);
    assert_int_equal(fstat(fd, &after), 0);
    close(fd);
    assert_true(before.st_size > 0 && after.st_size == 2 * before.st_size);
    assert_int_equal(present_decision_github_summary(&decision, "/nonexistent/x", &error), -1);
    has(error, "/nonexistent/x");
    free(error);
    error = NULL;
    assert_int_equal(present_decision_github_summary(&decision, "/dev/full", &error), -1);
    has(error, "No space left");
    free(error);
    decisions_release(&decision);
}

/* ---- JUnit ---- */

static void what_fails_is_a_failure_and_what_is_not_known_is_skipped(void **state)
{
    (void)state;
    char *text = form_of_case("worse", present_decision_junit);
    has(text, "<testsuite name=\"json\" tests=\"5\" failures=\"1\" errors=\"0\" skipped=\"1\">");
    has(text,
        "<testsuite name=\"plaintext\" tests=\"8\" failures=\"0\" errors=\"0\" skipped=\"4\">");
    has(text, "<testcase classname=\"epoll\" name=\"cost, 20 k/s\">\n      <failure "
              "type=\"REGRESSED\" message=\"4.62 µs");
    has(text, "<skipped type=\"SUSPECT\"");
    has(text, "the generator was late in base\"/>");
    has(text, "accepted: the parser now checks UTF-8</system-out>");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_null_figure_says_why),
        cmocka_unit_test(the_figures_are_in_base_units),
        cmocka_unit_test(an_annotation_is_a_line_in_the_documented_syntax),
        cmocka_unit_test(the_summary_is_appended),
        cmocka_unit_test(what_fails_is_a_failure_and_what_is_not_known_is_skipped),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("present_decision_machines", tests, NULL, NULL);
}
