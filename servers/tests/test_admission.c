#include "core/admission.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cmocka.h>

enum { GATES = 2, LIMIT = 3 };

struct fixture {
    struct admission admission;
    struct gate gates[GATES];
};

static void fixture_init(struct fixture *fixture)
{
    admission_init(&fixture->admission, LIMIT, fixture->gates, GATES);
    for (int i = 0; i < GATES; i++)
        gate_init(&fixture->gates[i], &fixture->admission, eventfd(0, EFD_NONBLOCK));
}

static void fixture_release(struct fixture *fixture)
{
    for (int i = 0; i < GATES; i++)
        close(fixture->gates[i].wake_fd);
}

static bool was_woken(const struct gate *gate)
{
    eventfd_t count;

    return eventfd_read(gate->wake_fd, &count) == 0;
}

static void the_limit_is_one_for_all_gates(void **state)
{
    struct fixture f;

    (void)state;
    fixture_init(&f);
    assert_true(gate_enter(&f.gates[0]));
    assert_true(gate_enter(&f.gates[0]));
    assert_true(gate_enter(&f.gates[0]));
    assert_int_equal(admission_room(&f.admission), 0);
    assert_false(gate_enter(&f.gates[1]));
    assert_false(gate_is_open(&f.gates[1], 0));
    fixture_release(&f);
}

static void who_makes_room_wakes_every_gate_that_shut(void **state)
{
    struct fixture f;

    (void)state;
    fixture_init(&f);
    for (int i = 0; i < LIMIT; i++)
        gate_enter(&f.gates[0]);
    gate_enter(&f.gates[0]);
    gate_enter(&f.gates[1]);
    gate_leave(&f.gates[0]);
    assert_true(was_woken(&f.gates[0]));
    assert_true(was_woken(&f.gates[1]));
    assert_true(gate_is_open(&f.gates[1], 0));
    gate_leave(&f.gates[0]);
    assert_false(was_woken(&f.gates[1])); /* nobody waits any more */
    fixture_release(&f);
}

static void above_the_limit_leaving_makes_no_room_yet(void **state)
{
    struct fixture f;

    (void)state;
    fixture_init(&f);
    for (int i = 0; i < LIMIT + 1; i++)
        gate_enter_late(&f.gates[0]);
    assert_false(gate_enter(&f.gates[1]));
    gate_leave(&f.gates[0]);
    assert_false(was_woken(&f.gates[1]));
    gate_leave(&f.gates[0]);
    assert_true(was_woken(&f.gates[1]));
    fixture_release(&f);
}

static void out_of_files_pauses_for_100_ms_or_until_one_leaves(void **state)
{
    static const int errors[] = {EMFILE, ENFILE, ENOBUFS, ENOMEM};
    struct fixture f;

    (void)state;
    fixture_init(&f);
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        gate_enter(&f.gates[0]);
        assert_int_equal(gate_accept_failed(&f.gates[0], errors[i], 1000), GATE_PAUSE);
        assert_int_equal(gate_opens_ms(&f.gates[0]), 1000 + GATE_PAUSE_MS);
        assert_false(gate_is_open(&f.gates[0], 1000 + GATE_PAUSE_MS - 1));
        assert_true(gate_is_open(&f.gates[1], 1000)); /* the others find out by themselves */
        gate_leave(&f.gates[0]);
        assert_true(gate_is_open(&f.gates[0], 1001));
        gate_accept_failed(&f.gates[0], errors[i], 1000);
        assert_true(gate_is_open(&f.gates[0], 1000 + GATE_PAUSE_MS));
    }
    assert_int_equal(gate_accept_failed(&f.gates[0], EAGAIN, 0), GATE_EMPTY);
    assert_int_equal(gate_accept_failed(&f.gates[0], ECONNABORTED, 0), GATE_RETRY);
    assert_true(gate_is_open(&f.gates[0], 0));
    fixture_release(&f);
}

enum { ROUNDS = 20000 };

/* Enters and leaves for ever; when refused it must be woken, or the test never ends. */
static void *come_and_go(void *arg)
{
    struct gate *gate = arg;
    int held = 0;

    for (int entered = 0; entered < ROUNDS;) {
        if (held < LIMIT && gate_enter(gate)) {
            held++;
            entered++;
        } else if (held > 0) {
            gate_leave(gate);
            held--;
        } else {
            while (!was_woken(gate) && !gate_is_open(gate, 0))
                ;
        }
    }
    for (; held > 0; held--)
        gate_leave(gate);
    return NULL;
}

static void no_wake_up_is_lost_between_threads(void **state)
{
    struct fixture f;
    pthread_t threads[GATES];

    (void)state;
    fixture_init(&f);
    for (int i = 0; i < GATES; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, come_and_go, &f.gates[i]), 0);
    for (int i = 0; i < GATES; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(admission_room(&f.admission), LIMIT);
    fixture_release(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_limit_is_one_for_all_gates),
        cmocka_unit_test(who_makes_room_wakes_every_gate_that_shut),
        cmocka_unit_test(above_the_limit_leaving_makes_no_room_yet),
        cmocka_unit_test(out_of_files_pauses_for_100_ms_or_until_one_leaves),
        cmocka_unit_test(no_wake_up_is_lost_between_threads),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("admission", tests, NULL, NULL);
}
