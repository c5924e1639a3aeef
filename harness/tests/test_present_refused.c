/* Outputs that cannot be made as they should be: without
 * gnuplot, without a place, of broken templates. */
#include "present/svg.h"
#include "tests/present_room.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(without_gnuplot_the_report_is_made_and_says_so, release),
        cmocka_unit_test_teardown(what_cannot_be_written_is_an_error_with_its_name, release),
        cmocka_unit_test_teardown(an_unknown_placeholder_is_refused, release),
        cmocka_unit_test(what_is_no_drawing_of_gnuplot_is_refused),
    };
    struct paths paths;
    if (!enter(&paths, NULL))
        return 1;
    cmocka_set_message_output(CM_OUTPUT_TAP);
    int failed = cmocka_run_group_tests_name("present refused", tests, NULL, NULL);
    return !leave(&paths, false) || failed;
}
