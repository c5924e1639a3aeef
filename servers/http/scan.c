/* The classes of bytes that HTTP and URIs know, as one table of bits, and the scans by it, which
 * are called for what is not common. */
#include "http/scan.h"

/* The combinations that occur. */
enum {
    C = 0,                 /* control */
    V = HTTP_FIELD,        /* SP, HTAB, obs-text, and delimiters like '"' */
    T = V | HTTP_TCHAR,    /* # % ^ ` | : in tokens, not in URIs as they are */
    Q = V | HTTP_QUERY,    /* ? */
    P = Q | HTTP_PATH,     /* / : @ */
    S = P | HTTP_REG_NAME, /* sub-delims that no token holds */
    U = S | HTTP_TCHAR,    /* most */
    H = U | HTTP_HEX,      /* A-F a-f */
    D = H | HTTP_DIGIT,    /* 0-9 */
};

/* clang-format off */
const uint8_t http_class[256] = {
    C, C, C, C, C, C, C, C, C, V, C, C, C, C, C, C, /* 0x00 */
    C, C, C, C, C, C, C, C, C, C, C, C, C, C, C, C, /* 0x10 */
    V, U, V, T, U, T, U, U, S, S, U, U, S, U, U, P, /* 0x20 */
    D, D, D, D, D, D, D, D, D, D, P, S, V, S, V, Q, /* 0x30 */
    P, H, H, H, H, H, H, U, U, U, U, U, U, U, U, U, /* 0x40 */
    U, U, U, U, U, U, U, U, U, U, U, V, V, V, T, U, /* 0x50 */
    T, H, H, H, H, H, H, U, U, U, U, U, U, U, U, U, /* 0x60 */
    U, U, U, U, U, U, U, U, U, U, U, V, T, V, U, C, /* 0x70 */
    V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, /* 0x80 */
    V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, /* 0x90 */
    V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, /* 0xa0 */
    V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, /* 0xb0 */
    V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, /* 0xc0 */
    V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, /* 0xd0 */
    V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, /* 0xe0 */
    V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, /* 0xf0 */
};
/* clang-format on */

#if defined(__SSE2__)

/* Below SP and not HTAB, or DEL. */
static __m128i control_bytes(__m128i bytes)
{
    __m128i low = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1f)), bytes);
    __m128i others = _mm_andnot_si128(scan_equal(bytes, '\t'), low);
    return _mm_or_si128(others, scan_equal(bytes, 0x7f));
}

/*
 * What a block at p answers. One that would reach beyond limit is the one that ends there instead:
 * what lies before p is shifted out of its answer, and what is shifted in, for bytes behind limit,
 * was not found.
 */
typedef __m128i block_class(__m128i bytes);

static inline unsigned block_mask(const char *p, const char *limit, block_class *find)
{
    if (limit - p >= SCAN_BLOCK_BYTES)
        return scan_mask(find(scan_load(p)));
    unsigned before = SCAN_BLOCK_BYTES - (unsigned)(limit - p);
    return scan_mask(find(scan_load(limit - SCAN_BLOCK_BYTES))) >> before;
}

const char *scan_control(const char *p, const char *limit)
{
    for (; p < limit; p += SCAN_BLOCK_BYTES) {
        unsigned mask = block_mask(p, limit, control_bytes);
        if (mask)
            return p + __builtin_ctz(mask);
    }
    return limit;
}

/* Every class but HTTP_DIGIT and HTTP_HEX holds what scan_host_bytes knows. */
static inline const char *skip_host_bytes(const char *p, const char *limit)
{
    return p + scan_span(block_mask(p, limit, scan_host_bytes));
}

/* The first byte after p that is not of class: where a block
 * ends, or at another byte, it goes on. */
static const char *scan_class_on(const char *p, const char *limit, unsigned class)
{
    while (p < limit && scan_is(*p, class))
        p = skip_host_bytes(p + 1, limit);
    return p;
}

const char *scan_class(const char *p, const char *limit, unsigned class)
{
    p = skip_host_bytes(p, limit);
    return p < limit && scan_is(*p, class) ? scan_class_on(p, limit, class) : p;
}

#else

const char *scan_control(const char *p, const char *limit)
{
    return scan_block(p, limit, HTTP_FIELD);
}

const char *scan_class(const char *p, const char *limit, unsigned class)
{
    return scan_block(p, limit, class);
}

#endif
