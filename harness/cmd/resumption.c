#include "cmd/resumption.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "analyse/duel_read.h"
#include "cmd/cmd.h"
#include "data/resume.h"

static int take_argv(struct resumption *resumption, const char *directory)
{
    const struct strings *argv = &resumption->stored.argv;
    if (argv->count == 0)
        return fail(EXIT_UNREADABLE,
                    "%s does not say how it was begun: it is older than --resume; run it anew",
                    directory);
    resumption->argv = strings_words(argv);
    return 0;
}

/* The options as they were given then, with the seed that was settled then. */
static int take_options(struct resumption *resumption, const struct run_options *options)
{
    int code = take_argv(resumption, options->resume);
    if (code)
        return code;
    code = run_options_parse(&resumption->options, (int)resumption->stored.argv.count,
                             resumption->argv);
    if (code || resumption->options.resume)
        return fail(EXIT_UNREADABLE,
                    "the options that %s was begun with are none of this backbench",
                    options->resume);
    resumption->options.seed = (struct option_seed){resumption->stored.seed, true};
    resumption->options.dry_run = false;
    resumption->options.json = options->json;
    return 0;
}

int resumption_open(struct resumption *resumption, const struct run_options *options)
{
    char *error = NULL;
    *resumption = (struct resumption){.journal = {.fd = -1}};
    if (resume_open(&resumption->journal, options->resume, &resumption->stored, &error) < 0)
        return fail_with(EXIT_UNREADABLE, error);
    if (duel_is_record(&resumption->stored))
        return fail(EXIT_UNREADABLE, "%s is a duel: backbench duel --resume %s goes on with it",
                    options->resume, options->resume);
    if (resumption->stored.finished_utc) {
        fprintf(stderr, "%s has finished: backbench report %s shows it\n", options->resume,
                options->resume);
        return -1;
    }
    return take_options(resumption, options);
}

static bool load_finished(struct result *stored, const char *directory)
{
    char *error = NULL;
    result_release(stored);
    bool has_finished = result_load(stored, directory, &error) == 0 && stored->finished_utc;
    free(error);
    return has_finished;
}

int resumption_open_duel(struct resumption *resumption, const char *directory)
{
    struct result *stored = &resumption->stored;
    char *error = NULL;
    *resumption = (struct resumption){.journal = {.fd = -1}};
    if (resume_open(&resumption->journal, directory, stored, &error) < 0 &&
        !load_finished(stored, directory))
        return fail_with(EXIT_UNREADABLE, error);
    free(error);
    if (!duel_is_record(stored))
        return fail(EXIT_UNREADABLE, "%s is no duel: backbench run --resume %s goes on with a run",
                    directory, directory);
    return take_argv(resumption, directory);
}

static void note_resumption(struct result *result)
{
    char utc[RESULT_UTC_SIZE];
    result_utc(utc, time(NULL));
    char *note = text_format("the %s was cut off after %zu round%s and resumed at %s",
                             duel_is_record(result) ? "duel" : "run", result->round_count,
                             result->round_count == 1 ? "" : "s", utc);
    strings_add(&result->notes, note);
    free(note);
}

static void add_warnings(struct result *result, const struct strings *found)
{
    for (size_t i = 0; i < found->count; i++)
        if (!strings_contain(&result->warnings, found->items[i])) {
            char *text = text_format("when it was resumed: %s", found->items[i]);
            strings_add(&result->warnings, text);
            free(text);
        }
}

int resumption_adopt(struct resumption *resumption, struct result *result)
{
    char *difference = resume_difference(result, &resumption->stored);
    if (difference) {
        int code = fail(EXIT_UNREADABLE, "%s cannot be gone on with: %s",
                        resumption->journal.directory, difference);
        free(difference);
        return code;
    }
    strings_copy(&resumption->warnings, &result->warnings);
    resume_adopt(result, &resumption->stored);
    note_resumption(result);
    add_warnings(result, &resumption->warnings);
    return 0;
}

void resumption_release(struct resumption *resumption)
{
    strings_free_words(resumption->argv);
    run_options_release(&resumption->options);
    strings_release(&resumption->warnings);
    result_release(&resumption->stored);
    journal_abandon(&resumption->journal);
}
