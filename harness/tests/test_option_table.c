/* Options of a command that is made up: what is given twice,
 * and what a refusal says of the limits of a row. */
#include "cmd/option_table.h"

#include <stddef.h>

#include "cmd/cmd.h" /* before cmocka.h, which makes a macro of fail */
#include "data/strings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct made {
    const char *text;
    struct strings list;
    unsigned once, often; /* how many times each was taken */
    unsigned count, short_s, long_s;
    bool flag;
};

static int take(void *member, const char *text)
{
    (void)text;
    ++*(unsigned *)member;
    return 0;
}

static const struct option_row rows[] = {
    OPTION_ROW("text", "X", OPTION_TEXT, offsetof(struct made, text), 0, 0, "a text"),
    OPTION_ROW("list", "X", OPTION_LIST, offsetof(struct made, list), 0, 0, "a list"),
    OPTION_ROW("path", "X", OPTION_PATH, offsetof(struct made, list), 0, 0, "a path"),
    {"once", "X", OPTION_OWN, offsetof(struct made, once), 0, 0, "one", "say it in one", take,
     false},
    {"often", "X", OPTION_OWN, offsetof(struct made, often), 0, 0, "many", NULL, take, true},
    OPTION_ROW("count", "N", OPTION_COUNT, offsetof(struct made, count), 2, 7, "a number"),
    OPTION_ROW("short", "TIME", OPTION_DURATION, offsetof(struct made, short_s), 1, 90, "short"),
    OPTION_ROW("long", "TIME", OPTION_DURATION, offsetof(struct made, long_s), 600, 2 * 86400,
               "long"),
    OPTION_ROW("flag", NULL, OPTION_FLAG, offsetof(struct made, flag), 0, 0, "a flag"),
};

/* What is said on stderr goes to `said`. */
static int parse(struct made *made, const char *line, char said[200])
{
    static const struct option_table table = {"made", "", "", rows, sizeof rows / sizeof *rows};
    char *argv[16] = {0};
    struct strings words = {0};
    int given, first, kept = dup(STDERR_FILENO);
    FILE *file = tmpfile();
    strings_split(&words, line);
    assert_true(words.count < sizeof argv / sizeof *argv);
    for (size_t i = 0; i < words.count; i++)
        argv[i] = words.items[i];
    *made = (struct made){0};
    dup2(fileno(file), STDERR_FILENO);
    int code = option_table_parse(&table, made, (int)words.count, argv, &given, &first);
    dup2(kept, STDERR_FILENO);
    close(kept);
    rewind(file);
    said[fread(said, 1, 199, file)] = '\0';
    fclose(file);
    strings_release(&words);
    strings_release(&made->list);
    return code;
}

static void what_has_one_value_is_given_once(void **state)
{
    (void)state;
    static const struct {
        const char *line, *said; /* NULL: it is taken */
    } table[] = {
        {"made --text a --text b", "--text: given twice\n"},
        {"made --text a --text a", "--text: given twice\n"},
        {"made --once a --once b", "--once: given twice; say it in one\n"},
        {"made --count 2 --count 3", "--count: given twice\n"},
        {"made --once a --often b --often c", NULL},
        {"made --list a --list b --path c --path d", NULL},
        {"made --flag --flag", NULL},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct made made;
        char said[200];
        print_message("# %s\n", table[i].line);
        int code = parse(&made, table[i].line, said);
        assert_int_equal(code, table[i].said ? EXIT_USAGE : 0);
        if (!strstr(said, table[i].said ? table[i].said : ""))
            fail_msg("%s", said);
    }
}

static void what_may_be_given_again_is_taken_each_time(void **state)
{
    (void)state;
    struct made made;
    char said[200];
    assert_int_equal(parse(&made, "made --often a --once b --often c --often d", said), 0);
    assert_int_equal(made.often, 3);
    assert_int_equal(made.once, 1);
}

static void a_refusal_names_the_limits_of_its_own_row(void **state)
{
    (void)state;
    static const struct {
        const char *line, *said;
    } table[] = {
        {"made --count 8", "--count 8: give a number from 2 to 7\n"},
        {"made --short 2m", "--short 2m: give 1 second to 90 seconds, as "},
        {"made --long 9m", "--long 9m: give 10 minutes to 48 hours, as "},
        {"made --long 49h", "--long 49h: give 10 minutes to 48 hours, as "},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct made made;
        char said[200];
        assert_int_equal(parse(&made, table[i].line, said), EXIT_USAGE);
        if (!strstr(said, table[i].said))
            fail_msg("%s: %s", table[i].line, said);
    }
}

int main(void)
{
    cmocka_set_message_output(CM_OUTPUT_TAP);
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_has_one_value_is_given_once),
        cmocka_unit_test(what_may_be_given_again_is_taken_each_time),
        cmocka_unit_test(a_refusal_names_the_limits_of_its_own_row),
    };
    return cmocka_run_group_tests_name("option table", tests, NULL, NULL);
}
