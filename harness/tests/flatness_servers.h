/*
 * Servers made up, whose memory over time is known because it was drawn: flat, warming up, filling
 * a cache, a sawtooth, in steps, walking at random; each with noise recorded from real servers on
 * top, and with a leak where one is asked for.
 *
 * A server is drawn once (server_draw) and run as often as one likes (server_start, then
 * server_rss_bytes at times that do not go back): how large, how long and how quick things are is
 * its own, when they happen is each run's. Times are real ones, so that a run of four times the
 * length sees four times as much of the same.
 */
#ifndef TESTS_FLATNESS_SERVERS_H
#define TESTS_FLATNESS_SERVERS_H

#include <assert.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/strings.h"
#include "pace/random.h"

enum { COURSE_S = 110, SAMPLES_HZ = 10, PAGE_BYTES = 4096, STEPS_MOST = 6, PIECES_MOST = 512 };
static const double MADE_MIB = 1024 * 1024;

/* ---- recorded noise: harness/tests/stored/rss-noise.txt says where it is from ---- */

struct piece {
    size_t class, times, count; /* times: so many recorded series were like it */
    double *pages;              /* from the median, a tenth of a second each */
};
struct noise {
    struct piece pieces[PIECES_MOST];
    size_t count;
};
enum { NOISE_QUIET, NOISE_RESTLESS };

static inline void piece_read(struct piece *piece, char *line)
{
    char *end;
    piece->class = strtoul(line, &end, 10);
    piece->times = strtoul(end, &end, 10);
    for (char *word = strtok(end, " \n"); word != NULL; word = strtok(NULL, " \n")) {
        char *star = strchr(word, '*'); /* 20*0: twenty times 0 */
        size_t times = star ? strtoul(word, NULL, 10) : 1;
        double pages = strtod(star ? star + 1 : word, NULL);
        piece->pages = xreallocarray(piece->pages, piece->count + times, sizeof(double));
        while (times-- > 0)
            piece->pages[piece->count++] = pages;
    }
}

/* False if there is no such file, or nothing in it. */
static inline bool noise_read(struct noise *noise, const char *path)
{
    char *line = NULL;
    size_t size = 0;
    FILE *file = fopen(path, "r");
    *noise = (struct noise){0};
    while (file != NULL && getline(&line, &size, file) > 0 && noise->count < PIECES_MOST)
        if (line[0] != '#')
            piece_read(&noise->pieces[noise->count++], line);
    free(line);
    if (file != NULL)
        fclose(file);
    return noise->count > 0;
}

static inline void noise_release(struct noise *noise)
{
    for (size_t i = 0; i < noise->count; i++)
        free(noise->pieces[i].pages);
}

static inline const struct piece *noise_pick(const struct noise *noise, size_t class,
                                             struct random *random)
{
    size_t all = 0;
    for (size_t i = 0; i < noise->count; i++)
        all += noise->pieces[i].class == class ? noise->pieces[i].times : 0;
    size_t left = random_below(random, (uint32_t)all);
    for (size_t i = 0;; i++) {
        size_t times = noise->pieces[i].class == class ? noise->pieces[i].times : 0;
        if (left < times)
            return &noise->pieces[i];
        left -= times;
    }
}

/* ---- servers ---- */

enum server_kind {
    SERVER_FLAT,
    SERVER_LOGARITHMIC,
    SERVER_SATURATING,
    SERVER_CACHE,
    SERVER_SAWTOOTH,
    SERVER_STEPS,
    SERVER_WALK,
    SERVER_KINDS, /* those below nobody can tell from a leak while they last */
    SERVER_SLOW_FILL = SERVER_KINDS,
    SERVER_SLOWER_FILL,
    SERVER_SLOW_WARM_UP,
    SERVER_SLOW_SAWTOOTH,
    SERVER_ALL,
};

/* What sets one of a kind apart from the next. */
struct variant {
    enum server_kind kind;
    double value; /* a share of COURSE_S, a number of steps, pages of a step, a class of noise */
    double often; /* of a walk: steps per sample */
};
static const struct variant variants[] = {
    {SERVER_FLAT, NOISE_QUIET, 0},
    {SERVER_FLAT, NOISE_RESTLESS, 0},
    /* the constant of time */
    {SERVER_LOGARITHMIC, .005, 0},
    {SERVER_LOGARITHMIC, .02, 0},
    {SERVER_LOGARITHMIC, .1, 0},
    {SERVER_LOGARITHMIC, .25, 0},
    {SERVER_LOGARITHMIC, .5, 0},
    {SERVER_LOGARITHMIC, 1, 0},
    {SERVER_SATURATING, .02, 0},
    {SERVER_SATURATING, .1, 0},
    {SERVER_SATURATING, .25, 0},
    {SERVER_SATURATING, .5, 0},
    {SERVER_SATURATING, 1, 0},
    /* when it is full */
    {SERVER_CACHE, .1, 0},
    {SERVER_CACHE, .3, 0},
    {SERVER_CACHE, .5, 0},
    {SERVER_CACHE, .7, 0},
    /* the period */
    {SERVER_SAWTOOTH, .02, 0},
    {SERVER_SAWTOOTH, .05, 0},
    {SERVER_SAWTOOTH, .09, 0},
    {SERVER_SAWTOOTH, .113, 0},
    {SERVER_SAWTOOTH, .122, 0},
    {SERVER_SAWTOOTH, .125, 0},
    {SERVER_SAWTOOTH, .128, 0},
    {SERVER_SAWTOOTH, .14, 0},
    {SERVER_SAWTOOTH, .2, 0},
    {SERVER_SAWTOOTH, .33, 0},
    {SERVER_SAWTOOTH, .5, 0},
    {SERVER_SAWTOOTH, .7, 0},
    {SERVER_SAWTOOTH, 1, 0},
    {SERVER_STEPS, 1, 0},
    {SERVER_STEPS, 2, 0},
    {SERVER_STEPS, 3, 0},
    {SERVER_STEPS, 4, 0},
    {SERVER_STEPS, 5, 0},
    {SERVER_STEPS, STEPS_MOST, 0},
    {SERVER_WALK, 1, .01},
    {SERVER_WALK, 1, .1},
    {SERVER_WALK, 1, .5},
    {SERVER_WALK, 8, .1},
    {SERVER_WALK, 16, .5},
    {SERVER_WALK, 64, .02},
    {SERVER_SLOW_FILL, .8, 0},
    {SERVER_SLOW_FILL, .9, 0},
    {SERVER_SLOW_FILL, 1.5, 0},
    {SERVER_SLOW_FILL, 3, 0},
    {SERVER_SLOWER_FILL, 4, 0},
    {SERVER_SLOWER_FILL, 10, 0},
    {SERVER_SLOW_WARM_UP, 2, 0},
    {SERVER_SLOW_WARM_UP, 5, 0},
    {SERVER_SLOW_WARM_UP, 20, 0},
    {SERVER_SLOW_SAWTOOTH, 1.5, 0},
    {SERVER_SLOW_SAWTOOTH, 3, 0},
};
enum { VARIANTS = sizeof(variants) / sizeof(variants[0]) };

struct server {
    const struct noise *noise;
    struct variant variant;
    double base_bytes, size_bytes; /* that it has anyway; of what rises, at most */
    double leak_bytes_s;
    /* of a run */
    struct random *random;
    const struct piece *piece;
    size_t at; /* in the piece */
    double phase, walked_pages;
    double steps_s[STEPS_MOST], steps_bytes[STEPS_MOST];
};

static inline double log_uniform(struct random *random, double low, double high)
{
    return low * pow(high / low, random_unit(random));
}

/* The nth of a kind: each variant as often. */
static inline void server_draw(struct server *server, enum server_kind kind, size_t nth,
                               const struct noise *noise, struct random *random)
{
    size_t first = 0, count = 0;
    for (size_t i = 0; i < VARIANTS; i++) {
        count += variants[i].kind == kind;
        first = variants[i].kind < kind ? i + 1 : first;
    }
    assert(count > 0);
    *server = (struct server){
        .noise = noise,
        .variant = variants[first + nth % count],
        .base_bytes = log_uniform(random, 2 * MADE_MIB, 50 * MADE_MIB),
        .size_bytes = log_uniform(random, .2 * MADE_MIB, 10 * MADE_MIB),
        .random = random,
    };
}

static inline void server_start(struct server *server, double run_s)
{
    struct random *random = server->random;
    server->piece = NULL;
    server->at = 0;
    server->phase = random_unit(random);
    server->walked_pages = 0;
    for (size_t i = 0; i < STEPS_MOST; i++) {
        server->steps_s[i] = run_s * random_unit(random);
        server->steps_bytes[i] = server->size_bytes * random_unit(random) / 2;
    }
}

static inline double noise_pages(struct server *server)
{
    if (server->piece == NULL || server->at == server->piece->count) {
        bool is_flat = server->variant.kind == SERVER_FLAT;
        size_t class = is_flat ? (size_t)server->variant.value : NOISE_QUIET;
        bool is_first = server->piece == NULL;
        server->piece = noise_pick(server->noise, class, server->random);
        server->at = is_first ? random_below(server->random, (uint32_t)server->piece->count) : 0;
    }
    return server->piece->pages[server->at++];
}

static inline double stepped_bytes(const struct server *server, double at_s)
{
    double bytes = 0;
    for (size_t i = 0; i < (size_t)server->variant.value; i++)
        bytes += at_s >= server->steps_s[i] ? server->steps_bytes[i] : 0;
    return bytes;
}

/* Once a sample; at the floor it turns round. */
static inline double walked_bytes(struct server *server)
{
    if (random_unit(server->random) <= server->variant.often)
        server->walked_pages +=
            server->variant.value * (random_unit(server->random) <= .5 ? 1 : -1);
    double floor_pages = -server->base_bytes / 2 / PAGE_BYTES;
    if (server->walked_pages < floor_pages)
        server->walked_pages = 2 * floor_pages - server->walked_pages;
    return server->walked_pages * PAGE_BYTES;
}

static inline double own_bytes(struct server *server, double at_s)
{
    double courses = at_s / COURSE_S, value = server->variant.value, size = server->size_bytes;
    switch (server->variant.kind) {
    case SERVER_LOGARITHMIC:
    case SERVER_SLOW_WARM_UP:
        return size * log1p(courses / value) / log1p(1 / value);
    case SERVER_SATURATING:
        return size * -expm1(-courses / value);
    case SERVER_CACHE:
    case SERVER_SLOW_FILL:
    case SERVER_SLOWER_FILL:
        return size * fmin(courses / value, 1);
    case SERVER_SAWTOOTH:
    case SERVER_SLOW_SAWTOOTH:
        return size * fmod(courses / value + server->phase, 1);
    case SERVER_STEPS:
        return stepped_bytes(server, at_s);
    case SERVER_WALK:
        return walked_bytes(server);
    default:
        return 0;
    }
}

/* To be asked once a sample. */
static inline double server_rss_bytes(struct server *server, double at_s)
{
    double bytes = server->base_bytes + own_bytes(server, at_s) + server->leak_bytes_s * at_s;
    return PAGE_BYTES * floor(bytes / PAGE_BYTES + noise_pages(server));
}

#endif
