/*
 * Encoding goes bins, payload, deflate, base64, and decoding the same way back, each step with the
 * bounds of its own. The normalizing offset and the conversion ratio are written as an integer
 * histogram has them and are not looked at when read: they say how a reader shifts and scales,
 * while the counts of the payload stand in the order of their values whatever they are, and some
 * libraries fill them with other words.
 */
#include "data/histogram_v2.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <zlib.h>

#include "data/strings.h"

enum {
    COOKIE = 0x1c849303,
    COMPRESSED_COOKIE = 0x1c849304,
    COOKIE_LEB128 = 0x10, /* the nibble that V1 used for the size of its words */
    COOKIE_NIBBLE = 0xf0,
    OUTER_BYTES = 8,
    HEADING_BYTES = 40,
    COUNT_BYTES_MOST = 9,
    ZEROS_BYTES_MOST = 3, /* a run is shorter than HISTOGRAM_V2_INDEXES: 17 bits with its sign */
    PLAIN_BYTES_MOST = HEADING_BYTES + HISTOGRAM_V2_INDEXES * COUNT_BYTES_MOST,
    DIGITS = 3,
    RANGE_BITS = 42, /* 2^42 ns are 73 minutes */
};

struct reader {
    const unsigned char *at, *end;
};

/* ---- numbers ---- */

static unsigned char *put_big_endian(unsigned char *at, uint64_t value, unsigned bytes)
{
    for (unsigned i = bytes; i-- > 0; value >>= 8)
        at[i] = (unsigned char)value;
    return at + bytes;
}

/* As many bytes must be left. */
static uint64_t take_big_endian(struct reader *reader, unsigned bytes)
{
    uint64_t value = 0;

    for (unsigned i = 0; i < bytes; i++)
        value = value << 8 | *reader->at++;
    return value;
}

static unsigned char *put_zigzag(unsigned char *at, int64_t number)
{
    uint64_t value = (uint64_t)number << 1 ^ (number < 0 ? UINT64_MAX : 0);

    for (unsigned i = 1; i < COUNT_BYTES_MOST && value > 0x7f; i++, value >>= 7)
        *at++ = (unsigned char)(value | 0x80);
    *at++ = (unsigned char)value;
    return at;
}

/* false: the bytes end within it. */
static bool take_zigzag(struct reader *reader, int64_t *number)
{
    uint64_t value = 0;
    bool goes_on = true;

    for (unsigned i = 0; i < COUNT_BYTES_MOST && goes_on; i++) {
        if (reader->at == reader->end)
            return false;
        uint64_t byte = *reader->at++;
        bool is_ninth = i == COUNT_BYTES_MOST - 1;
        value |= (is_ninth ? byte : byte & 0x7f) << 7 * i;
        goes_on = byte & 0x80;
    }
    *number = (int64_t)(value >> 1 ^ (value & 1 ? UINT64_MAX : 0));
    return true;
}

/* ---- writing ---- */

uint64_t histogram_v2_highest_ns(const struct histogram *histogram)
{
    uint64_t highest = (UINT64_C(1) << RANGE_BITS) - 1, needed = histogram_max_ns(histogram);

    while (highest < needed)
        highest = 2 * highest + 1;
    return highest;
}

static void put_heading(unsigned char *at, size_t payload, uint64_t highest_ns)
{
    const double ratio = 1;
    uint64_t bits;

    memcpy(&bits, &ratio, sizeof bits);
    at = put_big_endian(at, COOKIE | COOKIE_LEB128, 4);
    at = put_big_endian(at, payload, 4);
    at = put_big_endian(at, 0, 4); /* the normalizing offset */
    at = put_big_endian(at, DIGITS, 4);
    at = put_big_endian(at, 1, 8); /* the lowest value */
    at = put_big_endian(at, highest_ns, 8);
    put_big_endian(at, bits, 8);
}

/* One zero stands for itself, as the others write it; an empty histogram has one count, a zero. */
static unsigned char *put_counts(unsigned char *at, const struct histogram *histogram)
{
    uint32_t next = 0;

    if (histogram->count == 0)
        return put_zigzag(at, 0);
    for (size_t i = 0; i < histogram->count; i++) {
        const struct histogram_bin *bin = &histogram->bins[i];
        int64_t zeros = bin->index - next;
        if (zeros > 0)
            at = put_zigzag(at, zeros == 1 ? 0 : -zeros);
        at = put_zigzag(at, (int64_t)bin->count);
        next = bin->index + 1;
    }
    return at;
}

static char *base64_of(const unsigned char *bytes, size_t len)
{
    char *text = xcalloc((len + 2) / 3 * 4 + 1, 1);

    EVP_EncodeBlock((unsigned char *)text, bytes, (int)len);
    return text;
}

static char *deflated_text(const unsigned char *plain, size_t plain_len)
{
    uLongf len = compressBound(plain_len);
    unsigned char *bytes = xcalloc(OUTER_BYTES + len, 1);
    int status = compress2(bytes + OUTER_BYTES, &len, plain, plain_len, Z_BEST_COMPRESSION);

    assert(status == Z_OK); /* there is room; else there is no memory */
    put_big_endian(bytes, COMPRESSED_COOKIE | COOKIE_LEB128, 4);
    put_big_endian(bytes + 4, len, 4);
    char *text = base64_of(bytes, OUTER_BYTES + len);
    free(bytes);
    return text;
}

char *histogram_v2_encode(const struct histogram *histogram)
{
    size_t count = histogram->count;

    assert(count == 0 || histogram->bins[count - 1].index < HISTOGRAM_V2_INDEXES);
    assert(histogram->total <= INT64_MAX);
    unsigned char *plain =
        xcalloc(HEADING_BYTES + (count + 1) * (ZEROS_BYTES_MOST + COUNT_BYTES_MOST), 1);
    size_t len = (size_t)(put_counts(plain + HEADING_BYTES, histogram) - plain);
    put_heading(plain, len - HEADING_BYTES, histogram_v2_highest_ns(histogram));
    char *text = deflated_text(plain, len);
    free(plain);
    return text;
}

/* ---- reading ---- */

/* OpenSSL takes more than RFC 4648 has (blanks around it, padding anywhere); what it gave is
 * therefore encoded again and must come out the same. */
static int take_base64(unsigned char **bytes, size_t *size, const char *text, size_t len,
                       char **error)
{
    if (len == 0)
        return text_error(error, "it is empty");
    if (len > HISTOGRAM_V2_TEXT_MOST)
        return text_error(error, "it is longer than any of 3 digits");
    *bytes = xcalloc(len / 4 * 3 + 3, 1);
    int decoded = EVP_DecodeBlock(*bytes, (const unsigned char *)text, (int)len);
    if (decoded < 0 || (size_t)decoded != len / 4 * 3 || len % 4 != 0)
        return text_error(error, "it is no base64");
    *size = (size_t)decoded - (text[len - 1] == '=') - (text[len - 2] == '=');

    char *again = base64_of(*bytes, *size);
    bool is_same = strlen(again) == len && memcmp(again, text, len) == 0;
    free(again);
    return is_same ? 0 : text_error(error, "it is no base64");
}

static int take_outer(struct reader *reader, char **error)
{
    size_t size = (size_t)(reader->end - reader->at);

    if (size < OUTER_BYTES)
        return text_error(error, "it is cut off");
    uint32_t cookie = (uint32_t)take_big_endian(reader, 4);
    if ((cookie & ~(uint32_t)COOKIE_NIBBLE) != COMPRESSED_COOKIE)
        return text_error(error, "it begins with 0x%08x: it is no V2 compressed histogram", cookie);
    uint64_t length = take_big_endian(reader, 4);
    if (length != size - OUTER_BYTES)
        return text_error(error, "it holds %zu bytes where it announces %llu", size - OUTER_BYTES,
                          (unsigned long long)length);
    return 0;
}

/* plain has room for the longest there can be, and zlib writes no further. */
static int take_deflated(unsigned char *plain, size_t *size, const struct reader *reader,
                         char **error)
{
    uLong len = (uLong)(reader->end - reader->at), taken = len;
    uLongf room = PLAIN_BYTES_MOST;
    int status = uncompress2(plain, &room, reader->at, &taken);

    if (status == Z_BUF_ERROR) /* of what is cut off it says Z_DATA_ERROR */
        return text_error(error, "it inflates to more than any of 3 digits");
    if (status != Z_OK)
        return text_error(error, "it cannot be inflated: %s", zError(status));
    if (taken != len)
        return text_error(error, "%lu bytes follow what can be inflated", len - taken);
    *size = room;
    return 0;
}

/* limit: where the indexes of the announced range end. */
static int take_heading(struct reader *reader, uint32_t *limit, char **error)
{
    size_t size = (size_t)(reader->end - reader->at);

    if (size < HEADING_BYTES)
        return text_error(error, "its heading is cut off");
    uint32_t cookie = (uint32_t)take_big_endian(reader, 4);
    uint64_t payload = take_big_endian(reader, 4);
    take_big_endian(reader, 4); /* the normalizing offset */
    uint64_t digits = take_big_endian(reader, 4);
    uint64_t lowest = take_big_endian(reader, 8), highest = take_big_endian(reader, 8);
    take_big_endian(reader, 8); /* the conversion ratio */
    if ((cookie & ~(uint32_t)COOKIE_NIBBLE) != COOKIE)
        return text_error(error, "its payload begins with 0x%08x: it is no V2 histogram", cookie);
    if (payload != size - HEADING_BYTES)
        return text_error(error, "its payload has %zu bytes where it announces %llu",
                          size - HEADING_BYTES, (unsigned long long)payload);
    if (digits != DIGITS)
        return text_error(error, "it has %llu significant digits, not 3",
                          (unsigned long long)digits);
    if (lowest != 1)
        return text_error(error, "its lowest value is %llu, not 1", (unsigned long long)lowest);
    if (highest < 2 || highest > INT64_MAX)
        return text_error(error, "its highest value is %llu", (unsigned long long)highest);
    uint32_t last = histogram_index(highest) | 1023; /* of its bucket */
    *limit = last < 2048 ? 2048 : last + 1;
    return 0;
}

/* One count or one run of zeros from *index on. */
static int take_count(struct histogram *histogram, uint32_t *index, uint32_t limit, int64_t count,
                      char **error)
{
    uint64_t bins = count < 0 ? 0 - (uint64_t)count : 1;

    if (bins > limit - *index)
        return text_error(error, "its counts go on beyond its highest value");
    if (count > 0 && (uint64_t)count > INT64_MAX - histogram->total)
        return text_error(error, "its counts add up to more than 2^63 - 1");
    if (count > 0)
        histogram_add_bin(histogram, *index, (uint64_t)count);
    *index += (uint32_t)bins;
    return 0;
}

static int take_counts(struct histogram *histogram, struct reader *reader, uint32_t limit,
                       char **error)
{
    uint32_t index = 0;
    int64_t count;

    while (reader->at < reader->end) {
        if (!take_zigzag(reader, &count))
            return text_error(error, "its last count is cut off");
        if (take_count(histogram, &index, limit, count, error))
            return -1;
    }
    return 0;
}

static int take_bytes(struct histogram *histogram, const unsigned char *bytes, size_t size,
                      char **error)
{
    struct reader outer = {bytes, bytes + size};
    uint32_t limit = 0;
    size_t len = 0;

    if (take_outer(&outer, error))
        return -1;
    unsigned char *plain = xcalloc(PLAIN_BYTES_MOST, 1);
    int status = take_deflated(plain, &len, &outer, error);
    if (status == 0) {
        struct reader inner = {plain, plain + len};
        status = take_heading(&inner, &limit, error);
        if (status == 0)
            status = take_counts(histogram, &inner, limit, error);
    }
    free(plain);
    return status;
}

int histogram_v2_decode(struct histogram *histogram, const char *text, size_t len, char **error)
{
    unsigned char *bytes = NULL;
    size_t size = 0;

    histogram_init(histogram);
    int status = take_base64(&bytes, &size, text, len, error);
    if (status == 0)
        status = take_bytes(histogram, bytes, size, error);
    free(bytes);
    if (status)
        histogram_release(histogram);
    return status;
}
