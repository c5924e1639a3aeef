/* A log line by line, and what a full disk says. */
#include "histogram_room.h"

#include <errno.h>

#include "data/histogram_v2.h"
#include "data/hlog.h"

#define START_NS 1441812279474123456 /* Wed Sep 9 15:24:39.474 2015 */

static const char head[] =
    "#[Histogram log format version 1.3]\n"
    "#[BaseTime: 1441812279.474 (seconds since epoch)]\n"
    "#[StartTime: 1441812279.474 (seconds since epoch), Wed Sep 09 15:24:39 UTC 2015]\n"
    "\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\",\"Interval_Compressed_Histogram\"\n";

static void the_head_says_form_and_start(void **state)
{
    (void)state;
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    assert_int_equal(hlog_begin(out, START_NS, NULL), 0);
    assert_string_equal(text, head);
    rewind(out);
    assert_int_equal(hlog_begin(out, START_NS, "pace 1.2.3"), 0);
    assert_memory_equal(text, "#[Logged with pace 1.2.3]\n", 26);
    assert_string_equal(text + 26, head);
    fclose(out);
    free(text);
}

static void a_line_has_tag_start_length_highest_and_counts(void **state)
{
    (void)state;
    static const struct {
        const char *tag;
        int64_t start_ns, length_ns;
        struct pair pair;
        const char *begins;
    } table[] = {
        {NULL, 0, 10000000000, {2768895, 5}, "0.000,10.000,2.769,HISTFAAA"},
        {"A", 127000000, 1007000000, {2768895, 5}, "Tag=A,0.127,1.007,2.769,HISTFAAA"},
        {"B", 604800000000000, 100000000, {1, 0}, "Tag=B,604800.000,0.100,0.000,HISTFAAA"},
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char *text = NULL;
        size_t size, len = strlen(table[i].begins);
        FILE *out = open_memstream(&text, &size);
        struct histogram histogram;
        fill_pairs(&histogram, &table[i].pair, 1);
        char *counts = histogram_v2_encode(&histogram);
        assert_int_equal(
            hlog_interval(out, table[i].tag, table[i].start_ns, table[i].length_ns, &histogram), 0);
        assert_memory_equal(text, table[i].begins, len);
        assert_memory_equal(text + len - 8, counts, strlen(counts));
        assert_string_equal(text + len - 8 + strlen(counts), "\n");
        fclose(out);
        free(text);
        free(counts);
        histogram_release(&histogram);
    }
}

static void a_whole_log_has_a_line_a_tag(void **state)
{
    (void)state;
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    struct histogram a, b;

    fill_one(&a);
    fill_two(&b);
    const struct hlog_item items[] = {{"A", &a}, {"B", &b}};
    assert_int_equal(hlog_write(out, START_NS, 2000000000, NULL, items, 2), 0);
    assert_memory_equal(text, head, strlen(head));
    char *first = text + strlen(head), *second = strchr(first, '\n') + 1;
    assert_memory_equal(first, "Tag=A,0.000,2.000,1.000,", 24);
    assert_memory_equal(second, "Tag=B,0.000,2.000,0.005,", 24);
    assert_null(strchr(strchr(second, '\n') + 1, '\n'));
    fclose(out);
    free(text);
    histogram_release(&a);
    histogram_release(&b);
}

static void a_full_disk_is_said(void **state)
{
    (void)state;
    FILE *out = fopen("/dev/full", "w");
    struct histogram histogram;

    assert_non_null(out);
    fill_one(&histogram);
    assert_int_equal(hlog_begin(out, START_NS, NULL), -ENOSPC);
    assert_int_equal(hlog_interval(out, "A", 0, 1, &histogram), -ENOSPC);
    assert_int_equal(hlog_write(out, START_NS, 1, NULL, NULL, 0), -ENOSPC);
    fclose(out);
    histogram_release(&histogram);
}

/* For another implementation: all shapes in one log, a second each, tags in turn. */
static int write_log(const char *to)
{
    char *path = text_format("%s/all.hlog", to);
    FILE *out = fopen(path, "w");
    int status = out ? hlog_begin(out, START_NS, "test_hlog") : -1;

    for (size_t i = 0; status == 0 && i < SHAPES; i++) {
        struct histogram histogram;
        shapes[i].fill(&histogram);
        status =
            hlog_interval(out, i % 2 ? "B" : "A", (int64_t)i * 1000000000, 1000000000, &histogram);
        histogram_release(&histogram);
    }
    if (out)
        fclose(out);
    free(path);
    return status ? 1 : 0;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_head_says_form_and_start),
        cmocka_unit_test(a_line_has_tag_start_length_highest_and_counts),
        cmocka_unit_test(a_whole_log_has_a_line_a_tag),
        cmocka_unit_test(a_full_disk_is_said),
    };

    if (argc == 3 && strcmp(argv[1], "write") == 0)
        return write_log(argv[2]);
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("hlog", tests, NULL, NULL);
}
