/*
 * Random numbers that are the same on every machine for the same seed: xoshiro256++, seeded by
 * splitmix64 (Blackman and Vigna, "Scrambled linear pseudorandom number generators", ACM TOMS
 * 47(4), 2021; https://prng.di.unimi.it). Streams of one seed are independent: arrival times, the
 * choice between two servers and the scripts' seed do not disturb one another when one of them is
 * asked more often. They lie 2^192 numbers apart in the one sequence, and each can be parted
 * further, 2^128 numbers at a time, so that none ever reaches the next.
 */
#ifndef PACE_RANDOM_H
#define PACE_RANDOM_H

#include <stdint.h>

enum random_stream { RANDOM_ARRIVALS, RANDOM_TARGETS, RANDOM_SCRIPT, RANDOM_STREAMS };

struct random {
    uint64_t state[4];
};

void random_init(struct random *random, uint64_t seed, enum random_stream stream);
void random_jump(struct random *random);      /* to where it were after 2^128 numbers */
void random_long_jump(struct random *random); /* after 2^192 */
uint64_t random_u64(struct random *random);
double random_unit(struct random *random);                /* uniform in (0, 1], 53 bits */
double random_exponential(struct random *random);         /* mean 1; as exact as libm's log */
uint32_t random_below(struct random *random, uint32_t n); /* uniform in 0 .. n-1, unbiased; n > 0 */

uint64_t random_splitmix64(uint64_t *state); /* the seeding generator's next number */

#endif
