/* What is shown of pairs at a rate: the same figures in text,
 * Markdown, HTML and JSON, and nothing where there are none. */
#include <jansson.h>

#include "tests/present_text.h"
#include "tests/synthetic_at_rate.h"

enum { THREAD, EPOLL, URING };

static void make(void)
{
    synthetic_bench(&s, 6);
    s.result.experiment.paced.set = (struct round_set){.blocks = 6, .warmup_s = 1, .window_s = 3};
    strings_add(&s.result.experiment.paced.set.workloads, "plaintext");
    strings_add(&s.result.experiment.paired.workloads, "plaintext");
    synthetic_at_rate(&s, THREAD, 1.12, 1.2, 1.5, 0);
    synthetic_at_rate(&s, URING, .95, .9, 1, 0);
    struct round *lost =
        synthetic_pair_at_rate(&s, THREAD, 6, &synthetic_reference, &synthetic_reference);
    outcome_add(&lost->outcome, REASON_OVERLOADED, "it fell behind");
}

static const char caption[] =
    "Both servers of a pair together were asked for 20,000 requests/s at random moments, and each "
    "figure is a ratio to the reference beside it; latencies of models are compared where each "
    "runs "
    "alone, because two servers that share a CPU share its stalls.";

static void the_text_has_a_table_at_the_rate(void **state)
{
    (void)state;
    make();
    summarise();
    char *text = capture(write_text);
    has(text,
        "\nplaintext at 20,000 requests/s\n"
        "  model         CPU per request                    p50                    p99     cost   "
        "pairs\n"
        "  uring   0.950× [0.948, 0.952]  0.900× [0.898, 0.902]  1.000× [0.997, 1.003]  7.60 µs   "
        "    6\n"
        "  epoll                      1×                     1×                     1×  8.00 µs   "
        "   12\n"
        "  thread  1.120× [1.117, 1.123]");
    has(text, "6 of 7\n");
    has(text, "  Both servers of a pair together were asked for 20,000 requests/s");
    free(text);
}

static void too_wide_a_table_goes_on_below_itself(void **state)
{
    (void)state;
    make();
    summarise();
    text_width = 40;
    char *text = capture(write_text), *at = strstr(text, "plaintext at 20,000");
    text_width = 100;
    assert_non_null(at);
    char *end = strstr(at, "\n  Both servers");
    assert_non_null(end);
    size_t heads = 0;
    for (char *head = at; (head = strstr(head, "\n  model")) && head < end; head++)
        heads++;
    assert_true(heads > 1);
    for (char *line = at; line < end; line += strcspn(line, "\n") + 1) {
        int columns = 0;
        for (char *c = line; *c && *c != '\n'; c++)
            columns += ((unsigned char)*c & 0xc0) != 0x80;
        if (columns > 40)
            fail_msg("wider than 40: %.*s", (int)strcspn(line, "\n"), line);
    }
    free(text);
}

static void the_documents_have_a_section_at_the_rate(void **state)
{
    (void)state;
    char *error = NULL;
    make();
    free(s.result.arms[THREAD].id);
    s.result.arms[THREAD].id = xstrdup("<thread>");
    summarise();
    if (present_html(folder, templates, &s.result, &summary, &error) < 0 ||
        present_markdown(folder, &s.result, &summary, &error) < 0)
        fail_msg("%s", error);
    char *html = read_file(folder, "report.html"), *markdown = read_file(folder, "report.md");
    has(html, "<a href=\"#at-rate\">At a rate</a>");
    has(html, "<section id=\"at-rate\">");
    has(html, "<h3>plaintext at 20,000 requests/s</h3>");
    has(html, caption);
    has(html, "<td class=\"num\">0.950×<small>0.948 – 0.952</small></td>");
    has(html, "&lt;thread&gt;");
    has_not(html, "<thread>");
    has(html, "paired rounds at a rate");
    has(markdown, "## At a rate\n\n### plaintext at 20,000 requests/s\n\n");
    has(markdown, caption);
    has(markdown, "| epoll | 1× | 1× | 1× | 8.00 µs | 12 |");
    has(markdown, "| &lt;thread&gt; | 1.120× \\[1.117, 1.123\\] |");
    free(html);
    free(markdown);
}

static const json_t *row_of(const json_t *at_rate, const char *arm)
{
    size_t i;
    json_t *row;
    json_array_foreach(json_object_get(at_rate, "rows"), i,
                       row) if (strcmp(json_string_value(json_object_get(row, "arm")), arm) ==
                                0) return row;
    fail_msg("no row of %s", arm);
    return NULL;
}

static double value_of(const json_t *row, const char *figure)
{
    return json_number_value(json_object_get(json_object_get(row, figure), "value"));
}

static void the_json_has_every_figure(void **state)
{
    (void)state;
    make();
    summarise();
    char *text = capture(write_json);
    json_t *root = json_loads(text, 0, NULL);
    assert_non_null(root);
    assert_int_equal(json_array_size(json_object_get(root, "at_rates")), 1);
    const json_t *at_rate = json_array_get(json_object_get(root, "at_rates"), 0);
    assert_string_equal(json_string_value(json_object_get(at_rate, "workload")), "plaintext");
    assert_int_equal(json_integer_value(json_object_get(at_rate, "rate_rps")), 20000);
    const json_t *thread = row_of(at_rate, "thread");
    assert_true(fabs(value_of(thread, "cost_ratio") - 1.12) < .003);
    assert_true(fabs(value_of(thread, "p50_ratio") - 1.2) < .003);
    assert_true(fabs(value_of(thread, "p99_ratio") - 1.5) < .003);
    assert_int_equal(json_integer_value(json_object_get(thread, "rounds_discarded")), 1);
    assert_string_equal(json_string_value(json_object_get(thread, "why")), "it fell behind");
    assert_true(json_is_false(json_object_get(at_rate, "discards_unequal")));
    const json_t *check = json_object_get(json_object_get(at_rate, "self_check"), "p99");
    assert_string_equal(json_string_value(json_object_get(check, "state")), "absent");
    assert_true(json_is_null(json_object_get(check, "ratio")));
    json_decref(root);
    free(text);
}

static void unequal_discards_are_said_beside_the_table_of_each_output(void **state)
{
    (void)state;
    static const char said[] = "No ratio is shown: discarded rounds are unequal between the arms "
                               "(Fisher p < .01), so what is left cannot be compared.";
    char *error = NULL;
    make();
    synthetic_at_rate(&s, URING, .95, .9, 1, 7);
    synthetic_lose_at_rate(&s, THREAD, 6, REASON_LOAD_FAILED);
    summarise();
    text_width = 1000; /* so that the sentence stays in one line */
    char *text = capture(write_text), *json_text = capture(write_json);
    text_width = 100;
    if (present_html(folder, templates, &s.result, &summary, &error) < 0 ||
        present_markdown(folder, &s.result, &summary, &error) < 0)
        fail_msg("%s", error);
    char *html = read_file(folder, "report.html"), *markdown = read_file(folder, "report.md");
    has(text, said);
    has(text, "one arm lost significantly more rounds than the others");
    has(html,
        "No ratio is shown: discarded rounds are unequal between the arms (Fisher p &lt; .01)");
    has(markdown,
        "No ratio is shown: discarded rounds are unequal between the arms (Fisher p &lt; .01)");
    has_not(text, "0.950×");
    has_not(html, "0.950×");
    has_not(markdown, "0.950×");
    json_t *root = json_loads(json_text, 0, NULL);
    const json_t *at_rate = json_array_get(json_object_get(root, "at_rates"), 0),
                 *uring = row_of(at_rate, "uring");
    assert_true(json_is_true(json_object_get(at_rate, "discards_unequal")));
    assert_true(json_is_null(json_object_get(uring, "cost_ratio")) ||
                json_is_null(json_object_get(json_object_get(uring, "cost_ratio"), "value")));
    has(json_string_value(json_object_get(uring, "why")), "discarded rounds are unequal");
    json_decref(root);
    free(json_text);
    free(html);
    free(markdown);
    free(text);
}

/* The reference beside its own copy is a sentence, not a table of one row. */
static void where_nobody_is_compared_there_is_no_table(void **state)
{
    (void)state;
    enum { COPY = 5 };
    char *error = NULL;
    synthetic_bench(&s, 6);
    synthetic_at_rate(&s, COPY, 1, 1, 1, 0);
    summarise();
    char *text = capture(write_text);
    has(text, "· plaintext at 20,000 requests/s, a second copy of epoll");
    has_not(text, "\nplaintext at 20,000 requests/s\n");
    if (present_html(folder, templates, &s.result, &summary, &error) < 0)
        fail_msg("%s", error);
    char *html = read_file(folder, "report.html");
    has_not(html, "id=\"at-rate\"");
    free(html);
    free(text);
}

static void without_pairs_at_a_rate_nothing_is_shown_of_one(void **state)
{
    (void)state;
    char *error = NULL;
    synthetic_bench(&s, 6);
    summarise();
    char *text = capture(write_text);
    has_not(text, "requests/s");
    if (present_html(folder, templates, &s.result, &summary, &error) < 0 ||
        present_markdown(folder, &s.result, &summary, &error) < 0)
        fail_msg("%s", error);
    char *html = read_file(folder, "report.html"), *markdown = read_file(folder, "report.md");
    has_not(html, "id=\"at-rate\"");
    has_not(html, "#at-rate");
    has_not(markdown, "At a rate");
    free(html);
    free(markdown);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(the_text_has_a_table_at_the_rate, release),
        cmocka_unit_test_teardown(too_wide_a_table_goes_on_below_itself, release),
        cmocka_unit_test_teardown(the_documents_have_a_section_at_the_rate, release),
        cmocka_unit_test_teardown(the_json_has_every_figure, release),
        cmocka_unit_test_teardown(unequal_discards_are_said_beside_the_table_of_each_output,
                                  release),
        cmocka_unit_test_teardown(where_nobody_is_compared_there_is_no_table, release),
        cmocka_unit_test_teardown(without_pairs_at_a_rate_nothing_is_shown_of_one, release),
    };
    struct paths paths;
    cmocka_set_message_output(CM_OUTPUT_TAP);
    if (!enter(&paths, NULL))
        return 1;
    int failed = cmocka_run_group_tests_name("present: at a rate", tests, NULL, NULL);
    return leave(&paths, false) ? failed : 1;
}
