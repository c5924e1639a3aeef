/* backbench profile: what a request costs, counted and not timed. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/profile_files.h"
#include "cmd/profile_options.h"
#include "cmd/progress.h"
#include "measure/answer.h"
#include "measure/counting.h"
#include "measure/host.h"
#include "measure/load.h"
#include "present/profile.h"

enum { CONFIRMATIONS = 2 };
static const double COUNT_S[INSTRUMENTS] = {1.5, .7}; /* both runs of one, for the time to expect */

struct profile_command {
    struct profile_options options;
    struct profile_choice choice;
    struct profile profile;
    struct budget budget;
    struct budget_outcome outcome;
    struct turns_options *requests; /* of each workload */
    char *missing[INSTRUMENTS];     /* why an instrument is not used; NULL: it is */
    unsigned failed, counted;
};

/* ---- before anything is counted ---- */

static bool needs(const struct profile_command *command, enum instrument instrument)
{
    return instrument == INSTRUMENT_INSTRUCTIONS ||
           !(command->options.budget || command->options.write_budget);
}

static int say_missing(const struct profile_command *command)
{
    bool all = command->missing[INSTRUMENT_INSTRUCTIONS] && command->missing[INSTRUMENT_CALLS];
    if (all && needs(command, INSTRUMENT_CALLS) && !command->options.rewrite)
        return fail(EXIT_ENVIRONMENT, "neither valgrind nor strace is installed; type: sh "
                                      "scripts/deps profile, or apt-get install valgrind strace");
    for (enum instrument i = 0; i < INSTRUMENTS; i++)
        if (command->missing[i] && needs(command, i) &&
            (!needs(command, INSTRUMENT_CALLS) || command->options.rewrite))
            return fail(EXIT_ENVIRONMENT, "%s", command->missing[i]);
    return 0;
}

/* Which instruments there are; what a budget or a document cannot do without is an error. */
static int find_tools(struct profile_command *command)
{
    struct strings versions = {0};
    for (enum instrument i = 0; i < INSTRUMENTS; i++) {
        const char *program = instrument_program(i);
        char *version = instrument_version(i);
        if (!version)
            command->missing[i] =
                text_format("%s is not installed; type: sh scripts/deps profile, or apt-get "
                            "install %s",
                            program, program);
        else if (needs(command, i))
            strings_add(&versions, version);
        free(version);
    }
    char *build = host_build();
    command->profile.tools = strings_join(&versions, ", ");
    command->profile.build = build;
    strings_release(&versions);
    return say_missing(command);
}

static int read_budget(struct profile_command *command)
{
    char *error = NULL;
    if (!command->options.budget)
        return profile_check_files(&command->options, command->profile.build);
    return budget_read(&command->budget, command->options.budget, &error) < 0
               ? fail_with(EXIT_USAGE, error)
               : 0;
}

/* The bytes that wrk really sends under a workload's script. */
static int capture(struct profile_command *command, const struct paths *paths, size_t index)
{
    const struct workload *workload = &command->choice.workloads[index];
    char error[300], *bytes = NULL, *wrapper = text_format("%s/wrk_wrapper.lua", paths->lua);
    struct load_options load = {
        .wrk = command->options.wrk, .wrapper = wrapper, .script = workload->path};
    size_t len = 0;
    int result = load_capture(&load, &bytes, &len, error, sizeof(error));
    free(wrapper);
    if (result < 0)
        return fail(EXIT_USAGE, "workload %s: %s", workload->name, error);
    command->requests[index] = (struct turns_options){
        .workload = workload,
        .bytes = bytes,
        .len = len,
        .requests = answer_requests(bytes, len),
        .interrupted = &interrupted,
    };
    if (command->requests[index].requests == 0)
        return fail(EXIT_USAGE, "workload %s: what it sends does not end with a whole request",
                    workload->name);
    return 0;
}

static int capture_all(struct profile_command *command, const struct paths *paths)
{
    char *wrk = program_find(command->options.wrk);
    if (!wrk)
        return fail(EXIT_ENVIRONMENT,
                    "%s is not installed; type: sh scripts/deps, or apt-get "
                    "install wrk",
                    command->options.wrk);
    free(wrk);
    command->requests = xcalloc(command->choice.workload_count + 1, sizeof(*command->requests));
    int code = 0;
    for (size_t i = 0; i < command->choice.workload_count && !code; i++)
        code = capture(command, paths, i);
    return code;
}

/* ---- counting ---- */

static void show(struct profile_command *command, const struct profile_row *row)
{
    const struct profile_options *options = &command->options;
    if (row->instructions.missing && row->calls.missing)
        fprintf(stderr, "%s %s: %s\n", row->server, row->workload, row->instructions.missing);
    else if (options->budget)
        profile_judge(&command->outcome, &command->budget, row);
    else if (!options->json && !options->markdown)
        profile_text(stdout, row);
    else
        fprintf(stderr, "%s %s\n", row->server, row->workload);
}

static bool is_over(const struct profile_command *command, const struct profile_row *row)
{
    struct growth growth;
    growth_find(&growth, &command->budget, row);
    growth_release(&growth);
    return growth.verdict == GROWTH_OVER;
}

/* A count over its budget is confirmed: what a server does
 * each second is added to it (measure/counting.h). */
static void confirm(const struct profile_command *command, const struct server_info *server,
                    const struct turns_options *options, struct profile_row *row)
{
    for (unsigned i = 0; i < CONFIRMATIONS && is_over(command, row) && !interrupted; i++)
        counting_lower(&row->instructions, INSTRUMENT_INSTRUCTIONS, server->path, options);
}

/* False: this server cannot run here at all, which is said once. */
static bool count_row(struct profile_command *command, const struct server_info *server,
                      const struct turns_options *options)
{
    struct profile_row row = {0};
    struct costs *const costs[INSTRUMENTS] = {&row.instructions, &row.calls};
    enum instrument_result results[INSTRUMENTS];
    for (enum instrument i = 0; i < INSTRUMENTS; i++) {
        results[i] = INSTRUMENT_UNAVAILABLE;
        if (!needs(command, i))
            costs[i]->missing = xstrdup("");
        else if (command->missing[i])
            costs[i]->missing = xstrdup(command->missing[i]);
        else
            results[i] = counting_count(costs[i], i, server->path, options);
        if (interrupted)
            break;
    }
    bool is_unavailable = !interrupted && !command->missing[INSTRUMENT_INSTRUCTIONS] &&
                          results[INSTRUMENT_INSTRUCTIONS] == INSTRUMENT_UNAVAILABLE;
    if (is_unavailable)
        fprintf(stderr, "%s cannot run here: %s\n", server->name, row.instructions.missing);
    if (interrupted || is_unavailable) {
        costs_release(&row.instructions);
        costs_release(&row.calls);
        return false;
    }
    struct profile_row *kept =
        profile_add(&command->profile, server->name, options->workload->name);
    kept->instructions = row.instructions;
    kept->calls = row.calls;
    if (command->options.budget && !kept->instructions.missing)
        confirm(command, server, options, kept);
    if (interrupted)
        return false;
    /* strace may be forbidden (ptrace(2), in a container): then its column has a reason instead */
    command->failed += results[INSTRUMENT_INSTRUCTIONS] == INSTRUMENT_FAILED;
    command->counted += !kept->instructions.missing || !kept->calls.missing;
    show(command, kept);
    return true;
}

static bool has_route(const struct server_info *server, const struct workload *workload)
{
    return server->routes.count == 0 || !workload->route ||
           strings_contain(&server->routes, workload->route);
}

static void count_all(struct profile_command *command)
{
    const struct profile_choice *choice = &command->choice;
    for (size_t i = 0; i < choice->server_count; i++)
        for (size_t k = 0; k < choice->workload_count && !interrupted; k++)
            if (has_route(&choice->servers[i], &choice->workloads[k]) &&
                !count_row(command, &choice->servers[i], &command->requests[k]))
                break;
}

static void say_time(const struct profile_command *command)
{
    double seconds = 0;
    char text[32];
    for (enum instrument i = 0; i < INSTRUMENTS; i++)
        if (needs(command, i) && !command->missing[i])
            seconds += COUNT_S[i];
    size_t servers = command->choice.server_count, workloads = command->choice.workload_count;
    fprintf(stderr, "counting %zu server%s on %zu workload%s, about %s\n", servers,
            servers == 1 ? "" : "s", workloads, workloads == 1 ? "" : "s",
            duration_text(text, sizeof(text), seconds * (double)(servers * workloads)));
}

/* ---- afterwards ---- */

static int finish(struct profile_command *command)
{
    const struct profile_options *options = &command->options;
    if (interrupted)
        return EXIT_INTERRUPTED;
    if (command->counted == 0)
        return fail(EXIT_ENVIRONMENT, "nothing could be counted here");
    if (options->json)
        profile_json(stdout, &command->profile);
    else if (options->markdown)
        profile_markdown(stdout, &command->profile);
    int code = 0;
    if (options->budget)
        code = profile_verdict(&command->outcome, &command->budget, options->budget,
                               command->profile.build);
    if (command->failed > 0)
        code = fail(EXIT_FAILED, "%u could not be counted", command->failed);
    else if (options->write_budget)
        code = profile_write_budget(&command->profile, options);
    if (!code && options->rewrite)
        code = profile_rewrite(&command->profile, options);
    return code;
}

static int run(struct profile_command *command, const struct paths *paths)
{
    int code = profile_choose(&command->choice, &command->options, paths);
    if (!code)
        code = find_tools(command);
    if (!code)
        code = read_budget(command);
    if (code)
        return code;
    interrupt_watch();
    server_become_reaper();
    instrument_settle();
    code = capture_all(command, paths);
    if (code)
        return code;
    say_time(command);
    count_all(command);
    return finish(command);
}

static void release(struct profile_command *command)
{
    for (size_t i = 0; command->requests && i < command->choice.workload_count; i++)
        free((char *)command->requests[i].bytes);
    free(command->requests);
    for (enum instrument i = 0; i < INSTRUMENTS; i++)
        free(command->missing[i]);
    budget_release(&command->budget);
    profile_release(&command->profile);
    profile_choice_release(&command->choice);
    profile_options_release(&command->options);
}

int cmd_profile(int argc, char **argv)
{
    struct profile_command command = {.options = {.wrk = "wrk"}};
    struct paths paths = {0};
    int code = profile_options_parse(&command.options, argc, argv);
    if (code == 0 && (code = find_paths(&paths)) == 0) {
        code = run(&command, &paths);
        paths_release(&paths);
    }
    release(&command);
    return code < 0 ? EXIT_DONE : code;
}
