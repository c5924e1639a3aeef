/* What the drawings of consistency are told to draw: lines with
 * their gaps, shades, names, and rows around their medians. */
#include "tests/present_room.h"
#include "tests/synthetic_consistency.h"

#include "present/palette.h"
#include "present/plot_consistency.h"

static char *drawn; /* by the last call */

static const struct consistency *consistency(void)
{
    assert_int_equal(summary.consistency_count, 1);
    return &summary.consistencies[0];
}

static double draw(double (*plot)(FILE *, const struct result *, const struct consistency *))
{
    size_t size;
    free(drawn);
    FILE *out = open_memstream(&drawn, &size);
    double height = plot(out, &s.result, consistency());
    fclose(out);
    return height;
}

struct line {
    double fields[3];
    char text[64]; /* the line itself */
};

enum { MOST = 2000 };
static struct line lines[MOST];

/* The lines of a block of data; empty ones too, if asked. */
static size_t block(const char *name, bool with_empty)
{
    char *open = text_format("$%s << EOD\n", name), *at = strstr(drawn, open);
    size_t n = 0;
    if (!at)
        fail_msg("no block %s", name);
    for (at += strlen(open); strncmp(at, "EOD", 3) != 0; at = strchr(at, '\n') + 1) {
        struct line line = {{NAN, NAN, NAN}, ""};
        if (*at == '\n' && !with_empty)
            continue;
        assert_true(n < MOST);
        snprintf(line.text, sizeof line.text, "%.*s", (int)strcspn(at, "\n"), at);
        if (*at != '\n')
            sscanf(at, "%lf %lf %lf", &line.fields[0], &line.fields[1], &line.fields[2]);
        lines[n++] = line;
    }
    free(open);
    return n;
}

static double number(const char *name)
{
    char *wanted = text_format("\n%s = ", name), *at = strstr(drawn, wanted);
    if (!at)
        fail_msg("no %s", name);
    double value = strtod(at + strlen(wanted), NULL);
    free(wanted);
    return value;
}

static void a_line_has_a_point_a_stretch_and_a_gap_where_none_was_read(void **state)
{
    (void)state;
    synthetic_consistency(&s, 1);
    struct course *course = &s.result.rounds[0].course;
    course->rss_low_bytes[7] = 1000000;
    course->rss_high_bytes[7] = 3000000;
    course->rss_low_bytes[9] = MISSING;
    summarise();
    assert_true(draw(plot_consistency_memory) > 0);
    assert_int_equal(block("lines", false), 123);
    size_t n = block("lines", true);
    assert_int_equal(n, 124 + 2); /* the gap, and the end of the block */
    assert_true(fabs(lines[7].fields[0] - 7.5) < 1e-6);
    assert_true(fabs(lines[7].fields[1] - 1e6) < 1 && fabs(lines[7].fields[2] - 3e6) < 1);
    assert_string_equal(lines[9].text, "");
}

static void what_is_no_plain_load_is_shaded(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        size_t count;
        double from_s[2], to_s[2];
    } shades[] = {
        {"idle", 2, {0, 64}, {2, 69}}, {"burst", 1, {32}, {34}}, {"closed", 1, {69}, {74}}};
    synthetic_consistency(&s, 2);
    summarise();
    draw(plot_consistency_memory);
    for (size_t i = 0; i < sizeof shades / sizeof *shades; i++) {
        assert_int_equal(block(shades[i].name, false), 1 + shades[i].count);
        for (size_t k = 0; k < shades[i].count; k++) {
            assert_true(lines[1 + k].fields[0] == shades[i].from_s[k]);
            assert_true(lines[1 + k].fields[1] == shades[i].to_s[k]);
        }
    }
}

/* 358 pixels for 124 s: a name takes 34 of them. */
static void names_of_phases_do_not_overlap(void **state)
{
    (void)state;
    synthetic_consistency(&s, 2);
    summarise();
    draw(plot_consistency_memory);
    size_t n = block("phases", false);
    assert_int_equal(n, 7);
    for (size_t i = 0; i < n; i++) {
        assert_true(lines[i].fields[1] > 5 && lines[i].fields[1] < 119);
        assert_true(i == 0 || lines[i].fields[1] - lines[i - 1].fields[1] > 34 * 124 / 358. - .01);
        assert_true(i == 0 || lines[i].fields[0] > lines[i - 1].fields[0]);
    }
}

static void of_many_phases_the_longest_are_named(void **state)
{
    (void)state;
    char *error = NULL;
    synthetic_consistency_init(&s);
    assert_int_equal(
        phases_read(&s.result.experiment.phases.phases,
                    "load 10s, idle 1s, load 10s, idle 1s, load 10s, idle 1s, load 10s, idle 1s, "
                    "load 10s, idle 1s, load 10s, idle 1s, load 10s, idle 1s, load 60s, close 9s",
                    &error),
        0);
    synthetic_phases_round(&s, synthetic_arm(&s, "epoll"), &habituals[0], 1);
    summarise();
    draw(plot_consistency_memory);
    size_t n = block("phases", false), named = 0;
    assert_int_equal(n, 10);
    for (size_t i = 0; i < n; i++)
        named += strstr(lines[i].text, "load") || strstr(lines[i].text, "close");
    assert_int_equal(named, 9);
}

/* A shade would be wrong for one of them. */
static void where_servers_went_through_other_phases_none_is_shaded(void **state)
{
    (void)state;
    char *error = NULL;
    synthetic_consistency(&s, 2);
    summarise();
    draw(plot_consistency_memory);
    assert_int_equal(block("idle", false), 3); /* the first stands for none */
    summary_release(&summary);
    struct phases *phases = &s.result.rounds[1].phases;
    assert_int_equal(phases_read(phases, "idle 2s, load 29s, idle 2s, load 100s", &error), 0);
    phases_settle(phases, CONSISTENCY_RPS);
    summarise();
    draw(plot_consistency_memory);
    static const char *const shades[] = {"idle", "burst", "closed"};
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(block(shades[i], false), 1);
    assert_int_equal(block("phases", true), 0);
    assert_true(number("models") == 2);
}

static void a_ceiling_is_no_model(void **state)
{
    (void)state;
    synthetic_consistency(&s, 3);
    summarise();
    draw(plot_consistency_memory);
    assert_true(number("models") == 3);
    assert_int_equal(block("names", false), 3);
    assert_true(strstr(drawn, "\"growing") == NULL);
    assert_true(strstr(drawn, "\"epoll\" \"flat\"") != NULL);
}

static void a_verdict_stands_below_its_name(void **state)
{
    (void)state;
    synthetic_consistency(&s, HABITUALS);
    summarise();
    draw(plot_consistency_memory);
    assert_non_null(strstr(drawn, "\"pool\" \"growing, 4."));
    assert_non_null(strstr(drawn, "\"mhd-thread\" \"1.3 GiB a day so far\""));
    assert_non_null(strstr(drawn, "\"mhd\" \"step\""));
}

static void be_large(struct course *course)
{
    for (size_t i = 0; i < course->count; i++)
        course->rss_low_bytes[i] = course->rss_high_bytes[i] = INT64_C(200) << 20;
}

/* The fourth grows, and so does, only so far, the seventh. */
static void an_axis_is_logarithmic_only_where_sizes_differ_and_nobody_grows(void **state)
{
    static const struct {
        size_t servers;
        bool one_is_large, seventh_alone, is_log;
    } cases[] = {{2, false, false, false},
                 {2, true, false, true},
                 {4, false, false, false},
                 {4, true, false, false},
                 {1, true, true, false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        synthetic_consistency(&s, cases[i].servers);
        if (cases[i].seventh_alone)
            synthetic_phases_round(&s, synthetic_arm(&s, habituals[6].id), &habituals[6], 1);
        if (cases[i].one_is_large)
            be_large(&s.result.rounds[0].course);
        summarise();
        draw(plot_consistency_memory);
        assert_int_equal(number("ylog"), cases[i].is_log);
        assert_true(cases[i].is_log ? number("yfrom") > 1e6 : number("yfrom") == 0);
        assert_int_equal(strstr(drawn, "\nbytes = '\"0\" 0, ") != NULL, !cases[i].is_log);
        assert_int_equal(strstr(drawn, "\"100 MiB\"") != NULL, cases[i].is_log);
        assert_non_null(strstr(drawn, cases[i].is_log ? "resident set, logarithmic'\n"
                                                      : "resident set, MiB'\n"));
        release(state);
    }
    synthetic_consistency_init(&s);
}

/* 35 pixels each, of those between top and bottom: beside a
 * large one the small ones end at the same place. */
static void names_beside_one_that_grows_do_not_overlap(void **state)
{
    (void)state;
    enum { SERVERS = 7, FRAME_PIXELS = 74, NAME_PIXELS = 35 };
    synthetic_consistency(&s, SERVERS);
    be_large(&s.result.rounds[0].course);
    summarise();
    double height = draw(plot_consistency_memory), top = number("yto");
    double apart = NAME_PIXELS * top / (height - FRAME_PIXELS);
    assert_int_equal(block("names", false), SERVERS);
    for (size_t i = 0; i < SERVERS; i++) {
        assert_true(lines[i].fields[0] >= 0 && lines[i].fields[0] <= top);
        assert_true(i == 0 || lines[i].fields[0] - lines[i - 1].fields[0] > .999 * apart);
    }
}

/* All servers went through the first alike. */
static void of_one_that_was_judged_by_a_longer_run_the_first_is_drawn(void **state)
{
    (void)state;
    synthetic_consistency(&s, 4);
    summarise();
    const struct consistency_row *pool = &consistency()->rows[3];
    assert_ptr_not_equal(pool->judged, pool->round);
    double (*const plots[])(FILE *, const struct result *, const struct consistency *) = {
        plot_consistency_memory, plot_consistency_cost};
    static const char *const ends[] = {"xto", "xmax"};
    for (size_t i = 0; i < 2; i++) {
        draw(plots[i]);
        assert_true(number(ends[i]) == 124);
    }
    assert_true(plot_consistency_highest(pool->judged) > 2 * plot_consistency_highest(pool->round));
}

static void a_cost_is_drawn_around_its_own_median(void **state)
{
    (void)state;
    synthetic_consistency(&s, 1);
    struct course *course = &s.result.rounds[0].course;
    for (size_t i = 0; i < course->count; i++)
        course->cpu_server_ns[i] = (int64_t)(8000. * CONSISTENCY_RPS * (i == 20 ? 1.1 : 1));
    course->cpu_server_ns[40] *= 100;
    summarise();
    assert_true(draw(plot_consistency_cost) > 0);
    assert_int_equal(block("rows", false), 1);
    assert_string_equal(lines[0].text, "0 \"epoll\" \"8.00 µs\"");
    assert_int_equal(block("courses", false), 112); /* rests have none */
    assert_true(fabs(lines[0].fields[0] - 2.5) < 1e-6);
    assert_true(fabs(lines[0].fields[1]) < 1e-6);
    double share = number("share");
    assert_non_null(strstr(drawn, "median ± 50 %'")); /* a burst is half the cost here */
    assert_true(fabs(lines[18].fields[1] - share * .2) < 1e-3);
    assert_true(fabs(lines[38].fields[1] - share) < 1e-6); /* at the edge */
    assert_true(lines[0].fields[2] == palette_stand_in(&s.result, 0));
}

/* Two empty lines in a row would begin another model's course. */
static void a_rest_of_many_seconds_is_one_gap(void **state)
{
    (void)state;
    enum { SERVERS = 3 };
    double (*const plots[])(FILE *, const struct result *, const struct consistency *) = {
        plot_consistency_memory, plot_consistency_cost};
    static const char *const blocks[] = {"lines", "courses"};
    synthetic_consistency(&s, SERVERS);
    for (size_t i = 0; i < SERVERS; i++) /* the last one's end as well */
        for (size_t k = 62; k < (i == SERVERS - 1 ? 124 : 75); k++)
            s.result.rounds[i].course.rss_low_bytes[k] =
                s.result.rounds[i].course.rss_high_bytes[k] = MISSING;
    summarise();
    for (size_t i = 0; i < 2; i++) {
        draw(plots[i]);
        size_t ends = 0, n = block(blocks[i], true);
        for (size_t k = 1; k < n; k++)
            ends += *lines[k].text == '\0' && *lines[k - 1].text == '\0';
        assert_int_equal(ends, SERVERS);
    }
}

static void a_server_without_any_cost_has_no_row(void **state)
{
    (void)state;
    synthetic_consistency(&s, 2);
    struct course *course = &s.result.rounds[0].course;
    for (size_t i = 0; i < course->count; i++)
        course->cpu_server_ns[i] = MISSING;
    summarise();
    assert_true(draw(plot_consistency_cost) > 0);
    assert_int_equal(block("rows", false), 1);
    course = &s.result.rounds[1].course;
    for (size_t i = 0; i < course->count; i++)
        course->cpu_server_ns[i] = MISSING;
    summary_release(&summary);
    summarise();
    assert_true(draw(plot_consistency_cost) == 0);
}

static void costs_are_not_drawn_where_only_memory_is_asked_for(void **state)
{
    (void)state;
    synthetic_consistency(&s, 1);
    s.result.experiment.phases.memory_only = true;
    summarise();
    assert_true(draw(plot_consistency_cost) == 0);
    assert_true(draw(plot_consistency_memory) > 0);
}

static int forget(void **state)
{
    free(drawn);
    drawn = NULL;
    return release(state);
}

#define FORGET(name) cmocka_unit_test_teardown(name, forget)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FORGET(a_line_has_a_point_a_stretch_and_a_gap_where_none_was_read),
        FORGET(what_is_no_plain_load_is_shaded),
        FORGET(names_of_phases_do_not_overlap),
        FORGET(of_many_phases_the_longest_are_named),
        FORGET(where_servers_went_through_other_phases_none_is_shaded),
        FORGET(a_ceiling_is_no_model),
        FORGET(a_verdict_stands_below_its_name),
        FORGET(an_axis_is_logarithmic_only_where_sizes_differ_and_nobody_grows),
        FORGET(names_beside_one_that_grows_do_not_overlap),
        FORGET(of_one_that_was_judged_by_a_longer_run_the_first_is_drawn),
        FORGET(a_cost_is_drawn_around_its_own_median),
        FORGET(a_rest_of_many_seconds_is_one_gap),
        FORGET(a_server_without_any_cost_has_no_row),
        FORGET(costs_are_not_drawn_where_only_memory_is_asked_for),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("plot consistency", tests, NULL, NULL);
}
