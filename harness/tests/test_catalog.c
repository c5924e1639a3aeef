/* Where things are found, and what a misspelt word in a workload or an experiment is answered. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "data/catalog.h"

static char folder[64];

static int make_folder(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/backbench-catalog-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

/* Children before their folder; names in the tests are plain. */
static int remove_folder(void **state)
{
    (void)state;
    char *command = text_format("rm -r '%s'", folder);
    int status = system(command);

    free(command);
    return status;
}

/* A file below folder, its own folders made; the caller frees the path. */
static char *write_file(const char *name, const char *text, mode_t mode)
{
    char *path = text_format("%s/%s", folder, name);

    for (char *slash = path + strlen(folder) + 1; (slash = strchr(slash, '/')); slash++) {
        *slash = '\0';
        mkdir(path, 0755);
        *slash = '/';
    }
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    chmod(path, mode);
    return path;
}

static void put_file(const char *name, mode_t mode)
{
    free(write_file(name, "", mode));
}

/* What follows "FOLDER/" in an error. */
static const char *below_folder(const char *error)
{
    assert_non_null(error);
    assert_memory_equal(error, folder, strlen(folder));
    return error + strlen(folder) + 1;
}

static void expect_path(const char *path, const char *below)
{
    char *expected = text_format("%s/%s", folder, below);

    assert_string_equal(path, expected);
    free(expected);
}

static void finds_data_in_a_build_tree(void **state)
{
    (void)state;
    static const char *const binaries[] = {"tree/build/bin",
                                           "tree/build/san-address-undefined/bin"};

    put_file("tree/workloads/plaintext.lua", 0644);
    put_file("tree/harness/experiments/bench.ini", 0644);
    for (size_t i = 0; i < 2; i++) {
        struct paths paths;
        char *error = NULL, *binary = text_format("%s/%s/backbench", folder, binaries[i]);
        assert_int_equal(paths_find_from(&paths, binary, &error), 0);
        expect_path(paths.servers, binaries[i]);
        expect_path(paths.workloads, "tree/workloads");
        expect_path(paths.experiments, "tree/harness/experiments");
        expect_path(paths.conformance, "tree/servers/tests/conformance");
        expect_path(paths.report, "tree/report");
        expect_path(paths.lua, "tree/harness/measure");
        paths_release(&paths);
        free(binary);
    }
}

static void finds_data_below_a_prefix_even_inside_a_tree(void **state)
{
    (void)state;
    struct paths paths;
    char *error = NULL, *binary = text_format("%s/tree/out/bin/backbench", folder);

    put_file("tree/workloads/plaintext.lua", 0644);
    put_file("tree/harness/experiments/bench.ini", 0644);
    put_file("tree/out/share/backbench/workloads/plaintext.lua", 0644);
    assert_int_equal(paths_find_from(&paths, binary, &error), 0);
    expect_path(paths.servers, "tree/out/libexec/backbench");
    expect_path(paths.workloads, "tree/out/share/backbench/workloads");
    expect_path(paths.experiments, "tree/out/share/backbench/experiments");
    expect_path(paths.conformance, "tree/out/share/backbench/conformance");
    expect_path(paths.report, "tree/out/share/backbench/report");
    expect_path(paths.lua, "tree/out/share/backbench/lua");
    paths_release(&paths);
    free(binary);
}

static void says_where_it_looked_for_data(void **state)
{
    (void)state;
    struct paths paths;
    char *error = NULL, *binary = text_format("%s/bin/backbench", folder);

    assert_int_equal(paths_find_from(&paths, binary, &error), -1);
    assert_non_null(strstr(error, "neither in a source tree above it nor in ../share/backbench"));
    paths_release(&paths);
    free(error);
    free(binary);
}

/* The test runs from its build tree, so the real thing must be found. */
static void finds_the_tree_this_test_was_built_in(void **state)
{
    (void)state;
    struct paths paths;
    struct strings workloads = {0}, experiments = {0};
    char *error = NULL;

    assert_int_equal(paths_find(&paths, &error), 0);
    assert_int_equal(catalog_workloads(&paths, &workloads, &error), 0);
    assert_int_equal(catalog_experiments(&paths, &experiments, &error), 0);
    assert_true(strings_contain(&workloads, "plaintext"));
    assert_true(strings_contain(&experiments, "bench"));
    strings_release(&workloads);
    strings_release(&experiments);
    paths_release(&paths);
}

static void lists_servers_from_simple_to_involved_ceilings_last(void **state)
{
    (void)state;
    static const char *const names[] = {"ceiling-uring", "uring",   "zig", "mhd-thread",
                                        "thread",        "ceiling", "mhd", "epoll",
                                        "aio",           "uv",      "pool"};
    struct paths paths = {.servers = folder};
    struct strings listed = {0};
    char *error = NULL;

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char *name = text_format("server-%s", names[i]);
        put_file(name, 0755);
        free(name);
    }
    put_file("server-not-executable", 0644);
    put_file("server-", 0755);
    put_file("backbench", 0755);
    assert_int_equal(catalog_servers(&paths, &listed, &error), 0);
    char *joined = strings_join(&listed, " ");
    if (geteuid() != 0)
        assert_null(strstr(joined, "not-executable"));
    assert_string_equal(joined,
                        "thread pool epoll uring uv mhd mhd-thread aio zig ceiling ceiling-uring");
    free(joined);
    strings_release(&listed);
}

static void a_folder_that_is_not_there_is_named(void **state)
{
    (void)state;
    char *missing = text_format("%s/none", folder), *error = NULL;
    struct paths paths = {.servers = missing, .workloads = missing, .experiments = missing};
    struct strings names = {0};

    assert_int_equal(catalog_workloads(&paths, &names, &error), -1);
    assert_string_equal(below_folder(error), "none cannot be opened: No such file or directory");
    free(error);
    free(missing);
}

static void takes_a_servers_description(void **state)
{
    (void)state;
    struct server_info info;

    server_info_init(&info, "server-x", "/bin/x");
    assert_int_equal(server_info_line(&info, "name epoll\n"), 0);
    assert_int_equal(server_info_line(&info, "model event loop"), 0);
    assert_int_equal(server_info_line(&info, "summary  one loop, all connections"), 0);
    assert_int_equal(server_info_line(&info, "differs own parser"), 0);
    assert_int_equal(server_info_line(&info, "differs no deadlines"), 0);
    assert_int_equal(server_info_line(&info, "library liburing 2.3"), 0);
    assert_int_equal(server_info_line(&info, "routes plaintext json"), 0);
    assert_int_equal(server_info_line(&info, "workers-meaning event loops"), 0);
    assert_int_equal(server_info_line(&info, "core backbench"), 0);
    assert_int_equal(server_info_line(&info, "colour blue"), -1);
    assert_int_equal(server_info_line(&info, ""), -1);
    assert_string_equal(info.name, "epoll");
    assert_string_equal(info.path, "/bin/x");
    assert_string_equal(info.model, "event loop");
    assert_string_equal(info.summary, "one loop, all connections");
    assert_string_equal(info.workers_meaning, "event loops");
    assert_int_equal(info.differs.count, 2);
    assert_string_equal(info.libraries.items[0], "liburing 2.3");
    assert_true(strings_contain(&info.routes, "json"));
    assert_true(info.own_core && !info.ceiling);
    assert_int_equal(server_info_line(&info, "model ceiling"), 0);
    assert_true(info.ceiling);
    server_info_release(&info);
}

#define WHOLE "--| summary s\n--| isolates i\n--| route plaintext\n"

static void reads_a_workloads_data_lines(void **state)
{
    (void)state;
    struct workload workload;
    char *error = NULL;
    char *path = write_file("w.lua",
                            WHOLE "--|   class\tstateful  \r\n--| expect-status 204\n"
                                  "--| expect-type text/plain\n"
                                  "--| expect-body a\\r\\n\\x7b \\\"b\\\\\n--| keys 1000\n"
                                  "--| warm-requests 5\n\n-- prose\nwrk.path = '/'\n",
                            0644);

    assert_int_equal(workload_read(&workload, path, &error), 0);
    assert_string_equal(workload.name, "w");
    assert_string_equal(workload.path, path);
    assert_string_equal(workload.summary, "s");
    assert_int_equal(workload.class, WORKLOAD_STATEFUL);
    assert_int_equal(workload.expect_status, 204);
    assert_string_equal(workload.expect_type, "text/plain");
    assert_string_equal(workload.expect_body, "a\r\n{ \"b\\");
    assert_int_equal(workload.keys, 1000);
    assert_int_equal(workload.warm_requests, 5);
    assert_int_equal(workload.wait_ms, 0);
    workload_release(&workload);
    free(path);
}

static void a_workload_says_what_is_wrong_and_where(void **state)
{
    (void)state;
    static const struct {
        const char *text, *error;
    } table[] = {
        {WHOLE "--| sumary x\n", "w.lua:4: unknown key \"sumary\": did you mean \"summary\"?"},
        {WHOLE "--| expect_status 200\n",
         "w.lua:4: unknown key \"expect_status\": did you mean \"expect-status\"?"},
        {WHOLE "--| rate 5\n", "w.lua:4: unknown key \"rate\": did you mean \"route\"?"},
        {WHOLE "--| temperature 5\n",
         "w.lua:4: unknown key \"temperature\": known are summary, isolates, route, class, "
         "expect-status, expect-type, expect-body, keys, wait-ms, warm-requests"},
        {WHOLE "--| class wating\n",
         "w.lua:4: unknown class \"wating\": did you mean \"waiting\"?"},
        {WHOLE "--| expect-status 2OO\n", "w.lua:4: \"2OO\" is not a whole number from 200 to 599"},
        {WHOLE "--| expect-status 100\n", "w.lua:4: \"100\" is not a whole number from 200 to 599"},
        {WHOLE "--| route json\n", "w.lua:4: route is said twice"},
        {WHOLE "--| class\n", "w.lua:4: class has no value"},
        {WHOLE "--|\n", "w.lua:4: unknown key \"\": known are summary, isolates, route, class, "
                        "expect-status, expect-type, expect-body, keys, wait-ms, warm-requests"},
        {WHOLE "--| expect-body a\\qb\n", "w.lua:4: \"\\qb\" is no escape of C that a body can "
                                          "hold: \\n \\r \\t \\\\ \\\" \\xHH are"},
        {WHOLE "--| expect-body a\\x00\n", "w.lua:4: \"\\x00\" is no escape of C that a body can "
                                           "hold: \\n \\r \\t \\\\ \\\" \\xHH are"},
        {WHOLE "--| expect-body a\\\n",
         "w.lua:4: \"\\\" is no escape of C that a body can hold: \\n \\r \\t \\\\ \\\" \\xHH are"},
        {WHOLE "-- prose\n--| class plain\n",
         "w.lua:5: data lines (--|) stand at the top, without a gap"},
        {WHOLE "--| class waiting\n", "w.lua: class waiting and wait-ms come together"},
        {WHOLE "--| wait-ms 10\n", "w.lua: class waiting and wait-ms come together"},
        {WHOLE "--| wait-ms 10001\n", "w.lua:4: \"10001\" is not a whole number from 1 to 10000"},
        {"--| summary s\n--| isolates i\n", "w.lua: no \"--| route\" line at the top"},
        {"wrk.path = '/'\n", "w.lua: no \"--| summary\" line at the top"},
        {"", "w.lua: no \"--| summary\" line at the top"},
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct workload workload;
        char *error = NULL, *path = write_file("w.lua", table[i].text, 0644);
        assert_int_equal(workload_read(&workload, path, &error), -1);
        assert_string_equal(below_folder(error), table[i].error);
        workload_release(&workload);
        free(error);
        free(path);
    }
}

/* Lua that would leave a trace if anybody ran it. */
static void a_workloads_script_is_not_executed(void **state)
{
    (void)state;
    struct workload workload;
    char *error = NULL, *trace = text_format("%s/trace", folder);
    char *text = text_format(WHOLE "io.open('%s', 'w'):close()\nerror('no')\n", trace);
    char *path = write_file("w.lua", text, 0644);

    assert_int_equal(workload_read(&workload, path, &error), 0);
    assert_int_equal(access(trace, F_OK), -1);
    workload_release(&workload);
    free(path);
    free(text);
    free(trace);
}

static void every_workload_here_is_whole(void **state)
{
    (void)state;
    struct paths paths;
    struct strings names = {0};
    char *error = NULL;

    assert_int_equal(paths_find(&paths, &error), 0);
    assert_int_equal(catalog_workloads(&paths, &names, &error), 0);
    for (size_t i = 0; i < names.count; i++) {
        struct workload workload;
        char *path = text_format("%s/%s.lua", paths.workloads, names.items[i]);
        if (workload_read(&workload, path, &error))
            fail_msg("%s", error);
        assert_string_equal(workload.name, names.items[i]);
        workload_release(&workload);
        free(path);
    }
    assert_true(names.count >= 4);
    strings_release(&names);
    paths_release(&paths);
}

static void reads_an_experiment(void **state)
{
    (void)state;
    struct experiment experiment;
    char *error = NULL;
    char *path = write_file("e.ini",
                            "; comment\n# another\n[experiment]\nsummary = a look\n"
                            "reference = thread\nservers = epoll, uring\nworkers = 2\n"
                            "connections = 128 ; per worker\nceilings = plaintext\n"
                            "  [paired]\n  workloads = plaintext json\n  blocks = 6\n"
                            "  warmup_s = 0\nwindow_s: 4\n[solo]\n",
                            0644);

    assert_int_equal(experiment_read(&experiment, path, &error), 0);
    assert_string_equal(experiment.name, "e");
    assert_string_equal(experiment.summary, "a look");
    assert_string_equal(experiment.reference, "thread");
    assert_int_equal(experiment.servers.count, 2);
    assert_string_equal(experiment.servers.items[1], "uring");
    assert_int_equal(experiment.workers, 2);
    assert_int_equal(experiment.connections_per_worker, 128);
    assert_int_equal(experiment.paired.workloads.count, 2);
    assert_int_equal(experiment.paired.blocks, 6);
    assert_int_equal(experiment.paired.warmup_s, 0);
    assert_int_equal(experiment.paired.window_s, 4);
    assert_int_equal(experiment.solo.workloads.count, 0);
    assert_int_equal(experiment.glance.workloads.count, 0);
    assert_int_equal(experiment.ceilings.count, 1);
    assert_int_equal(experiment.self_check.count, 0);
    experiment_release(&experiment);
    free(path);
}

static void what_an_experiment_leaves_out_has_defaults(void **state)
{
    (void)state;
    struct experiment experiment;
    char *error = NULL;
    char *path =
        write_file("e.ini", "[experiment]\nsummary = s\nservers =\n[solo]\nworkloads = json", 0644);

    assert_int_equal(experiment_read(&experiment, path, &error), 0);
    assert_string_equal(experiment.reference, "epoll");
    assert_int_equal(experiment.servers.count, 0);
    assert_int_equal(experiment.workers, 1);
    assert_int_equal(experiment.connections_per_worker, 64);
    assert_int_equal(experiment.solo.blocks, 1);
    assert_int_equal(experiment.solo.warmup_s, 1);
    assert_int_equal(experiment.solo.window_s, 2);
    experiment_release(&experiment);
    free(path);
}

#define HEAD    "[experiment]\nsummary = s\n[paired]\n"
#define LONG_40 "0123456789012345678901234567890123456789"

static void an_experiment_says_what_is_wrong_and_where(void **state)
{
    (void)state;
    static const struct {
        const char *text, *error;
    } table[] = {
        {HEAD "windows = 2\n",
         "e.ini:4: unknown key \"windows\" in [paired]: did you mean \"window_s\"?"},
        {HEAD "temperature = 2\n",
         "e.ini:4: unknown key \"temperature\" in [paired]: known are workloads, "
         "blocks, warmup_s, window_s"},
        {HEAD "[pared]\nblocks = 2\n",
         "e.ini:4: unknown section [pared]: did you mean \"paired\"?"},
        {HEAD "[pared]\n", "e.ini:4: unknown section [pared]: did you mean \"paired\"?"},
        {HEAD "[weather]\n",
         "e.ini:4: unknown section [weather]: known are experiment, paired, solo, glance"},
        {HEAD "blocks = 0\n", "e.ini:4: blocks = 0 is not a whole number from 1 to 1000"},
        {HEAD "blocks = 1001\n", "e.ini:4: blocks = 1001 is not a whole number from 1 to 1000"},
        {HEAD "blocks = -1\n", "e.ini:4: blocks = -1 is not a whole number from 1 to 1000"},
        {HEAD "blocks =\n", "e.ini:4: blocks =  is not a whole number from 1 to 1000"},
        {HEAD "window_s = 2s\n", "e.ini:4: window_s = 2s is not a whole number from 1 to 3600"},
        {HEAD "window_s = 0\n", "e.ini:4: window_s = 0 is not a whole number from 1 to 3600"},
        {HEAD "window_s = 3601\n", "e.ini:4: window_s = 3601 is not a whole number from 1 to 3600"},
        {HEAD "warmup_s = 601\n", "e.ini:4: warmup_s = 601 is not a whole number from 0 to 600"},
        {"[experiment]\nconnections = 65537\n",
         "e.ini:2: connections = 65537 is not a whole number from 1 to 65536"},
        {"[experiment]\nworkers = 1025\n",
         "e.ini:2: workers = 1025 is not a whole number from 1 to 1024"},
        {"[experiment]\nreference = epoll uring\n",
         "e.ini:2: reference is one word, not \"epoll uring\""},
        {"[experiment]\nsummary =\n", "e.ini:2: summary has no value"},
        {HEAD "blocks = 1\nblocks = 2\n", "e.ini:5: blocks is said twice in [paired]"},
        {HEAD "workloads = json json\n", "e.ini:4: workloads names \"json\" twice"},
        {"blocks = 1\n", "e.ini:1: \"blocks\" stands before any [section]"},
        {HEAD "blocks\n", "e.ini:4: neither [section], nor key = value, nor ; comment"},
        {HEAD "[paired\n", "e.ini:4: neither [section], nor key = value, nor ; comment"},
        {HEAD "workloads = " LONG_40 LONG_40 LONG_40 LONG_40 LONG_40 "\n",
         "e.ini:4: the line is longer than 198 bytes"},
        {HEAD,
         "e.ini: none of [paired], [solo], [glance] names workloads: there is nothing to measure"},
        {"[solo]\nworkloads = json\n", "e.ini: [experiment] says no summary"},
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct experiment experiment;
        char *error = NULL, *path = write_file("e.ini", table[i].text, 0644);
        assert_int_equal(experiment_read(&experiment, path, &error), -1);
        assert_string_equal(below_folder(error), table[i].error);
        experiment_release(&experiment);
        free(error);
        free(path);
    }
}

static void a_workload_that_does_not_exist_is_named(void **state)
{
    (void)state;
    struct experiment experiment;
    struct strings known = {0};
    char *error = NULL;
    char *path = write_file("e.ini", HEAD "workloads = plaintext jsn\n", 0644);

    strings_split(&known, "json pipeline plaintext");
    assert_int_equal(experiment_read(&experiment, path, &error), 0);
    assert_int_equal(experiment_check(&experiment, &known, &error), -1);
    assert_string_equal(
        below_folder(error),
        "e.ini: [paired] workloads: there is no workload \"jsn\": did you mean \"json\"?");
    strings_add(&known, "jsn");
    assert_int_equal(experiment_check(&experiment, &known, &error), 0);
    free(error);
    strings_release(&known);
    experiment_release(&experiment);
    free(path);
}

static void every_experiment_here_is_whole(void **state)
{
    (void)state;
    struct paths paths;
    struct strings names = {0}, workloads = {0};
    char *error = NULL;

    assert_int_equal(paths_find(&paths, &error), 0);
    assert_int_equal(catalog_experiments(&paths, &names, &error), 0);
    assert_int_equal(catalog_workloads(&paths, &workloads, &error), 0);
    for (size_t i = 0; i < names.count; i++) {
        struct experiment experiment;
        char *path = text_format("%s/%s.ini", paths.experiments, names.items[i]);
        if (experiment_read(&experiment, path, &error) ||
            experiment_check(&experiment, &workloads, &error))
            fail_msg("%s", error);
        experiment_release(&experiment);
        free(path);
    }
    assert_true(names.count >= 2);
    strings_release(&workloads);
    strings_release(&names);
    paths_release(&paths);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(finds_data_in_a_build_tree),
        IN_FOLDER(finds_data_below_a_prefix_even_inside_a_tree),
        IN_FOLDER(says_where_it_looked_for_data),
        cmocka_unit_test(finds_the_tree_this_test_was_built_in),
        IN_FOLDER(lists_servers_from_simple_to_involved_ceilings_last),
        IN_FOLDER(a_folder_that_is_not_there_is_named),
        cmocka_unit_test(takes_a_servers_description),
        IN_FOLDER(reads_a_workloads_data_lines),
        IN_FOLDER(a_workload_says_what_is_wrong_and_where),
        IN_FOLDER(a_workloads_script_is_not_executed),
        cmocka_unit_test(every_workload_here_is_whole),
        IN_FOLDER(reads_an_experiment),
        IN_FOLDER(what_an_experiment_leaves_out_has_defaults),
        IN_FOLDER(an_experiment_says_what_is_wrong_and_where),
        IN_FOLDER(a_workload_that_does_not_exist_is_named),
        cmocka_unit_test(every_experiment_here_is_whole),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("catalog", tests, NULL, NULL);
}
