#include "pool/roster.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>

#include <cmocka.h>

enum { PLACES = 1000, THREADS = 4, ROUNDS = 20000, SHARED = 3 };

struct guest {
    _Alignas(ROSTER_LINE_BYTES) struct place place;
    atomic_bool is_served;
    unsigned answered[THREADS]; /* the last request of each thread that was seen */
    char name[300];
};

static struct roster roster;

static void open_roster(uint32_t places_limit)
{
    assert_int_equal(roster_init(&roster, sizeof(struct guest), places_limit), 0);
}

/* A new tenant that nobody serves. */
static uint64_t come(struct place **place)
{
    *place = roster_new(&roster);
    assert_non_null(*place);
    assert_int_equal(place_yield(*place), 0);
    return place_token(*place);
}

static bool go(uint64_t token)
{
    struct place *place = roster_post(&roster, token, 1);

    if (place)
        roster_free(&roster, place);
    return place;
}

static void a_post_claims_and_a_second_one_is_found_when_yielding(void **state)
{
    struct place *place;
    uint64_t token;

    (void)state;
    open_roster(PLACES);
    token = come(&place);
    assert_ptr_equal(roster_post(&roster, token, 1), place);
    assert_null(roster_post(&roster, token, 4));
    assert_null(roster_post(&roster, token, 8));
    assert_int_equal(place_yield(place), 12);
    assert_null(roster_post(&roster, token, 2));
    assert_int_equal(place_yield(place), 2);
    assert_int_equal(place_yield(place), 0);
    assert_ptr_equal(roster_post(&roster, token, 1), place);
    roster_release(&roster);
}

static void a_token_is_worth_nothing_once_its_tenant_has_gone(void **state)
{
    struct place *place, *next;
    uint64_t token, heir;

    (void)state;
    open_roster(PLACES);
    token = come(&place);
    assert_true(go(token));
    assert_null(roster_post(&roster, token, 1));
    heir = come(&next);
    assert_ptr_equal(next, place);
    assert_null(roster_post(&roster, token, 1));
    assert_ptr_equal(roster_post(&roster, heir, 2), next);
    assert_int_equal(place_yield(next), 0);
    roster_release(&roster);
}

static void it_is_empty_once_the_last_tenant_has_gone(void **state)
{
    struct place *place;
    uint64_t tokens[PLACES];

    (void)state;
    open_roster(PLACES);
    assert_true(roster_is_empty(&roster));
    for (int i = 0; i < PLACES; i++)
        tokens[i] = come(&place);
    for (int i = 0; i < PLACES; i++) {
        assert_false(roster_is_empty(&roster));
        assert_true(go(tokens[i]));
    }
    assert_true(roster_is_empty(&roster));
    roster_release(&roster);
}

static void a_new_place_is_zeroed_and_on_cache_lines_of_its_own(void **state)
{
    struct guest *guest;

    (void)state;
    open_roster(PLACES);
    guest = (struct guest *)roster_new(&roster);
    guest->answered[0] = 7;
    roster_free(&roster, &guest->place);
    guest = (struct guest *)roster_new(&roster);
    assert_int_equal(guest->answered[0], 0);
    assert_int_equal((uintptr_t)guest % ROSTER_LINE_BYTES, 0);
    assert_int_equal(sizeof *guest % ROSTER_LINE_BYTES, 0);
    roster_release(&roster);
}

static void a_token_leaves_its_highest_bit_free_for_ever(void **state)
{
    struct place *place;

    (void)state;
    open_roster(PLACES);
    roster.tenant = ROSTER_TENANT_LIMIT - 1;
    assert_int_equal(come(&place) >> 32, INT32_MAX);
    assert_int_equal(come(&place) >> 32, 1);
    roster_release(&roster);
}

static void a_full_roster_has_no_place(void **state)
{
    struct place *place;

    (void)state;
    open_roster(ROSTER_CHUNK_PLACES);
    for (int i = 0; i < ROSTER_CHUNK_PLACES; i++)
        come(&place);
    assert_null(roster_new(&roster));
    assert_true(go(place_token(place)));
    assert_ptr_equal(roster_new(&roster), place);
    roster_release(&roster);
}

static size_t resident_pages(void)
{
    size_t bytes = roster.chunks_count * ROSTER_CHUNK_PLACES * roster.place_bytes;
    unsigned char *pages = calloc(1, bytes / 4096 + 1);
    size_t count = 0;

    assert_int_equal(mincore(roster.places, bytes, pages), 0);
    for (size_t i = 0; i < bytes / 4096; i++)
        count += pages[i] & 1;
    free(pages);
    return count;
}

/* And late tokens still find nobody there. */
static void a_burst_gives_its_memory_back_but_for_one_chunk(void **state)
{
    static uint64_t tokens[PLACES];
    struct place *place;

    (void)state;
    open_roster(PLACES);
    for (int i = 0; i < PLACES; i++)
        tokens[i] = come(&place);
    assert_true(resident_pages() > 2 * ROSTER_CHUNK_PLACES * sizeof(struct guest) / 4096);
    for (int i = 0; i < PLACES; i++)
        assert_true(go(tokens[i]));
    assert_true(resident_pages() <= ROSTER_CHUNK_PLACES * sizeof(struct guest) / 4096);
    for (int i = 0; i < PLACES; i++)
        assert_null(roster_post(&roster, tokens[i], 1));
    roster_release(&roster);
}

static void a_sweep_meets_each_that_is_overdue_while_they_go(void **state)
{
    struct place *places[PLACES];
    uint32_t index = 0;
    uint64_t token;
    int met = 0;

    (void)state;
    open_roster(PLACES);
    for (int i = 0; i < PLACES; i++)
        come(&places[i]);
    for (int i = 0; i < PLACES; i += 2)
        place_set_deadline(places[i], i % 4 ? 500 : 501);
    while ((token = roster_overdue(&roster, &index, 500))) {
        assert_int_equal((uint32_t)token % 4, 2);
        assert_true(go(token));
        met++;
    }
    assert_int_equal(met, PLACES / 4);
    for (index = 0, met = 0; roster_overdue(&roster, &index, UINT64_MAX); met++)
        ;
    assert_int_equal(met, PLACES - PLACES / 4);
    roster_release(&roster);
}

static struct place *shared[SHARED];
static uint64_t shared_tokens[SHARED];
static atomic_uint asked[SHARED][THREADS];
static atomic_bool were_two;

/* A bit says that a thread has asked for more since it was last answered. */
static void serve(struct guest *guest, int number, uint32_t posts)
{
    if (atomic_exchange(&guest->is_served, true))
        atomic_store(&were_two, true);
    for (int i = 0; i < THREADS; i++)
        if (posts >> i & 1)
            guest->answered[i] = atomic_load(&asked[number][i]);
    atomic_store(&guest->is_served, false);
}

static void *ask_and_serve(void *arg)
{
    uintptr_t thread = (uintptr_t)arg;

    for (int i = 0; i < ROUNDS; i++) {
        uint32_t posts = UINT32_C(1) << thread;
        struct place *place;

        atomic_fetch_add(&asked[i % SHARED][thread], 1);
        place = roster_post(&roster, shared_tokens[i % SHARED], posts);
        while (place && posts) {
            serve((struct guest *)place, i % SHARED, posts);
            posts = place_yield(place);
        }
    }
    return NULL;
}

static void one_thread_at_a_time_serves_and_no_post_is_lost(void **state)
{
    pthread_t threads[THREADS];

    (void)state;
    open_roster(PLACES);
    for (int i = 0; i < SHARED; i++)
        shared_tokens[i] = come(&shared[i]);
    for (uintptr_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, ask_and_serve, (void *)i), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_false(atomic_load(&were_two));
    for (int i = 0; i < SHARED; i++)
        for (int k = 0; k < THREADS; k++)
            assert_int_equal(((struct guest *)shared[i])->answered[k], atomic_load(&asked[i][k]));
    roster_release(&roster);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_post_claims_and_a_second_one_is_found_when_yielding),
        cmocka_unit_test(a_token_is_worth_nothing_once_its_tenant_has_gone),
        cmocka_unit_test(it_is_empty_once_the_last_tenant_has_gone),
        cmocka_unit_test(a_new_place_is_zeroed_and_on_cache_lines_of_its_own),
        cmocka_unit_test(a_token_leaves_its_highest_bit_free_for_ever),
        cmocka_unit_test(a_full_roster_has_no_place),
        cmocka_unit_test(a_burst_gives_its_memory_back_but_for_one_chunk),
        cmocka_unit_test(a_sweep_meets_each_that_is_overdue_while_they_go),
        cmocka_unit_test(one_thread_at_a_time_serves_and_no_post_is_lost),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("roster", tests, NULL, NULL);
}
