/*
 * The documents on made-up results: that they hold what the summary says, that
 * hostile names stay text, that a drawing reaches the page. With a folder as
 * argument the documents of a bench, of a quick run and of a bad day are
 * written there, for test_report.sh to parse and for people to look at.
 */
#include <jansson.h>

#include "tests/present_text.h"

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

static void a_bench_becomes_a_page_with_its_plots_inside(void **state)
{
    (void)state;
    synthetic_bench(&s, 9);
    dress();
    free(s.result.arms[3].server.name);
    s.result.arms[3].server.name = xstrdup("canned");
    char *directory = render("bench");
    char *html = read_file(directory, "report.html"), *markdown = read_file(directory, "report.md");
    char *plot = read_file(directory, "plots/plaintext-cost.svg");
    has(plot, "prefers-color-scheme:dark");
    has(plot, "var(--m-thread,");
    has_not(plot, "rgb(  5");
    has(html, "<figure><svg");
    has(html, "not a user&#39;s latency");
    has(html, "this machine agrees with itself");
    has(html, "where the true ratio lies");
    has(html, "</b> cannot be told apart");
    has(html, "GEN_BOUND <span>in 3 of 3</span>");
    has(html, "cost<small>ratio × the<br>reference's median</small>");
    has(html, "calls itself canned");
    has(markdown, "calls itself canned");
    has_not(html, "calls itself epoll"); /* as its arm is called, the copy as well */
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
    has_not(html, "where the true ratio lies"); /* no interval is drawn */
    has_not(html, "</b> cannot be told apart");
    has(html, "</b> a lower bound");
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

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_bench_becomes_a_page_with_its_plots_inside, release),
        cmocka_unit_test_teardown(a_quick_run_is_shown_as_a_direction, release),
        cmocka_unit_test_teardown(hostile_names_stay_text, release),
        cmocka_unit_test_teardown(a_bad_day_is_told_apart_from_results, release),
        cmocka_unit_test_teardown(an_empty_result_is_a_page_too, release),
    };
    struct paths paths;
    if (!enter(&paths, argc > 1 ? argv[1] : NULL))
        return 1;
    cmocka_set_message_output(CM_OUTPUT_TAP);
    int failed = cmocka_run_group_tests_name("present", tests, NULL, NULL);
    return !leave(&paths, argc > 1) || failed;
}
