/* Bytes on the heap, growing up to a limit that the caller names. Empty means that nothing is
 * allocated. */
#ifndef HTTP_BUFFER_H
#define HTTP_BUFFER_H

#include <stdbool.h>
#include <stdint.h>

#include "http/slice.h"

struct buffer {
    char *ptr;
    uint32_t len;
    uint32_t cap;
};

/* Appends a copy of bytes, which are not in buffer. False, and nothing changed, if the length would
 * pass limit_bytes or memory has run out. */
bool buffer_append(struct buffer *buffer, struct slice bytes, uint32_t limit_bytes);

/* Makes room for cap_bytes in all, when that many are known to
 * come. False if memory has run out. */
bool buffer_reserve(struct buffer *buffer, uint32_t cap_bytes);

/* Gives the memory back. */
void buffer_release(struct buffer *buffer);

#endif
