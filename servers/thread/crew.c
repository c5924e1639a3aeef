#include "thread/crew.h"

#include <signal.h>

enum { CREW_SIGNAL = SIGUSR1 };

static void interrupted(int signal)
{
    (void)signal; /* EINTR is all it is for: no SA_RESTART */
}

void crew_take_signal(void)
{
    const struct sigaction action = {.sa_handler = interrupted};

    sigaction(CREW_SIGNAL, &action, NULL);
}

void crew_join(struct crew *crew, struct crew_member *member)
{
    member->thread = pthread_self();
    atomic_init(&member->deadline_ms, UINT64_MAX);
    pthread_mutex_lock(&crew->lock);
    member->previous = NULL;
    member->next = crew->members;
    if (member->next)
        member->next->previous = member;
    crew->members = member;
    pthread_mutex_unlock(&crew->lock);
}

void crew_leave(struct crew *crew, struct crew_member *member)
{
    pthread_mutex_lock(&crew->lock);
    if (member->next)
        member->next->previous = member->previous;
    if (member->previous)
        member->previous->next = member->next;
    else
        crew->members = member->next;
    pthread_mutex_unlock(&crew->lock);
}

void crew_interrupt(struct crew *crew, uint64_t now_ms)
{
    pthread_mutex_lock(&crew->lock);
    for (struct crew_member *member = crew->members; member; member = member->next)
        if (atomic_load_explicit(&member->deadline_ms, memory_order_relaxed) <= now_ms)
            pthread_kill(member->thread, CREW_SIGNAL);
    pthread_mutex_unlock(&crew->lock);
}

bool crew_is_empty(struct crew *crew)
{
    bool is_empty;

    pthread_mutex_lock(&crew->lock);
    is_empty = !crew->members;
    pthread_mutex_unlock(&crew->lock);
    return is_empty;
}
