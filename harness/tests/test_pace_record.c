/* Where a response is counted, and what is left when a request does not come back. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pace/random.h"
#include "tests/pace_record_room.h"

static void a_response_splits_into_wait_lateness_and_service(void **state)
{
    (void)state;
    /* From the start; then what comes of it. */
    static const struct {
        struct times times;
        uint64_t wait_ns, lateness_ns, service_ns;
    } table[] = {
        {{100, 100, 100, 100}, 0, 0, 0},
        {{100, 40, 100, 150}, 0, 0, 50},   /* rested before it was due */
        {{100, 40, 107, 150}, 0, 7, 43},   /* and the generator came late */
        {{100, 130, 130, 200}, 30, 0, 70}, /* none was idle for 30 ns */
        {{100, 130, 135, 200}, 30, 5, 65}, /* both */
        {{100, -900, 101, 102}, 0, 1, 1},  /* idle since before the window */
        {{0, 0, 2000000, 9000000}, 0, 2000000, 7000000},
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct record record;
        struct times times = table[i].times;
        record_open(&record, START, SECOND, 1000);
        times.intended_ns += START;
        times.seen_idle_ns += START;
        times.sent_ns += START;
        times.done_ns += START;
        record_answer(&record, &times, false);
        assert_int_equal(record.wait.max, table[i].wait_ns);
        assert_int_equal(record.lateness.max, table[i].lateness_ns);
        assert_int_equal(record.service.max, table[i].service_ns);
        assert_int_equal(record.response.max, table[i].wait_ns + table[i].service_ns);
        assert_int_equal(record.completed, 1);
        assert_true(record.last_done_ns == times.done_ns);
        record_release(&record);
    }
}

static void what_the_split_adds_up_to_is_exact_over_many(void **state)
{
    (void)state;
    int64_t sum_ns = 0;
    struct record record;
    struct random random;

    random_init(&random, 1, RANDOM_ARRIVALS);
    record_open(&record, START, SECOND, 100000);
    for (unsigned i = 0; i < 100000; i++) {
        int64_t due_ns = START + random_below(&random, 1000000000);
        int64_t idle_ns = due_ns + random_below(&random, 2000) - 1000;
        int64_t ready_ns = idle_ns > due_ns ? idle_ns : due_ns;
        int64_t sent_ns = ready_ns + random_below(&random, 100);
        int64_t done_ns = sent_ns + random_below(&random, 1000000000);
        record_answer(&record, &(struct times){due_ns, idle_ns, sent_ns, done_ns}, false);
        sum_ns += done_ns - due_ns;
    }
    assert_true(record.response.sum == record.wait.sum + record.service.sum);
    assert_true(sum_ns == (int64_t)(record.response.sum + record.lateness.sum));
    assert_true(record.wait.sum > 0 && record.lateness.sum > 0);
    record_release(&record);
}

/* In a process of its own, which the assertion ends. */
static int signal_of(const struct times *times)
{
    pid_t pid = fork();
    int status = 0;

    assert_true(pid >= 0);
    if (pid == 0) {
        struct record record;
        signal(SIGABRT, SIG_DFL);
        if (!freopen("/dev/null", "w", stderr))
            _exit(1);
        record_open(&record, 0, SECOND, 1000);
        record_answer(&record, times, false);
        _exit(0);
    }
    assert_true(waitpid(pid, &status, 0) == pid);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void times_that_contradict_one_another_are_asserted(void **state)
{
    (void)state;
    static const struct {
        struct times times;
        int signal;
    } table[] = {
        {{100, 100, 100, 100}, 0},
        {{100, 0, 99, 200}, SIGABRT},    /* sent before it was due */
        {{100, 150, 149, 200}, SIGABRT}, /* sent before a connection was idle */
        {{100, 150, 150, 149}, SIGABRT}, /* back before it was sent */
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        assert_int_equal(signal_of(&table[i].times), table[i].signal);
}

static void what_was_due_outside_of_the_window_is_left_out(void **state)
{
    (void)state;
    struct record record;

    record_open(&record, START, SECOND, 1000);
    answer(&record, -1, 50);
    answer(&record, SECOND, 50);
    answer(&record, -5 * SECOND, 5 * SECOND + 50); /* came back within */
    record_censored(&record, START - 1, 10 * SECOND);
    assert_false(record_covers(&record, START - 1));
    assert_false(record_covers(&record, START + SECOND));
    assert_int_equal(record.completed + record.censored, 0);
    assert_int_equal(record.response.total + record.disturbed.total + record.wait.total, 0);
    assert_true(record.last_done_ns == 0);
    answer(&record, 0, 50);
    answer(&record, SECOND - 1, 10 * SECOND); /* came back after it */
    assert_true(record_covers(&record, START) && record_covers(&record, START + SECOND - 1));
    assert_int_equal(record.completed, 2);
    record_release(&record);
}

static void values_of_any_size_are_taken(void **state)
{
    (void)state;
    struct record record;

    record_open(&record, START, SECOND, 1e6);
    answer(&record, 0, 0);
    answer(&record, 1, INT64_MAX - START - 1);
    record_censored(&record, START + 2, INT64_MAX);
    record_close(&record);
    assert_true(record.response.max == INT64_MAX);
    assert_true(record.intervals[0].max_ns == INT64_MAX);
    assert_true(record.intervals[0].p99_ns == INT64_MAX);
    assert_int_equal(record.intervals[0].n, 3);
    record_release(&record);
}

static void unfinished_requests_count_with_their_age_where_they_were_due(void **state)
{
    (void)state;
    struct record record;

    record_open(&record, START, 10 * SECOND, 1e6);
    answer(&record, 0, 5000);
    record_censored(&record, START + 950 * MS, 3 * SECOND);
    record_censored(&record, START + 950 * MS, 4 * SECOND);
    record_close(&record);
    assert_int_equal(record.censored, 2);
    assert_int_equal(record.completed, 1);
    assert_int_equal(record.response.total, 3);
    assert_int_equal(record.service.total, 1);
    assert_true(record.response.max == (uint64_t)(4 * SECOND));
    assert_int_equal(record.intervals[9].n, 2);
    assert_int_equal(record.intervals[9].censored, 2);
    assert_true(record.intervals[9].max_ns == (uint64_t)(4 * SECOND));
    assert_int_equal(record.intervals[0].censored, 0);
    record_release(&record);
}

static void a_disturbed_request_is_in_no_latency_and_one_just_after_is(void **state)
{
    (void)state;
    struct record record;
    int64_t due_ns = START + 50 * MS;

    record_open(&record, START, 10 * SECOND, 1e6);
    answer(&record, 0, 5000);
    record_answer(&record, &(struct times){due_ns, due_ns + 3, due_ns + 2 * MS, due_ns + 9 * MS},
                  DISTURBED);
    record_answer(&record, &(struct times){START - 1, START - 1, START, START + MS}, DISTURBED);
    record_answer(&record, &(struct times){due_ns, due_ns, due_ns, due_ns + 7}, SETTLING);
    record_close(&record);
    assert_int_equal(record.settling.total, 1);
    assert_true(record.settling.max == 7);
    assert_int_equal(record.completed, 3);
    assert_int_equal(record.response.total, 2);
    assert_int_equal(record.wait.total + record.service.total, 4);
    assert_int_equal(record.parts[0].total + record.intervals[0].n, 4);
    assert_int_equal(record.disturbed.total, 1);
    assert_true(record.disturbed.max == (uint64_t)(3 + 7 * MS));
    assert_int_equal(record.lateness.total, 3);
    assert_true(record.lateness.max == (uint64_t)(2 * MS - 3));
    assert_true(record.last_done_ns == due_ns + 9 * MS);
    record_release(&record);
}

static void faults_are_counted_and_the_first_ones_words_are_kept(void **state)
{
    (void)state;
    struct record record;

    record_open(&record, START, SECOND, 1000);
    assert_string_equal(record.first_fault, "");
    record_fault(&record, FAULT_STATUS, "%u instead of %d", 503U, 200);
    record_fault(&record, FAULT_READ, "reset");
    record_fault(&record, FAULT_READ, "reset");
    assert_string_equal(record.first_fault, "503 instead of 200");
    assert_int_equal(record.faults[FAULT_STATUS], 1);
    assert_int_equal(record.faults[FAULT_READ], 2);
    assert_int_equal(record.faults[FAULT_CONNECT], 0);
    record_release(&record);
}

static void the_words_of_a_fault_are_cut_and_stay_on_one_line(void **state)
{
    (void)state;
    struct record record;
    char bytes[500];

    memset(bytes, 'x', sizeof bytes - 1);
    bytes[sizeof bytes - 1] = '\0';
    memcpy(bytes, "a\r\nb\tc\x1b", 7);
    record_open(&record, START, SECOND, 1000);
    record_fault(&record, FAULT_ANSWER, "%s", bytes);
    assert_int_equal(strlen(record.first_fault), sizeof record.first_fault - 1);
    assert_memory_equal(record.first_fault, "a??b?c?xx", 9);
    record_release(&record);
}

static void each_fault_has_its_name(void **state)
{
    (void)state;
    for (enum fault fault = 0; fault < FAULT_KINDS; fault++)
        for (enum fault other = 0; other < fault; other++)
            assert_string_not_equal(fault_name(fault), fault_name(other));
    assert_string_equal(fault_name(FAULT_CONNECT), "connect");
    assert_string_equal(fault_name(FAULT_BODY), "body");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_response_splits_into_wait_lateness_and_service),
        cmocka_unit_test(what_the_split_adds_up_to_is_exact_over_many),
        cmocka_unit_test(times_that_contradict_one_another_are_asserted),
        cmocka_unit_test(what_was_due_outside_of_the_window_is_left_out),
        cmocka_unit_test(values_of_any_size_are_taken),
        cmocka_unit_test(unfinished_requests_count_with_their_age_where_they_were_due),
        cmocka_unit_test(a_disturbed_request_is_in_no_latency_and_one_just_after_is),
        cmocka_unit_test(faults_are_counted_and_the_first_ones_words_are_kept),
        cmocka_unit_test(the_words_of_a_fault_are_cut_and_stay_on_one_line),
        cmocka_unit_test(each_fault_has_its_name),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("pace_record", tests, NULL, NULL);
}
