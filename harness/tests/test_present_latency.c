/*
 * Latency against rate in every output: its drawings, its tables, its sentences, the same numbers
 * in all of them. With a folder as argument its documents are written there, for people to look at.
 */
#include "tests/present_text.h"
#include "tests/synthetic_curves.h"

static const char *const plots[] = {
    "plots/plaintext-latency-p50.svg",       "plots/plaintext-latency-p99.svg",
    "plots/plaintext-latency-p999.svg",      "plots/plaintext-latency-percentiles.svg",
    "plots/plaintext-latency-over-time.svg",
};
enum { PLOTS = sizeof plots / sizeof *plots };

static void a_run_becomes_a_page_of_curves_and_strips(void **state)
{
    (void)state;
    synthetic_curves(&s, 6, QUEUES);
    synthetic_searches(&s, QUEUES);
    char *directory = render("eight");
    char *html = read_file(directory, "report.html"), *markdown = read_file(directory, "report.md");
    for (size_t i = 0; i < PLOTS; i++) {
        char *plot = read_file(directory, plots[i]);
        has(plot, "prefers-color-scheme:dark");
        has(plot, ">mhd-thread<");
        has(plot, ">a-name-longe…<");
        has_not(plot, "rgb(  1,   0"); /* what stands in for a colour */
        has_not(plot, "rgb(  2,   0");
        has_not(plot, "rgb(  5,   0");
        has_not(plot, "nan");
        has(markdown, plots[i]);
        free(plot);
    }
    assert_int_equal(count_of(html, "<figure><svg"), PLOTS);
    has(html, "<a href=\"#latency\">Latency</a>");
    has(html, "<h4>At 50,000 requests/s, the highest rate at which each has a p99</h4>");
    has(html, "<h4>Against the rate</h4>");
    has(html, "<h4>The highest rates within an objective</h4>");
    has(markdown, "## Latency");
    has_not(html, "{{");
    has_not(html, "nan");
    has_not(markdown, "nan");
    free(markdown);
    free(html);
    free(directory);
}

static void drawings_say_what_their_axes_are(void **state)
{
    (void)state;
    static const struct {
        size_t plot;
        const char *parts[6];
    } cases[] = {
        {1, {">requests/s; p99<", ">1k<", ">200k<", ">100 µs<", ">1 ms<", "var(--m-epoll,"}},
        {3,
         {">share of requests answered within<", ">50 %<", ">99 %<", ">99.99 %<", ">10 ms<",
          "var(--m-thread,"}},
        {4,
         {">seconds of the window<", ">p99<", ">20 µs<", ">10 ms<", "var(--heat-1,",
          "var(--heat-9,"}},
    };
    synthetic_curves(&s, 6, QUEUES);
    char *directory = render("axes");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *plot = read_file(directory, plots[cases[i].plot]);
        for (size_t p = 0; p < 6; p++)
            has(plot, cases[i].parts[p]);
        free(plot);
    }
    free(directory);
}

/* The value and the ends of one cell, as a reader of each output meets them. */
static void all_outputs_have_the_same_numbers(void **state)
{
    (void)state;
    enum { THREAD = 2 };
    synthetic_curves(&s, 6, 4);
    synthetic_searches(&s, 4);
    char *directory = render("same");
    char *html = read_file(directory, "report.html"), *markdown = read_file(directory, "report.md"),
         *text = capture(write_text);
    const struct latency *latency = &summary.latencies[0];
    const struct latency_point *point =
        latency_point_at(&latency->curves[THREAD], latency->common_rps);
    double p99_us = point->p_ns[LATENCY_P99].median / 1e3, low = point->p_ns[LATENCY_P99].low / 1e3,
           high = point->p_ns[LATENCY_P99].high / 1e3;
    char *cells[] = {
        text_format("<td class=\"num\">%.1f µs<small>[%.1f, %.1f]</small></td>", p99_us, low, high),
        text_format(" %.1f µs \\[%.1f, %.1f\\] |", p99_us, low, high),
        text_format("  %.1f µs [%.1f, %.1f]", p99_us, low, high),
    };
    has(html, cells[0]);
    has(markdown, cells[1]);
    has(text, cells[2]);
    has(html, "<td class=\"num\">90,819/s<small>failed at 93,150/s</small></td>");
    has(markdown, "| 90,819/s, failed at 93,150/s |");
    has(text, "  90,819/s, failed at 93,150/s");
    for (size_t i = 0; i < 3; i++)
        free(cells[i]);
    free(text);
    free(markdown);
    free(html);
    free(directory);
}

static void a_sentence_is_said_once(void **state)
{
    (void)state;
    synthetic_curves(&s, 3, 4);
    synthetic_searches(&s, 4);
    char *directory = render("once");
    char *html = read_file(directory, "report.html"), *markdown = read_file(directory, "report.md"),
         *text = capture(write_text);
    static const char *const said[] = {"thread keeps p99 within 5 ms", "thread: p99 "};
    for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
        assert_int_equal(count_of(html, said[i]), 1);
        assert_int_equal(count_of(markdown, said[i]), 1);
        assert_int_equal(count_of(text, said[i]), 1);
    }
    free(text);
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

static void the_text_fits_a_terminal(void **state)
{
    (void)state;
    static const unsigned widths[] = {100, 72, 58};
    synthetic_curves(&s, 6, QUEUES);
    synthetic_searches(&s, QUEUES);
    summarise();
    for (size_t i = 0; i < sizeof widths / sizeof *widths; i++) {
        text_width = widths[i];
        char *text = capture(write_text);
        has(text, "plaintext  latency by rate");
        has(text, "highest rates within objectives");
        has(text, "overloaded");
        assert_in_range(widest(text), 1, widths[i]);
        free(text);
    }
    text_width = 100;
}

/* Searches without curves: tables and sentences, and no drawing. */
static void searches_alone_have_no_curves(void **state)
{
    (void)state;
    static const struct slo slo = {.99, 5000000};
    synthetic_latency_init(&s, 3);
    strings_release(&s.result.experiment.curve.set.workloads);
    synthetic_search(&s, synthetic_arm(&s, "epoll"), &slo, 50000, 40000);
    char *directory = render("searches");
    char *html = read_file(directory, "report.html"), *markdown = read_file(directory, "report.md");
    has(html, "<h4>The highest rates within an objective</h4>");
    has_not(html, "<h4>Against the rate</h4>");
    has_not(html, "<figure>");
    has_not(html, "<caption>p50 by rate");
    has(markdown, "| model | p99 within 5 ms |");
    has_not(markdown, "p50 by rate");
    has_not(markdown, "![");
    free(markdown);
    free(html);
    free(directory);
}

static void curves_alone_have_no_table_of_limits(void **state)
{
    (void)state;
    synthetic_curves(&s, 3, 2);
    char *directory = render("curves");
    char *html = read_file(directory, "report.html");
    has(html, "<h4>Against the rate</h4>");
    has_not(html, "within an objective</h4>");
    has_not(html, "highest rates within objectives");
    free(html);
    free(directory);
}

/* One server that failed at its first rate has a row and a
 * mark, and no curve; another has a single point. */
static void a_server_without_a_value_and_one_with_a_single_point_are_shown(void **state)
{
    (void)state;
    static const uint32_t one_rate[] = {20000};
    static const struct queue broken = {"broken", 1e5, 10, 1}, single = {"single", 5e4, 60000, 1};
    synthetic_curves(&s, 3, 1);
    queue_curve(&s, &broken, 3, one_rate, 1);
    queue_curve(&s, &single, 3, one_rate, 1);
    char *directory = render("single");
    char *html = read_file(directory, "report.html");
    char *plot = read_file(directory, plots[1]);
    has(plot, ">single<");
    has_not(plot, ">broken<"); /* a name stands beside a line */
    has(html, "broken</th>");
    has(html, "<td class=\"num\">overloaded</td>");
    has_not(html, "nan");
    assert_int_equal(summary.latencies[0].common_rps, 20000);
    free(plot);
    free(html);
    free(directory);
}

static void where_no_server_has_a_value_nothing_is_drawn(void **state)
{
    (void)state;
    static const uint32_t one_rate[] = {20000};
    static const struct queue broken = {"broken", 1e5, 10, 1};
    synthetic_latency_init(&s, 3);
    s.result.experiment.slo.slo_count = 0;
    queue_curve(&s, &broken, 3, one_rate, 1);
    char *directory = render("nothing");
    char *html = read_file(directory, "report.html");
    has_not(html, "<figure>");
    has(html, "broken: no latency that could be shown; overloaded at 20,000/s.");
    has(html, "<td class=\"num\">overloaded</td>");
    free(html);
    free(directory);
}

static void a_run_without_latency_has_no_such_part(void **state)
{
    (void)state;
    synthetic_bench(&s, 6);
    char *directory = render("bench");
    char *html = read_file(directory, "report.html"), *markdown = read_file(directory, "report.md");
    has_not(html, "#latency");
    has_not(html, "<h2>Latency</h2>");
    has_not(markdown, "## Latency");
    free(markdown);
    free(html);
    free(directory);
}

static void names_from_outside_are_no_markup(void **state)
{
    (void)state;
    synthetic_curves(&s, 3, 2);
    free(s.result.arms[0].id);
    s.result.arms[0].id = xstrdup("<b>|\"`\\");
    char *directory = render("names");
    char *html = read_file(directory, "report.html"), *markdown = read_file(directory, "report.md");
    has(html, "&lt;b&gt;|&quot;`");
    has_not(html, "<b>|");
    has(markdown, "| &lt;b&gt;\\|");
    free(markdown);
    free(html);
    free(directory);
}

int main(int argc, char **argv)
{
    struct paths paths;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_run_becomes_a_page_of_curves_and_strips, release),
        cmocka_unit_test_teardown(drawings_say_what_their_axes_are, release),
        cmocka_unit_test_teardown(all_outputs_have_the_same_numbers, release),
        cmocka_unit_test_teardown(a_sentence_is_said_once, release),
        cmocka_unit_test_teardown(the_text_fits_a_terminal, release),
        cmocka_unit_test_teardown(searches_alone_have_no_curves, release),
        cmocka_unit_test_teardown(curves_alone_have_no_table_of_limits, release),
        cmocka_unit_test_teardown(a_server_without_a_value_and_one_with_a_single_point_are_shown,
                                  release),
        cmocka_unit_test_teardown(where_no_server_has_a_value_nothing_is_drawn, release),
        cmocka_unit_test_teardown(a_run_without_latency_has_no_such_part, release),
        cmocka_unit_test_teardown(names_from_outside_are_no_markup, release),
    };
    if (!enter(&paths, argc > 1 ? argv[1] : NULL))
        return 1;
    cmocka_set_message_output(CM_OUTPUT_TAP);
    int failed = cmocka_run_group_tests_name("present latency", tests, NULL, NULL);
    return leave(&paths, argc > 1) ? failed : 1;
}
