/*
 * Memory, cost and latency over time in every output: the drawings, the table, the sentences.
 * With a folder as argument its documents are written there, for people to look at.
 */
#include "analyse/words.h"
#include "tests/present_text.h"
#include "tests/synthetic_consistency.h"

static const char *const plots[] = {"plots/plaintext-consistency-memory.svg",
                                    "plots/plaintext-consistency-cost.svg",
                                    "plots/plaintext-consistency-p99.svg"};
enum { PLOTS = sizeof plots / sizeof *plots };

static void a_run_becomes_one_figure_and_a_table(void **state)
{
    (void)state;
    synthetic_consistency(&s, HABITUALS);
    synthetic_connections(&s, HABITUALS); /* all columns */
    char *directory = render("over-time-eight");
    char *html = read_file(directory, "report.html"), *markdown = read_file(directory, "report.md");
    for (size_t i = 0; i < PLOTS; i++) {
        char *plot = read_file(directory, plots[i]);
        has(plot, "prefers-color-scheme:dark");
        has(plot, ">mhd-thread<");
        has_not(plot, "rgb(  1,   0"); /* what stands in for a colour */
        has_not(plot, "rgb(  2,   0");
        has_not(plot, "rgb(  5,   0");
        has_not(plot, "nan");
        has_not(plot, ">ceiling<");
        has(markdown, plots[i]);
        free(plot);
    }
    assert_int_equal(count_of(html, "<figure><svg"), PLOTS);
    has(html, "<a href=\"#consistency\">Consistency</a>");
    has(html, "<h2>Consistency</h2>");
    has(html, "<td class=\"num good\">flat</td>");
    has(html, "<td class=\"num bad\">growing<small>");
    has(html, "<td class=\"num bad\">growing so far<small>");
    has(html, "<td class=\"num doubt\">undecided</td>");
    has(html, "<td class=\"num\">sawtooth</td>");
    has(html, "idle 2s, load 30s");
    has(markdown, "## Consistency");
    has_not(html, "{{");
    has_not(html, "nan");
    has_not(markdown, "nan");
    free(markdown);
    free(html);
    free(directory);
}

static void drawings_name_what_they_show(void **state)
{
    (void)state;
    synthetic_consistency(&s, 4);
    char *directory = render("over-time-four");
    static const struct {
        size_t plot;
        const char *parts[7];
    } cases[] = {
        {0,
         {">idle<", ">burst<", ">close<", ">load<", ">growing, ", ">seconds; resident set, MiB<",
          "var(--m-epoll,"}},
        {1,
         {">seconds; CPU per request, median", ">8.1", ">7.", ">uring<", "var(--m-pool,",
          "var(--m-epoll,", "var(--grid,"}},
        {2,
         {">seconds of the window<", ">p99<", "var(--heat-1,", ">epoll<", ">uring<", ">thread<",
          ">pool<"}},
    };
    for (size_t i = 0; i < PLOTS; i++) {
        char *plot = read_file(directory, plots[cases[i].plot]);
        for (size_t p = 0; p < 7; p++)
            has(plot, cases[i].parts[p]);
        free(plot);
    }
    free(directory);
}

static size_t widest(const char *text)
{
    size_t most = 0, n = 0;
    for (; *text; text++) {
        n = *text == '\n' ? 0 : n + (((unsigned char)*text & 0xc0) != 0x80);
        most = n > most ? n : most;
    }
    return most;
}

static void the_text_fits_a_terminal(void **state)
{
    (void)state;
    static const unsigned widths[] = {100, 72, 40};
    synthetic_consistency(&s, HABITUALS);
    summarise();
    for (size_t i = 0; i < sizeof widths / sizeof *widths; i++) {
        text_width = widths[i];
        char *text = capture(write_text);
        has(text, "plaintext  over time");
        has(text, "growing so far");
        assert_in_range(widest(text), 1, widths[i]);
        free(text);
    }
    text_width = 100;
}

/* Nobody closed connections, there was no burst and no ceiling: nothing can be said of them. */
static void columns_that_nobody_can_fill_are_left_out(void **state)
{
    (void)state;
    char *error = NULL;
    synthetic_consistency_init(&s);
    assert_int_equal(phases_read(&s.result.experiment.phases.phases, "idle 2s, load 120s", &error),
                     0);
    synthetic_phases_round(&s, synthetic_arm(&s, "epoll"), &habituals[0], 1);
    char *directory = render("over-time-alone");
    char *html = read_file(directory, "report.html");
    static const char *const lacks[] = {">after a burst<", ">all closed<", ">in the kernel<",
                                        ">a connection<", "the ceiling"};
    for (size_t i = 0; i < sizeof lacks / sizeof *lacks; i++)
        has_not(html, lacks[i]);
    has(html, ">worst p99<");
    free(html);
    free(directory);
}

static void a_share_of_the_kernel_below_what_moves_is_a_bound(void **state)
{
    (void)state;
    synthetic_consistency(&s, 4);
    summarise();
    struct consistency_row *rows = summary.consistencies[0].rows;
    rows[0].kernel_bytes = 90000;
    rows[0].kernel_spread_bytes = 131072;
    rows[1].kernel_bytes = MIB_OF(2);
    rows[1].kernel_spread_bytes = 131072;
    text_width = 200;
    char *text = capture(write_text);
    has(text, "< 128 KiB");
    has(text, "2.0 MiB ± 128 KiB");
    free(text);
    text_width = 100;
}

/* pool's longer run: which row is of which, and nowhere else a word of it. */
static void a_row_of_a_longer_run_is_told_as_that(void **state)
{
    (void)state;
    static const char *const said = "Where a longer run followed, the row is of that one";
    for (size_t servers = 3; servers <= 4; servers++) {
        synthetic_consistency(&s, servers);
        summarise();
        text_width = 2000; /* one line */
        char *text = capture(write_text);
        assert_int_equal(count_of(text, said), servers == 4);
        text_width = 100;
        free(text);
        release(state);
    }
    synthetic_consistency_init(&s);
}

static void what_the_smallest_leak_is_worth_is_said_once(void **state)
{
    (void)state;
    synthetic_consistency(&s, 4);
    char *directory = render("over-time-leaks");
    char *html = read_file(directory, "report.html"), *markdown = read_file(directory, "report.md");
    assert_int_equal(count_of(html, "One twice as large is found in 19 of 20 runs, one half"), 1);
    assert_int_equal(count_of(markdown, "One twice as large is found in 19 of 20 runs, one half"),
                     1);
    has(html, "<small>bytes/request</small></td>"); /* the table is too wide otherwise */
    has(markdown, " bytes/request |");
    has_not(html, "would have shown");
    has_not(html, "went through the same phases, so none");
    free(markdown);
    free(html);
    free(directory);
}

static void where_phases_differ_the_caption_says_so(void **state)
{
    (void)state;
    char *error = NULL;
    synthetic_consistency(&s, 2);
    struct phases *phases = &s.result.rounds[1].phases;
    assert_int_equal(phases_read(phases, "idle 2s, load 29s, idle 2s, load 100s", &error), 0);
    phases_settle(phases, CONSISTENCY_RPS);
    char *directory = render("over-time-other-phases");
    char *html = read_file(directory, "report.html"), *plot = read_file(directory, plots[0]);
    has(html, "Not all went through the same phases, so none is shaded.");
    has(plot, ">epoll<");
    has_not(plot, ">idle<");
    free(plot);
    free(html);
    free(directory);
}

/* Its verdict and its row are of that one. */
static void where_a_longer_run_judged_the_caption_says_where_it_went(void **state)
{
    static const struct habitual hungry = {"hungry", MIB_OF(2), 9000, 50e3, HABIT_LEAKS,
                                           66,       0,         0,    1};
    static const struct {
        const char *folder;
        size_t servers;
        bool one_is_hungry;
        const char *words;
    } cases[] = {{"over-time-none", 3, false, NULL},
                 {"over-time-longer", 3, true, "that hungry is judged by went on to 1.4 GiB.<"},
                 {"over-time-longer-two", 6, true,
                  "that pool is judged by went on to 28 MiB, that of hungry to 1.4 GiB.<"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        synthetic_consistency(&s, cases[i].servers);
        size_t arm = cases[i].one_is_hungry ? synthetic_arm(&s, hungry.id) : 0;
        for (unsigned times = 1; cases[i].one_is_hungry && times <= 4; times += 3)
            synthetic_phases_round(&s, arm, &hungry, times);
        char *directory = render(cases[i].folder), *html = read_file(directory, "report.html");
        assert_int_equal(count_of(html, "The first run of each is drawn; the longer one "),
                         cases[i].words != NULL);
        has(html, cases[i].words ? cases[i].words : "goes up to the highest.</figcaption>");
        free(html);
        free(directory);
        release(state);
    }
    synthetic_consistency_init(&s);
}

static void one_server_is_a_page_too(void **state)
{
    (void)state;
    synthetic_consistency(&s, 1);
    char *directory = render("over-time-one");
    char *html = read_file(directory, "report.html");
    assert_int_equal(count_of(html, "<figure><svg"), PLOTS);
    free(html);
    free(directory);
}

/* Its smallest leak is not known, its peak is: by its marks,
 * and by its course where that was higher. */
static void who_died_is_a_row_of_that(void **state)
{
    (void)state;
    for (size_t of_course = 0; of_course < 2; of_course++) {
        synthetic_consistency(&s, 2);
        struct round *round = &s.result.rounds[0];
        outcome_add(&round->outcome, REASON_DIED, "killed by signal 9 under load");
        round->phase_marks->count = 3;
        round->phase_marks->items[2].peak_bytes = (int64_t)MIB_OF(77);
        round->course.rss_high_bytes[60] = (int64_t)MIB_OF(of_course ? 108 : 76);
        char *directory = render("over-time-died");
        char *html = read_file(directory, "report.html");
        has(html, "<td class=\"num bad\">died</td><td class=\"num\">–</td>");
        has(html, of_course ? ">108 MiB<" : ">77 MiB<");
        assert_int_equal(count_of(html, ">undecided</td>"), 0);
        free(html);
        free(directory);
        release(state);
    }
    synthetic_consistency_init(&s);
}

/* Another round of it has a verdict, and that is told. */
static void who_died_in_another_round_keeps_its_verdict(void **state)
{
    (void)state;
    synthetic_consistency(&s, 2);
    outcome_add(&synthetic_phases_round(&s, 0, &habituals[0], 1)->outcome, REASON_DIED, "it ended");
    char *directory = render("over-time-died-later");
    char *html = read_file(directory, "report.html");
    has_not(html, ">died</td>");
    has(html, "In another round it died (it ended)");
    free(html);
    free(directory);
}

static void where_nothing_was_read_nothing_is_drawn(void **state)
{
    (void)state;
    synthetic_consistency(&s, 1);
    for (size_t i = 0; i < s.result.round_count; i++)
        outcome_add(&s.result.rounds[i].outcome, REASON_DIED, "it ended");
    char *directory = render("over-time-nothing");
    char *html = read_file(directory, "report.html");
    has_not(html, "<figure>");
    has(html, "epoll is undecided: no round could be used; it died (it ended), after ");
    has_not(html, "nan");
    free(html);
    free(directory);
}

static void a_round_that_kept_no_course_of_memory_is_no_line(void **state)
{
    (void)state;
    synthetic_consistency(&s, 2);
    struct course *course = &s.result.rounds[0].course;
    free(course->rss_low_bytes);
    free(course->rss_high_bytes);
    course->rss_low_bytes = course->rss_high_bytes = NULL;
    char *directory = render("over-time-part");
    char *html = read_file(directory, "report.html"), *plot = read_file(directory, plots[0]);
    has(html, "epoll is undecided: nothing of it could be read");
    has_not(plot, ">epoll<");
    has(plot, ">uring<");
    has_not(html, "nan");
    free(plot);
    free(html);
    free(directory);
}

static void a_run_without_phases_has_no_such_part(void **state)
{
    (void)state;
    synthetic_bench(&s, 6);
    char *directory = render("over-time-bench");
    char *html = read_file(directory, "report.html"), *markdown = read_file(directory, "report.md");
    has_not(html, "#consistency");
    has_not(html, "<h2>Consistency</h2>");
    has_not(markdown, "## Consistency");
    free(markdown);
    free(html);
    free(directory);
}

static void names_from_outside_are_no_markup(void **state)
{
    (void)state;
    synthetic_consistency(&s, 2);
    free(s.result.arms[0].id);
    s.result.arms[0].id = xstrdup("<b>|\"`\\");
    char *directory = render("over-time-names");
    char *html = read_file(directory, "report.html"), *markdown = read_file(directory, "report.md");
    has(html, "&lt;b&gt;|&quot;`");
    has_not(html, "<b>|");
    has(markdown, "| &lt;b&gt;\\|");
    free(markdown);
    free(html);
    free(directory);
}

int main(int argc, char **argv)
{
    struct paths paths;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_run_becomes_one_figure_and_a_table, release),
        cmocka_unit_test_teardown(drawings_name_what_they_show, release),
        cmocka_unit_test_teardown(the_text_fits_a_terminal, release),
        cmocka_unit_test_teardown(columns_that_nobody_can_fill_are_left_out, release),
        cmocka_unit_test_teardown(a_share_of_the_kernel_below_what_moves_is_a_bound, release),
        cmocka_unit_test_teardown(a_row_of_a_longer_run_is_told_as_that, release),
        cmocka_unit_test_teardown(what_the_smallest_leak_is_worth_is_said_once, release),
        cmocka_unit_test_teardown(where_phases_differ_the_caption_says_so, release),
        cmocka_unit_test_teardown(where_a_longer_run_judged_the_caption_says_where_it_went,
                                  release),
        cmocka_unit_test_teardown(one_server_is_a_page_too, release),
        cmocka_unit_test_teardown(who_died_is_a_row_of_that, release),
        cmocka_unit_test_teardown(who_died_in_another_round_keeps_its_verdict, release),
        cmocka_unit_test_teardown(where_nothing_was_read_nothing_is_drawn, release),
        cmocka_unit_test_teardown(a_round_that_kept_no_course_of_memory_is_no_line, release),
        cmocka_unit_test_teardown(a_run_without_phases_has_no_such_part, release),
        cmocka_unit_test_teardown(names_from_outside_are_no_markup, release),
    };
    if (!enter(&paths, argc > 1 ? argv[1] : NULL))
        return 1;
    cmocka_set_message_output(CM_OUTPUT_TAP);
    int failed = cmocka_run_group_tests_name("present consistency", tests, NULL, NULL);
    return leave(&paths, argc > 1) ? failed : 1;
}
