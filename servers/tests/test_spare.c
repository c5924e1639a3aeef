/* The allocator's spare memory is given back after a burst, and only then. */
#include "core/spare.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { IS_SANITIZED = 1 };
#else
enum { IS_SANITIZED = 0 };
#endif

enum { START_MS = 1000, PIECES = 4000, PIECE_BYTES = 4096 };

static void test_it_is_due_when_half_of_many_have_left(void **state)
{
    static const struct {
        const char *sentence;
        unsigned before, after;
        int is_due;
    } table[] = {
        {"all of few", SPARE_FEWER - 1, 0, 0},
        {"all of just enough", SPARE_FEWER, 0, 1},
        {"many, but not half of them", 1000, 501, 0},
        {"half of them", 1000, 500, 1},
        {"nobody", 1000, 1000, 0},
        {"more have come", 10, 1000, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct spare spare = SPARE_INIT;
        uint64_t due_ms = table[i].is_due ? START_MS + SPARE_WAIT_MS : UINT64_MAX;

        spare_look(&spare, table[i].before, START_MS);
        spare_look(&spare, table[i].after, START_MS);
        if (spare.due_ms != due_ms)
            fail_msg("%s", table[i].sentence);
    }
}

static void test_later_leavers_do_not_put_it_off(void **state)
{
    struct spare spare = SPARE_INIT;

    (void)state;
    spare_look(&spare, 1000, START_MS);
    spare_look(&spare, 400, START_MS);
    spare_look(&spare, 100, START_MS + 1);
    assert_int_equal(spare.due_ms, START_MS + SPARE_WAIT_MS);
    spare_turn(&spare, spare.due_ms - 1);
    assert_int_equal(spare.due_ms, START_MS + SPARE_WAIT_MS);
    spare_turn(&spare, spare.due_ms);
    assert_int_equal(spare.due_ms, UINT64_MAX);
    spare_look(&spare, 100, START_MS + SPARE_WAIT_MS); /* what was before counts no more */
    assert_int_equal(spare.due_ms, UINT64_MAX);
}

static long resident_bytes(void)
{
    FILE *file = fopen("/proc/self/statm", "r");
    long pages = 0;

    assert_int_equal(fscanf(file, "%*d %ld", &pages), 1);
    fclose(file);
    return pages * sysconf(_SC_PAGESIZE);
}

/* Below what stays. */
static void test_free_pages_below_the_top_are_given_back(void **state)
{
    static char *pieces[PIECES];
    struct spare spare = SPARE_INIT;
    long before, after;

    (void)state;
    if (IS_SANITIZED) {
        print_message("# a sanitizer's allocator keeps what is freed\n");
        skip();
    }
    for (int i = 0; i < PIECES; i++) {
        pieces[i] = malloc(PIECE_BYTES);
        memset(pieces[i], 1, PIECE_BYTES);
    }
    for (int i = 0; i < PIECES - 1; i++)
        free(pieces[i]);
    before = resident_bytes();
    spare.due_ms = START_MS;
    spare_turn(&spare, START_MS);
    after = resident_bytes();
    free(pieces[PIECES - 1]);
    assert_true(before - after > PIECES / 2 * PIECE_BYTES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_it_is_due_when_half_of_many_have_left),
        cmocka_unit_test(test_later_leavers_do_not_put_it_off),
        cmocka_unit_test(test_free_pages_below_the_top_are_given_back),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("spare", tests, NULL, NULL);
}
