/* What each cache of the kernel takes, and which of them moved; of a damaged text nothing. */
#include "measure/slabinfo.h"

#include <setjmp.h>
#include <stdarg.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#define HEAD                                                                                       \
    "slabinfo - version: 2.1\n# name            <active_objs> <num_objs> <objsize> <objperslab> "  \
    "<pagesperslab> : tunables <limit> <batchcount> <sharedfactor> : slabdata <active_slabs> "     \
    "<num_slabs> <sharedavail>\n"
#define CACHE(name, pages, slabs)                                                                  \
    name "   100   120     64   64    " pages                                                      \
         " : tunables    0    0    0 : slabdata      1      " slabs "      0\n"

static int take(struct slabinfo *slabinfo, const char *text, size_t mark)
{
    FILE *file = fmemopen((char *)text, strlen(text), "r");
    assert_non_null(file);
    int number = slabinfo_take(slabinfo, file, mark);
    fclose(file);
    return number;
}

static void caches_that_moved_are_kept_with_all_their_readings(void **state)
{
    (void)state;
    struct slabinfo slabinfo = {0};
    struct slab_cache *moved;
    int64_t page = sysconf(_SC_PAGESIZE);
    assert_int_equal(
        take(&slabinfo, HEAD CACHE("still", "2", "50") CACHE("skbuff_head", "1", "10"), 0), 0);
    assert_int_equal(take(&slabinfo,
                          HEAD CACHE("still", "2", "51") CACHE("skbuff_head", "1", "10")
                              CACHE("kmalloc-4k", "8", "9"),
                          1),
                     0);
    assert_int_equal(
        take(&slabinfo, HEAD CACHE("still", "2", "50") CACHE("skbuff_head", "1", "90"), 2), 0);
    size_t count = slabinfo_moved(&slabinfo, 3, &moved);
    assert_int_equal(count, 2);
    assert_string_equal(moved[0].name,
                        "kmalloc-4k"); /* that came and went, by its name before the other */
    assert_int_equal(moved[0].bytes[0], 0);
    assert_int_equal(moved[0].bytes[1], 8 * 9 * page);
    assert_int_equal(moved[0].bytes[2], 0);
    assert_string_equal(moved[1].name, "skbuff_head");
    assert_int_equal(moved[1].bytes[0], 10 * page);
    assert_int_equal(moved[1].bytes[2], 90 * page);
    free(moved);
    slabinfo_release(&slabinfo);
}

static void of_too_many_the_furthest_are_kept(void **state)
{
    (void)state;
    enum { CACHES = SLAB_CACHES_MOST + 5 };
    struct slabinfo slabinfo = {0};
    struct slab_cache *moved;
    for (size_t mark = 0; mark < 2; mark++) {
        char *text = NULL;
        size_t size = 0;
        FILE *out = open_memstream(&text, &size);
        fputs(HEAD, out);
        for (int i = 0; i < CACHES; i++)
            fprintf(out, "cache-%02d 1 1 64 64 1 : tunables 0 0 0 : slabdata 1 %d 0\n", i,
                    mark == 0 ? 0 : 100 + i);
        fclose(out);
        assert_int_equal(take(&slabinfo, text, mark), 0);
        free(text);
    }
    assert_int_equal(slabinfo_moved(&slabinfo, 2, &moved), SLAB_CACHES_MOST);
    assert_string_equal(moved[0].name, "cache-05");
    free(moved);
    slabinfo_release(&slabinfo);
}

static void a_damaged_text_is_no_reading(void **state)
{
    (void)state;
    static const struct {
        const char *name, *text;
    } table[] = {
        {"it says nothing", ""},
        {"another version", "slabinfo - version: 3.0\n" CACHE("still", "2", "50")},
        {"it ends within a line", HEAD "still 100 120 64 64 1 : tunables 0 0 0 : slabdata 1"},
        {"a number is none", HEAD CACHE("still", "two", "50")},
        {"a number is beyond all memory", HEAD CACHE("still", "2", "18446744073709551615")},
        {"without what slabs there are", HEAD "still 100 120 64 64 1\n"},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        struct slabinfo slabinfo = {0};
        print_message("# %s\n", table[i].name);
        assert_int_equal(take(&slabinfo, *table[i].text ? table[i].text : "\n", 0), -EPROTO);
        slabinfo_release(&slabinfo);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(caches_that_moved_are_kept_with_all_their_readings),
        cmocka_unit_test(of_too_many_the_furthest_are_kept),
        cmocka_unit_test(a_damaged_text_is_no_reading),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("slabinfo", tests, NULL, NULL);
}
