/*
 * The order of a check. Short: start the server, play every case in every form and the crossing clients at once, stop
 * it. Long: two workers, ::1, drain and the limits as well; meanwhile, on a thread of their own, the time-outs of all
 * servers side by side. That thread only has sockets: processes are started and ended by the main thread.
 */
#include "check/check.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check/divergence.h"
#include "check/exchange.h"
#include "check/lifecycle.h"
#include "check/passage.h"
#include "check/questions.h"
#include "measure/process_tree.h"
#include "measure/server.h"

/* One server's share of a check. */
struct checked {
    const struct server_info *info;
    const struct check_options *options;
    struct check_report *report;
    const struct questions *questions;
    struct divergences divergences;
    bool is_refused;     /* for its description */
    bool has_started;    /* for its cases: one that has not is said to be unavailable or failed */
    struct server timed; /* the instance on which the time-outs are tried */
    struct passage timeouts;
    char untimed[512]; /* why it does not run; empty: it does, or is not wanted */
};

static bool is_interrupted(const struct checked *checked)
{
    return checked->options->interrupted != NULL && *checked->options->interrupted;
}

static enum server_result begin(struct checked *checked, struct server *server,
                                struct passage *passage, const char *address, unsigned workers,
                                char *error, size_t size)
{
    struct server_options options = {.path = checked->info->path,
                                     .address = address,
                                     .workers = workers,
                                     .start_timeout_ms = checked->info->start_timeout_s * 1000,
                                     .interrupted = checked->options->interrupted};
    *passage =
        (struct passage){.server = checked->info,
                         .options = checked->options,
                         .report = checked->report,
                         .divergences = &checked->divergences,
                         .probe = checked->info->ceiling ? NULL : &checked->questions->probe};
    enum server_result result = server_start(server, &options, error, size);
    if (result == SERVER_OK)
        target_init(&passage->target, address, server->port, checked->info->name,
                    checked->info->own_core && !checked->info->ceiling);
    return result;
}

/* Ends the server of a passage; one of ours must still be there, and end well. */
static void end(struct checked *checked, struct server *server, struct passage *passage)
{
    if (is_interrupted(checked)) {
        if (checked->info->external) /* the one that has files to take away */
            server_stop(server);
        server_kill(server);
        return;
    }
    bool died = server_ended(server);
    int status = server->exit_status;
    if (!died && server_stop(server) < 0)
        status = -1;
    else if (!died)
        status = server->exit_status;
    server_kill(server);
    char *finding = NULL;
    if (died)
        finding = text_format("the server ended by itself, wait status 0x%x", (unsigned)status);
    else if (status == -1)
        finding =
            text_format("expected exit within %d ms of SIGTERM, got a server that had to be killed",
                        SERVER_STOP_TIMEOUT_MS);
    else if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        finding =
            text_format("expected exit 0 after SIGTERM, got wait status 0x%x", (unsigned)status);
    if (finding != NULL && (died || checked->info->own_app))
        passage_find(passage, "process", finding);
    free(finding);
}

/* ---- cases ---- */

static void add_crossing(struct checked *checked, struct passage *passage)
{
    const struct questions *questions = checked->questions;
    passage_add_crossing(passage,
                         checked->info->own_app ? &questions->crossing : &questions->crossing_echo);
}

/* A server that says nothing at all fails by that alone, in one sentence; one that stops answering, by what it answered
 * wrongly and by having stopped. */
static void judge(struct passage *passage, enum exchanges_end ended, const char *label)
{
    if (ended != EXCHANGES_MUTE)
        passage_judge(passage, label);
    const char *first = passage->count > 0 ? passage->exchanges[0].finding : NULL;
    char *finding = NULL;
    if (ended == EXCHANGES_MUTE)
        finding = text_format("expected answers%s, got not one byte to %zu cases%s%s", label,
                              passage->count, first ? "; the first: " : "", first ? first : "");
    else if (ended == EXCHANGES_HUSHED)
        finding = text_format("expected answers%s to the end, got nothing on any connection for %d "
                              "ms; what was left was not asked",
                              label, EXCHANGE_HUSH_MS);
    if (finding != NULL)
        passage_find(passage, "silence", finding);
    free(finding);
}

/* Plays what was added, judges it and ends the server; one that fell silent is not asked to end: it would not hear. */
static enum exchanges_end play(struct checked *checked, struct server *server,
                               struct passage *passage, const char *label)
{
    enum exchanges_end ended =
        exchanges_try(passage->exchanges, passage->count, server, checked->options->interrupted);
    judge(passage, ended, label);
    if (ended != EXCHANGES_PLAYED && !server_ended(server))
        server_kill(server);
    else
        end(checked, server, passage);
    passage_release(passage);
    return ended;
}

/* All forms at once; the slow ones first, so that the others fill their pauses. False: there is nothing more to check. */
static bool check_cases(struct checked *checked)
{
    char error[512];
    struct server server;
    struct passage passage;
    enum server_result result =
        begin(checked, &server, &passage, checked->options->address, 1, error, sizeof(error));
    if (result != SERVER_OK) {
        checked->report->unavailable = result == SERVER_UNAVAILABLE;
        checked->report->failed += result == SERVER_FAILED;
        strings_add(&checked->report->failures, error);
        if (checked->options->log != NULL)
            fprintf(checked->options->log, "%-12s %s: %s\n", checked->info->name,
                    result == SERVER_UNAVAILABLE ? "skipped, cannot run here" : "does not start",
                    error);
        return false;
    }
    checked->has_started = true;
    passage_add(&passage, &checked->questions->cases, FORM_BYTES, false);
    add_crossing(checked, &passage);
    passage_add(&passage, &checked->questions->cases, FORM_SPLIT, false);
    passage_add(&passage, &checked->questions->cases, FORM_PIPELINED, false);
    passage_add(&passage, &checked->questions->cases, FORM_WHOLE, false);
    return play(checked, &server, &passage, "") == EXCHANGES_PLAYED;
}

/* The cases once more, whole, under other conditions. */
static void check_again(struct checked *checked, const char *address, unsigned workers,
                        const char *label)
{
    char error[512];
    struct server server;
    struct passage passage;
    if (begin(checked, &server, &passage, address, workers, error, sizeof(error)) != SERVER_OK) {
        passage_find(&passage, "process", error);
        return;
    }
    passage_add(&passage, &checked->questions->cases, FORM_WHOLE, false);
    add_crossing(checked, &passage);
    play(checked, &server, &passage, label);
}

static bool has_ipv6(void)
{
    struct target target;
    target_init(&target, "::1", 0, "", false);
    int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool bound = fd >= 0 && bind(fd, (struct sockaddr *)&target.address, target.address_len) == 0;
    if (fd >= 0)
        close(fd);
    return bound;
}

/* ---- process ---- */

/* What is asked of the suite's own servers alone. */
static bool has_timeouts(const struct checked *checked)
{
    return !checked->is_refused && !checked->options->short_form && checked->info->own_app &&
           !checked->info->ceiling;
}

static void check_lifecycle(struct checked *checked, const char *name,
                            void (*check)(struct lifecycle *), unsigned workers)
{
    struct lifecycle lifecycle = {.path = checked->info->path,
                                  .address = checked->options->address,
                                  .workers = workers,
                                  .start_timeout_ms = checked->info->start_timeout_s * 1000,
                                  .interrupted = checked->options->interrupted};
    struct passage passage = {
        .server = checked->info, .options = checked->options, .report = checked->report};
    check(&lifecycle);
    for (size_t i = 0; i < lifecycle.findings.count; i++)
        (checked->info->own_app ? passage_find : passage_differ)(&passage, name,
                                                                 lifecycle.findings.items[i]);
    if (lifecycle.findings.count == 0) {
        checked->report->passed++;
        if (checked->options->log != NULL)
            fprintf(checked->options->log, "%-12s %s: passed\n", checked->info->name, name);
    }
    lifecycle_release(&lifecycle);
}

static bool has_route(const struct server_info *info, const char *route)
{
    return info->routes.count == 0 || strings_contain(&info->routes, route);
}

/* What the process contract asks of every server. The ceilings do keep it, but are no servers. */
static void check_lifecycles(struct checked *checked)
{
    static const struct {
        const char *name;
        void (*check)(struct lifecycle *);
        unsigned workers;
    } lifecycles[] = {
        {"drain", lifecycle_drain, 1},           {"drain, 2 workers", lifecycle_drain, 2},
        {"max-connections", lifecycle_limit, 1}, {"max-connections, 2 workers", lifecycle_limit, 2},
        {"files", lifecycle_files, 1},           {"files, 2 workers", lifecycle_files, 2},
    };
    for (size_t i = 0; i < sizeof(lifecycles) / sizeof(lifecycles[0]) && !is_interrupted(checked);
         i++)
        if (has_route(checked->info, "plaintext") &&
            (lifecycles[i].check != lifecycle_drain || has_route(checked->info, "wait")))
            check_lifecycle(checked, lifecycles[i].name, lifecycles[i].check,
                            lifecycles[i].workers);
        else
            checked->report->skipped++;
}

/* The cases once more, in what only the long form tries. */
static void check_conditions(struct checked *checked)
{
    check_again(checked, checked->options->address, 2, ", 2 workers");
    if (!has_ipv6())
        checked->report->skipped++;
    else if (!is_interrupted(checked))
        check_again(checked, "::1", 1, ", over IPv6");
}

/* What only the long form does, one after the other; interrupted, none of what is left. */
static void check_long(struct checked *checked)
{
    if (has_timeouts(checked) && !is_interrupted(checked))
        check_conditions(checked);
    if (!checked->options->short_form && !checked->info->ceiling)
        check_lifecycles(checked);
}

/* ---- time-outs ---- */

struct timeouts {
    struct exchange *exchanges; /* of all servers */
    size_t count;
    const volatile bool *interrupted;
    pthread_t thread;
    bool started;
};

static void *timeouts_play(void *argument)
{
    struct timeouts *timeouts = argument;
    exchanges_run(timeouts->exchanges, timeouts->count, timeouts->interrupted);
    return NULL;
}

/* Starts an instance of each server and plays all long cases against all of them. */
static void timeouts_begin(struct timeouts *timeouts, struct checked *checked, size_t count)
{
    *timeouts = (struct timeouts){.interrupted = count > 0 ? checked->options->interrupted : NULL};
    for (size_t i = 0; i < count; i++) {
        struct passage *passage = &checked[i].timeouts;
        if (!has_timeouts(&checked[i]) ||
            begin(&checked[i], &checked[i].timed, passage, checked[i].options->address, 1,
                  checked[i].untimed, sizeof(checked[i].untimed)) != SERVER_OK)
            continue; /* check_cases says why, unless it starts there */
        passage_add(passage, &checked[i].questions->cases, FORM_WHOLE, true);
        timeouts->exchanges = xreallocarray(timeouts->exchanges, timeouts->count + passage->count,
                                            sizeof(*timeouts->exchanges));
        memcpy(timeouts->exchanges + timeouts->count, passage->exchanges,
               passage->count * sizeof(struct exchange));
        timeouts->count += passage->count;
    }
    timeouts->started = timeouts->count > 0 &&
                        pthread_create(&timeouts->thread, NULL, timeouts_play, timeouts) == 0;
}

/* The exchanges moved into the one list and back: they have one owner at a time. */
static void timeouts_end(struct timeouts *timeouts, struct checked *checked, size_t count)
{
    if (timeouts->started)
        pthread_join(timeouts->thread, NULL);
    else
        timeouts_play(timeouts);
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        struct passage *passage = &checked[i].timeouts;
        if (checked[i].untimed[0] != '\0') {
            if (checked[i].has_started)
                passage_find(passage, "time-outs", checked[i].untimed);
            continue;
        }
        if (checked[i].timed.pid == 0)
            continue;
        memcpy(passage->exchanges, timeouts->exchanges + at,
               passage->count * sizeof(struct exchange));
        at += passage->count;
        passage_judge(passage, ", time-outs");
        end(&checked[i], &checked[i].timed, passage);
        passage_release(passage);
    }
    free(timeouts->exchanges);
}

/* ---- all servers ---- */

/* A description that lists what cannot diverge is wrong, and so is a server that gives it. */
static void read_divergences(struct checked *checked, const struct questions *questions)
{
    struct passage passage = {
        .server = checked->info, .options = checked->options, .report = checked->report};
    char *error;
    checked->questions = questions;
    checked->is_refused = divergences_read(&checked->divergences, &checked->info->diverges,
                                           &questions->cases, &error) < 0;
    if (checked->is_refused) {
        passage_find(&passage, "description", error);
        free(error);
    }
}

static void check_with(const struct questions *questions, struct checked *checked, size_t count)
{
    struct timeouts timeouts;
    for (size_t i = 0; i < count; i++)
        read_divergences(&checked[i], questions);
    timeouts_begin(&timeouts, checked, count);
    for (size_t i = 0; i < count && !is_interrupted(&checked[i]); i++) {
        if (!checked[i].is_refused && check_cases(&checked[i]))
            check_long(&checked[i]);
        if (!timeouts.started) /* else the servers of the time-outs are children, too */
            process_kill_strays();
    }
    timeouts_end(&timeouts, checked, count);
    process_kill_strays();
    for (size_t i = 0; i < count; i++)
        divergences_release(&checked[i].divergences);
}

int check_servers(const struct server_info *servers, size_t count,
                  const struct check_options *options, struct check_report *reports, char **error)
{
    struct questions questions;
    struct checked *checked = xcalloc(count, sizeof(*checked));
    for (size_t i = 0; i < count; i++) {
        reports[i] = (struct check_report){0};
        checked[i] =
            (struct checked){.info = &servers[i], .options = options, .report = &reports[i]};
    }
    int status = questions_read(&questions, options->cases, error);
    if (status == 0)
        check_with(&questions, checked, count);
    questions_release(&questions);
    free(checked);
    return status;
}
