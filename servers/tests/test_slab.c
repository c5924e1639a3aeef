#include "core/slab.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { OBJECT_BYTES = 300, OBJECTS = 1000 };

static unsigned mapped_chunks(const struct slab *slab)
{
    unsigned count = 0;

    for (uint32_t i = 0; i < slab->chunks_count; i++)
        count += slab->chunks[i] != NULL;
    return count;
}

static void objects_are_apart_aligned_and_found_by_index(void **state)
{
    struct slab slab;
    static char *objects[OBJECTS];
    static uint32_t indexes[OBJECTS];

    (void)state;
    slab_init(&slab, OBJECT_BYTES);
    for (int i = 0; i < OBJECTS; i++) {
        objects[i] = slab_new(&slab, &indexes[i]);
        assert_non_null(objects[i]);
        assert_int_equal((uintptr_t)objects[i] % 16, 0);
        memset(objects[i], i & 0xff, OBJECT_BYTES);
    }
    for (int i = 0; i < OBJECTS; i++) {
        assert_ptr_equal(slab_at(&slab, indexes[i]), objects[i]);
        for (int k = 0; k < OBJECT_BYTES; k++)
            assert_int_equal((unsigned char)objects[i][k], i & 0xff);
    }
    assert_int_equal(slab.used, OBJECTS);
    slab_release(&slab);
}

static void a_freed_index_finds_nothing_until_it_is_reused(void **state)
{
    struct slab slab;
    uint32_t first, second, again;

    (void)state;
    slab_init(&slab, OBJECT_BYTES);
    assert_null(slab_at(&slab, 0));
    assert_null(slab_at(&slab, SLAB_NONE));
    slab_new(&slab, &first);
    slab_new(&slab, &second);
    slab_free(&slab, first);
    assert_null(slab_at(&slab, first));
    assert_non_null(slab_at(&slab, second));
    slab_new(&slab, &again);
    assert_int_equal(again, first);
    slab_release(&slab);
}

static void a_burst_gives_its_chunks_back(void **state)
{
    struct slab slab;
    static uint32_t indexes[OBJECTS];

    (void)state;
    slab_init(&slab, OBJECT_BYTES);
    for (int i = 0; i < OBJECTS; i++)
        slab_new(&slab, &indexes[i]);
    assert_int_equal(mapped_chunks(&slab), (OBJECTS + SLAB_CHUNK_OBJECTS - 1) / SLAB_CHUNK_OBJECTS);
    for (int i = 0; i < OBJECTS; i++)
        slab_free(&slab, indexes[i]);
    assert_int_equal(slab.used, 0);
    assert_int_equal(mapped_chunks(&slab), 1);
    slab_release(&slab);
}

/* One connection that comes and goes at a chunk's edge must not map and unmap each time. */
static void one_empty_chunk_is_kept(void **state)
{
    struct slab slab;
    uint32_t index;
    void *chunk;

    (void)state;
    slab_init(&slab, OBJECT_BYTES);
    for (int i = 0; i < SLAB_CHUNK_OBJECTS; i++)
        slab_new(&slab, &index);
    slab_new(&slab, &index);
    chunk = slab.chunks[1];
    for (int i = 0; i < 10; i++) {
        slab_free(&slab, index);
        assert_ptr_equal(slab.chunks[1], chunk);
        slab_new(&slab, &index);
    }
    slab_release(&slab);
}

static void a_visit_meets_each_object_once_while_they_are_freed(void **state)
{
    struct slab slab;
    uint32_t index;
    int met = 0;

    (void)state;
    slab_init(&slab, OBJECT_BYTES);
    for (int i = 0; i < OBJECTS; i++)
        slab_new(&slab, &index);
    for (uint32_t i = 0; i < OBJECTS; i += 2)
        slab_free(&slab, i);
    for (uint32_t i = slab_next(&slab, 0); i != SLAB_NONE; i = slab_next(&slab, i + 1)) {
        assert_int_equal(i % 2, 1);
        slab_free(&slab, i);
        met++;
    }
    assert_int_equal(met, OBJECTS / 2);
    assert_int_equal(slab.used, 0);
    slab_release(&slab);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(objects_are_apart_aligned_and_found_by_index),
        cmocka_unit_test(a_freed_index_finds_nothing_until_it_is_reused),
        cmocka_unit_test(a_burst_gives_its_chunks_back),
        cmocka_unit_test(one_empty_chunk_is_kept),
        cmocka_unit_test(a_visit_meets_each_object_once_while_they_are_freed),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("slab", tests, NULL, NULL);
}
