/*
 * How a server's memory goes over time, in one of a few ways that are known beforehand: for the
 * calibration of what judges it. What is allocated is touched, page by page, and lies in mappings
 * of its own without huge pages: so RSS goes with it by the page, whatever the allocator does.
 */
#ifndef TESTS_GROWING_GROWTH_H
#define TESTS_GROWING_GROWTH_H

#include <stdbool.h>
#include <stdint.h>

enum growth_way {
    GROWTH_FLAT,
    GROWTH_LEAK,        /* so many bytes for `every` requests, never freed */
    GROWTH_CONNECTIONS, /* so many bytes for each connection, never freed */
    GROWTH_CACHE,       /* a request in `every` asks for one of size /
                         * bytes entries, which are made once and stay */
    GROWTH_SAWTOOTH,    /* so many bytes for each request; all are freed every so many ms */
    GROWTH_STACK,       /* after `every` requests a thread's stack grows once by so many bytes */
    GROWTH_DESCRIPTORS, /* one for `every` requests, never closed */
    GROWTH_WAYS,
};

struct growth {
    enum growth_way way;
    uint64_t bytes, every, size;
};

/* By its name: "leak", with the figures that go with it. False: there is none of that name. */
bool growth_find(struct growth *growth, const char *name);
void growth_list(void); /* to stderr: the ways and their figures */

/* Dies with a sentence where the system does not give what is needed. */
void growth_begin(const struct growth *growth);
void growth_on_connection(void);
void growth_on_request(void);
/* What is due by time; and in how many ms something will be: -1: nothing ever. */
int growth_tick(void);

#endif
