/* Named counts, as a tool wrote them down: instructions by function,
 * system calls by name. A zeroed struct counts is empty. */
#ifndef DATA_COUNTS_H
#define DATA_COUNTS_H

#include <stddef.h>
#include <stdint.h>

struct count {
    char *name;
    uint64_t n;
};

struct counts {
    struct count *items; /* each name once, in the order in which they first came */
    size_t count;
};

void counts_add(struct counts *counts, const char *name, uint64_t n); /* to what is there */
uint64_t counts_of(const struct counts *counts, const char *name);    /* 0: not there */
uint64_t counts_total(const struct counts *counts);
void counts_release(struct counts *counts); /* leaves it empty */

#endif
