/* Lists of words, "did you mean", and numbers in ranges. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "data/strings.h"

static void splits_at_blanks_and_commas(void **state)
{
    (void)state;
    static const struct {
        const char *text, *joined;
    } table[] = {
        {"", ""},
        {" \t,, \n", ""},
        {"epoll", "epoll"},
        {"thread epoll", "thread|epoll"},
        {",thread,  epoll\turing ,", "thread|epoll|uring"},
        {"a b c d e f g h i", "a|b|c|d|e|f|g|h|i"},
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct strings list = {0};
        strings_split(&list, table[i].text);
        char *joined = strings_join(&list, "|");
        assert_string_equal(joined, table[i].joined);
        free(joined);
        strings_release(&list);
    }
}

static void keeps_copies_and_finds_whole_words(void **state)
{
    (void)state;
    char word[] = "epoll";
    struct strings list = {0}, copy = {0};

    strings_add(&list, word);
    word[0] = 'E';
    strings_copy(&copy, &list);
    strings_add(&copy, "uv");
    strings_release(&list);
    assert_true(strings_contain(&copy, "epoll"));
    assert_false(strings_contain(&copy, "epol"));
    assert_false(strings_contain(&copy, "Epoll"));
    assert_int_equal(copy.count, 2);
    assert_int_equal(list.count, 0);
    strings_release(&copy);
}

static void names_the_nearest_word_or_none(void **state)
{
    (void)state;
    static const struct {
        const char *text, *nearest;
    } table[] = {
        {"windows", "window_s"},
        {"windows_s", "window_s"},
        {"warmups", "warmup_s"},
        {"WORKLOADS", "workloads"},
        {"wrkloads", "workloads"},
        {"block", "blocks"},
        {"uw", "uv"},
        {"temperature", NULL},
        {"x", NULL},
        {"", NULL},
        {"vu", NULL},
    };
    struct strings known = {0};

    strings_split(&known, "workloads blocks warmup_s window_s uv");
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const char *nearest = strings_nearest(&known, table[i].text);
        if (table[i].nearest)
            assert_string_equal(nearest, table[i].nearest);
        else
            assert_null(nearest);
    }
    strings_release(&known);
}

static void suggests_the_nearest_word_or_all(void **state)
{
    (void)state;
    static const char *const words[] = {"thread", "epoll"};
    char *near = text_suggest(words, 2, "epol"), *far = text_suggest(words, 2, "nginx");

    assert_string_equal(near, "did you mean \"epoll\"?");
    assert_string_equal(far, "known are thread, epoll");
    free(near);
    free(far);
}

static void takes_plain_numbers_in_range_only(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool taken;
        unsigned number;
    } table[] = {
        {"1", true, 1},           {"600", true, 600},
        {"007", true, 7},         {"0", false, 0},
        {"601", false, 0},        {"", false, 0},
        {"-1", false, 0},         {"+1", false, 0},
        {" 1", false, 0},         {"1 ", false, 0},
        {"2.0", false, 0},        {"0x10", false, 0},
        {"1e2", false, 0},        {"99999999999999999999", false, 0},
        {"4294967297", false, 0},
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        unsigned number = 4711;
        assert_int_equal(text_number(&number, table[i].text, 1, 600), table[i].taken);
        assert_int_equal(number, table[i].taken ? table[i].number : 4711);
    }
}

static void names_a_file_by_its_stem(void **state)
{
    (void)state;
    static const struct {
        const char *path, *stem;
    } table[] = {
        {"workloads/json.lua", "json"},
        {"json.lua", "json"},
        {"json", "json"},
        {"/a.b/json", "json"},
        {"/a/wait-10ms.lua", "wait-10ms"},
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char *stem = text_stem(table[i].path);
        assert_string_equal(stem, table[i].stem);
        free(stem);
    }
}

static void an_error_is_minus_one_and_its_sentence(void **state)
{
    (void)state;
    char *error = NULL;

    assert_int_equal(text_error(&error, "%s:%d: no", "bench.ini", 12), -1);
    assert_string_equal(error, "bench.ini:12: no");
    free(error);
}

static void quotes_what_a_shell_would_take_apart(void **state)
{
    (void)state;
    static const struct {
        const char *word, *quoted;
    } words[] = {
        {"--servers", "--servers"}, {"epoll,uring", "epoll,uring"},
        {"./a b", "'./a b'"},       {"", "''"},
        {"it's", "'it'\\''s'"},     {"$HOME*", "'$HOME*'"},
    };

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        char *quoted = text_for_shell(words[i].word);
        assert_string_equal(quoted, words[i].quoted);
        free(quoted);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(splits_at_blanks_and_commas),
        cmocka_unit_test(keeps_copies_and_finds_whole_words),
        cmocka_unit_test(names_the_nearest_word_or_none),
        cmocka_unit_test(quotes_what_a_shell_would_take_apart),
        cmocka_unit_test(suggests_the_nearest_word_or_all),
        cmocka_unit_test(takes_plain_numbers_in_range_only),
        cmocka_unit_test(names_a_file_by_its_stem),
        cmocka_unit_test(an_error_is_minus_one_and_its_sentence),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("strings", tests, NULL, NULL);
}
