/*
 * A sweep in every output: its sentences, its curves, its tables; and
 * nothing of a ranking where nothing was ranked. With a folder as
 * argument its documents are written there, for people to look at.
 */
#include <jansson.h>

#include "tests/present_text.h"
#include "tests/synthetic_scale.h"

static void make(unsigned blocks)
{
    synthetic_scale_init(&s, blocks);
    synthetic_workload(&s, "plaintext", "GET /plaintext, answered with a constant");
    synthetic_scale_arm(&s, "thread", blocks, 6400, 2.1);
    synthetic_scale_arm(&s, "epoll", blocks, 4600, 1.18);
    synthetic_scale_arm(&s, "uring", blocks, 4300, 1.12);
    synthetic_scale_arm(&s, "a-name-longer-than-its-margin", blocks, 4500, 1.15);
}

static void a_sweep_becomes_a_page_of_curves(void **state)
{
    (void)state;
    make(6);
    char *directory = render("scale");
    char *html = read_file(directory, "report.html"), *markdown = read_file(directory, "report.md");
    static const char *const plots[] = {"plots/plaintext-scale-cost.svg",
                                        "plots/plaintext-scale-throughput.svg",
                                        "plots/plaintext-scale-memory.svg"};
    for (size_t i = 0; i < sizeof plots / sizeof *plots; i++) {
        char *plot = read_file(directory, plots[i]);
        has(plot, "prefers-color-scheme:dark");
        has(plot, "var(--m-epoll,");
        has(plot, ">4k<");
        has(plot, ">10k<");
        has(plot, "a-name-longe…");
        has_not(plot, "rgb(  5");
        has(markdown, plots[i]);
        free(plot);
    }
    has(html, "<h2>Scale</h2>");
    has(html, "<a href=\"#scale\">Scale</a>");
    has(html, "<figure><svg");
    has(html, "epoll: at 4,096 connections a request costs");
    has(html, "64 + 10,000 idle");
    has(markdown, "## Scale");
    has(markdown, "| 64 + 10,000 idle |");
    has_not(html, "{{");
    has_not(html, "nan");
    has_not(markdown, "nan");
    free(markdown);
    free(html);
    free(directory);
}

static void where_nothing_was_ranked_the_page_has_no_ranking(void **state)
{
    (void)state;
    make(3);
    char *directory = render("alone");
    char *html = read_file(directory, "report.html"), *markdown = read_file(directory, "report.md");
    static const char *const lacks[] = {"<h2>Workload by workload</h2>",
                                        "<h2>Without a valid number</h2>", "class=\"certainty\"",
                                        "Nothing could be compared", "self-check"};
    for (size_t i = 0; i < sizeof lacks / sizeof *lacks - 1; i++)
        has_not(html, lacks[i]);
    has_not(markdown, "## Workload by workload");
    has(html, "<h2>Conditions of the measurement</h2>");
    has(html, "Before you use it");
    free(markdown);
    free(html);
    free(directory);
}

static void a_run_without_a_sweep_has_no_such_part(void **state)
{
    (void)state;
    synthetic_bench(&s, 6);
    char *directory = render("bench");
    char *html = read_file(directory, "report.html"), *markdown = read_file(directory, "report.md");
    has_not(html, "#scale");
    has_not(html, "<h2>Scale</h2>");
    has_not(markdown, "## Scale");
    has(html, "<h2>Workload by workload</h2>");
    has(html, "class=\"certainty\"");
    free(markdown);
    free(html);
    free(directory);
}

static size_t widest(const char *text)
{
    size_t most = 0, n = 0;
    for (; *text; text++) {
        n = *text == '\n' ? 0 : n + (((unsigned char)*text & 0xc0) != 0x80);
        most = n > most ? n : most;
    }
    return most;
}

static void the_text_fits_a_terminal_and_says_each_servers_growth(void **state)
{
    (void)state;
    static const unsigned widths[] = {100, 72, 40};
    make(6);
    summarise();
    for (size_t i = 0; i < sizeof widths / sizeof *widths; i++) {
        text_width = widths[i];
        char *text = capture(write_text);
        has(text, "plaintext  by connections");
        has(text, "4,096");
        has(text, "2.0 KiB");
        has(text, "512 B");
        has(text, "8.0 KiB");
        assert_in_range(widest(text), 1, widths[i]);
        free(text);
    }
    text_width = 100;
    char *text = capture(write_text);
    has(text, "· thread: at 4,096 connections a request costs 2.10×");
    has(text, "24.0 µs"); /* three times 6.4, a quarter more in the middle block */
    free(text);
}

static void one_connections_throughput_is_shown_as_the_time_of_a_turn(void **state)
{
    (void)state;
    make(1);
    summarise();
    char *text = capture(write_text);
    has(text, "10.0 µs"); /* 100,000 a second, one after the other */
    free(text);
}

static void the_json_has_every_point(void **state)
{
    (void)state;
    make(3);
    summarise();
    char *text = capture(write_json);
    json_error_t error;
    json_t *json = json_loads(text, 0, &error);
    if (!json)
        fail_msg("%s", error.text);
    json_t *scale = json_array_get(json_object_get(json, "scales"), 0);
    json_t *curve = json_array_get(json_object_get(scale, "curves"), 1);
    json_t *point = json_array_get(json_object_get(curve, "points"), 3);
    assert_string_equal(json_string_value(json_object_get(curve, "arm")), "epoll");
    assert_int_equal(json_integer_value(json_object_get(point, "connections")), 4096);
    json_t *ratio = json_object_get(json_object_get(point, "cost_ratio"), "median");
    assert_float_equal(json_real_value(ratio), 1.18, 0.001);
    assert_int_equal(json_array_size(json_object_get(curve, "points")), 5);
    json_decref(json);
    free(text);
}

int main(int argc, char **argv)
{
    struct paths paths;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_sweep_becomes_a_page_of_curves, release),
        cmocka_unit_test_teardown(where_nothing_was_ranked_the_page_has_no_ranking, release),
        cmocka_unit_test_teardown(a_run_without_a_sweep_has_no_such_part, release),
        cmocka_unit_test_teardown(the_text_fits_a_terminal_and_says_each_servers_growth, release),
        cmocka_unit_test_teardown(one_connections_throughput_is_shown_as_the_time_of_a_turn,
                                  release),
        cmocka_unit_test_teardown(the_json_has_every_point, release),
    };
    if (!enter(&paths, argc > 1 ? argv[1] : NULL))
        return 1;
    cmocka_set_message_output(CM_OUTPUT_TAP);
    int failed = cmocka_run_group_tests_name("present a sweep", tests, NULL, NULL);
    return leave(&paths, argc > 1) ? failed : 1;
}
