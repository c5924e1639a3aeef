#include "ceiling/answers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct {
    const char *name;
    const char *bytes;
    unsigned heads;
} cases[] = {
    {"nothing", "", 0},
    {"one head", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", 1},
    {"three heads", "A\r\n\r\nB\r\n\r\nC\r\n\r\n", 3},
    {"an unfinished head", "GET / HTTP/1.1\r\nHost: a\r\n", 0},
    {"a CR too many", "A\r\r\n\r\n", 1},
    {"a CR between the lines", "A\r\n\r\r\n\r\n", 1},
    {"two blank lines", "A\r\n\r\n\r\n\r\n", 2},
    {"line feeds alone", "A\n\nB\n\n", 0},
    {"an LF too many", "A\r\n\n\r\n\r\n", 1},
    {"a head of some length",
     "GET /plaintext HTTP/1.1\r\nHost: localhost\r\n\r\nGET /plaintext HTTP/1.1\r\nHost: a\r\n\r\n",
     2},
};

/* Every way to cut the bytes into three reads. */
static void heads_are_counted_however_they_are_cut(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *bytes = cases[i].bytes;
        size_t len = strlen(bytes);

        print_message("# %s\n", cases[i].name);
        for (size_t a = 0; a <= len; a++)
            for (size_t b = a; b <= len; b++) {
                uint8_t matched = 0;
                unsigned heads = heads_count(&matched, bytes, a);

                heads += heads_count(&matched, bytes + a, b - a);
                heads += heads_count(&matched, bytes + b, len - b);
                assert_int_equal(heads, cases[i].heads);
            }
    }
}

/* Whatever lies before and behind it. */
static void a_blank_line_is_found_at_every_distance(void **state)
{
    enum { LONGEST = 70 };

    (void)state;
    for (size_t len = 4; len <= LONGEST; len++)
        for (size_t at = 0; at + 4 <= len; at++) {
            char bytes[LONGEST];
            char *exact = malloc(len); /* so that a look beyond shows */
            uint8_t matched = 0;

            memset(bytes, '-', sizeof bytes);
            memcpy(bytes + at, "\r\n\r\n", 4);
            memcpy(exact, bytes, len);
            assert_int_equal(heads_count(&matched, exact, len), 1);
            assert_int_equal(matched, 0);
            free(exact);
        }
}

/* A connection that owes any number of bytes, and gets them in any portions, gets whole answers. */
static void slices_join_into_whole_answers(void **state)
{
    static struct answers answers;
    uint64_t owed_bytes;
    size_t answered = 0;

    (void)state;
    answers_init(&answers, "backbench-ceiling");
    assert_memory_equal(answers.block, "HTTP/1.1 200 OK\r\n", 17);
    assert_memory_equal(answers.block + answers.answer_bytes - 13, "Hello, World!", 13);
    srand(3);
    for (owed_bytes = 500 * answers.answer_bytes; owed_bytes > 0;) {
        struct slice slice = answers_slice(&answers, owed_bytes);
        size_t sent = 1 + (size_t)rand() % slice.len;

        assert_true(slice.len <= owed_bytes);
        for (size_t i = 0; i < sent; i++)
            assert_int_equal(slice.ptr[i], answers.block[(answered + i) % answers.answer_bytes]);
        answered += sent;
        owed_bytes -= sent;
    }
    assert_int_equal(answered, 500 * answers.answer_bytes);
}

static void the_date_follows_the_clock(void **state)
{
    static struct answers answers;

    (void)state;
    answers_init(&answers, "backbench-ceiling");
    answers_tick(&answers, 784111777); /* the example of RFC 9110 section 5.6.7 */
    assert_non_null(
        memmem(answers.block, answers.answer_bytes, "Sun, 06 Nov 1994 08:49:37 GMT", 29));
    answers_tick(&answers, 784111778);
    assert_non_null(memmem(answers.block + 63 * answers.answer_bytes, answers.answer_bytes,
                           "Sun, 06 Nov 1994 08:49:38 GMT", 29));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(heads_are_counted_however_they_are_cut),
        cmocka_unit_test(a_blank_line_is_found_at_every_distance),
        cmocka_unit_test(slices_join_into_whole_answers),
        cmocka_unit_test(the_date_follows_the_clock),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("answers", tests, NULL, NULL);
}
