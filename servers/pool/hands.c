#include "pool/hands.h"

#include <assert.h>
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>

#include "core/clock.h"

int hands_init(struct hands *hands, unsigned count, unsigned watchers, const char *server_name,
               struct app *app)
{
    assert(count <= LOOKOUT_THREADS_LIMIT);
    hands->list = calloc(count + 1, sizeof *hands->list);
    if (!hands->list)
        return -ENOMEM;
    hands->count = count;
    atomic_init(&hands->are_over, false);
    lookout_init(&hands->lookout, watchers);
    for (unsigned i = 0; i <= count; i++) {
        struct hand *hand = &hands->list[i];

        conn_shared_init(&hand->shared, server_name, app);
        hand->out = (struct conn_out){.base = hand->out_bytes, .cap = sizeof hand->out_bytes};
    }
    return 0;
}

/* The policy is inherited (sched(7)); the starting thread takes its own back. */
int hands_start(struct hands *hands, void *(*hand_main)(void *))
{
    const struct sched_param none = {0};
    int policy = sched_getscheduler(0);
    pthread_attr_t attributes;
    int error = 0;

    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, HAND_STACK_BYTES);
    sched_setscheduler(0, SCHED_BATCH, &none);
    for (unsigned i = 0; i < hands->count && !error; i++)
        error = pthread_create(&hands->list[i].thread, &attributes, hand_main, &hands->list[i]);
    sched_setscheduler(0, policy, &none);
    pthread_attr_destroy(&attributes);
    return -error;
}

void hands_end(struct hands *hands, int epoll_fd, int wake_fd, uint64_t token)
{
    struct epoll_event event = {EPOLLIN, {.u64 = token}}; /* level-triggered: all hear of it */

    atomic_store(&hands->are_over, true);
    lookout_end(&hands->lookout);
    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, wake_fd, &event);
    eventfd_write(wake_fd, 1);
    for (unsigned i = 0; i < hands->count; i++)
        pthread_join(hands->list[i].thread, NULL);
}

void hands_release(struct hands *hands)
{
    lookout_release(&hands->lookout);
    free(hands->list);
}

void hand_tick(struct hand *hand)
{
    hand->now_ms = clock_now_ms();
    conn_shared_tick(&hand->shared, time(NULL));
}
