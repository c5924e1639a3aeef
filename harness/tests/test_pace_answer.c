/* pace's parser of answers: the same outcome however the bytes are cut. */
#include "pace/answer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "data/strings.h"
#include "pace_answer_cases.h"

enum { SHOWN_MOST = 256 };

/* All that comes of the bytes of one answer. */
struct outcome {
    enum came came;
    size_t taken;
    unsigned status;
    uint64_t body_len;
    bool keeps_alive, ends_at_close;
    char body[SHOWN_MOST], type[SHOWN_MOST]; /* as they were shown */
    const char *why;
};

static void append(char *text, const char *bytes, size_t len)
{
    size_t has = strlen(text);
    if (len < SHOWN_MOST - has)
        memcpy(text + has, bytes, len);
}

static void show_body(void *argument, const char *bytes, size_t len)
{
    append(((struct outcome *)argument)->body, bytes, len);
}

static void show_type(void *argument, const char *value, size_t len)
{
    append(((struct outcome *)argument)->type, value, len);
}

/* Gives len bytes in memory of their own, so that AddressSanitizer sees when more are read. */
static enum answer_step give(struct answer *answer, struct outcome *outcome, const char *bytes,
                             size_t len)
{
    const struct answer_sink sink = {
        .body = show_body, .content_type = show_type, .argument = outcome};
    size_t taken = SIZE_MAX;
    char *piece = xcalloc(1, len ? len : 1);
    memcpy(piece, bytes, len);
    enum answer_step step = answer_take(answer, piece, len, &taken, &sink);
    free(piece);
    assert_true(taken <= len);
    assert_true(step != ANSWER_MORE || taken == len);
    outcome->taken += taken;
    return step;
}

static void end(struct outcome *outcome, struct answer *answer, enum answer_step step)
{
    bool closed = step == ANSWER_MORE && answer->ends_at_close;
    if (closed)
        step = answer_closed(answer);
    outcome->came = step == ANSWER_BAD    ? REFUSED
                    : step == ANSWER_MORE ? UNFINISHED
                    : closed              ? WHOLE_AT_CLOSE
                                          : WHOLE;
    outcome->why = step == ANSWER_BAD ? answer_why(answer) : "";
    outcome->status = answer->status;
    outcome->body_len = answer->body_len;
    outcome->keeps_alive = answer->keeps_alive;
    outcome->ends_at_close = answer->ends_at_close;
}

/* In a first piece, and the rest in pieces of so many bytes. */
static void read_cut(struct outcome *outcome, const struct answer_case *row, size_t first,
                     size_t piece)
{
    struct answer answer;
    enum answer_step step = ANSWER_MORE;
    *outcome = (struct outcome){0};
    answer_begin(&answer, row->to_head);
    size_t at = 0;
    for (size_t len = first; step == ANSWER_MORE; len = piece) {
        len = len < row->len - at ? len : row->len - at;
        step = give(&answer, outcome, row->bytes + at, len);
        at += len;
        if (at == row->len)
            break;
    }
    end(outcome, &answer, step);
}

static void check_row(const struct answer_case *row, const struct outcome *outcome)
{
    unsigned status = row->no_status ? 0 : row->status ? row->status : 200;
    const char *body = row->body ? row->body : "", *type = row->type ? row->type : "";
    if (outcome->came != row->came || outcome->status != status)
        fail_msg("%s: came %d, status %u: %s", row->name, outcome->came, outcome->status,
                 outcome->why);
    if (row->came == REFUSED && strstr(outcome->why, row->why) == NULL)
        fail_msg("%s: \"%s\" does not say \"%s\"", row->name, outcome->why, row->why);
    if (strcmp(outcome->body, body) != 0 || outcome->body_len != strlen(body))
        fail_msg("%s: a body of %llu bytes, \"%s\"", row->name,
                 (unsigned long long)outcome->body_len, outcome->body);
    if (strcmp(outcome->type, type) != 0)
        fail_msg("%s: type \"%s\"", row->name, outcome->type);
    bool whole = row->came == WHOLE || row->came == WHOLE_AT_CLOSE;
    if (whole && outcome->keeps_alive == row->closes)
        fail_msg("%s: it %s alive", row->name, row->closes ? "keeps" : "does not keep");
    const char *rest = row->bytes + outcome->taken;
    size_t rest_len = row->len - outcome->taken;
    const char *expected = row->rest ? row->rest : "";
    if ((whole || row->rest) &&
        (rest_len != strlen(expected) || memcmp(rest, expected, rest_len) != 0))
        fail_msg("%s: \"%.*s\" is left", row->name, (int)rest_len, rest);
}

static void each_answer_is_read_or_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < ANSWER_CASES; i++) {
        struct outcome outcome;
        read_cut(&outcome, &answer_cases[i], answer_cases[i].len, answer_cases[i].len);
        check_row(&answer_cases[i], &outcome);
    }
}

static void check_same(const struct answer_case *row, const struct outcome *cut,
                       const struct outcome *whole, size_t first)
{
    if (cut->came != whole->came || cut->taken != whole->taken || cut->status != whole->status ||
        cut->body_len != whole->body_len || cut->keeps_alive != whole->keeps_alive ||
        cut->ends_at_close != whole->ends_at_close || strcmp(cut->why, whole->why) != 0 ||
        strcmp(cut->body, whole->body) != 0 || strcmp(cut->type, whole->type) != 0)
        fail_msg("%s: cut at %zu, came %d: %s", row->name, first, cut->came, cut->why);
}

static void wherever_it_is_cut_the_same_comes_of_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < ANSWER_CASES; i++) {
        const struct answer_case *row = &answer_cases[i];
        struct outcome whole, cut;
        read_cut(&whole, row, row->len, row->len);
        for (size_t first = 0; first <= row->len; first++) {
            read_cut(&cut, row, first, row->len);
            check_same(row, &cut, &whole, first);
        }
        for (size_t piece = 1; piece <= 9; piece++) {
            read_cut(&cut, row, piece, piece);
            check_same(row, &cut, &whole, piece);
        }
    }
}

static void answers_in_a_row_end_where_the_next_begins(void **state)
{
    (void)state;
    static const char row[] =
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
        "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n"
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n"
        "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
        "HTTP/1.1 200 OK\r\n\r\nto the end";
    static const struct {
        bool to_head;
        unsigned status;
        const char *body;
    } expected[] = {{false, 200, "hi"}, {false, 200, "abc"}, {true, 200, ""},
                    {false, 204, ""},   {false, 404, ""},    {false, 200, "to the end"}};
    enum { COUNT = sizeof(expected) / sizeof(expected[0]) };
    for (size_t piece = 1; piece <= sizeof(row); piece++) {
        struct outcome outcome = {0};
        struct answer answer;
        size_t count = 0;
        answer_begin(&answer, expected[0].to_head);
        for (size_t at = 0; at < sizeof(row) - 1;) {
            size_t left = sizeof(row) - 1 - at, before = outcome.taken;
            enum answer_step step = give(&answer, &outcome, row + at, left < piece ? left : piece);
            at += outcome.taken - before;
            assert_int_not_equal(step, ANSWER_BAD);
            if (step == ANSWER_MORE)
                continue;
            assert_int_equal(answer.status, expected[count].status);
            assert_string_equal(outcome.body, expected[count].body);
            outcome = (struct outcome){0};
            answer_begin(&answer, expected[++count].to_head);
        }
        assert_int_equal(count, COUNT - 1);
        assert_int_equal(answer_closed(&answer), ANSWER_DONE);
        assert_string_equal(outcome.body, expected[count].body);
    }
}

/* ---- each byte ---- */

/* RFC 9110, 5.6.2 and 5.5; CR and LF end lines, and a colon ends a name. */
static bool may_stand(bool in_name, int byte)
{
    static const char others[] = "!#$%&'*+-.^_`|~";
    bool is_letter = (byte | 0x20) >= 'a' && (byte | 0x20) <= 'z',
         is_digit = byte >= '0' && byte <= '9';
    if (in_name)
        return byte < 0x80 && (is_letter || is_digit || (byte && strchr(others, byte)));
    return byte == '\t' || (byte >= ' ' && byte != 0x7f);
}

/* Where the eight bytes that are looked at together begin must make no difference. */
static void check_byte(bool in_name, size_t place, int byte)
{
    char text[] =
        "HTTP/1.1 204 No Content\r\nnamenamenamenamename: valuevaluevaluevalueval\r\n\r\n";
    struct answer_case row = {.bytes = text, .len = sizeof(text) - 1};
    struct outcome outcome;
    strstr(text, in_name ? "name" : "value")[place] = (char)byte;
    read_cut(&outcome, &row, row.len, row.len);
    if ((outcome.came == WHOLE) != may_stand(in_name, byte))
        fail_msg("byte %d at %zu of a %s: came %d", byte, place, in_name ? "name" : "value",
                 outcome.came);
}

static void each_byte_is_allowed_or_not_wherever_it_stands(void **state)
{
    (void)state;
    for (int byte = 0; byte < 256; byte++)
        for (size_t place = 0; place < 20; place++) {
            if (byte != ':') /* there a shorter name ends */
                check_byte(true, place, byte);
            check_byte(false, place, byte);
        }
}

/* ---- limits ---- */

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

static void nobody_need_look(void **state)
{
    (void)state;
    static const char bytes[] =
        "HTTP/1.1 200 OK\r\nContent-Type: a/b\r\nContent-Length: 2\r\n\r\nhi";
    static const struct answer_sink none = {0};
    const struct answer_sink *const sinks[] = {NULL, &none};
    for (size_t i = 0; i < 2; i++) {
        struct answer answer;
        size_t taken;
        answer_begin(&answer, false);
        assert_int_equal(answer_take(&answer, bytes, sizeof(bytes) - 1, &taken, sinks[i]),
                         ANSWER_DONE);
        assert_int_equal(answer.body_len, 2);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_answer_is_read_or_refused),
        cmocka_unit_test(wherever_it_is_cut_the_same_comes_of_it),
        cmocka_unit_test(answers_in_a_row_end_where_the_next_begins),
        cmocka_unit_test(each_byte_is_allowed_or_not_wherever_it_stands),
        cmocka_unit_test(what_is_without_end_is_refused_at_its_limit),
        cmocka_unit_test(limits_are_of_one_part_each),
        cmocka_unit_test(a_close_ends_only_what_ends_with_it),
        cmocka_unit_test(it_has_begun_with_its_first_byte),
        cmocka_unit_test(nobody_need_look),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("pace answer", tests, NULL, NULL);
}
