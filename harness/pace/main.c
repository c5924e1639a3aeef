/*
 * pace: asks a server at a rate that does not depend on it, and says what a user would feel. The
 * parts: options, the schedule, the workload script's requests, the engine that keeps the time, the
 * verdict on what it saw, and what is shown of it.
 */
#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "data/catalog.h"
#include "data/strings.h"
#include "pace/engine.h"
#include "pace/hdr_file.h"
#include "pace/live.h"
#include "pace/options.h"
#include "pace/owner.h"
#include "pace/place.h"
#include "pace/quantity.h"
#include "pace/screen.h"
#include "pace/script.h"
#include "pace/terminal.h"
#include "pace/trial_json.h"
#include "pace/trust.h"
#include "pace/verdict.h"

/* A seed that nobody chose is one that can be typed. */
enum { SEED_SHORT = 1000000 };
enum {
    REAL_DIGITS = 15
}; /* those that any decimal keeps in a double: 0.9 is not to read 0.90000000000000002 */
enum { EXIT_USAGE = 2, EXIT_ENVIRONMENT = 5, EXIT_INTERRUPTED = 130 };

static volatile bool interrupted;

/* The second signal ends it at once. */
static void interrupt(int signal_number)
{
    (void)signal_number;
    if (interrupted)
        _exit(EXIT_INTERRUPTED);
    interrupted = true;
}

static void watch_signals(void)
{
    struct sigaction action = {.sa_handler = interrupt};

    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
}

static int fail(int code, char *sentence)
{
    fprintf(stderr, "pace: %s\n", sentence);
    free(sentence);
    return code;
}

/* Has all of it been written? errno is of the write that failed, if that is known. */
static int flush(void)
{
    errno = 0;
    if (fflush(stdout) == 0 && !ferror(stdout))
        return 0;
    return fail(EXIT_ENVIRONMENT,
                text_format("standard output: %s", errno ? strerror(errno) : "a write failed"));
}

static int print(const char *text)
{
    fputs(text, stdout);
    return flush();
}

/* All that a run needs, and what must be given back. */
struct run {
    struct options options;
    struct workload workload;
    struct expectation expectation;
    struct script *scripts[TRIAL_TARGETS];
    struct requests requests[TRIAL_TARGETS];
    struct trial trial;
    struct setting setting;
    struct live live;
    struct hdr_file hdr;
    char *warnings[TRIAL_TARGETS];
    bool utf8;
};

/* What the first lines of the script say of its answers; without them any 2xx is right. */
static int read_workload(struct run *run, char **error)
{
    expectation_init(&run->expectation);
    if (!run->options.script)
        return 0;
    if (workload_read_alone(&run->workload, run->options.script, error) < 0)
        return -1;
    expectation_of(&run->expectation, &run->workload);
    run->setting.compares =
        run->expectation.type || run->expectation.body || run->expectation.has_sha256;
    return 0;
}

static int make_requests(struct run *run, unsigned target, char **error)
{
    const struct options *options = &run->options;
    const struct script_options script = {
        .path = options->script,
        .url = &options->urls[target],
        .fields = &options->fields,
        .arguments = &options->arguments,
        .seed = options->seed,
        .interrupted = &interrupted,
    };
    size_t count = REQUESTS_RING_LEAST;

    if (run->workload.keys > count)
        count = run->workload.keys;
    requests_init(&run->requests[target]);
    if (script_open(&run->scripts[target], &script, error) < 0)
        return -1;
    return script_requests(run->scripts[target], &run->requests[target], count, error);
}

static void make_trial(struct run *run)
{
    struct trial *trial = &run->trial;
    const struct options *options = &run->options;

    *trial = (struct trial){
        .schedule = &options->schedule,
        .seed = options->seed,
        .requests_per_connection = options->requests_per_connection,
        .max_backlog_ns = options->max_backlog_ns,
        .warmup_ns = options->warmup_ns,
        .target_count = options->url_count,
    };
    for (unsigned t = 0; t < options->url_count; t++)
        trial->targets[t] = (struct trial_target){
            .url = options->urls[t], .connections = options->connections, .cpu_ns = MISSING};
    requests_hash(&run->requests[0], trial->requests_hash);
}

/* What can be wrong with what was asked: exit code EXIT_USAGE. */
static int prepare_asked(struct run *run, char **error)
{
    struct options *options = &run->options;

    for (unsigned t = 0; t < TRIAL_TARGETS; t++)
        for (unsigned i = 0; i < options->pid_count[t]; i++)
            if (place_process(options->pids[t][i], error) < 0)
                return -1;
    for (unsigned t = 0; t < options->url_count; t++)
        run->setting.warnings[t] = run->warnings[t] =
            owner_doubt(options->pids[t], options->pid_count[t], &options->urls[t]);
    if (!options->chose_seed) {
        if (getrandom(&options->seed, sizeof options->seed, 0) != sizeof options->seed)
            return text_error(error, "no random numbers for a seed: %s; give one with --seed",
                              strerror(errno));
        options->seed %= SEED_SHORT;
    }
    if (read_workload(run, error) < 0)
        return -1;
    for (unsigned t = 0; t < options->url_count; t++)
        if (make_requests(run, t, error) < 0)
            return -1;
    if (hdr_file_open(&run->hdr, options->hdr, options->hdr_form, error) < 0)
        return -1;
    run->setting.cpu = place_pin(options->cpu, error);
    return run->setting.cpu < 0 ? -1 : 0;
}

static int measure(struct run *run, int *exit_code, char **error)
{
    struct engine_options engine = {
        .expectation = &run->expectation,
        .interrupted = &interrupted,
        .progress = run->live.is_shown ? live_show : NULL,
        .argument = &run->live,
    };

    for (unsigned t = 0; t < run->options.url_count; t++) {
        engine.requests[t] = &run->requests[t];
        engine.pids[t] = run->options.pids[t];
        engine.pid_count[t] = run->options.pid_count[t];
    }
    int status = engine_run(&run->trial, &engine, exit_code, error);
    live_clear(&run->live);
    return status;
}

/* done() may print; with --json that is not for stdout, which is JSON's. */
static int finish_script(struct run *run, unsigned target, char **error)
{
    const struct record *record = &run->trial.targets[target].record;
    struct histogram latency;
    int kept = run->options.json ? dup(STDOUT_FILENO) : -1;

    tally_histogram(&record->response, &latency);
    const struct script_summary summary = {
        .requests = record->completed,
        .bytes = record->bytes_in,
        .duration_us = (uint64_t)run->trial.measured_ns / 1000,
        .errors_connect = record->faults[FAULT_CONNECT],
        .errors_read = record->faults[FAULT_READ] + record->faults[FAULT_ANSWER],
        .errors_write = record->faults[FAULT_WRITE],
        .errors_status = record->faults[FAULT_STATUS] + record->faults[FAULT_BODY],
        .errors_timeout = record->censored,
        .latency = &latency,
    };
    fflush(stdout);
    if (kept >= 0)
        dup2(STDERR_FILENO, STDOUT_FILENO);
    int status = script_done(run->scripts[target], &summary, error);
    fflush(stdout);
    if (kept >= 0) {
        dup2(kept, STDOUT_FILENO);
        close(kept);
    }
    histogram_release(&latency);
    return status;
}

static void show(const struct run *run)
{
    if (run->options.json) {
        json_t *json = trial_json(&run->trial, &run->setting);
        json_dumpf(json, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(REAL_DIGITS));
        fputc('\n', stdout);
        json_decref(json);
    } else {
        const struct screen_form form = {
            .utf8 = run->utf8,
            .colour = terminal_takes_escapes(STDOUT_FILENO) && !getenv("NO_COLOR"),
            .width = terminal_columns(STDOUT_FILENO),
        };
        screen_put(stdout, &run->trial, &run->setting, &form);
    }
}

/* A trial that could not be made is one that was refused, for those who read JSON too. */
static int refuse(struct run *run, int code, char *error)
{
    struct trial *trial = &run->trial;

    if (code != EXIT_ENVIRONMENT)
        return fail(code, error);
    trial->end = TRIAL_REFUSED;
    snprintf(trial->why, sizeof trial->why, "%s", error);
    verdict_judge(trial);
    if (run->options.json)
        show(run);
    char *sentence = text_format("REFUSED: %s", error);
    free(error);
    return fail(code, sentence);
}

/* 0, or a sentence in *error. A distribution that may not be
 * shown is not written, and an older file stays. */
static int write_distribution(struct run *run, char **error)
{
    const struct trial *trial = &run->trial;
    char p[QUANTITY_SIZE];

    if (!run->hdr.file)
        return 0;
    for (unsigned t = 0; t < trial->target_count; t++)
        if (!trust_distribution(trial, t)) {
            fprintf(stderr, "pace: %s is not written: the trial has no latencies\n", run->hdr.path);
            return 0;
        }
    if (trial->trusted_p < 1)
        fprintf(stderr, "pace: %s is to be believed up to %s: further out pace itself was late\n",
                run->hdr.path, quantity_percentile(p, trial->trusted_p));
    return hdr_file_write(&run->hdr, trial, error);
}

static int finish_scripts(struct run *run, char **error)
{
    const char *why;

    if (!trust_done(&run->trial, &why)) {
        if (run->options.script && script_has_done(run->scripts[0]))
            fprintf(stderr,
                    "pace: done() of %s is not run: %s, and wrk's interface has no word for a "
                    "number that is none\n",
                    run->options.script, why);
        return 0;
    }
    for (unsigned t = 0; t < run->options.url_count; t++)
        if (finish_script(run, t, error) < 0)
            return -1;
    return 0;
}

/* What is shown comes first: an error of a file or of done() must not take it away. */
static int tell(struct run *run)
{
    char *error = NULL;

    verdict_judge(&run->trial);
    int code = verdict_exit_code(&run->trial);
    show(run);
    if (flush() != 0)
        return EXIT_ENVIRONMENT;
    if (write_distribution(run, &error) < 0)
        return fail(EXIT_ENVIRONMENT, error);
    if (finish_scripts(run, &error) < 0)
        return fail(interrupted ? EXIT_INTERRUPTED : EXIT_USAGE, error);
    return code;
}

static int run_all(struct run *run)
{
    char *error = NULL;
    int code = EXIT_ENVIRONMENT;
    unsigned connections = run->options.connections * run->options.url_count;

    run->setting = (struct setting){.schedule_text = run->options.schedule_text,
                                    .script = run->options.script,
                                    .slo_ns = run->options.slo_ns,
                                    .slo_chose_connections = run->options.slo_chose_connections};
    live_init(&run->live, run->utf8);
    if (prepare_asked(run, &error) < 0)
        return fail(interrupted ? EXIT_INTERRUPTED : EXIT_USAGE, error);
    make_trial(run);
    if (place_descriptors(connections, &error) < 0)
        return refuse(run, EXIT_ENVIRONMENT, error);
    if (measure(run, &code, &error) < 0)
        return refuse(run, code, error);
    return tell(run);
}

static void release(struct run *run)
{
    hdr_file_drop(&run->hdr);
    for (unsigned t = 0; t < TRIAL_TARGETS; t++)
        free(run->warnings[t]);
    for (unsigned t = 0; t < run->trial.target_count; t++)
        record_release(&run->trial.targets[t].record);
    for (unsigned t = 0; t < TRIAL_TARGETS; t++) {
        script_close(run->scripts[t]);
        requests_release(&run->requests[t]);
    }
    expectation_release(&run->expectation);
    workload_release(&run->workload);
    options_release(&run->options);
}

int main(int argc, char **argv)
{
    static struct run run; /* large */
    char *error = NULL;
    int code = 0;

    setlocale(LC_CTYPE, "");
    run.utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
    watch_signals();
    switch (options_read(&run.options, argc, argv, &error)) {
    case OPTIONS_HELP:
        code = print(options_usage);
        break;
    case OPTIONS_VERSION:
        code = print("pace " BACKBENCH_VERSION "\n");
        break;
    case OPTIONS_WRONG:
        code = fail(EXIT_USAGE, error);
        break;
    case OPTIONS_GO:
        code = run_all(&run);
        break;
    }
    release(&run);
    return code;
}
