/* The classes of bytes that HTTP and URIs know, as one table of bits. */
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
