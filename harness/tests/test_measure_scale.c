/* A round of a sweep: so many connections as its plan says,
 * idle ones beside them, the kernel's memory read. */
#include "measure_room.h"

static void measure_plan(const char *subject, const struct round_plan *plan, struct round *round)
{
    struct result result;
    struct topology topology;
    struct placement placement;
    char *error = NULL, *bytes = request;
    size_t len = sizeof(request) - 1;
    make_result(&result, subject, NULL);
    result.experiment.scale.max_connections = 100;
    assert_int_equal(topology_read(&topology), 0);
    assert_int_equal(placement_choose(&placement, &topology, 1, NULL, NULL, &error), 0);
    struct round_context context = {
        .result = &result,
        .placement = &placement,
        .wrk = tools_link(&tools, "fake_load", "slow"),
        .wrapper = "harness/measure/wrk_wrapper.lua",
        .request_bytes = &bytes,
        .request_lens = &len,
        .interrupted = &interrupted,
    };
    round_measure(&context, plan, round);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* no process is left, no holder's either */
    assert_int_equal(errno, ECHILD);
    placement_release(&placement);
    result_release(&result);
}

static struct round_plan plan_of(unsigned connections, unsigned idle)
{
    return (struct round_plan){.number = 1,
                               .arm_count = 1,
                               .window_s = 0, /* so that memory is read at once */
                               .scale = true,
                               .connections = connections,
                               .idle_connections = idle,
                               .workers = 1};
}

static void a_round_has_the_connections_of_its_plan(void **state)
{
    (void)state;
    struct round round;
    struct round_plan plan = plan_of(24, 0);
    measure_plan("well", &plan, &round);
    assert_no_fault_of_its_own(&round);
    assert_true(round.scale);
    assert_int_equal(round.connections, 24);
    assert_int_equal(round.idle_connections, 0);
    assert_int_equal(round.workers, 1);
    assert_true(round.passive_opens >= 25);
    assert_true(round.octets_in > 0);
    assert_true(round.memory.kernel_start_bytes > 0 && round.memory.kernel_bytes > 0);
    round_release(&round);
}

/* They are open before the load's own are counted, and while it runs. */
static void idle_connections_are_held_beside_the_load(void **state)
{
    (void)state;
    struct round round;
    struct round_plan plan = plan_of(4, 12);
    measure_plan("well", &plan, &round);
    assert_no_fault_of_its_own(&round);
    assert_int_equal(round.idle_connections, 12);
    assert_int_equal(round.requests_count, 1000);
    assert_false(outcome_has(&round.outcome, REASON_LOAD_FAILED));
    assert_int_equal(round.memory.idle_anon_bytes, MISSING); /* somebody was still connected */
    assert_non_null(strstr(round_why_missing(&round, "memory.idle_anon_bytes"), "read only of"));
    round_release(&round);
}

static void a_server_that_closes_idle_connections_is_told_so(void **state)
{
    (void)state;
    struct round round;
    struct round_plan plan = plan_of(4, 12);
    measure_plan("sheds", &plan, &round);
    assert_true(outcome_has(&round.outcome, REASON_ERRORS));
    bool said = false;
    for (unsigned i = 0; i < round.outcome.count; i++)
        said |= strstr(round.outcome.reasons[i].detail, "of 12 idle connections") != NULL;
    assert_true(said);
    round_release(&round);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_round_has_the_connections_of_its_plan),
        cmocka_unit_test(idle_connections_are_held_beside_the_load),
        cmocka_unit_test(a_server_that_closes_idle_connections_is_told_so),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("measure a sweep", tests, open_all, close_all);
}
