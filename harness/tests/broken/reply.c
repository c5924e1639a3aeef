#include "tests/broken/reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/broken/defect.h"

enum { HEAD_MOST = 4096 };

/* The value of a field of a terminated head, or NULL. */
static const char *value_of(const char *head, const char *name)
{
    const char *p = strcasestr(head, name);
    return p ? p + strlen(name) + strspn(p + strlen(name), " ") : NULL;
}

static enum reply_state take_chunks(struct reply *reply, const char *in, size_t len, size_t at)
{
    for (;;) {
        const char *line = in + at, *stop = memmem(line, len - at, "\r\n", 2);
        if (stop == NULL)
            return REPLY_MORE;
        size_t size = strtoul(line, NULL, 16), data = (size_t)(stop + 2 - in);
        if (size == 0) {
            const char *end = memmem(stop, len - (size_t)(stop - in), "\r\n\r\n", 4);
            if (end == NULL)
                return REPLY_MORE;
            reply->taken = (size_t)(end - in) + 4;
            reply->body = reply->decoded;
            return REPLY_WHOLE;
        }
        if (size > REPLY_BYTES || reply->body_len + size > REPLY_BYTES)
            return REPLY_BAD;
        if (data + size + 2 > len)
            return REPLY_MORE;
        memcpy(reply->decoded + reply->body_len, in + data, size);
        reply->body_len += size;
        at = data + size + 2;
    }
}

static enum reply_state take_length(struct reply *reply, const char *in, size_t len,
                                    size_t head_len, const char *length, bool ended)
{
    reply->body = in + head_len;
    reply->body_len = strtoul(length, NULL, 10);
    if (reply->body_len > REPLY_BYTES)
        return REPLY_BAD;
    reply->taken = head_len + reply->body_len;
    if (reply->taken <= len)
        return REPLY_WHOLE;
    if (!ended || !is("proxy-passes-short"))
        return REPLY_MORE;
    reply->body_len = len - head_len;
    reply->taken = len;
    return REPLY_WHOLE;
}

static enum reply_state take_rest(struct reply *reply, const char *in, size_t len, size_t head_len)
{
    reply->body = in + head_len;
    reply->body_len = len - head_len;
    reply->taken = len;
    return REPLY_WHOLE;
}

/* Not HTTP: what a right proxy refuses. */
static enum reply_state refuse(struct reply *reply, const char *in, size_t len)
{
    if (!is("proxy-relays-garbage"))
        return REPLY_BAD;
    snprintf(reply->status, sizeof(reply->status), "200 OK");
    return take_rest(reply, in, len, 0);
}

/* The final answer, its head_len bytes of head terminated in head. */
static enum reply_state read_final(struct reply *reply, const char *head, const char *in,
                                   size_t len, size_t head_len, bool ended)
{
    const char *length = value_of(head, "\r\nContent-Length:");
    const char *type = value_of(head, "\r\nContent-Type:");
    snprintf(reply->status, sizeof(reply->status), "%.*s", (int)strcspn(head + 9, "\r"), head + 9);
    if (type != NULL)
        snprintf(reply->type, sizeof(reply->type), "%.*s", (int)strcspn(type, "\r"), type);
    reply->keep_alive = value_of(head, "\r\nConnection: close") == NULL;
    if (length != NULL && strcasestr(length, "\r\nContent-Length:") && !is("proxy-first-length"))
        return REPLY_BAD;
    if (value_of(head, "\r\nTransfer-Encoding:") != NULL)
        return take_chunks(reply, in, len, head_len);
    if (length != NULL)
        return take_length(reply, in, len, head_len, length, ended);
    if (head[9] == '1')
        return take_rest(reply, in, head_len, head_len);
    return ended ? take_rest(reply, in, len, head_len) : REPLY_MORE;
}

enum reply_state reply_read(struct reply *reply, const char *in, size_t len, bool ended)
{
    size_t before = 0;
    memset(reply, 0, offsetof(struct reply, decoded));
    for (;;) {
        const char *end = memmem(in + before, len - before, "\r\n\r\n", 4);
        if (end == NULL)
            return REPLY_MORE;
        char head[HEAD_MOST];
        size_t head_len = (size_t)(end - in) + 4;
        snprintf(head, sizeof(head), "%.*s", (int)(head_len - before), in + before);
        if (strncmp(head, "HTTP/1.1 ", 9) != 0)
            return refuse(reply, in, len);
        if (head[9] != '1' || is("proxy-takes-interim"))
            return read_final(reply, head, in, len, head_len, ended);
        before = head_len;
    }
}
