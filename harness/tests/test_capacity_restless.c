/* How much longer searches take where the machine stalls: what a run announces. */
#include "capacity_chance_room.h"

#include "measure/latency_plan.h"

/* Searches for p99 of fast servers, as those are that an
 * announcement is made of. The mean, in seconds. */
static double seconds_taken(double stalls_per_s, double *seconds)
{
    struct kind kind = {.steepness = 20, .clump = 1, .stalls_per_s = stalls_per_s};
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_taus2);
    for (size_t i = 0; i < SEARCHES; i++) {
        double look_rps = 40000 * (1 + gsl_rng_uniform(rng));
        struct server server = {.8 * look_rps, .99, &kind};
        seconds[i] = search(rng, &server, look_rps).taken_s;
    }
    gsl_rng_free(rng);
    return mean(seconds, SEARCHES);
}

/* The long trials that confirm are caught by a stall more often than short ones, and one that fails
 * lowers the rate by a step: so such searches are longer, by ten steps at the most. */
static void a_restless_machine_takes_as_much_longer_as_is_announced(void **state)
{
    (void)state;
    static const double stall_each_s[] = {60, 30, 20, 10, 7, 5};
    static double seconds[SEARCHES];
    double quiet_s = seconds_taken(0, seconds), most = 0;
    printf("# quiet: %.0f s\n", quiet_s);
    for (size_t i = 0; i < sizeof stall_each_s / sizeof *stall_each_s; i++) {
        double longer = seconds_taken(1 / stall_each_s[i], seconds) / quiet_s;
        printf("# a stall each %.0f s: %.2f times as long, 95 %% of them up to %.2f\n",
               stall_each_s[i], longer, stats_quantile(seconds, SEARCHES, .95) / quiet_s);
        most = fmax(most, longer);
    }
    if (fabs(most / latency_restless - 1) > .1)
        fail_msg("%.2f times as long in the mean, %.2f is announced", most, latency_restless);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_restless_machine_takes_as_much_longer_as_is_announced),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("capacity, on a restless machine", tests, NULL, NULL);
}
