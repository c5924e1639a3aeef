/* One connection's turn; see exchange_step.h. The client
 * closes last, so that a server's reset is always seen. */
#include "check/exchange_step.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "check/match.h"
#include "check/case_text.h"
#include "data/strings.h"
#include "measure/clock.h"

/* EAGER_BYTES: up to here an unfinished answer is looked at each time more of it comes. */
enum { SHOWN_BYTES = 120, READ_BYTES = 64 * 1024, EAGER_BYTES = 64 * 1024, NS_PER_US = 1000 };

static void conclude(struct exchange *exchange, enum exchange_verdict verdict, char *finding)
{
    exchange->verdict = verdict;
    free(exchange->finding);
    exchange->finding = finding;
    if (exchange->fd >= 0)
        close(exchange->fd);
    exchange->fd = -1;
}

static void fail(struct exchange *exchange, char *finding)
{
    conclude(exchange, EXCHANGE_FAILED, finding);
}

/* ---- socket ---- */

static void set_option(int fd, int level, int option, int value)
{
    setsockopt(fd, level, option, &value, sizeof(value));
}

bool exchange_start(struct exchange *exchange, int64_t now_ns, bool may_wait)
{
    const struct target *target = exchange->target;
    const struct test_case *test = exchange->test;
    unsigned own_ms = test->before_ms ? test->before_ms : exchange->timeout_ms;
    exchange->started_ns = exchange->due_ns = now_ns;
    exchange->deadline_ns = now_ns + own_ms * NS_PER_MS;
    if (!test->before_ms) /* pacing may be late on a busy machine: twice its time */
        exchange->deadline_ns += 2 * (int64_t)exchange->script.total_us * NS_PER_US;
    exchange->fd = socket(target->address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (exchange->fd < 0 && may_wait && (errno == EMFILE || errno == ENFILE))
        return false;
    if (exchange->fd < 0) {
        fail(exchange, text_format("no socket for the client: %s", strerror(errno)));
        return true;
    }
    set_option(exchange->fd, IPPROTO_TCP, TCP_NODELAY, 1);
    if (test->receive_buffer_bytes > 0)
        set_option(exchange->fd, SOL_SOCKET, SO_RCVBUF, (int)test->receive_buffer_bytes);
    if (connect(exchange->fd, (const struct sockaddr *)&target->address, target->address_len) < 0 &&
        errno != EINPROGRESS)
        fail(exchange, text_format("cannot connect: %s", strerror(errno)));
    return true;
}

void exchange_read(struct exchange *exchange, int64_t now_ns)
{
    if (now_ns < exchange->stalled_ns)
        return;
    if (exchange->in_len == 0)
        exchange->in_since = time(NULL) - (exchange->stood_ns + NS_PER_S - 1) / NS_PER_S;
    for (;;) {
        if (exchange->in_cap - exchange->in_len < READ_BYTES) {
            exchange->in_cap = exchange->in_cap * 2 + READ_BYTES;
            exchange->in = xreallocarray(exchange->in, exchange->in_cap, 1);
        }
        ssize_t n = recv(exchange->fd, exchange->in + exchange->in_len, READ_BYTES, 0);
        if (n > 0)
            exchange->in_len += (size_t)n;
        exchange->heard |= n > 0;
        exchange->ended |= n == 0;
        exchange->reset |= n < 0 && errno != EAGAIN && errno != EINTR;
        if (n < READ_BYTES)
            return;
    }
}

void exchange_hang_up(struct exchange *exchange)
{
    int error = 0;
    socklen_t len = sizeof(error);
    getsockopt(exchange->fd, SOL_SOCKET, SO_ERROR, &error, &len);
    exchange->reset |= error != 0;
}

/* ---- what is said when something does not come ---- */

static char *tell_missing(const struct exchange *exchange, const char *how)
{
    const struct move *move = &exchange->script.moves[exchange->move];
    bool awaited = exchange->move < exchange->script.count && move->kind == STEP_ANSWER;
    const char *what = !awaited ? ""
                       : move->probe
                           ? " a further request on the same connection to be answered with"
                           : " the answer";
    char *wanted = awaited ? case_text_escape(move->answer->bytes, move->answer->len, SHOWN_BYTES)
                           : xstrdup("");
    char *came = case_text_escape(exchange->in, exchange->in_len, SHOWN_BYTES);
    char *text = awaited ? text_format("expected%s %s, got %s %s", what, wanted, came, how)
                         : text_format("got %s %s", came, how);
    free(wanted);
    free(came);
    return text;
}

static void fail_late(struct exchange *exchange, int64_t now_ns)
{
    static const char *const endings[] = {"", "the connection to be closed",
                                          "the connection to be reset"};
    int64_t ms = (now_ns - exchange->started_ns) / NS_PER_MS;
    exchange->late_ms = (unsigned)ms;
    if (exchange->move < exchange->script.count) {
        char *how = text_format("within %lld ms", (long long)ms);
        fail(exchange, tell_missing(exchange, how));
        free(how);
    } else {
        fail(exchange, text_format("expected %s, but it was still open after %lld ms",
                                   endings[exchange->test->ending], (long long)ms));
    }
}

/* ---- moves: true when the next one can be played ---- */

static bool next_move(struct exchange *exchange)
{
    exchange->move++;
    exchange->sent = 0;
    return true;
}

/* A write that fails is a failure even if an answer came: a server that refuses a request must let
 * the client finish it (lingering close, RFC 9112 section 9.6). */
static bool fail_send(struct exchange *exchange, int error)
{
    if (exchange->test->ending == ENDING_RESET) {
        exchange->reset = true;
        exchange->move = exchange->script.count;
        return true;
    }
    char *came = case_text_escape(exchange->in, exchange->in_len, SHOWN_BYTES);
    fail(exchange,
         text_format("expected to send the whole request, but sending failed (%s); got %s",
                     strerror(error), came));
    free(came);
    return false;
}

static bool play_send(struct exchange *exchange, const struct move *move, int64_t now_ns)
{
    ssize_t n =
        send(exchange->fd, move->bytes + exchange->sent, move->len - exchange->sent, MSG_NOSIGNAL);
    if (n < 0)
        return errno == EAGAIN || errno == EINTR ? false : fail_send(exchange, errno);
    exchange->sent += (size_t)n;
    if (exchange->sent < move->len)
        return false;
    exchange->due_ns = now_ns + (int64_t)move->pause_us * NS_PER_US;
    return next_move(exchange);
}

static void take(struct exchange *exchange, size_t len)
{
    memmove(exchange->in, exchange->in + len, exchange->in_len - len);
    exchange->in_len -= len;
}

/* Is the answer to the closing probe right? Of servers that are not ours any answer will do. */
static struct match match_probe(const struct exchange *exchange)
{
    long len = match_any(exchange->in, exchange->in_len);
    if (len == 0)
        return (struct match){.verdict = MATCH_MORE};
    if (len > 0)
        return (struct match){.verdict = MATCH_YES, .taken = (size_t)len};
    return (struct match){.verdict = MATCH_NO, .difference = tell_missing(exchange, "instead")};
}

static struct match match_answer(const struct exchange *exchange, const struct move *move)
{
    const struct target *target = exchange->target;
    if (!target->exact)
        return move->probe ? match_probe(exchange)
                           : match_meaning(move->answer, exchange->in, exchange->in_len);
    if (exchange->in_len > EAGER_BYTES &&
        exchange->in_len < match_wanted_bytes(move->answer, target->server) && !exchange->ended)
        return (struct match){.verdict = MATCH_MORE};
    return match_bytes(move->answer, exchange->in, exchange->in_len, target->server,
                       exchange->in_since, time(NULL));
}

/* Drops a 100 (Continue) that may come but need not: it
 * depends on timing. False: wait for more of it. */
static bool drop_interim(struct exchange *exchange, const struct move *move)
{
    bool more, wanted = match_interim(move->answer->bytes, move->answer->len, &more) > 0;
    if (wanted || !exchange->test->interim)
        return true;
    size_t len = match_interim(exchange->in, exchange->in_len, &more);
    if (len > 0)
        take(exchange, len);
    return !more;
}

static bool play_answer(struct exchange *exchange, const struct move *move)
{
    bool over = exchange->ended || exchange->reset;
    bool ready = exchange->in_len > 0 && drop_interim(exchange, move);
    struct match match =
        ready ? match_answer(exchange, move) : (struct match){.verdict = MATCH_MORE};
    if (match.verdict == MATCH_NO) {
        char *finding =
            move->probe ? text_format("the next request on the connection was answered wrongly: %s",
                                      match.difference)
                        : text_format("%s", match.difference);
        free(match.difference);
        fail(exchange, finding);
        return false;
    }
    if (match.verdict == MATCH_MORE) {
        if (over)
            fail(exchange,
                 tell_missing(exchange,
                              exchange->reset ? "and a reset" : "and the end of the connection"));
        return false;
    }
    if (match.verdict == MATCH_DIFFERS && exchange->finding == NULL)
        exchange->finding = match.difference;
    else
        free(match.difference);
    take(exchange, match.taken);
    exchange->answers++;
    return next_move(exchange);
}

static bool play_move(struct exchange *exchange, int64_t now_ns)
{
    const struct move *move = &exchange->script.moves[exchange->move];
    switch (move->kind) {
    case STEP_SEND:
        return play_send(exchange, move, now_ns);
    case STEP_ANSWER:
        return play_answer(exchange, move);
    case STEP_PAUSE:
        exchange->due_ns = now_ns + (int64_t)move->pause_us * NS_PER_US;
        return next_move(exchange);
    case STEP_STALL:
        exchange->stalled_ns = now_ns + (int64_t)move->pause_us * NS_PER_US;
        return next_move(exchange);
    case STEP_FIN:
        shutdown(exchange->fd, SHUT_WR);
        return next_move(exchange);
    }
    return false;
}

/* ---- the end ---- */

static void conclude_in_time(struct exchange *exchange, int64_t now_ns)
{
    int64_t ms = (now_ns - exchange->started_ns) / NS_PER_MS;
    if (ms < exchange->test->after_ms)
        fail(
            exchange,
            text_format(
                "expected the end of the connection after %u ms at the earliest, got it after %lld",
                exchange->test->after_ms, (long long)ms));
    else if (exchange->finding != NULL)
        conclude(exchange, EXCHANGE_DIFFERS, xstrdup(exchange->finding));
    else
        conclude(exchange, EXCHANGE_PASSED, NULL);
}

static void fail_surplus(struct exchange *exchange)
{
    char *came = case_text_escape(exchange->in, exchange->in_len, SHOWN_BYTES);
    fail(exchange, text_format("expected nothing after %u answer%s, got %s", exchange->answers,
                               exchange->answers == 1 ? "" : "s", came));
    free(came);
}

/* All moves are played: does the connection end as it must? */
static void finish(struct exchange *exchange, int64_t now_ns)
{
    enum ending ending = exchange->test->ending;
    bool surplus = exchange->in_len > 0 && ending != ENDING_RESET;
    if (surplus && exchange->target->exact)
        fail_surplus(exchange);
    else if (ending == ENDING_OPEN)
        conclude_in_time(exchange, now_ns);
    else if (exchange->reset && ending == ENDING_CLOSE)
        fail(exchange, text_format("expected the connection to be closed, got a reset"));
    else if (exchange->ended && !exchange->reset && ending == ENDING_RESET)
        fail(exchange, text_format("expected the connection to be reset, got an orderly end"));
    else if (exchange->ended && surplus)
        fail_surplus(exchange);
    else if (exchange->ended || exchange->reset)
        conclude_in_time(exchange, now_ns);
}

void exchange_advance(struct exchange *exchange, int64_t now_ns)
{
    bool goes_on = true;
    while (goes_on && exchange->verdict == EXCHANGE_UNDECIDED &&
           exchange->move < exchange->script.count)
        goes_on = now_ns >= exchange->due_ns && play_move(exchange, now_ns);
    if (exchange->verdict == EXCHANGE_UNDECIDED && exchange->move == exchange->script.count)
        finish(exchange, now_ns);
    if (exchange->verdict == EXCHANGE_UNDECIDED && now_ns >= exchange->deadline_ns)
        fail_late(exchange, now_ns);
}

/* ---- waiting ---- */

static bool wants_to_send(const struct exchange *exchange)
{
    return exchange->move < exchange->script.count &&
           exchange->script.moves[exchange->move].kind == STEP_SEND;
}

short exchange_events(const struct exchange *exchange, int64_t now_ns)
{
    short events = 0;
    if (now_ns >= exchange->stalled_ns && !exchange->ended)
        events |= POLLIN;
    if (wants_to_send(exchange) && now_ns >= exchange->due_ns)
        events |= POLLOUT;
    return events;
}

int64_t exchange_wake_ns(const struct exchange *exchange, int64_t now_ns)
{
    int64_t wake_ns = exchange->deadline_ns;
    if (exchange->due_ns > now_ns && exchange->due_ns < wake_ns)
        wake_ns = exchange->due_ns;
    if (exchange->stalled_ns > now_ns && exchange->stalled_ns < wake_ns)
        wake_ns = exchange->stalled_ns;
    return wake_ns;
}
