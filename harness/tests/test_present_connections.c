/* What a connection costs, in every output of a run that takes
 * their number up and goes through no phases. */
#include <jansson.h>

#include "tests/present_text.h"
#include "tests/synthetic_stairs.h"
#include "tests/synthetic_consistency.h"

enum { CHEAP, DEAR, ROOF }; /* servers */

/* epoll 2,000 bytes of its own, thread 9,000 and of the kernel
 * 22,000, two thirds of which the ceiling's takes, too. */
static void make_up(uint32_t blocks)
{
    synthetic_consistency_init(&s);
    strings_add(&s.result.experiment.stairs.set.workloads, "plaintext");
    s.result.experiment.stairs.connections = levels;
    static const char *const names[] = {"epoll", "thread", "ceiling"};
    for (size_t i = 0; i < 3; i++)
        synthetic_arm(&s, names[i]);
    for (int kind = STAIRS_IDLE; kind < STAIRS_KINDS; kind++) {
        add_blocks(&s.result, CHEAP, (enum stairs_kind)kind, blocks,
                   (struct cost){2000 * kind, 0, 15000, 0, 0}, 10);
        add_blocks(&s.result, DEAR, (enum stairs_kind)kind, blocks,
                   (struct cost){9000, 512, 22000, 1, 0}, 10);
        add_blocks(&s.result, ROOF, (enum stairs_kind)kind, blocks,
                   (struct cost){100, 0, 15000, 0, 0}, 0);
    }
}

static void a_run_without_phases_has_a_table_of_its_own(void **state)
{
    (void)state;
    make_up(6);
    char *directory = render("connections");
    char *html = read_file(directory, "report.html"), *markdown = read_file(directory, "report.md"),
         *text = capture(write_text);
    has(html, "<a href=\"#connections\">Connections</a>");
    has(html, "<h2>What a connection costs</h2>");
    has(html, "<td class=\"num\">8.8 KiB<small>[8.8 KiB, 8.8 KiB]</small></td>");
    has(html, "<li>thread: an idle connection costs 8.8 KiB&nbsp;[");
    has(markdown, "## What a connection costs");
    has(markdown, "| model | idle connection | its kernel share | active one | its kernel share |");
    has(markdown, "| thread | 8.8 KiB \\[8.8 KiB, 8.8 KiB\\] | 39 KiB \\[39 KiB, 39 KiB\\] |");
    has(text, "plaintext  connections taken up");
    has(text, "8.8 KiB [8.8 KiB, 8.8 KiB]");
    has(text, "< 0 B");
    has_not(html, "{{");
    has_not(html, "nan");
    has_not(markdown, "nan");
    free(text);
    free(markdown);
    free(html);
    free(directory);
}

static void of_few_blocks_the_range_is_told(void **state)
{
    (void)state;
    make_up(3);
    summarise();
    char *text = capture(write_text);
    has(text, "8.8 KiB 8.8 KiB – 8.8 KiB");
    free(text);
}

static json_t *find(json_t *json, const char *key, const char *arm)
{
    json_t *servers = json_object_get(json_array_get(json_object_get(json, key), 0), "servers"),
           *server;
    size_t i;
    json_array_foreach(servers, i,
                       server) if (strcmp(json_string_value(json_object_get(server, "arm")), arm) ==
                                   0) return server;
    fail_msg("no %s in %s", arm, key);
    return NULL;
}

static double figure(json_t *server, const char *kind, const char *name, const char *part)
{
    return json_real_value(
        json_object_get(json_object_get(json_object_get(server, kind), name), part));
}

static void the_json_has_them_with_and_without_phases(void **state)
{
    (void)state;
    for (int phases = 0; phases < 2; phases++) {
        make_up(6);
        if (phases)
            synthetic_phases_round(&s, CHEAP, &habituals[0], 1);
        summarise();
        char *text = capture(write_json), *table = capture(write_text);
        json_t *json = json_loads(text, 0, NULL), *thread = find(json, "connections", "thread");
        assert_float_equal(figure(thread, "idle_connection", "server_pss_bytes", "median"), 9025,
                           1);
        assert_float_equal(
            figure(thread, "active_connection", "system_kernel_beyond_ceiling_bytes", "median"),
            7000 + 32768, 1);
        has(json_string_value(json_object_get(thread, "sentence")), "thread: an idle connection");
        if (phases) { /* and then they are columns of the table over time */
            assert_float_equal(figure(find(json, "consistencies", "epoll"), "active_connection",
                                      "server_pss_bytes", "median"),
                               4025, 1);
            has_not(table, "connections taken up");
            has(table, "active one");
        }
        json_decref(json);
        free(table);
        free(text);
        release(state);
    }
    make_up(1);
}

/* A table over time has room for the figures alone: not for how
 * many connections there were, nor what was left of them. */
static void a_page_over_time_says_what_its_table_leaves_out(void **state)
{
    (void)state;
    static const char said[] = "<li>thread: an idle connection costs 8.8 KiB&nbsp;[";
    make_up(6);
    synthetic_phases_round(&s, CHEAP, &habituals[0], 1);
    char *directory = render("connections-over-time");
    char *html = read_file(directory, "report.html");
    assert_int_equal(count_of(html, said), 1);
    has(html, "up to 4,096 of them");
    has_not(html, "<h2>What a connection costs</h2>");
    free(html);
    free(directory);
}

int main(int argc, char **argv)
{
    struct paths paths;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_run_without_phases_has_a_table_of_its_own, release),
        cmocka_unit_test_teardown(of_few_blocks_the_range_is_told, release),
        cmocka_unit_test_teardown(a_page_over_time_says_what_its_table_leaves_out, release),
        cmocka_unit_test_teardown(the_json_has_them_with_and_without_phases, release),
    };
    if (!enter(&paths, argc > 1 ? argv[1] : NULL))
        return 1;
    cmocka_set_message_output(CM_OUTPUT_TAP);
    int failed = cmocka_run_group_tests_name("present connections", tests, NULL, NULL);
    return leave(&paths, argc > 1) ? failed : 1;
}
