/* A decision in all its forms, of names that would break each. `--write FOLDER` writes them all, for test_decision_forms.sh, which
 * gives them to readers of other houses. */
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "present/decision.h"
#include "present/decision_parts.h"
#include "present/text_lines.h"
#include "tests/decisions.h"

enum { COMMENT_MOST = 60000 };

static unsigned text_width = 80;

static void write_text(FILE *out, const struct decision *decision)
{
    present_decision_text(out, decision, text_width);
}

typedef void form_write(FILE *out, const struct decision *decision);

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

static char *form_of(const struct decision *decision, form_write *write)
{
    static char
        *text; /* static: gcc 12 takes a memstream's buffer for the variable that points to it */
    static size_t size;
    FILE *out = open_memstream(&text, &size);
    write(out, decision);
    fclose(out);
    return text;
}

static char *form_of_case(const char *name, form_write *write)
{
    for (size_t i = 0; i < DECISIONS; i++) {
        struct decision decision;
        if (strcmp(decisions[i].name, name) != 0)
            continue;
        decisions_make(&decision, &decisions[i]);
        assert_int_equal(decision.exit_code, decisions[i].exit_code);
        char *text = form_of(&decision, write);
        decisions_release(&decision);
        return text;
    }
    fail_msg("there is no decision \"%s\"", name);
    return NULL;
}

static void has(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("\"%s\" is missing in %.2000s", part, text);
}

static void has_not(const char *text, const char *part)
{
    if (strstr(text, part))
        fail_msg("\"%s\" is there: %.80s", part, strstr(text, part));
}

static void comes_before(const char *text, const char *first, const char *second)
{
    has(text, first);
    has(text, second);
    if (strstr(text, first) > strstr(text, second))
        fail_msg("\"%s\" comes before \"%s\"", second, first);
}

static size_t count_of(const char *text, const char *part)
{
    size_t n = 0;
    for (; (text = strstr(text, part)); text += strlen(part))
        n++;
    return n;
}

/* ---- text */

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

/* ---- Markdown */

static void a_comment_is_never_too_long_and_all_rows_are_listed_or_counted(void **state)
{
    (void)state;
    for (size_t i = 0; i < DECISIONS; i++) {
        char *text = form_of_case(decisions[i].name, present_decision_markdown);
        assert_true(strlen(text) < COMMENT_MOST);
        free(text);
    }
    char *text = form_of_case("many", present_decision_markdown);
    size_t listed = count_of(text, "\n| EQUIVALENT |"), left = 0;
    char *at = strstr(text, "for want of room: ");
    assert_non_null(at);
    assert_int_equal(sscanf(at, "for want of room: %zu EQUIVALENT", &left), 1);
    assert_int_equal(listed + left + count_of(text, "\n| **REGRESSED** |") +
                         count_of(text, "\n| REGRESSED |") + count_of(text, "\n| IMPROVED |"),
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
    has(text,
        "| **REGRESSED** | epoll | json | cost,\u00a020\u00a0k/s | 4.62\u00a0µs | 4.81\u00a0µs |"
        " +4.1\u00a0% \\[+3.6,\u00a0+4.5\\] | 1\u00a0% | 1\u00a0% |");
    comes_before(text, "| INVALID |", "<details>");
    comes_before(text, "| IMPROVED |", "<details>");
    comes_before(text, "<details>", "| EQUIVALENT | epoll | plaintext |");
    comes_before(text, "<details>", "| RATIO ONLY |");
    has(text, "does not gate |");
    has(text, "accepted: the parser now checks UTF-8");
    free(text);
    text = form_of_case("nasty", present_decision_markdown);
    has(text, "a&lt;b&gt;&amp;\\|");
    has_not(text, "<b>");
    free(text);
}

/* ---- JSON */

static json_t *json_of(const char *name)
{
    json_error_t error;
    char *text = form_of_case(name, present_decision_json);
    json_t *json = json_loads(text, 0, &error);
    if (!json)
        fail_msg("%s: %s", name, error.text);
    free(text);
    return json;
}

static void every_null_figure_says_why(void **state)
{
    (void)state;
    json_t *json = json_of("worse"), *row, *value;
    size_t i, nulls = 0;
    const char *key;
    json_array_foreach(json_object_get(json, "rows"), i, row)
    {
        json_object_foreach(row, key, value)
        {
            const char *reason =
                json_string_value(json_object_get(json_object_get(row, "missing"), key));
            if (strcmp(key, "why") == 0 || strcmp(key, "accepted") == 0)
                continue;
            nulls += json_is_null(value);
            if (json_is_null(value) != (reason != NULL))
                fail_msg("%s is %s", key, reason ? reason : "null without a reason");
        }
    }
    assert_true(nulls > 10);
    json_decref(json);
}

static void the_figures_are_in_base_units(void **state)
{
    (void)state;
    json_t *json = json_of("worse"), *row = json_array_get(json_object_get(json, "rows"), 0);
    assert_int_equal(json_integer_value(json_object_get(json, "exit_code")), 1);
    assert_string_equal(json_string_value(json_object_get(row, "verdict")), "REGRESSED");
    assert_true(json_is_true(json_object_get(row, "fails")));
    assert_true(json_real_value(json_object_get(row, "base_ns")) == 4620);
    assert_int_equal(json_integer_value(json_object_get(row, "rate_rps")), 20000);
    assert_true(fabs(json_real_value(json_object_get(row, "ratio_low")) - 1.036) < 1e-9);
    assert_true(json_real_value(json_object_get(row, "margin_share")) == .01);
    json_decref(json);
}

/* ---- GitHub */

static void an_annotation_is_a_line_in_the_documented_syntax(void **state)
{
    (void)state;
    char *text = form_of_case("nasty", present_decision_github);
    has(text, "::error title=a<b>&|\"c%2Cd%3Ae%25f`*_[]#??%0A%0D?]]> on ");
    has(text, "; a<b>&|\"c,d:e%25f`*_[]#??%0A%0D?]]>\n");
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
        if (strncmp(line, "::error title=", 14) != 0 &&
            strncmp(line, "::warning title=", 16) != 0 && strncmp(line, "::notice title=", 15) != 0)
            fail_msg("no command: %s", line);
    free(text);
    text = form_of_case("worse", present_decision_github);
    assert_int_equal(count_of(text, "::notice title=backbench::epoll on json"), 1);
    assert_int_equal(count_of(text, "::error "), 1);
    assert_int_equal(count_of(text, "::warning "), 1);
    has(text,
        "::error title=epoll on json%3A CPU per request at 20%2C000/s::4.62 µs, then 4.81 µs: "
        "+4.1 %25 [+3.6, +4.5], REGRESSED; ");
    free(text);
}

static void the_summary_is_appended(void **state)
{
    (void)state;
    char path[64], *error = NULL;
    int fd = memfd_create("summary", MFD_CLOEXEC);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    struct decision decision;
    struct stat before, after;
    decisions_make(&decision, &decisions[0]);
    assert_int_equal(present_decision_github_summary(&decision, path, &error), 0);
    assert_int_equal(fstat(fd, &before), 0);
    assert_int_equal(present_decision_github_summary(&decision, path, &error), 0);
    assert_int_equal(fstat(fd, &after), 0);
    close(fd);
    assert_true(before.st_size > 0 && after.st_size == 2 * before.st_size);
    assert_int_equal(present_decision_github_summary(&decision, "/nonexistent/x", &error), -1);
    has(error, "/nonexistent/x");
    free(error);
    error = NULL;
    assert_int_equal(present_decision_github_summary(&decision, "/dev/full", &error), -1);
    has(error, "No space left");
    free(error);
    decisions_release(&decision);
}

/* ---- JUnit */

static void what_fails_is_a_failure_and_what_is_not_known_is_skipped(void **state)
{
    (void)state;
    char *text = form_of_case("worse", present_decision_junit);
    has(text, "<testsuite name=\"json\" tests=\"5\" failures=\"1\" errors=\"0\" skipped=\"1\">");
    has(text,
        "<testsuite name=\"plaintext\" tests=\"8\" failures=\"0\" errors=\"0\" skipped=\"4\">");
    has(text, "<testcase classname=\"epoll\" name=\"cost, 20 k/s\">\n      <failure "
              "type=\"REGRESSED\" message=\"4.62 µs");
    has(text, "<skipped type=\"SUSPECT\"");
    has(text, "the generator was late in base\"/>");
    has(text, "accepted: the parser now checks UTF-8</system-out>");
    free(text);
}

/* ---- names */

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
        cmocka_unit_test(every_null_figure_says_why),
        cmocka_unit_test(the_figures_are_in_base_units),
        cmocka_unit_test(an_annotation_is_a_line_in_the_documented_syntax),
        cmocka_unit_test(the_summary_is_appended),
        cmocka_unit_test(what_fails_is_a_failure_and_what_is_not_known_is_skipped),
        cmocka_unit_test(text_from_outside_is_made_harmless),
    };

    if (argc == 3 && strcmp(argv[1], "--write") == 0)
        return write_all(argv[2]);
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("present_decision", tests, NULL, NULL);
}
