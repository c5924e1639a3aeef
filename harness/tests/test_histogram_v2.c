/*
 * HdrHistogram's V2 form: its bytes by hand, there and back, and what is none. What another
 * implementation makes of it is test_histogram_elsewhere.sh's to ask; for that this program also
 * writes and reads: `test_histogram_v2 write FOLDER`, `test_histogram_v2 read FOLDER`.
 */
#include <openssl/evp.h>
#include <zlib.h>

#include "histogram_room.h"

#include "data/histogram_v2.h"

/* ---- what is written */

struct plain {
    unsigned char *bytes;
    size_t len;
};

/* What stands inflated in text. */
static struct plain inflated(const char *text)
{
    unsigned char *bytes = xcalloc(strlen(text), 1);
    uLongf len = 1 << 20;
    struct plain plain = {xcalloc(len, 1), 0};
    int size = EVP_DecodeBlock(bytes, (const unsigned char *)text, (int)strlen(text));

    assert_true(size > 8);
    assert_memory_equal(bytes, "\x1c\x84\x93\x14", 4);
    size_t deflated = (size_t)bytes[4] << 24 | bytes[5] << 16 | bytes[6] << 8 | bytes[7];
    assert_in_range(deflated, size - 8 - 2, size - 8); /* padding is decoded, too */
    assert_int_equal(uncompress(plain.bytes, &len, bytes + 8, deflated), Z_OK);
    free(bytes);
    plain.len = len;
    return plain;
}

/* By hand: ZigZag makes 2n of a count n and 2n - 1 of a run of n zeros, LEB128 writes 7 bits a byte,
 * the lowest first. */
static void counts_are_written_byte_by_byte_as_the_format_has_them(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct pair pairs[2];
        const char *bytes;
        size_t len;
    } table[] = {
        {"an empty one is one count of nought", {{0, 0}}, "\x00", 1},
        {"value 0 once", {{0, 1}}, "\x02", 1},
        {"one zero is a count", {{1, 1}}, "\x00\x02", 2},
        {"two zeros are a run", {{2, 1}}, "\x03\x02", 2},
        {"63 is the last count of one byte", {{0, 63}}, "\x7e", 1},
        {"64 is the first of two", {{0, 64}}, "\x80\x01", 2},
        {"runs between counts", {{1000, 90}, {5000, 10}}, "\xcf\x0f\xb4\x01\xf1\x23\x14", 7},
        {"the largest count takes nine bytes, the last of 8 bits",
         {{0, INT64_MAX}},
         "\xfe\xff\xff\xff\xff\xff\xff\xff\xff",
         9},
        {"the first count of nine bytes",
         {{0, 1LL << 55}},
         "\x80\x80\x80\x80\x80\x80\x80\x80\x01",
         9},
        {"the last count of eight", {{0, (1LL << 55) - 1}}, "\xfe\xff\xff\xff\xff\xff\xff\x7f", 8},
        {"the largest value", {{INT64_MAX, 1}}, "\xfd\xdf\x06\x02", 4},
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct histogram histogram;
        fill_pairs(&histogram, table[i].pairs, 2);
        char *text = histogram_v2_encode(&histogram);
        struct plain plain = inflated(text);
        print_message("# %s\n", table[i].name);
        assert_int_equal(plain.len, 40 + table[i].len);
        assert_memory_equal(plain.bytes + 40, table[i].bytes, table[i].len);
        free(plain.bytes);
        free(text);
        histogram_release(&histogram);
    }
}

static void the_heading_says_how_to_read_it(void **state)
{
    (void)state;
    static const struct {
        uint64_t value;
        const char *highest;
    } table[] = {
        {5000, "\x00\x00\x03\xff\xff\xff\xff\xff"},
        {(UINT64_C(1) << 42) - 1, "\x00\x00\x03\xff\xff\xff\xff\xff"},
        {UINT64_C(1) << 42, "\x00\x00\x07\xff\xff\xff\xff\xff"},
        {INT64_MAX, "\x7f\xff\xff\xff\xff\xff\xff\xff"},
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct histogram histogram;
        fill_pairs(&histogram, (struct pair[]){{table[i].value, 1}}, 1);
        char *text = histogram_v2_encode(&histogram);
        struct plain plain = inflated(text);
        assert_memory_equal(plain.bytes, "\x1c\x84\x93\x13", 4);
        assert_int_equal(plain.bytes[7], plain.len - 40);
        assert_memory_equal(plain.bytes + 8, "\0\0\0\0\0\0\0\3\0\0\0\0\0\0\0\1", 16);
        assert_memory_equal(plain.bytes + 24, table[i].highest, 8);
        assert_memory_equal(plain.bytes + 32, "\x3f\xf0\0\0\0\0\0\0", 8); /* 1.0 */
        free(plain.bytes);
        free(text);
        histogram_release(&histogram);
    }
}

/* ---- there and back */

static void expect_same_back(const struct histogram *histogram)
{
    struct histogram back;
    char *text = histogram_v2_encode(histogram), *error = NULL;

    if (histogram_v2_decode(&back, text, strlen(text), &error))
        fail_msg("%s: %s", error, text);
    assert_true(is_same(&back, histogram));
    histogram_release(&back);
    free(text);
}

static void what_was_written_is_read_back_whole(void **state)
{
    (void)state;
    for (size_t i = 0; i < SHAPES; i++) {
        struct histogram histogram;
        shapes[i].fill(&histogram);
        print_message("# %s\n", shapes[i].name);
        expect_same_back(&histogram);
        histogram_release(&histogram);
    }
}

static void every_index_comes_back(void **state)
{
    (void)state;
    struct histogram all;

    histogram_init(&all);
    for (uint32_t index = 0; index < HISTOGRAM_V2_INDEXES; index++)
        histogram_add_bin(&all, index, index + 1);
    expect_same_back(&all);
    histogram_release(&all);
}

/* As long as it can get: every count of nine bytes would not add up, these are of seven. */
static void the_longest_text_is_within_the_bound(void **state)
{
    (void)state;
    struct histogram all;
    uint64_t seed = 5;

    histogram_init(&all);
    for (uint32_t index = 0; index < HISTOGRAM_V2_INDEXES; index++)
        histogram_add_bin(&all, index, (1LL << 46) + (next_random(&seed) >> 18));
    char *text = histogram_v2_encode(&all);
    assert_in_range(strlen(text), HISTOGRAM_V2_INDEXES * 7, HISTOGRAM_V2_TEXT_MOST);
    free(text);
    expect_same_back(&all);
    histogram_release(&all);
}

/* ---- what is none */

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

/* ---- for another implementation: see the script's head */

static int write_text(FILE *out, const struct histogram *histogram)
{
    static const double quantiles[] = {.1, .5, .9, .99, .999, .9999, 1};
    char *text = histogram_v2_encode(histogram);

    fprintf(out, "%s\n", text);
    for (size_t i = 0; i < histogram->count; i++)
        fprintf(out, "%llu %llu\n",
                (unsigned long long)histogram_lowest_ns(histogram->bins[i].index),
                (unsigned long long)histogram->bins[i].count);
    for (size_t i = 0; i < sizeof quantiles / sizeof *quantiles; i++)
        fprintf(out, "quantile %.17g %llu\n", quantiles[i],
                (unsigned long long)histogram_quantile_ns(histogram, quantiles[i]));
    free(text);
    return ferror(out);
}

static int read_shape(const char *from, const struct shape *shape)
{
    struct histogram histogram, theirs;
    char *path = text_format("%s/%s.theirs", from, shape->name), *error = NULL, *text = NULL;
    size_t size = 0;
    FILE *file = fopen(path, "r");
    ssize_t len = file ? getline(&text, &size, file) : -1;

    shape->fill(&histogram);
    int status = histogram_v2_decode(&theirs, text ? text : "", len > 0 ? (size_t)len : 0, &error);
    if (status)
        printf("%s: %s\n", path, error);
    else if (!is_same(&theirs, &histogram))
        status = printf("%s: its counts are others\n", path);
    if (file)
        fclose(file);
    histogram_release(&theirs);
    histogram_release(&histogram);
    free(error);
    free(text);
    free(path);
    return status;
}

static int read_shapes(const char *from)
{
    int status = 0;

    for (size_t i = 0; i < SHAPES; i++)
        if (read_shape(from, &shapes[i]))
            status = 1;
    return status;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_are_written_byte_by_byte_as_the_format_has_them),
        cmocka_unit_test(the_heading_says_how_to_read_it),
        cmocka_unit_test(what_was_written_is_read_back_whole),
        cmocka_unit_test(every_index_comes_back),
        cmocka_unit_test(the_longest_text_is_within_the_bound),
        cmocka_unit_test(what_is_no_base64_is_refused),
        cmocka_unit_test(what_is_around_the_deflated_bytes_is_looked_at),
        cmocka_unit_test(what_is_not_our_layout_is_refused),
        cmocka_unit_test(counts_stay_within_what_is_announced),
        cmocka_unit_test(the_offset_and_the_ratio_change_nothing),
        cmocka_unit_test(what_inflates_without_end_is_refused),
        cmocka_unit_test(a_damaged_or_missing_byte_is_seen),
    };

    if (argc == 3 && strcmp(argv[1], "write") == 0)
        return write_shapes(argv[2], "v2", write_text);
    if (argc == 3 && strcmp(argv[1], "read") == 0)
        return read_shapes(argv[2]);
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("histogram_v2", tests, NULL, NULL);
}
