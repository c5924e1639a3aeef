/* Rows that are no models of this suite are marked in every output, and no others are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <jansson.h>

#include "analyse/summary.h"
#include "own_folder.h"
#include "present/format.h"
#include "present/present.h"
#include "tests/synthetic.h"

enum { THREAD = 0, EPOLL = 1 };

static struct synthetic s;
static struct summary summary;

static void make_bench(void)
{
    synthetic_bench(&s, 6);
    s.result.arms[THREAD].server.external = true;
    s.result.arms[THREAD].server.homepage = xstrdup("https://example.org/thread");
    summary_make(&summary, &s.result);
}

static void release_bench(void)
{
    summary_release(&summary);
    result_release(&s.result);
}

static void the_text_marks_it(void **state)
{
    (void)state;
    char *text = NULL;
    size_t size;
    make_bench();
    FILE *out = open_memstream(&text, &size);
    present_text(out, &s.result, &summary, 100, false);
    fclose(out);
    assert_non_null(strstr(text, "thread (external) "));
    assert_null(strstr(text, "epoll (external)"));
    free(text);
    release_bench();
}

static void markdown_marks_it_and_says_where_it_comes_from(void **state)
{
    (void)state;
    char *error = NULL, text[65536];
    make_bench();
    assert_int_equal(present_markdown(folder, &s.result, &summary, &error), 0);
    char *path = text_format("%s/report.md", folder);
    FILE *file = fopen(path, "r");
    text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
    fclose(file);
    assert_non_null(strstr(text, "| thread (external) |"));
    assert_non_null(strstr(text, "**thread** (external)"));
    assert_non_null(strstr(text, "https://example.org/thread"));
    assert_null(strstr(text, "epoll (external)"));
    free(path);
    release_bench();
}

static void json_says_it_of_each_row(void **state)
{
    (void)state;
    char *text = NULL;
    size_t size;
    make_bench();
    FILE *out = open_memstream(&text, &size);
    present_json(out, &s.result, &summary);
    fclose(out);
    json_t *root = json_loads(text, 0, NULL), *tables = json_object_get(root, "tables");
    json_t *rows = json_object_get(json_array_get(tables, 0), "rows"), *row;
    size_t i;
    assert_true(json_array_size(rows) > 2);
    json_array_foreach(rows, i, row)
    {
        bool is_thread = strcmp(json_string_value(json_object_get(row, "arm")), "thread") == 0;
        assert_int_equal(json_is_true(json_object_get(row, "external")), is_thread);
    }
    json_decref(root);
    free(text);
    release_bench();
}

/* File names may be long; what a row is must not be cut off. */
static void the_mark_survives_a_long_name(void **state)
{
    (void)state;
    struct cells cells;
    char name[256];
    memset(name, 'n', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    make_bench();
    free(s.result.arms[THREAD].id);
    s.result.arms[THREAD].id = xstrdup(name);
    struct row row = {.arm = THREAD};
    cells_make(&cells, &s.result, &summary.tables[0], &row);
    assert_string_equal(cells.label + strlen(name), " (external)");
    assert_string_equal(cells.mark, "external");
    row.arm = EPOLL;
    cells_make(&cells, &s.result, &summary.tables[0], &row);
    assert_string_equal(cells.label, "epoll");
    assert_string_equal(cells.mark, "");
    release_bench();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_text_marks_it),
        IN_FOLDER(markdown_marks_it_and_says_where_it_comes_from),
        cmocka_unit_test(json_says_it_of_each_row),
        cmocka_unit_test(the_mark_survives_a_long_name),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("present external", tests, NULL, NULL);
}
