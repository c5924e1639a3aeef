/*
 * Every output on made-up results: that it holds what the summary says, that hostile names stay
 * text, that a drawing reaches the page. With a folder as argument the documents of a bench, of a
 * quick run and of a bad day are written there, for test_report.sh to parse and for people to look
 * at.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>
#include <jansson.h>

#include "analyse/summary.h"
#include "present/format.h"
#include "present/present.h"
#include "present/svg.h"
#include "tests/synthetic.h"

static struct synthetic s;
static struct summary summary;
static char folder[256], *templates;

static void has(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("\"%s\" is missing", part);
}

static void has_not(const char *text, const char *part)
{
    const char *at = strstr(text, part);
    if (at)
        fail_msg("\"%s\" is there: %.80s", part, at);
}

static char *read_file(const char *directory, const char *name)
{
    char *path = text_format("%s/%s", directory, name), *text = NULL;
    FILE *in = fopen(path, "r");
    if (!in)
        fail_msg("%s was not written", path);
    free(path);
    size_t size = 0;
    ssize_t length = getdelim(&text, &size, '\0', in);
    fclose(in);
    assert_true(length > 0);
    return text;
}

static void dress(void)
{
    struct result *r = &s.result;
    static const char *const about[][3] = {
        {"thread per connection", "one blocking thread per connection",
         "starts a thread for each client"},
        {"event loop", "edge-triggered epoll, one loop per worker", NULL},
        {"completion loop", "io_uring with multishot accept and receive",
         "buffers belong to the kernel"},
        {"ceiling", "canned bytes, no parsing", "answers anything"},
        {"ceiling", "canned bytes, no parsing, on io_uring", "answers anything"},
    };
    for (size_t i = 0; i < r->arm_count && i < 5; i++) {
        free(r->arms[i].server.model);
        r->arms[i].server.model = xstrdup(about[i][0]);
        r->arms[i].server.summary = xstrdup(about[i][1]);
        if (about[i][2])
            strings_add(&r->arms[i].server.differs, about[i][2]);
    }
    synthetic_fact(&s, "cpu_model", "AMD EPYC 7B13");
    synthetic_fact(&s, "cpus", "2 (no SMT visible)");
    synthetic_fact(&s, "kernel", "6.1.0-18-amd64");
    synthetic_fact(&s, "governor", NULL);
    synthetic_fact(&s, "virtualisation", "kvm");
    synthetic_fact(&s, "compiler", "gcc 12.2.0 -O2");
    synthetic_fact(&s, "mitigations", "spectre_v2: Retpolines; meltdown: not affected");
    strings_add(&r->experiment.paired.workloads, "plaintext");
    strings_add(&r->experiment.paired.workloads, "json");
    r->experiment.paired.warmup_s = 1;
    r->experiment.paired.window_s = 2;
    strings_add(&r->warnings, "two CPUs only: the generator and the harness share one of them");
}

static void summarise(void)
{
    summary_make(&summary, &s.result);
}

static int release(void **state)
{
    (void)state;
    summary_release(&summary);
    result_release(&s.result);
    return 0;
}

/* All documents of s into a folder below the one of this run. */
static char *render(const char *name)
{
    char *directory = text_format("%s/%s", folder, name), *error = NULL;
    mkdir(directory, 0777);
    summarise();
    if (present_plots(directory, templates, &s.result, &summary, &error) < 0 ||
        present_html(directory, templates, &s.result, &summary, &error) < 0 ||
        present_markdown(directory, &s.result, &summary, &error) < 0)
        fail_msg("%s", error);
    return directory;
}

static char *capture(void (*write)(FILE *))
{
    static char
        *text; /* static: gcc 12 takes a memstream's buffer for the variable that points to it */
    static size_t size;
    FILE *out = open_memstream(&text, &size);
    write(out);
    fclose(out);
    return text;
}

static unsigned text_width = 100;

static void write_text(FILE *out)
{
    present_text(out, &s.result, &summary, text_width, false);
}

static void write_colour(FILE *out)
{
    present_text(out, &s.result, &summary, text_width, true);
}

static void write_json(FILE *out)
{
    present_json(out, &s.result, &summary);
}

static int columns(const char *line, size_t length)
{
    int n = 0;
    for (size_t i = 0; i < length; i++)
        n += ((unsigned char)line[i] & 0xc0) != 0x80;
    return n;
}

static void figures_have_units_and_few_digits(void **state)
{
    (void)state;
    static const struct {
        void (*figure)(char *, double);
        double value;
        const char *text;
    } table[] = {
        {figure_rate, 211734, "212 k/s"},      {figure_rate, 1234567, "1.23 M/s"},
        {figure_rate, 640, "640 /s"},          {figure_time, 4618, "4.62 µs"},
        {figure_time, 312000, "312 µs"},       {figure_time, 10.4e6, "10.4 ms"},
        {figure_time, 880, "880 ns"},          {figure_bytes, 3.4 * 1048576, "3.4 MiB"},
        {figure_bytes, 812 * 1024, "812 KiB"}, {figure_rate, NAN, "–"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char figure[FIGURE_MAX];
        table[i].figure(figure, table[i].value);
        assert_string_equal(figure, table[i].text);
    }
}

static void the_text_fits_a_terminal_and_says_it_all(void **state)
{
    (void)state;
    synthetic_bench(&s, 9);
    summarise();
    char *text = capture(write_text);
    for (const char *line = text; *line;) {
        size_t length = strcspn(line, "\n");
        if (columns(line, length) > 100)
            fail_msg("too wide: %.*s", (int)length, line);
        line += length + (line[length] == '\n');
    }
    has(text, "epoll");
    has(text, "≥ ");
    has(text, "plaintext");
    has(text, "wait-10ms  (not ranked)");
    has_not(text, "\033");
    free(text);
    char *coloured = capture(write_colour);
    has(coloured, "\033[1m");
    free(coloured);
}

static void the_text_fits_whatever_the_width_and_names_what_it_left_out(void **state)
{
    (void)state;
    static const struct {
        unsigned width;
        const char *holds, *lacks;
    } table[] = {
        {120, "of roof", "left out"},
        {90, "left out for width: cost and of roof (see the report)", "PSS and state"},
        {72, "left out for width: cost, of roof, PSS and state", "req/s,"},
        {40, "thrèad-wi", "req/s  of roof"},
    };
    synthetic_bench(&s, 9);
    free(s.result.arms[0].id);
    s.result.arms[0].id = xstrdup("thrèad-with-a-name-that-is-long");
    summarise();
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        text_width = table[i].width;
        char *text = capture(write_text);
        for (const char *line = text; *line;) {
            size_t length = strcspn(line, "\n");
            if (columns(line, length) > (int)text_width)
                fail_msg("wider than %u: %.*s", text_width, (int)length, line);
            line += length + (line[length] == '\n');
        }
        has(text, table[i].holds);
        has_not(text, table[i].lacks);
        free(text);
    }
    text_width = 100;
}

static void the_json_parses_and_has_null_for_what_is_unknown(void **state)
{
    (void)state;
    synthetic_bench(&s, 1);
    summarise();
    char *text = capture(write_json);
    json_error_t error;
    json_t *json = json_loads(text, 0, &error), *rows;
    if (!json)
        fail_msg("%s", error.text);
    rows = json_object_get(json_array_get(json_object_get(json, "tables"), 0), "rows");
    assert_int_equal(json_array_size(rows), summary.tables[0].count);
    json_t *ratio = json_object_get(json_array_get(rows, 0), "cost_ratio");
    assert_true(json_is_real(json_object_get(ratio, "value")));
    assert_true(json_is_null(json_object_get(ratio, "low")));
    assert_string_equal(json_string_value(json_object_get(json, "headline")), summary.headline);
    json_decref(json);
    free(text);
}

static void a_bench_becomes_a_page_with_its_plots_inside(void **state)
{
    (void)state;
    synthetic_bench(&s, 9);
    dress();
    char *directory = render("bench");
    char *html = read_file(directory, "report.html"), *markdown = read_file(directory, "report.md");
    char *plot = read_file(directory, "plots/plaintext-cost.svg");
    has(plot, "prefers-color-scheme:dark");
    has(plot, "var(--m-thread,");
    has_not(plot, "rgb(  5");
    has(html, "<figure><svg");
    has(html, "not a user&#39;s latency");
    has(html, "this machine agrees with itself");
    has(html, "AMD EPYC 7B13");
    has(html, "could not be read"); /* the fact without a value */
    has_not(html, "{{");
    has_not(html, "xmlns");
    has_not(html, "nan");
    has(markdown, "plots/plaintext-cost.svg");
    has(markdown, "| thread |");
    has(markdown, "AMD EPYC 7B13");
    has(markdown, "starts a thread for each client");
    free(plot);
    free(html);
    free(markdown);
    free(directory);
}

static void a_quick_run_is_shown_as_a_direction(void **state)
{
    (void)state;
    synthetic_bench(&s, 1);
    dress();
    char *directory = render("quick");
    char *html = read_file(directory, "report.html");
    has(html, "<em>direction only</em>");
    has(html, "One block: direction only");
    free(html);
    free(directory);
}

static const char HOSTILE[] = "<script>alert(\"x\")</script>&'`rm`\\|$(x)\033[2J";

static void hostile_names_stay_text(void **state)
{
    (void)state;
    synthetic_bench(&s, 6);
    size_t arm = synthetic_arm(&s, HOSTILE);
    for (unsigned b = 0; b < 6; b++) {
        synthetic_pair(&s, arm, 1, 0, b, 1.8, .02);
        synthetic_solo(&s, arm, 0, b, 8000, 5e6);
    }
    size_t gone = synthetic_arm(&s, "<img src=x onerror=alert(1)>");
    s.result.arms[gone].excluded = xstrdup("</td><script>alert(2)</script>");
    strings_add(&s.result.arms[arm].server.differs, "<b>|bold|</b>");
    synthetic_fact(&s, "<i>key</i>", "\"><script>");
    free(s.result.workloads[1].workload.name);
    s.result.workloads[1].workload.name = xstrdup("../<json>");
    char *directory = render("hostile");
    char *html = read_file(directory, "report.html"), *markdown = read_file(directory, "report.md");
    char *text = capture(write_text), *json = capture(write_json);
    has_not(html, "<script");
    has_not(html, "<img");
    has_not(html, "<b>|bold");
    has_not(html, "<i>key");
    has(html, "&lt;script&gt;");
    has_not(markdown, "<script");
    has_not(markdown, "<img");
    has_not(text, "\033");
    json_t *parsed = json_loads(json, 0, NULL);
    assert_non_null(parsed);
    json_decref(parsed);
    char *plot = read_file(directory, "plots/plaintext-cost.svg");
    has_not(plot, "<script");
    has(plot, "&lt;script");
    free(read_file(directory, "plots/____json_-cost.svg"));
    free(plot);
    free(json);
    free(text);
    free(html);
    free(markdown);
    free(directory);
}

static void a_bad_day_is_told_apart_from_results(void **state)
{
    (void)state;
    synthetic_bench(&s, 6);
    for (size_t i = 0; i < s.result.round_count; i++) {
        struct round *round = &s.result.rounds[i];
        if (round->arm == 0 && round->workload == 0)
            outcome_add(&round->outcome, REASON_HUNG, "no answer for 2 s");
        if (round->arm == 5)
            round->cpu_server_ns += round->cpu_server_ns / 10;
        if (round->workload == 3)
            outcome_add(&round->outcome, REASON_INTERFERED,
                        "others used 31 %% of the server's CPU");
    }
    size_t pool = synthetic_arm(&s, "pool");
    s.result.arms[pool].excluded = xstrdup("answered GET /json with 500");
    s.result.arms[pool].excluded_is_failure = true;
    char *directory = render("bad-day");
    char *html = read_file(directory, "report.html"), *markdown = read_file(directory, "report.md");
    has(html, "disagrees with itself");
    has(html, "no answer for 2 s");
    has(html, "others used 31 %");
    has(html, "answered GET /json with 500");
    has(markdown, "no answer for 2 s");
    has(markdown, "answered GET /json with 500");
    free(html);
    free(markdown);
    free(directory);
}

static void an_empty_result_is_a_page_too(void **state)
{
    (void)state;
    synthetic_init(&s, 6);
    char *directory = render("empty");
    char *html = read_file(directory, "report.html");
    has(html, "No usable row");
    free(html);
    free(directory);
}

static void without_gnuplot_the_report_is_made_and_says_so(void **state)
{
    (void)state;
    synthetic_bench(&s, 6);
    summarise();
    char *directory = text_format("%s/plain", folder), *error = NULL;
    char *path = xstrdup(getenv("PATH"));
    mkdir(directory, 0777);
    setenv("PATH", "/nonexistent", 1);
    int drawn = present_plots(directory, templates, &s.result, &summary, &error);
    setenv("PATH", path, 1);
    assert_int_equal(drawn, -1);
    has(error, "gnuplot is not installed");
    free(error);
    error = NULL;
    assert_int_equal(present_html(directory, templates, &s.result, &summary, &error), 0);
    assert_int_equal(present_markdown(directory, &s.result, &summary, &error), 0);
    char *html = read_file(directory, "report.html"), *markdown = read_file(directory, "report.md");
    has(html, "has no plots");
    has_not(html, "<figure>");
    has_not(markdown, "![");
    free(markdown);
    free(html);
    free(path);
    free(directory);
}

static void what_cannot_be_written_is_an_error_with_its_name(void **state)
{
    (void)state;
    char *error = NULL;
    synthetic_bench(&s, 6);
    summarise();
    assert_int_equal(present_html("/nonexistent/folder", templates, &s.result, &summary, &error),
                     -1);
    has(error, "/nonexistent/folder/report.html");
    free(error);
    error = NULL;
    assert_int_equal(present_html(folder, "/nonexistent/templates", &s.result, &summary, &error),
                     -1);
    has(error, "/nonexistent/templates/report.html");
    free(error);
    error = NULL;
    assert_int_equal(present_markdown("/nonexistent/folder", &s.result, &summary, &error), -1);
    has(error, "/nonexistent/folder/report.md");
    free(error);
    error = NULL;
    assert_int_equal(present_plots("/nonexistent/folder", templates, &s.result, &summary, &error),
                     -1);
    has(error, "/nonexistent/folder/plots");
    free(error);
}

static void an_unknown_placeholder_is_refused(void **state)
{
    (void)state;
    char *directory = text_format("%s/broken", folder), *error = NULL;
    mkdir(directory, 0777);
    synthetic_bench(&s, 6);
    summarise();
    for (int i = 0; i < 2; i++) {
        char *path = text_format("%s/%s", directory, i ? "style.css" : "report.html");
        FILE *out = fopen(path, "w");
        fputs(i ? "p{}" : "<p>{{verdikt}}</p>", out);
        fclose(out);
        free(path);
    }
    assert_int_equal(present_html(directory, directory, &s.result, &summary, &error), -1);
    has(error, "{{verdikt}}");
    free(error);
    free(directory);
}

static void what_is_no_drawing_of_gnuplot_is_refused(void **state)
{
    (void)state;
    assert_null(svg_standalone("<html></html>", "t", "i"));
    assert_null(svg_standalone("", "t", "i"));
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(figures_have_units_and_few_digits),
        cmocka_unit_test_teardown(the_text_fits_a_terminal_and_says_it_all, release),
        cmocka_unit_test_teardown(the_text_fits_whatever_the_width_and_names_what_it_left_out,
                                  release),
        cmocka_unit_test_teardown(the_json_parses_and_has_null_for_what_is_unknown, release),
        cmocka_unit_test_teardown(a_bench_becomes_a_page_with_its_plots_inside, release),
        cmocka_unit_test_teardown(a_quick_run_is_shown_as_a_direction, release),
        cmocka_unit_test_teardown(hostile_names_stay_text, release),
        cmocka_unit_test_teardown(a_bad_day_is_told_apart_from_results, release),
        cmocka_unit_test_teardown(an_empty_result_is_a_page_too, release),
        cmocka_unit_test_teardown(without_gnuplot_the_report_is_made_and_says_so, release),
        cmocka_unit_test_teardown(what_cannot_be_written_is_an_error_with_its_name, release),
        cmocka_unit_test_teardown(an_unknown_placeholder_is_refused, release),
        cmocka_unit_test(what_is_no_drawing_of_gnuplot_is_refused),
    };
    struct paths paths;
    char *error = NULL;
    if (paths_find(&paths, &error) < 0) {
        fprintf(stderr, "%s\n", error);
        return 1;
    }
    templates = paths.report;
    snprintf(folder, sizeof folder, "%s", argc > 1 ? argv[1] : "/tmp/backbench-present-XXXXXX");
    if (argc == 1 && !mkdtemp(folder))
        return 1;
    cmocka_set_message_output(CM_OUTPUT_TAP);
    int failed = cmocka_run_group_tests_name("present", tests, NULL, NULL);
    if (argc == 1) {
        char *command = text_format("rm -rf '%s'", folder);
        failed |= system(command) != 0;
        free(command);
    }
    paths_release(&paths);
    return failed;
}
