/* pace's parser of answers: the same outcome however the bytes are cut. */
#include "pace/answer.h"

#include "pace_answer_room.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_answer_is_read_or_refused),
        cmocka_unit_test(wherever_it_is_cut_the_same_comes_of_it),
        cmocka_unit_test(answers_in_a_row_end_where_the_next_begins),
        cmocka_unit_test(each_byte_is_allowed_or_not_wherever_it_stands),
        cmocka_unit_test(nobody_need_look),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("pace answer", tests, NULL, NULL);
}
