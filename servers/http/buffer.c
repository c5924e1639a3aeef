#include "http/buffer.h"

#include <stdlib.h>
#include <string.h>

enum { BUFFER_FIRST_BYTES = 512 };

/* Doubles, so that a body that comes in small pieces costs linear time, but never passes the limit.
 */
static uint32_t buffer_next_cap(const struct buffer *buffer, uint32_t need, uint32_t limit_bytes)
{
    uint32_t cap = buffer->cap ? buffer->cap * 2 : BUFFER_FIRST_BYTES;
    if (cap > limit_bytes)
        cap = limit_bytes;
    return cap > need ? cap : need;
}

bool buffer_reserve(struct buffer *buffer, uint32_t cap_bytes)
{
    if (cap_bytes <= buffer->cap)
        return true;
    char *ptr = realloc(buffer->ptr, cap_bytes);
    if (ptr == NULL)
        return false;
    buffer->ptr = ptr;
    buffer->cap = cap_bytes;
    return true;
}

bool buffer_append(struct buffer *buffer, struct slice bytes, uint32_t limit_bytes)
{
    if (bytes.len == 0)
        return true;
    if (buffer->len > limit_bytes || bytes.len > limit_bytes - buffer->len)
        return false;
    uint32_t need = buffer->len + (uint32_t)bytes.len;
    if (need > buffer->cap && !buffer_reserve(buffer, buffer_next_cap(buffer, need, limit_bytes)))
        return false;
    memcpy(buffer->ptr + buffer->len, bytes.ptr, bytes.len);
    buffer->len = need;
    return true;
}

void buffer_release(struct buffer *buffer)
{
    free(buffer->ptr);
    *buffer = (struct buffer){0};
}
