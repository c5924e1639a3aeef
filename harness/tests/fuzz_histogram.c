/*
 * Any bytes as a histogram in HdrHistogram's V2 form. What is read must be in order and add up, and
 * written again it must be read as the same; what is not read must come with a sentence and leave
 * nothing behind. The first byte of the input says at which layer the rest stands, because hardly
 * any random bytes get through base64, two lengths and a checksum: the text, what base64 holds,
 * what is deflated in it, or its counts below a right heading.
 */
#include <assert.h>
#include <openssl/evp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "data/histogram_v2.h"
#include "data/strings.h"

enum { HEADING = 40, OUTER = 8 };

static void put_u32(unsigned char *at, size_t value)
{
    for (unsigned i = 0; i < 4; i++)
        at[i] = (unsigned char)(value >> 8 * (3 - i));
}

static char *text_of(const unsigned char *bytes, size_t len)
{
    char *text = xcalloc((len + 2) / 3 * 4 + 1, 1);

    EVP_EncodeBlock((unsigned char *)text, bytes, (int)len);
    return text;
}

static char *text_of_plain(const unsigned char *plain, size_t len)
{
    uLongf deflated = compressBound(len);
    unsigned char *bytes = xcalloc(OUTER + deflated, 1);

    assert(compress2(bytes + OUTER, &deflated, plain, len, Z_BEST_SPEED) == Z_OK);
    put_u32(bytes, 0x1c849314);
    put_u32(bytes + 4, deflated);
    char *text = text_of(bytes, OUTER + deflated);
    free(bytes);
    return text;
}

static char *text_of_counts(const unsigned char *counts, size_t len)
{
    unsigned char *plain = xcalloc(HEADING + len, 1);

    memcpy(plain,
           "\x1c\x84\x93\x13\0\0\0\0\0\0\0\0\0\0\0\3\0\0\0\0\0\0\0\1"
           "\x7f\xff\xff\xff\xff\xff\xff\xff\x3f\xf0\0\0\0\0\0\0",
           HEADING);
    put_u32(plain + 4, len);
    memcpy(plain + HEADING, counts, len);
    char *text = text_of_plain(plain, HEADING + len);
    free(plain);
    return text;
}

static char *text_at_layer(unsigned layer, const unsigned char *bytes, size_t len)
{
    if (layer == 0)
        return text_of(bytes, len);
    return layer == 1 ? text_of_plain(bytes, len) : text_of_counts(bytes, len);
}

static void expect_whole(const struct histogram *histogram)
{
    uint64_t total = 0;

    for (size_t i = 0; i < histogram->count; i++) {
        const struct histogram_bin *bin = &histogram->bins[i];
        assert(bin->index < HISTOGRAM_V2_INDEXES && bin->count > 0);
        assert(i == 0 || histogram->bins[i - 1].index < bin->index);
        total += bin->count;
    }
    assert(total == histogram->total && total <= INT64_MAX);
    assert(histogram_max_ns(histogram) <= histogram_v2_highest_ns(histogram));
}

static void expect_same(const struct histogram *one, const struct histogram *other)
{
    assert(one->count == other->count && one->total == other->total);
    for (size_t i = 0; i < one->count; i++) {
        assert(one->bins[i].index == other->bins[i].index);
        assert(one->bins[i].count == other->bins[i].count);
    }
}

static void look_at(const char *text, size_t len)
{
    struct histogram histogram, again;
    char *error = NULL;

    if (histogram_v2_decode(&histogram, text, len, &error)) {
        assert(error && *error && !histogram.bins && histogram.total == 0);
        free(error);
        return;
    }
    assert(!error);
    expect_whole(&histogram);
    char *written = histogram_v2_encode(&histogram);
    assert(histogram_v2_decode(&again, written, strlen(written), &error) == 0);
    expect_same(&again, &histogram);
    histogram_release(&histogram);
    histogram_release(&again);
    free(written);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    if (len == 0)
        return 0;

    unsigned layer = bytes[0] % 4;
    if (layer == 3) {
        look_at((const char *)bytes + 1, len - 1);
    } else {
        char *text = text_at_layer(layer, bytes + 1, len - 1);
        look_at(text, strlen(text));
        free(text);
    }
    return 0;
}
