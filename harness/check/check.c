/*
 * The order of a check. Short: start the server, play every case in every form and the crossing
 * clients at once, stop it. Long: two workers, ::1, drain and the limits as well; meanwhile, on a
 * thread of their own, the time-outs of all servers side by side. That thread only has sockets:
 * processes are started and ended by the main thread.
 */
#include "check/check.h"

#include <stdlib.h>
#include <unistd.h>

#include "check/divergence.h"
#include "check/exchange.h"
#include "check/instance.h"
#include "check/lifecycle.h"
#include "check/passage.h"
#include "check/questions.h"
#include "check/timeouts.h"
#include "measure/process_tree.h"

/* ---- cases ---- */

static void add_crossing(struct instance *instance)
{
    const struct checked *checked = instance->checked;
    const struct questions *questions = checked->questions;
    passage_add_crossing(&instance->passage,
                         checked->info->own_app ? &questions->crossing : &questions->crossing_echo);
    if (checked->info->own_app) /* what the upstream is asked is theirs to decide */
        passage_add_crossing(&instance->passage, &questions->crossing_proxy);
}

static void say_unstarted(struct checked *checked, enum server_result result, const char *error)
{
    checked->report->unavailable = result == SERVER_UNAVAILABLE;
    checked->report->failed += result == SERVER_FAILED;
    strings_add(&checked->report->failures, error);
    if (checked->options->log != NULL)
        fprintf(checked->options->log, "%-12s %s: %s\n", checked->info->name,
                result == SERVER_UNAVAILABLE ? "skipped, cannot run here" : "does not start",
                error);
}

/* All forms at once; the slow ones first, so that the others
 * fill their pauses. False: there is nothing more to check. */
static bool check_cases(struct checked *checked)
{
    char error[512];
    struct instance instance;
    const struct test_cases *cases = &checked->questions->cases;
    enum server_result result =
        instance_begin(&instance, checked, checked->options->address, 1, error, sizeof(error));
    if (result != SERVER_OK) {
        say_unstarted(checked, result, error);
        return false;
    }
    checked->has_started = true;
    passage_add(&instance.passage, cases, FORM_BYTES, false);
    add_crossing(&instance);
    passage_add(&instance.passage, cases, FORM_SPLIT, false);
    passage_add(&instance.passage, cases, FORM_PIPELINED, false);
    passage_add(&instance.passage, cases, FORM_WHOLE, false);
    return instance_play(&instance, "") == EXCHANGES_PLAYED;
}

/* The cases once more, whole, under other conditions. */
static void check_again(struct checked *checked, const char *address, unsigned workers,
                        const char *label)
{
    char error[512];
    struct instance instance;
    if (instance_begin(&instance, checked, address, workers, error, sizeof(error)) != SERVER_OK) {
        passage_find(&instance.passage, "process", error);
        return;
    }
    passage_add(&instance.passage, &checked->questions->cases, FORM_WHOLE, false);
    add_crossing(&instance);
    instance_play(&instance, label);
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

/* What the process contract asks of every server. The ceilings do keep it, but are no servers. */
static void check_lifecycles(struct checked *checked)
{
    static const struct {
        const char *name;
        void (*check)(struct lifecycle *);
        unsigned workers;
        const char *route; /* needed beside plaintext */
    } lifecycles[] = {
        {"drain", lifecycle_drain, 1, "wait"},
        {"drain, 2 workers", lifecycle_drain, 2, "wait"},
        {"max-connections", lifecycle_limit, 1, "plaintext"},
        {"max-connections, 2 workers", lifecycle_limit, 2, "plaintext"},
        {"files", lifecycle_files, 1, "plaintext"},
        {"files, 2 workers", lifecycle_files, 2, "plaintext"},
        {"upstream", lifecycle_upstream, 1, "proxy"},
        {"fetches", lifecycle_fetches, 1, "proxy"},
        {"fetches, 2 workers", lifecycle_fetches, 2, "proxy"},
        {"burst of fetches", lifecycle_burst, 1, "proxy"},
        {"drain of fetches", lifecycle_fetch_drain, 1, "proxy"},
        {"drain of fetches, 2 workers", lifecycle_fetch_drain, 2, "proxy"},
    };
    for (size_t i = 0;
         i < sizeof(lifecycles) / sizeof(lifecycles[0]) && !checked_is_interrupted(checked); i++)
        if (passage_has_route(checked->info, "plaintext") &&
            passage_has_route(checked->info, lifecycles[i].route))
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
    else if (!checked_is_interrupted(checked))
        check_again(checked, "::1", 1, ", over IPv6");
}

/* What only the long form does, one after the other; interrupted, none of what is left. */
static void check_long(struct checked *checked)
{
    if (checked_has_timeouts(checked) && !checked_is_interrupted(checked))
        check_conditions(checked);
    if (!checked->options->short_form && !checked->info->ceiling)
        check_lifecycles(checked);
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
    for (size_t i = 0; i < count && !checked_is_interrupted(&checked[i]); i++) {
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
