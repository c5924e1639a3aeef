/*
 * Histograms as text that HdrHistogram's libraries read and write (Java, C, C#, Go, Rust, Python,
 * JavaScript): its V2 compressed form, in base64. Results keep theirs so, and .hlog files are lines
 * of it.
 *
 *   base64 of    cookie 0x1c849314, length (4 bytes each), then zlib's deflate (RFC 1950) of
 *   a heading    cookie 0x1c849313, payload's length, normalizing offset, digits (4 bytes each),
 *                lowest and highest value, conversion ratio (8 bytes each; the last a double)
 *   and payload  counts by index from 0 to the last that is not 0, each ZigZag LEB128 of at most 9
 *                bytes (the ninth has all its 8 bits); a count below 0 is so many zeros
 *
 * Numbers of fixed length are big-endian. Source: HdrHistogram's Java library, version 2.1.12
 * (AbstractHistogram: encodeIntoByteBuffer, fillBufferFromCountsArray; ZigZagEncoding).
 */
#ifndef DATA_HISTOGRAM_V2_H
#define DATA_HISTOGRAM_V2_H

#include <stddef.h>

#include "data/histogram.h"

enum {
    HISTOGRAM_V2_INDEXES = 54 * 1024, /* values are signed there: an index is below this, a value
                                         below 2^63 */
    HISTOGRAM_V2_TEXT_MOST = 1 << 20, /* no text of 3 digits is longer, however badly deflated */
};

/* The text, owned by the caller. The total and every value must be below 2^63: an assert. */
char *histogram_v2_encode(const struct histogram *histogram);

/* 0, or -1 with a clause in *error, owned by the caller, to be put after what it is about: "it is
 * no base64". Initialised here, and empty after an error. Refused is also what this suite's layout
 * does not hold: other digits, another unit. What it takes for memory does not depend on what the
 * text says of its lengths. */
int histogram_v2_decode(struct histogram *histogram, const char *text, size_t len, char **error);

/* The highest value that the encoded form announces: readers size
 * their arrays by it. An hour and more, the same for nearly all, so
 * that they can add one to another; further only if one needs it. */
uint64_t histogram_v2_highest_ns(const struct histogram *histogram);

#endif
