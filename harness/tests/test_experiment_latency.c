/* What experiments say of latency curves and of searches for the highest rate. */
#include "own_folder.h"

#include "data/catalog.h"

#define ALONE   "[experiment]\nsummary = s\n"
#define LATENCY ALONE "[latency]\nworkloads = json\n"
#define SLO     ALONE "[slo]\nworkloads = json\n"

static void reads_curves_and_searches(void **state)
{
    (void)state;
    struct experiment experiment;
    char *error = NULL;
    char *path = put_text("e.ini",
                          LATENCY "rates = 1000 2000, 5000\nblocks = 6\nwarmup_s = 0\n"
                                  "window_s = 4\n[slo]\nworkloads = json plaintext\n"
                                  "objectives = p99=5ms p99.9=20ms\nblocks = 2\nwarmup_s = 2\n"
                                  "window_s = 5\n",
                          0644);

    assert_int_equal(experiment_read(&experiment, path, &error), 0);
    const struct curve_set *curve = &experiment.curve;
    assert_true(curve_is_asked(curve));
    assert_int_equal(curve->set.workloads.count, 1);
    assert_int_equal(curve->rates.count, 3);
    assert_int_equal(curve->rates.items[2], 5000);
    assert_int_equal(curve->set.blocks, 6);
    assert_int_equal(curve->set.warmup_s, 0);
    assert_int_equal(curve->set.window_s, 4);
    const struct slo_set *slo = &experiment.slo;
    assert_true(slo_is_asked(slo));
    assert_int_equal(slo->set.workloads.count, 2);
    assert_int_equal(slo->slo_count, 2);
    assert_true(slo->slos[0].p == .99 && slo->slos[1].p == .999);
    assert_int_equal(slo->slos[1].limit_ns, 20000000);
    assert_int_equal(slo->set.blocks, 2);
    assert_int_equal(slo->set.warmup_s, 2);
    assert_int_equal(slo->set.window_s, 5);
    assert_true(experiment_is_without_reference(&experiment));
    experiment_release(&experiment);
    free(path);
}

static void what_curves_and_searches_leave_out_has_defaults(void **state)
{
    (void)state;
    static const char *const texts[] = {
        LATENCY,
        LATENCY "rates = auto\n",
        SLO "objectives = p99=5ms\n",
        LATENCY "[slo]\nobjectives = p99=5ms\n",
    };

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct experiment experiment;
        char *error = NULL, *path = put_text("e.ini", texts[i], 0644);
        assert_int_equal(experiment_read(&experiment, path, &error), 0);
        assert_true(curve_is_asked(&experiment.curve) == (i != 2));
        assert_true(slo_is_asked(&experiment.slo) == (i == 2));
        assert_int_equal(experiment.curve.rates.count, 0);
        assert_int_equal(experiment.curve.set.blocks, 1);
        assert_int_equal(experiment.curve.set.window_s, 2);
        assert_int_equal(experiment.slo.set.blocks, 3);
        assert_int_equal(experiment.slo.set.warmup_s, 1);
        assert_int_equal(experiment.slo.set.window_s, 10);
        experiment_release(&experiment);
        free(path);
    }
}

/* Who is compared with a reference needs one. */
static void only_what_is_shown_alone_is_without_a_reference(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool is_without;
    } table[] = {
        {LATENCY, true},
        {SLO "objectives = p99=5ms\n", true},
        {LATENCY "[scale]\nworkloads = json\nconnections = 64\n", true},
        {LATENCY "[solo]\nworkloads = json\n", false},
        {LATENCY "[paced]\nworkloads = json\n", false},
        {LATENCY "[paired]\nworkloads = json\n", false},
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct experiment experiment;
        char *error = NULL, *path = put_text("e.ini", table[i].text, 0644);
        assert_int_equal(experiment_read(&experiment, path, &error), 0);
        assert_true(experiment_is_without_reference(&experiment) == table[i].is_without);
        experiment_release(&experiment);
        free(path);
    }
}

static void curves_and_searches_say_what_is_wrong_and_where(void **state)
{
    (void)state;
    static const struct {
        const char *text, *error;
    } table[] = {
        {LATENCY "rates = 1k\n", "e.ini:5: rates: \"1k\" is not a whole number from 1 to 10000000"},
        {LATENCY "rates = 0\n", "e.ini:5: rates: \"0\" is not a whole number from 1 to 10000000"},
        {LATENCY "rates = 2000 1000\n", "e.ini:5: rates: 1000 does not come after 2000: name each "
                                        "number once, the smallest first"},
        {LATENCY "rates =\n", "e.ini:5: rates has no value"},
        {LATENCY "rates = 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25\n",
         "e.ini:5: rates: more than 24 numbers"},
        {LATENCY "rate = 5\n",
         "e.ini:5: unknown key \"rate\" in [latency]: did you mean \"rates\"?"},
        {LATENCY "objectives = p99=5ms\n",
         "e.ini:5: unknown key \"objectives\" in [latency]: known are workloads, blocks, warmup_s, "
         "window_s, rates"},
        {SLO, "e.ini: [slo] names workloads and no objectives: write objectives = p99=5ms"},
        {SLO "objectives =\n", "e.ini:5: objectives: there is no objective: write one as p99=5ms"},
        {SLO "objectives = p99=5\n",
         "e.ini:5: objectives: \"p99=5\": the limit needs its unit, us, ms or s, as in p99=5ms"},
        {SLO "objectives = p99=5ms\nblocks = 0\n",
         "e.ini:6: blocks = 0 is not a whole number from 1 to 1000"},
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
        IN_FOLDER(reads_curves_and_searches),
        IN_FOLDER(what_curves_and_searches_leave_out_has_defaults),
        IN_FOLDER(only_what_is_shown_alone_is_without_a_reference),
        IN_FOLDER(curves_and_searches_say_what_is_wrong_and_where),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("experiment_latency", tests, NULL, NULL);
}
