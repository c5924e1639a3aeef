/*
 * backbench duel: two programs, side by side. Finds or builds both, proves
 * that they answer, counts their instructions, measures until what gates
 * is decided, and says what came of it. Whatever was measured is kept.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "analyse/duel_read.h"
#include "cmd/announce.h"
#include "cmd/cmd.h"
#include "cmd/conditions.h"
#include "cmd/duel_arms.h"
#include "cmd/duel_counts.h"
#include "cmd/duel_experiment.h"
#include "cmd/duel_gate.h"
#include "cmd/duel_measure.h"
#include "cmd/duel_options.h"
#include "cmd/duel_sides.h"
#include "cmd/duel_verdict.h"
#include "cmd/prove.h"
#include "cmd/resumption.h"
#include "data/journal.h"
#include "measure/experiment.h"
#include "measure/server.h"
#include "sources/side.h"

struct duel_command {
    struct duel_options options;
    struct paths paths;
    struct side base, head;
    struct result result;
    struct places places;
    struct journal journal;       /* of one that is begun */
    struct resumption resumption; /* of one that is gone on with, or shown again */
};

/* What a reviewer has to know is told in the forms that he asked for; what is wrong with the
 * command line, to who wrote it. */
static bool is_decision(int code)
{
    return code == EXIT_FAILED || code == EXIT_UNREADABLE;
}

/* Before there is a record. */
static int refuse(const struct duel_command *command, int code, char *why)
{
    return is_decision(code) ? duel_refuse(&command->options, NULL, code, why)
                             : fail_with((enum exit_code)code, why);
}

static bool is_resumed(const struct duel_command *command)
{
    return command->options.resume != NULL;
}

static struct journal *journal_of(struct duel_command *command)
{
    return is_resumed(command) ? &command->resumption.journal : &command->journal;
}

/* ---- sides ---- */

static int find_sides(struct duel_command *command)
{
    char *why = NULL;
    int code =
        duel_sides_find(&command->base, &command->head, &command->options, &command->paths, &why);
    return why ? refuse(command, code, why) : code;
}

/* ---- the header ---- */

static int settle(struct duel_command *command)
{
    struct result *result = &command->result;
    char *why = NULL;
    int code = duel_experiment(result, &command->paths, &command->options);
    if (code)
        return code;
    duel_arms_add(result, &command->paths, &command->base, &command->head);
    code = conditions_settle(result, &command->places, &command->options.run);
    if (!code)
        code = duel_arms_name_sides(result, &command->base, &command->head, &why);
    gating_record(&command->options.gating, result);
    return why ? refuse(command, code, why) : code;
}

/* warnings: what was found now. */
static void tell(const struct duel_command *command, const struct strings *warnings)
{
    fprintf(stderr, "  base: %s\n  head: %s\n", command->base.label, command->head.label);
    duel_announce(&command->result, &command->options);
    announce_remarks(&command->result.notes, warnings);
    duel_warn_of_misfits(&command->result, &command->options.gating);
}

/* ---- from an open record to a decision ---- */

static bool counts(const struct duel_options *options)
{
    return !options->counts_not &&
           (options->counts || options->gating.gate.gates[METRIC_INSTRUCTIONS]);
}

static int check_counts(const struct duel_command *command)
{
    const struct result *result = &command->result;
    for (size_t i = 0; command->options.counts && i < result->count_count; i++)
        if (result->counts[i].missing)
            return fail(EXIT_ENVIRONMENT, "--instructions: %s", result->counts[i].missing);
    return 0;
}

static int count(struct duel_command *command, const struct experiment_run *run)
{
    struct result *result = &command->result;
    size_t arms[2] = {(size_t)result_find_arm(result, DUEL_BASE),
                      (size_t)result_find_arm(result, DUEL_HEAD)};
    if (!counts(&command->options))
        return 0;
    int code = duel_count(result, run->journal, run, arms);
    return code ? code : check_counts(command);
}

/* A record that goes on was proved before its first round.
 * *why: what was found is a reason to measure nothing. */
static int prove(struct duel_command *command, char **why)
{
    struct result *result = &command->result;
    struct strings lenient = {0};
    if (result->round_count > 0)
        return 0;
    duel_arms_forget_check(result);
    strings_add(&lenient, DUEL_BASE);
    strings_add(&lenient, DUEL_COPY);
    int code = prove_arms(result, journal_of(command), command->paths.conformance, &lenient);
    strings_release(&lenient);
    if (code || interrupted)
        return code;
    code = duel_arms_judge(result, why);
    if (!code)
        duel_arms_note_differences(result);
    return code;
}

static int was_interrupted(const struct result *result)
{
    fail(EXIT_INTERRUPTED, "interrupted; %zu round%s kept in %s", result->round_count,
         result->round_count == 1 ? " is" : "s are", result->directory);
    fprintf(stderr, "  to go on: backbench duel --resume %s\n", result->directory);
    return EXIT_INTERRUPTED;
}

static int close_record(struct duel_command *command, bool has_finished)
{
    struct result *result = &command->result;
    char utc[RESULT_UTC_SIZE], *error = NULL;
    result_utc(utc, time(NULL));
    if (has_finished)
        result->finished_utc = xstrdup(utc);
    return journal_close(journal_of(command), result, &error) < 0
               ? fail_with(EXIT_ENVIRONMENT, error)
               : 0;
}

/* What is missing here may be there when the duel is gone on with; what a side answers stays so. */
static int conclude_unmeasured(struct duel_command *command, int code, char *why)
{
    if (!is_decision(code))
        return fail_with((enum exit_code)code, why);
    int closed = close_record(command, true);
    code = duel_refuse(&command->options, &command->result, code, why);
    return closed ? closed : code;
}

static int conclude(struct duel_command *command, enum experiment_end end, char *error)
{
    if (end == EXPERIMENT_NOT_WRITTEN)
        return fail_with(EXIT_ENVIRONMENT, error);
    if (end == EXPERIMENT_FOREIGN)
        return fail_with(EXIT_UNREADABLE, error);
    bool has_finished = end != EXPERIMENT_INTERRUPTED;
    int code = close_record(command, has_finished);
    if (code)
        return code;
    return has_finished ? duel_verdict(&command->result, &command->options)
                        : was_interrupted(&command->result);
}

/* The record is open. */
static int carry_out(struct duel_command *command, struct experiment_run *run)
{
    char *error = NULL, *why = NULL;
    int code = prove(command, &why);
    if (why)
        return conclude_unmeasured(command, code, why);
    if (!code && !interrupted)
        code = count(command, run);
    if (code && code != EXIT_INTERRUPTED)
        return code;
    enum experiment_end end =
        interrupted ? EXPERIMENT_INTERRUPTED : duel_measure(run, &command->options, &error);
    return conclude(command, end, error);
}

static int open_record(struct duel_command *command)
{
    char *error = NULL;
    return journal_open(&command->journal, command->options.run.results, &command->result, &error) <
                   0
               ? fail_with(EXIT_ENVIRONMENT, error)
               : 0;
}

static int adopt_record(struct duel_command *command)
{
    int code = resumption_adopt(&command->resumption, &command->result);
    if (!code)
        tell(command, &command->resumption.warnings);
    return code;
}

static int measure(struct duel_command *command)
{
    char *pace, *error = NULL, *wrapper = text_format("%s/wrk_wrapper.lua", command->paths.lua);
    struct result *result = &command->result;
    int code = conditions_find_pace(&pace, result, &command->paths, &command->options.run);
    struct experiment_run run = {.result = result,
                                 .journal = journal_of(command),
                                 .placement = &command->places.plain,
                                 .upstream_placement = &command->places.upstream,
                                 .worker_cpus = &command->places.workers,
                                 .wrk = command->options.run.wrk,
                                 .wrapper = wrapper,
                                 .pace = pace,
                                 .interrupted = &interrupted};
    if (!code && experiment_capture(&run, &error) < 0)
        code = fail_with(EXIT_USAGE, error);
    if (!code)
        code = is_resumed(command) ? adopt_record(command) : open_record(command);
    if (!code)
        code = carry_out(command, &run);
    experiment_run_release(&run);
    free(wrapper);
    free(pace);
    return code;
}

static int run(struct duel_command *command)
{
    int code = settle(command);
    if (code)
        return code;
    if (!is_resumed(command))
        tell(command, &command->result.warnings);
    return command->options.run.dry_run ? 0 : measure(command);
}

static int check_instrument(const struct duel_options *options)
{
    const char *why = options->counts ? duel_counts_why_not() : NULL;
    return why ? fail(EXIT_ENVIRONMENT, "--instructions: %s", why) : 0;
}

/* What is needed to measure. */
static int prepare(struct duel_command *command)
{
    int code = conditions_check_tools(&command->options.run);
    if (!code)
        code = check_instrument(&command->options);
    if (!code)
        code = find_paths(&command->paths);
    if (code)
        return code;
    interrupt_watch();
    server_become_reaper();
    conditions_warn_of_survivors(command->options.run.results);
    return 0;
}

static int begin(struct duel_command *command)
{
    struct duel_options *options = &command->options;
    int code = gating_prepare(&options->gating);
    if (!code)
        code = duel_gate_settle(options, &command->result.notes);
    if (!code)
        code = prepare(command);
    if (!code)
        code = find_sides(command);
    return code ? code : run(command);
}

/* ---- one that was cut off, or has ended ---- */

/* As it was begun, in the forms that are asked for now. */
static int recall_options(struct duel_command *command)
{
    const struct resumption *resumption = &command->resumption;
    struct duel_options now = command->options, *options = &command->options;
    int code = duel_options_parse(options, (int)resumption->stored.argv.count, resumption->argv);
    if (code || options->resume)
        code = fail(EXIT_UNREADABLE,
                    "the options that %s was begun with are none of this backbench", now.resume);
    decision_forms_release(&options->gating.forms);
    options->gating.forms = now.gating.forms;
    now.gating.forms = (struct decision_forms){0};
    options->resume = now.resume;
    options->run.seed = (struct option_seed){resumption->stored.seed, true};
    options->run.dry_run = false;
    duel_options_release(&now);
    return code;
}

static int show_again(const struct duel_command *command)
{
    const struct result *stored = &command->resumption.stored;
    char *why = NULL;
    int code = stored->round_count == 0 ? duel_arms_judge(stored, &why) : 0;
    return why ? duel_refuse(&command->options, stored, code, why)
               : duel_verdict(stored, &command->options);
}

static int go_on(struct duel_command *command)
{
    const struct result *stored = &command->resumption.stored;
    int code = prepare(command);
    if (!code)
        code = duel_arms_recall(&command->base, stored, DUEL_BASE);
    if (!code)
        code = duel_arms_recall(&command->head, stored, DUEL_HEAD);
    return code ? code : run(command);
}

static int resume(struct duel_command *command)
{
    const struct result *stored = &command->resumption.stored;
    int code = resumption_open_duel(&command->resumption, command->options.resume);
    if (!code)
        code = recall_options(command);
    if (!code)
        code = gating_recall(&command->options.gating, stored);
    if (!code)
        code = duel_arms_check(stored);
    if (code)
        return code;
    return stored->finished_utc ? show_again(command) : go_on(command);
}

static void release(struct duel_command *command)
{
    side_release(&command->base);
    side_release(&command->head);
    places_release(&command->places);
    result_release(&command->result);
    paths_release(&command->paths);
    duel_options_release(&command->options);
    resumption_release(&command->resumption); /* whose words the options borrow */
    journal_abandon(&command->journal);
}

int cmd_duel(int argc, char **argv)
{
    struct duel_command command = {.journal = {.fd = -1}, .resumption.journal.fd = -1};
    result_init(&command.result);
    int code = duel_options_parse(&command.options, argc, argv);
    if (!code)
        code = command.options.resume ? resume(&command) : begin(&command);
    release(&command);
    return code < 0 ? EXIT_DONE : code;
}
