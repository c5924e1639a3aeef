/* What the rings of an io_uring take: of this process, which maps
 * some. Where the kernel refuses it rings, that is skipped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/io_uring.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cmocka.h>

#include "measure/footprint.h"
#include "measure/smaps.h"

enum { RING_ENTRIES = 64, RING_BYTES = 4096 };

static void *map_ring(int ring, off_t which)
{
    void *mapped = mmap(NULL, RING_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, ring, which);
    assert_true(mapped != MAP_FAILED);
    return mapped;
}

/* -1: none are to be had here */
static int make_ring(void)
{
    struct io_uring_params params = {0};
    return (int)syscall(SYS_io_uring_setup, RING_ENTRIES, &params);
}

static void rings_are_what_is_mapped_of_them(void **state)
{
    (void)state;
    pid_t self = getpid();
    int64_t before, after;
    int ring = make_ring();
    if (ring < 0)
        skip();
    assert_true(footprint_rings(&self, 1, &before));
    void *queues = map_ring(ring, IORING_OFF_SQ_RING), *entries = map_ring(ring, IORING_OFF_SQES);
    close(ring); /* as one does whose descriptor is registered */
    assert_true(footprint_rings(&self, 1, &after));
    munmap(queues, RING_BYTES);
    munmap(entries, RING_BYTES);
    assert_int_equal(before, 0);
    assert_int_equal(after, 2 * RING_BYTES);
}

/* Some kernels count them as resident and some do not; then their
 * kind is what they added to it, and the rest beside it. */
/* What two readings, before and after, and the kinds say of rings that were mapped between them. */
struct ring_reading {
    struct footprint_resident before, after;
    struct kind_bytes kind;
    int64_t mapped_bytes;
};

static struct ring_reading read_rings(int ring)
{
    pid_t self = getpid();
    struct ring_reading reading;
    struct kind_bytes kinds[MEMORY_KINDS];
    for (int i = 0; i < 2; i++) /* the first one touches what it needs itself */
        assert_true(footprint_read_resident(&self, 1, &reading.before));
    void *queues = map_ring(ring, IORING_OFF_SQ_RING), *entries = map_ring(ring, IORING_OFF_SQES);
    assert_true(footprint_read_resident(&self, 1, &reading.after));
    assert_true(footprint_rings(&self, 1, &reading.mapped_bytes));
    assert_int_equal(smaps_kinds(&self, 1, kinds), 0);
    reading.kind = kinds[MEMORY_RINGS];
    munmap(queues, RING_BYTES);
    munmap(entries, RING_BYTES);
    return reading;
}

static int64_t pss_beside_kind(const struct ring_reading *reading)
{
    return reading->after.pss_bytes - reading->before.pss_bytes - reading->kind.pss_bytes;
}

static void rings_are_a_kind_of_what_is_resident_or_beside_it(void **state)
{
    (void)state;
    int ring = make_ring();
    if (ring < 0)
        skip();
    struct ring_reading reading = read_rings(ring);
    /* whoever begins or ends meanwhile and has the same libraries
     * moves this process' share of them */
    for (int tries = 1; tries < 50 && pss_beside_kind(&reading) != 0; tries++)
        reading = read_rings(ring);
    close(ring);
    assert_int_equal(reading.after.rss_bytes - reading.before.rss_bytes, reading.kind.rss_bytes);
    assert_int_equal(pss_beside_kind(&reading), 0);
    assert_true(reading.kind.rss_bytes == 0 || reading.kind.rss_bytes == reading.mapped_bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rings_are_what_is_mapped_of_them),
        cmocka_unit_test(rings_are_a_kind_of_what_is_resident_or_beside_it),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("rings", tests, NULL, NULL);
}
