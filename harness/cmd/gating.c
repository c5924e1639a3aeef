#include "cmd/gating.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "cmd/cmd.h"

static const char *const default_rules = "backbench.ini";
static const char *const fact_gate = "gate", *const fact_accept = "accept";

void gating_init(struct gating *gating)
{
    *gating = (struct gating){0};
    gate_init(&gating->gate);
}

void gating_release(struct gating *gating)
{
    gate_release(&gating->gate);
    acceptances_release(&gating->acceptances);
    decision_forms_release(&gating->forms);
}

int gating_take_format(void *forms, const char *text)
{
    return decision_forms_add(forms, text);
}

static int read_rules(struct gating *gating)
{
    char *error = NULL;
    const char *path = gating->rules ? gating->rules : default_rules;
    if (!gating->rules && access(path, F_OK) < 0)
        return EXIT_DONE;
    return gate_read(&gating->gate, path, &error) < 0 ? fail_with(EXIT_USAGE, error) : EXIT_DONE;
}

/* --gate was a file once: who still gives one is told. */
static int take_metrics(struct gating *gating)
{
    char *error = NULL;
    if (!gating->metrics || gate_name_metrics(&gating->gate, gating->metrics, &error) == 0)
        return EXIT_DONE;
    char *sentence = text_format(
        "--gate: %s%s", error,
        access(gating->metrics, F_OK) == 0 ? " (a file of rules is given with --rules FILE)" : "");
    free(error);
    return fail_with(EXIT_USAGE, sentence);
}

static int read_accepted(struct gating *gating)
{
    char *error = NULL;
    if (!gating->accept || acceptances_read(&gating->acceptances, gating->accept, &error) == 0)
        return EXIT_DONE;
    return fail_with(EXIT_USAGE, error);
}

int gating_prepare(struct gating *gating)
{
    int code = read_rules(gating);
    if (!code)
        code = take_metrics(gating);
    if (!code)
        code = read_accepted(gating);
    return code ? code : decision_forms_check(&gating->forms);
}

const char *gating_file(const struct gating *gating)
{
    return gating->rules ? gating->rules : default_rules;
}

char *gating_origin(const struct gating *gating)
{
    if (gating->metrics)
        return text_format("--gate %s", gating->metrics);
    return xstrdup(gating_file(gating));
}

/* ---- in a record ---- */

void gating_record(const struct gating *gating, struct result *result)
{
    char *gate = gate_text(&gating->gate), *accepted = acceptances_text(&gating->acceptances);
    result_add_fact(result, fact_gate, gate);
    if (gating->accept)
        result_add_fact(result, fact_accept, accepted);
    free(gate);
    free(accepted);
}

static int recall_texts(struct gating *gating, const char *gate, const char *accepted,
                        const char *name)
{
    char *error = NULL;
    if (gate_read_text(&gating->gate, gate, name, &error) < 0 ||
        (gating->accept && acceptances_read_text(&gating->acceptances, accepted, name, &error) < 0))
        return fail_with(EXIT_UNREADABLE, error);
    return EXIT_DONE;
}

int gating_recall(struct gating *gating, const struct result *stored)
{
    const char *gate = result_fact(stored, fact_gate), *accepted = result_fact(stored, fact_accept);
    if (!gate || (gating->accept && !accepted))
        return fail(EXIT_UNREADABLE, "%s does not say what %s: begin it anew", stored->directory,
                    gate ? "was accepted" : "gates in it");
    char *name = text_format("%s, its rules", stored->directory);
    int code = recall_texts(gating, gate, accepted, name);
    free(name);
    return code ? code : decision_forms_check(&gating->forms);
}

/* ---- afterwards ---- */

static void accept_today(const struct gating *gating, struct decision *decision)
{
    char today[GATE_DAY_SIZE];
    time_t now = time(NULL);
    struct tm utc;
    gmtime_r(&now, &utc);
    strftime(today, sizeof today, "%Y-%m-%d", &utc);
    decision_accept(decision, &gating->acceptances, gating->accept, today);
}

int gating_finish(const struct gating *gating, struct decision *decision)
{
    if (gating->accept)
        accept_today(gating, decision);
    decision_conclude(decision, gating->strict);
    return gating_show(gating, decision);
}

int gating_show(const struct gating *gating, const struct decision *decision)
{
    int code = decision_forms_show(&gating->forms, decision);
    return code ? code : (int)decision->exit_code;
}
