/* The parser of conformance cases, how the forms cut them, and the suite's own cases. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check/case.h"
#include "check/case_text.h"
#include "check/script.h"
#include "data/strings.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define MINIMAL      "why Because (RFC 1 section 1).\n> a\n< b\n"

/* ---- bytes ---- */

static const struct {
    const char *text;
    size_t len;
    const char *bytes;
} texts[] = {
    {"plain text", 10, "plain text"},
    {"\\r\\n\\t\\0\\\\\\{", 6, "\r\n\t\0\\{"},
    {"\\x00\\xff\\x7F", 3, "\x00\xff\x7f"},
    {"{x*3}", 3, "xxx"},
    {"a{\\r\\n*2}b", 6, "a\r\n\r\nb"},
    {"{a*b*2}", 6, "a*ba*b"},
    {"{octets 3}", 3, "\x00\x01\x02"},
    {"x}y", 3, "x}y"},
    {"\\x20", 1, " "},
};

static void test_texts_become_bytes(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct step step = {.kind = STEP_SEND, .date_at = NO_WILDCARD, .server_at = NO_WILDCARD};
        assert_null(case_text_append(&step, texts[i].text));
        assert_int_equal(step.len, texts[i].len);
        assert_memory_equal(step.bytes, texts[i].bytes, step.len);
        free(step.bytes);
    }
}

static void test_octets_begin_again_after_251(void **state)
{
    (void)state;
    struct step step = {.kind = STEP_SEND};
    assert_null(case_text_append(&step, "{octets 503}"));
    assert_int_equal((unsigned char)step.bytes[250], 250);
    assert_int_equal(step.bytes[251], 0);
    assert_int_equal(step.bytes[502], 0);
    free(step.bytes);
}

static const char *const wrong_texts[] = {
    "\\",
    "\\q",
    "\\x1",
    "\\xg0",
    "{x*3",
    "{x*0}",
    "{x}",
    "{*3}",
    "{x*-1}",
    "{x*3 }",
    "{octets }",
    "{octets 0}",
    "{octets x}",
    "{\\q*2}",
    "{date}",
    "{server}",
    "caf\xc3\xa9",
    "a\tb",
    "{x*99999999999999999999}",
    "{octets 99999999999}",
};

static void test_malformed_texts_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(wrong_texts); i++) {
        struct step step = {.kind = STEP_SEND, .date_at = NO_WILDCARD, .server_at = NO_WILDCARD};
        if (case_text_append(&step, wrong_texts[i]) == NULL)
            fail_msg("%s was accepted", wrong_texts[i]);
        free(step.bytes);
    }
}

static void test_wildcards_have_places(void **state)
{
    (void)state;
    struct step step = {.kind = STEP_ANSWER, .date_at = NO_WILDCARD, .server_at = NO_WILDCARD};
    assert_null(case_text_append(&step, "a{server}b{date}c"));
    assert_int_equal(step.server_at, 1);
    assert_int_equal(step.date_at, 2);
    assert_int_equal(step.len, 3);
    assert_non_null(case_text_append(&step, "{date}"));
    free(step.bytes);
}

static void test_escaping_shows_every_byte(void **state)
{
    (void)state;
    char *text = case_text_escape("a\"\r\n\0\xff", 6, 100);
    assert_string_equal(text, "\"a\\\"\\r\\n\\x00\\xff\"");
    free(text);
    text = case_text_escape("abcdef", 6, 3);
    assert_string_equal(text, "\"abc\"... (6 bytes in all)");
    free(text);
    text = case_text_escape("", 0, 3);
    assert_string_equal(text, "nothing");
    free(text);
}

/* ---- files ---- */

static void test_keys_and_steps_are_read(void **state)
{
    (void)state;
    struct test_case test;
    char *error = NULL;
    assert_int_equal(
        case_parse(
            &test, "name",
            "# a comment\nwhy Because (RFC 1 section 1).\nroute echo\ngate yes\ninterim yes\n"
            "end close\nafter 50\nreceive-buffer 2048\n\n> a\n> b\npause 20\n> c\nfin\nstall 30\n"
            "< d\n< e\n\n< f\n",
            &error),
        0);
    assert_string_equal(test.why, "Because (RFC 1 section 1).");
    assert_string_equal(test.route, "echo");
    assert_true(test.gate && test.interim && !test.is_long);
    assert_int_equal(test.ending, ENDING_CLOSE);
    assert_int_equal(test.after_ms, 50);
    assert_int_equal(test.receive_buffer_bytes, 2048);
    static const enum step_kind kinds[] = {STEP_SEND,  STEP_PAUSE,  STEP_SEND,  STEP_FIN,
                                           STEP_STALL, STEP_ANSWER, STEP_ANSWER};
    assert_int_equal(test.count, COUNT(kinds));
    for (size_t i = 0; i < COUNT(kinds); i++)
        assert_int_equal(test.steps[i].kind, kinds[i]);
    assert_memory_equal(test.steps[0].bytes, "ab", 2);
    assert_memory_equal(test.steps[5].bytes, "de", 2);
    assert_int_equal(test.steps[1].ms, 20);
    case_release(&test);
}

static const struct {
    const char *text, *says;
} wrong_cases[] = {
    {"> a\n< b\n", "why is missing"},
    {"why x\nwhy y\n> a\n< b\n", "line 2: the key stands twice"},
    {"why\n> a\n< b\n", "line 1: the key has no value"},
    {"why x\ncolour red\n> a\n< b\n", "line 2: a line is a key"},
    {"why x\n> a\n< b\nroute echo\n", "line 4: keys stand before"},
    {"why x\nend soon\n> a\n< b\n", "open, close or reset"},
    {"why x\nforms whole upside-down\n> a\n< b\n", "forms are"},
    {"why x\nforms\n> a\n< b\n", "forms are"},
    {"why x\ngate no\n> a\n< b\n", "yes"},
    {"why x\nafter soon\n> a\n< b\n", "whole number"},
    {"why x\nafter 0\n> a\n< b\n", "whole number"},
    {"why x\n> a\npause 9999999\n< b\n", "whole number"},
    {"why x\nend close\n< b\n", "nothing is sent"},
    {"why x\n> a\n", "nothing is expected"},
    {"why x\nlong yes\n> a\n< b\n", "before"},
    {"why x\nbefore 10\n> a\n< b\n", "before"},
    {"why x\n> \\q\n< b\n", "line 2: a backslash"},
    {"why x\n>a\n< b\n", "line 2: a line is a key"},
};

static void test_malformed_cases_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(wrong_cases); i++) {
        struct test_case test;
        char *error = NULL;
        assert_int_equal(case_parse(&test, "name", wrong_cases[i].text, &error), -1);
        if (strstr(error, wrong_cases[i].says) == NULL ||
            strncmp(error, "name.case, line ", 16) != 0)
            fail_msg("case %zu: %s", i, error);
        free(error);
    }
}

static unsigned forms_of(const char *text)
{
    struct test_case test;
    char *error = NULL;
    assert_int_equal(case_parse(&test, "name", text, &error), 0);
    unsigned forms = test.forms;
    case_release(&test);
    return forms;
}

static void test_pipelining_is_for_one_write_that_stays_open(void **state)
{
    (void)state;
    unsigned pipelined = 1u << FORM_PIPELINED;
    assert_true(forms_of(MINIMAL) & pipelined);
    assert_false(forms_of("why x\nend close\n> a\n< b\n") & pipelined);
    assert_false(forms_of("why x\n> a\n< b\n> c\n< d\n") & pipelined);
    assert_false(forms_of("why x\n> a\npause 10\n< b\n") & pipelined);
    assert_int_equal(forms_of("why x\nforms whole\n> a\n< b\n"), 1u << FORM_WHOLE);
    assert_int_equal(forms_of("why x\nlong yes\nbefore 10\n> a\n< b\n"), 1u << FORM_WHOLE);
}

/* ---- forms ---- */

static const struct {
    const char *sends;
    enum form form;
    const char *pieces; /* divided by '|' */
} cuts[] = {
    {"ab\\r\\nc\\r\\n\\r\\nd", FORM_WHOLE, "ab\r\nc\r\n\r\nd"},
    {"ab\\r\\nc\\r\\n\\r\\nd", FORM_SPLIT, "ab\r\n|c\r\n|\r\n|d"},
    {"ab\\r\\n", FORM_SPLIT, "ab\r\n"},
    {"abc", FORM_BYTES, "a|b|c"},
    {"abc", FORM_PIPELINED, "abcabc"},
};

static void test_forms_cut_the_bytes(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cuts); i++) {
        struct test_case test;
        struct script script;
        char *error = NULL, pieces[64] = "",
             *text = text_format("why x\n> %s\n< e\n", cuts[i].sends);
        assert_int_equal(case_parse(&test, "name", text, &error), 0);
        script_build(&script, &test, cuts[i].form, NULL);
        for (size_t m = 0; m < script.count; m++)
            if (script.moves[m].kind == STEP_SEND)
                snprintf(pieces + strlen(pieces), sizeof(pieces) - strlen(pieces), "%s%.*s",
                         *pieces ? "|" : "", (int)script.moves[m].len, script.moves[m].bytes);
        assert_string_equal(pieces, cuts[i].pieces);
        script_release(&script);
        case_release(&test);
        free(text);
    }
}

static void test_pieces_of_a_long_request_are_all_of_it(void **state)
{
    (void)state;
    struct test_case test;
    struct script script;
    char *error = NULL;
    assert_int_equal(case_parse(&test, "name", "why x\n> {octets 100000}\n< e\n", &error), 0);
    script_build(&script, &test, FORM_BYTES, NULL);
    size_t at = 0;
    for (size_t i = 0; i < script.count; i++)
        if (script.moves[i].kind == STEP_SEND) {
            assert_ptr_equal(script.moves[i].bytes, test.steps[0].bytes + at);
            at += script.moves[i].len;
        }
    assert_int_equal(at, 100000);
    assert_int_equal(script.moves[0].len, 1);
    assert_true(script.count < 1000);
    script_release(&script);
    case_release(&test);
}

static void test_pipelined_answers_come_twice_and_the_probe_last(void **state)
{
    (void)state;
    struct test_case test, probe;
    struct script script;
    char *error = NULL;
    assert_int_equal(case_parse(&test, "name", "why x\n> a\n< b\n\n< c\n", &error), 0);
    assert_int_equal(case_parse(&probe, "probe", MINIMAL, &error), 0);
    script_build(&script, &test, FORM_PIPELINED, &probe);
    assert_int_equal(script.count, 1 + 4 + 2);
    assert_ptr_equal(script.moves[1].answer, &test.steps[1]);
    assert_ptr_equal(script.moves[2].answer, &test.steps[2]);
    assert_ptr_equal(script.moves[3].answer, &test.steps[1]);
    assert_false(script.moves[4].probe);
    assert_true(script.moves[5].probe && script.moves[6].probe);
    script_release(&script);
    case_release(&test);
    case_release(&probe);
}

/* ---- the suite's own ---- */

static void test_own_cases_are_read_and_say_why(void **state)
{
    (void)state;
    const char *source = getenv("BACKBENCH_SOURCE");
    char *folder = text_format("%s/servers/tests/conformance", source ? source : "."),
         *error = NULL;
    struct test_cases cases;
    if (cases_read(&cases, folder, &error) < 0)
        fail_msg("%s", error);
    assert_true(cases.count >= 300);
    for (size_t i = 0; i < cases.count; i++)
        if (strstr(cases.items[i].why, "(RFC ") == NULL ||
            strstr(cases.items[i].why, " section ") == NULL)
            fail_msg("%s does not cite its section", cases.items[i].name);
    cases_release(&cases);
    free(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        {"texts become the bytes they stand for", test_texts_become_bytes, NULL, NULL, NULL},
        {"octets begin again after 251", test_octets_begin_again_after_251, NULL, NULL, NULL},
        {"malformed texts are refused", test_malformed_texts_are_refused, NULL, NULL, NULL},
        {"wildcards have their places", test_wildcards_have_places, NULL, NULL, NULL},
        {"escaping shows every byte", test_escaping_shows_every_byte, NULL, NULL, NULL},
        {"keys and steps are read", test_keys_and_steps_are_read, NULL, NULL, NULL},
        {"malformed cases are refused with their line", test_malformed_cases_are_refused, NULL,
         NULL, NULL},
        {"only one write that stays open is pipelined",
         test_pipelining_is_for_one_write_that_stays_open, NULL, NULL, NULL},
        {"the forms cut the bytes", test_forms_cut_the_bytes, NULL, NULL, NULL},
        {"the pieces of a long request are all of it", test_pieces_of_a_long_request_are_all_of_it,
         NULL, NULL, NULL},
        {"pipelined answers come twice, the probe last",
         test_pipelined_answers_come_twice_and_the_probe_last, NULL, NULL, NULL},
        {"each case of the suite is read and cites its section",
         test_own_cases_are_read_and_say_why, NULL, NULL, NULL},
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return _cmocka_run_group_tests("case", tests, COUNT(tests), NULL, NULL);
}
