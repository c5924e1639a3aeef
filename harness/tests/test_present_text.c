/* Figures, and what a terminal and a program are given: text and JSON on made-up results. */
#include <jansson.h>

#include "present/format.h"
#include "tests/present_text.h"

static void write_colour(FILE *out)
{
    present_text(out, &s.result, &summary, text_width, true);
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

static void a_note_is_no_warning(void **state)
{
    (void)state;
    synthetic_bench(&s, 6);
    strings_add(&s.result.notes, "budget: fewer blocks");
    strings_add(&s.result.warnings, "load: wait for a quiet machine");
    summarise();
    char *text = capture(write_text);
    has(text, "\n· budget: fewer blocks\n");
    has(text, "\n! load: wait for a quiet machine\n");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(figures_have_units_and_few_digits),
        cmocka_unit_test_teardown(the_text_fits_a_terminal_and_says_it_all, release),
        cmocka_unit_test_teardown(the_text_fits_whatever_the_width_and_names_what_it_left_out,
                                  release),
        cmocka_unit_test_teardown(a_note_is_no_warning, release),
        cmocka_unit_test_teardown(the_json_parses_and_has_null_for_what_is_unknown, release),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("present text", tests, NULL, NULL);
}
