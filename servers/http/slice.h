/* Borrowed bytes: not terminated, not owned. Whoever hands them out says how long they live. */
#ifndef HTTP_SLICE_H
#define HTTP_SLICE_H

#include <stddef.h>

struct slice {
    const char *ptr;
    size_t len;
};

#endif
