/* Two servers as ratios: what of a trial makes them, and where there is an interval. */
#include "pace/duet.h"

#include "tests/pace_trials.h"

/* Twelve seconds, so that a part is one of them; B is 4 % slower, and stands for a while. */
static void make_pair(double rate_rps, double stall_s)
{
    struct made first = room_fine, other = room_fine;
    first.window_s = other.window_s = 12;
    first.rate_rps = other.rate_rps = rate_rps;
    other.base_ns *= 1.04;
    other.seed = 2;
    other.stall_from_s = 5.2;
    other.stall_to_s = 5.2 + stall_s;
    room_make(&first);
    room_second(&other);
    finish();
}

static double whole_ratio(double p)
{
    return (double)tally_quantile_ns(&room_trial.targets[1].record.response, p) /
           (double)tally_quantile_ns(&room_trial.targets[0].record.response, p);
}

/* Of all of B's requests 4 % are slow, in eleven parts of twelve none is. */
static void a_stall_in_one_part_moves_the_whole_window_and_not_the_ratio(void **state)
{
    (void)state;
    make_pair(10000, .5);
    struct estimate p50 = duet_percentile(&room_trial, .5), p99 = duet_percentile(&room_trial, .99);
    assert_true(whole_ratio(.99) > 1000);
    assert_true(p99.value > 1 && p99.value < 1.05);
    assert_true(p99.low <= p99.value && p99.value <= p99.high && p99.high < 1.1);
    assert_true(p50.value > 1.03 && p50.value < 1.04);
    assert_int_equal(p99.n, RECORD_PARTS);
    room_release();
}

static void where_parts_have_too_few_the_whole_window_has_the_ratio_and_no_interval(void **state)
{
    (void)state;
    make_pair(900, 0);
    struct estimate p50 = duet_percentile(&room_trial, .5), p99 = duet_percentile(&room_trial, .99);
    assert_false(isnan(p50.low) || isnan(p50.high));
    assert_true(p99.value == whole_ratio(.99));
    assert_true(isnan(p99.low) && isnan(p99.high));
    room_release();
}

static void where_one_server_has_no_latencies_there_is_none(void **state)
{
    (void)state;
    make_duet_with_errors();
    assert_true(isnan(duet_percentile(&room_trial, .5).value));
    assert_true(isnan(duet_cost(&room_trial)));
    room_release();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stall_in_one_part_moves_the_whole_window_and_not_the_ratio),
        cmocka_unit_test(where_parts_have_too_few_the_whole_window_has_the_ratio_and_no_interval),
        cmocka_unit_test(where_one_server_has_no_latencies_there_is_none),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    int status = cmocka_run_group_tests_name("pace_duet", tests, NULL, NULL);
    schedule_clear(&room_schedule);
    return status;
}
