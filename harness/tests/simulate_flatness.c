/*
 * How often the flatness verdict is wrong: RUNS made-up servers of each kind, without a leak and
 * with leaks of several sizes on top, judged by the product's own code. Words between tabs on
 * stdout, for calibrate_flatness.py:
 *   verdicts KIND RUNS, then the first verdicts and the last ones, each FLAT SAWTOOTH STEP GROWING
 *   UNDECIDED leak KIND TIMES RUNS, then how many were called GROWING at first and in the end, had
 *   the run itself leaked again KIND TIMES RUNS, then the same of another run of the same server
 *   smallest KIND, then quartiles of the smallest visible leak, in bytes over the course
 */
#include <stdio.h>
#include <stdlib.h>

#include "analyse/stats.h"
#include "tests/flatness_trials.h"

static const char *const kind_names[SERVER_ALL] = {
    [SERVER_FLAT] = "flat",
    [SERVER_LOGARITHMIC] = "logarithmic",
    [SERVER_SATURATING] = "saturating",
    [SERVER_CACHE] = "cache",
    [SERVER_SAWTOOTH] = "sawtooth",
    [SERVER_STEPS] = "steps",
    [SERVER_WALK] = "walk",
    [SERVER_SLOW_FILL] = "slow-fill",
    [SERVER_SLOWER_FILL] = "slower-fill",
    [SERVER_SLOW_WARM_UP] = "slow-warm-up",
    [SERVER_SLOW_SAWTOOTH] = "slow-sawtooth",
};
static const double leak_times[] = {.5, .7, 1, 1.4, 2, 4};

static void put_counts(const unsigned *counts)
{
    for (size_t i = 0; i < KINDS_OF_VERDICT; i++)
        printf("\t%u", counts[i]);
}

static void without_leaks(enum server_kind kind, size_t runs, const struct noise *noise,
                          struct random *random)
{
    struct tally tally = {0};
    struct server server;
    for (size_t i = 0; i < runs; i++) {
        server_draw(&server, kind, i, noise, random);
        trial(&tally, &server);
    }
    printf("verdicts\t%s\t%u", kind_names[kind], tally.runs);
    put_counts(tally.first);
    put_counts(tally.last);
    putchar('\n');
}

enum { SIZES = sizeof(leak_times) / sizeof(leak_times[0]) };

/* What each run could have seen goes to smallest, RUNS of each size of leak. */
static void with_leaks(enum server_kind kind, size_t runs, const struct noise *noise,
                       struct random *random, bool is_same_run, double *smallest)
{
    struct server server;
    for (size_t size = 0; size < SIZES; size++) {
        struct tally tally = {0};
        for (size_t i = 0; i < runs; i++) {
            server_draw(&server, kind, i, noise, random);
            smallest[size * runs + i] = leak_trial(&tally, &server, leak_times[size], is_same_run);
        }
        printf("%s\t%s\t%g\t%u\t%u\t%u\n", is_same_run ? "leak" : "again", kind_names[kind],
               leak_times[size], tally.runs, tally.first[FLATNESS_GROWING],
               tally.last[FLATNESS_GROWING]);
    }
}

static void leaks(enum server_kind kind, size_t runs, const struct noise *noise,
                  struct random *random)
{
    double *smallest = xcalloc(runs * SIZES, sizeof(*smallest));
    with_leaks(kind, runs, noise, random, false, smallest);
    with_leaks(kind, runs, noise, random, true, smallest);
    printf("smallest\t%s", kind_names[kind]);
    for (int quarter = 1; quarter < 4; quarter++)
        printf("\t%.0f", stats_quantile(smallest, runs * SIZES, quarter / 4.));
    putchar('\n');
    free(smallest);
}

int main(int argc, char **argv)
{
    struct noise noise;
    struct random random;
    if (argc != 4 || !noise_read(&noise, argv[3])) {
        fprintf(stderr,
                "usage: simulate_flatness SEED RUNS FILE: runs of each kind; recorded noise\n");
        return 2;
    }
    random_init(&random, strtoull(argv[1], NULL, 10), RANDOM_ARRIVALS);
    size_t runs = strtoul(argv[2], NULL, 10);
    for (int kind = 0; kind < SERVER_ALL; kind++) {
        without_leaks((enum server_kind)kind, runs, &noise, &random);
        if (kind < SERVER_KINDS)
            leaks((enum server_kind)kind, runs, &noise, &random);
        fflush(stdout);
    }
    noise_release(&noise);
    return 0;
}
