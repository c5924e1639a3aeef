/* Experiments, and what a misspelt word in one is answered. */
#include "own_folder.h"

#include "data/catalog.h"

static void reads_an_experiment(void **state)
{
    (void)state;
    struct experiment experiment;
    char *error = NULL;
    char *path = put_text("e.ini",
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
        put_text("e.ini", "[experiment]\nsummary = s\nservers =\n[solo]\nworkloads = json", 0644);

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

#define PACED   "[experiment]\nsummary = s\n[paced]\nworkloads = json\n"
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
         "e.ini:4: unknown section [weather]: known are experiment, paired, solo, glance, "
         "paced, latency, slo, phases, connections, scale"},
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
        {HEAD, "e.ini: none of [paired], [solo], [glance], [paced], [latency], [slo], [phases], "
               "[connections], [scale] names "
               "workloads: there is nothing to measure"},
        {"[solo]\nworkloads = json\n", "e.ini: [experiment] says no summary"},
        {PACED "rate_rps = 20k\n",
         "e.ini:5: rate_rps = 20k is not a whole number from 1 to 10000000, nor auto"},
        {PACED "rate_rps = 0\n",
         "e.ini:5: rate_rps = 0 is not a whole number from 1 to 10000000, nor auto"},
        {PACED "rate_rps = 10000001\n",
         "e.ini:5: rate_rps = 10000001 is not a whole number from 1 to 10000000, nor auto"},
        {PACED "blocks = auto\n", "e.ini:5: blocks = auto is not a whole number from 1 to 1000"},
        {PACED "rate_rps = 5\nrate_rps = 6\n", "e.ini:6: rate_rps is said twice in [paced]"},
        {PACED "rate_rpm = 5\n",
         "e.ini:5: unknown key \"rate_rpm\" in [paced]: did you mean \"rate_rps\"?"},
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct experiment experiment;
        char *error = NULL, *path = put_text("e.ini", table[i].text, 0644);
        assert_int_equal(experiment_read(&experiment, path, &error), -1);
        assert_string_equal(below_folder(error), table[i].error);
        experiment_release(&experiment);
        free(error);
        free(path);
    }
}

static void reads_paced_pairs(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned rate_rps, blocks, warmup_s, window_s;
    } table[] = {
        {PACED, 0, 1, 1, 2},
        {PACED "rate_rps = auto\nblocks = 6\nwarmup_s = 0\nwindow_s = 4\n", 0, 6, 0, 4},
        {PACED "rate_rps = 20000\n", 20000, 1, 1, 2},
        {PACED "rate_rps = 10000000\n", 10000000, 1, 1, 2},
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct experiment experiment;
        char *error = NULL, *path = put_text("e.ini", table[i].text, 0644);
        assert_int_equal(experiment_read(&experiment, path, &error), 0);
        const struct paced_set *paced = &experiment.paced;
        assert_true(paced_is_asked(paced));
        assert_false(experiment_is_without_reference(&experiment));
        assert_int_equal(paced->rate_rps, table[i].rate_rps);
        assert_int_equal(paced->set.blocks, table[i].blocks);
        assert_int_equal(paced->set.warmup_s, table[i].warmup_s);
        assert_int_equal(paced->set.window_s, table[i].window_s);
        experiment_release(&experiment);
        free(path);
    }
}

#define STAIRS "[experiment]\nsummary = s\n[connections]\nworkloads = json\n"
#define SCALE  "[experiment]\nsummary = s\n[scale]\nworkloads = json\n"

static void reads_a_sweep(void **state)
{
    (void)state;
    struct experiment experiment;
    char *error = NULL;
    char *path = put_text("e.ini",
                          SCALE "connections = 1 16, 64 4096\nbase = 16\nidle = 10000\n"
                                "workers = 1 2\nblocks = 6\ncurve_blocks = 3\nwarmup_s = 0\n"
                                "window_s = 4\nmax_connections = 11000\n",
                          0644);

    assert_int_equal(experiment_read(&experiment, path, &error), 0);
    const struct scale_set *scale = &experiment.scale;
    assert_true(scale_is_asked(scale));
    assert_int_equal(scale->connections.count, 4);
    assert_int_equal(scale->connections.items[3], 4096);
    assert_int_equal(scale->base, 16);
    assert_int_equal(scale->idle, 10000);
    assert_int_equal(scale->workers.count, 2);
    assert_int_equal(scale->set.blocks, 6);
    assert_int_equal(scale->curve_blocks, 3);
    assert_int_equal(scale->set.warmup_s, 0);
    assert_int_equal(scale->set.window_s, 4);
    assert_int_equal(scale->max_connections, 11000);
    experiment_release(&experiment);
    free(path);
}

static void what_a_sweep_leaves_out_has_defaults(void **state)
{
    (void)state;
    struct experiment experiment;
    char *error = NULL;
    char *path = put_text("e.ini", SCALE "connections = 64 128\nworkers = auto\n", 0644);

    assert_int_equal(experiment_read(&experiment, path, &error), 0);
    assert_int_equal(experiment.scale.base, 64);
    assert_int_equal(experiment.scale.idle, 0);
    assert_int_equal(experiment.scale.workers.count, 0);
    assert_int_equal(experiment.scale.set.blocks, 1);
    assert_int_equal(experiment.scale.curve_blocks, 1);
    assert_int_equal(experiment.scale.max_connections, 12000);
    experiment_release(&experiment);
    free(path);
}

static void a_sweep_says_what_is_wrong_and_where(void **state)
{
    (void)state;
    static const struct {
        const char *text, *error;
    } table[] = {
        {SCALE, "e.ini: [scale] names workloads and no connections"},
        {STAIRS, "e.ini: [connections] names workloads and no levels: write levels = 64 256 1024 "
                 "4096"},
        {STAIRS "levels = 64 16\n",
         "e.ini:5: levels: 16 does not come after 64: name each number once, the smallest first"},
        {STAIRS "level = 64\n",
         "e.ini:5: unknown key \"level\" in [connections]: did you mean \"levels\"?"},
        {STAIRS "levels = 64\nwindow_s = 60\n",
         "e.ini:6: window_s = 60 is not a whole number from 1 to 10"},
        {SCALE "connections =\n", "e.ini:5: connections has no value"},
        {SCALE "connections = 64 many\n",
         "e.ini:5: connections: \"many\" is not a whole number from 1 to 65536"},
        {SCALE "connections = 0 64\n",
         "e.ini:5: connections: \"0\" is not a whole number from 1 to 65536"},
        {SCALE "connections = 64 16\n",
         "e.ini:5: connections: 16 does not come after 64: name each number once, the smallest "
         "first"},
        {SCALE "connections = 64 64\n",
         "e.ini:5: connections: 64 does not come after 64: name each number once, the smallest "
         "first"},
        {SCALE "connections = 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 64\n",
         "e.ini:5: connections: more than 16 numbers"},
        {SCALE "connections = auto\n",
         "e.ini:5: connections: \"auto\" is not a whole number from 1 to 65536"},
        {SCALE "connections = 1 4096\n",
         "e.ini: [scale] base = 64 is not one of its connections: there would be nothing to "
         "compare with"},
        {SCALE "connections = 64 16384\n",
         "e.ini: [scale] opens 16384 connections, which max_connections = 12000 does not allow"},
        {SCALE "connections = 64\nidle = 12000\n",
         "e.ini: [scale] opens 12064 connections, which max_connections = 12000 does not allow"},
        {SCALE "workers = some\n",
         "e.ini:5: workers: \"some\" is not a whole number from 1 to 1024"},
        {SCALE "idle = -1\n", "e.ini:5: idle = -1 is not a whole number from 0 to 1000000"},
        {SCALE "base = 0\n", "e.ini:5: base = 0 is not a whole number from 1 to 65536"},
        {SCALE "curve_block = 2\n",
         "e.ini:5: unknown key \"curve_block\" in [scale]: did you mean \"curve_blocks\"?"},
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct experiment experiment;
        char *error = NULL, *path = put_text("e.ini", table[i].text, 0644);
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
    char *path = put_text("e.ini", HEAD "workloads = plaintext jsn\n", 0644);

    strings_split(&known, "json pipeline plaintext");
    assert_int_equal(experiment_read(&experiment, path, &error), 0);
    assert_int_equal(experiment_check(&experiment, &known, &error), -1);
    assert_string_equal(
        below_folder(error),
        "e.ini:4: [paired] workloads: there is no workload \"jsn\": did you mean \"json\"?");
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(reads_an_experiment),
        IN_FOLDER(what_an_experiment_leaves_out_has_defaults),
        IN_FOLDER(reads_paced_pairs),
        IN_FOLDER(reads_a_sweep),
        IN_FOLDER(what_a_sweep_leaves_out_has_defaults),
        IN_FOLDER(a_sweep_says_what_is_wrong_and_where),
        IN_FOLDER(an_experiment_says_what_is_wrong_and_where),
        IN_FOLDER(a_workload_that_does_not_exist_is_named),
        cmocka_unit_test(every_experiment_here_is_whole),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("experiment", tests, NULL, NULL);
}
