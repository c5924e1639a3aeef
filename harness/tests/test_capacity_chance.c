/*
 * How near a search comes to the truth, and what it takes: servers whose share of misses is known at each rate, and
 * trials of as many requests as the search asks for, by chance. The table is docs/method.md's.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>

#include "analyse/capacity.h"
#include "analyse/stats.h"
#include "measure/latency_plan.h"
#include "measure/schedule.h"

enum { SEARCHES = 1500, CONFIRMATIONS = 3, CONFIRM_S = 10 };

struct kind {
    const char *name;
    double steepness; /* misses grow with this power of the rate; 0: a queue of constant service */
    double services;  /* of that queue: the limit in service times */
    double clump;     /* requests that miss together */
    double disturbed; /* share of trials with a fiftieth of misses more, and nobody knows */
    double
        stalls_per_s; /* of the machine, each of which does the same to its trial: the longer, the likelier */
    double spoiled;    /* share of trials that say nothing */
    double late_above; /* of the true rate the generator can do so much; 0: any */
    bool is_hasty;     /* what the search does not do: a single failure ends the ascent */
    /* What must hold: */
    double low_most;      /* the lower end of it, at most: what is not done must be worse; 0: any */
    double low, high;     /* of the truth: nine tenths of what was found lie between */
    double median;        /* at least */
    double answered;      /* share of searches, at least, */
    enum capacity_end by; /* that ended so */
    double trials, seconds; /* of a search in the mean, at most */
};

struct server {
    double truth_rps, p;
    const struct kind *kind;
};

/* P(W > x) of a queue with Poisson arrivals and constant service, x in service times, by its dominant pole: with
 * eta = e^(rho (eta - 1)), eta > 1, it is (1 - rho) / (rho eta - 1) e^(-rho (eta - 1) x) (Tijms, A First Course in
 * Stochastic Models, 9.2). */
static double queue_misses(double rho, double x)
{
    double low = 1 / rho, high = 2 / rho;
    if (rho >= 1)
        return 1;
    while (log(high) > rho * (high - 1))
        high *= 2;
    for (int i = 0; i < 60; i++) { /* ln eta - rho (eta - 1) falls beyond its top at 1 / rho */
        double middle = (low + high) / 2;
        if (log(middle) > rho * (middle - 1))
            low = middle;
        else
            high = middle;
    }
    return fmin(1, (1 - rho) / (rho * low - 1) * exp(-rho * (low - 1) * x));
}

/* The load at which such a queue just keeps p. */
static double queue_load(double p, double x)
{
    double low = 1e-3, high = .9999;
    for (int i = 0; i < 50; i++) {
        double middle = (low + high) / 2;
        if (queue_misses(middle, x) > 1 - p)
            high = middle;
        else
            low = middle;
    }
    return low;
}

static double misses(const struct server *server, double rate_rps)
{
    double share = rate_rps / server->truth_rps;
    if (server->kind->steepness > 0)
        return fmin(1, (1 - server->p) * pow(share, server->kind->steepness));
    return queue_misses(share * queue_load(server->p, server->kind->services),
                        server->kind->services);
}

static enum capacity_trial_kind run(gsl_rng *rng, const struct server *server,
                                    const struct capacity *next)
{
    const struct kind *kind = server->kind;
    double share = misses(server, next->rate_rps);
    if (gsl_rng_uniform(rng) < kind->spoiled)
        return CAPACITY_SPOILED;
    if (kind->late_above > 0 && next->rate_rps > kind->late_above * server->truth_rps)
        return CAPACITY_LATE;
    double calm = (1 - kind->disturbed) * exp(-kind->stalls_per_s * next->window_s);
    if (gsl_rng_uniform(rng) < 1 - calm)
        share = fmin(1, share + .02);
    double counted = 1 - .2 * gsl_rng_uniform(rng); /* the generator leaves up to a fifth out */
    unsigned n = gsl_ran_poisson(rng, counted * next->rate_rps * next->window_s);
    double missed = kind->clump * gsl_ran_binomial(rng, share, (unsigned)(n / kind->clump));
    struct round round;
    round_init(&round);
    round.trial = (struct slo_count){.slo = {server->p, 5000000},
                                     .confirms = next->confirms,
                                     .n_count = (int64_t)n,
                                     .missed_count = (int64_t)fmin(missed, n)};
    return capacity_judge(&round);
}

struct run {
    struct capacity last;
    struct capacity_trial trials[CAPACITY_TRIALS_MOST];
    unsigned asked, asked_s;
    double taken_s; /* with all that is around the windows */
};

/* One failure, said twice, is what the search takes for two of three. */
static bool is_said_twice(const struct server *server, const struct capacity *next,
                          enum capacity_trial_kind kind)
{
    bool is_bracketed = next->passed_rps > 0 && next->failed_rps > 0;
    return server->kind->is_hasty && kind == CAPACITY_FAILED && !is_bracketed && !next->confirms;
}

static struct run search(gsl_rng *rng, const struct server *server, double look_rps)
{
    struct run run_of = {.asked_s = 0};
    struct capacity *next = &run_of.last;
    struct capacity_search sought = {{server->p, 5000000}, look_rps, CONFIRMATIONS, CONFIRM_S};
    for (size_t count = 0;;) {
        capacity_next(next, &sought, run_of.trials, count);
        if (next->end != CAPACITY_GOES_ON)
            return run_of;
        assert_true(count + 1 < CAPACITY_TRIALS_MOST);
        struct capacity_trial trial = {next->rate_rps, next->confirms, run(rng, server, next)};
        run_of.trials[count++] = trial;
        run_of.asked++;
        run_of.asked_s += next->window_s;
        run_of.taken_s += schedule_round_seconds(
            &(struct round_plan){.paced = true, .warmup_s = 1, .window_s = next->window_s});
        if (is_said_twice(server, next, trial.kind))
            run_of.trials[count++] = trial;
    }
}

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

static double mean(const double *values, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += values[i];
    return sum / (double)n;
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

/* Searches for p99 of fast servers, as those are that an announcement is made of. The mean, in seconds. */
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

/* The long trials that confirm are caught by a stall more often than short ones, and one that fails lowers the rate by a step:
 * so such searches are longer, by ten steps at the most. */
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

/* Whatever is cut off goes on as it would have; a look that is repeated then sees something else and changes nothing. */
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
        cmocka_unit_test(a_restless_machine_takes_as_much_longer_as_is_announced),
        cmocka_unit_test(the_queue_waits_as_one_that_is_played),
        cmocka_unit_test(every_beginning_of_a_search_is_followed_by_the_same_step),
        cmocka_unit_test(searches_come_near_the_truth_and_end),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("capacity, by chance", tests, NULL, NULL);
}
