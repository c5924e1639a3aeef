/* What is no histogram in HdrHistogram's V2 form, or one that this suite's layout does not hold. */
#include <openssl/evp.h>
#include <zlib.h>

#include "histogram_room.h"

#include "data/histogram_v2.h"

static char *base64(const unsigned char *bytes, size_t len)
{
    char *text = xcalloc((len + 2) / 3 * 4 + 1, 1);

    EVP_EncodeBlock((unsigned char *)text, bytes, (int)len);
    return text;
}

/* Text of any plain bytes, with a right heading of the outer form. */
static char *wrapped(const unsigned char *plain, size_t len)
{
    uLongf deflated = compressBound(len);
    unsigned char *bytes = xcalloc(8 + deflated, 1);

    assert_int_equal(compress(bytes + 8, &deflated, plain, len), Z_OK);
    memcpy(bytes, "\x1c\x84\x93\x14", 4);
    for (unsigned i = 0; i < 4; i++)
        bytes[4 + i] = (unsigned char)(deflated >> 8 * (3 - i));
    char *text = base64(bytes, 8 + deflated);
    free(bytes);
    return text;
}

static void expect_refused(const char *text, size_t len, const char *clause)
{
    struct histogram histogram;
    char *error = NULL;

    assert_int_equal(histogram_v2_decode(&histogram, text, len, &error), -1);
    assert_string_equal(error, clause);
    assert_null(histogram.bins);
    assert_int_equal(histogram.count + histogram.total, 0);
    free(error);
}

static void what_is_no_base64_is_refused(void **state)
{
    (void)state;
    static const char *const table[] = {
        "A",
        "AA",
        "AAA",
        "AAAAA",
        "AA=A",
        "=AAA",
        "A===",
        "====",
        "AB==",
        "AAB=",
        " AAAA",
        "AAAA\n",
        "AAAA AAA",
        "AAA=AAAA",
        "HIST-AAA",
        "HIST_AAA",
        "\xff\xff\xff\xff",
        "AAAA====",
        "   AAAA ",
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        expect_refused(table[i], strlen(table[i]), "it is no base64");
    expect_refused("AA\0A", 4, "it is no base64");
    expect_refused("", 0, "it is empty");

    char *text = xcalloc(HISTOGRAM_V2_TEXT_MOST + 5, 1);
    memset(text, 'A', HISTOGRAM_V2_TEXT_MOST + 4);
    expect_refused(text, HISTOGRAM_V2_TEXT_MOST + 4, "it is longer than any of 3 digits");
    free(text);
}

static void what_is_around_the_deflated_bytes_is_looked_at(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t len;
        const char *clause;
    } table[] = {
        {"\x1c\x84\x93", 3, "it is cut off"},
        {"\x1c\x84\x93\x14\0\0\0", 7, "it is cut off"},
        {"\x1c\x84\x93\x13\0\0\0\0", 8,
         "it begins with 0x1c849313: it is no V2 compressed histogram"},
        {"\x1c\x84\x93\x02\0\0\0\0", 8,
         "it begins with 0x1c849302: it is no V2 compressed histogram"},
        {"\x1c\x84\x93\x14\0\0\0\1", 8, "it holds 0 bytes where it announces 1"},
        {"\x1c\x84\x93\x14\xff\xff\xff\xff\x78", 9,
         "it holds 1 bytes where it announces 4294967295"},
        {"\x1c\x84\x93\x14\0\0\0\0", 8, "it cannot be inflated: data error"},
        {"\x1c\x84\x93\x14\0\0\0\4wxyz", 12, "it cannot be inflated: data error"},
        {"\x1c\x84\x93\x14\0\0\0\x09\x78\x9c\x03\0\0\0\0\1?", 17,
         "1 bytes follow what can be inflated"},
        {"\x1c\x84\x93\x14\0\0\0\x08\x78\x9c\x03\0\0\0\0\1", 16, "its heading is cut off"},
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char *text = base64((const unsigned char *)table[i].bytes, table[i].len);
        expect_refused(text, strlen(text), table[i].clause);
        free(text);
    }
}

/* A right one of the values 0, 1 and 1, and what is changed in it. */
static const unsigned char right[42] = "\x1c\x84\x93\x13\0\0\0\2\0\0\0\0\0\0\0\3\0\0\0\0\0\0\0\1"
                                       "\0\0\0\0\0\0\x0f\xff\x3f\xf0\0\0\0\0\0\0\2\4";

static void what_is_not_our_layout_is_refused(void **state)
{
    (void)state;
    static const struct {
        size_t at, len;
        const char *bytes, *clause;
    } table[] = {
        {0, 4, "\x1c\x84\x93\x08", "its payload begins with 0x1c849308: it is no V2 histogram"},
        {0, 4, "\x1c\x84\x93\x14", "its payload begins with 0x1c849314: it is no V2 histogram"},
        {4, 4, "\0\0\0\1", "its payload has 2 bytes where it announces 1"},
        {4, 4, "\xff\xff\xff\xff", "its payload has 2 bytes where it announces 4294967295"},
        {12, 4, "\0\0\0\2", "it has 2 significant digits, not 3"},
        {12, 4, "\xff\xff\xff\xff", "it has 4294967295 significant digits, not 3"},
        {16, 8, "\0\0\0\0\0\0\3\xe8", "its lowest value is 1000, not 1"},
        {16, 8, "\0\0\0\0\0\0\0\0", "its lowest value is 0, not 1"},
        {24, 8, "\0\0\0\0\0\0\0\1", "its highest value is 1"},
        {24, 8, "\x80\0\0\0\0\0\0\0", "its highest value is 9223372036854775808"},
        {40, 2, "\2\x80", "its last count is cut off"},
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        unsigned char plain[sizeof right];
        memcpy(plain, right, sizeof right);
        memcpy(plain + table[i].at, table[i].bytes, table[i].len);
        char *text = wrapped(plain, sizeof plain);
        expect_refused(text, strlen(text), table[i].clause);
        free(text);
    }
}

/* A heading for counts of so many bytes, and these counts; the caller frees. */
static char *with_counts(const char *counts, size_t len, uint64_t highest)
{
    unsigned char *plain = xcalloc(40 + len, 1);

    memcpy(plain, right, 40);
    for (unsigned i = 0; i < 4; i++)
        plain[4 + i] = (unsigned char)(len >> 8 * (3 - i));
    for (unsigned i = 0; i < 8; i++)
        plain[24 + i] = (unsigned char)(highest >> 8 * (7 - i));
    memcpy(plain + 40, counts, len);
    char *text = wrapped(plain, 40 + len);
    free(plain);
    return text;
}

static void counts_stay_within_what_is_announced(void **state)
{
    (void)state;
    static const char *const beyond = "its counts go on beyond its highest value";
    static const char *const too_many = "its counts add up to more than 2^63 - 1";
    static const struct {
        const char *counts;
        size_t len;
        uint64_t highest;
        const char *clause; /* NULL: it is read */
    } table[] = {
        {"\xfd\x1f\2", 3, 2, NULL}, /* 2,047 zeros and a count, all that one bucket has */
        {"\xff\x1f\2", 3, 2, beyond},
        {"\xff\x1f\2", 3, 2048, NULL}, /* 2,048 of them: a second one begins */
        {"\xfd\x2f\2", 3, 4095, NULL},
        {"\xff\x2f\2", 3, 4095, beyond},
        {"\xfd\xdf\x06\2", 4, INT64_MAX, NULL},
        {"\xff\xdf\x06\2", 4, INT64_MAX, beyond},
        {"\xff\xff\xff\xff\x1f", 5, INT64_MAX, beyond},
        {"\xff\xff\xff\xff\xff\xff\xff\xff\xff", 9, INT64_MAX, beyond}, /* -2^63 */
        {"\xff\xff\xff\xff\x1f\xff\xff\xff\xff\x1f", 10, INT64_MAX, beyond},
        {"\xfe\xff\xff\xff\xff\xff\xff\xff\xff", 9, 4095, NULL},
        {"\xfe\xff\xff\xff\xff\xff\xff\xff\xff\2", 10, 4095, too_many},
        {"\2\xfe\xff\xff\xff\xff\xff\xff\xff\xff", 10, 4095, too_many},
        {"", 0, 4095, NULL},
        {"\0\0\0", 3, 4095, NULL},
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char *text = with_counts(table[i].counts, table[i].len, table[i].highest), *error = NULL;
        struct histogram histogram;
        if (table[i].clause)
            expect_refused(text, strlen(text), table[i].clause);
        else if (histogram_v2_decode(&histogram, text, strlen(text), &error))
            fail_msg("%zu: %s", i, error);
        else
            histogram_release(&histogram);
        free(text);
    }
}

/* What other libraries write there has no meaning for counts. */
static void the_offset_and_the_ratio_change_nothing(void **state)
{
    (void)state;
    unsigned char plain[sizeof right];
    struct histogram histogram;
    char *error = NULL;

    memcpy(plain, right, sizeof right);
    memset(plain + 8, 0x55, 4);
    memset(plain + 32, 0x55, 8);
    char *text = wrapped(plain, sizeof plain);
    assert_int_equal(histogram_v2_decode(&histogram, text, strlen(text), &error), 0);
    assert_int_equal(histogram.count, 2);
    assert_int_equal(histogram.total, 3);
    assert_int_equal(histogram.bins[1].count, 2);
    free(text);
    histogram_release(&histogram);
}

static void what_inflates_without_end_is_refused(void **state)
{
    (void)state;
    size_t len = 64 << 20;
    unsigned char *plain = xcalloc(len, 1);
    char *text = wrapped(plain, len);

    free(plain);
    assert_true(strlen(text) < HISTOGRAM_V2_TEXT_MOST);
    expect_refused(text, strlen(text), "it inflates to more than any of 3 digits");
    free(text);
}

/* Or it changes nothing: bits that fill the last deflated byte have no meaning. */
static void a_damaged_or_missing_byte_is_seen(void **state)
{
    (void)state;
    struct histogram histogram, read;

    shapes[0].fill(&histogram);
    char *text = histogram_v2_encode(&histogram);
    size_t len = strlen(text), unseen = 0;
    for (size_t at = 0; at < len; at++) {
        char kept = text[at], *damaged = NULL, *cut = NULL;
        text[at] = kept == 'A' ? 'B' : 'A';
        if (histogram_v2_decode(&read, text, len, &damaged) == 0) {
            assert_true(is_same(&read, &histogram));
            unseen++;
        }
        histogram_release(&read);
        text[at] = kept;
        assert_int_equal(histogram_v2_decode(&read, text, at, &cut), -1);
        free(damaged);
        free(cut);
    }
    assert_true(unseen <= 1);
    free(text);
    histogram_release(&histogram);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_base64_is_refused),
        cmocka_unit_test(what_is_around_the_deflated_bytes_is_looked_at),
        cmocka_unit_test(what_is_not_our_layout_is_refused),
        cmocka_unit_test(counts_stay_within_what_is_announced),
        cmocka_unit_test(the_offset_and_the_ratio_change_nothing),
        cmocka_unit_test(what_inflates_without_end_is_refused),
        cmocka_unit_test(a_damaged_or_missing_byte_is_seen),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("histogram_v2_refused", tests, NULL, NULL);
}
