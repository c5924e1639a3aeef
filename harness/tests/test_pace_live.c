/* The line that a terminal shows while pace measures. */
#include "pace/live.h"
#include "tests/pace_room.h"

static void before_the_window_it_warms_up(void **state)
{
    (void)state;
    struct trial *trial = room_make(&room_fine);
    trial->start_monotonic_ns = 0;
    char *text = live_text(trial, 5, true);
    assert_string_equal(text, "  warming up");
    free(text);
    room_release();
}

static void then_it_says_how_far_it_is_and_how_fast(void **state)
{
    (void)state;
    struct trial *trial = room_make(&room_fine);
    char *text = live_text(trial, trial->start_monotonic_ns + 10000000000, true);
    assert_string_equal(text,
                        "  10 s of 10 s  5,007/s  so far p50 43.6 µs  p99 74.6 µs, not yet judged");
    free(text);
    text = live_text(trial, trial->start_monotonic_ns + 5000000000, false);
    assert_string_equal(text,
                        "  5 s of 10 s  10,014/s  so far p50 43.6 us  p99 74.6 us, not yet judged");
    free(text);
    room_release();
}

static void faults_come_before_latencies(void **state)
{
    (void)state;
    struct trial *trial = room_make(&room_fine);
    trial->targets[0].record.failed = 3;
    record_fault(&trial->targets[0].record, FAULT_READ, "reset by the \033[2Jserver");
    char *text = live_text(trial, trial->start_monotonic_ns + 10000000000, true);
    assert_string_equal(text, "  10 s of 10 s  5,007/s  3 failed: reset by the ?[2Jserver");
    free(text);
    room_release();
}

static void the_draining_is_no_part_of_the_time(void **state)
{
    (void)state;
    struct trial *trial = room_make(&room_fine);
    char *text = live_text(trial, trial->start_monotonic_ns + 11500000000, true);
    assert_non_null(strstr(text, "10 s of 10 s  5,007/s"));
    free(text);
    room_release();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(before_the_window_it_warms_up),
        cmocka_unit_test(then_it_says_how_far_it_is_and_how_fast),
        cmocka_unit_test(faults_come_before_latencies),
        cmocka_unit_test(the_draining_is_no_part_of_the_time),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    int status = cmocka_run_group_tests_name("pace_live", tests, NULL, NULL);
    schedule_clear(&room_schedule);
    return status;
}
