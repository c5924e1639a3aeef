/*
 * HdrHistogram's V2 form: its bytes by hand, there and back. What another
 * implementation makes of it is test_histogram_elsewhere.sh's to ask; for that this program also
 * writes and reads: `test_histogram_v2 write FOLDER`, `test_histogram_v2 read FOLDER`.
 */
#include <openssl/evp.h>
#include <zlib.h>

#include "histogram_room.h"

#include "data/histogram_v2.h"

/* ---- what is written ---- */

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

/* By hand: ZigZag makes 2n of a count n and 2n - 1 of a run of
 * n zeros, LEB128 writes 7 bits a byte, the lowest first. */
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

/* ---- there and back ---- */

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

static void what_a_double_cannot_count_is_read_back_whole(void **state)
{
    (void)state;
    struct histogram histogram;

    fill_past_a_double(&histogram);
    expect_same_back(&histogram);
    histogram_release(&histogram);
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

/* ---- for another implementation: see the script's head ---- */

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
        cmocka_unit_test(what_a_double_cannot_count_is_read_back_whole),
        cmocka_unit_test(every_index_comes_back),
        cmocka_unit_test(the_longest_text_is_within_the_bound),
    };

    if (argc == 3 && strcmp(argv[1], "write") == 0)
        return write_shapes(argv[2], "v2", write_text);
    if (argc == 3 && strcmp(argv[1], "read") == 0)
        return read_shapes(argv[2]);
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("histogram_v2", tests, NULL, NULL);
}
