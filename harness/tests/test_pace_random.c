/* The generators against their authors' output, and the distributions drawn from them. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "pace/random.h"

enum { OUTPUTS = 10, SAMPLES = 1000000 };
/* Of a sum that is near to normal, this many sd are passed twice in 10^9; the seeds are fixed. */
static const double SD_LIMIT = 6;

/* What xoshiro256plusplus.c (https://prng.di.unimi.it) gives from the state 1,
 * 2, 3, 4, as the tests of rand_xoshiro (https://github.com/rust-random/rngs)
 * list it; and after its jump() and long_jump() from there. */
static const struct {
    const char *after;
    void (*jump)(struct random *random);
    uint64_t outputs[OUTPUTS];
} reference[] = {
    {"nothing",
     NULL,
     {41943041, 58720359, 3588806011781223, 3591011842654386, 9228616714210784205U,
      9973669472204895162U, 14011001112246962877U, 12406186145184390807U, 15849039046786891736U,
      10450023813501588000U}},
    {"jump",
     random_jump,
     {17043750140134683703U, 2364973248208838314, 13951431646535487319U, 8066193832155293345,
      10838999831620499216U, 8680420094678800874, 9570055643283944810U, 7079802948504130534,
      9337897757504934856U, 9754970014877867138U}},
    {"long jump",
     random_long_jump,
     {13097851138432240629U, 5869259491745178931, 2145365994275058833, 16694938170147227233U,
      755180411581300843, 4025406863595626629, 16170634547833206701U, 15038087167920305072U,
      15516354975165331290U, 16359070474319612403U}},
};

static void xoshiro256plusplus_gives_what_its_authors_give(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof reference / sizeof *reference; i++) {
        struct random random = {{1, 2, 3, 4}};
        if (reference[i].jump)
            reference[i].jump(&random);
        for (unsigned k = 0; k < OUTPUTS; k++)
            assert_true(random_u64(&random) == reference[i].outputs[k]);
    }
}

/* splitmix64.c of the same authors, as rand_xoshiro's tests list it for this seed. */
static void splitmix64_gives_what_its_authors_give(void **state)
{
    (void)state;
    static const uint64_t outputs[] = {
        1985237415132408290,   2979275885539914483,   13511426838097143398U, 8488337342461049707,
        15141737807933549159U, 17093170987380407015U, 16389528042912955399U, 13177319091862933652U,
        10841969400225389492U, 17094824097954834098U,
    };
    uint64_t seed = 1477776061723855037;

    for (size_t i = 0; i < sizeof outputs / sizeof *outputs; i++)
        assert_true(random_splitmix64(&seed) == outputs[i]);
}

static void a_seed_fills_the_state_by_splitmix64(void **state)
{
    (void)state;
    struct random random;

    random_init(&random, 1477776061723855037, 0);
    assert_true(random.state[0] == 1985237415132408290);
    assert_true(random.state[1] == 2979275885539914483);
    assert_true(random.state[2] == 13511426838097143398U);
    assert_true(random.state[3] == 8488337342461049707);
}

/* A stream is a long jump behind the one before it, however often that one was asked. */
static void streams_of_a_seed_lie_long_jumps_apart(void **state)
{
    (void)state;
    struct random from, stream;

    for (unsigned i = 0; i + 1 < RANDOM_STREAMS; i++) {
        random_init(&from, 7, (enum random_stream)i);
        random_init(&stream, 7, (enum random_stream)(i + 1));
        random_long_jump(&from);
        assert_memory_equal(&from, &stream, sizeof from);
    }
}

static double correlation(struct random *a, struct random *b)
{
    double sum = 0;

    for (unsigned i = 0; i < SAMPLES; i++)
        sum += (random_unit(a) - .5) * (random_unit(b) - .5);
    return 12 * sum / SAMPLES;
}

/* Of independent ones it is normal with sd 1/sqrt(n). */
static void streams_and_seeds_are_not_correlated(void **state)
{
    (void)state;
    struct random a, b;

    random_init(&a, 1, RANDOM_ARRIVALS);
    random_init(&b, 1, RANDOM_TARGETS);
    assert_true(fabs(correlation(&a, &b)) < SD_LIMIT / sqrt(SAMPLES));
    random_init(&a, 1, RANDOM_SCRIPT);
    random_init(&b, 2, RANDOM_SCRIPT);
    assert_true(fabs(correlation(&a, &b)) < SD_LIMIT / sqrt(SAMPLES));
    random_init(&a, 1, RANDOM_SCRIPT);
    random_init(&b, 1, RANDOM_SCRIPT);
    assert_true(correlation(&a, &b) > .9);
}

/* A state whose next output is x: s[0] + s[3] = 0 leaves x = s[0]. */
static struct random about_to_give(uint64_t x)
{
    return (struct random){{x, 1, 1, -x}};
}

static void a_unit_is_above_0_and_reaches_1(void **state)
{
    (void)state;
    struct random least = about_to_give(0), most = about_to_give(UINT64_MAX);

    assert_true(random_unit(&least) == 0x1p-53);
    assert_true(random_unit(&most) == 1);
    most = about_to_give(UINT64_MAX);
    assert_true(random_exponential(&most) == 0);
    least = about_to_give(0);
    assert_true(fabs(random_exponential(&least) - 53 * log(2)) < 1e-12);
}

/* Mean 1 and variance 1; their own standard errors are 1/sqrt(n) and sqrt(8/n). */
static void exponentials_have_mean_and_variance_1(void **state)
{
    (void)state;
    struct random random;
    double sum = 0, squares = 0;

    random_init(&random, 3, RANDOM_ARRIVALS);
    for (unsigned i = 0; i < SAMPLES; i++) {
        double x = random_exponential(&random);
        sum += x;
        squares += (x - 1) * (x - 1);
    }
    assert_true(fabs(sum / SAMPLES - 1) < SD_LIMIT / sqrt(SAMPLES));
    assert_true(fabs(squares / SAMPLES - 1) < SD_LIMIT * sqrt(8. / SAMPLES));
}

static void numbers_below_n_are_below_n_and_evenly_spread(void **state)
{
    (void)state;
    static const uint32_t table[] = {1, 2, 3, 7, 1000, 3U << 30, UINT32_MAX};
    struct random random;

    random_init(&random, 5, RANDOM_TARGETS);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        double sum = 0, n = table[i];
        for (unsigned k = 0; k < SAMPLES; k++) {
            uint32_t drawn = random_below(&random, table[i]);
            assert_true(drawn < table[i]);
            sum += drawn;
        }
        double sd = sqrt((n * n - 1) / 12 / SAMPLES);
        assert_true(fabs(sum / SAMPLES - (n - 1) / 2) <= SD_LIMIT * sd);
    }
}

/* 2^32 outputs fall on 3 x 2^30 numbers: dealt out plainly,
 * each third one would come twice as often as the others. */
static void numbers_below_n_are_not_biased(void **state)
{
    (void)state;
    struct random random;
    double counts[3] = {0};

    random_init(&random, 6, RANDOM_TARGETS);
    for (unsigned i = 0; i < SAMPLES; i++)
        counts[random_below(&random, 3U << 30) % 3]++;
    for (unsigned i = 0; i < 3; i++)
        assert_true(fabs(counts[i] - SAMPLES / 3.) < SD_LIMIT * sqrt(SAMPLES * 2. / 9));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(xoshiro256plusplus_gives_what_its_authors_give),
        cmocka_unit_test(splitmix64_gives_what_its_authors_give),
        cmocka_unit_test(a_seed_fills_the_state_by_splitmix64),
        cmocka_unit_test(streams_of_a_seed_lie_long_jumps_apart),
        cmocka_unit_test(streams_and_seeds_are_not_correlated),
        cmocka_unit_test(a_unit_is_above_0_and_reaches_1),
        cmocka_unit_test(exponentials_have_mean_and_variance_1),
        cmocka_unit_test(numbers_below_n_are_below_n_and_evenly_spread),
        cmocka_unit_test(numbers_below_n_are_not_biased),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("pace_random", tests, NULL, NULL);
}
