/* What runs differ by anyhow: by hand, and how often one more of the same is called unusual. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>

#include "analyse/sessions.h"

static const double five[] = {0, .01, -.01, .02, -.02}; /* standard deviation .0158 */

static void the_reach_is_of_five_runs_at_least(void **state)
{
    (void)state;
    struct sessions sessions = sessions_find(five, 5);
    assert_true(fabs(sessions.middle) < 1e-12);
    assert_true(fabs(sessions.reach - 2.8 * sqrt(.001 / 4)) < 1e-12);
    sessions = sessions_find(five, 4);
    assert_true(isnan(sessions.reach));
    assert_false(sessions_are_exceeded(&sessions, 9, 9));
}

/* Worse than a base that was unusually good, and still better than usual: nothing became worse. */
static void it_counts_on_the_side_to_which_a_run_moved(void **state)
{
    (void)state;
    static const struct {
        double ln, moved;
        bool is_exceeded;
    } table[] = {{.05, .05, true},
                 {.04, .04, false},
                 {-.05, -.05, true},
                 {-.05, .01, false},
                 {.05, -.01, false}};
    struct sessions sessions = sessions_find(five, 5);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        assert_true(sessions_are_exceeded(&sessions, table[i].ln, table[i].moved) ==
                    table[i].is_exceeded);
}

static void of_five_runs_one_more_in_thirty_is_beyond(void **state)
{
    (void)state;
    enum { TRIES = 40000 };
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    unsigned beyond = 0;
    gsl_rng_set(rng, 11);
    for (unsigned t = 0; t < TRIES; t++) {
        double ln[SESSIONS_LEAST];
        for (size_t i = 0; i < SESSIONS_LEAST; i++)
            ln[i] = gsl_ran_gaussian(rng, .02);
        struct sessions sessions = sessions_find(ln, SESSIONS_LEAST);
        beyond += sessions_are_exceeded(&sessions, gsl_ran_gaussian(rng, .02), 1);
    }
    gsl_rng_free(rng);
    print_message("# %.2f %% beyond\n", 100. * beyond / TRIES);
    assert_in_range(beyond, TRIES * 30 / 1000, TRIES * 36 / 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_reach_is_of_five_runs_at_least),
        cmocka_unit_test(it_counts_on_the_side_to_which_a_run_moved),
        cmocka_unit_test(of_five_runs_one_more_in_thirty_is_beyond),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("sessions", tests, NULL, NULL);
}
