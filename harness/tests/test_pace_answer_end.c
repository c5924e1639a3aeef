/* Where pace's parser of answers ends one: what never would is refused at its limit, and what the
 * connection's close makes of one that has begun. */
#include "pace/answer.h"

#include "pace_answer_room.h"

/* start, then times middle, then rest; the caller frees. */
static char *repeated(const char *start, const char *middle, size_t times, const char *rest,
                      size_t *len)
{
    size_t start_len = strlen(start), middle_len = strlen(middle);
    char *text = xcalloc(1, start_len + times * middle_len + strlen(rest) + 1);
    strcpy(text, start);
    for (size_t i = 0; i < times; i++)
        memcpy(text + start_len + i * middle_len, middle, middle_len);
    strcpy(text + start_len + times * middle_len, rest);
    *len = strlen(text);
    return text;
}

static const struct limit {
    const char *name, *start, *middle, *rest;
    size_t most; /* times that are taken; one more is not */
    const char *why;
    size_t taken_bytes; /* of what is not */
} limits[] = {
    {"a head", "HTTP/1.1 204 No Content\r\nX: ", "x", "\r\n\r\n",
     ANSWER_HEAD_MOST - sizeof("HTTP/1.1 204 No Content\r\nX: \r\n\r\n") + 1,
     "its head is too long", ANSWER_HEAD_MOST},
    {"a name", "HTTP/1.1 204 No Content\r\n", "x", ": y\r\n\r\n",
     ANSWER_HEAD_MOST - sizeof("HTTP/1.1 204 No Content\r\n: y\r\n\r\n") + 1,
     "its head is too long", ANSWER_HEAD_MOST},
    {"a reason", "HTTP/1.1 204 ", "x", "\r\n\r\n",
     ANSWER_HEAD_MOST - sizeof("HTTP/1.1 204 \r\n\r\n") + 1, "its head is too long",
     ANSWER_HEAD_MOST},
    {"1xx answers", "", "HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 204 No Content\r\n\r\n",
     ANSWER_INTERIM_MOST, "too many 1xx",
     (ANSWER_INTERIM_MOST + 1) * (sizeof("HTTP/1.1 100 Continue\r\n\r\n") - 1)},
    {"an extension", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0;", "x", "\r\n\r\n",
     ANSWER_CHUNK_LINE_MOST - sizeof("0;\r\n") + 1, "line before a chunk is too long",
     sizeof("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n") - 1 + ANSWER_CHUNK_LINE_MOST},
    {"a size", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "0", "\r\n\r\n",
     ANSWER_CHUNK_LINE_MOST - sizeof("\r\n") + 1, "line before a chunk is too long",
     sizeof("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n") - 1 + ANSWER_CHUNK_LINE_MOST},
    {"a trailer", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: ", "x", "\r\n\r\n",
     ANSWER_HEAD_MOST - sizeof("X: \r\n\r\n") + 1, "its trailers are too long",
     sizeof("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n") - 1 + ANSWER_HEAD_MOST},
};

static void check_limit(const struct limit *limit, size_t piece)
{
    struct answer_case row = {.name = limit->name};
    struct outcome outcome;
    char *within = repeated(limit->start, limit->middle, limit->most, limit->rest, &row.len);
    row.bytes = within;
    read_cut(&outcome, &row, piece, piece);
    if (outcome.came != WHOLE || outcome.taken != row.len)
        fail_msg("%s: pieces of %zu: %s", limit->name, piece, outcome.why);
    free(within);

    char *beyond = repeated(limit->start, limit->middle, limit->most + 1, limit->rest, &row.len);
    row.bytes = beyond;
    read_cut(&outcome, &row, piece, piece);
    if (outcome.came != REFUSED || !strstr(outcome.why, limit->why) ||
        outcome.taken != limit->taken_bytes)
        fail_msg("%s and one more: pieces of %zu, %zu taken: %s", limit->name, piece, outcome.taken,
                 outcome.why);
    free(beyond);
}

static void what_is_without_end_is_refused_at_its_limit(void **state)
{
    (void)state;
    static const size_t pieces[] = {1, 7, 4096, 1000000};
    for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
        for (size_t j = 0; j < sizeof(pieces) / sizeof(pieces[0]); j++)
            check_limit(&limits[i], pieces[j]);
}

/* Many of them, each within its limit, are no reason to refuse. */
static void limits_are_of_one_part_each(void **state)
{
    (void)state;
    struct answer_case row = {.name = "many chunks with extensions"};
    struct outcome outcome;
    char *text = repeated("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
                          "1;an=extension\r\nx\r\n", 10000, "0\r\n\r\n", &row.len);
    row.bytes = text;
    read_cut(&outcome, &row, 11, 1009);
    assert_int_equal(outcome.came, WHOLE);
    assert_int_equal(outcome.body_len, 10000);
    free(text);
}

/* ---- the connection's end ---- */

static void a_close_ends_only_what_ends_with_it(void **state)
{
    (void)state;
    static const struct {
        const char *name, *bytes, *why;
    } table[] = {
        {"before a byte", "", "before its head was whole"},
        {"within a head", "HTTP/1.1 200 OK\r\n", "before its head was whole"},
        {"behind a 1xx", "HTTP/1.1 100 Continue\r\n\r\n", "before its head was whole"},
        {"within a body", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nh", "within its body"},
        {"within a chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nh",
         "within its body"},
        {"within trailers",
         "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX:", "within its body"},
        {"within a body up to the close", "HTTP/1.1 200 OK\r\n\r\nh", NULL},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct outcome outcome = {0};
        struct answer answer;
        answer_begin(&answer, false);
        assert_int_equal(give(&answer, &outcome, table[i].bytes, strlen(table[i].bytes)),
                         ANSWER_MORE);
        enum answer_step step = answer_closed(&answer);
        if (step != (table[i].why ? ANSWER_BAD : ANSWER_DONE))
            fail_msg("%s: %d", table[i].name, step);
        if (table[i].why && !strstr(answer_why(&answer), table[i].why))
            fail_msg("%s: %s", table[i].name, answer_why(&answer));
    }
}

static void it_has_begun_with_its_first_byte(void **state)
{
    (void)state;
    static const char *const answers[] = {"HTTP/1.1 200 OK\r\n\r\nhi",
                                          "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"};
    struct outcome outcome = {0};
    struct answer answer;
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        answer_begin(&answer, false);
        assert_false(answer_has_begun(&answer));
        for (const char *byte = answers[i]; *byte; byte++) {
            give(&answer, &outcome, byte, 1);
            assert_true(answer_has_begun(&answer));
        }
        assert_int_equal(answer_closed(&answer), ANSWER_DONE);
        assert_true(answer_has_begun(&answer));
    }
    answer_begin(&answer, false);
    assert_int_equal(answer_closed(&answer), ANSWER_BAD);
    assert_false(answer_has_begun(&answer));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_without_end_is_refused_at_its_limit),
        cmocka_unit_test(limits_are_of_one_part_each),
        cmocka_unit_test(a_close_ends_only_what_ends_with_it),
        cmocka_unit_test(it_has_begun_with_its_first_byte),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("pace answer, its end", tests, NULL, NULL);
}
