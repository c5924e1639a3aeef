/* How near a search comes to the truth, and what it takes. The table is docs/method.md's. */
#include "capacity_chance_room.h"

/* One that can be judged where the search begins. */
static struct server any_server(gsl_rng *rng, const struct kind *kind, double *look_rps)
{
    static const double ps[] = {.95, .99, .999};
    double p = ps[gsl_rng_uniform_int(rng, 3)];
    double share = .25 + .73 * gsl_rng_uniform(rng), least = 1.2 * capacity_lowest_rps(p) / share;
    *look_rps = fmax(least, 2000) * pow(100, gsl_rng_uniform(rng));
    return (struct server){share * *look_rps, p, kind};
}

struct tally {
    double ratios[SEARCHES], trials[SEARCHES], seconds[SEARCHES];
    size_t found, ends[CAPACITY_UNSTEADY + 1];
};

static void play(struct tally *tally, const struct kind *kind)
{
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_taus2);
    *tally = (struct tally){.found = 0};
    gsl_rng_set(rng, 20250607);
    for (size_t i = 0; i < SEARCHES; i++) {
        double look_rps;
        struct server server = any_server(rng, kind, &look_rps);
        struct run run_of = search(rng, &server, look_rps);
        tally->ends[run_of.last.end]++;
        tally->trials[i] = run_of.asked;
        tally->seconds[i] = run_of.asked_s;
        if (run_of.last.rate_rps > 0)
            tally->ratios[tally->found++] = run_of.last.rate_rps / server.truth_rps;
    }
    gsl_rng_free(rng);
}

static void print_row(const struct kind *kind, const struct tally *tally)
{
    printf("# | %s | %.0f %% | %.2f | %.2f – %.2f | %.0f, %.0f | %.0f s, %.0f s |\n", kind->name,
           100.0 * (double)tally->found / SEARCHES, stats_median(tally->ratios, tally->found),
           stats_quantile(tally->ratios, tally->found, .05),
           stats_quantile(tally->ratios, tally->found, .95), mean(tally->trials, SEARCHES),
           stats_quantile(tally->trials, SEARCHES, 1), mean(tally->seconds, SEARCHES),
           stats_quantile(tally->seconds, SEARCHES, 1));
}

/* The generator's end is found to a step of the ascent, which is half as much again. */
static const struct kind kinds[] = {
    {.name = "misses grow with the 4th power of the rate",
     .steepness = 4,
     .clump = 1,
     .low = .92,
     .high = 1.02,
     .median = .96,
     .answered = 1,
     .by = CAPACITY_FOUND,
     .trials = 20,
     .seconds = 110},
    {.name = "with the 20th",
     .steepness = 20,
     .clump = 1,
     .low = .95,
     .high = 1.01,
     .median = .97,
     .answered = 1,
     .by = CAPACITY_FOUND,
     .trials = 18,
     .seconds = 100},
    {.name = "a queue of constant service, limit at 20 services",
     .services = 20,
     .clump = 1,
     .low = .95,
     .high = 1.01,
     .median = .97,
     .answered = 1,
     .by = CAPACITY_FOUND,
     .trials = 18,
     .seconds = 100},
    {.name = "with the 10th, 20 miss together",
     .steepness = 10,
     .clump = 20,
     .low = .91,
     .high = 1.02,
     .median = .95,
     .answered = .99,
     .by = CAPACITY_FOUND,
     .trials = 20,
     .seconds = 115},
    {.name = "with the 20th; a tenth of the trials refused",
     .steepness = 20,
     .clump = 1,
     .spoiled = .1,
     .low = .95,
     .high = 1.01,
     .median = .97,
     .answered = .99,
     .by = CAPACITY_FOUND,
     .trials = 20,
     .seconds = 110},
    {.name = "with the 20th; 5 % of the trials disturbed unseen",
     .steepness = 20,
     .clump = 1,
     .disturbed = .05,
     .low = .93,
     .high = 1.01,
     .median = .97,
     .answered = .99,
     .by = CAPACITY_FOUND,
     .trials = 20,
     .seconds = 110},
    {.name = "the same, if a single failure ended the ascent",
     .steepness = 20,
     .clump = 1,
     .disturbed = .05,
     .is_hasty = true,
     .low = .3,
     .low_most = .75,
     .high = 1.01,
     .median = .97,
     .answered = .99,
     .by = CAPACITY_FOUND,
     .trials = 20,
     .seconds = 110},
    {.name = "with the 20th; 20 % of the trials disturbed unseen",
     .steepness = 20,
     .clump = 1,
     .disturbed = .2,
     .low = .25,
     .high = 1.01,
     .median = .94,
     .answered = .97,
     .by = CAPACITY_FOUND,
     .trials = 22,
     .seconds = 125},
    {.name = "with the 20th; a stall in each 20 s, unseen",
     .steepness = 20,
     .clump = 1,
     .stalls_per_s = .05,
     .low = .3,
     .low_most = .7,
     .high = 1.01,
     .median = .9,
     .answered = .8,
     .by = CAPACITY_FOUND,
     .trials = 23,
     .seconds = 150},
    {.name = "with the 20th; the generator does 80 % of the truth",
     .steepness = 20,
     .clump = 1,
     .late_above = .8,
     .low = .8 / 1.5,
     .high = .8,
     .median = .6,
     .answered = .99,
     .by = CAPACITY_AT_LEAST,
     .trials = 8,
     .seconds = 25},
};

static void within(const struct kind *kind, const char *what, double value, double low, double high)
{
    if (!(value >= low && value <= high))
        fail_msg("%s: %s is %.3f, not within %.3f and %.3f", kind->name, what, value, low, high);
}

static void searches_come_near_the_truth_and_end(void **state)
{
    (void)state;
    printf("# | server | an answer | found ÷ true, median | 5 – 95 %% | trials, mean and most | "
           "windows, mean and most |\n# |---|---|---|---|---|---|\n");
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        static struct tally tally;
        const struct kind *kind = &kinds[i];
        play(&tally, kind);
        print_row(kind, &tally);
        within(kind, "the 5 % quantile", stats_quantile(tally.ratios, tally.found, .05), kind->low,
               kind->low_most > 0 ? kind->low_most : kind->high);
        within(kind, "the 95 % quantile", stats_quantile(tally.ratios, tally.found, .95), kind->low,
               kind->high);
        within(kind, "the median", stats_median(tally.ratios, tally.found), kind->median,
               kind->high);
        within(kind, "the share of answers", (double)tally.ends[kind->by] / SEARCHES,
               kind->answered, 1);
        within(kind, "trials", mean(tally.trials, SEARCHES), 3, kind->trials);
        within(kind, "seconds", mean(tally.seconds, SEARCHES), 15, kind->seconds);
    }
}

/* The theory that one of the servers is made of, against a queue played request by request. */
static void the_queue_waits_as_one_that_is_played(void **state)
{
    (void)state;
    enum { ARRIVALS = 400000 };
    static const double rhos[] = {.5, .66, .8};
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_taus2);
    for (size_t i = 0; i < sizeof rhos / sizeof *rhos; i++) {
        double wait = 0, missed = 0;
        for (size_t n = 0; n < ARRIVALS; n++) {
            missed += wait > 3;
            wait = fmax(0, wait + 1 - gsl_ran_exponential(rng, 1 / rhos[i]));
        }
        double theory = queue_misses(rhos[i], 3);
        if (fabs(missed / ARRIVALS / theory - 1) > .2)
            fail_msg("at %.2f: %.5f were played, theory has %.5f", rhos[i], missed / ARRIVALS,
                     theory);
    }
    gsl_rng_free(rng);
}

/* Whatever is cut off goes on as it would have; a look that is
 * repeated then sees something else and changes nothing. */
static void every_beginning_of_a_search_is_followed_by_the_same_step(void **state)
{
    (void)state;
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_taus2);
    size_t steps = 0;
    for (size_t i = 0; i < 40; i++) {
        double look_rps;
        const struct kind *kind = &kinds[i % (sizeof kinds / sizeof *kinds)];
        struct server server = any_server(rng, kind, &look_rps);
        struct run whole = search(rng, &server, look_rps);
        for (size_t count = 0; count < whole.last.trials_count; count++, steps++) {
            struct capacity next;
            struct capacity_search sought = {{server.p, 5000000},
                                             count == 0 ? look_rps : 3 * look_rps + 7,
                                             CONFIRMATIONS,
                                             CONFIRM_S};
            capacity_next(&next, &sought, whole.trials, count);
            assert_int_equal(next.end, CAPACITY_GOES_ON);
            assert_int_equal(next.rate_rps, whole.trials[count].rate_rps);
            assert_int_equal(next.confirms, whole.trials[count].confirms);
            assert_int_equal(next.trials_count, count);
        }
    }
    gsl_rng_free(rng);
    assert_true(steps > 300);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_queue_waits_as_one_that_is_played),
        cmocka_unit_test(every_beginning_of_a_search_is_followed_by_the_same_step),
        cmocka_unit_test(searches_come_near_the_truth_and_end),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("capacity, by chance", tests, NULL, NULL);
}
