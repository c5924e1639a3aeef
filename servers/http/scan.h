/*
 * Looking through bytes quickly: the few classes of bytes HTTP knows, and loads that compare
 * several bytes at once. SSE2 is the baseline of x86-64 and needs no dispatch; everything else
 * takes the scalar path, which answers the same.
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

/* Two bytes before limit must be there. */
static inline bool is_line_end(const char *p, const char *limit)
{
    return p <= limit - 2 && load2(p) == load2("\r\n");
}

enum {
    SCAN_BLOCK_BYTES = 16,
    /* Where as many bytes are readable, so is what ends a block: the colon behind a name that fills
     * it, and a line end behind that. */
    SCAN_ROOM_BYTES = 19,
};

/*
 * The first byte in [p, limit) that is not of class, or limit. SCAN_BLOCK_BYTES before limit must
 * be readable, though not all of them lie behind p: so no end of the input is read byte by byte.
 */
const char *scan_class(const char *p, const char *limit, unsigned class);

/* The same for the first byte that no field value may hold. Line ends are such bytes. */
const char *scan_control(const char *p, const char *limit);

/*
 * What is on the plain path: each skips bytes of a class in the readable block at p, but perhaps
 * only the common ones; what it stops at is to be looked at. It returns the end of the block if it
 * finds no other byte.
 */
static inline const char *scan_path_block(const char *p);
static inline const char *scan_name_block(const char *p);

/* From offset on. */
static inline const char *scan_host_block(const char *p, unsigned offset);

/* The same for values, over all blocks that start at or before last. */
static inline const char *scan_value_blocks(const char *p, const char *last);

#if defined(__SSE2__)

static inline __m128i scan_load(const char *p)
{
    return _mm_loadu_si128((const __m128i *)p);
}

/* Byte i is 0xff if bytes[i] is in first .. last: the range is moved to the top of the signed
 * numbers, so that one comparison will do. */
static inline __m128i scan_in_range(__m128i bytes, char first, char last)
{
    __m128i moved = _mm_add_epi8(bytes, _mm_set1_epi8((char)(0x7f - last)));
    return _mm_cmpgt_epi8(moved, _mm_set1_epi8((char)(0x7e - last + first)));
}

static inline __m128i scan_equal(__m128i bytes, char byte)
{
    return _mm_cmpeq_epi8(bytes, _mm_set1_epi8(byte));
}

static inline __m128i scan_letters(__m128i bytes)
{
    return scan_in_range(_mm_or_si128(bytes, _mm_set1_epi8(0x20)), 'a', 'z');
}

/* Letters, digits, '-', '.'. */
static inline __m128i scan_host_bytes(__m128i bytes)
{
    __m128i others = _mm_andnot_si128(scan_equal(bytes, '/'), scan_in_range(bytes, '-', '9'));
    return _mm_or_si128(scan_letters(bytes), others);
}

/* Bit i: byte i was found. */
static inline unsigned scan_mask(__m128i found)
{
    return (unsigned)_mm_movemask_epi8(found);
}

/* How many bits from the lowest one on are set in a mask. */
static inline size_t scan_span(unsigned mask)
{
    return (unsigned)__builtin_ctz(~mask);
}

/* Letters, digits, '-', '.', '/'. */
static inline const char *scan_path_block(const char *p)
{
    __m128i bytes = scan_load(p);
    __m128i found = _mm_or_si128(scan_letters(bytes), scan_in_range(bytes, '-', '9'));
    return p + scan_span(scan_mask(found));
}

/* Letters, '-'. */
static inline const char *scan_name_block(const char *p)
{
    __m128i bytes = scan_load(p);
    __m128i found = _mm_or_si128(scan_letters(bytes), scan_equal(bytes, '-'));
    return p + scan_span(scan_mask(found));
}

static inline const char *scan_host_block(const char *p, unsigned offset)
{
    return p + offset + scan_span(scan_mask(scan_host_bytes(scan_load(p))) >> offset);
}

/* SP .. '~': what else values may hold is rare. */
static inline const char *scan_value_blocks(const char *p, const char *last)
{
    for (; p <= last; p += SCAN_BLOCK_BYTES) {
        unsigned mask = scan_mask(scan_in_range(scan_load(p), ' ', '~'));
        if (mask != 0xffff)
            return p + scan_span(mask);
    }
    return p;
}

#else

static inline const char *scan_block(const char *p, const char *end, unsigned class)
{
    while (p < end && scan_is(*p, class))
        p++;
    return p;
}

static inline const char *scan_path_block(const char *p)
{
    return scan_block(p, p + SCAN_BLOCK_BYTES, HTTP_PATH);
}

static inline const char *scan_name_block(const char *p)
{
    return scan_block(p, p + SCAN_BLOCK_BYTES, HTTP_TCHAR);
}

static inline const char *scan_host_block(const char *p, unsigned offset)
{
    return scan_block(p + offset, p + SCAN_BLOCK_BYTES, HTTP_REG_NAME);
}

static inline const char *scan_value_blocks(const char *p, const char *last)
{
    return p <= last ? scan_block(p, last + SCAN_BLOCK_BYTES, HTTP_FIELD) : p;
}

#endif

#endif
