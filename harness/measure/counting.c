#include "measure/counting.h"

#include <inttypes.h>
#include <stdio.h>

#include "data/strings.h"

/* The shorter run, and by how much the other is longer. What a request costs is a difference
 * divided by the requests of the longer part: 25,600 of them make what threads differ by in
 * starting and ending less than .5 % of it. */
enum { FEW_TURNS = 20, MORE_TURNS = 100, MORE_REQUESTS = 25600 };

enum { ERROR_BYTES = 512 };

static unsigned more_turns(const struct turns_options *options)
{
    unsigned more = MORE_REQUESTS / (TURNS_CONNECTIONS * options->requests);
    return more < MORE_TURNS ? MORE_TURNS : more;
}

/* Both runs, and how many requests lie between them. */
static enum instrument_result count_both(struct counts *few, struct counts *many,
                                         uint64_t *requests, enum instrument instrument,
                                         const char *path, const struct turns_options *options,
                                         char error[ERROR_BYTES])
{
    uint64_t few_requests, many_requests;
    enum instrument_result result = instrument_count(few, instrument, path, options, FEW_TURNS,
                                                     &few_requests, error, ERROR_BYTES);
    if (result != INSTRUMENT_COUNTED)
        return result;
    result = instrument_count(many, instrument, path, options, FEW_TURNS + more_turns(options),
                              &many_requests, error, ERROR_BYTES);
    if (result != INSTRUMENT_COUNTED)
        return result;
    if (many_requests <= few_requests) {
        snprintf(error, ERROR_BYTES,
                 "the longer run had %" PRIu64 " answers, the shorter one %" PRIu64
                 ": nothing lies between them",
                 many_requests, few_requests);
        return INSTRUMENT_FAILED;
    }
    *requests = many_requests - few_requests;
    return INSTRUMENT_COUNTED;
}

enum instrument_result counting_count(struct costs *costs, enum instrument instrument,
                                      const char *path, const struct turns_options *options)
{
    struct counts few = {0}, many = {0};
    char error[ERROR_BYTES];
    uint64_t requests = 0;
    enum instrument_result result =
        count_both(&few, &many, &requests, instrument, path, options, error);
    if (result == INSTRUMENT_COUNTED)
        costs_find(costs, &few, &many, requests);
    else
        *costs = (struct costs){.missing = xstrdup(error)};
    counts_release(&few);
    counts_release(&many);
    return result;
}

void counting_lower(struct costs *costs, enum instrument instrument, const char *path,
                    const struct turns_options *options)
{
    struct costs again;
    enum instrument_result result = counting_count(&again, instrument, path, options);
    if (result == INSTRUMENT_COUNTED && again.total < costs->total) {
        struct costs higher = *costs;
        *costs = again;
        again = higher;
    }
    costs_release(&again);
}
