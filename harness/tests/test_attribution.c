/* What grew between the ends of the first and the last load,
 * as figures that add up and as sentences. */
#include "consistency_room.h"

#include "analyse/attribution.h"
#include "data/explanation.h"

enum {
    MARK_FIRST = 2,
    MARK_LAST = 7,
    KIB_ = 1024
}; /* of the phases of synthetic_consistency_init */

static struct round *explained(void)
{
    return synthetic_explanation(add(&flat, 1));
}

static void grow(struct round *round, size_t mark, enum memory_kind kind, int64_t bytes)
{
    round->explanation->kinds[mark][kind].rss_bytes += bytes;
    round->explanation->kinds[mark][kind].pss_bytes += bytes;
    round->phase_marks->items[mark].rss_bytes += bytes;
    round->phase_marks->items[mark].pss_bytes += bytes;
}

static struct attribution found(const struct round *round)
{
    struct attribution attribution;
    attribution_find(&attribution, round);
    return attribution;
}

static void expect_sentence(const struct attribution *attribution, const char *sentence)
{
    char *said = attribution_sentence(attribution);
    assert_string_equal(said, sentence);
    free(said);
}

static void what_grew_is_named_and_adds_up(void **state)
{
    (void)state;
    begin();
    struct round *round = explained();
    grow(round, 4, MEMORY_FILES, 50 << 20); /* in between: nothing of it is left */
    grow(round, MARK_LAST, MEMORY_HEAP, 3 << 20);
    grow(round, MARK_LAST, MEMORY_STACKS, 64 * KIB_);
    struct attribution attribution = found(round);
    assert_null(attribution.why);
    assert_int_equal(attribution.from, MARK_FIRST);
    assert_int_equal(attribution.to, MARK_LAST);
    assert_string_equal(attribution.resident[0].key, "heap");
    assert_string_equal(attribution.resident[1].key, "stacks");
    assert_true(attribution.resident[1].bytes == 64 * KIB_);
    assert_true(attribution.resident_bytes == (3 << 20) + 64 * KIB_);
    assert_true(attribution.explained_bytes == attribution.resident_bytes);
    assert_true(attribution.unexplained_bytes == 0 && attribution.unexplained_pss_bytes == 0);
    /* a burst of 2 s at twice the rate, and loads of 30 s and 50 s */
    assert_true(attribution.requests == 84.0 * CONSISTENCY_RPS);
    expect_sentence(
        &attribution,
        "From the end of the first load to that of the last it grew by 3.1 MiB, 0.76 bytes "
        "a request: 3.0 MiB heap, 64 KiB stacks of threads; nothing in mappings.");
}

/* The generator was kept away and leaves latencies out; the
 * server was sent those requests all the same. */
static void bytes_a_request_are_of_all_that_it_was_sent(void **state)
{
    (void)state;
    begin();
    struct round *round = explained();
    grow(round, MARK_LAST, MEMORY_HEAP, 3 << 20);
    for (size_t i = 400; i < 700; i++)
        round->latency.n[i] = 0;
    assert_true(found(round).requests == 84.0 * CONSISTENCY_RPS);
    round->requests_count /= 2; /* of all that were due */
    assert_true(found(round).requests == 42.0 * CONSISTENCY_RPS);
    round->latency.count = 0;
    assert_true(found(round).requests == 42.0 * CONSISTENCY_RPS);
}

/* Nobody counted them, and marks stand as far as it came: at 32 s, and at 64. */
static void of_one_that_was_cut_off_they_are_those_that_were_due(void **state)
{
    (void)state;
    begin();
    struct round *round = explained();
    round->explanation->count = 5;
    synthetic_interrupt(round, 70);
    round->latency.count = 0;
    struct attribution attribution = found(round);
    assert_int_equal(attribution.to, 4);
    assert_true(attribution.requests == 34.0 * CONSISTENCY_RPS);
}

static void other_courses_have_their_sentences(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct {
            enum memory_kind kind;
            int64_t kib;
        } grown[4];
        int64_t unexplained_kib;
        const char *sentence;
    } table[] = {
        {"nothing moved",
         {{0, 0}},
         0,
         "From the end of the first load to that of the last no kind of its memory grew by 128 "
         "KiB."},
        {"by less than a word",
         {{MEMORY_ANONYMOUS, 127}},
         0,
         "From the end of the first load to that of the last no kind of its memory grew by 128 "
         "KiB."},
        {"by just as much",
         {{MEMORY_ANONYMOUS, 128}},
         0,
         "From the end of the first load to that of the last it grew by 128 KiB, 0.031 bytes a "
         "request: 128 KiB anonymous mappings."},
        {"in mappings of each sort",
         {{MEMORY_ANONYMOUS, 1024}, {MEMORY_NAMED, 512}, {MEMORY_SHARED, 256}, {MEMORY_FILES, 16}},
         0,
         "From the end of the first load to that of the last it grew by 1.8 MiB, 0.44 bytes a "
         "request: 1.0 MiB anonymous mappings, 512 KiB named anonymous mappings, 256 KiB shared "
         "memory, 16 KiB in all others."},
        {"it shrank",
         {{MEMORY_HEAP, -2048}, {MEMORY_STACKS, 512}},
         0,
         "From the end of the first load to that of the last it shrank by 1.5 MiB: 2.0 MiB heap, "
         "512 KiB more stacks of threads; nothing in mappings."},
        {"one took what another gave",
         {{MEMORY_HEAP, 2048}, {MEMORY_ANONYMOUS, -2000}},
         0,
         "From the end of the first load to that of the last it changed by less than 128 KiB as a "
         "whole: 2.0 MiB heap, 2.0 MiB less anonymous mappings."},
        {"what the kinds do not explain",
         {{MEMORY_HEAP, 1024}},
         300,
         "From the end of the first load to that of the last it grew by 1.3 MiB, 0.32 bytes a "
         "request: 1.0 MiB heap; nothing in mappings; 300 KiB are not explained, because it "
         "changed "
         "while it was read."},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        print_message("# %s\n", table[i].name);
        begin();
        struct round *round = explained();
        for (size_t j = 0; j < 4; j++)
            grow(round, MARK_LAST, table[i].grown[j].kind, table[i].grown[j].kib * KIB_);
        round->phase_marks->items[MARK_LAST].rss_bytes += table[i].unexplained_kib * KIB_;
        struct attribution attribution = found(round);
        assert_true(attribution.unexplained_bytes == (double)table[i].unexplained_kib * KIB_);
        assert_true(attribution.explained_bytes + attribution.unexplained_bytes ==
                    attribution.resident_bytes);
        expect_sentence(&attribution, table[i].sentence);
        result_release(&s.result);
    }
    begin(); /* which the teardown releases */
}

static void what_cannot_be_said_has_its_reason(void **state)
{
    (void)state;
    begin();
    struct round *round = explained();
    round->explanation->kinds[MARK_LAST][0].rss_bytes = MISSING;
    round_note_missing(round, "explanation.kinds", "/proc/PID/smaps: Permission denied");
    struct attribution attribution = found(round);
    expect_sentence(&attribution, "Which kind of its memory grew is not known: /proc/PID/smaps: "
                                  "Permission denied.");
    round->explanation->count = MARK_FIRST + 1; /* it was interrupted in the burst */
    attribution = found(round);
    expect_sentence(&attribution,
                    "Which kind of its memory grew is not known: it takes the ends of "
                    "two loads at the same rate.");
    attribution = found(NULL);
    assert_null(attribution_sentence(&attribution));
    explanation_release(round->explanation);
    free(round->explanation);
    round->explanation = NULL;
    attribution = found(round);
    assert_null(attribution_sentence(&attribution));
}

static void of_one_that_was_cut_off_the_loads_count_that_ended(void **state)
{
    (void)state;
    begin();
    struct round *round = explained();
    grow(round, 4, MEMORY_HEAP, 1 << 20);
    round->explanation->count = 6;
    struct attribution attribution = found(round);
    assert_int_equal(attribution.to, 4);
    assert_true(attribution.explained_bytes == 1 << 20);
}

static void the_kernels_part_is_the_servers_or_the_systems(void **state)
{
    (void)state;
    begin();
    struct round *round = explained();
    struct phase_mark *last = &round->phase_marks->items[MARK_LAST];
    struct slab_cache *caches = xcalloc(2, sizeof *caches);
    snprintf(caches[0].name, sizeof caches[0].name, "kmalloc-4k");
    snprintf(caches[1].name, sizeof caches[1].name, "skbuff");
    caches[0].bytes[MARK_LAST] = 2 << 20;
    caches[1].bytes[MARK_LAST] = 511 * KIB_; /* others' may be as much */
    round->explanation->caches = caches;
    round->explanation->cache_count = 2;
    last->page_tables_bytes += 256 * KIB_;
    last->rings_bytes += 200 * KIB_;
    grow(round, MARK_LAST, MEMORY_RINGS, 40 * KIB_); /* which the kernel has in RSS */
    last->kernel_slab_bytes += 50 << 20;             /* in the caches' names, not once more */
    last->kernel_sockets_bytes -= 1 << 20;
    struct attribution attribution = found(round);
    expect_sentence(
        &attribution,
        "From the end of the first load to that of the last no kind of its memory grew by 128 KiB. "
        "In the "
        "kernel, beside that: +256 KiB page tables, +160 KiB rings of io_uring. In the kernel, for "
        "the whole "
        "system and not for it alone: +2.0 MiB slab of kmalloc-4k, -1.0 MiB queues of sockets.");
    round->explanation->has_slab = false;
    round->explanation->cache_count = 0;
    round_note_missing(round, "explanation.slab", "/proc/slabinfo: only root may read it");
    attribution = found(round);
    char *said = attribution_sentence(&attribution);
    assert_non_null(strstr(said, "+50 MiB slab, -1.0 MiB queues of sockets (which caches: n/a, "
                                 "/proc/slabinfo: only root may read it)."));
    free(said);
}

/* Which is the longer one, where the planned one grew; and it stands in the server's sentence. */
static void a_row_explains_the_round_it_is_judged_by(void **state)
{
    (void)state;
    begin();
    grow(synthetic_explanation(add(&leaks, 1)), MARK_LAST, MEMORY_HEAP, 3 << 20);
    summarise();
    assert_ptr_equal(row(0)->attribution.round, row(0)->round);
    assert_non_null(strstr(made()->sentences.items[0], ": 3.0 MiB heap; nothing in mappings."));
    summary_release(&summary);
    grow(synthetic_explanation(add(&leaks, 4)), MARK_LAST, MEMORY_FILES, 5 << 20);
    summarise();
    assert_ptr_equal(row(0)->attribution.round, row(0)->longer);
    assert_non_null(strstr(made()->sentences.items[0], ": 5.0 MiB mapped files."));
    assert_null(strstr(made()->sentences.items[0], "heap"));
}

static void who_did_not_ask_is_told_nothing(void **state)
{
    (void)state;
    begin();
    add(&flat, 1);
    summarise();
    assert_null(row(0)->attribution.round);
    says_not(&made()->sentences, "From the end of");
}

static void only_dear_readings_are_worth_a_caution(void **state)
{
    (void)state;
    for (int dear = 0; dear < 2; dear++) {
        begin();
        struct round *round = explained();
        round->explanation->cost_ns = dear ? ATTRIBUTION_DEAR_NS : ATTRIBUTION_DEAR_NS - 1;
        struct strings cautions = {0};
        summarise();
        consistency_cautions(made(), &s.result, &cautions);
        bool said = false;
        for (size_t i = 0; i < cautions.count; i++)
            said |= strstr(cautions.items[i], "without --explain") != NULL;
        strings_release(&cautions);
        assert_int_equal(said, dear);
        if (!dear) {
            summary_release(&summary);
            result_release(&s.result);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(what_grew_is_named_and_adds_up),
        CASE(bytes_a_request_are_of_all_that_it_was_sent),
        CASE(of_one_that_was_cut_off_they_are_those_that_were_due),
        CASE(other_courses_have_their_sentences),
        CASE(what_cannot_be_said_has_its_reason),
        CASE(of_one_that_was_cut_off_the_loads_count_that_ended),
        CASE(the_kernels_part_is_the_servers_or_the_systems),
        CASE(a_row_explains_the_round_it_is_judged_by),
        CASE(who_did_not_ask_is_told_nothing),
        CASE(only_dear_readings_are_worth_a_caution),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("attribution", tests, NULL, NULL);
}
