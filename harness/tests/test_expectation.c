/* What pace expects of answers, and what it says of one that is another. */
#include "pace/expectation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

/* sha256sum of "hi". */
#define HI_SHA256 "8f434346648f6b96df89dda901c5176b10a6d83961dd3c1ac88b59b2dc327aa4"

static struct expectation expectation_made(unsigned status, const char *type, const char *body,
                                           const char *sha256)
{
    const struct workload workload = {.expect_status = status,
                                      .expect_type = (char *)(uintptr_t)type,
                                      .expect_body = (char *)(uintptr_t)body,
                                      .expect_sha256 = (char *)(uintptr_t)sha256};
    struct expectation expectation;
    expectation_of(&expectation, &workload);
    return expectation;
}

static void a_workload_says_what_is_expected(void **state)
{
    (void)state;
    struct expectation expectation = expectation_made(201, "a/b", "body", HI_SHA256);
    assert_int_equal(expectation.status, 201);
    assert_string_equal(expectation.type, "a/b");
    assert_string_equal(expectation.body, "body");
    assert_int_equal(expectation.body_len, 4);
    assert_true(expectation.has_sha256);
    assert_int_equal(expectation.sha256[0], 0x8f);
    assert_int_equal(expectation.sha256[1], 0x43);
    assert_int_equal(expectation.sha256[31], 0xa4);
    expectation_release(&expectation);

    expectation = expectation_made(200, NULL, NULL, NULL);
    assert_null(expectation.type);
    assert_null(expectation.body);
    assert_false(expectation.has_sha256);
    expectation_release(&expectation);
}

static void status_and_length_must_suit(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        unsigned expected; /* 0: any 2xx */
        const char *body;
        unsigned status;
        uint64_t body_len;
        bool to_head, suits;
    } table[] = {
        {"200 is a 2xx", 0, NULL, 200, 7, false, true},
        {"299 is a 2xx", 0, NULL, 299, 0, false, true},
        {"199 is none", 0, NULL, 199, 0, false, false},
        {"300 is none", 0, NULL, 300, 0, false, false},
        {"the status", 404, NULL, 404, 7, false, true},
        {"another status", 404, NULL, 200, 7, false, false},
        {"another 2xx", 200, NULL, 204, 0, false, false},
        {"the length", 200, "body", 200, 4, false, true},
        {"a byte less", 200, "body", 200, 3, false, false},
        {"a byte more", 200, "body", 200, 5, false, false},
        {"no body where none is expected", 200, "", 200, 0, false, true},
        {"a body where none is expected", 200, "", 200, 1, false, false},
        {"no body to HEAD", 200, "body", 200, 0, true, true},
        {"another status to HEAD", 200, "body", 404, 0, true, false},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct expectation expectation =
            expectation_made(table[i].expected, NULL, table[i].body, NULL);
        if (expectation_suits(&expectation, table[i].status, table[i].body_len, table[i].to_head) !=
            table[i].suits)
            fail_msg("%s", table[i].name);
        expectation_release(&expectation);
    }
}

#define A_40 "0123456789012345678901234567890123456789"

static const struct {
    const char *name, *type, *body, *sha256; /* expected */
    const char *came_type, *came_body;
    const char *why; /* NULL: as expected */
    bool to_head;
} looks[] = {
    {"nothing is expected", NULL, NULL, NULL, "a/b", "body", NULL, false},
    {"what is expected", "a/b", "body", NULL, "a/b", "body", NULL, false},
    {"a type in another case", "text/plain", NULL, NULL, "Text/PLAIN", "", NULL, false},
    {"a type with parameters", "a/b", NULL, NULL, "a/b;charset=utf-8", "", NULL, false},
    {"parameters behind blanks", "a/b", NULL, NULL, "a/b\t; charset=utf-8", "", NULL, false},
    {"blanks behind a type", "a/b", NULL, NULL, "a/b \t", "", NULL, false},
    {"parameters that are expected", "a/b; c=d", NULL, NULL, "a/b;e=f", "", NULL, false},
    {"another type", "text/plain", NULL, NULL, "text/html; charset=utf-8", "",
     "its Content-Type is \"text/html; charset=utf-8\" instead of \"text/plain\"", false},
    {"a longer type", "text/plain", NULL, NULL, "text/plain2", "",
     "its Content-Type is \"text/plain2\" instead of \"text/plain\"", false},
    {"a shorter type", "text/plain", NULL, NULL, "text/p", "",
     "its Content-Type is \"text/p\" instead of \"text/plain\"", false},
    {"no type", "a/b", NULL, NULL, "", "", "it has no Content-Type, instead of \"a/b\"", false},
    {"the type is looked at first", "a/b", "x", NULL, "c/d", "y",
     "its Content-Type is \"c/d\" instead of \"a/b\"", false},
    {"a very long type", "a/b", NULL, NULL, A_40 A_40 A_40 A_40 A_40 A_40 A_40 A_40, "",
     "its Content-Type is \"01234567890123456789012345678901\"... instead of \"a/b\"", false},
    {"no body", NULL, "", NULL, "", "", NULL, false},
    {"another last byte", NULL, "Hello, World!", NULL, "", "Hello, World?",
     "from byte 12 on its body is \"?\" instead of \"!\"", false},
    {"another first byte", NULL, "Hello", NULL, "", "hello",
     "from byte 0 on its body is \"hello\" instead of \"Hello\"", false},
    {"two bytes that are others", NULL, "abcdef", NULL, "", "aXcdeX",
     "from byte 1 on its body is \"XcdeX\" instead of \"bcdef\"", false},
    {"a byte too many in the middle", NULL, "abcdef", NULL, "", "aXbcde",
     "from byte 1 on its body is \"Xbcde\" instead of \"bcdef\"", false},
    {"another body, and longer", NULL, "ab", NULL, "", "aXcd",
     "from byte 1 on its body is \"Xcd\" instead of \"b\"", false},
    {"another long body", NULL, "x" A_40, NULL, "", "y" A_40,
     "from byte 0 on its body is \"y0123456789012345678901234567890\"... instead of "
     "\"x0123456789012345678901234567890\"...",
     false},
    {"just what can be shown", NULL, "x", NULL, "", "y1234567890123456789012345678901",
     "from byte 0 on its body is \"y1234567890123456789012345678901\" instead of \"x\"", false},
    {"bytes that cannot be printed", NULL, "\x01", NULL, "", "\xff\n\"\\",
     "from byte 0 on its body is \"\\xff\\x0a\\x22\\x5c\" instead of \"\\x01\"", false},
    {"a body without its end", NULL, "body", NULL, "", "bod", "its body has 3 bytes instead of 4",
     false},
    {"a body and more", NULL, "body", NULL, "", "body!", "its body has 5 bytes instead of 4",
     false},
    {"an empty body", NULL, "body", NULL, "", "", "its body has 0 bytes instead of 4", false},
    {"a body where none is expected", NULL, "", NULL, "", "x", "its body has 1 bytes instead of 0",
     false},
    {"no body to HEAD", "a/b", "body", NULL, "a/b", "", NULL, true},
    {"another type to HEAD", "a/b", "body", NULL, "c/d", "",
     "its Content-Type is \"c/d\" instead of \"a/b\"", true},
    {"the hash", NULL, NULL, HI_SHA256, "", "hi", NULL, false},
    {"another hash", NULL, NULL, HI_SHA256, "", "ho",
     "its body of 2 bytes has SHA-256 a821c62e8104... instead of 8f434346648f...", false},
    {"the hash of nothing", NULL, NULL, HI_SHA256, "", "",
     "its body of 0 bytes has SHA-256 e3b0c44298fc... instead of 8f434346648f...", false},
    {"no hash to HEAD", NULL, NULL, HI_SHA256, "", "", NULL, true},
};

/* In pieces of so many bytes. */
static const char *look(struct lens *lens, size_t i, size_t piece)
{
    size_t type_len = strlen(looks[i].came_type), body_len = strlen(looks[i].came_body);
    lens_begin(lens);
    for (size_t at = 0; at < type_len; at += piece)
        lens_type(lens, looks[i].came_type + at, piece < type_len - at ? piece : type_len - at);
    for (size_t at = 0; at < body_len; at += piece)
        lens_body(lens, looks[i].came_body + at, piece < body_len - at ? piece : body_len - at);
    return lens_end(lens, looks[i].to_head);
}

static void check_look(struct lens *lens, size_t i, size_t piece)
{
    const char *why = look(lens, i, piece), *expected = looks[i].why;
    if ((why == NULL) != (expected == NULL) || (why && strcmp(why, expected) != 0))
        fail_msg("%s, in pieces of %zu: %s", looks[i].name, piece, why ? why : "(as expected)");
}

static void each_look_says_what_is_wrong(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(looks) / sizeof(looks[0]); i++) {
        struct expectation expectation =
            expectation_made(200, looks[i].type, looks[i].body, looks[i].sha256);
        struct lens *lens = lens_new(&expectation);
        for (size_t piece = 1; piece <= 400; piece++)
            check_look(lens, i, piece);
        lens_free(lens);
        expectation_release(&expectation);
    }
}

/* By libcrypto, which takes the digest: what a look allocates
 * would be allocated within the window. */
static size_t allocations;

static void *counted_malloc(size_t size, const char *file, int line)
{
    (void)file, (void)line;
    allocations++;
    return malloc(size);
}

static void *counted_realloc(void *ptr, size_t size, const char *file, int line)
{
    (void)file, (void)line;
    allocations++;
    return realloc(ptr, size);
}

static void counted_free(void *ptr, const char *file, int line)
{
    (void)file, (void)line;
    free(ptr);
}

static void a_look_allocates_nothing(void **state)
{
    (void)state;
    struct expectation expectation = expectation_made(200, "a/b", NULL, HI_SHA256);
    struct lens *lens = lens_new(&expectation);
    allocations = 0;
    EVP_MD_CTX_free(EVP_MD_CTX_new());
    assert_int_equal(allocations, 1); /* they are seen */
    allocations = 0;
    for (int i = 0; i < 3; i++) {
        lens_begin(lens);
        lens_type(lens, "a/b", 3);
        lens_body(lens, "hi", 2);
        assert_null(lens_end(lens, false));
        lens_begin(lens); /* and one that is given up */
        lens_body(lens, "h", 1);
    }
    assert_int_equal(allocations, 0);
    lens_free(lens);
    expectation_release(&expectation);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_workload_says_what_is_expected),
        cmocka_unit_test(status_and_length_must_suit),
        cmocka_unit_test(each_look_says_what_is_wrong),
        cmocka_unit_test(a_look_allocates_nothing),
    };
    /* Before OpenSSL allocates anything. */
    if (CRYPTO_set_mem_functions(counted_malloc, counted_realloc, counted_free) != 1)
        return 1;
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("expectation", tests, NULL, NULL);
}
