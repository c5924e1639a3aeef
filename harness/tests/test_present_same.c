/* The figures of servers over time are the same ones in every
 * output, and the manual names what programs get of them. */
#include <jansson.h>
#include <math.h>
#include <string.h>

#include "analyse/words.h"
#include "present/consistency_grid.h"
#include "tests/present_text.h"
#include "tests/synthetic_consistency.h"

enum { POOL = 3, COLUMNS_BUT_A_SWEEPS = 12 };

/* What stands around the cells of a row, and between the two
 * parts of one; small NULL: the table's own words. */
struct dress {
    const char *begin, *open, *open_bad, *small, *end_small, *close, *end;
    bool has_units_below; /* "0.07 bytes/request": the unit is a small part, too */
};

static char *text_in(const struct grid_cell *cell, const struct dress *dress, const char *own)
{
    const char *small = dress->small ? dress->small : own, *unit = strchr(cell->text, ' ');
    if (dress->has_units_below && !*cell->small && unit && strchr(unit, '/'))
        return text_format("%.*s%s%s%s", (int)(unit - cell->text), cell->text, small, unit + 1,
                           dress->end_small);
    return text_format("%s%s%s%s", cell->text, *cell->small ? small : "", cell->small,
                       *cell->small ? dress->end_small : "");
}

static char *row_in(const struct grid *grid, const struct dress *dress)
{
    char *row = xstrdup(dress->begin);
    for (size_t i = 0; i < grid->columns; i++) {
        const struct grid_cell *cell = grid_cell(grid, POOL, i);
        const char *own = cell->join ? cell->join : grid->join;
        char *text = text_in(cell, dress, own);
        char *longer =
            text_format("%s%s%s%s", row, cell->tone == GRID_BAD ? dress->open_bad : dress->open,
                        text, dress->close);
        free(text);
        free(row);
        row = longer;
    }
    char *whole = text_format("%s%s", row, dress->end);
    free(row);
    return whole;
}

/* Without the escapes of Markdown, and with one space for many. */
static char *plain(char *text)
{
    char *to = text;
    for (const char *c = text; *c; c++)
        if (*c != '\\' && !(*c == ' ' && to > text && to[-1] == ' '))
            *to++ = *c;
    *to = '\0';
    return text;
}

static void words_times(char words[WORDS_MAX], double ratio)
{
    snprintf(words, WORDS_MAX, "%.2f×", ratio);
}

static void words_verdict(const struct grid_cell *cell, json_t *server)
{
    json_t *memory = json_object_get(json_object_get(server, "measures"), "rss_bytes");
    char a_day[WORDS_MAX];
    words_bytes(a_day, json_real_value(json_object_get(server, "bytes_a_day")));
    assert_string_equal(json_string_value(json_object_get(memory, "verdict")), "GROWING");
    assert_string_equal(cell->text, "growing");
    has(cell->small, a_day);
}

/* The figures that JSON has in base units are those that the row has in words. */
static void expect_figures(const struct grid *grid, json_t *server)
{
    static const struct {
        const char *head, *path[3];
        void (*words)(char words[WORDS_MAX], double value);
    } figures[] = {
        {"start", {"pss_start_bytes"}, words_bytes},
        {"peak", {"rss_peak_bytes"}, words_bytes},
        {"end", {"pss_end_bytes"}, words_bytes},
        {"idle connection", {"idle_connection", "server_pss_bytes", "median"}, words_bytes},
        {"active one", {"active_connection", "server_pss_bytes", "median"}, words_bytes},
        {"its kernel share",
         {"active_connection", "system_kernel_beyond_ceiling_bytes", "median"},
         words_bytes},
        {"in the kernel", {"kernel_bytes"}, words_bytes},
        {"after a burst", {"burst_return"}, words_times},
        {"all closed", {"close_return"}, words_times},
        {"worst p99", {"p99_worst_ratio"}, words_times},
    };
    enum { FIGURES = sizeof figures / sizeof *figures };
    words_verdict(grid_cell(grid, POOL, 0), server);
    assert_int_equal(grid->columns, COLUMNS_BUT_A_SWEEPS);
    for (size_t i = 0; i < FIGURES; i++) {
        char words[WORDS_MAX];
        json_t *value = server;
        for (size_t step = 0; step < 3 && figures[i].path[step]; step++)
            value = json_object_get(value, figures[i].path[step]);
        figures[i].words(words, json_real_value(value));
        size_t column = grid->columns - FIGURES + i; /* the verdict and the leak stand before */
        assert_string_equal(grid->heads[column], figures[i].head);
        assert_string_equal(grid_cell(grid, POOL, column)->text, words);
    }
}

static void all_outputs_have_the_same_figures(void **state)
{
    (void)state;
    synthetic_consistency(&s, 4);
    synthetic_connections(&s, 4);
    char *directory = render("over-time-same");
    text_width = 400;
    char *html = read_file(directory, "report.html"),
         *markdown = plain(read_file(directory, "report.md")), *text = plain(capture(write_text)),
         *json_text = capture(write_json);
    struct grid grid;
    consistency_grid_make(&grid, &summary.consistencies[0]);
    const struct dress dresses[] = {
        {"pool</th>", "<td class=\"num\">", "<td class=\"num bad\">", "<small>", "</small>",
         "</td>", "</tr>", true},
        {"\n| pool |", " ", " ", NULL, "", " |", "\n", false},
        {"\n pool", " ", " ", NULL, "", "", "\n", false},
    };
    const char *const outputs[] = {html, markdown, text};
    static const char *const said[] = {"epoll is flat: RSS 6.1 MiB", "pool grows by 1"};
    for (size_t i = 0; i < sizeof outputs / sizeof *outputs; i++) {
        char *row = row_in(&grid, &dresses[i]);
        has(outputs[i], row);
        free(row);
        for (size_t k = 0; k < sizeof said / sizeof *said; k++)
            assert_int_equal(count_of(outputs[i], said[k]), 1);
    }
    json_t *json = json_loads(json_text, 0, NULL), *servers;
    servers = json_object_get(json_array_get(json_object_get(json, "consistencies"), 0), "servers");
    expect_figures(&grid, json_array_get(servers, POOL));
    text_width = 100;
    grid_release(&grid);
    json_decref(json);
    free(json_text);
    free(text);
    free(markdown);
    free(html);
    free(directory);
}

static void the_json_has_every_measure_and_where_it_rests(void **state)
{
    (void)state;
    synthetic_consistency(&s, 4);
    summarise();
    char *text = capture(write_json);
    json_error_t error;
    json_t *json = json_loads(text, 0, &error);
    if (!json)
        fail_msg("%s", error.text);
    json_t *servers =
        json_object_get(json_array_get(json_object_get(json, "consistencies"), 0), "servers");
    assert_int_equal(json_array_size(servers), 5);
    json_t *pool = json_array_get(servers, POOL), *measures = json_object_get(pool, "measures");
    static const char *const keys[] = {"rss_bytes", "cost_ns",           "p50_ns",
                                       "p99_ns",    "descriptors_count", "threads_count"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        json_t *measure = json_object_get(measures, keys[i]);
        assert_string_equal(json_string_value(json_object_get(measure, "verdict")),
                            i == 0 ? "GROWING" : "FLAT");
        assert_int_equal(json_array_size(json_object_get(measure, "parts")), FLATNESS_PARTS);
        assert_true(json_is_real(json_object_get(measure, "smallest")));
    }
    assert_true(json_is_false(json_object_get(json_object_get(measures, "rss_bytes"), "so_far")));
    assert_int_equal(json_integer_value(json_object_get(pool, "longer_round")),
                     json_integer_value(json_object_get(pool, "judged_round")));
    assert_true(json_is_null(json_object_get(pool, "connection_bytes")));
    json_decref(json);
    free(text);
}

/* Every key below `json` stands in the manual as `key`, or in a {list, of, keys}. */
static void expect_keys(const char *manual, json_t *json)
{
    const char *key;
    json_t *value;
    size_t i;
    json_array_foreach(json, i, value) expect_keys(manual, value);
    json_object_foreach(json, key, value)
    {
        static const char *const ways[] = {"`%s`", "{%s,", ", %s,", ", %s}"};
        bool is_named = false;
        for (size_t way = 0; way < sizeof ways / sizeof *ways; way++) {
            char *name = text_format(ways[way], key);
            is_named |= strstr(manual, name) != NULL;
            free(name);
        }
        if (!is_named)
            fail_msg("the manual does not say what \"%s\" is", key);
        expect_keys(manual, value);
    }
}

/* Of a server that was explained, too, whose slab caches were read. */
static void the_manual_names_every_key(void **state)
{
    (void)state;
    const char *source = getenv("BACKBENCH_SOURCE");
    char *whole = read_file(source ? source : ".", "results/README.md");
    char *manual = strstr(whole, "## What --json says of servers over time"),
         *end = manual ? strstr(manual, "\n## Examples") : NULL;
    if (!end)
        fail_msg("the manual has no such section");
    *end = '\0';
    synthetic_consistency(&s, 4);
    synthetic_connections(&s, 4);
    synthetic_explanation(&s.result.rounds[0]);
    s.result.rounds[0]
        .phase_marks->items[s.result.rounds[0].phase_marks->count - 1]
        .page_tables_bytes += 1 << 20;
    summarise();
    char *text = capture(write_json);
    json_t *json = json_loads(text, 0, NULL),
           *of_workloads = json_object_get(json, "consistencies");
    json_t *server = json_array_get(json_object_get(json_array_get(of_workloads, 0), "servers"), 0);
    json_t *attribution = json_object_get(server, "attribution");
    assert_true(json_array_size(json_object_get(attribution, "resident")) > 0);
    assert_true(json_array_size(json_object_get(attribution, "kernel")) > 0);
    assert_true(json_is_object(json_object_get(server, "idle_connection")));
    expect_keys(manual, of_workloads);
    json_decref(json);
    free(text);
    free(whole);
}

int main(int argc, char **argv)
{
    struct paths paths;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(all_outputs_have_the_same_figures, release),
        cmocka_unit_test_teardown(the_json_has_every_measure_and_where_it_rests, release),
        cmocka_unit_test_teardown(the_manual_names_every_key, release),
    };
    if (!enter(&paths, argc > 1 ? argv[1] : NULL))
        return 1;
    cmocka_set_message_output(CM_OUTPUT_TAP);
    int failed = cmocka_run_group_tests_name("present same", tests, NULL, NULL);
    return leave(&paths, argc > 1) ? failed : 1;
}
