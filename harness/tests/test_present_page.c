/* The page around the parts: what it explains, and a template that is none. */
#include <string.h>

#include "present/plot.h"
#include "tests/present_text.h"
#include "tests/synthetic_consistency.h"

/* Of what the page explains, what it has; in each case some of the others. */
static void a_page_explains_what_it_has_and_nothing_else(void **state)
{
    (void)state;
    enum { OVER_TIME, AND_CONNECTIONS, RANKED, RUNS };
    static const struct {
        const char *anchor;
        bool on[RUNS];
    } table[] = {
        {"id=\"method-flat\"", {true, true, false}},
        {"id=\"method-memory\"", {true, true, false}},
        {"id=\"method-over-time\"", {true, true, false}},
        {"id=\"method-connections\"", {false, true, false}},
        {"id=\"method-blocks\"", {true, true, true}},
        {"id=\"method-validity\"", {true, true, true}},
        {"id=\"method-pairs\"", {false, false, true}},
        {"id=\"method-places\"", {false, false, true}},
        {"id=\"method-bounds\"", {false, false, true}},
        {"id=\"method-roof\"", {false, false, true}},
        {"id=\"method-self\"", {false, false, true}},
        {"id=\"method-scale\"", {false, false, false}},
        {"id=\"method-latency\"", {false, false, false}},
        {"id=\"method-rate\"", {false, false, false}},
    };
    for (int run = 0; run < RUNS; run++) {
        if (run == RANKED)
            synthetic_bench(&s, 6);
        else
            synthetic_consistency(&s, 2);
        if (run == AND_CONNECTIONS)
            synthetic_connections(&s, 2);
        char *directory = render("explained"), *html = read_file(directory, "report.html");
        for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
            print_message("# run %d, %s\n", run, table[i].anchor);
            assert_int_equal(count_of(html, table[i].anchor), table[i].on[run]);
        }
        has_not(html, "{{");
        free(html);
        free(directory);
        release(NULL);
    }
    synthetic_bench(&s, 1); /* which the teardown releases */
}

/* A page that lost its end would say nothing of it. */
static void a_template_with_an_unknown_mark_or_without_its_end_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *template, *error;
    } table[] = {
        {"a {{tables}} b {{/tables}} c", NULL},
        {"a {{tabels}} b {{/tabels}} c", "{{tabels}}, or it has no end"},
        {"a {{tables}} b", "{{tables}}, or it has no end"},
        {"a {{phases}} b {{/tables}} c", "{{phases}}, or it has no end"},
        {"a {{title", "or it has no end"},
    };
    char *directory = text_format("%s/templates", folder), *error = NULL;
    char *page = text_format("%s/report.html", directory),
         *style = text_format("%s/style.css", directory);
    mkdir(directory, 0777);
    assert_int_equal(plot_write(style, "."), 0);
    synthetic_bench(&s, 1);
    summarise();
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        assert_int_equal(plot_write(page, table[i].template), 0);
        error = NULL;
        int failed = present_html(directory, directory, &s.result, &summary, &error);
        assert_int_equal(failed != 0, table[i].error != NULL);
        if (failed)
            has(error, table[i].error);
        free(error);
    }
    free(style);
    free(page);
    free(directory);
}

int main(int argc, char **argv)
{
    struct paths paths;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_page_explains_what_it_has_and_nothing_else, release),
        cmocka_unit_test_teardown(a_template_with_an_unknown_mark_or_without_its_end_is_refused,
                                  release),
    };
    if (!enter(&paths, argc > 1 ? argv[1] : NULL))
        return 1;
    cmocka_set_message_output(CM_OUTPUT_TAP);
    int failed = cmocka_run_group_tests_name("present page", tests, NULL, NULL);
    return leave(&paths, argc > 1) ? failed : 1;
}
