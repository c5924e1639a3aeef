/* Starting, judging and ending a server that is asked cases; see instance.h. */
#include "check/instance.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "check/again.h"
#include "check/starvation.h"
#include "data/strings.h"

bool checked_is_interrupted(const struct checked *checked)
{
    return checked->options->interrupted != NULL && *checked->options->interrupted;
}

bool checked_has_timeouts(const struct checked *checked)
{
    return !checked->is_refused && !checked->options->short_form && checked->info->own_app &&
           !checked->info->ceiling;
}

/* What stands behind a proxy: beside it, on an address of the same family. */
static int open_upstream(struct origin *upstream, const char *address)
{
    int result = origin_open(upstream, address);
    return result == 0 ? origin_serve(upstream) : result;
}

static enum server_result start(struct instance *instance, struct server_options *options,
                                char *error, size_t size)
{
    if (passage_has_route(instance->checked->info, "proxy")) {
        int result = open_upstream(&instance->upstream, options->address);
        if (result < 0) {
            snprintf(error, size, "no upstream for it on %s: %s", options->address,
                     strerror(-result));
            return SERVER_FAILED;
        }
        options->upstream = instance->upstream.authority;
    }
    return server_start(&instance->server, options, error, size);
}

/* Clients beyond a limit of files have to wait (docs/servers.md),
 * but who fails then should know what it was. */
static void note_few_files(struct instance *instance)
{
    struct rlimit limit;
    struct passage *passage = &instance->passage;
    if (prlimit(instance->server.pid, RLIMIT_NOFILE, NULL, &limit) == 0 &&
        limit.rlim_cur <= EXCHANGE_PARALLEL)
        snprintf(
            passage->few_files, sizeof(passage->few_files),
            "; it may have %llu files open, and the check up to %d connections with it: raise the "
            "limit (ulimit -n)",
            (unsigned long long)limit.rlim_cur, EXCHANGE_PARALLEL);
}

enum server_result instance_begin(struct instance *instance, struct checked *checked,
                                  const char *address, unsigned workers, char *error, size_t size)
{
    struct server_options options = {.path = checked->info->path,
                                     .address = address,
                                     .workers = workers,
                                     .start_timeout_ms = checked->info->start_timeout_s * 1000,
                                     .interrupted = checked->options->interrupted};
    *instance = (struct instance){.checked = checked, .workers = workers};
    instance->passage =
        (struct passage){.server = checked->info,
                         .options = checked->options,
                         .report = checked->report,
                         .divergences = &checked->divergences,
                         .probe = checked->info->ceiling ? NULL : &checked->questions->probe};
    enum server_result result = start(instance, &options, error, size);
    if (result != SERVER_OK) {
        origin_close(&instance->upstream);
        return result;
    }
    target_init(&instance->passage.target, address, instance->server.port, checked->info->name,
                checked->info->own_core && !checked->info->ceiling);
    note_few_files(instance);
    return result;
}

/* Ends it and says how it ended otherwise than it should have;
 * NULL: as it should. The caller frees. */
static char *stop(struct server *server)
{
    bool killed = server_stop(server) < 0;
    int status = server->exit_status;
    server_kill(server);
    if (killed)
        return text_format(
            "expected exit within %d ms of SIGTERM, got a server that had to be killed",
            SERVER_STOP_TIMEOUT_MS);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return text_format("expected exit 0 after SIGTERM, got wait status 0x%x", (unsigned)status);
    return NULL;
}

/* It ended by itself, which no server may. */
static void find_death(struct instance *instance)
{
    char how[256];
    struct check_report *report = instance->checked->report;
    server_tell_end(&instance->server, how, sizeof(how));
    char *died = text_format("%s during its check%s", how, instance->passage.few_files);
    server_kill(&instance->server);
    passage_find(&instance->passage, "process", died);
    free(report->died);
    report->died = died;
}

static void find_end(struct instance *instance)
{
    char *finding = stop(&instance->server);
    if (finding != NULL && instance->checked->info->own_app)
        passage_find(&instance->passage, "process", finding);
    free(finding);
}

void instance_end(struct instance *instance)
{
    if (checked_is_interrupted(instance->checked)) {
        if (instance->checked->info->external) /* the one that has files to take away */
            server_stop(&instance->server);
        server_kill(&instance->server);
    } else if (server_ended(&instance->server)) {
        find_death(instance);
    } else {
        find_end(instance);
    }
    origin_close(&instance->upstream);
}

/* A server that says nothing at all fails by that alone, in one sentence; one that stops answering,
 * by what it answered wrongly and by having stopped. */
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

/* A server whose connections break may be about to end by itself: it has this long for it. */
enum { DEATH_MS = 500 };

/* A server that fell silent is not asked to end: it would not hear. */
enum exchanges_end instance_play(struct instance *instance, const char *label)
{
    struct passage *passage = &instance->passage;
    struct starvation starvation;
    starvation_begin(&starvation);
    enum exchanges_end ended = exchanges_try(passage->exchanges, passage->count, &instance->server,
                                             instance->checked->options->interrupted);
    passage->starved_percent = starvation_percent(&starvation);
    if (ended != EXCHANGES_PLAYED && !server_ends_within(&instance->server, DEATH_MS)) {
        server_kill(&instance->server);
        origin_close(&instance->upstream);
    } else {
        instance_end(instance);
    }
    if (ended == EXCHANGES_PLAYED)
        again_play(instance);
    judge(passage, ended, label);
    passage_release(passage);
    return ended;
}
