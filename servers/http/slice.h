/* A borrowed run of bytes: not terminated, not owned. Whoever hands one out says how long it lives. */
#ifndef HTTP_SLICE_H
#define HTTP_SLICE_H

#include <stddef.h>

struct slice {
    const char *ptr;
    size_t len;
};

#endif
