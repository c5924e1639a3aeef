#include "cmd/conditions.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#include "cmd/cmd.h"
#include "cmd/pacing.h"
#include "data/journal.h"
#include "measure/host.h"

static void take_warnings(struct result *result, const struct placement *placement)
{
    for (size_t i = 0; i < placement->warnings.count; i++)
        strings_add(&result->warnings, placement->warnings.items[i]);
    struct finding *findings;
    size_t count = host_findings(&findings, result);
    for (size_t i = 0; i < count; i++)
        if (findings[i].level >= FINDING_WARNING) {
            char *text = text_format("%s: %s", findings[i].subject, findings[i].text);
            strings_add(&result->warnings, text);
            free(text);
        }
    findings_release(findings, count);
}

/* The command line that would repeat the run, for a shell. */
static void note_command(struct result *result, const struct run_options *options)
{
    char *command = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&command, &size);
    fputs("backbench", out);
    for (int i = 0; i < options->argc; i++) {
        char *word = text_for_shell(options->argv[i]);
        fprintf(out, " %s", word);
        free(word);
    }
    if (!options->seed.is_given)
        fprintf(out, " --seed %llu", (unsigned long long)result->seed);
    fclose(out);
    for (int i = 0; i < options->argc; i++)
        strings_add(&result->argv, options->argv[i]);
    result_add_fact(result, "command", command);
    free(command);
}

int conditions_settle(struct result *result, struct places *places,
                      const struct run_options *options)
{
    int code = places_settle(places, result, options);
    if (!code)
        code = pacing_leave_out(result, &places->plain);
    if (code)
        return code;
    result->suite_version = xstrdup(BACKBENCH_VERSION);
    host_read(result, options->wrk);
    take_warnings(result, &places->plain);
    result->seed = options->seed.number;
    if (!options->seed.is_given &&
        getrandom(&result->seed, sizeof(result->seed), 0) == sizeof(result->seed))
        result->seed &= UINT32_MAX; /* short enough to type again */
    note_command(result, options);
    return 0;
}

int conditions_check_tools(const struct run_options *options)
{
    char *wrk = program_find(options->wrk);
    if (!wrk)
        return fail(EXIT_ENVIRONMENT,
                    "%s is not installed; type: sh scripts/deps, or apt-get install wrk",
                    options->wrk);
    free(wrk);
    return 0;
}

void conditions_warn_of_survivors(const char *results)
{
    struct survivor *survivors;
    size_t count = survivors_find(&survivors, results);
    for (size_t i = 0; i < count; i++)
        fprintf(stderr,
                "  warning: %s (pid %d) of an earlier run still lives: %s; end it with: kill %d\n",
                survivors[i].command, survivors[i].pid, survivors[i].directory, survivors[i].pid);
    survivors_release(survivors, count);
}

int conditions_find_pace(char **pace, struct result *result, const struct paths *paths,
                         const struct run_options *options)
{
    *pace = NULL;
    if (!pacing_is_needed(&result->experiment))
        return 0;
    char *beside = text_format("%s/pace", paths->programs);
    *pace = program_find(options->pace ? options->pace : beside);
    int code =
        *pace ? 0
              : fail(EXIT_ENVIRONMENT, "%s, which asks servers at a rate, is not there; type: make",
                     options->pace ? options->pace : beside);
    char *sha256 = *pace ? file_sha256(*pace) : NULL;
    result_add_fact(result, "pace_sha256", sha256);
    free(sha256);
    free(beside);
    return code;
}
