/* Of more processes than are followed there is no figure; once
 * they are fewer, there is one again. */
#include "followed_room.h"

#include "data/result.h"

static void more_processes_than_are_followed_are_no_figure(void **state)
{
    (void)state;
    struct crowd crowd;
    crowd_start(&crowd, actor.pid);
    following_close(&following);
    following_open(&following, actor.pid);
    assert_true(read_now().rss_bytes == MISSING);
    assert_non_null(strstr(read_now().why, "more than 128 processes"));
    assert_true(count_now().descriptors == MISSING);
    crowd_end(&crowd);
}

/* One that was there and is gone takes no place, and a crowd that is gone is forgotten. */
static void once_they_are_fewer_they_are_figures_again(void **state)
{
    (void)state;
    struct crowd crowd;
    crowd_start(&crowd, actor.pid);
    following_close(&following);
    following_open(&following, actor.pid);
    crowd_end(&crowd);
    following_look(&following);
    struct following_reading fewer = read_now();
    assert_int_equal(following.count, 1);
    assert_true(fewer.rss_bytes > 0 && fewer.cpu_ns != MISSING && fewer.went);
    assert_int_equal(count_now().threads, 1);
    actor_do(&actor, 'f');
    following.look.until_ns = 0;
    following_look(&following);
    assert_int_equal(following.count, 2);
}

static void more_who_come_than_are_followed_are_told_of(void **state)
{
    (void)state;
    struct crowd crowd;
    crowd_start(&crowd, actor.pid);
    following_close(&following);
    following_open(&following, actor.pid);
    following.is_more = false; /* when they were as many as are followed, and then one came */
    read_now();
    int64_t complete_ns = following.complete_ns;
    actor_do(&actor, 'f');
    following_look(&following);
    struct following_reading reading = read_now();
    crowd_end(&crowd);
    assert_int_equal(reading.came_since_ns, complete_ns);
    assert_true(reading.rss_bytes == MISSING);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(more_processes_than_are_followed_are_no_figure, start, end),
        cmocka_unit_test_setup_teardown(once_they_are_fewer_they_are_figures_again, start, end),
        cmocka_unit_test_setup_teardown(more_who_come_than_are_followed_are_told_of, start, end),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("following a crowd", tests, NULL, NULL);
}
