/* Where another server stands behind those measured, every output
 * says which, where, and what it used; elsewhere none does. */
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

enum { PLAINTEXT, JSON, PIPELINE, WAITING }; /* the last is made to have an upstream */

static struct synthetic s;
static struct summary summary;

/* 4.0 us behind thread, 4.4 behind epoll, 4.8 behind uring. */
static void make_bench(const char *cpus)
{
    synthetic_bench(&s, 6);
    struct result_workload *workload = &s.result.workloads[WAITING];
    workload->workload.upstream = xstrdup("pool");
    free(workload->workload.name);
    workload->workload.name = xstrdup("proxy");
    for (size_t i = 0; i < s.result.round_count; i++) {
        struct round *round = &s.result.rounds[i];
        if (round->workload != WAITING)
            continue;
        round->cpu_upstream_ns = (4000 + 400 * (int64_t)round->arm) * round->requests_count;
        round->upstream_cpus = xstrdup(cpus);
    }
    summary_make(&summary, &s.result);
}

static void release_bench(void)
{
    summary_release(&summary);
    result_release(&s.result);
}

static unsigned times(const char *text, const char *part)
{
    unsigned count = 0;
    for (; (text = strstr(text, part)); text += strlen(part))
        count++;
    return count;
}

static void the_text_says_it_below_its_table_alone(void **state)
{
    (void)state;
    char *text = NULL;
    size_t size;
    make_bench("2");
    FILE *out = open_memstream(&text, &size);
    present_text(out, &s.result, &summary, 200, false);
    fclose(out);
    assert_int_equal(times(text,
                           "Behind each server stands pool with one worker on CPU 2. Its own CPU "
                           "per request, 4.00 µs to 4.80 µs, is in no cost."),
                     1);
    free(text);
    release_bench();
}

static void markdown_has_a_column_in_that_table_alone(void **state)
{
    (void)state;
    char *error = NULL, text[65536];
    make_bench("2");
    assert_int_equal(present_markdown(folder, &s.result, &summary, &error), 0);
    char *path = text_format("%s/report.md", folder);
    FILE *file = fopen(path, "r");
    text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
    fclose(file);
    assert_int_equal(times(text, "the upstream's CPU per request (in no cost)"), 1);
    assert_int_equal(times(text, "| 4.40 µs |"), 1);
    assert_int_equal(times(text, "Behind each server stands pool"), 1);
    free(path);
    release_bench();
}

static void json_has_it_in_each_row(void **state)
{
    (void)state;
    char *text = NULL;
    size_t size;
    make_bench("2");
    FILE *out = open_memstream(&text, &size);
    present_json(out, &s.result, &summary);
    fclose(out);
    json_t *root = json_loads(text, 0, NULL), *tables = json_object_get(root, "tables"), *table,
           *row;
    size_t t, i, found = 0;
    json_array_foreach(tables, t, table)
    {
        const char *upstream = json_string_value(json_object_get(table, "upstream"));
        assert_int_equal(upstream != NULL, t == WAITING);
        json_array_foreach(json_object_get(table, "rows"), i, row)
        {
            json_t *used = json_object_get(row, "upstream_cpu_ns");
            assert_non_null(used);
            found += json_is_real(used);
            assert_true(t == WAITING || json_is_null(used));
        }
    }
    assert_int_equal(found, 3);
    json_decref(root);
    free(text);
    release_bench();
}

/* It moves with its arm where the arms of a pair have cores of their own. */
static void a_place_is_only_said_where_it_is_one(void **state)
{
    (void)state;
    make_bench("2");
    for (size_t i = s.result.round_count; i-- > 0;)
        if (s.result.rounds[i].upstream_cpus) {
            s.result.rounds[i].upstream_cpus[0] = '3';
            break;
        }
    char *sentence = upstream_sentence(&s.result, &summary.tables[WAITING]);
    assert_non_null(strstr(sentence, "with one worker. Its own"));
    free(sentence);
    assert_null(upstream_sentence(&s.result, &summary.tables[PLAINTEXT]));
    release_bench();
}

static void what_is_not_known_is_said_so(void **state)
{
    (void)state;
    make_bench("2");
    summary_release(&summary);
    for (size_t i = 0; i < s.result.round_count; i++)
        s.result.rounds[i].cpu_upstream_ns = MISSING;
    summary_make(&summary, &s.result);
    char *sentence = upstream_sentence(&s.result, &summary.tables[WAITING]);
    assert_non_null(
        strstr(sentence, "Its own CPU per request, which is not known, is in no cost."));
    free(sentence);
    release_bench();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_text_says_it_below_its_table_alone),
        IN_FOLDER(markdown_has_a_column_in_that_table_alone),
        cmocka_unit_test(json_has_it_in_each_row),
        cmocka_unit_test(a_place_is_only_said_where_it_is_one),
        cmocka_unit_test(what_is_not_known_is_said_so),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("present upstream", tests, NULL, NULL);
}
