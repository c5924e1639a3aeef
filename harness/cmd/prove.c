#include "cmd/prove.h"

#include <stdio.h>
#include <stdlib.h>

#include "check/check.h"
#include "check/differences.h"
#include "check/starvation.h"
#include "cmd/cmd.h"

static void exclude(struct arm *arm, char *reason, bool failure)
{
    free(arm->excluded);
    arm->excluded = reason;
    arm->excluded_is_failure = failure;
    fprintf(stderr, "  %s is not measured: %s\n", arm->id, reason);
}

static void skip_workload(struct arm *arm, const struct workload *workload, const char *how)
{
    bool declared = workload->route && strings_contain(&arm->server.routes, workload->route);
    char *reason = text_format("%s on %s: its route %s%s %s", arm->id, workload->name,
                               workload->route, declared ? ", which it declares," : "", how);
    fprintf(stderr, "  not measured: %s\n", reason);
    strings_add(&arm->skipped_workloads, workload->name);
    strings_add(&arm->skipped_reasons, reason);
    arm->failed_workload = arm->failed_workload || declared;
    free(reason);
}

/* A clause behind "because it failed its check: ". */
static char *failures_words(const struct check_report *report)
{
    size_t count = report->failures.count;
    return count == 1 ? xstrdup(report->failures.items[0])
                      : text_format("%zu cases went wrong, the first of them: %s", count,
                                    report->failures.items[0]);
}

/* What was right only the second time is measured: a busy
 * machine makes it so, but it is worth knowing. */
static void say_slow(const struct arm *arm, const struct check_report *report)
{
    size_t count = report->slow.count;
    if (count == 0)
        return;
    fprintf(stderr, "  %s: %zu case%s came too late at first and %s right when asked again",
            arm->id, count, count == 1 ? "" : "s", count == 1 ? "was" : "were");
    if (report->starved_percent >= STARVATION_PERCENT)
        fprintf(stderr, ": the machine is busy, the check was kept from the CPU %u %% of the time",
                report->starved_percent);
    fputc('\n', stderr);
}

/* What the short check found decides what of an arm is measured; as: what it was taken for. */
static void apply_check(struct result *result, struct arm *arm, const struct server_info *as,
                        const struct check_report *report)
{
    say_slow(arm, report);
    strings_release(&arm->differences); /* of a check before, in a record that goes on */
    arm->divergences = (unsigned)report->divergences.count;
    if (as->external)
        differences_group(&arm->differences, &report->differences);
    else
        strings_copy(&arm->differences, &report->differences);
    if (report->unavailable) {
        exclude(arm,
                xstrdup(report->failures.count ? report->failures.items[0] : "it cannot run here"),
                false);
    } else if (report->died) {
        exclude(arm, xstrdup(report->died), true);
    } else if (report->failures.count && as->own_app) {
        exclude(arm, failures_words(report), true);
    } else if (report->failures.count && !report->broken_routes.count) {
        exclude(arm, text_format("%s", report->failures.items[0]), true);
    } else {
        for (size_t i = 0; i < result->workload_count; i++) {
            const struct workload *workload = &result->workloads[i].workload;
            const char *how = check_report_bars(report, workload);
            if (how != NULL)
                skip_workload(arm, workload, how);
        }
    }
}

/* What is not our own is not held to every case: what it answers otherwise is listed. */
static void take_for_foreign(struct server_info *info)
{
    info->own_core = info->own_app = false;
    info->external = true;
}

/* The short form of the conformance check, one server after the other, each asked all its cases
 * side by side: nothing that answers wrongly is timed. */
int prove_arms(struct result *result, struct journal *journal, const char *cases,
               const struct strings *lenient)
{
    struct server_info *infos = xcalloc(result->arm_count + 1, sizeof(*infos));
    struct check_report *reports = xcalloc(result->arm_count + 1, sizeof(*reports));
    size_t *of = xcalloc(result->arm_count + 1, sizeof(*of));
    size_t count = 0;
    for (size_t i = 0; i < result->arm_count; i++)
        if (!result->arms[i].excluded) {
            of[count] = i;
            infos[count] = result->arms[i].server; /* borrowed */
            if (lenient && strings_contain(lenient, result->arms[i].id))
                take_for_foreign(&infos[count]);
            count++;
        }
    struct check_options options = {
        .cases = cases, .short_form = true, .address = "127.0.0.1", .interrupted = &interrupted};
    char *error = NULL;
    int code = check_servers(infos, count, &options, reports, &error) < 0
                   ? fail_with(EXIT_ENVIRONMENT, error)
                   : 0;
    for (size_t i = 0; i < count; i++) {
        if (!interrupted) /* a check that was cut short has found nothing */
            apply_check(result, &result->arms[of[i]], &infos[i], &reports[i]);
        check_report_release(&reports[i]);
    }
    error = NULL;
    for (size_t i = 0; i < result->arm_count && !code; i++)
        if (journal_arm(journal, &result->arms[i], &error) < 0)
            code = fail_with(EXIT_ENVIRONMENT, error);
    free(infos);
    free(reports);
    free(of);
    return code;
}
