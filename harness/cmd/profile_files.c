#include "cmd/profile_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "data/whole_file.h"
#include "present/profile.h"

/* ---- the budget ---- */

void profile_judge(struct budget_outcome *outcome, const struct budget *budget,
                   const struct profile_row *row)
{
    struct growth growth;
    growth_find(&growth, budget, row);
    char *sentence = growth_sentence(&growth, row);
    puts(sentence);
    fflush(stdout);
    free(sentence);
    unsigned *const counters[] = {
        [GROWTH_UNKNOWN] = &outcome->unknown,
        [GROWTH_WITHIN] = &outcome->within,
        [GROWTH_OVER] = &outcome->over,
        [GROWTH_UNDER] = &outcome->under,
    };
    ++*counters[growth.verdict];
    growth_release(&growth);
}

int profile_verdict(const struct budget_outcome *outcome, const struct budget *budget,
                    const char *file, const char *build)
{
    printf("%u within the budget of %s, %u over it, %u below it, %u not in it\n", outcome->within,
           file, outcome->over, outcome->under, outcome->unknown);
    if (outcome->under + outcome->unknown > 0)
        printf("what is lower or new is written down by: backbench profile --write-budget %s, or "
               "make instructions-budget\n",
               file);
    if (budget->build && strcmp(budget->build, build) == 0)
        return outcome->over > 0 ? EXIT_FAILED : EXIT_DONE;
    printf("nothing is judged: the budget is of another build, and a compiler or a library alone "
           "changes counts\n  budget: %s\n  here:   %s\n",
           budget->build ? budget->build : "not said", build);
    return EXIT_DONE;
}

static const char comment[] =
    "# What a request may cost: instructions in user mode, as `make instructions` counts them.\n"
    "# SERVER WORKLOAD FUNCTION INSTRUCTIONS: the total, and each function from 1 % of it on.\n"
    "# A total may grow by 2 %: counts of one build agree to 0.1 % where a server has one thread,\n"
    "# to 1 % where it has many, and less is no change that anybody means.\n"
    "# `make instructions-budget` writes this file anew; do so where a change is worth its price,\n"
    "# and say in the commit why.\n";

static bool was_counted(const struct profile *profile, const struct budget_line *line)
{
    for (size_t i = 0; i < profile->count; i++)
        if (strcmp(profile->rows[i].server, line->server) == 0 &&
            strcmp(profile->rows[i].workload, line->workload) == 0)
            return true;
    return false;
}

/* Of a part of all servers or workloads the other lines stay, if they are of this build. */
static int read_old(struct budget *old, const struct profile_options *options, const char *build)
{
    const char *path = options->write_budget;
    char *error = NULL;
    bool is_part = options->servers.count > 0 || options->workloads.count > 0;
    *old = (struct budget){0};
    if (!path || !is_part || access(path, F_OK) < 0)
        return 0;
    if (budget_read(old, path, &error) < 0)
        return fail_with(EXIT_USAGE, error);
    if (old->build && strcmp(old->build, build) == 0)
        return 0;
    return fail(EXIT_USAGE,
                "%s is of another build (%s): one file cannot hold both; write all of it", path,
                old->build ? old->build : "not said");
}

int profile_check_files(const struct profile_options *options, const char *build)
{
    struct budget old;
    int code = read_old(&old, options, build);
    budget_release(&old);
    if (!code && options->rewrite && access(options->rewrite, R_OK | W_OK) < 0)
        code = fail(EXIT_USAGE, "cannot rewrite %s: %m", options->rewrite);
    return code;
}

static int keep_others(struct budget *budget, const struct profile *profile,
                       const struct profile_options *options)
{
    struct budget old;
    int code = read_old(&old, options, budget->build);
    for (size_t i = 0; i < old.count && !code; i++) {
        const struct budget_line *line = &old.lines[i];
        if (!was_counted(profile, line))
            budget_add(budget, line->server, line->workload, line->function, line->instructions);
    }
    budget_release(&old);
    return code;
}

int profile_write_budget(const struct profile *profile, const struct profile_options *options)
{
    const char *path = options->write_budget;
    struct budget budget = {.build = xstrdup(profile->build)};
    int code = keep_others(&budget, profile, options);
    for (size_t i = 0; i < profile->count && !code; i++)
        if (!profile->rows[i].instructions.missing)
            growth_budget(&budget, &profile->rows[i]);
    char *error = NULL;
    if (!code && budget_write(&budget, path, comment, &error) < 0)
        code = fail_with(EXIT_ENVIRONMENT, error);
    if (!code)
        fprintf(stderr, "the budget is in %s\n", path);
    budget_release(&budget);
    return code;
}

/* ---- a document ---- */

static char *read_document(const char *path)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = fopen(path, "re");
    if (!file)
        return NULL;
    ssize_t len = getdelim(&text, &size, '\0', file);
    fclose(file);
    if (len >= 0)
        return text;
    free(text);
    return xstrdup("");
}

static int write_document(const char *path, const char *text)
{
    int number = whole_file_write(path, text, false);
    return number ? fail(EXIT_ENVIRONMENT, "cannot write %s: %s", path, strerror(number)) : 0;
}

/* Takes table; a document without its marks is told, and stays. */
static void put_table(char **document, const char *path, const char *name, char *table)
{
    char *changed = table ? marks_replace(*document, name, table) : NULL;
    if (changed) {
        free(*document);
        *document = changed;
    } else {
        fprintf(stderr, "%s has no lines `<!-- measured: %s -->` and `<!-- end -->`\n", path, name);
    }
    free(table);
}

static bool is_whole(const struct profile *profile)
{
    for (size_t i = 0; i < profile->count; i++)
        if (profile->rows[i].instructions.missing || profile->rows[i].calls.missing)
            return false;
    return profile->count > 0;
}

int profile_rewrite(const struct profile *profile, const struct profile_options *options)
{
    if (!is_whole(profile))
        return fail(EXIT_FAILED, "%s is left as it is: not all was counted", options->rewrite);
    char *document = read_document(options->rewrite);
    if (!document)
        return fail(EXIT_USAGE, "cannot read %s: %m", options->rewrite);
    const char *server = "";
    for (size_t i = 0; i < profile->count; i++) {
        if (strcmp(profile->rows[i].server, server) == 0)
            continue;
        server = profile->rows[i].server;
        put_table(&document, options->rewrite, server, profile_table(profile, server));
    }
    if (options->servers.count == 0 && options->workloads.count == 0)
        put_table(&document, options->rewrite, "all", profile_overview(profile));
    else
        fprintf(stderr, "the table of all is left as it is: not all were asked for\n");
    int code = write_document(options->rewrite, document);
    free(document);
    return code;
}
