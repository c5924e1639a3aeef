/*
 * A course from whole samples, through what may befall a server and a harness over hours. The
 * clocks are this test's own: CLOCK_MONOTONIC goes as fast as it likes, and the wall clock jumps at
 * every look, which nothing may notice.
 */
#include "measure/sample.h"

#include "following_room.h"

#include <sys/time.h>
#include <time.h>

#include "measure/clock.h"
#include "measure/marks.h"

enum { LATE_NS = 300000 };

static int64_t virtual_ns = INT64_C(1000) * 1000000000;
static unsigned wall_looks;

/* The executable's own come before libc's. */
int clock_gettime(clockid_t clock, struct timespec *time)
{
    if (clock == CLOCK_MONOTONIC) {
        *time = (struct timespec){virtual_ns / NS_PER_S, virtual_ns % NS_PER_S};
        return 0;
    }
    if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE) {
        int64_t wall_s = wall_looks++ % 2 == 0 ? INT64_C(4000000000) : 1;
        *time = (struct timespec){wall_s, 0};
        return 0;
    }
    return (int)syscall(SYS_clock_gettime, clock, time);
}

time_t time(time_t *to)
{
    struct timespec wall;
    clock_gettime(CLOCK_REALTIME, &wall);
    if (to != NULL)
        *to = wall.tv_sec;
    return wall.tv_sec;
}

int gettimeofday(struct timeval *restrict to, void *restrict zone)
{
    (void)zone;
    *to = (struct timeval){time(NULL), 0};
    return 0;
}

static struct actor actor;
static struct sampler sampler;
static struct course course;
static int64_t start_ns;

static void begin(unsigned window_s)
{
    pid_t self = getpid();
    actor_start(&actor);
    sampler_open(&sampler, &actor.pid, 1);
    sampler_keep_course(&sampler, 0);
    start_ns = virtual_ns + NS_PER_S;
    sampler_start(&sampler, &self, start_ns, start_ns + window_s * NS_PER_S);
}

/* Each sample is taken a little later than it is due. */
static void run_until(double second)
{
    int64_t until_ns = start_ns + (int64_t)(second * 1e9);
    while (!sampler_done(&sampler) && sampler.next_ns <= until_ns) {
        virtual_ns = sampler.next_ns + LATE_NS;
        sampler_tick(&sampler);
    }
}

static const char *why(enum course_part part)
{
    return course_why(&sampler.arms[0].course, part);
}

static void end(void)
{
    course = sampler_take_course(&sampler, 0);
}

static void done(void)
{
    free(course.rss_low_bytes);
    free(course.rss_high_bytes);
    free(course.cpu_server_ns);
    free(course.descriptors);
    free(course.threads);
    sampler_close(&sampler);
    actor_end(&actor);
}

static void assert_whole(size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        assert_true(course.rss_low_bytes[i] > 0 &&
                    course.rss_high_bytes[i] >= course.rss_low_bytes[i]);
        assert_true(course.cpu_server_ns[i] >= 0);
        assert_true(course.descriptors[i] > 0 && course.threads[i] > 0);
    }
}

static void assert_lost(size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        assert_true(course.rss_low_bytes[i] == MISSING && course.rss_high_bytes[i] == MISSING &&
                    course.cpu_server_ns[i] == MISSING && course.descriptors[i] == MISSING &&
                    course.threads[i] == MISSING);
}

static void each_second_of_a_window_is_in_its_course(void **state)
{
    (void)state;
    begin(6);
    run_until(2.5);
    actor_do(&actor, 'h');
    actor_do(&actor, 'b');
    run_until(3.5);
    actor_do(&actor, 'o');
    actor_do(&actor, 't');
    run_until(6);
    assert_true(sampler_done(&sampler));
    end();
    assert_int_equal(course.count, 6);
    assert_int_equal(course.interval_ns, NS_PER_S);
    assert_whole(0, 6);
    for (int part = 0; part < COURSE_PARTS; part++)
        assert_null(why((enum course_part)part));
    assert_true(course.rss_high_bytes[2] - course.rss_low_bytes[2] >= ACTOR_HOLDS_BYTES * 3 / 4);
    assert_true(course.rss_low_bytes[3] >= course.rss_high_bytes[2]);
    assert_true(course.cpu_server_ns[1] < ACTOR_BURN_MS * NS_PER_MS / 2);
    assert_in_range(course.cpu_server_ns[2], ACTOR_BURN_MS * NS_PER_MS, NS_PER_S);
    assert_int_equal(course.descriptors[3] - course.descriptors[2], ACTOR_OPENS);
    assert_int_equal(course.threads[2], 1);
    assert_int_equal(course.threads[3], 2);
    assert_int_equal(sampler.arms[0].series.count, 0);
    assert_true(sampler.arms[0].first.at_ns - start_ns < NS_PER_S / 5);
    assert_true(sampler.arms[0].last.at_ns - start_ns >= 6 * NS_PER_S);
    assert_true(sampler.arms[0].last.cpu_server_ns - sampler.arms[0].first.cpu_server_ns >=
                ACTOR_BURN_MS * NS_PER_MS);
    assert_true(sampler.arms[0].marks == 7 && sampler.arms[0].first.at_ns >= start_ns);
    done();
}

static void a_server_that_dies_keeps_what_was_read(void **state)
{
    (void)state;
    begin(6);
    run_until(3.5);
    kill(actor.pid, SIGKILL);
    siginfo_t info;
    waitid(P_PID, (id_t)actor.pid, &info, WEXITED | WNOWAIT);
    run_until(6);
    end();
    assert_int_equal(course.count, 6);
    assert_whole(0, 3);
    assert_true(course.rss_low_bytes[3] > 0 && course.cpu_server_ns[3] == MISSING);
    assert_lost(4, 6);
    assert_string_equal(why(COURSE_RSS), "the server has ended");
    assert_string_equal(why(COURSE_THREADS), "the server has ended");
    assert_non_null(why(COURSE_CPU));
    done();
}

static void a_server_that_is_stopped_uses_nothing_and_is_read_on(void **state)
{
    (void)state;
    siginfo_t info;
    begin(6);
    run_until(1.5);
    kill(actor.pid, SIGSTOP);
    waitid(P_PID, (id_t)actor.pid, &info, WSTOPPED | WNOWAIT);
    run_until(4.5);
    kill(actor.pid, SIGCONT);
    actor_do(&actor, 'b');
    run_until(6);
    end();
    assert_whole(0, 6);
    assert_true(course.cpu_server_ns[2] + course.cpu_server_ns[3] < NS_PER_MS);
    assert_true(course.cpu_server_ns[4] >= ACTOR_BURN_MS * NS_PER_MS);
    done();
}

static void a_server_that_becomes_another_program_is_read_on(void **state)
{
    (void)state;
    begin(5);
    actor_do(&actor, 'h');
    run_until(2.5);
    actor_do(&actor, 'x');
    run_until(5);
    end();
    assert_whole(0, 5);
    assert_true(course.rss_low_bytes[4] < course.rss_low_bytes[0]);
    assert_null(why(COURSE_CPU));
    done();
}

static void a_worker_that_comes_costs_its_second_and_is_followed_then(void **state)
{
    (void)state;
    begin(6);
    run_until(2.5);
    actor_do(&actor, 'f');
    run_until(6);
    end();
    assert_int_equal(course.count, 6);
    assert_whole(0, 2);
    assert_whole(3, 6);
    assert_true(course.cpu_server_ns[2] == MISSING);
    assert_true(course.rss_low_bytes[2] - course.rss_low_bytes[1] >= ACTOR_HOLDS_BYTES * 3 / 4);
    assert_int_equal(course.threads[2], 2);
    assert_string_equal(why(COURSE_CPU), "processes of the server came, and were found only later");
    done();
}

static void a_worker_that_is_replaced_costs_two_seconds_of_cpu(void **state)
{
    (void)state;
    begin(8);
    actor_do(&actor, 'f');
    run_until(4.4);
    actor_do(&actor, 'k');
    actor_do(&actor, 'f');
    run_until(8);
    end();
    assert_int_equal(course.count, 8);
    assert_whole(2, 4);
    assert_whole(6, 8);
    assert_true(course.cpu_server_ns[4] == MISSING);
    assert_int_equal(course.threads[4], 2);
    done();
}

static void a_harness_that_was_kept_away_says_so_and_goes_on(void **state)
{
    (void)state;
    begin(12);
    run_until(2.5);
    virtual_ns = start_ns + 8 * NS_PER_S + NS_PER_S / 2;
    sampler_tick(&sampler);
    run_until(12);
    end();
    assert_int_equal(course.count, 12);
    assert_whole(0, 2);
    assert_true(course.rss_low_bytes[2] > 0 && course.cpu_server_ns[2] == MISSING);
    assert_lost(3, 7);
    assert_true(course.cpu_server_ns[7] == MISSING && course.cpu_server_ns[8] == MISSING);
    assert_whole(9, 12);
    assert_string_equal(why(COURSE_RSS), "nothing was read for longer than a stretch");
    done();
}

static void the_wall_clock_may_be_set_at_will(void **state)
{
    (void)state;
    struct phase_marks taken;
    struct marks marks;
    begin(4);
    wall_looks = 0;
    marks_open(&marks, &taken, sampler.arms[0].following, NULL);
    for (int second = 1; second <= 4; second++) {
        run_until(second);
        marks_take(&marks, virtual_ns - start_ns);
    }
    unsigned looks = wall_looks;
    end();
    assert_int_equal(looks, 0);
    assert_int_equal(time(NULL), 4000000000); /* and this is the clock that nobody asked */
    assert_int_equal(time(NULL), 1);
    assert_int_equal(course.count, 4);
    assert_whole(0, 4);
    assert_int_equal(taken.count, 4);
    for (int i = 0; i < 4; i++)
        assert_in_range(taken.items[i].at_ns, (i + 1) * NS_PER_S,
                        (i + 1) * NS_PER_S + NS_PER_S / 2);
    done();
}

static void half_an_hour_takes_no_more_room_than_minutes(void **state)
{
    (void)state;
    begin(1800);
    run_until(1800);
    end();
    assert_int_equal(course.interval_ns, 2 * NS_PER_S);
    assert_int_equal(course.count, 900);
    assert_whole(0, 900);
    done();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_second_of_a_window_is_in_its_course),
        cmocka_unit_test(a_server_that_dies_keeps_what_was_read),
        cmocka_unit_test(a_server_that_is_stopped_uses_nothing_and_is_read_on),
        cmocka_unit_test(a_server_that_becomes_another_program_is_read_on),
        cmocka_unit_test(a_worker_that_comes_costs_its_second_and_is_followed_then),
        cmocka_unit_test(a_worker_that_is_replaced_costs_two_seconds_of_cpu),
        cmocka_unit_test(a_harness_that_was_kept_away_says_so_and_goes_on),
        cmocka_unit_test(the_wall_clock_may_be_set_at_will),
        cmocka_unit_test(half_an_hour_takes_no_more_room_than_minutes),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("sampler", tests, NULL, NULL);
}
