/*
 * Looking through bytes quickly: the few classes of bytes HTTP knows, and loads that compare
 * several bytes at once. SSE2 is the baseline of x86-64 and needs no dispatch; everything else
 * takes the scalar path, which answers the same. No function here reads at or beyond limit.
 */
#ifndef HTTP_SCAN_H
#define HTTP_SCAN_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

/* Classes of a byte, bits of http_class[]. */
enum {
    HTTP_TCHAR = 1,    /* tchar, RFC 9110 section 5.6.2 */
    HTTP_REG_NAME = 2, /* reg-name without pct-encoded, RFC 3986 section 3.2.2 */
    HTTP_PATH = 4,     /* pchar without pct-encoded, and '/', RFC 3986 section 3.3 */
    HTTP_QUERY = 8,    /* the same and '?', RFC 3986 section 3.4 */
    HTTP_FIELD = 16,   /* of field values: HTAB, SP, VCHAR, obs-text, RFC 9110 section 5.5 */
    HTTP_HEX = 32,
    HTTP_DIGIT = 64,
};
extern const uint8_t http_class[256];

static inline bool scan_is(char byte, unsigned class)
{
    return http_class[(uint8_t)byte] & class;
}

static inline uint16_t load2(const char *p)
{
    uint16_t word;
    memcpy(&word, p, sizeof(word));
    return word;
}

static inline uint32_t load4(const char *p)
{
    uint32_t word;
    memcpy(&word, p, sizeof(word));
    return word;
}

static inline uint64_t load8(const char *p)
{
    uint64_t word;
    memcpy(&word, p, sizeof(word));
    return word;
}

/*
 * The first byte in [p, limit) that no field value may hold, or limit. Line ends are such bytes: so
 * one pass both finds the end of a line and checks it.
 */
static inline const char *scan_control(const char *p, const char *limit);

/*
 * Skips bytes of class from p on, and returns the first that is not. Some byte before limit must be
 * outside the class. Every class but HTTP_DIGIT and HTTP_HEX holds the letters, the digits, '-' and
 * '.'.
 */
static inline const char *scan_class(const char *p, const char *limit, unsigned class);

/*
 * Skips bytes of HTTP_PATH from p on, the common ones at least, and stops at limit.
 */
static inline const char *scan_common_path(const char *p, const char *limit);

#if defined(__SSE2__)

enum { SCAN_BLOCK_BYTES = 16 };

/* Bit i: byte i is below SP and not HTAB, or DEL. */
static inline unsigned scan_control_mask(const char *p)
{
    __m128i bytes = _mm_loadu_si128((const __m128i *)p);
    __m128i low = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1f)), bytes);
    __m128i tab = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\t'));
    __m128i del = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(0x7f));
    return (unsigned)_mm_movemask_epi8(_mm_or_si128(_mm_andnot_si128(tab, low), del));
}

/* Byte i is 0xff if bytes[i] is in first .. last: the range is moved to the bottom of the signed
 * numbers. */
static inline __m128i scan_in_range(__m128i bytes, char first, char last)
{
    __m128i moved = _mm_add_epi8(bytes, _mm_set1_epi8((char)(0x80 - first)));
    return _mm_cmplt_epi8(moved, _mm_set1_epi8((char)(0x80 + last - first + 1)));
}

/* How many bytes from p on are letters, digits, '-', '.' or, with slash, '/': 0 ..
 * SCAN_BLOCK_BYTES. */
static inline unsigned scan_common_span(const char *p, bool slash)
{
    __m128i bytes = _mm_loadu_si128((const __m128i *)p);
    __m128i letter = scan_in_range(_mm_or_si128(bytes, _mm_set1_epi8(0x20)), 'a', 'z');
    __m128i digit = scan_in_range(bytes, '-', '9'); /* and - . / */
    if (!slash)
        digit = _mm_andnot_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('/')), digit);
    __m128i common = _mm_or_si128(letter, digit);
    return (unsigned)__builtin_ctz(~(unsigned)_mm_movemask_epi8(common));
}

static inline const char *scan_control(const char *p, const char *limit)
{
    if (limit - p < SCAN_BLOCK_BYTES) {
        while (p < limit && scan_is(*p, HTTP_FIELD))
            p++;
        return p;
    }
    const char *last = limit - SCAN_BLOCK_BYTES;
    for (; p < last; p += SCAN_BLOCK_BYTES) {
        unsigned mask = scan_control_mask(p);
        if (mask)
            return p + __builtin_ctz(mask);
    }
    unsigned mask = scan_control_mask(last); /* what it sees again has no bit set */
    return mask ? last + __builtin_ctz(mask) : limit;
}

static inline const char *scan_class(const char *p, const char *limit, unsigned class)
{
    while (limit - p >= SCAN_BLOCK_BYTES) {
        unsigned span = scan_common_span(p, class & (HTTP_PATH | HTTP_QUERY));
        p += span;
        if (span == SCAN_BLOCK_BYTES)
            continue;
        if (!scan_is(*p, class))
            return p;
        p++;
    }
    while (scan_is(*p, class))
        p++;
    return p;
}

static inline const char *scan_common_path(const char *p, const char *limit)
{
    unsigned span = SCAN_BLOCK_BYTES;
    for (; limit - p >= SCAN_BLOCK_BYTES && span == SCAN_BLOCK_BYTES; p += span)
        span = scan_common_span(p, true);
    return p;
}

#else

static inline const char *scan_control(const char *p, const char *limit)
{
    while (p < limit && scan_is(*p, HTTP_FIELD))
        p++;
    return p;
}

static inline const char *scan_class(const char *p, const char *limit, unsigned class)
{
    (void)limit;
    while (scan_is(*p, class))
        p++;
    return p;
}

static inline const char *scan_common_path(const char *p, const char *limit)
{
    while (p < limit && scan_is(*p, HTTP_PATH))
        p++;
    return p;
}

#endif

#endif
