#include "core/timers.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

/* ---- the wheel ---- */

void wheel_init(struct wheel *wheel, uint64_t now_ms)
{
    wheel->occupied = 0;
    wheel->second = now_ms / WHEEL_SLOT_MS + 1;
    wheel->due.next = wheel->due.prev = &wheel->due;
    for (int i = 0; i < WHEEL_SLOTS; i++)
        wheel->slots[i].next = wheel->slots[i].prev = &wheel->slots[i];
}

void wheel_entry_init(struct wheel_entry *entry)
{
    entry->next = entry->prev = entry;
    entry->slot_ms = UINT64_MAX;
}

void wheel_detach(struct wheel_entry *entry)
{
    entry->prev->next = entry->next;
    entry->next->prev = entry->prev;
    wheel_entry_init(entry);
}

/* The second at whose beginning the deadline has passed, within the wheel's reach. */
static uint64_t slot_second(const struct wheel *wheel, uint64_t deadline_ms)
{
    uint64_t second = deadline_ms / WHEEL_SLOT_MS + (deadline_ms % WHEEL_SLOT_MS != 0);

    if (second < wheel->second)
        return wheel->second;
    if (second >= wheel->second + WHEEL_SLOTS)
        return wheel->second + WHEEL_SLOTS - 1;
    return second;
}

void wheel_set(struct wheel *wheel, struct wheel_entry *entry, uint64_t deadline_ms)
{
    uint64_t second = slot_second(wheel, deadline_ms);
    struct wheel_entry *slot = &wheel->slots[second % WHEEL_SLOTS];

    wheel_detach(entry);
    if (deadline_ms == UINT64_MAX)
        return;
    entry->next = slot;
    entry->prev = slot->prev;
    slot->prev->next = entry;
    slot->prev = entry;
    entry->slot_ms = second * WHEEL_SLOT_MS;
    wheel->occupied |= UINT64_C(1) << second % WHEEL_SLOTS;
}

/* Moves the slots that came due to the list of due entries, at once: an entry that the caller puts
 * back while it takes them one by one then never lands among them. */
static void wheel_turn(struct wheel *wheel, uint64_t now_second)
{
    if (now_second - wheel->second >= WHEEL_SLOTS) /* after a long sleep: each slot once */
        wheel->second = now_second - WHEEL_SLOTS + 1;
    for (; wheel->second <= now_second; wheel->second++) {
        struct wheel_entry *slot = &wheel->slots[wheel->second % WHEEL_SLOTS];

        wheel->occupied &= ~(UINT64_C(1) << wheel->second % WHEEL_SLOTS);
        if (slot->next == slot)
            continue;
        slot->next->prev = wheel->due.prev;
        wheel->due.prev->next = slot->next;
        slot->prev->next = &wheel->due;
        wheel->due.prev = slot->prev;
        slot->next = slot->prev = slot;
    }
}

struct wheel_entry *wheel_due(struct wheel *wheel, uint64_t now_ms)
{
    struct wheel_entry *entry;

    if (now_ms / WHEEL_SLOT_MS >= wheel->second)
        wheel_turn(wheel, now_ms / WHEEL_SLOT_MS);
    entry = wheel->due.next;
    if (entry == &wheel->due)
        return NULL;
    wheel_detach(entry);
    return entry;
}

uint64_t wheel_next_ms(const struct wheel *wheel)
{
    unsigned first = wheel->second % WHEEL_SLOTS;
    uint64_t ahead = wheel->occupied >> first | wheel->occupied
                                                    << ((WHEEL_SLOTS - first) % WHEEL_SLOTS);

    if (!wheel->occupied)
        return UINT64_MAX;
    return (wheel->second + (unsigned)__builtin_ctzll(ahead)) * WHEEL_SLOT_MS;
}

/* ---- the heap ---- */

enum { HEAP_FIRST_CAPACITY = 64 };

static void heap_put(struct heap *heap, uint32_t position, struct heap_entry *entry)
{
    heap->entries[position] = entry;
    entry->position = position;
}

/* Puts the entry where it belongs at the position or above it. */
static void heap_rise(struct heap *heap, uint32_t position, struct heap_entry *entry)
{
    while (position > 1 && heap->entries[position / 2]->due_ms > entry->due_ms) {
        heap_put(heap, position, heap->entries[position / 2]);
        position /= 2;
    }
    heap_put(heap, position, entry);
}

/* Puts the entry where it belongs at the position or below it. */
static void heap_sink(struct heap *heap, uint32_t position, struct heap_entry *entry)
{
    for (;;) {
        uint32_t child = 2 * position;

        if (child < heap->count && heap->entries[child + 1]->due_ms < heap->entries[child]->due_ms)
            child++;
        if (child > heap->count || heap->entries[child]->due_ms >= entry->due_ms)
            break;
        heap_put(heap, position, heap->entries[child]);
        position = child;
    }
    heap_put(heap, position, entry);
}

static int heap_resize(struct heap *heap, uint32_t capacity)
{
    struct heap_entry **entries =
        realloc(heap->entries, (capacity + (size_t)1) * sizeof(struct heap_entry *));

    if (!entries)
        return -ENOMEM;
    heap->entries = entries;
    heap->capacity = capacity;
    return 0;
}

void heap_release(struct heap *heap)
{
    free(heap->entries);
    *heap = (struct heap){0};
}

int heap_add(struct heap *heap, struct heap_entry *entry, uint64_t due_ms)
{
    assert(entry->position == 0);
    if (heap->count == heap->capacity &&
        heap_resize(heap, heap->capacity ? 2 * heap->capacity : HEAP_FIRST_CAPACITY) < 0)
        return -ENOMEM;
    entry->due_ms = due_ms;
    heap_rise(heap, ++heap->count, entry);
    return 0;
}

void heap_remove(struct heap *heap, struct heap_entry *entry)
{
    uint32_t position = entry->position;
    struct heap_entry *last;

    if (position == 0)
        return;
    assert(heap->entries[position] == entry);
    last = heap->entries[heap->count--];
    entry->position = 0;
    if (last != entry) {
        if (position > 1 && heap->entries[position / 2]->due_ms > last->due_ms)
            heap_rise(heap, position, last);
        else
            heap_sink(heap, position, last);
    }
    /* A burst of waiting connections gives its memory back. */
    if (heap->capacity > HEAP_FIRST_CAPACITY && heap->count < heap->capacity / 4)
        heap_resize(heap, heap->capacity / 2);
}

struct heap_entry *heap_due(struct heap *heap, uint64_t now_ms)
{
    struct heap_entry *first;

    if (heap_next_ms(heap) > now_ms)
        return NULL;
    first = heap->entries[1];
    heap_remove(heap, first);
    return first;
}

uint64_t heap_next_ms(const struct heap *heap)
{
    return heap->count ? heap->entries[1]->due_ms : UINT64_MAX;
}
