/* Rounds on loopback that take connections up, at a server of
 * ours: idle ones, active ones, and more than it takes.
 *
 * run-tests: waits
 */
#include "measure_room.h"

#include <sys/stat.h>
#include <unistd.h>

static char *server_of_ours(const char *name)
{
    const char *bin = getenv("BACKBENCH_BIN");
    char *beside = tools_built("../../../bin");
    char *path = text_format("%s/server-%s", bin ? bin : beside, name);
    free(beside);
    return path;
}

static void measure_stairs(enum stairs_kind kind, const char *script, struct round *round)
{
    struct result result;
    make_result(&result, "well", NULL);
    free(result.arms[0].server.path);
    result.arms[0].server.path = script ? xstrdup(script) : server_of_ours("epoll");
    result.experiment.stairs =
        (struct stairs_set){.set = {.blocks = 1, .window_s = 1}, .connections = {{8, 24}, 2}};
    struct round_plan plan = {.number = 1, .arm_count = 1, .window_s = 1, .stairs = kind};
    measure_result(&result, &plan, request, "wrk", "well", round);
    result_release(&result);
}

static void assert_marks(const struct round *round)
{
    const struct phase_mark *marks = round->phase_marks->items;
    assert_int_equal(round->outcome.kind, OUTCOME_VALID);
    assert_int_equal(round->stairs.levels.count, 2);
    assert_int_equal(round->phase_marks->count, 4);
    assert_true(marks[1].descriptors >= marks[0].descriptors + 8);
    assert_true(marks[2].descriptors >= marks[0].descriptors + 24);
    assert_true(marks[3].descriptors < marks[0].descriptors + 8); /* all have closed */
    for (size_t i = 0; i < 4; i++)
        assert_true(marks[i].pss_bytes > 0 && marks[i].kernel_slab_bytes > 0);
}

static void idle_connections_are_there_at_every_mark_and_gone_at_the_last(void **state)
{
    (void)state;
    struct round round;
    measure_stairs(STAIRS_IDLE, NULL, &round);
    assert_no_fault_of_its_own(&round);
    assert_int_equal(round.stairs.kind, STAIRS_IDLE);
    assert_marks(&round);
    round_release(&round);
}

/* It is started with room for 12, whatever it is told. */
static void active_ones_are_taken_up_as_far_as_the_server_goes(void **state)
{
    (void)state;
    struct round round;
    char *server = server_of_ours("epoll"), path[] = "/tmp/backbench-few-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    dprintf(fd, "#!/bin/sh\nexec %s \"$@\" --max-connections 12\n", server);
    fchmod(fd, 0700);
    close(fd);
    measure_stairs(STAIRS_ACTIVE, path, &round);
    unlink(path);
    free(server);
    if (!have_wrk()) {
        round_release(&round);
        skip();
    }
    assert_int_equal(round.outcome.kind, OUTCOME_NOISY);
    assert_int_equal(round.stairs.levels.count, 1);
    assert_int_equal(round.stairs.levels.items[0], 8);
    const struct phase_mark *marks = round.phase_marks->items;
    assert_int_equal(round.phase_marks->count, 3);
    assert_true(marks[1].descriptors >=
                marks[0].descriptors + 8); /* all of them, while they asked */
    assert_true(marks[2].descriptors < marks[0].descriptors + 8);
    assert_non_null(strstr(round.outcome.reasons[0].detail, "up to 8, not to 24"));
    round_release(&round);
}

/* Its memory is in no mark, and nobody can say whether its connections were there. */
static void of_more_processes_than_are_followed_nothing_is_told(void **state)
{
    (void)state;
    struct result result;
    struct round round;
    make_result(&result, "crowd", NULL);
    result.experiment.stairs =
        (struct stairs_set){.set = {.blocks = 1, .window_s = 1}, .connections = {{2, 4}, 2}};
    struct round_plan plan = {.number = 1, .arm_count = 1, .window_s = 1, .stairs = STAIRS_IDLE};
    measure_result(&result, &plan, request, "wrk", "well", &round);
    result_release(&result);
    assert_int_equal(round.outcome.kind, OUTCOME_NOISY);
    assert_int_equal(round.outcome.count, 1);
    assert_non_null(strstr(round.outcome.reasons[0].detail,
                           "could not be counted: the server has more than 128 processes"));
    for (size_t i = 0; i < round.phase_marks->count; i++)
        assert_true(round.phase_marks->items[i].pss_bytes == MISSING);
    assert_string_equal(round_why_missing(&round, "phase_marks.pss_bytes"),
                        "the server has more than 128 processes");
    round_release(&round);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(idle_connections_are_there_at_every_mark_and_gone_at_the_last),
        cmocka_unit_test(active_ones_are_taken_up_as_far_as_the_server_goes),
        cmocka_unit_test(of_more_processes_than_are_followed_nothing_is_told),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("measure connections", tests, open_all, close_all);
}
