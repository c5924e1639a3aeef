#include "cmd/duel_verdict.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analyse/compare.h"
#include "analyse/duel_consistency.h"
#include "analyse/duel_failures.h"
#include "analyse/duel_read.h"
#include "analyse/instructions.h"
#include "analyse/words.h"
#include "cmd/cmd.h"
#include "cmd/duel_arms.h"
#include "cmd/show_decision.h"

/* "epoll", "h2o against nginx"; the caller frees. */
static char *server_words(const struct result *result)
{
    const char *base = duel_arms_name(result, DUEL_BASE), *head = duel_arms_name(result, DUEL_HEAD);
    return strcmp(base, head) == 0 ? xstrdup(head) : text_format("%s against %s", head, base);
}

/* "plaintext, json and headers"; the caller frees. */
static char *workload_words(const struct result *result)
{
    const char **names = xcalloc(result->workload_count + 1, sizeof *names);
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    for (size_t i = 0; i < result->workload_count; i++)
        names[i] = words_workload(result, i);
    words_list(out, names, result->workload_count, "and");
    fclose(out);
    free(names);
    return text;
}

static bool is_measured(const struct result *result, const struct acceptance *acceptance,
                        const char *server)
{
    for (size_t i = 0; i < result->workload_count; i++)
        if (acceptance_is_about(acceptance, server, result->workloads[i].workload.name))
            return true;
    return false;
}

void duel_warn_of_misfits(const struct result *result, const struct gating *gating)
{
    char *server = server_words(result), *workloads = workload_words(result);
    for (size_t i = 0; i < gating->acceptances.count; i++)
        if (!is_measured(result, &gating->acceptances.items[i], server))
            fprintf(stderr,
                    "  warning: %s:%u: nothing of it is measured here: this duel is of %s on %s "
                    "(* stands for any server or workload)\n",
                    gating->accept, gating->acceptances.items[i].line, server, workloads);
    free(server);
    free(workloads);
}

static void add_blocks(struct decision *decision, const char *server, const struct result *result,
                       const struct duel_options *options)
{
    struct duel duel;
    struct duel_rules rules = duel_options_rules(options);
    duel_init(&duel, server, decision->gate, &rules);
    duel_read(&duel, result, UINT32_MAX);
    duel_judge(decision, &duel);
    duel_release(&duel);
}

/* What was not asked to be counted has no row. */
static void add_counts(struct decision *decision, const char *server, const struct result *result,
                       size_t workload)
{
    int base = result_find_arm(result, DUEL_BASE), head = result_find_arm(result, DUEL_HEAD);
    if (result->count_count > 0)
        instructions_add_row(decision, server, result, (size_t)base, (size_t)head, workload);
}

static void note_same(struct decision *decision, const struct result *result)
{
    const struct arm *base = &result->arms[result_find_arm(result, DUEL_BASE)],
                     *head = &result->arms[result_find_arm(result, DUEL_HEAD)];
    if (compare_is_same_program(base, head))
        strings_add(&decision->notes, "base and head are the same program, to the byte");
}

static void judge(struct decision *decision, const struct result *result,
                  const struct duel_options *options)
{
    char *server = server_words(result);
    add_blocks(decision, server, result, options);
    for (size_t workload = 0; workload < result->workload_count; workload++) {
        add_counts(decision, server, result, workload);
        duel_consistency_add_row(decision, server, result, workload);
    }
    duel_failures_add(decision, result);
    note_same(decision, result);
    for (size_t i = 0; i < result->notes.count; i++)
        strings_add(&decision->notes, result->notes.items[i]);
    free(server);
}

static int keep(const struct decision *decision, const struct result *result,
                enum decision_form form, const char *name)
{
    char *error = NULL, *path = text_format("%s/%s", result->directory, name);
    int code = EXIT_DONE;
    if (access(path, F_OK) < 0 && decision_write(decision, form, path, &error) < 0)
        code = fail_with(EXIT_ENVIRONMENT, error);
    free(path);
    return code;
}

/* Beside the record, where it can be written; one that is shown again may lie where it cannot. */
static int keep_all(const struct decision *decision, const struct result *result)
{
    if (access(result->directory, W_OK) < 0)
        return EXIT_DONE;
    int code = keep(decision, result, DECISION_FORM_JSON, "decision.json");
    return code ? code : keep(decision, result, DECISION_FORM_MARKDOWN, "decision.md");
}

int duel_verdict(const struct result *result, const struct duel_options *options)
{
    struct decision decision;
    decision_init(&decision, duel_arms_label(result, DUEL_BASE), duel_arms_label(result, DUEL_HEAD),
                  &options->gating.gate);
    judge(&decision, result, options);
    int code = gating_finish(&options->gating, &decision), kept = keep_all(&decision, result);
    decision_release(&decision);
    return code != EXIT_DONE ? code : kept;
}

/* What nobody built yet is called as the user wrote it. */
static void name_sides(struct decision *decision, const struct duel_options *options,
                       const struct result *record)
{
    const char *folder = options->repo ? options->repo : ".";
    const char *head = options->head ? options->head : folder;
    decision_init(decision, record ? duel_arms_label(record, DUEL_BASE) : options->base,
                  record ? duel_arms_label(record, DUEL_HEAD) : head, &options->gating.gate);
}

int duel_refuse(const struct duel_options *options, const struct result *record, int code,
                char *why)
{
    struct decision decision;
    name_sides(&decision, options, record);
    decision.headline = text_format("Nothing was measured: %s", why);
    for (char *at = decision.headline; *at; at++)
        *at = *at == '\n' ? ' ' : *at; /* the last lines of a build, for instance */
    decision.exit_code = (unsigned)code;
    fail_with((enum exit_code)code, why);
    int shown = gating_show(&options->gating, &decision);
    if (record && keep_all(&decision, record) != EXIT_DONE)
        shown = EXIT_ENVIRONMENT;
    decision_release(&decision);
    return shown == EXIT_ENVIRONMENT ? shown : code;
}
