/* The loop that plays exchanges side by side; see exchange.h. */
#include "check/exchange.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check/exchange_step.h"
#include "data/strings.h"
#include "measure/clock.h"

int target_init(struct target *target, const char *address, uint16_t port, const char *name,
                bool exact)
{
    *target = (struct target){.exact = exact};
    snprintf(target->server, sizeof(target->server), "backbench-%s", name);
    struct sockaddr_in *in = (struct sockaddr_in *)&target->address;
    struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&target->address;
    if (inet_pton(AF_INET, address, &in->sin_addr) == 1) {
        in->sin_family = AF_INET;
        in->sin_port = htons(port);
        target->address_len = sizeof(*in);
    } else if (inet_pton(AF_INET6, address, &in6->sin6_addr) == 1) {
        in6->sin6_family = AF_INET6;
        in6->sin6_port = htons(port);
        target->address_len = sizeof(*in6);
    } else {
        return -1;
    }
    return 0;
}

void exchange_init(struct exchange *exchange, const struct test_case *test, enum form form,
                   const struct target *target, const struct test_case *probe)
{
    *exchange = (struct exchange){
        .test = test, .form = form, .target = target, .timeout_ms = EXCHANGE_TIMEOUT_MS, .fd = -1};
    script_build(&exchange->script, test, form, probe);
}

void exchange_release(struct exchange *exchange)
{
    if (exchange->fd >= 0)
        close(exchange->fd);
    script_release(&exchange->script);
    free(exchange->in);
    free(exchange->finding);
    *exchange = (struct exchange){.fd = -1};
}

void exchange_renew(struct exchange *exchange, const struct test_case *probe, unsigned timeout_ms)
{
    const struct test_case *test = exchange->test;
    const struct target *target = exchange->target;
    enum form form = exchange->form;
    unsigned slow_ms = exchange->late_ms;
    exchange_release(exchange);
    exchange_init(exchange, test, form, target, probe);
    exchange->timeout_ms = timeout_ms;
    exchange->slow_ms = slow_ms;
}

/* How late an interrupt is noticed: a signal may go to another thread. */
static const int64_t INTERRUPT_NS = 200 * NS_PER_MS;

/* A wait that ends later than this: nothing runs on the machine, or it has better to do than us. */
static const int64_t STANDSTILL_NS = 250 * NS_PER_MS;

/* The exchanges that are being played. */
struct stage {
    struct exchange *playing[EXCHANGE_PARALLEL];
    struct pollfd polled[EXCHANGE_PARALLEL];
    size_t count;
    int64_t heard_ns; /* when something came last, on any connection */
    bool heard;       /* a byte, ever */
};

/* Removes those that have a verdict, and their input: only the sentence is needed now. */
static void stage_clear(struct stage *stage)
{
    size_t kept = 0;
    for (size_t i = 0; i < stage->count; i++) {
        struct exchange *exchange = stage->playing[i];
        if (exchange->verdict == EXCHANGE_UNDECIDED) {
            stage->playing[kept++] = exchange;
            continue;
        }
        free(exchange->in);
        exchange->in = NULL;
        exchange->in_len = exchange->in_cap = 0;
        script_release(&exchange->script);
    }
    stage->count = kept;
}

/* The server's time does not run while nothing does. */
static void stage_stand_still(struct stage *stage, int64_t stood_ns)
{
    stage->heard_ns += stood_ns;
    for (size_t i = 0; i < stage->count; i++) {
        stage->playing[i]->deadline_ns += stood_ns;
        stage->playing[i]->stood_ns += stood_ns;
    }
}

static void stage_wait(struct stage *stage)
{
    int64_t now_ns = monotonic_ns(), wake_ns = INT64_MAX;
    for (size_t i = 0; i < stage->count; i++) {
        const struct exchange *exchange = stage->playing[i];
        int64_t own_ns = exchange_wake_ns(exchange, now_ns);
        wake_ns = own_ns < wake_ns ? own_ns : wake_ns;
        stage->polled[i] =
            (struct pollfd){.fd = exchange->fd, .events = exchange_events(exchange, now_ns)};
        if (exchange->ended && stage->polled[i].events == 0)
            stage->polled[i].fd = -1; /* its hang-up is known and would be reported without end */
    }
    int64_t wait_ns = wake_ns > now_ns ? wake_ns - now_ns : 0;
    if (wait_ns > INTERRUPT_NS)
        wait_ns = INTERRUPT_NS;
    struct timespec timeout = {.tv_sec = wait_ns / NS_PER_S, .tv_nsec = wait_ns % NS_PER_S};
    if (ppoll(stage->polled, stage->count, &timeout, NULL) < 0)
        for (size_t i = 0; i < stage->count; i++)
            stage->polled[i].revents = 0;
    int64_t overslept_ns = monotonic_ns() - now_ns - wait_ns;
    if (overslept_ns > STANDSTILL_NS)
        stage_stand_still(stage, overslept_ns);
}

/* An end without a byte is a sign of life, but no answer. */
static void stage_read(struct stage *stage, struct exchange *exchange, int64_t now_ns)
{
    size_t before = exchange->in_len;
    exchange_read(exchange, now_ns);
    stage->heard_ns = now_ns;
    stage->heard |= exchange->in_len > before;
}

static void stage_play(struct stage *stage)
{
    int64_t now_ns = monotonic_ns();
    for (size_t i = 0; i < stage->count; i++) {
        struct exchange *exchange = stage->playing[i];
        short revents = stage->polled[i].revents;
        if (revents & (POLLERR | POLLHUP) && now_ns < exchange->stalled_ns)
            exchange_hang_up(exchange);
        else if (revents & (POLLIN | POLLERR | POLLHUP))
            stage_read(stage, exchange, now_ns);
        exchange_advance(exchange, now_ns);
    }
}

/* Begins one more. False: not before another has ended, for want of room or of descriptors. */
static bool stage_take(struct stage *stage, struct exchange *exchange)
{
    if (stage->count == EXCHANGE_PARALLEL ||
        !exchange_start(exchange, monotonic_ns(), stage->count > 0))
        return false;
    if (exchange->verdict == EXCHANGE_UNDECIDED)
        stage->playing[stage->count++] = exchange;
    return true;
}

static bool is_silent(const struct stage *stage)
{
    int limit_ms = stage->heard ? EXCHANGE_HUSH_MS : EXCHANGE_MUTE_MS;
    return monotonic_ns() - stage->heard_ns > limit_ms * NS_PER_MS;
}

static bool any_failed(const struct exchange *exchanges, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (exchanges[i].verdict == EXCHANGE_FAILED)
            return true;
    return false;
}

/* server: one that may be silent, and whose log is taken; NULL: every exchange is waited for. */
static enum exchanges_end run(struct exchange *exchanges, size_t count, struct server *server,
                              const volatile bool *interrupted)
{
    struct stage stage = {.heard_ns = monotonic_ns()};
    size_t next = 0;
    while ((next < count || stage.count > 0) && !(interrupted != NULL && *interrupted)) {
        while (next < count && stage_take(&stage, &exchanges[next]))
            next++;
        stage_wait(&stage);
        stage_play(&stage);
        stage_clear(&stage);
        if (server != NULL)
            server_ended(server);
        if (server != NULL && stage.count > 0 && is_silent(&stage))
            return stage.heard ? EXCHANGES_HUSHED : EXCHANGES_MUTE;
    }
    return !stage.heard && any_failed(exchanges, count) ? EXCHANGES_MUTE : EXCHANGES_PLAYED;
}

void exchanges_run(struct exchange *exchanges, size_t count, const volatile bool *interrupted)
{
    run(exchanges, count, NULL, interrupted);
}

enum exchanges_end exchanges_try(struct exchange *exchanges, size_t count, struct server *server,
                                 const volatile bool *interrupted)
{
    return run(exchanges, count, server, interrupted);
}
