/* Running one pace; see paced.h. What it prints on stdout is its data. */
#include "measure/paced.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/phases.h"
#include "data/strings.h"
#include "measure/clock.h"
#include "measure/process.h"

/* "12+13,20": the processes of each server; NULL if one has more than pace takes. */
static char *pids_text(const struct paced_options *options)
{
    char *text = NULL;
    size_t size = 0;
    for (unsigned t = 0; t < options->target_count; t++)
        if (options->targets[t].pid_count == 0 || options->targets[t].pid_count > PACED_PIDS)
            return NULL;
    FILE *out = open_memstream(&text, &size);
    for (unsigned t = 0; t < options->target_count; t++)
        for (size_t i = 0; i < options->targets[t].pid_count; i++)
            fprintf(out, "%s%d", i > 0 ? "+" : t > 0 ? "," : "", (int)options->targets[t].pids[i]);
    fclose(out);
    return text;
}

static void add_format(struct strings *words, const char *option, const char *format,
                       unsigned long long number)
{
    char text[32];
    snprintf(text, sizeof(text), format, number);
    strings_add(words, option);
    strings_add(words, text);
}

/* In milliseconds, to the nanosecond. */
static void add_limit(struct strings *words, int64_t limit_ns)
{
    char text[48];
    snprintf(text, sizeof(text), "%lld.%06lldms", (long long)(limit_ns / NS_PER_MS),
             (long long)(limit_ns % NS_PER_MS));
    strings_add(words, "--slo");
    strings_add(words, text);
}

/* "idle:2s,poisson:10000:30s": what is due in each phase, without a gap between them. */
static void add_schedule(struct strings *words, const struct phases *phases)
{
    static const char *const kinds[PHASE_KINDS] = {
        [PHASE_IDLE] = "idle",
        [PHASE_LOAD] = "poisson",
        [PHASE_BURST] = "burst",
        [PHASE_CLOSE] = "close",
    };
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    for (size_t i = 0; i < phases->count; i++) {
        const struct phase *phase = &phases->items[i];
        fprintf(out, "%s%s:", i > 0 ? "," : "", kinds[phase->kind]);
        if (phase_sends(phase->kind))
            fprintf(out, "%u:", phase->rate_rps);
        fprintf(out, "%us", phase->duration_s);
    }
    fclose(out);
    strings_add(words, "-S");
    strings_add(words, text);
    free(text);
}

static void add_load(struct strings *words, const struct paced_options *options)
{
    if (options->phases != NULL) {
        add_schedule(words, options->phases);
        return;
    }
    add_format(words, "-r", "%llu", options->rate_rps);
    add_format(words, "-d", "%llus", options->window_s);
}

static void add_targets(struct strings *words, const struct paced_options *options)
{
    const char *form = strchr(options->address, ':') != NULL ? "http://[%s]:%u/" : "http://%s:%u/";
    for (unsigned t = 0; t < options->target_count; t++) {
        char url[128];
        snprintf(url, sizeof(url), form, options->address, options->targets[t].port);
        strings_add(words, url);
    }
}

/* The Host field is the one that wrk_wrapper.lua gives, so
 * that both generators send the same bytes. */
static void build_command(struct strings *words, const struct paced_options *options)
{
    char *pids = pids_text(options);
    strings_add(words, options->pace);
    add_load(words, options);
    add_format(words, "-c", "%llu", options->connections);
    if (options->requests_per_connection > 0)
        add_format(words, "--requests-per-connection", "%llu", options->requests_per_connection);
    add_format(words, "--warmup", "%llus", options->warmup_s);
    add_format(words, "--seed", "%llu", options->seed);
    if (options->slo_ns > 0)
        add_limit(words, options->slo_ns);
    strings_add(words, "-s");
    strings_add(words, options->script);
    strings_add(words, "-H");
    strings_add(words, "Host: localhost");
    strings_add(words, "--json");
    if (pids != NULL) {
        strings_add(words, "--pid");
        strings_add(words, pids);
    }
    add_targets(words, options);
    free(pids);
}

int paced_start(struct load *load, const struct paced_options *options, char *error, size_t size)
{
    struct strings words = {0};
    struct process process;
    *load = (struct load){0};
    build_command(&words, options);
    const char **argv = xcalloc(words.count + 1, sizeof(*argv));
    for (size_t i = 0; i < words.count; i++)
        argv[i] = words.items[i];
    struct process_options start = {.argv = argv, .cpus = options->cpus};
    int result = process_start(&process, &start);
    free(argv);
    strings_release(&words);
    if (result != 0) {
        snprintf(error, size, "cannot start %s: %s", options->pace, strerror(-result));
        return -1;
    }
    *load = (struct load){.pid = process.pid,
                          .out_fd = -1,
                          .err_fd = process.err_fd,
                          .data_fd = process.out_fd,
                          .started_ns = monotonic_ns()};
    return 0;
}
