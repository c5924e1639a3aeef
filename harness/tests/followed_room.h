/* What the tests of following share: an actor that is followed
 * from its start, and what is read of it. */
#ifndef TESTS_FOLLOWED_ROOM_H
#define TESTS_FOLLOWED_ROOM_H

#include "measure/following.h"

#include "following_room.h"

static struct actor actor;
static struct following following;

static int start(void **state)
{
    (void)state;
    actor_start(&actor);
    following_open(&following, actor.pid);
    return 0;
}

static int end(void **state)
{
    (void)state;
    following_close(&following);
    actor_end(&actor);
    return 0;
}

static struct following_reading read_now(void)
{
    struct following_reading reading;
    following_read(&following, true, &reading);
    return reading;
}

static struct following_counts count_now(void)
{
    struct following_counts counts;
    following_count(&following, &counts);
    return counts;
}

#endif
