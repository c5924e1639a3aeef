/* What the documents say of the conditions of a run: the load
 * as it was, and a reference only where there is one. */
#include "present/conditions.h"
#include "tests/present_text.h"
#include "tests/synthetic_latency.h"

static void set_bench(void)
{
    synthetic_bench(&s, 6);
}

static void set_curve(void)
{
    synthetic_latency_init(&s, 3);
    size_t arm = synthetic_arm(&s, "epoll");
    synthetic_curve_round(&s, arm, 0, 10000, 5e4);
    synthetic_curve_round(&s, arm, 0, 20000, 5e4);
    for (size_t i = 0; i < s.result.round_count; i++)
        s.result.rounds[i].connections = 1024;
}

/* Each set of objectives has as many as its longest limit allows. */
static void set_curve_and_search(void)
{
    static const struct slo slo = {.99, 5000000};
    set_curve();
    synthetic_trial(&s, 0, &slo, 10000, false, 3, 0)->connections = 100;
}

static void set_nothing_yet(void)
{
    synthetic_latency_init(&s, 3);
}

static void set_sweep(void)
{
    synthetic_latency_init(&s, 3);
    strings_release(&s.result.experiment.curve.set.workloads);
    strings_release(&s.result.experiment.slo.set.workloads);
    strings_add(&s.result.experiment.scale.set.workloads, "plaintext");
}

static void set_bench_and_curve(void)
{
    set_curve();
    s.result.experiment.workers = 2;
    strings_add(&s.result.experiment.solo.workloads, "plaintext");
}

static void set_curve_after_looks(void)
{
    set_curve();
    synthetic_look(&s, 0, 1e5);
}

static void set_unread(void)
{
    set_bench();
    free(s.result.generator);
    s.result.generator = NULL;
}

static void each_generator_is_named_with_what_it_did(void **state)
{
    (void)state;
    static const struct {
        void (*set)(void);
        const char *generator;
    } table[] = {
        {set_bench, "wrk 4.1.0"},
        {set_sweep, "wrk 4.1.0"},
        {set_curve, "pace"},
        {set_curve_after_looks, "pace; wrk 4.1.0 in the looks that choose its rates"},
        {set_bench_and_curve, "wrk 4.1.0; pace in rounds at a rate"},
        {set_unread, NULL},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        table[i].set();
        if (table[i].generator) {
            free(s.result.generator);
            s.result.generator = xstrdup("wrk 4.1.0");
        }
        char *generator = conditions_generator(&s.result);
        assert_int_equal(generator == NULL, table[i].generator == NULL);
        if (generator)
            assert_string_equal(generator, table[i].generator);
        free(generator);
        result_release(&s.result);
    }
}

static void the_load_is_told_as_it_was(void **state)
{
    (void)state;
    static const struct {
        void (*set)(void);
        const char *load;
        bool has_reference;
    } table[] = {
        {set_bench, "1 worker, 64 connections each", true},
        {set_curve, "1 worker, 1,024 connections", false},
        {set_curve_and_search, "1 worker, 100 to 1,024 connections", false},
        {set_nothing_yet, "1 worker", false},
        {set_sweep, "1 worker, connections as in the tables", false},
        {set_bench_and_curve, "2 workers, 64 connections each; alone at a rate 1,024 connections",
         true},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        table[i].set();
        char *load = conditions_load(&s.result);
        assert_string_equal(load, table[i].load);
        assert_int_equal(conditions_reference(&s.result) != NULL, table[i].has_reference);
        free(load);
        result_release(&s.result);
    }
}

static void a_latency_run_has_its_rounds_and_no_reference(void **state)
{
    (void)state;
    set_curve_and_search();
    s.result.experiment.slo.set.blocks = 1;
    char *directory = render("latency");
    char *html = read_file(directory, "report.html"), *markdown = read_file(directory, "report.md");
    has(html, "<th scope=\"row\">load</th><td>1 worker, 100 to 1,024 connections</td>");
    has(html, "<th scope=\"row\">latency by rate</th><td>plaintext: 3 blocks, 10 s after 1 s of "
              "warm-up</td>");
    has(html, "<th scope=\"row\">confirming a rate</th><td>plaintext: 1 trial, 10 s after 1 s of "
              "warm-up</td>");
    has_not(html, "<th scope=\"row\">reference</th>");
    has(markdown, "| load | 1 worker, 100 to 1,024 connections |");
    has(markdown, "| load generator | pace |");
    has(html, "<th scope=\"row\">load generator</th><td>pace</td>");
    has_not(markdown, "| reference |");
    free(markdown);
    free(html);
    free(directory);
}

static void a_bench_has_its_reference(void **state)
{
    (void)state;
    set_bench();
    char *directory = render("bench");
    char *html = read_file(directory, "report.html"), *markdown = read_file(directory, "report.md");
    has(html, "<th scope=\"row\">reference</th><td>epoll</td>");
    has_not(html, "<th scope=\"row\">latency by rate</th>");
    has_not(html, "<th scope=\"row\">confirming a rate</th>");
    has(markdown, "| reference | epoll |");
    free(markdown);
    free(html);
    free(directory);
}

int main(void)
{
    struct paths paths;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_generator_is_named_with_what_it_did),
        cmocka_unit_test(the_load_is_told_as_it_was),
        cmocka_unit_test_teardown(a_latency_run_has_its_rounds_and_no_reference, release),
        cmocka_unit_test_teardown(a_bench_has_its_reference, release),
    };
    if (!enter(&paths, NULL))
        return 1;
    cmocka_set_message_output(CM_OUTPUT_TAP);
    int failed = cmocka_run_group_tests_name("conditions", tests, NULL, NULL);
    return leave(&paths, false) ? failed : 1;
}
