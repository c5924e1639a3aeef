/* The scalar parser says of every prefix of every case what the one with SSE2 says. */
#include "scalar_request.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#include "request_cases.h"

static void check_equal(const struct http_request *a, const struct http_request *b)
{
    assert_int_equal(a->method, b->method);
    assert_int_equal(a->http10, b->http10);
    assert_int_equal(a->keep_alive, b->keep_alive);
    assert_int_equal(a->expect_continue, b->expect_continue);
    assert_int_equal(a->chunked, b->chunked);
    assert_int_equal(a->content_length, b->content_length);
    assert_ptr_equal(a->path.ptr, b->path.ptr);
    assert_int_equal(a->path.len, b->path.len);
    assert_ptr_equal(a->query.ptr, b->query.ptr);
    assert_int_equal(a->query.len, b->query.len);
    assert_ptr_equal(a->authorization.ptr, b->authorization.ptr);
    assert_int_equal(a->authorization.len, b->authorization.len);
}

static void test_case(void **state)
{
    const struct request_case *c = *state;
    size_t here_scanned = 0, scalar_scanned = 0;
    int here = 0;
    for (size_t len = 0; len <= c->len && here == 0; len++) {
        struct http_request here_request, scalar_request;
        char *copy = malloc(len + 1);
        assert_non_null(copy);
        char *bytes = copy + 1; /* ends with its block */
        memcpy(bytes, c->bytes, len);
        here = http_request_parse(&here_request, bytes, len, &here_scanned);
        int scalar = scalar_http_request_parse(&scalar_request, bytes, len, &scalar_scanned);
        assert_int_equal(here, scalar);
        assert_int_equal(here_scanned, scalar_scanned);
        if (here > 0)
            check_equal(&here_request, &scalar_request);
        else if (here < 0)
            assert_int_equal(here_request.method, scalar_request.method);
        free(copy);
    }
}

int main(void)
{
    static struct CMUnitTest tests[REQUEST_CASES];
    for (size_t i = 0; i < REQUEST_CASES; i++)
        tests[i] = (struct CMUnitTest){request_cases[i].name, test_case, NULL, NULL,
                                       (void *)&request_cases[i]};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("request without SSE2", tests, NULL, NULL);
}
