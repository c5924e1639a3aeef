/* See options_value.h. */
#include "pace/options_value.h"

#include <stdlib.h>
#include <string.h>

#include "data/result.h"
#include "pace/quote.h"
#include "pace/units.h"

/* A sentence of units.c or schedule.c, with the option that it is about in front. */
static int about(const char *option, char *sentence, char **error)
{
    text_error(error, "%s: %s", option, sentence);
    free(sentence);
    return -1;
}

static int read_duration(const char *option, int64_t *duration_ns, const char *text, char **error)
{
    char *sentence = NULL;

    return units_duration(duration_ns, text, strlen(text), &sentence) < 0
               ? about(option, sentence, error)
               : 0;
}

int value_connections(struct options *options, const char *text, char **error)
{
    options->chose_connections = true;
    if (text_number(&options->connections, text, 1, CONNECTIONS_ASKED_MOST))
        return 0;
    return text_error(error, "-c %s: give a whole number of connections from 1 on, as in -c 64",
                      text);
}

int value_rate(struct options *options, const char *text, char **error)
{
    char *sentence = NULL;

    options->rate_text = text;
    return units_rate(&options->rate_rps, text, strlen(text), &sentence) < 0
               ? about("-r", sentence, error)
               : 0;
}

int value_duration(struct options *options, const char *text, char **error)
{
    options->duration_text = text;
    return read_duration("-d", &options->duration_ns, text, error);
}

int value_schedule(struct options *options, const char *text, char **error)
{
    char *sentence = NULL;

    options->schedule_text = text;
    return schedule_read(&options->schedule, text, &sentence) < 0 ? about("-S", sentence, error)
                                                                  : 0;
}

int value_script(struct options *options, const char *text, char **error)
{
    (void)error; /* main.c opens it */
    options->script = text;
    return 0;
}

static bool names(const char *field, const char *name)
{
    size_t length = strlen(name);

    return strncasecmp(field, name, length) == 0 && field[length] == ':';
}

/* What pace says itself of each request's length, and of the connection that it goes over. */
static const char *why_own(const char *field)
{
    if (names(field, "Content-Length"))
        return "pace writes this field itself, from the body that a script gives";
    if (names(field, "Transfer-Encoding"))
        return "pace tells each body's length by Content-Length";
    if (names(field, "Connection") && strcasestr(field, "close"))
        return "--requests-per-connection 1 gives each request a connection of its own";
    return NULL;
}

/* Has a field of that name been given already? wrk keeps its
 * fields in a table, where one would replace the other. */
static bool is_repeated(const struct strings *fields, const char *text, size_t name)
{
    for (size_t i = 0; i < fields->count; i++)
        if (strncasecmp(fields->items[i], text, name + 1) == 0)
            return true;
    return false;
}

static int refuse_field(const char *text, const char *why, char **error)
{
    char *quoted = quote(text, strlen(text));
    int status = text_error(error, "-H %s: %s", quoted, why);

    free(quoted);
    return status;
}

/* "Name: value", as it would stand in a request. */
int value_field(struct options *options, const char *text, char **error)
{
    size_t name = strcspn(text, ": \t");

    if (strpbrk(text, "\r\n"))
        return refuse_field(text, "a field is one line, and there is a line break in it", error);
    if (name == 0 || text[name] != ':')
        return refuse_field(text, "give a name, a colon and a value, as in -H 'Accept: text/html'",
                            error);
    if (why_own(text))
        return refuse_field(text, why_own(text), error);
    if (is_repeated(&options->fields, text, name))
        return refuse_field(text,
                            "a field of this name was given already, and the table wrk.headers "
                            "holds one of each; give both values in one, with a comma between",
                            error);
    strings_add(&options->fields, text);
    return 0;
}

int value_json(struct options *options, const char *text, char **error)
{
    (void)text, (void)error;
    options->json = true;
    return 0;
}

int value_hdr(struct options *options, const char *text, char **error)
{
    static const struct {
        const char *suffix;
        enum hdr_form form;
    } forms[] = {{".hgrm", HDR_HGRM}, {".hlog", HDR_HLOG}};

    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        size_t length = strlen(text), suffix = strlen(forms[i].suffix);
        if (length <= suffix || strcmp(text + length - suffix, forms[i].suffix) != 0)
            continue;
        options->hdr = text;
        options->hdr_form = forms[i].form;
        return 0;
    }
    return text_error(error,
                      "--hdr %s: end the file's name in .hgrm (percentiles as text) or .hlog "
                      "(HdrHistogram V2 over time)",
                      text);
}

int value_seed(struct options *options, const char *text, char **error)
{
    unsigned long long seed = strtoull(text, NULL, 10);

    if (*text == '\0' || text[strspn(text, "0123456789")] != '\0' || strlen(text) > 16 ||
        seed >= RESULT_SEED_LIMIT)
        return text_error(error, "--seed %s: give a whole number below 2^53, as in --seed 4711",
                          text);
    options->chose_seed = true;
    options->seed = seed;
    return 0;
}

/* "0", "0ms" and their like, which no other duration may be. */
static bool is_none(const char *text)
{
    static const char *const none[] = {"0", "0us", "0ms", "0s", "0m", "0h", "0d"};

    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        if (strcmp(text, none[i]) == 0)
            return true;
    return false;
}

int value_warmup(struct options *options, const char *text, char **error)
{
    char *sentence = NULL;

    options->warmup_ns = 0;
    if (is_none(text) || units_duration(&options->warmup_ns, text, strlen(text), &sentence) == 0)
        return 0;
    about("--warmup", sentence, error);
    sentence = *error;
    text_error(error, "%s, or 0 for none", sentence);
    free(sentence);
    return -1;
}

int value_per_connection(struct options *options, const char *text, char **error)
{
    if (text_number(&options->requests_per_connection, text, 1, INT32_MAX))
        return 0;
    return text_error(error, "--requests-per-connection %s: give a whole number from 1 on", text);
}

int value_max_backlog(struct options *options, const char *text, char **error)
{
    return read_duration("--max-backlog", &options->max_backlog_ns, text, error);
}

/* The processes of one server: "123" or "123+124". */
static bool read_pids(struct options *options, unsigned target, const char *list)
{
    unsigned *count = &options->pid_count[target], pid = 0;
    char *words = xstrdup(list), *rest = words, *word;
    bool is_right = *list != '\0';

    while (is_right && (word = strsep(&rest, "+"))) {
        is_right = *count < ENGINE_PIDS_MOST && text_number(&pid, word, 1, INT32_MAX);
        if (is_right)
            options->pids[target][(*count)++] = (pid_t)pid;
    }
    free(words);
    return is_right;
}

int value_pid(struct options *options, const char *text, char **error)
{
    char *lists = xstrdup(text), *rest = lists, *list;
    bool is_right = true;
    unsigned target = 0;

    while (is_right && target < TRIAL_TARGETS && (list = strsep(&rest, ",")))
        is_right = read_pids(options, target++, list);
    bool is_too_long = is_right && rest;
    free(lists);
    if (is_too_long)
        return text_error(error, "--pid %s: there are two servers at most", text);
    return is_right
               ? 0
               : text_error(
                     error,
                     "--pid %s: give process ids, + between those of one server, a comma between "
                     "servers, as in --pid 120+121,130",
                     text);
}

int value_cpu(struct options *options, const char *text, char **error)
{
    unsigned cpu;

    if (!text_number(&cpu, text, 0, 65535))
        return text_error(error, "--cpu %s: give the number of one CPU, as in --cpu 2", text);
    options->cpu = (int)cpu;
    return 0;
}

int value_slo(struct options *options, const char *text, char **error)
{
    return read_duration("--slo", &options->slo_ns, text, error);
}
