/* A read buffer as libmicrohttpd leaves it: separators
 * overwritten with NUL, strings pointing into it. */
#include "mhd/seen.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Parses as leniently as the library does, and shows what it
 * shows. Returns seen_judge's verdict. */
static int show(const char *head, size_t len, bool looks_at_places, struct http_request *request)
{
    static char out[HTTP_HEAD_LIMIT_BYTES];
    char *buffer = malloc(len), *line = buffer, *end = buffer + len;
    struct seen seen;
    int verdict;

    assert_non_null(buffer);
    memcpy(buffer, head, len);
    seen_init(&seen, out, sizeof out, looks_at_places);
    for (bool is_first = true; line < end && *line != '\r' && *line != '\n'; is_first = false) {
        char *lf = memchr(line, '\n', (size_t)(end - line)), *stop = lf;

        if (lf > line && lf[-1] == '\r')
            stop = lf - 1;
        memset(stop, '\0', (size_t)(lf + 1 - stop));
        if (is_first) {
            char *target = strchr(line, ' ') + 1, *version = strrchr(line, ' ') + 1;

            target[-1] = version[-1] = '\0';
            while (*target == ' ')
                target++;
            seen_line(&seen, (struct slice){line, strlen(line)},
                      (struct slice){target, strlen(target)}, target,
                      (struct slice){version, strlen(version)});
        } else {
            char *colon = strchr(line, ':'), *value = colon + 1;

            *colon = '\0';
            while (*value == ' ' || (*value >= '\t' && *value <= '\r'))
                value++;
            seen_field(&seen, (struct slice){line, strlen(line)},
                       (struct slice){value, strlen(value)});
        }
        line = lf + 1;
    }
    verdict = seen_judge(&seen, len, request);
    free(buffer);
    return verdict;
}

#define HEAD(text) text, sizeof(text) - 1

static const struct {
    const char *name, *head;
    size_t len;
    int verdict, without_places; /* 1: as if the places were looked at */
} cases[] = {
    {"a plain head is accepted", HEAD("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), 0, 1},
    {"white space around values is accepted", HEAD("GET / HTTP/1.1\r\nHost:\t a \t\r\nA:b\r\n\r\n"),
     0, 1},
    {"an empty value is accepted", HEAD("GET / HTTP/1.1\r\nHost: a\r\nA:\r\nB: \r\n\r\n"), 0, 1},
    {"HTTP/1.0 needs no Host", HEAD("GET / HTTP/1.0\r\n\r\n"), 0, 1},
    {"HTTP/1.1 needs one", HEAD("GET / HTTP/1.1\r\n\r\n"), -400, 1},
    {"two Hosts are refused", HEAD("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"), -400, 1},
    {"a space before the colon is refused", HEAD("GET / HTTP/1.1\r\nHost : a\r\n\r\n"), -400, 1},
    {"another version is refused", HEAD("GET / HTTP/1.2\r\nHost: a\r\n\r\n"), -505, 1},
    {"another expectation is refused", HEAD("GET / HTTP/1.1\r\nHost: a\r\nExpect: tea\r\n\r\n"),
     -417, 1},
    {"length and coding together are refused",
     HEAD("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"),
     -400, 1},
    {"a bare LF behind the request line is refused", HEAD("GET / HTTP/1.1\nHost: a\r\n\r\n"), -400,
     0},
    {"a bare LF behind a field is refused", HEAD("GET / HTTP/1.1\r\nHost: a\nA: b\r\n\r\n"), -400,
     0},
    {"a bare LF behind the last field is refused", HEAD("GET / HTTP/1.1\r\nHost: a\n\r\n"), -400,
     0},
    {"a bare LF as the empty line is refused", HEAD("GET / HTTP/1.1\r\nHost: a\r\n\n"), -400, 0},
    {"NUL in a value is refused", HEAD("GET / HTTP/1.1\r\nHost: a\0b\r\nA: b\r\n\r\n"), -400, 0},
    {"NUL in the last value is refused", HEAD("GET / HTTP/1.1\r\nHost: a\0b\r\n\r\n"), -400, 0},
    {"two spaces behind the method are refused", HEAD("GET  / HTTP/1.1\r\nHost: a\r\n\r\n"), -400,
     0},
    {"a vertical tab before a value is refused", HEAD("GET / HTTP/1.1\r\nHost: \va\r\n\r\n"), -400,
     0},
    {"a bare CR in a value is refused", HEAD("GET / HTTP/1.1\r\nHost: a\r\nA: b\rc\r\n\r\n"), -400,
     1},
};

static void a_head_is_judged_as_it_came(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct http_request request;

        print_message("# %s\n", cases[i].name);
        assert_int_equal(show(cases[i].head, cases[i].len, true, &request), cases[i].verdict);
        assert_int_equal(show(cases[i].head, cases[i].len, false, &request),
                         cases[i].without_places == 1 ? cases[i].verdict : 0);
    }
}

static void a_folded_field_is_refused(void **state)
{
    static char out[HTTP_HEAD_LIMIT_BYTES];
    char buffer[] = "GET\0/\0HTTP/1.1\0\0Host\0 a\0\0 c\0\0\0", moved[] = "Hostc";
    struct http_request request;
    struct seen seen;

    (void)state;
    seen_init(&seen, out, sizeof out, true);
    seen_line(&seen, (struct slice){buffer, 3}, (struct slice){buffer + 4, 1}, buffer + 4,
              (struct slice){buffer + 6, 8});
    seen_field(&seen, (struct slice){moved, 5}, (struct slice){buffer + 22, 1});
    assert_int_equal(seen_judge(&seen, 31, &request), -400);
}

static void the_target_may_be_a_copy(void **state)
{
    static char out[HTTP_HEAD_LIMIT_BYTES];
    char buffer[] = "GET\0/p\0q\0HTTP/1.0\0\0";
    struct http_request request;
    struct seen seen;

    (void)state;
    seen_init(&seen, out, sizeof out, true);
    seen_line(&seen, (struct slice){buffer, 3}, (struct slice){"/p?q", 4}, buffer + 4,
              (struct slice){buffer + 9, 8});
    assert_int_equal(seen_judge(&seen, 21, &request), 0);
    assert_memory_equal(request.path.ptr, "/p", 2);
    assert_memory_equal(request.query.ptr, "q", 1);
}

/* A head of exactly head_bytes, by the length of one value. */
static int judge_sized(size_t head_bytes)
{
    static const char before[] = "GET / HTTP/1.1\r\nHost: a\r\nA: ";
    static char head[HTTP_HEAD_LIMIT_BYTES + 64];
    struct http_request request;

    memset(head, 'x', sizeof head);
    memcpy(head, before, sizeof before - 1);
    memcpy(head + head_bytes - 4, "\r\n\r\n", 4);
    return show(head, head_bytes, true, &request);
}

static void a_head_is_limited(void **state)
{
    (void)state;
    assert_int_equal(judge_sized(HTTP_HEAD_LIMIT_BYTES), 0);
    assert_int_equal(judge_sized(HTTP_HEAD_LIMIT_BYTES + 1), -431);
    assert_int_equal(judge_sized(HTTP_HEAD_LIMIT_BYTES + 60), -431);
}

static const struct {
    const char *name, *text; /* "name\0value", in one piece */
    size_t name_len, value_at, value_len;
    int verdict;
} trailers[] = {
    {"a trailer is accepted", "A\0 b", 1, 3, 1, 0},
    {"an empty one, too", "A\0", 1, 2, 0, 0},
    {"a space before the colon is refused", "A \0 b", 2, 4, 1, -400},
    {"a control byte is refused", "A\0 \1", 1, 3, 1, -400},
    {"a name elsewhere, as of a folded line, is refused", "AA\0\0\0\0\0\0b", 2, 8, 1, -400},
};

static void trailers_are_judged(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof trailers / sizeof trailers[0]; i++) {
        char out[64];
        struct seen seen;

        print_message("# %s\n", trailers[i].name);
        seen_init(&seen, out, sizeof out, true);
        seen_trailer(
            &seen, (struct slice){trailers[i].text, trailers[i].name_len},
            (struct slice){trailers[i].text + trailers[i].value_at, trailers[i].value_len});
        assert_int_equal(seen_judge_trailers(&seen), trailers[i].verdict);
    }
}

static void no_trailer_is_accepted(void **state)
{
    char out[64];
    struct seen seen;

    (void)state;
    seen_init(&seen, out, sizeof out, true);
    assert_int_equal(seen_judge_trailers(&seen), 0);
}

static void a_field_of_the_head_is_no_trailer(void **state)
{
    static const char text[] = "A \0 b"; /* refused, if it is taken for one */
    char out[64];

    (void)state;
    for (int is_of_head = 0; is_of_head < 2; is_of_head++) {
        struct seen seen;

        seen_init(&seen, out, sizeof out, true);
        seen.head_end = is_of_head ? text + sizeof text : text;
        seen_trailer(&seen, (struct slice){text, 2}, (struct slice){text + 4, 1});
        assert_int_equal(seen_judge_trailers(&seen), is_of_head ? 0 : -400);
    }
}

/* Of bytes in all, with the empty line behind it. */
static int judge_trailers_sized(size_t bytes)
{
    static char field[HTTP_HEAD_LIMIT_BYTES + 64] = "A\0 ";
    char out[HTTP_HEAD_LIMIT_BYTES];
    size_t value_bytes = bytes - strlen("A: \r\n\r\n");
    struct seen seen;

    memset(field + 3, 'x', value_bytes);
    seen_init(&seen, out, sizeof out, true);
    seen_trailer(&seen, (struct slice){field, 1}, (struct slice){field + 3, value_bytes});
    return seen_judge_trailers(&seen);
}

static void trailers_are_limited(void **state)
{
    (void)state;
    assert_int_equal(judge_trailers_sized(HTTP_HEAD_LIMIT_BYTES), 0);
    assert_int_equal(judge_trailers_sized(HTTP_HEAD_LIMIT_BYTES + 1), -431);
    assert_int_equal(judge_trailers_sized(HTTP_HEAD_LIMIT_BYTES + 60), -431);
}

static void only_known_versions_are_believed(void **state)
{
    (void)state;
    assert_true(seen_knows_places("0.9.75"));
    assert_false(seen_knows_places("0.9.76"));
    assert_false(seen_knows_places("1.0.1"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_head_is_judged_as_it_came),
        cmocka_unit_test(a_folded_field_is_refused),
        cmocka_unit_test(the_target_may_be_a_copy),
        cmocka_unit_test(a_head_is_limited),
        cmocka_unit_test(trailers_are_judged),
        cmocka_unit_test(no_trailer_is_accepted),
        cmocka_unit_test(a_field_of_the_head_is_no_trailer),
        cmocka_unit_test(trailers_are_limited),
        cmocka_unit_test(only_known_versions_are_believed),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
