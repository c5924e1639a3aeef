#include "mhd/arrivals.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { FIRST_CAPACITY = 64 };

void arrivals_init(struct arrivals *arrivals)
{
    *arrivals = (struct arrivals){0};
    pthread_mutex_init(&arrivals->lock, NULL);
}

void arrivals_release(struct arrivals *arrivals)
{
    assert(arrivals->count == 0);
    free(arrivals->list);
    pthread_mutex_destroy(&arrivals->lock);
}

static bool make_room(struct arrivals *arrivals)
{
    unsigned capacity = arrivals->capacity ? 2 * arrivals->capacity : FIRST_CAPACITY;
    struct arrival *list;

    if (arrivals->count < arrivals->capacity)
        return true;
    list = realloc(arrivals->list, capacity * sizeof *list);
    if (!list)
        return false;
    arrivals->list = list;
    arrivals->capacity = capacity;
    return true;
}

bool arrivals_add(struct arrivals *arrivals, int fd)
{
    struct stat status;
    bool has_room;

    if (fstat(fd, &status) < 0)
        return false;
    pthread_mutex_lock(&arrivals->lock);
    has_room = make_room(arrivals);
    if (has_room)
        arrivals->list[arrivals->count++] = (struct arrival){fd, status.st_ino};
    pthread_mutex_unlock(&arrivals->lock);
    return has_room;
}

static void take_out(struct arrivals *arrivals, unsigned i)
{
    arrivals->count--;
    memmove(&arrivals->list[i], &arrivals->list[i + 1],
            (arrivals->count - i) * sizeof arrivals->list[0]);
}

/* Of two with one fd the earlier one is lost. */
void arrivals_remove(struct arrivals *arrivals, int fd)
{
    unsigned i;

    pthread_mutex_lock(&arrivals->lock);
    i = arrivals->count;
    while (i > 0 && arrivals->list[i - 1].fd != fd)
        i--;
    if (i > 0)
        take_out(arrivals, i - 1);
    pthread_mutex_unlock(&arrivals->lock);
}

static bool is_lost(const struct arrival *arrival)
{
    struct stat status;

    return fstat(arrival->fd, &status) < 0 || status.st_ino != arrival->socket;
}

unsigned arrivals_lost(struct arrivals *arrivals)
{
    unsigned lost = 0;

    pthread_mutex_lock(&arrivals->lock);
    for (unsigned i = arrivals->count; i-- > 0;)
        if (is_lost(&arrivals->list[i])) {
            take_out(arrivals, i);
            lost++;
        }
    pthread_mutex_unlock(&arrivals->lock);
    return lost;
}
