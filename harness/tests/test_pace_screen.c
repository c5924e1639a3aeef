/*
 * The screen of pace, on made-up trials: each looks like the one in harness/tests/pace_screens/,
 * which people have read, and keeps to its width and height. After a change on purpose,
 * `test_pace_screen --write FOLDER` writes them anew, to be read again.
 */
#include <stdio.h>

#include "data/strings.h"
#include "pace/screen_parts.h"
#include "tests/pace_trials.h"

static char *capture_wide(size_t i, bool colour, int width)
{
    static char
        *text; /* static: gcc 12 takes a memstream's buffer for the variable that points to it */
    static size_t size;
    pace_trial_make(i);
    FILE *out = open_memstream(&text, &size);
    const struct screen_form form = {pace_trials[i].utf8, colour, width};
    screen_put(out, &room_trial, &setting, &form);
    fclose(out);
    room_release();
    return text;
}

static char *capture(size_t i, bool colour)
{
    return capture_wide(i, colour, SCREEN_USUAL);
}

static char *read_whole(const char *path)
{
    static char text[65536];
    FILE *file = fopen(path, "r");
    if (!file)
        fail_msg("%s is not there", path);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    return text;
}

static void each_screen_is_the_one_that_people_have_read(void **state)
{
    (void)state;
    const char *source = getenv("BACKBENCH_SOURCE");
    for (size_t i = 0; i < PACE_TRIALS; i++) {
        char *path = text_format("%s/harness/tests/pace_screens/%s.txt", source ? source : ".",
                                 pace_trials[i].name);
        char *text = capture(i, false);
        if (strcmp(text, read_whole(path)) != 0)
            fail_msg("%s differs; this is it now:\n%s", path, text);
        free(text);
        free(path);
    }
}

/* How many lines; a line beyond the width fails. */
static int count_lines(const char *name, const char *text, int width)
{
    int lines = 0;
    for (const char *line = text; *line; lines++) {
        int columns = 0;
        for (; *line && *line != '\n'; line++)
            columns += ((unsigned char)*line & 0xc0) != 0x80;
        if (columns > width)
            fail_msg("%s, line %d: %d columns of %d", name, lines + 1, columns, width);
        line += *line == '\n';
    }
    return lines;
}

static void a_screen_has_40_lines_and_the_width_of_its_terminal(void **state)
{
    (void)state;
    static const int widths[] = {80, 87, 100};
    for (size_t i = 0; i < PACE_TRIALS; i++)
        for (size_t k = 0; k < sizeof widths / sizeof *widths; k++) {
            char *text = capture_wide(i, false, widths[k]);
            int lines = count_lines(pace_trials[i].name, text, widths[k]);
            if (lines > 40)
                fail_msg("%s: %d lines", pace_trials[i].name, lines);
            free(text);
        }
}

static void without_utf_8_every_byte_is_ascii(void **state)
{
    (void)state;
    for (size_t i = 0; i < PACE_TRIALS; i++) {
        if (pace_trials[i].utf8)
            continue;
        char *text = capture(i, false);
        for (const char *c = text; *c; c++)
            assert_in_range((unsigned char)*c, 1, 0x7e);
        free(text);
    }
}

static void escapes_come_with_colour_only(void **state)
{
    (void)state;
    for (size_t i = 0; i < PACE_TRIALS; i++) {
        char *plain = capture(i, false), *coloured = capture(i, true);
        assert_null(strchr(plain, '\033'));
        assert_non_null(strstr(coloured, "\033[0m"));
        free(plain);
        free(coloured);
    }
}

static void a_servers_words_do_not_drive_the_terminal(void **state)
{
    (void)state;
    setting = (struct setting){.cpu = 0};
    make_errors();
    strcpy(room_trial.targets[0].record.first_fault, "\033[2Jgone\r\n");
    finish();
    static char *text;
    static size_t size;
    FILE *out = open_memstream(&text, &size);
    const struct screen_form form = {true, false, SCREEN_USUAL};
    screen_put(out, &room_trial, &setting, &form);
    fclose(out);
    assert_null(strchr(text, '\033'));
    assert_null(strchr(text, '\r'));
    assert_non_null(strstr(text, "gone"));
    free(text);
    room_release();
}

static char *screen_of(const char *name)
{
    size_t i = 0;
    while (i < PACE_TRIALS && strcmp(pace_trials[i].name, name) != 0)
        i++;
    assert_true(i < PACE_TRIALS);
    return capture(i, false);
}

/* The line that begins so, cut out of the text; the caller frees. */
static char *line_of(const char *text, const char *begin)
{
    const char *line = strstr(text, begin);
    if (!line)
        fail_msg("no line \"%s\" in\n%s", begin, text);
    return strndup(line, strcspn(line, "\n"));
}

static bool ends_with(const char *text, const char *end)
{
    return strlen(text) >= strlen(end) && strcmp(text + strlen(text) - strlen(end), end) == 0;
}

/* The columns beside both figures are few: a reason must be a whole one. */
static void a_percentile_of_two_servers_that_is_missing_has_its_whole_reason(void **state)
{
    (void)state;
    static const struct {
        const char *trial, *line, *end;
    } table[] = {
        {"duet-short", "  p99 ", " 40 of the 100 slower ones needed"},
        {"tiny-duet", "  p50 ", " 1 of the 100 slower ones needed"},
        {"tiny-duet", "  p99 ", " 0 of the 100 slower ones needed"},
        {"duet-late", "  p50 ", " the generator was late"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char *text = screen_of(table[i].trial), *line = line_of(text, table[i].line);
        if (!ends_with(line, table[i].end))
            fail_msg("%s: \"%s\"", table[i].trial, line);
        free(line);
        free(text);
    }
}

/* Also where nothing else may be shown: it is what speaks against the others. */
static void the_generators_lateness_is_told_apart_from_both_servers_means(void **state)
{
    (void)state;
    static const char *const trials[] = {"duet", "duet-late", "duet-noisy"};
    for (size_t i = 0; i < sizeof trials / sizeof *trials; i++) {
        char *text = screen_of(trials[i]), *line = line_of(text, "  pace's lateness "),
             *server = line_of(text, "  server, network ");
        assert_true(strstr(text, line) > strstr(text, server)); /* it is no part of the sum */
        assert_true(ends_with(line, "s  not in the latency"));
        assert_null(strstr(line, "–"));
        assert_int_equal(strstr(server, "–") != NULL, i == 1);
        free(server);
        free(line);
        free(text);
    }
}

/* Columns of 200 ms. */
static void a_stretch_of_which_all_is_left_out_is_blank(void **state)
{
    (void)state;
    char *text = screen_of("left-out"), *line = line_of(text, "  p50      ."),
         *heading = line_of(text, "Over time");
    assert_true(ends_with(heading, "; blank: nothing was due, or all was left out"));
    assert_int_equal(strlen(line), SCREEN_LABEL + 50);
    for (size_t column = 0; column < 50; column++)
        assert_int_equal(line[SCREEN_LABEL + column] == ' ', column >= 20 && column < 23);
    free(heading);
    free(line);
    free(text);
}

static void the_manual_shows_the_screen_as_it_is(void **state)
{
    (void)state;
    static const char begin[] = "<!-- screen: valid -->\n", end[] = "<!-- end -->";
    const char *source = getenv("BACKBENCH_SOURCE");
    char *path = text_format("%s/docs/pace.md", source ? source : "."),
         *manual = xstrdup(read_whole(path));
    char *line = strstr(manual, begin), *text = capture(0, false), *at = text;
    assert_non_null(line);
    for (line += strlen(begin); strncmp(line, end, strlen(end)) != 0;) {
        size_t length = strcspn(line, "\n"), indent = length >= 4 ? 4 : length;
        if (strncmp(line + indent, at, length - indent + 1) != 0)
            fail_msg("the manual says \"%.*s\", the screen \"%.*s\"", (int)length, line,
                     (int)strcspn(at, "\n"), at);
        at += length - indent + 1;
        line += length + 1;
    }
    assert_int_equal(*at, '\0');
    free(text);
    free(manual);
    free(path);
}

static int write_all(const char *folder)
{
    for (size_t i = 0; i < PACE_TRIALS; i++) {
        char *path = text_format("%s/%s.txt", folder, pace_trials[i].name),
             *text = capture(i, false);
        FILE *file = fopen(path, "w");
        if (!file || fputs(text, file) < 0 || fclose(file) != 0)
            return 1;
        free(text);
        free(path);
    }
    return 0;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_screen_is_the_one_that_people_have_read),
        cmocka_unit_test(a_screen_has_40_lines_and_the_width_of_its_terminal),
        cmocka_unit_test(without_utf_8_every_byte_is_ascii),
        cmocka_unit_test(escapes_come_with_colour_only),
        cmocka_unit_test(a_servers_words_do_not_drive_the_terminal),
        cmocka_unit_test(a_percentile_of_two_servers_that_is_missing_has_its_whole_reason),
        cmocka_unit_test(the_generators_lateness_is_told_apart_from_both_servers_means),
        cmocka_unit_test(a_stretch_of_which_all_is_left_out_is_blank),
        cmocka_unit_test(the_manual_shows_the_screen_as_it_is),
    };

    if (argc == 3 && strcmp(argv[1], "--write") == 0)
        return write_all(argv[2]);
    cmocka_set_message_output(CM_OUTPUT_TAP);
    int status = cmocka_run_group_tests_name("pace_screen", tests, NULL, NULL);
    schedule_clear(&room_schedule);
    return status;
}
