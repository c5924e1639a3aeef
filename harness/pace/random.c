/* xoshiro256++, its jumps, and the distributions that are drawn from it. */
#include "pace/random.h"

#include <assert.h>
#include <math.h>

/* The polynomials that jump over 2^128 and 2^192 numbers, from
 * the authors' xoshiro256plusplus.c, prng.di.unimi.it. */
static const uint64_t JUMP[4] = {0x180ec6d33cfd0aba, 0xd5a61266f0c9392c, 0xa9582618e03fc9aa,
                                 0x39abdc4529b1661c};
static const uint64_t LONG_JUMP[4] = {0x76e15d3efefdcbbf, 0xc5004e441c522fb3, 0x77710069854ee241,
                                      0x39109bb02acbe635};

static uint64_t rotate_left(uint64_t x, unsigned bits)
{
    return x << bits | x >> (64 - bits);
}

uint64_t random_splitmix64(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

uint64_t random_u64(struct random *random)
{
    uint64_t *s = random->state, drawn = rotate_left(s[0] + s[3], 23) + s[0], t = s[1] << 17;

    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate_left(s[3], 45);
    return drawn;
}

static void jump_by(struct random *random, const uint64_t polynomial[4])
{
    struct random there = {{0}};

    for (unsigned bit = 0; bit < 256; bit++) {
        if (polynomial[bit / 64] >> bit % 64 & 1)
            for (unsigned i = 0; i < 4; i++)
                there.state[i] ^= random->state[i];
        random_u64(random);
    }
    *random = there;
}

void random_jump(struct random *random)
{
    jump_by(random, JUMP);
}

void random_long_jump(struct random *random)
{
    jump_by(random, LONG_JUMP);
}

void random_init(struct random *random, uint64_t seed, enum random_stream stream)
{
    for (unsigned i = 0; i < 4; i++)
        random->state[i] = random_splitmix64(&seed);
    for (unsigned i = 0; i < (unsigned)stream; i++)
        random_long_jump(random);
}

double random_unit(struct random *random)
{
    return (double)((random_u64(random) >> 11) + 1) * 0x1p-53;
}

double random_exponential(struct random *random)
{
    return -log(random_unit(random));
}

/* Multiply and shift, with the few products that would favour some results drawn again (Lemire,
 * "Fast random integer generation in an interval", ACM TOMACS 29(1), 2019). */
uint32_t random_below(struct random *random, uint32_t n)
{
    assert(n > 0);
    uint64_t product = (random_u64(random) >> 32) * n;

    if ((uint32_t)product < n)
        for (uint32_t least = -n % n; (uint32_t)product < least;)
            product = (random_u64(random) >> 32) * n;
    return (uint32_t)(product >> 32);
}
