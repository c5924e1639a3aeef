#include "cmd/duel_arms.h"

#include <stdlib.h>
#include <string.h>

#include "analyse/duel_read.h"
#include "cmd/cmd.h"
#include "cmd/select_arms.h"

/* ---- facts ---- */

static void add_fact(struct result *result, const char *id, const char *what, const char *value)
{
    char *key = text_format("%s_%s", id, what);
    result_add_fact(result, key, value);
    free(key);
}

static const char *fact(const struct result *result, const char *id, const char *what)
{
    char *key = text_format("%s_%s", id, what);
    const char *value = result_fact(result, key);
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

/* NULL: the record does not say it. */
static const char *path_of(const struct result *stored, const char *id)
{
    int arm = result_find_arm(stored, id);
    return arm >= 0 ? stored->arms[arm].server.path : NULL;
}

static int damaged(const struct result *stored, const char *id)
{
    return fail(EXIT_UNREADABLE,
                "%s is damaged: it does not say what its %s is; begin the duel anew",
                stored->directory, id);
}

int duel_arms_check(const struct result *stored)
{
    static const char *const ids[] = {DUEL_BASE, DUEL_HEAD, DUEL_COPY};
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
        if (result_find_arm(stored, ids[i]) < 0)
            return damaged(stored, ids[i]);
    return 0;
}

int duel_arms_recall(struct side *side, const struct result *stored, const char *id)
{
    const char *catalog = fact(stored, id, "catalog"), *path = path_of(stored, id),
               *copy = path_of(stored, DUEL_COPY);
    bool is_base = strcmp(id, DUEL_BASE) == 0;
    *side = (struct side){
        .kind = catalog ? SIDE_CATALOG : SIDE_EXECUTABLE,
        .label = xstrdup(duel_arms_label(stored, id)),
        .name = xstrdup(duel_arms_name(stored, id)),
        .revision = copy_of(fact(stored, id, "revision")),
        .path = copy_of(path),
    };
    if (!catalog && (!path || (is_base && !copy)))
        return damaged(stored, path ? DUEL_COPY : id);
    if (is_base && path && copy && strcmp(path, copy) != 0)
        side->relinked = xstrdup(copy);
    return 0;
}

/* ---- who takes part ---- */

static void add_side(struct result *result, const struct paths *paths, const char *id,
                     const struct side *side)
{
    struct arm *arm = side->kind == SIDE_CATALOG ? arm_find(result, paths, id, side->name)
                                                 : arm_describe(result, id, side->name, side->path);
    if (side->kind == SIDE_EXECUTABLE)
        arm->server.external = !server_info_is_ours(&arm->server);
}

/* 0: it can be measured, as far as is known. */
static int judge_arm(const struct result *result, const char *id, enum exit_code failure,
                     char **why)
{
    const struct arm *arm = &result->arms[result_find_arm(result, id)];
    bool is_skipped = !arm->excluded && arm->skipped_workloads.count > 0;
    if (!arm->excluded && !is_skipped)
        return 0;
    bool fails = is_skipped || arm->excluded_is_failure;
    *why = text_format("%s, %s, %s: %s", id, duel_arms_label(result, id),
                       fails ? "fails its check" : "cannot run here",
                       is_skipped ? arm->skipped_reasons.items[0] : arm->excluded);
    return (int)(fails ? failure : EXIT_ENVIRONMENT);
}

/* What it declares it has not, nobody asks it for. */
static int check_routes(const struct result *result, const char *id, char **why)
{
    const struct arm *arm = &result->arms[result_find_arm(result, id)];
    for (size_t i = 0; i < result->workload_count; i++) {
        const struct workload *workload = &result->workloads[i].workload;
        if (workload_suits(workload, &arm->server))
            continue;
        *why = text_format("%s: %s does not have the route of %s: leave that out with --workloads",
                           id, duel_arms_label(result, id), workload->name);
        return EXIT_USAGE;
    }
    return 0;
}

static int check_side(const struct result *result, const char *id, enum exit_code failure,
                      char **why)
{
    int code = judge_arm(result, id, failure, why);
    return code ? code : check_routes(result, id, why);
}

void duel_arms_add(struct result *result, const struct paths *paths, const struct side *base,
                   const struct side *head)
{
    add_side(result, paths, DUEL_HEAD, head);
    add_side(result, paths, DUEL_BASE, base);
    arm_copy(result, (size_t)result_find_arm(result, DUEL_BASE), base->relinked);
}

int duel_arms_name_sides(struct result *result, const struct side *base, const struct side *head,
                         char **why)
{
    add_facts(result, DUEL_BASE, base);
    add_facts(result, DUEL_HEAD, head);
    int code = check_side(result, DUEL_HEAD, EXIT_FAILED, why);
    return code ? code : check_side(result, DUEL_BASE, EXIT_UNREADABLE, why);
}

/* ---- after the check ---- */

void duel_arms_note_differences(struct result *result)
{
    const struct arm *base = &result->arms[result_find_arm(result, DUEL_BASE)];
    size_t count = base->differences.count;
    if (count == 0)
        return;
    char *note =
        text_format("the base answers otherwise than it should in %zu way%s, none of them in "
                    "what is measured: %s%s",
                    count, count == 1 ? "" : "s", base->differences.items[0],
                    count > 1 ? "; the record has the rest" : "");
    strings_add(&result->notes, note);
    free(note);
}

int duel_arms_judge(const struct result *result, char **why)
{
    int code = judge_arm(result, DUEL_HEAD, EXIT_FAILED, why);
    if (!code)
        code = judge_arm(result, DUEL_BASE, EXIT_UNREADABLE, why);
    return code ? code : judge_arm(result, DUEL_COPY, EXIT_UNREADABLE, why);
}

void duel_arms_forget_check(struct result *result)
{
    for (size_t i = 0; i < result->arm_count; i++) {
        struct arm *arm = &result->arms[i];
        free(arm->excluded);
        arm->excluded = NULL;
        arm->excluded_is_failure = arm->failed_workload = false;
        arm->divergences = 0;
        strings_release(&arm->differences);
        strings_release(&arm->skipped_workloads);
        strings_release(&arm->skipped_reasons);
    }
}
