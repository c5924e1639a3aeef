/* Sentences wrapped for a terminal: no line is too wide,
 * figures keep their sign, and nothing is lost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "present/text_lines.h"

static void a_sentence_is_wrapped_where_it_may_be(void **state)
{
    (void)state;
    static const struct {
        int width, indent;
        const char *first, *text, *lines;
    } table[] = {
        {10, 2, "", "", "\n"},
        {10, 2, "  ", "one two", "  one two\n"},
        {10, 2, "  ", "one two three", "  one two\n  three\n"},
        {10, 0, "", "one  two", "one two\n"},
        {10, 2, "  ", "cost 4.1 %", "  cost\n  4.1 %\n"},
        {10, 2, "first: ", "one", "first: one\n"},
        {10, 2, "first: ", "four", "first: \n  four\n"},
        {10, 2, "first: ", "four a b", "first: \n  four a b\n"},
        {10, 2, "first: ", "abcdefg a b", "first: \n  abcdefg\n  a b\n"},
        {10, 2, "  ", "abcdefghijklmnopqr", "  abcdefgh\n  ijklmnop\n  qr\n"},
        {10, 0, "", "a abcdefghijklm b", "a\nabcdefghij\nklm b\n"},
        {5, 0, "", "äöüäöü", "äöüäö\nü\n"},
        {10, 0, "", "a\x1b[2J\x7f", "a?[2J?\n"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char text[128] = "";
        struct text_lines lines = {fmemopen(text, sizeof text, "w"), table[i].width,
                                   table[i].indent};
        text_put_wrapped(&lines, table[i].first, table[i].text);
        fclose(lines.out);
        assert_string_equal(text, table[i].lines);
    }
}

static void columns_are_characters(void **state)
{
    (void)state;
    assert_int_equal(text_columns("größe 4.62 µs"), 13);
    assert_int_equal(text_columns(""), 0);
    assert_int_equal(text_columns_bytes("größe", 3), 4);
    assert_int_equal(text_columns_bytes("größe", 9), 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sentence_is_wrapped_where_it_may_be),
        cmocka_unit_test(columns_are_characters),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("text_lines", tests, NULL, NULL);
}
