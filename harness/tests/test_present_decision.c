/* A decision for persons, of names that would break each form. `--write FOLDER` writes all forms of
 * all, for test_decision_forms.sh, which gives them to readers of other houses. */
#include "present_decision_room.h"

#include "present/decision_parts.h"
#include "present/text_lines.h"

enum { COMMENT_MOST = 60000 };

/* ---- text ---- */

static void no_line_is_wider_than_the_terminal(void **state)
{
    (void)state;
    static const unsigned widths[] = {80, 100, 120};
    for (size_t i = 0; i < DECISIONS * 3; i++) {
        text_width = widths[i % 3];
        char *text = form_of_case(decisions[i / 3].name, write_text);
        for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
            if (text_columns(line) > (int)text_width)
                fail_msg("%s, %u columns: %s", decisions[i / 3].name, text_width, line);
        free(text);
    }
    text_width = 80;
}

static void the_first_line_is_the_decision_and_a_row_has_its_figures(void **state)
{
    (void)state;
    text_width = 120;
    char *text = form_of_case("worse", write_text);
    static const char headline[] =
        "epoll on json: CPU per request at 20,000/s +4.1 % [+3.6, +4.5], past your 1 %: REGRESSED.";
    assert_int_equal(strncmp(text, headline, strlen(headline)), 0);
    has(text, "\n  epoll   cost        4.62 µs  4.81 µs  +4.1 % [+3.6, +4.5]        1 % ");
    has(text, "\n    the generator was late in base\n");
    has(text, "RATIO ONLY: the change is that of each over the reference of its own run.");
    has(text, "\n    accepted: the parser now checks UTF-8\n");
    has(text, "\nThe kernel was updated between the two runs.\n");
    free(text);
    text_width = 80;
}

static void what_is_worse_comes_before_what_is_unknown_and_what_is_fine(void **state)
{
    (void)state;
    char *text = form_of_case("worse", write_text);
    comes_before(text, "\njson, paced at 20,000/s\n", "\nplaintext, paced at 20,000/s\n");
    comes_before(text, "  REGRESSED\n", "  SUSPECT\n");
    comes_before(text, "  SUSPECT\n", "  IMPROVED\n");
    comes_before(text, "  INCONCLUSIVE\n", "  INVALID\n");
    comes_before(text, "  INVALID\n", "  EQUIVALENT\n");
    comes_before(text, "  REGRESSED, accepted\n", "  IMPROVED\n");
    has(text, "EQUIVALENT, does not gate\n");
    free(text);
}

static void rows_of_one_word_stand_together(void **state)
{
    (void)state;
    char *text = form_of_case("calm", write_text);
    assert_int_equal(count_of(text, "\n  EQUIVALENT\n"), 1);
    assert_int_equal(count_of(text, "\n  SMALL\n"), 1);
    has_not(text, "RATIO ONLY");
    comes_before(text, "\n  pool ", "\n  SMALL\n");
    comes_before(text, "\n  SMALL\n", "\n  uring ");
    free(text);
}

static void a_name_without_room_stands_above_its_row_whole(void **state)
{
    (void)state;
    char name[75];
    char *text = form_of_case("nasty", write_text);
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    has(text, name);
    for (const char *at = text; *at; at++)
        if ((unsigned char)*at < 0x20 && *at != '\n')
            fail_msg("a control character, %d", *at);
    has_not(text, "\xc2\x9b");
    free(text);
}

/* ---- Markdown ---- */

static void a_comment_is_never_too_long_and_all_rows_are_listed_or_counted(void **state)
{
    (void)state;
    for (size_t i = 0; i < DECISIONS; i++) {
        char *text = form_of_case(decisions[i].name, present_decision_markdown);
        assert_true(strlen(text) < COMMENT_MOST);
        free(text);
    }
    char *text = form_of_case("many", present_decision_markdown);
    size_t listed = count_of(text, "\n| EQUIVALENT"), left = 0;
    char *at = strstr(text, "for want of room: ");
    assert_non_null(at);
    assert_int_equal(sscanf(at, "for want of room: %zu EQUIVALENT", &left), 1);
    assert_int_equal(listed + left + count_of(text, "\n| **REGRESSED** |") +
                         count_of(text, "\n| REGRESSED |") + count_of(text, "\n| IMPROVED"),
                     1440);
    free(text);
    text = form_of_case("all-worse", present_decision_markdown);
    has(text, "Not listed, for want of room: ");
    has(text, "Notes not listed, for want of room: ");
    free(text);
}

static void a_comment_shows_what_matters_and_folds_the_rest(void **state)
{
    (void)state;
    char *text = form_of_case("worse", present_decision_markdown);
    has(text, "**epoll on json: CPU per request");
    has(text, "| **REGRESSED** | epoll on json | cost, 20\u00a0k/s | 4.62\u00a0µs | 4.81\u00a0µs |"
              " +4.1\u00a0% \\[+3.6,\u00a0+4.5\\] | 1\u00a0%, 1\u00a0% |\n");
    comes_before(text, "| INVALID |", "<details>");
    comes_before(text, "| IMPROVED |", "<details>");
    comes_before(text, "<details>", "| EQUIVALENT | epoll on plaintext |");
    comes_before(text, "<details>", "| RATIO ONLY |");
    has(text, "| EQUIVALENT, does not gate |");
    free(text);
    text = form_of_case("nasty", present_decision_markdown);
    has(text, "a&lt;b&gt;&amp;\\|");
    has_not(text, "<b>");
    free(text);
}

static void reasons_stand_beneath_the_table_that_has_their_row(void **state)
{
    (void)state;
    char *text = form_of_case("worse", present_decision_markdown);
    has(text, "\n\n- uring on json, p99: two runs alone cannot say whether it is the change or the "
              "day\n- epoll on json, saturated: accepted: the parser now checks UTF-8\n");
    comes_before(text, "| IMPROVED |", "\n- uring on json, p99: ");
    comes_before(text, "\n- pool on plaintext, memory: other workers: 1 and 2\n", "<details>");
    free(text);
    text = form_of_case("calm", present_decision_markdown);
    has_not(text, "\n- ");
    free(text);
}

/* Names and reasons of some length, each other than the one before. */
static void a_row_finds_room_with_its_reason_or_not_at_all(void **state)
{
    (void)state;
    struct decision decision;
    decisions_make(&decision, &decisions[0]);
    for (int i = 0; i < 900; i++)
        decisions_add(&decision, "*server*", "workload", METRIC_COST, .06)->why =
            text_format("reason %d, %0200d", i, i);
    char *text = form_of(&decision, present_decision_markdown);
    size_t rows = count_of(text, "\n| **REGRESSED**");
    assert_true(rows > 10);
    assert_true(strlen(text) < COMMENT_MOST);
    assert_int_equal(count_of(text, ", cost: reason "), rows);
    free(text);
    decisions_release(&decision);
}

static void rows_of_one_reason_share_it(void **state)
{
    (void)state;
    char *text = form_of_case("all-worse", present_decision_markdown), *end = NULL;
    size_t rows = count_of(text, "\n| **REGRESSED**");
    const char *more = strstr(text, ", cost, and ");
    assert_non_null(more);
    assert_int_equal(strtoul(more + strlen(", cost, and "), &end, 10), rows - 1);
    assert_memory_equal(end, " more: ", 7);
    free(text);
}

/* ---- names ---- */

static void text_from_outside_is_made_harmless(void **state)
{
    (void)state;
    static const struct {
        const char *text, *kept, *clean;
    } table[] = {
        {"", "", ""},
        {UMLAUT, "", UMLAUT},
        {"a\x01\x1b\x7f", "", "a???"},
        {"a\n\r\tb", "", "a???b"},
        {"a\n\r\tb", "\n\t", "a\n?\tb"},
        {"\xc2\x9b", "", "?"},                  /* C1 */
        {"\xef\xbf\xbe\xef\xbf\xbf", "", "??"}, /* no characters of XML */
        {"\xef\xbf\xbd", "", "\xef\xbf\xbd"},
        {"\xc0\xaf", "", "??"},           /* longer than it need be */
        {"\xed\xa0\x80", "", "???"},      /* half a surrogate pair */
        {"\xf4\x90\x80\x80", "", "????"}, /* beyond Unicode */
        {"\xf0\x9f\x90", "", "???"},      /* cut short */
        {"\xff\xfe", "", "??"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char *clean = decision_clean(table[i].text, table[i].kept);
        assert_string_equal(clean, table[i].clean);
        free(clean);
    }
}

static const struct {
    const char *suffix;
    form_write *write;
} forms[] = {
    {"txt", write_text},
    {"md", present_decision_markdown},
    {"json", present_decision_json},
    {"github", present_decision_github},
    {"xml", present_decision_junit},
};
enum { FORMS = sizeof forms / sizeof *forms };

static int write_all(const char *folder)
{
    for (size_t i = 0; i < DECISIONS * FORMS; i++) {
        char *text = form_of_case(decisions[i / FORMS].name, forms[i % FORMS].write);
        char *path =
            text_format("%s/%s.%s", folder, decisions[i / FORMS].name, forms[i % FORMS].suffix);
        FILE *out = fopen(path, "w");
        if (!out || fputs(text, out) < 0 || fclose(out) != 0)
            return 1;
        free(path);
        free(text);
    }
    return 0;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_line_is_wider_than_the_terminal),
        cmocka_unit_test(the_first_line_is_the_decision_and_a_row_has_its_figures),
        cmocka_unit_test(what_is_worse_comes_before_what_is_unknown_and_what_is_fine),
        cmocka_unit_test(rows_of_one_word_stand_together),
        cmocka_unit_test(a_name_without_room_stands_above_its_row_whole),
        cmocka_unit_test(a_comment_is_never_too_long_and_all_rows_are_listed_or_counted),
        cmocka_unit_test(a_comment_shows_what_matters_and_folds_the_rest),
        cmocka_unit_test(reasons_stand_beneath_the_table_that_has_their_row),
        cmocka_unit_test(a_row_finds_room_with_its_reason_or_not_at_all),
        cmocka_unit_test(rows_of_one_reason_share_it),
        cmocka_unit_test(text_from_outside_is_made_harmless),
    };

    if (argc == 3 && strcmp(argv[1], "--write") == 0)
        return write_all(argv[2]);
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("present_decision", tests, NULL, NULL);
}
