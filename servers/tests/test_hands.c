#include "pool/hands.h"

#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cmocka.h>

enum { HANDS = 8, WATCHERS = 2, END = 2 };

static struct hands hands;
static int epoll_fd;
static atomic_uint at_work, in_batches;
static atomic_bool are_strange;

/* As a model's: a hand that waits for events which only the end brings. */
static void *wait_for_the_end(void *arg)
{
    struct hand *hand = arg;

    atomic_fetch_add(&in_batches, sched_getscheduler(0) == SCHED_BATCH);
    hand_tick(hand);
    if (hand->now_ms == 0 || hand->out.cap != CONN_OUT_BYTES || hand == hands_own(&hands))
        atomic_store(&are_strange, true);
    atomic_fetch_add(&at_work, 1);
    while (!hands_are_over(&hands)) {
        struct epoll_event event;

        lookout_enter(&hands.lookout);
        if (epoll_wait(epoll_fd, &event, 1, -1) == 1 && event.data.u64 != END)
            atomic_store(&are_strange, true);
        lookout_leave(&hands.lookout);
    }
    return NULL;
}

static void all_hands_work_and_all_hear_of_the_end(void **state)
{
    int wake_fd = eventfd(0, EFD_NONBLOCK);
    int policy = sched_getscheduler(0);

    (void)state;
    epoll_fd = epoll_create1(0);
    assert_int_equal(hands_init(&hands, HANDS, WATCHERS, "backbench-test", NULL), 0);
    assert_int_equal(hands_start(&hands, wait_for_the_end), 0);
    while (atomic_load(&at_work) < HANDS || lookout_benched(&hands.lookout) < HANDS - WATCHERS)
        sched_yield();
    hands_end(&hands, epoll_fd, wake_fd, END); /* returns, because all have ended */
    assert_int_equal(atomic_load(&in_batches), HANDS);
    assert_int_equal(sched_getscheduler(0), policy);
    assert_false(atomic_load(&are_strange));
    hands_release(&hands);
    close(epoll_fd);
    close(wake_fd);
}

static void each_hand_has_its_own_date_and_buffers(void **state)
{
    const struct http_response_head head = {.status = 204};
    char answer[HTTP_RESPONSE_HEAD_BYTES + 1];

    (void)state;
    assert_int_equal(hands_init(&hands, 2, 1, "backbench-test", NULL), 0);
    assert_ptr_equal(hands_own(&hands), &hands.list[2]);
    for (int i = 0; i < 3; i++) {
        hand_tick(&hands.list[i]);
        assert_ptr_equal(hands.list[i].out.base, hands.list[i].out_bytes);
        answer[http_response_head(answer, &hands.list[i].shared.template, &head)] = '\0';
        assert_non_null(strstr(answer, "Server: backbench-test\r\n"));
        assert_non_null(strstr(answer, " GMT\r\n"));
    }
    hands_release(&hands);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_hands_work_and_all_hear_of_the_end),
        cmocka_unit_test(each_hand_has_its_own_date_and_buffers),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("hands", tests, NULL, NULL);
}
