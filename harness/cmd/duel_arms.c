#include "cmd/duel_arms.h"

#include <stdlib.h>
#include <string.h>

#include "analyse/duel_read.h"
#include "cmd/cmd.h"
#include "cmd/select_arms.h"

/* ---- facts */

static void add_fact(struct result *result, const char *id, const char *what, const char *value)
{
    char *key = text_format("%s_%s", id, what);
    result_add_fact(result, key, value);
    free(key);
}

static const char *fact(const struct result *result, const char *id, const char *what)
{
    char *key = text_format("%s_%s", id, what);
    const char *value = NULL;
    for (size_t i = 0; i < result->fact_count; i++)
        if (strcmp(result->facts[i].key, key) == 0)
            value = result->facts[i].value;
    free(key);
    return value;
}

const char *duel_arms_label(const struct result *result, const char *id)
{
    const char *label = fact(result, id, "label");
    return label ? label : id;
}

const char *duel_arms_name(const struct result *result, const char *id)
{
    const char *name = fact(result, id, "name");
    return name ? name : id;
}

static void add_facts(struct result *result, const char *id, const struct side *side)
{
    add_fact(result, id, "label", side->label);
    add_fact(result, id, "name", side->name);
    add_fact(result, id, "revision", side->revision);
    add_fact(result, id, "catalog", side->kind == SIDE_CATALOG ? side->name : NULL);
}

static char *copy_of(const char *text)
{
    return text ? xstrdup(text) : NULL;
}

void duel_arms_recall(struct side *side, const struct result *stored, const char *id)
{
    int arm = result_find_arm(stored, id), copy = result_find_arm(stored, DUEL_COPY);
    const char *catalog = fact(stored, id, "catalog");
    *side = (struct side){
        .kind = catalog ? SIDE_CATALOG : SIDE_EXECUTABLE,
        .label = xstrdup(duel_arms_label(stored, id)),
        .name = xstrdup(duel_arms_name(stored, id)),
        .revision = copy_of(fact(stored, id, "revision")),
        .path = arm >= 0 ? copy_of(stored->arms[arm].server.path) : NULL,
    };
    if (arm >= 0 && copy >= 0 && strcmp(id, DUEL_BASE) == 0 &&
        strcmp(stored->arms[arm].server.path, stored->arms[copy].server.path) != 0)
        side->relinked = xstrdup(stored->arms[copy].server.path);
}

/* ---- who takes part */

static void add_side(struct result *result, const struct paths *paths, const char *id,
                     const struct side *side)
{
    struct arm *arm = side->kind == SIDE_CATALOG ? arm_find(result, paths, id, side->name)
                                                 : arm_describe(result, id, side->name, side->path);
    if (side->kind == SIDE_EXECUTABLE)
        arm->server.external = !server_info_is_ours(&arm->server);
}

static int code_of(const struct arm *arm, enum exit_code failure)
{
    return (int)(arm->excluded_is_failure ? failure : EXIT_ENVIRONMENT);
}

/* 0: it can be measured, as far as is known. */
static int judge_arm(const struct result *result, const char *id, enum exit_code failure)
{
    const struct arm *arm = &result->arms[result_find_arm(result, id)];
    const char *label = duel_arms_label(result, id);
    if (arm->excluded)
        return fail((enum exit_code)code_of(arm, failure), "%s, %s, %s: %s", id, label,
                    arm->excluded_is_failure ? "fails its check" : "cannot run here",
                    arm->excluded);
    if (arm->skipped_workloads.count > 0)
        return fail(failure, "%s, %s, fails its check: %s", id, label,
                    arm->skipped_reasons.items[0]);
    return 0;
}

/* What it declares it has not, nobody asks it for. */
static int check_routes(const struct result *result, const char *id)
{
    const struct arm *arm = &result->arms[result_find_arm(result, id)];
    for (size_t i = 0; i < result->workload_count; i++) {
        const struct workload *workload = &result->workloads[i].workload;
        if (!workload_suits(workload, &arm->server))
            return fail(EXIT_USAGE,
                        "%s: %s does not have the route of %s: leave that out with "
                        "--workloads",
                        id, duel_arms_label(result, id), workload->name);
    }
    return 0;
}

static int check_side(const struct result *result, const char *id, enum exit_code failure)
{
    int code = judge_arm(result, id, failure);
    return code ? code : check_routes(result, id);
}

int duel_arms_add(struct result *result, const struct paths *paths, const struct side *base,
                  const struct side *head)
{
    add_facts(result, DUEL_BASE, base);
    add_facts(result, DUEL_HEAD, head);
    add_side(result, paths, DUEL_HEAD, head);
    add_side(result, paths, DUEL_BASE, base);
    arm_copy(result, (size_t)result_find_arm(result, DUEL_BASE), base->relinked);
    int code = check_side(result, DUEL_HEAD, EXIT_FAILED);
    return code ? code : check_side(result, DUEL_BASE, EXIT_UNREADABLE);
}

/* ---- after the check */

static void note_differences(struct result *result)
{
    const struct arm *base = &result->arms[result_find_arm(result, DUEL_BASE)];
    size_t count = base->differences.count;
    if (count == 0)
        return;
    char *note = text_format("the check found %zu thing%s in the base that it answers otherwise, "
                             "none of them in what is measured: %s%s",
                             count, count == 1 ? "" : "s", base->differences.items[0],
                             count > 1 ? "; the record has the rest" : "");
    strings_add(&result->notes, note);
    free(note);
}

int duel_arms_judge(struct result *result)
{
    int code = judge_arm(result, DUEL_HEAD, EXIT_FAILED);
    if (!code)
        code = judge_arm(result, DUEL_BASE, EXIT_UNREADABLE);
    if (!code)
        code = judge_arm(result, DUEL_COPY, EXIT_UNREADABLE);
    if (!code)
        note_differences(result);
    return code;
}
