/*
 * pace: asks a server at a rate that does not depend on it, and says what a user would feel. The parts: options, the
 * schedule, the workload script's requests, the engine that keeps the time, the verdict on what it saw, and what is
 * shown of it.
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
#include "pace/place.h"
#include "pace/screen.h"
#include "pace/script.h"
#include "pace/trial_json.h"
#include "pace/verdict.h"

/* A seed that nobody chose is one that can be typed. */
enum { SEED_SHORT = 1000000 };
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
    bool utf8;
};

/* Has the script lines of data at its top? Those of others, written for wrk alone, have none. */
static bool has_data(const char *path)
{
    char first[4] = "";
    FILE *file = fopen(path, "re");

    if (!file)
        return true; /* workload_read says why */
    size_t length = fread(first, 1, 3, file);
    fclose(file);
    return length == 3 && memcmp(first, "--|", 3) == 0;
}

/* What the first lines of the script say of its answers; without them any 2xx is right. */
static int read_workload(struct run *run, char **error)
{
    expectation_init(&run->expectation);
    if (!run->options.script || !has_data(run->options.script))
        return 0;
    if (workload_read(&run->workload, run->options.script, error) < 0)
        return -1;
    expectation_of(&run->expectation, &run->workload);
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
        .progress = run->live.is_terminal ? live_show : NULL,
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
        json_dumpf(json, stdout, JSON_INDENT(2));
        fputc('\n', stdout);
        json_decref(json);
    } else {
        screen_put(stdout, &run->trial, &run->setting, run->utf8,
                   isatty(STDOUT_FILENO) && !getenv("NO_COLOR"));
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

static bool may_tell(const struct trial *trial)
{
    for (unsigned t = 0; t < trial->target_count; t++)
        if (!verdict_has_latency(&trial->outcome[t]))
            return false;
    return true;
}

/* What is shown comes first: an error of a file or of done() must not take it away. */
static int tell(struct run *run)
{
    char *error = NULL;

    verdict_judge(&run->trial);
    int code = verdict_exit_code(&run->trial);
    show(run);
    if (fflush(stdout) != 0 || ferror(stdout))
        return fail(EXIT_ENVIRONMENT, text_format("standard output: %s", strerror(errno)));
    if (may_tell(&run->trial) && hdr_file_write(&run->hdr, &run->trial, &error) < 0)
        return fail(EXIT_ENVIRONMENT, error);
    if (run->hdr.file)
        fprintf(stderr, "pace: %s is not written: the trial has no latencies\n", run->hdr.path);
    if (!run->trial.has_window)
        return code;
    for (unsigned t = 0; t < run->options.url_count; t++)
        if (finish_script(run, t, &error) < 0)
            return fail(EXIT_USAGE, error);
    return code;
}

static int run_all(struct run *run)
{
    char *error = NULL;
    int code = EXIT_ENVIRONMENT;
    unsigned connections = run->options.connections * run->options.url_count;

    run->setting = (struct setting){.schedule_text = run->options.schedule_text,
                                    .script = run->options.script,
                                    .slo_ns = run->options.slo_ns};
    live_init(&run->live, run->utf8);
    if (prepare_asked(run, &error) < 0)
        return fail(EXIT_USAGE, error);
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
        fputs(options_usage, stdout);
        break;
    case OPTIONS_VERSION:
        puts("pace " BACKBENCH_VERSION);
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
