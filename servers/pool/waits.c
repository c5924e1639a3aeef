#include "pool/waits.h"

#include <errno.h>
#include <stddef.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

int waits_open(struct waits *waits)
{
    *waits = (struct waits){.armed_ms = UINT64_MAX};
    waits->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (waits->timer_fd < 0)
        return -errno;
    return -pthread_mutex_init(&waits->lock, NULL);
}

void waits_close(struct waits *waits)
{
    close(waits->timer_fd);
    heap_release(&waits->heap);
    pthread_mutex_destroy(&waits->lock);
}

/* A time in the past lets the timer run out at once (timerfd_settime(2)). */
static void waits_arm(struct waits *waits)
{
    uint64_t next_ms = heap_next_ms(&waits->heap);
    struct itimerspec at = {.it_value = {.tv_sec = (time_t)(next_ms / 1000),
                                         .tv_nsec = (long)(next_ms % 1000) * 1000000}};

    if (next_ms != UINT64_MAX)
        timerfd_settime(waits->timer_fd, TFD_TIMER_ABSTIME, &at, NULL);
    waits->armed_ms = next_ms;
}

int waits_add(struct waits *waits, struct wait_entry *wait, uint64_t token, uint64_t due_ms)
{
    int error;

    pthread_mutex_lock(&waits->lock);
    wait->token = token;
    error = heap_add(&waits->heap, &wait->entry, due_ms);
    if (heap_next_ms(&waits->heap) < waits->armed_ms)
        waits_arm(waits);
    pthread_mutex_unlock(&waits->lock);
    return error;
}

/* The timer stays: should it run out for nothing, that costs less than setting it. */
void waits_remove(struct waits *waits, struct wait_entry *wait)
{
    pthread_mutex_lock(&waits->lock);
    heap_remove(&waits->heap, &wait->entry);
    pthread_mutex_unlock(&waits->lock);
}

int waits_take(struct waits *waits, uint64_t now_ms, uint64_t tokens[], int max)
{
    struct heap_entry *due = NULL;
    int count = 0;

    pthread_mutex_lock(&waits->lock);
    while (count < max && (due = heap_due(&waits->heap, now_ms)))
        tokens[count++] = ((struct wait_entry *)due)->token;
    waits_arm(waits);
    pthread_mutex_unlock(&waits->lock);
    return count;
}
