#include "core/buffer.h"

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

bool buffer_append(struct buffer *buffer, struct slice bytes, uint32_t limit_bytes)
{
    if (bytes.len == 0)
        return true;
    if (buffer->len > limit_bytes || bytes.len > limit_bytes - buffer->len)
        return false;
    uint32_t need = buffer->len + (uint32_t)bytes.len;
    if (need > buffer->cap) {
        uint32_t cap = buffer_next_cap(buffer, need, limit_bytes);
        char *ptr = realloc(buffer->ptr, cap);
        if (ptr == NULL)
            return false;
        buffer->ptr = ptr;
        buffer->cap = cap;
    }
    memcpy(buffer->ptr + buffer->len, bytes.ptr, bytes.len);
    buffer->len = need;
    return true;
}

void buffer_release(struct buffer *buffer)
{
    free(buffer->ptr);
    *buffer = (struct buffer){0};
}
