/* See options.h. */
#include "pace/options.h"

#include <getopt.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pace/options_value.h"

static const struct {
    const char *name;
    char letter;      /* wrk's, where it means the same; 0: none */
    value_read *read; /* NULL: it ends the reading */
    bool is_flag, may_repeat;
} rows[] = {
    {"connections", 'c', value_connections, false, false},
    {"rate", 'r', value_rate, false, false},
    {"duration", 'd', value_duration, false, false},
    {"schedule", 'S', value_schedule, false, false},
    {"script", 's', value_script, false, false},
    {"header", 'H', value_field, false, true},
    {"requests-per-connection", 0, value_per_connection, false, false},
    {"warmup", 0, value_warmup, false, false},
    {"max-backlog", 0, value_max_backlog, false, false},
    {"slo", 0, value_slo, false, false},
    {"pid", 0, value_pid, false, false},
    {"cpu", 0, value_cpu, false, false},
    {"seed", 0, value_seed, false, false},
    {"json", 0, value_json, true, false},
    {"hdr", 0, value_hdr, false, false},
    {"version", 'v', NULL, true, false},
    {"help", 'h', NULL, true, false},
};
enum { ROWS = sizeof rows / sizeof *rows, FIRST = 256 /* beyond every letter */ };

/* What hands that know wrk type, and pace has no need of. */
static const char *wrk_hint(int letter)
{
    switch (letter) {
    case 't':
        return "pace keeps its time in one thread; leave it out";
    case 'L':
        return "pace always prints latencies; leave it out";
    case 'T':
        return "pace gives up no request before its end; what is unfinished then counts with its "
               "age";
    case 'R':
        return "the rate is -r";
    default:
        return NULL;
    }
}

static int unknown_option(int letter, const char *word, char **error)
{
    if (strncmp(word, "--", 2) != 0) {
        const char *hint = wrk_hint(letter);
        return hint ? text_error(error, "-%c is no option of pace: %s", letter, hint)
                    : text_error(error, "unknown option -%c; pace --help lists them", letter);
    }
    const char *names[ROWS];
    for (size_t i = 0; i < ROWS; i++)
        names[i] = rows[i].name;
    char *name = xstrdup(word + 2);
    name[strcspn(name, "=")] = '\0';
    char *hint =
        strcmp(name, "latency") == 0 ? xstrdup(wrk_hint('L')) : text_suggest(names, ROWS, name);
    text_error(error, "unknown option --%s: %s", name, hint);
    free(hint);
    free(name);
    return -1;
}

static size_t row_of(int option)
{
    if (option >= FIRST)
        return (size_t)(option - FIRST);
    for (size_t i = 0; i < ROWS; i++)
        if (rows[i].letter == option)
            return i;
    abort(); /* getopt gives back only what it was told of */
}

static void fill_tables(struct option longs[ROWS + 1], char shorts[2 * ROWS + 2])
{
    *shorts++ = ':'; /* an option without its value is told apart */
    for (int i = 0; i < ROWS; i++) {
        longs[i] = (struct option){rows[i].name, rows[i].is_flag ? no_argument : required_argument,
                                   NULL, FIRST + i};
        if (rows[i].letter == 0)
            continue;
        *shorts++ = rows[i].letter;
        if (!rows[i].is_flag)
            *shorts++ = ':';
    }
    longs[ROWS] = (struct option){0};
    *shorts = '\0';
}

static int given_twice(size_t row, char **error)
{
    if (rows[row].letter)
        return text_error(error, "-%c was given twice; which one is meant?", rows[row].letter);
    return text_error(error, "--%s was given twice; which one is meant?", rows[row].name);
}

/* One option with its value. */
static int read_one(struct options *options, size_t row, bool seen[ROWS], char **error)
{
    if (seen[row] && !rows[row].may_repeat)
        return given_twice(row, error);
    seen[row] = true;
    return rows[row].read(options, optarg, error);
}

/* All options, in their order. */
static enum options_step read_options(struct options *options, int argc, char **argv, char **error)
{
    struct option longs[ROWS + 1];
    char shorts[2 * ROWS + 2];
    bool seen[ROWS] = {false};
    int option, status = 0;

    fill_tables(longs, shorts);
    opterr = 0;
    optind = 0; /* starts anew, also when tests read one line after the other */
    while (status == 0 && (option = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
        const char *word = argv[optind - 1];
        if (option == ':')
            status = text_error(error, "%s needs a value; pace --help shows which", word);
        else if (option == '?')
            status = unknown_option(optopt, word, error);
        else if (!rows[row_of(option)].read)
            return option == 'h' || option == FIRST + ROWS - 1 ? OPTIONS_HELP : OPTIONS_VERSION;
        else
            status = read_one(options, row_of(option), seen, error);
    }
    return status == 0 ? OPTIONS_GO : OPTIONS_WRONG;
}

static int read_urls(struct options *options, char **words, int count, char **error)
{
    if (count == 0)
        return text_error(
            error, "which server? Give its URL, as in pace -r 5k -d 10s http://127.0.0.1:8080/");
    if (count > TRIAL_TARGETS)
        return text_error(error,
                          "\"%s\" is one URL too many: one server is measured, or two "
                          "against each other; what is for the script follows --",
                          words[TRIAL_TARGETS]);
    while (options->url_count < (unsigned)count) {
        unsigned i = options->url_count++;
        if (url_read(&options->urls[i], words[i], error) < 0)
            return -1;
    }
    return 0;
}

static int check_simple(const struct options *options, char **error)
{
    char *why = NULL;

    if (schedule_check(&options->schedule, &why) == 0)
        return 0;
    text_error(error, "-r %s -d %s: %s", options->rate_text, options->duration_text, why);
    free(why);
    return -1;
}

/* Either -r with -d, or -S. */
static int make_schedule(struct options *options, char **error)
{
    bool rate = options->rate_rps > 0, duration = options->duration_ns > 0;

    if (options->schedule_text)
        return rate || duration
                   ? text_error(error, "-S says when requests are due, and so %s; give one of both",
                                rate ? "does -r" : "does -d")
                   : 0;
    if (!rate)
        return text_error(
            error, "how many requests a second? Give -r, as in -r 5k, or a schedule with -S");
    if (!duration)
        return text_error(error, "for how long? Give -d, as in -d 10s");
    schedule_simple(&options->schedule, options->rate_rps, options->duration_ns);
    return check_simple(options, error);
}

static unsigned connections_for(double highest_rps, int64_t slo_ns)
{
    return (unsigned)fmin(fmax(ceil(4 * highest_rps * (double)slo_ns / 1e9), CONNECTIONS_LEAST),
                          CONNECTIONS_MOST);
}

static void choose_connections(struct options *options)
{
    double highest_rps = options->schedule.highest_rps;
    unsigned usual = connections_for(highest_rps, OPTIONS_SLO_NS);

    options->connections = options->slo_ns ? connections_for(highest_rps, options->slo_ns) : usual;
    options->slo_chose_connections = options->connections != usual;
}

static int complete(struct options *options, char **error)
{
    if (make_schedule(options, error) < 0)
        return -1;
    if (options->pid_count[1] > 0 && options->url_count < TRIAL_TARGETS)
        return text_error(error, "--pid names the processes of two servers, but there is one "
                                 "URL; between processes of one server stands a +");
    if (options->hdr_form == HDR_HGRM && options->url_count > 1)
        return text_error(
            error, "--hdr %s: a .hgrm holds one curve, and there are two servers; give a .hlog",
            options->hdr);
    if (options->arguments.count > 0 && !options->script)
        return text_error(
            error, "\"%s\" after -- is for a script's init(); there is no script, give one with -s",
            options->arguments.items[0]);
    if (!options->chose_connections)
        choose_connections(options);
    return 0;
}

/* What follows "--" is the script's; getopt would put it
 * behind the URLs and nobody could tell them apart. */
static int take_arguments(struct options *options, int argc, char **argv)
{
    int end = 1;

    while (end < argc && strcmp(argv[end], "--") != 0)
        end++;
    for (int i = end + 1; i < argc; i++)
        strings_add(&options->arguments, argv[i]);
    return end;
}

enum options_step options_read(struct options *options, int argc, char **argv, char **error)
{
    *options = (struct options){
        .warmup_ns = OPTIONS_WARMUP_NS, .max_backlog_ns = OPTIONS_MAX_BACKLOG_NS, .cpu = -1};
    int end = take_arguments(options, argc, argv);
    enum options_step step = read_options(options, end, argv, error);
    if (step != OPTIONS_GO)
        return step;
    if (read_urls(options, argv + optind, end - optind, error) < 0 || complete(options, error) < 0)
        return OPTIONS_WRONG;
    return OPTIONS_GO;
}

void options_release(struct options *options)
{
    for (unsigned i = 0; i < options->url_count; i++)
        url_release(&options->urls[i]);
    schedule_clear(&options->schedule);
    strings_release(&options->fields);
    strings_release(&options->arguments);
}
