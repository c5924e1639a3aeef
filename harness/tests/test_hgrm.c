/* Percentiles as text: the steps by hand, and what a full disk says. */
#include "histogram_room.h"

#include <errno.h>
#include <math.h>

#include "data/hgrm.h"

/* The caller frees. */
static char *written(const struct histogram *histogram, double unit_ns)
{
    static char *text; /* static, because gcc 12 warns of one on the stack that it inlined */
    static size_t size;
    FILE *out = open_memstream(&text, &size);

    assert_int_equal(hgrm_write(out, histogram, unit_ns), 0);
    assert_int_equal(fclose(out), 0);
    return text;
}

static void expect_written(const struct pair *pairs, size_t count, double unit_ns,
                           const char *expected)
{
    struct histogram histogram;

    fill_pairs(&histogram, pairs, count);
    char *text = written(&histogram, unit_ns);
    assert_string_equal(text, expected);
    free(text);
    histogram_release(&histogram);
}

#define HEAD "       Value     Percentile TotalCount 1/(1-Percentile)\n\n"

/* Five steps to 50 %, five to 75 %, and so on: each names the least bin that reaches it. */
static void steps_halve_the_distance_to_the_end(void **state)
{
    (void)state;
    expect_written((struct pair[]){{1000, 6}, {2000, 2}, {3000, 1}, {4000, 1}}, 4, HGRM_US,
                   HEAD "       1.000 0.000000000000          6           1.00\n"
                        "       1.000 0.100000000000          6           1.11\n"
                        "       1.000 0.200000000000          6           1.25\n"
                        "       1.000 0.300000000000          6           1.43\n"
                        "       1.000 0.400000000000          6           1.67\n"
                        "       1.000 0.500000000000          6           2.00\n"
                        "       1.000 0.550000000000          6           2.22\n"
                        "       1.000 0.600000000000          6           2.50\n"
                        "       2.000 0.650000000000          8           2.86\n"
                        "       2.000 0.700000000000          8           3.33\n"
                        "       2.000 0.750000000000          8           4.00\n"
                        "       2.000 0.775000000000          8           4.44\n"
                        "       2.000 0.800000000000          8           5.00\n"
                        "       3.001 0.825000000000          9           5.71\n"
                        "       3.001 0.850000000000          9           6.67\n"
                        "       3.001 0.875000000000          9           8.00\n"
                        "       3.001 0.887500000000          9           8.89\n"
                        "       3.001 0.900000000000          9          10.00\n"
                        "       4.001 0.912500000000         10          11.43\n"
                        "       4.001 1.000000000000         10\n"
                        "#[Mean    =        1.700, StdDeviation   =        1.005]\n"
                        "#[Max     =        4.001, Total count    =           10]\n"
                        "#[Buckets =           32, SubBuckets     =         2048]\n");
}

static void one_value_has_a_first_and_a_last_step(void **state)
{
    (void)state;
    expect_written((struct pair[]){{2000000, 3}}, 1, HGRM_MS,
                   HEAD "       2.001 0.000000000000          3           1.00\n"
                        "       2.001 1.000000000000          3\n"
                        "#[Mean    =        2.000, StdDeviation   =        0.000]\n"
                        "#[Max     =        2.001, Total count    =            3]\n"
                        "#[Buckets =           32, SubBuckets     =         2048]\n");
}

static void an_empty_one_has_no_step(void **state)
{
    (void)state;
    expect_written(NULL, 0, HGRM_MS,
                   HEAD "#[Mean    =        0.000, StdDeviation   =        0.000]\n"
                        "#[Max     =        0.000, Total count    =            0]\n"
                        "#[Buckets =           32, SubBuckets     =         2048]\n");
}

/* Every line's value is the quantile that it names, in every shape. */
static void a_line_holds_the_quantile_that_it_names(void **state)
{
    (void)state;
    for (size_t i = 0; i < SHAPES; i++) {
        struct histogram histogram;
        shapes[i].fill(&histogram);
        char *text = written(&histogram, 1), *line = strstr(text, "\n\n") + 2;
        unsigned lines = 0;
        for (; *line != '#'; line = strchr(line, '\n') + 1, lines++) {
            double value, percentile;
            unsigned long long seen;
            assert_int_equal(sscanf(line, "%lf %lf %llu", &value, &percentile, &seen), 3);
            assert_true(value == (double)histogram_quantile_ns(&histogram, percentile));
            assert_true((double)seen >= percentile * (double)histogram.total * (1 - 1e-11));
        }
        assert_true(histogram.total == 0 ? lines == 0 : lines >= 2);
        free(text);
        histogram_release(&histogram);
    }
}

/* Where a double cannot tell a level from the next, there is none: it ends. */
static void steps_end_though_counts_are_past_a_double(void **state)
{
    (void)state;
    struct histogram histogram;

    fill_pairs(&histogram, (struct pair[]){{1, INT64_MAX - 1}, {2, 1}}, 2);
    char *text = written(&histogram, 1);
    assert_non_null(strstr(text, "1.000000000000 9223372036854775807\n#["));
    assert_true(strlen(text) < 20000);
    free(text);
    histogram_release(&histogram);
}

static void a_full_disk_is_said(void **state)
{
    (void)state;
    FILE *out = fopen("/dev/full", "w");
    struct histogram histogram;

    assert_non_null(out);
    fill_dense(&histogram);
    assert_int_equal(hgrm_write(out, &histogram, HGRM_US), -ENOSPC);
    fclose(out);
    histogram_release(&histogram);
}

static int write_hgrm(FILE *out, const struct histogram *histogram)
{
    return hgrm_write(out, histogram, HGRM_US);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_halve_the_distance_to_the_end),
        cmocka_unit_test(one_value_has_a_first_and_a_last_step),
        cmocka_unit_test(an_empty_one_has_no_step),
        cmocka_unit_test(a_line_holds_the_quantile_that_it_names),
        cmocka_unit_test(steps_end_though_counts_are_past_a_double),
        cmocka_unit_test(a_full_disk_is_said),
    };

    if (argc == 3 && strcmp(argv[1], "write") == 0)
        return write_shapes(argv[2], "hgrm", write_hgrm);
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("hgrm", tests, NULL, NULL);
}
