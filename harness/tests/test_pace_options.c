/* The command line of pace: what each line means, and the one sentence that each wrong one gets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "pace/options.h"

#define URL "http://127.0.0.1:8080/plaintext"

enum { WORDS_MOST = 40 };

/* Reads a line whose words are separated by blanks; "_" stands for a blank inside of a word. */
static enum options_step read_line(struct options *options, const char *line, char **error)
{
    static char text[1000], name[] = "pace", *words[WORDS_MOST + 1];
    int count = 1;

    assert_true(strlen(line) < sizeof text);
    strcpy(text, line);
    words[0] = name;
    for (char *word = strtok(text, " "); word; word = strtok(NULL, " ")) {
        assert_true(count < WORDS_MOST);
        for (char *c = word; *c; c++)
            *c = *c == '_' ? ' ' : *c;
        words[count++] = word;
    }
    words[count] = NULL;
    *error = NULL;
    return options_read(options, count, words, error);
}

static void accept(struct options *options, const char *line)
{
    char *error;
    if (read_line(options, line, &error) != OPTIONS_GO)
        fail_msg("%s: %s", line, error);
}

static void a_wrong_line_gets_one_sentence_with_the_remedy(void **state)
{
    (void)state;
    static const struct {
        const char *line, *says;
    } table[] = {
        {"-r 5k -d 10s", "which server? Give its URL"},
        {"-r 0 -d 10s " URL, "-r: "},
        {"-r 1e12 -d 10s " URL, "-r: "},
        {"-r NaN -d 10s " URL, "-r: "},
        {"-r -5 -d 10s " URL, "-r: "},
        {"-r 5k -d 0 " URL, "-d: "},
        {"-r 5k -d 10parsecs " URL, "-d: "},
        {"-r 5k -r 6k -d 10s " URL, "-r was given twice"},
        {"-r 5k --rate 6k -d 10s " URL, "-r was given twice"},
        {"--seed 1 --seed 2 -r 5k -d 10s " URL, "--seed was given twice"},
        {"-r 0.5 -d 100ms " URL, "-r 0.5 -d 100ms: fewer than one request is to be expected"},
        {"-r 10 -d 1us " URL, "-r 10 -d 1us: fewer than one request is to be expected"},
        {"-S poisson:0.5:100ms " URL, "-S: fewer than one request is to be expected"},
        {"-r 5k -S poisson:1k:1s " URL, "-S says when requests are due, and so does -r"},
        {"-d 5s -S poisson:1k:1s " URL, "-S says when requests are due, and so does -d"},
        {"-S poison:1k:1s " URL, "-S: "},
        {"-d 10s " URL, "how many requests a second? Give -r"},
        {"-r 5k " URL, "for how long? Give -d"},
        {URL, "how many requests a second?"},
        {"-r 5k -d 10s " URL " " URL " http://c/", "\"http://c/\" is one URL too many"},
        {"-r 5k -d 10s ftp://127.0.0.1/", "http"},
        {"-r 5k -d 10s https://127.0.0.1/", "http"},
        {"-c 0 -r 5k -d 10s " URL, "-c 0: give a whole number of connections"},
        {"-c 1.5 -r 5k -d 10s " URL, "-c 1.5: give"},
        {"-c 1000001 -r 5k -d 10s " URL, "-c 1000001: give"},
        {"--rat 5k --durration 10s " URL, "unknown option --durration: did you mean \"duration\"?"},
        {"--xyzzyxyzzyxyzzy " URL, "known are connections, rate"},
        {"--wat " URL, "unknown option --wat: known are connections, rate"},
        {"-t 4 -r 5k -d 10s " URL, "-t is no option of pace: pace keeps its time in one thread"},
        {"--latency -r 5k -d 10s " URL, "pace always prints latencies"},
        {"-R 5k -d 10s " URL, "the rate is -r"},
        {"-x -r 5k -d 10s " URL, "unknown option -x"},
        {"-d 10s " URL " -r", "-r needs a value"},
        {"--json=yes -r 5k -d 10s " URL, "json"},
        {"-H Accept -r 5k -d 10s " URL, "-H \"Accept\": give a name, a colon and a value"},
        {"-H A:_1 -H B:_1 -H a:_2 -r 5k -d 10s " URL,
         "-H \"a: 2\": a field of this name was given already"},
        {"-H A:_1\nB:_2 -r 5k -d 10s " URL, "-H \"A: 1\\x0aB: 2\": a field is one line"},
        {"-H A:_1\r -r 5k -d 10s " URL, "-H \"A: 1\\x0d\": a field is one line"},
        {"-H content-length:_5 -r 5k -d 10s " URL,
         "-H \"content-length: 5\": pace writes this field itself"},
        {"-H Transfer-Encoding:_chunked -r 5k -d 10s " URL,
         "-H \"Transfer-Encoding: chunked\": pace tells each body's length by Content-Length"},
        {"-H Connection:_Close -r 5k -d 10s " URL,
         "-H \"Connection: Close\": --requests-per-connection 1 gives"},
        {"-H :_x -r 5k -d 10s " URL, "give a name, a colon"},
        {"-H A_b:_x -r 5k -d 10s " URL, "give a name, a colon"},
        {"--hdr out.csv -r 5k -d 10s " URL, "--hdr out.csv: end the file's name in .hgrm"},
        {"--hdr .hgrm -r 5k -d 10s " URL, "--hdr .hgrm: end"},
        {"--hdr a.hgrm -r 5k -d 10s " URL " " URL, "holds one curve"},
        {"--seed x -r 5k -d 10s " URL, "--seed x: give a whole number"},
        {"--seed 9007199254740992 -r 5k -d 10s " URL, "--seed 9007199254740992: give"},
        {"--seed -1 -r 5k -d 10s " URL, "--seed -1: give"},
        {"--warmup soon -r 5k -d 10s " URL, "--warmup: "},
        {"--warmup -1 -r 5k -d 10s " URL, "try 250ms, 30s or 2m, or 0 for none"},
        {"--warmup 0.0x -r 5k -d 10s " URL, "--warmup: "},
        {"--requests-per-connection 0 -r 5k -d 10s " URL, "--requests-per-connection 0: give"},
        {"--max-backlog 0 -r 5k -d 10s " URL, "--max-backlog: "},
        {"--slo 0ms -r 5k -d 10s " URL, "--slo: "},
        {"--cpu all -r 5k -d 10s " URL, "--cpu all: give the number of one CPU"},
        {"--pid x -r 5k -d 10s " URL, "--pid x: give process ids"},
        {"--pid 1+ -r 5k -d 10s " URL, "--pid 1+: give process ids"},
        {"--pid 1,,2 -r 5k -d 10s " URL, "--pid 1,,2: give process ids"},
        {"--pid 1,2,3 -r 5k -d 10s " URL, "two servers at most"},
        {"--pid 1,2 -r 5k -d 10s " URL, "there is one URL"},
        {"-r 5k -d 10s " URL " -- a", "\"a\" after -- is for a script's init()"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct options options;
        char *error;
        enum options_step step = read_line(&options, table[i].line, &error);
        if (step != OPTIONS_WRONG)
            fail_msg("\"%s\" is accepted", table[i].line);
        if (!error || !strstr(error, table[i].says) || strchr(error, '\n'))
            fail_msg("\"%s\" says: %s", table[i].line, error ? error : "nothing");
        free(error);
        options_release(&options);
    }
}

static void rate_and_duration_make_one_poisson_segment(void **state)
{
    (void)state;
    struct options options;
    accept(&options, "-r 5k -d 10s " URL);
    assert_int_equal(options.schedule.count, 1);
    assert_int_equal(options.schedule.segments[0].kind, SEGMENT_POISSON);
    assert_true(options.schedule.highest_rps == 5000);
    assert_int_equal(options.schedule.duration_ns, 10000000000);
    assert_null(options.schedule_text);
    assert_string_equal(options.urls[0].text, URL);
    assert_int_equal(options.warmup_ns, 1000000000);
    assert_int_equal(options.max_backlog_ns, 10000000000);
    assert_int_equal(options.cpu, -1);
    assert_false(options.chose_seed);
    options_release(&options);
}

static void the_connections_follow_from_rate_and_slo(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        unsigned connections;
    } table[] = {
        {"-r 5k -d 10s " URL, 100},          {"-r 100 -d 10s " URL, 32},
        {"-r 1M -d 10s " URL, 1024},         {"-r 5k -d 10s --slo 20ms " URL, 400},
        {"-r 5k -d 10s --slo 1ms " URL, 32}, {"-S poisson:1k:1s,burst:10k:1s " URL, 200},
        {"-r 5k -d 10s -c 7 " URL, 7},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct options options;
        accept(&options, table[i].line);
        if (options.connections != table[i].connections)
            fail_msg("%s: %u connections", table[i].line, options.connections);
        assert_int_equal(options.slo_chose_connections, strstr(table[i].line, "--slo") != NULL);
        options_release(&options);
    }
}

static void every_option_arrives(void **state)
{
    (void)state;
    struct options options;
    accept(
        &options,
        "-S poisson:1k:1s,idle:2s -s w.lua -H A:_1 --header B:_2 --json --hdr x/y.hlog --seed 4711 "
        "--warmup 0ms --requests-per-connection 10 --max-backlog 2s --pid 11+12,13 --cpu 1 --slo "
        "5ms " URL " http://[::1]:81/ -- one --two");
    assert_string_equal(options.schedule_text, "poisson:1k:1s,idle:2s");
    assert_int_equal(options.schedule.count, 2);
    assert_string_equal(options.script, "w.lua");
    assert_int_equal(options.fields.count, 2);
    assert_string_equal(options.fields.items[1], "B: 2");
    assert_true(options.json);
    assert_int_equal(options.hdr_form, HDR_HLOG);
    assert_true(options.chose_seed && options.seed == 4711);
    assert_int_equal(options.warmup_ns, 0);
    assert_int_equal(options.requests_per_connection, 10);
    assert_int_equal(options.max_backlog_ns, 2000000000);
    assert_int_equal(options.pid_count[0], 2);
    assert_int_equal(options.pids[0][1], 12);
    assert_int_equal(options.pid_count[1], 1);
    assert_int_equal(options.pids[1][0], 13);
    assert_int_equal(options.cpu, 1);
    assert_int_equal(options.slo_ns, 5000000);
    assert_int_equal(options.url_count, 2);
    assert_string_equal(options.urls[1].host, "::1");
    assert_int_equal(options.arguments.count, 2);
    assert_string_equal(options.arguments.items[1], "--two");
    options_release(&options);
}

static void help_and_version_need_nothing_else(void **state)
{
    (void)state;
    struct options options;
    char *error;
    assert_int_equal(read_line(&options, "-h", &error), OPTIONS_HELP);
    options_release(&options);
    assert_int_equal(read_line(&options, "--version", &error), OPTIONS_VERSION);
    options_release(&options);
    assert_non_null(strstr(options_usage, "examples:"));
}

static void the_help_fits_80_columns(void **state)
{
    (void)state;
    for (const char *line = options_usage; *line; line += *line == '\n') {
        size_t length = strcspn(line, "\n");
        if (length > 80)
            fail_msg("%zu columns: %.*s", length, (int)length, line);
        line += length;
    }
}

/* The examples of --help stand as they would be typed. */
static void the_examples_of_the_help_are_right(void **state)
{
    (void)state;
    const char *at = strstr(options_usage, "examples:");
    unsigned count = 0;
    while ((at = strstr(at, "\n  pace "))) {
        char line[300];
        at += strlen("\n  pace ");
        snprintf(line, sizeof line, "%.*s", (int)strcspn(at, "\n"), at);
        struct options options;
        accept(&options, line);
        options_release(&options);
        count++;
    }
    assert_int_equal(count, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wrong_line_gets_one_sentence_with_the_remedy),
        cmocka_unit_test(rate_and_duration_make_one_poisson_segment),
        cmocka_unit_test(the_connections_follow_from_rate_and_slo),
        cmocka_unit_test(every_option_arrives),
        cmocka_unit_test(help_and_version_need_nothing_else),
        cmocka_unit_test(the_help_fits_80_columns),
        cmocka_unit_test(the_examples_of_the_help_are_right),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("pace_options", tests, NULL, NULL);
}
