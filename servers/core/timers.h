/*
 * A loop's timers, of two kinds. The caller passes the time in; nothing here reads a clock.
 *
 * struct wheel: coarse deadlines that nearly always move away before they come due (idle, header,
 * write, linger). A hashed timing wheel of one-second slots (Varghese and Lauck, 1987), moved
 * lazily: an entry whose deadline has become later stays where it is until its slot comes due, and
 * the caller then puts it back. So the cost per request is one compare. Due up to a second late,
 * never early.
 *
 * struct heap: the few precise ones, of connections that wait. A binary min-heap on milliseconds.
 *
 * Entries are embedded in the caller's objects and belong to it; an entry must be detached before
 * its memory goes away.
 */
#ifndef CORE_TIMERS_H
#define CORE_TIMERS_H

#include <stdbool.h>
#include <stdint.h>

enum { WHEEL_SLOTS = 64, WHEEL_SLOT_MS = 1000 };

struct wheel_entry {
    struct wheel_entry *next, *prev;
    uint64_t slot_ms; /* when its slot comes due; UINT64_MAX: detached */
};

struct wheel {
    struct wheel_entry slots[WHEEL_SLOTS]; /* circular lists */
    struct wheel_entry due;                /* entries of slots that came due, not yet taken */
    uint64_t occupied;                     /* bit i: slot i may hold entries */
    uint64_t second;                       /* of the first slot that has not come due */
};

void wheel_init(struct wheel *wheel, uint64_t now_ms);
void wheel_entry_init(struct wheel_entry *entry);

/* Moves the entry to the slot of deadline_ms; UINT64_MAX: nowhere, that is no deadline. */
void wheel_set(struct wheel *wheel, struct wheel_entry *entry, uint64_t deadline_ms);
void wheel_detach(struct wheel_entry *entry);

/* To be called whenever the deadline may have changed: acts only if the entry's slot is too late
 * for it. */
static inline void wheel_touch(struct wheel *wheel, struct wheel_entry *entry, uint64_t deadline_ms)
{
    if (deadline_ms <= entry->slot_ms - WHEEL_SLOT_MS)
        wheel_set(wheel, entry, deadline_ms);
}

/* Detaches and returns an entry whose slot has come due, or NULL when there is none left. Its
 * deadline may be later: then the caller puts it back with wheel_touch. */
struct wheel_entry *wheel_due(struct wheel *wheel, uint64_t now_ms);

/* When to look again; UINT64_MAX: nothing is in it. May be too early after entries were detached.
 */
uint64_t wheel_next_ms(const struct wheel *wheel);

struct heap_entry {
    uint64_t due_ms;
    uint32_t position; /* from 1; 0: not in a heap */
};

struct heap {
    struct heap_entry **entries; /* [1 .. count] */
    uint32_t count, capacity;
};

/* Zero it to initialise. */
void heap_release(struct heap *heap);

/* Adds an entry that is in no heap. Returns 0 or -ENOMEM. */
int heap_add(struct heap *heap, struct heap_entry *entry, uint64_t due_ms);

/* Takes the entry out, if it is in. */
void heap_remove(struct heap *heap, struct heap_entry *entry);

/* Takes out and returns the earliest entry that is due, or NULL. */
struct heap_entry *heap_due(struct heap *heap, uint64_t now_ms);

/* When the first is due; UINT64_MAX: it is empty. */
uint64_t heap_next_ms(const struct heap *heap);

#endif
