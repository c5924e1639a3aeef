/*
 * Latency against rate in every output. With a folder as argument its documents are written there, for people to look at.
 */
#include "tests/present_text.h"
#include "tests/synthetic_curves.h"

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

static void a_run_becomes_a_page(void **state)
{
    (void)state;
    synthetic_curves(&s, 6, 8);
    synthetic_searches(&s, 8);
    char *directory = render("eight");
    free(directory);
}

static void four(void **state)
{
    (void)state;
    synthetic_curves(&s, 3, 4);
    synthetic_searches(&s, 4);
    char *directory = render("four");
    write_text(stdout);
    free(directory);
}

int main(int argc, char **argv)
{
    struct paths paths;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_run_becomes_a_page, release),
        cmocka_unit_test_teardown(four, release),
    };
    if (!enter(&paths, argc > 1 ? argv[1] : NULL))
        return 1;
    cmocka_set_message_output(CM_OUTPUT_TAP);
    int failed = cmocka_run_group_tests_name("present latency", tests, NULL, NULL);
    return leave(&paths, argc > 1) ? failed : 1;
}
