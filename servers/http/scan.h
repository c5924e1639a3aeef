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
    HTTP_FIELD =
        16, /* what a field value may hold: HTAB, SP, VCHAR, obs-text, RFC 9110 section 5.5 */
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

/* Bit i: byte i is not a letter, digit, '-' or '.'. */
static inline unsigned scan_uncommon_mask(const char *p)
{
    __m128i bytes = _mm_loadu_si128((const __m128i *)p);
    __m128i folded = _mm_or_si128(bytes, _mm_set1_epi8(0x20));
    __m128i from_a = _mm_sub_epi8(folded, _mm_set1_epi8('a'));
    __m128i letter = _mm_cmpeq_epi8(_mm_min_epu8(from_a, _mm_set1_epi8('z' - 'a')), from_a);
    __m128i from_dash = _mm_sub_epi8(bytes, _mm_set1_epi8('-')); /* - . / 0 ... 9 */
    __m128i digit = _mm_cmpeq_epi8(_mm_min_epu8(from_dash, _mm_set1_epi8('9' - '-')), from_dash);
    __m128i slash = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('/'));
    __m128i common = _mm_or_si128(letter, _mm_andnot_si128(slash, digit));
    return (unsigned)_mm_movemask_epi8(common) ^ 0xffff;
}

static inline const char *scan_control(const char *p, const char *limit)
{
    for (; limit - p >= SCAN_BLOCK_BYTES; p += SCAN_BLOCK_BYTES) {
        unsigned mask = scan_control_mask(p);
        if (mask)
            return p + __builtin_ctz(mask);
    }
    while (p < limit && scan_is(*p, HTTP_FIELD))
        p++;
    return p;
}

static inline const char *scan_class(const char *p, const char *limit, unsigned class)
{
    for (;;) {
        while (limit - p >= SCAN_BLOCK_BYTES) {
            unsigned mask = scan_uncommon_mask(p);
            p += mask ? __builtin_ctz(mask) : SCAN_BLOCK_BYTES;
            if (mask)
                break;
        }
        if (!scan_is(*p, class))
            return p;
        p++;
    }
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

#endif

#endif
