/* Selection and judgement of cases for one server; see passage.h. */
#include "check/passage.h"

#include <stdlib.h>
#include <string.h>

#include "check/crossing.h"

bool passage_has_route(const struct server_info *server, const char *route)
{
    if (server->routes.count == 0)
        return strcmp(route, "proxy") != 0;
    return strings_contain(&server->routes, route);
}

static bool lacks_route(const struct server_info *server, const char *route)
{
    return route != NULL && !passage_has_route(server, route);
}

static void skip(struct passage *passage)
{
    passage->report->skipped++;
}

static void add_exchange(struct passage *passage, const struct test_case *test, enum form form)
{
    passage->exchanges =
        xreallocarray(passage->exchanges, passage->count + 1, sizeof(*passage->exchanges));
    exchange_init(&passage->exchanges[passage->count++], test, form, &passage->target,
                  passage->probe);
}

/* The questions a ceiling is measured on: its canned answer to
 * the workloads plaintext and pipeline. */
static bool is_for_ceiling(const struct test_case *test, enum form form)
{
    return test->gate && test->route != NULL && strcmp(test->route, "plaintext") == 0 &&
           (form == FORM_WHOLE || form == FORM_PIPELINED);
}

void passage_add(struct passage *passage, const struct test_cases *cases, enum form form,
                 bool long_cases)
{
    for (size_t i = 0; i < cases->count; i++) {
        const struct test_case *test = &cases->items[i];
        if (test->is_long != long_cases || !(test->forms & (1u << form)))
            continue;
        if (passage->server->ceiling && !is_for_ceiling(test, form))
            continue;
        if (lacks_route(passage->server, test->route))
            skip(passage);
        else
            add_exchange(passage, test, form);
    }
}

void passage_add_crossing(struct passage *passage, const struct test_cases *crossing)
{
    static const enum form forms[] = {FORM_BYTES, FORM_SPLIT, FORM_WHOLE};
    if (passage->server->ceiling)
        return;
    if (crossing->count > 0 && lacks_route(passage->server, crossing->items[0].route)) {
        skip(passage);
        return;
    }
    for (size_t i = 0; i < crossing->count; i++)
        add_exchange(passage, &crossing->items[i], forms[i % (sizeof(forms) / sizeof(forms[0]))]);
}

/* ---- judgement ---- */

bool passage_is_crossing(const struct exchange *exchange)
{
    return strcmp(exchange->test->name, "crossing") == 0;
}

/* Does a wrong answer count as a failure of this server? */
static bool is_gating(const struct server_info *server, const struct exchange *exchange)
{
    if (server->own_app || server->ceiling)
        return true;
    const struct test_case *test = exchange->test;
    bool declared = test->route != NULL && strings_contain(&server->routes, test->route);
    bool measured_so = exchange->form == FORM_WHOLE || exchange->form == FORM_PIPELINED;
    return declared && ((test->gate && measured_so) || passage_is_crossing(exchange));
}

static void add_once(struct strings *list, const char *text)
{
    if (text != NULL && !strings_contain(list, text))
        strings_add(list, text);
}

/* Is it a route's own question, in a form that is measured? */
static bool breaks_route(const struct exchange *exchange)
{
    bool measured_so = exchange->form == FORM_WHOLE || exchange->form == FORM_PIPELINED;
    return measured_so && (exchange->test->gate || passage_is_crossing(exchange));
}

bool passage_accuses(const struct passage *passage, const struct exchange *exchange)
{
    return divergences_reason(passage->divergences, exchange->test->name, exchange->form) == NULL &&
           (is_gating(passage->server, exchange) || breaks_route(exchange));
}

/* Pipelined, it is the workload "pipeline" that is lost. */
static const char *broken_name(const struct exchange *exchange)
{
    const struct test_case *test = exchange->test;
    bool pipeline = !passage_is_crossing(exchange) && exchange->form == FORM_PIPELINED;
    return pipeline && strcmp(test->route, "plaintext") == 0 ? "pipeline" : test->route;
}

/* A route whose own question was not answered as it must be: the first finding says why. */
static void break_route(struct passage *passage, const struct exchange *exchange)
{
    struct check_report *report = passage->report;
    const char *name = broken_name(exchange);
    if (name == NULL || strings_contain(&report->broken_routes, name))
        return;
    bool unanswered = !exchange->heard || exchange->late_ms > 0;
    const char *how = !exchange->heard        ? "is not answered"
                      : exchange->late_ms > 0 ? "is answered too late"
                                              : "is answered wrongly";
    char *reason =
        text_format("%s: %s%s", how, exchange->finding, unanswered ? passage->few_files : "");
    strings_add(&report->broken_routes, name);
    strings_add(&report->broken_reasons, reason);
    free(reason);
}

/* One line of the log, and what is to be said below it. */
struct tally {
    const char *label;
    unsigned passed, failed, differing, diverging, slow;
    struct strings said;
};

/* "crossing, byte by byte, 2 workers" */
static char *name_exchange(const struct tally *tally, const struct exchange *exchange)
{
    return text_format("%s, %s%s", exchange->test->name, form_name(exchange->form), tally->label);
}

/* A listed case that fails, in the words of TAP. */
static void tally_divergence(struct passage *passage, struct tally *tally,
                             const struct exchange *exchange, const char *reason)
{
    char *name = name_exchange(tally, exchange);
    char *line = text_format("not ok - %s # TODO known divergence: %s (%s)", name, reason,
                             exchange->finding);
    tally->diverging++;
    passage->report->diverged++;
    add_once(&passage->report->divergences, exchange->test->name);
    if (passage->options->verbose)
        strings_add(&tally->said, line);
    free(line);
    free(name);
}

/* A listed case that passes: nothing is wrong but the list. */
static void tally_recovery(struct passage *passage, struct tally *tally,
                           const struct exchange *exchange)
{
    char *name = name_exchange(tally, exchange);
    char *line = text_format("ok - %s # TODO no longer diverges, take it off the list", name);
    passage->report->recovered++;
    strings_add(&passage->report->recoveries, line);
    strings_add(&tally->said, line);
    free(line);
    free(name);
}

/* Right, but only when it was asked again. */
static void tally_slow(struct passage *passage, struct tally *tally,
                       const struct exchange *exchange)
{
    struct check_report *report = passage->report;
    char *name = name_exchange(tally, exchange);
    char *sentence = text_format("%s: not right within %u ms at first, right when asked again",
                                 name, exchange->slow_ms);
    tally->slow++;
    strings_add(&report->slow, sentence);
    if (passage->starved_percent > report->starved_percent)
        report->starved_percent = passage->starved_percent;
    if (passage->options->verbose)
        strings_add(&tally->said, sentence);
    free(sentence);
    free(name);
}

static void tally_add(struct passage *passage, struct tally *tally, const struct exchange *exchange)
{
    struct check_report *report = passage->report;
    if (exchange->verdict == EXCHANGE_UNDECIDED) /* interrupted */
        return;
    const char *reason =
        divergences_reason(passage->divergences, exchange->test->name, exchange->form);
    if (reason != NULL && exchange->verdict == EXCHANGE_FAILED) {
        tally_divergence(passage, tally, exchange, reason);
        return;
    }
    if (reason != NULL)
        tally_recovery(passage, tally, exchange);
    if (exchange->slow_ms > 0 && exchange->verdict != EXCHANGE_FAILED)
        tally_slow(passage, tally, exchange);
    if (exchange->verdict == EXCHANGE_PASSED) {
        tally->passed++;
        report->passed++;
        return;
    }
    char *sentence = text_format("%s, %s%s: %s", exchange->test->name, form_name(exchange->form),
                                 tally->label, exchange->finding);
    bool wrong = exchange->verdict == EXCHANGE_FAILED;
    if (wrong && breaks_route(exchange))
        break_route(passage, exchange);
    if (wrong && is_gating(passage->server, exchange)) {
        tally->failed++;
        report->failed++;
        strings_add(&report->failures, sentence);
        strings_add(&tally->said, sentence);
    } else {
        tally->differing++;
        strings_add(&report->differences, sentence);
        if (passage->options->verbose)
            strings_add(&tally->said, sentence);
    }
    free(sentence);
}

static void tally_log(const struct passage *passage, const char *what, struct tally *tally)
{
    FILE *log = passage->options->log;
    unsigned all = tally->passed + tally->failed + tally->differing + tally->diverging;
    if (log != NULL && all > 0) {
        fprintf(log, "%-12s %s%s: %u passed", passage->server->name, what, tally->label,
                tally->passed);
        if (tally->slow > 0)
            fprintf(log, " (%u late at first, asked again)", tally->slow);
        if (tally->failed > 0)
            fprintf(log, ", %u failed", tally->failed);
        if (tally->differing > 0)
            fprintf(log, ", %u differ", tally->differing);
        if (tally->diverging > 0)
            fprintf(log, ", %u diverge as listed", tally->diverging);
        fputc('\n', log);
        for (size_t i = 0; i < tally->said.count; i++)
            fprintf(log, "    %s\n", tally->said.items[i]);
        fflush(log);
    }
    strings_release(&tally->said);
}

/* Many clients tell the same story when bytes cross: the first of them will do. */
static void judge_crossing(struct passage *passage, const char *label)
{
    struct tally tally = {.label = label};
    unsigned others = 0;
    for (size_t i = 0; i < passage->count; i++) {
        const struct exchange *exchange = &passage->exchanges[i];
        if (!passage_is_crossing(exchange))
            continue;
        if (exchange->verdict == EXCHANGE_FAILED && tally.failed + tally.differing > 0)
            others++;
        else
            tally_add(passage, &tally, exchange);
    }
    if (others > 0 && tally.said.count > 0) {
        char *more = text_format("(and %u more of %d clients)", others, CROSSING_CLIENTS);
        strings_add(&tally.said, more);
        free(more);
    }
    tally_log(passage, "crossing clients", &tally);
}

void passage_judge(struct passage *passage, const char *label)
{
    for (int form = 0; form < FORM_COUNT; form++) {
        struct tally tally = {.label = label};
        for (size_t i = 0; i < passage->count; i++) {
            const struct exchange *exchange = &passage->exchanges[i];
            if (exchange->form == (enum form)form && !passage_is_crossing(exchange))
                tally_add(passage, &tally, exchange);
        }
        tally_log(passage, form_name((enum form)form), &tally);
    }
    judge_crossing(passage, label);
}

void passage_find(struct passage *passage, const char *name, const char *finding)
{
    if (passage->options->interrupted != NULL && *passage->options->interrupted)
        return;
    char *sentence = text_format("%s: %s", name, finding);
    passage->report->failed++;
    strings_add(&passage->report->failures, sentence);
    if (passage->options->log != NULL)
        fprintf(passage->options->log, "%-12s %s\n", passage->server->name, sentence);
    free(sentence);
}

void passage_differ(struct passage *passage, const char *name, const char *finding)
{
    if (passage->options->interrupted != NULL && *passage->options->interrupted)
        return;
    char *sentence = text_format("%s: %s", name, finding);
    strings_add(&passage->report->differences, sentence);
    if (passage->options->log != NULL)
        fprintf(passage->options->log, "%-12s %s\n", passage->server->name, sentence);
    free(sentence);
}

void passage_release(struct passage *passage)
{
    for (size_t i = 0; i < passage->count; i++)
        exchange_release(&passage->exchanges[i]);
    free(passage->exchanges);
    passage->exchanges = NULL;
    passage->count = 0;
}
