/*
 * The chunked transfer coding of request bodies (RFC 9112 section 7.1), strictly: CRLF only,
 * extensions checked and ignored, trailers checked and ignored. A push decoder that keeps nothing
 * but a few numbers: the caller hands it any split of the bytes and gets slices of them back.
 */
#ifndef HTTP_CHUNKED_H
#define HTTP_CHUNKED_H

#include <stdint.h>

#include "http/slice.h"

/* A server ought to bound the extensions of a body in all (RFC 9112 section 7.1.1): each chunk may
 * have one, and none counts as body. */
enum { HTTP_EXTENSIONS_LIMIT_BYTES = 64 * 1024 };

struct http_chunked {
    uint64_t remaining_bytes; /* of the chunk being read */
    uint32_t line_bytes; /* of the size line or trailer section, at most HTTP_HEAD_LIMIT_BYTES */
    uint32_t extension_bytes; /* of all chunks so far, at most HTTP_EXTENSIONS_LIMIT_BYTES */
    uint8_t state;
    uint8_t digits;
};

enum http_chunked_event {
    HTTP_CHUNKED_MORE, /* all of in was taken; more is needed */
    HTTP_CHUNKED_DATA, /* *data is decoded body, a slice of in */
    HTTP_CHUNKED_DONE, /* body, trailers and last CRLF were read; the rest of in is not its own */
};

void http_chunked_init(struct http_chunked *chunked);

/*
 * Reads from in; *taken is how much of it was consumed. Returns an http_chunked_event (>= 0), or
 * -400 for malformed framing, -431 for a size line or trailer section over the head limit, or for
 * extensions over theirs. Size overflow is -400; the body limit is the caller's to watch by the
 * slices it is given and by remaining_bytes.
 */
int http_chunked_decode(struct http_chunked *chunked, struct slice in, size_t *taken,
                        struct slice *data);

#endif
