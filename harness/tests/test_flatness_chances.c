/* How often chance misleads the flatness verdict: a small part of `make calibrate-flatness`, with a
 * seed that stays, so that a rule that got worse is seen. The bounds are those the whole simulation
 * must keep, with room for few runs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

#include "tests/flatness_trials.h"
#include "tests/tree_file.h"

enum { RUNS = 78, SEED = 20261121 }; /* each variant of each kind at least six times */

static struct noise noise;
static struct random chance;

static int read_noise(void **state)
{
    (void)state;
    char *path = tree_path("harness/tests/stored/rss-noise.txt");
    bool was_read = noise_read(&noise, path);
    free(path);
    random_init(&chance, SEED, RANDOM_ARRIVALS);
    return was_read ? 0 : -1;
}

static int release_noise(void **state)
{
    (void)state;
    noise_release(&noise);
    return 0;
}

static double share(unsigned part, unsigned all)
{
    return (double)part / (double)all;
}

static void what_does_not_leak_is_hardly_ever_called_growing(void **state)
{
    (void)state;
    struct tally tally = {0};
    for (int kind = 0; kind < SERVER_KINDS; kind++)
        for (size_t i = 0; i < RUNS; i++) {
            struct server server;
            server_draw(&server, (enum server_kind)kind, i, &noise, &chance);
            trial(&tally, &server);
        }
    double first = share(tally.first[FLATNESS_GROWING], tally.runs);
    double last = share(tally.last[FLATNESS_GROWING], tally.runs);
    print_message("# GROWING %.2f %% of %u, confirmed %.2f %%\n", first * 100, tally.runs,
                  last * 100);
    assert_true(first <= .02);
    assert_true(last <= .004);
    assert_int_equal(tally.first[FLATNESS_UNDECIDED], 0);
}

/* Of each kind: what share may be called GROWING at least and at most. */
static void hold(double times, double least, double most)
{
    for (int kind = 0; kind < SERVER_KINDS; kind++) {
        struct tally tally = {0};
        for (size_t i = 0; i < RUNS; i++) {
            struct server server;
            server_draw(&server, (enum server_kind)kind, i, &noise, &chance);
            leak_trial(&tally, &server, times, true);
        }
        double found = share(tally.last[FLATNESS_GROWING], tally.runs);
        print_message("# kind %d, %g times the smallest: %.1f %%\n", kind, times, found * 100);
        assert_in_range((intmax_t)(found * 1000), (intmax_t)(least * 1000),
                        (intmax_t)(most * 1000));
    }
}

static void a_leak_of_twice_the_smallest_is_found(void **state)
{
    (void)state;
    hold(2, .88, 1);
}

static void a_leak_of_half_the_smallest_is_hardly_ever_seen(void **state)
{
    (void)state;
    hold(.5, 0, .16);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_does_not_leak_is_hardly_ever_called_growing),
        cmocka_unit_test(a_leak_of_twice_the_smallest_is_found),
        cmocka_unit_test(a_leak_of_half_the_smallest_is_hardly_ever_seen),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("flatness, chances", tests, read_noise, release_noise);
}
