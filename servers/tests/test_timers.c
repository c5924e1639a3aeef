#include "core/timers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

/* Deadlines on the wheel, from an arbitrary start, and when they may come out of it. */
static const struct {
    const char *name;
    uint64_t start_ms, deadline_ms, early_ms, due_ms;
} wheel_cases[] = {
    {"a deadline on the second comes due on it", 5000, 7000, 6999, 7000},
    {"a deadline within a second comes due at its end", 5000, 7001, 7999, 8000},
    {"the next second is the earliest slot", 5000, 5001, 5999, 6000},
    {"a deadline in the past comes due in the next slot", 5500, 100, 5999, 6000},
    {"the last slot is reached", 5000, 68000, 67999, 68000},
    {"beyond the last slot the entry is handed out early", 5000, 500000, 68999, 69000},
};

static void wheel_hands_out_each_deadline_in_its_slot(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof wheel_cases / sizeof wheel_cases[0]; i++) {
        struct wheel wheel;
        struct wheel_entry entry;

        print_message("# %s\n", wheel_cases[i].name);
        wheel_init(&wheel, wheel_cases[i].start_ms);
        wheel_entry_init(&entry);
        wheel_touch(&wheel, &entry, wheel_cases[i].deadline_ms);
        assert_int_equal(wheel_next_ms(&wheel), wheel_cases[i].due_ms);
        assert_null(wheel_due(&wheel, wheel_cases[i].early_ms));
        assert_ptr_equal(wheel_due(&wheel, wheel_cases[i].due_ms), &entry);
        assert_null(wheel_due(&wheel, wheel_cases[i].due_ms));
        assert_int_equal(wheel_next_ms(&wheel), UINT64_MAX);
    }
}

static void an_entry_moves_only_to_an_earlier_slot(void **state)
{
    struct wheel wheel;
    struct wheel_entry entry;

    (void)state;
    wheel_init(&wheel, 0);
    wheel_entry_init(&entry);
    wheel_touch(&wheel, &entry, 10000);
    wheel_touch(&wheel, &entry, 60000);
    assert_int_equal(entry.slot_ms, 10000);
    wheel_touch(&wheel, &entry, 9500);
    assert_int_equal(entry.slot_ms, 10000);
    wheel_touch(&wheel, &entry, 9000);
    assert_int_equal(entry.slot_ms, 9000);
    wheel_touch(&wheel, &entry, 2500);
    assert_int_equal(entry.slot_ms, 3000);
}

static void no_deadline_stays_off_the_wheel(void **state)
{
    struct wheel wheel;
    struct wheel_entry entry;

    (void)state;
    wheel_init(&wheel, 0);
    wheel_entry_init(&entry);
    wheel_touch(&wheel, &entry, UINT64_MAX);
    assert_int_equal(wheel_next_ms(&wheel), UINT64_MAX);
    assert_null(wheel_due(&wheel, 100000));
}

/* A loop that stood still for seconds must not be handed the same entry for ever. */
static void an_entry_put_back_after_a_long_sleep_is_not_due_again(void **state)
{
    enum { SLEEPS = 200 };

    (void)state;
    for (uint64_t sleep_s = 1; sleep_s < SLEEPS; sleep_s++) {
        struct wheel wheel;
        struct wheel_entry entry;
        uint64_t now_ms = (1 + sleep_s) * 1000;

        wheel_init(&wheel, 0);
        wheel_entry_init(&entry);
        wheel_touch(&wheel, &entry, 1000);
        assert_ptr_equal(wheel_due(&wheel, now_ms), &entry);
        wheel_touch(&wheel, &entry, now_ms + 60000);
        assert_null(wheel_due(&wheel, now_ms));
        assert_null(wheel_due(&wheel, now_ms + 59999));
        assert_ptr_equal(wheel_due(&wheel, now_ms + 60000), &entry);
    }
}

static void a_detached_entry_never_comes_due(void **state)
{
    struct wheel wheel;
    struct wheel_entry entries[3];

    (void)state;
    wheel_init(&wheel, 0);
    for (int i = 0; i < 3; i++) {
        wheel_entry_init(&entries[i]);
        wheel_touch(&wheel, &entries[i], 5000);
    }
    wheel_detach(&entries[1]);
    assert_ptr_equal(wheel_due(&wheel, 5000), &entries[0]);
    wheel_detach(&entries[2]); /* already among the due */
    assert_null(wheel_due(&wheel, 5000));
}

/* Against a plain list: thousands of deadlines that move at random while time goes by. */
static void the_wheel_agrees_with_a_list(void **state)
{
    enum { ENTRIES = 200, STEPS = 20000 };
    struct wheel wheel;
    static struct wheel_entry entries[ENTRIES];
    static uint64_t deadlines[ENTRIES];
    struct wheel_entry *due;
    uint64_t now_ms = 12345;

    (void)state;
    srand(7);
    wheel_init(&wheel, now_ms);
    for (int i = 0; i < ENTRIES; i++) {
        wheel_entry_init(&entries[i]);
        deadlines[i] = UINT64_MAX;
    }
    for (int step = 0; step < STEPS; step++) {
        int i = rand() % ENTRIES;

        deadlines[i] = now_ms + 1 + (uint64_t)rand() % 61000;
        wheel_touch(&wheel, &entries[i], deadlines[i]);
        now_ms += (uint64_t)rand() % 40;
        while ((due = wheel_due(&wheel, now_ms))) {
            i = (int)(due - entries);
            if (deadlines[i] > now_ms)
                wheel_touch(&wheel, due, deadlines[i]);
            else
                deadlines[i] = UINT64_MAX;
        }
        for (i = 0; i < ENTRIES; i++)
            assert_true(deadlines[i] == UINT64_MAX || deadlines[i] + 1000 > now_ms);
    }
}

static void the_heap_hands_out_in_order_and_never_early(void **state)
{
    enum { ENTRIES = 1000 };
    struct heap heap = {0};
    static struct heap_entry entries[ENTRIES];
    uint64_t last_ms = 0;
    int left = ENTRIES;

    (void)state;
    srand(11);
    assert_int_equal(heap_next_ms(&heap), UINT64_MAX);
    for (int i = 0; i < ENTRIES; i++)
        assert_int_equal(heap_add(&heap, &entries[i], (uint64_t)(rand() % 500)), 0);
    for (int i = 0; i < ENTRIES; i += 3) {
        heap_remove(&heap, &entries[i]);
        heap_remove(&heap, &entries[i]); /* taking out what is not in does nothing */
        left--;
    }
    for (uint64_t now_ms = 0; now_ms < 500; now_ms++) {
        struct heap_entry *entry;

        assert_true(heap_next_ms(&heap) >= now_ms);
        while ((entry = heap_due(&heap, now_ms))) {
            assert_int_equal(entry->due_ms, now_ms);
            assert_true(entry->due_ms >= last_ms);
            assert_int_equal(entry->position, 0);
            last_ms = entry->due_ms;
            left--;
        }
    }
    assert_int_equal(left, 0);
    assert_true(heap.capacity <= 128); /* the memory of the burst went back */
    heap_release(&heap);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wheel_hands_out_each_deadline_in_its_slot),
        cmocka_unit_test(an_entry_moves_only_to_an_earlier_slot),
        cmocka_unit_test(no_deadline_stays_off_the_wheel),
        cmocka_unit_test(an_entry_put_back_after_a_long_sleep_is_not_due_again),
        cmocka_unit_test(a_detached_entry_never_comes_due),
        cmocka_unit_test(the_wheel_agrees_with_a_list),
        cmocka_unit_test(the_heap_hands_out_in_order_and_never_early),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("timers", tests, NULL, NULL);
}
