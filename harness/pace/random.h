/*
 * Random numbers that are the same on every machine for the same seed: xoshiro256++, seeded by splitmix64 (Blackman
 * and Vigna, "Scrambled linear pseudorandom number generators", ACM TOMS 47(4), 2021; https://prng.di.unimi.it).
 * Streams of one seed are independent: arrival times, the choice between two servers and the scripts' seed do not
 * disturb one another when one of them is asked more often.
 */
#ifndef PACE_RANDOM_H
#define PACE_RANDOM_H

#include <stdint.h>

enum random_stream { RANDOM_ARRIVALS, RANDOM_TARGETS, RANDOM_SCRIPT, RANDOM_STREAMS };

struct random {
    uint64_t state[4];
};

void random_init(struct random *random, uint64_t seed, enum random_stream stream);
uint64_t random_u64(struct random *random);
double random_unit(struct random *random);                /* uniform in (0, 1], 53 bits */
double random_exponential(struct random *random);         /* mean 1 */
uint32_t random_below(struct random *random, uint32_t n); /* uniform in 0 .. n-1, unbiased; n > 0 */

#endif
