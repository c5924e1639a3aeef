/*
 * backbench duel: two programs, side by side. Finds or builds both, proves that they answer, counts their instructions, measures
 * until what gates is decided, and says what came of it. Whatever was measured is kept.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "analyse/duel_read.h"
#include "cmd/cmd.h"
#include "cmd/conditions.h"
#include "cmd/duel_arms.h"
#include "cmd/duel_counts.h"
#include "cmd/duel_experiment.h"
#include "cmd/duel_measure.h"
#include "cmd/duel_options.h"
#include "cmd/duel_verdict.h"
#include "cmd/prove.h"
#include "data/journal.h"
#include "data/resume.h"
#include "measure/experiment.h"
#include "measure/server.h"
#include "sources/side.h"

struct duel_command {
    struct duel_options options;
    struct paths paths;
    struct side base, head;
    struct result result;
    struct places places;
    struct journal journal;
};

/* What a reviewer has to know is told in the forms that he asked for; what is wrong with the command line, to who wrote it. */
static int refuse(const struct duel_command *command, int code, char *why)
{
    bool is_decision = code == EXIT_FAILED || code == EXIT_UNREADABLE;
    return is_decision ? duel_refuse(&command->options, code, why)
                       : fail_with((enum exit_code)code, why);
}

/* ---- sides */

static void say(void *argument, const char *sentence)
{
    (void)argument;
    fprintf(stderr, "  %s\n", sentence);
}

static int side_code(enum side_end end, bool is_base)
{
    static const enum exit_code codes[] = {
        [SIDE_FOUND] = EXIT_DONE,
        [SIDE_UNKNOWN] = EXIT_USAGE,
        [SIDE_UNBUILT] = EXIT_FAILED,
        [SIDE_UNAVAILABLE] = EXIT_ENVIRONMENT,
        [SIDE_INTERRUPTED] = EXIT_INTERRUPTED,
    };
    return (int)(end == SIDE_UNBUILT && is_base ? EXIT_UNREADABLE : codes[end]);
}

static int find_side(struct side *side, const struct duel_command *command, bool is_base)
{
    const struct duel_options *options = &command->options;
    struct side_request request = {
        .role = is_base ? DUEL_BASE : DUEL_HEAD,
        .word = is_base         ? options->base
                : options->head ? options->head
                                : ".",
        .repo = options->repo,
        .build = options->build,
        .server = options->server,
        .work = options->work,
        .paths = &command->paths,
        .interrupted = &interrupted,
        .says = say,
    };
    char *error = NULL;
    int code = side_code(side_find(side, &request, &error), is_base);
    return error ? refuse(command, code, error) : code;
}

static int find_sides(struct duel_command *command)
{
    int code = find_side(&command->base, command, true);
    return code ? code : find_side(&command->head, command, false);
}

/* ---- the header */

/* Cost at saturation and throughput are for information: a generator that shares no core with anybody has none to spare here. */
static void gate_only_what_may(struct duel_command *command)
{
    struct gate *gate = &command->options.gating.gate;
    bool wants = command->options.gating.metrics &&
                 (gate->gates[METRIC_SATURATED] || gate->gates[METRIC_THROUGHPUT]);
    gate->gates[METRIC_SATURATED] = gate->gates[METRIC_THROUGHPUT] = false;
    if (wants)
        strings_add(&command->result.notes, "saturated and throughput never gate in a duel: they "
                                            "are told for information, with --saturation");
}

static int settle(struct duel_command *command)
{
    struct result *result = &command->result;
    char *why = NULL;
    gate_only_what_may(command);
    int code = duel_experiment(result, &command->paths, &command->options);
    if (code)
        return code;
    duel_arms_add(result, &command->paths, &command->base, &command->head);
    code = conditions_settle(result, &command->places, &command->options.run);
    if (!code)
        code = duel_arms_name_sides(result, &command->base, &command->head, &why);
    return why ? refuse(command, code, why) : code;
}

static void announce(const struct duel_command *command)
{
    fprintf(stderr, "  base: %s\n  head: %s\n", command->base.label, command->head.label);
    duel_announce(&command->result, &command->options);
}

/* ---- from an open record to a decision */

static int give_up(struct duel_command *command, int code)
{
    journal_abandon(&command->journal);
    return code;
}

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

/* A record that goes on was proved before its first round. */
static int prove(struct duel_command *command)
{
    struct strings lenient = {0};
    if (command->result.round_count > 0)
        return 0;
    strings_add(&lenient, DUEL_BASE);
    strings_add(&lenient, DUEL_COPY);
    int code =
        prove_arms(&command->result, &command->journal, command->paths.conformance, &lenient);
    strings_release(&lenient);
    char *why = NULL;
    if (!code && !interrupted)
        code = duel_arms_judge(&command->result, &why);
    return why ? refuse(command, code, why) : code;
}

static int was_interrupted(const struct result *result)
{
    fail(EXIT_INTERRUPTED, "interrupted; %zu round%s kept in %s", result->round_count,
         result->round_count == 1 ? " is" : "s are", result->directory);
    fprintf(stderr, "  to go on: backbench duel --resume %s\n", result->directory);
    return EXIT_INTERRUPTED;
}

static int conclude(struct duel_command *command, enum experiment_end end, char *error)
{
    struct result *result = &command->result;
    char utc[RESULT_UTC_SIZE];
    if (end == EXPERIMENT_NOT_WRITTEN)
        return give_up(command, fail_with(EXIT_ENVIRONMENT, error));
    if (end == EXPERIMENT_FOREIGN)
        return give_up(command, fail_with(EXIT_UNREADABLE, error));
    result_utc(utc, time(NULL));
    if (end != EXPERIMENT_INTERRUPTED)
        result->finished_utc = xstrdup(utc);
    if (journal_close(&command->journal, result, &error) < 0)
        return fail_with(EXIT_ENVIRONMENT, error);
    return end == EXPERIMENT_INTERRUPTED ? was_interrupted(result)
                                         : duel_verdict(result, &command->options);
}

/* The record is open. */
static int carry_out(struct duel_command *command, struct experiment_run *run)
{
    char *error = NULL;
    int code = prove(command);
    if (!code && !interrupted)
        code = count(command, run);
    if (code)
        return give_up(command, code);
    enum experiment_end end =
        interrupted ? EXPERIMENT_INTERRUPTED : duel_measure(run, &command->options, &error);
    return conclude(command, end, error);
}

static int adopt(struct duel_command *command, struct result *stored)
{
    char *difference = resume_difference(&command->result, stored);
    if (!difference) {
        resume_adopt(&command->result, stored);
        return 0;
    }
    int code = fail(EXIT_UNREADABLE, "%s cannot be gone on with: %s", command->journal.directory,
                    difference);
    free(difference);
    return give_up(command, code);
}

/* stored: of a duel that is gone on with; NULL: of none. */
static int measure(struct duel_command *command, struct result *stored)
{
    char *pace, *error = NULL, *wrapper = text_format("%s/wrk_wrapper.lua", command->paths.lua);
    struct result *result = &command->result;
    int code = conditions_find_pace(&pace, result, &command->paths, &command->options.run);
    struct experiment_run run = {.result = result,
                                 .journal = &command->journal,
                                 .placement = &command->places.plain,
                                 .upstream_placement = &command->places.upstream,
                                 .worker_cpus = &command->places.workers,
                                 .wrk = command->options.run.wrk,
                                 .wrapper = wrapper,
                                 .pace = pace,
                                 .interrupted = &interrupted};
    if (!code && experiment_capture(&run, &error) < 0)
        code = fail_with(EXIT_USAGE, error);
    if (!code && stored)
        code = adopt(command, stored);
    else if (!code &&
             journal_open(&command->journal, command->options.run.results, result, &error) < 0)
        code = fail_with(EXIT_ENVIRONMENT, error);
    if (!code)
        code = carry_out(command, &run);
    experiment_run_release(&run);
    free(wrapper);
    free(pace);
    return code;
}

static int run(struct duel_command *command, struct result *stored)
{
    int code = settle(command);
    if (code)
        return code;
    if (!stored)
        announce(command);
    return command->options.run.dry_run ? 0 : measure(command, stored);
}

static void prepare(void)
{
    interrupt_watch();
    server_become_reaper();
}

static int begin(struct duel_command *command)
{
    int code = conditions_check_tools(&command->options.run);
    if (!code)
        code = find_paths(&command->paths);
    if (!code)
        code = gating_prepare(&command->options.gating);
    if (code)
        return code;
    prepare();
    conditions_warn_of_survivors(command->options.run.results);
    code = find_sides(command);
    return code ? code : run(command, NULL);
}

/* ---- one that was cut off */

/* As it was begun, in the forms that are asked for now. */
static int recall_options(struct duel_command *command, const struct result *stored, char **argv)
{
    struct duel_options now = command->options, *options = &command->options;
    int code = duel_options_parse(options, (int)stored->argv.count, argv);
    if (code)
        code = fail(EXIT_UNREADABLE,
                    "the options that %s was begun with are none of this backbench", now.resume);
    decision_forms_release(&options->gating.forms);
    options->gating.forms = now.gating.forms;
    now.gating.forms = (struct decision_forms){0};
    options->resume = now.resume;
    options->run.seed = (struct option_seed){stored->seed, true};
    options->run.dry_run = false;
    duel_options_release(&now);
    return code;
}

static int go_on(struct duel_command *command, struct result *stored)
{
    int code = gating_prepare(&command->options.gating);
    if (!code && stored->finished_utc)
        return duel_verdict(stored, &command->options);
    if (code)
        return code;
    prepare();
    duel_arms_recall(&command->base, stored, DUEL_BASE);
    duel_arms_recall(&command->head, stored, DUEL_HEAD);
    return run(command, stored);
}

static int resume_stored(struct duel_command *command, struct result *stored)
{
    const char *directory = command->options.resume;
    if (!duel_is_record(stored))
        return fail(EXIT_UNREADABLE, "%s is no duel: backbench run --resume %s goes on with a run",
                    directory, directory);
    char **argv = strings_words(&stored->argv);
    int code = recall_options(command, stored, argv);
    if (!code)
        code = find_paths(&command->paths);
    if (!code)
        code = go_on(command, stored);
    duel_options_release(&command->options); /* they borrow from the words */
    command->options = (struct duel_options){0};
    strings_free_words(argv);
    return code;
}

static int resume(struct duel_command *command)
{
    struct result stored;
    char *error = NULL;
    int code = resume_open(&command->journal, command->options.resume, &stored, &error) < 0
                   ? fail_with(EXIT_UNREADABLE, error)
                   : resume_stored(command, &stored);
    journal_abandon(&command->journal);
    result_release(&stored);
    return code;
}

static void release(struct duel_command *command)
{
    side_release(&command->base);
    side_release(&command->head);
    places_release(&command->places);
    result_release(&command->result);
    paths_release(&command->paths);
    duel_options_release(&command->options);
}

int cmd_duel(int argc, char **argv)
{
    struct duel_command command = {.journal = {.fd = -1}};
    result_init(&command.result);
    int code = duel_options_parse(&command.options, argc, argv);
    if (!code)
        code = command.options.resume ? resume(&command) : begin(&command);
    release(&command);
    return code < 0 ? EXIT_DONE : code;
}
