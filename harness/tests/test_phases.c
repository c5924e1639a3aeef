/* Phases as an experiment writes them, and what follows from a list of them. */
#include "own_folder.h"

#include "data/catalog.h"
#include "data/phases.h"

#define ALONE  "[experiment]\nsummary = s\n"
#define PHASES ALONE "[phases]\nworkloads = json\n"

static struct phases read_phases(const char *text)
{
    struct phases phases;
    char *error = NULL;

    if (phases_read(&phases, text, &error))
        fail_msg("%s", error);
    return phases;
}

static void every_form_of_a_phase_is_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        struct phase phase;
    } table[] = {
        {"load 30s", {PHASE_LOAD, 30, 0, 1}},
        {"load 5m", {PHASE_LOAD, 300, 0, 1}},
        {"load 1.5h", {PHASE_LOAD, 5400, 0, 1}},
        {"  load   30s ", {PHASE_LOAD, 30, 0, 1}},
        {"load 30s at 500", {PHASE_LOAD, 30, 500, 0}},
        {"load 30s at 10k", {PHASE_LOAD, 30, 10000, 0}},
        {"load 30s at 1.5M", {PHASE_LOAD, 30, 1500000, 0}},
        {"load 30s at 0.5x", {PHASE_LOAD, 30, 0, .5}},
        {"burst 2s", {PHASE_BURST, 2, 0, 2}},
        {"burst 2s at 3x", {PHASE_BURST, 2, 0, 3}},
        {"burst 2s at 20k", {PHASE_BURST, 2, 20000, 0}},
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct phases phases = read_phases(table[i].text);
        print_message("# %s\n", table[i].text);
        assert_int_equal(phases.count, 1);
        assert_int_equal(phases.items[0].kind, table[i].phase.kind);
        assert_int_equal(phases.items[0].duration_s, table[i].phase.duration_s);
        assert_int_equal(phases.items[0].rate_rps, table[i].phase.rate_rps);
        assert_true(phases.items[0].times == table[i].phase.times);
    }
}

/* Nothing is idle where nothing is open. */
static void after_connections_were_closed_all_may_rest(void **state)
{
    (void)state;
    assert_int_equal(read_phases("load 1s, close 1s, idle 50s, idle 50s, load 1s").count, 5);
    assert_int_equal(read_phases("idle 25s, idle 25s, load 1s, idle 50s").count, 4);
}

static void what_is_no_phase_is_told_what_would_be(void **state)
{
    (void)state;
    static const struct {
        const char *text, *error;
    } table[] = {
        {"", "there is none: write some, as in idle 2s, load 30s, close 5s"},
        {" , ", "there is none: write some, as in idle 2s, load 30s, close 5s"},
        {"load 1s,,load 1s", "phase 2, \"\": nothing is there: leave out the comma beside it"},
        {"load 1s,", "phase 2, \"\": nothing is there: leave out the comma beside it"},
        {"loads 1s",
         "phase 1, \"loads 1s\": \"loads\" is no kind of phase: did you mean \"load\"?"},
        {"xyzzy", "phase 1, \"xyzzy\": \"xyzzy\" is no kind of phase: known are idle, load, burst, "
                  "close"},
        {"load", "phase 1, \"load\": for how long? Write it as load 30s"},
        {"load 30", "phase 1, \"load 30\": \"30\" is no duration: write whole seconds, minutes or "
                    "hours up to a day, as 30s, 5m or 1h"},
        {"load 0s", "phase 1, \"load 0s\": \"0s\" is no duration: write whole seconds, minutes or "
                    "hours up to a day, as 30s, 5m or 1h"},
        {"load -1s", "phase 1, \"load -1s\": \"-1s\" is no duration: write whole seconds, minutes "
                     "or hours up to a day, as 30s, 5m or 1h"},
        {"load 1.5s", "phase 1, \"load 1.5s\": \"1.5s\" is no duration: write whole seconds, "
                      "minutes or hours up to a day, as 30s, 5m or 1h"},
        {"load 25h", "phase 1, \"load 25h\": \"25h\" is no duration: write whole seconds, minutes "
                     "or hours up to a day, as 30s, 5m or 1h"},
        {"load 1d", "phase 1, \"load 1d\": \"1d\" is no duration: write whole seconds, minutes or "
                    "hours up to a day, as 30s, 5m or 1h"},
        {"load 1s, idle 50s, idle 1s, load 1s",
         "connections are idle for 51s, and servers close what is idle for a minute: give at most "
         "50s between loads, or write close"},
        {"idle 1m, load 1s", "phase 1, \"idle 1m\": servers close connections that are idle for a "
                             "minute: give at most 50s, or write close 1m"},
        {"idle 2s at 5k", "phase 1, \"idle 2s at 5k\": nothing is sent in it: leave out what "
                          "follows 2s"},
        {"load 2s 5k", "phase 1, \"load 2s 5k\": after how long it is stands its rate or nothing, "
                       "as in load 2s at 10k"},
        {"load 2s at", "phase 1, \"load 2s at\": after how long it is stands its rate or nothing, "
                       "as in load 2s at 10k"},
        {"load 2s at 5k please", "phase 1, \"load 2s at 5k please\": after how long it is stands "
                                 "its rate or nothing, as in load 2s at 10k"},
        {"load 2s at fast", "phase 1, \"load 2s at fast\": \"fast\" is no rate: write requests a "
                            "second, as 500 or 10k, "
                            "at most 10M, or a multiple of rate_rps, as 2x, at most 100x"},
        {"load 2s at 0",
         "phase 1, \"load 2s at 0\": \"0\" is no rate: write requests a second, as 500 or 10k, "
         "at most 10M, or a multiple of rate_rps, as 2x, at most 100x"},
        {"load 2s at 0x",
         "phase 1, \"load 2s at 0x\": \"0x\" is no rate: write requests a second, as 500 or 10k, "
         "at most 10M, or a multiple of rate_rps, as 2x, at most 100x"},
        {"load 2s at 11M",
         "phase 1, \"load 2s at 11M\": \"11M\" is no rate: write requests a second, as 500 or 10k, "
         "at most 10M, or a multiple of rate_rps, as 2x, at most 100x"},
        {"load 2s at .5x",
         "phase 1, \"load 2s at .5x\": \".5x\" is no rate: write requests a second, as 500 or 10k, "
         "at most 10M, or a multiple of rate_rps, as 2x, at most 100x"},
        {"load 2s at 101x", "phase 1, \"load 2s at 101x\": \"101x\" is no rate: write requests a "
                            "second, as 500 or 10k, "
                            "at most 10M, or a multiple of rate_rps, as 2x, at most 100x"},
        {"idle 2s, close 5s", "nothing is sent in them: add a load, as in load 30s"},
        {"load 20h, load 20h", "they last longer than 25 hours: shorten them"},
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct phases phases;
        char *error = NULL;
        print_message("# %s\n", table[i].text);
        assert_int_equal(phases_read(&phases, table[i].text, &error), -1);
        assert_string_equal(error, table[i].error);
        assert_int_equal(phases.count, 0);
        free(error);
    }
}

static void there_are_at_most_so_many(void **state)
{
    (void)state;
    char text[PHASES_MOST * 10 + 20] = "load 1s", *error = NULL;
    struct phases phases;

    for (size_t i = 1; i < PHASES_MOST; i++)
        strcat(text, ",close 1s");
    assert_int_equal(phases_read(&phases, text, &error), 0);
    assert_int_equal(phases.count, PHASES_MOST);
    strcat(text, ",close 1s");
    assert_int_equal(phases_read(&phases, text, &error), -1);
    assert_string_equal(error, "phase 33, \"close 1s\": at most 32 phases");
    free(error);
}

static void multiples_become_rates_and_rates_stay(void **state)
{
    (void)state;
    struct phases phases =
        read_phases("idle 2s, load 30s, burst 2s, load 10s at 700, load 5s at 0.01x, close 1s");
    static const uint32_t rates[] = {0, 60, 120, 700, 1, 0}; /* below one there is none */

    assert_true(phases_need_rate(&phases));
    char *asked = phases_text(&phases);
    assert_string_equal(asked, "idle 2s, load 30s at 1x, burst 2s at 2x, load 10s at 700, "
                               "load 5s at 0.01x, close 1s");
    phases_settle(&phases, 60);
    assert_false(phases_need_rate(&phases));
    for (size_t i = 0; i < phases.count; i++)
        assert_int_equal(phases.items[i].rate_rps, rates[i]);
    assert_int_equal(phases_highest_rps(&phases), 700);
    assert_int_equal(phases_seconds(&phases), 50);
    assert_int_equal(phases_load_seconds(&phases), 45);
    char *settled = phases_text(&phases);
    assert_string_equal(settled, "idle 2s, load 30s at 60, burst 2s at 120, load 10s at 700, "
                                 "load 5s at 1, close 1s");
    free(settled);
    free(asked);
    phases = read_phases("load 1s at 10M, load 1s at 100x");
    phases_settle(&phases, RATE_MOST_RPS);
    assert_int_equal(phases.items[1].rate_rps, RATE_MOST_RPS);
    phases = read_phases("idle 1s, load 1s at 7, close 1s");
    assert_false(phases_need_rate(&phases));
}

/* Only loads: what rests is no longer than servers keep connections. */
static void loads_stretch_and_shrink(void **state)
{
    (void)state;
    struct phases phases = read_phases("idle 2s, load 30s, burst 2s, load 50s, close 5s");

    phases_stretch(&phases, 4);
    assert_int_equal(phases_load_seconds(&phases), 320);
    assert_int_equal(phases_seconds(&phases), 329);
    while (phases_shorten(&phases, 100))
        ;
    assert_int_equal(phases.items[1].duration_s, 50);
    assert_int_equal(phases.items[3].duration_s, 50);
    assert_int_equal(phases_seconds(&phases), 109);
    while (phases_shorten(&phases, 0))
        ;
    assert_int_equal(phases_load_seconds(&phases), 2); /* none of them goes */
}

static void an_experiment_asks_for_phases(void **state)
{
    (void)state;
    struct experiment experiment;
    char *error = NULL,
         *path = put_text("e.ini",
                          PHASES "phases = idle 2s, load 30s at 10k, burst 2s at 2x\n"
                                 "rate_rps = 300\nblocks = 3\nwarmup_s = 0\nmemory_only = yes\n"
                                 "requests_per_connection = 100\n",
                          0644);

    if (experiment_read(&experiment, path, &error))
        fail_msg("%s", error);
    const struct phase_set *set = &experiment.phases;
    assert_true(phases_are_asked(set));
    assert_int_equal(set->phases.count, 3);
    assert_int_equal(set->rate_rps, 300);
    assert_int_equal(set->set.blocks, 3);
    assert_int_equal(set->set.warmup_s, 0);
    assert_int_equal(set->set.window_s, 34);
    assert_true(set->memory_only);
    assert_int_equal(set->requests_per_connection, 100);
    assert_true(experiment_is_without_reference(&experiment));
    experiment_release(&experiment);
    free(path);
}

static void what_phases_leave_out_has_defaults(void **state)
{
    (void)state;
    static const char *const texts[] = {PHASES "phases = load 1s\n",
                                        PHASES "phases = load 1s\nrate_rps = auto\n"};

    for (size_t i = 0; i < 2; i++) {
        struct experiment experiment;
        char *error = NULL, *path = put_text("e.ini", texts[i], 0644);
        if (experiment_read(&experiment, path, &error))
            fail_msg("%s", error);
        assert_int_equal(experiment.phases.rate_rps, 0);
        assert_int_equal(experiment.phases.set.blocks, 1);
        assert_int_equal(experiment.phases.set.warmup_s, 1);
        assert_false(experiment.phases.memory_only);
        assert_int_equal(experiment.phases.requests_per_connection, 0);
        experiment_release(&experiment);
        free(path);
    }
}

static void an_experiment_says_what_is_wrong_and_where(void **state)
{
    (void)state;
    static const struct {
        const char *text, *error;
    } table[] = {
        {PHASES "phases = load 1h, close 15s, load 1h\nsoak = yes\n",
         "e.ini: a soak has one load, so that one that was cut off can be gone on with, and here "
         "are 2: write phases = idle 30s, load 1h, idle 30s, or soak = no"},
        {PHASES, "e.ini: [phases] names workloads and no phases: write phases = idle 2s, load 60s, "
                 "close 5s, load 60s"},
        {PHASES "phases = load 1\n",
         "e.ini:5: phases: phase 1, \"load 1\": \"1\" is no duration: "
         "write whole seconds, minutes or hours up to a day, as 30s, 5m "
         "or 1h"},
        {PHASES "phases =\n",
         "e.ini:5: phases: there is none: write some, as in idle 2s, load 30s, close 5s"},
        {PHASES "phases = load 1s\nrate_rps = 10k\n",
         "e.ini:6: rate_rps = 10k is not a whole number from 1 to 10000000, nor auto"},
        {PHASES "phase = load 1s\n",
         "e.ini:5: unknown key \"phase\" in [phases]: did you mean \"phases\"?"},
        {PHASES "window_s = 5\n", "e.ini:5: unknown key \"window_s\" in [phases]: known are "
                                  "workloads, blocks, warmup_s, phases, rate_rps, "
                                  "requests_per_connection, soak, memory_only"},
        {PHASES "phases = load 1s\nrequests_per_connection = 0\n",
         "e.ini:6: requests_per_connection = 0 is not a whole number from 1 to 1000000000"},
        {PHASES "phases = load 1s\nmemory_only = perhaps\n",
         "e.ini:6: memory_only = perhaps: write yes or no"},
        {PHASES "phases = load 1s\nphases = load 2s\n",
         "e.ini:6: phases is said twice in [phases]"},
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_form_of_a_phase_is_read),
        cmocka_unit_test(after_connections_were_closed_all_may_rest),
        cmocka_unit_test(what_is_no_phase_is_told_what_would_be),
        cmocka_unit_test(there_are_at_most_so_many),
        cmocka_unit_test(multiples_become_rates_and_rates_stay),
        cmocka_unit_test(loads_stretch_and_shrink),
        IN_FOLDER(an_experiment_asks_for_phases),
        IN_FOLDER(what_phases_leave_out_has_defaults),
        IN_FOLDER(an_experiment_says_what_is_wrong_and_where),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("phases", tests, NULL, NULL);
}
