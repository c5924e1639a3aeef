/* What a user wants to be stopped by, as a file says it, and what a wrong one is answered. */
#include "own_folder.h"

#include "data/gate.h"

/* What an error says behind the file's name. */
static const char *behind(const char *error, const char *name)
{
    const char *below = below_folder(error);
    assert_memory_equal(below, name, strlen(name));
    return below + strlen(name);
}

/* As in metric.h. */
static unsigned gates_of(const struct gate *gate)
{
    unsigned bits = 0;
    for (int i = 0; i < METRICS; i++)
        bits |= gate->gates[i] ? 1u << i : 0;
    return bits;
}

enum {
    COST = 1u << METRIC_COST,
    P50 = 1u << METRIC_P50,
    P99 = 1u << METRIC_P99,
    MEMORY = 1u << METRIC_MEMORY,
    THROUGHPUT = 1u << METRIC_THROUGHPUT,
    INSTRUCTIONS = 1u << METRIC_INSTRUCTIONS,
    CONSISTENCY = 1u << METRIC_CONSISTENCY,
};

static void without_a_file_the_metrics_say_what_gates(void **state)
{
    (void)state;
    struct gate gate;

    gate_init(&gate);
    for (int i = 0; i < METRICS; i++) {
        const struct metric_info *info = metric_info((enum metric)i);
        assert_true(gate.gates[i] == info->gates);
        assert_true(gate.margins[i] == info->margin);
        assert_true(gate_takes(&gate, (enum metric)i, "any") == info->gates);
    }
    assert_true(gate_takes(&gate, METRIC_COST, "any"));
    assert_false(gate_takes(&gate, METRIC_THROUGHPUT, "any"));
    gate_release(&gate);
}

static void a_file_says_which_metrics_gate(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned gates;
    } table[] = {
        {"[gate]\nmetrics = cost p50 p99 memory\n", COST | P50 | P99 | MEMORY},
        {"[gate]\nmetrics = cost\n", COST},
        {"[gate]\nmetrics = throughput, memory ; and no other\n", THROUGHPUT | MEMORY},
        {"[gate]\nmetrics = instructions consistency\n", INSTRUCTIONS | CONSISTENCY},
        {"\xef\xbb\xbf[gate]\nmetrics = cost\n", COST}, /* after a byte order mark */
        {"# a comment\n\n  [gate]   ; another\r\n  metrics: p99\r\n", P99},
        {"[gate]\nmetrics = cost", COST}, /* without an end of line */
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct gate gate;
        char *error = NULL, *path = put_text("backbench.ini", table[i].text, 0644);
        gate_init(&gate);
        if (gate_read(&gate, path, &error) != 0)
            fail_msg("%s: %s", table[i].text, error);
        assert_int_equal(gates_of(&gate), table[i].gates);
        assert_true(gate.is_named);
        gate_release(&gate);
        free(path);
    }
}

static void what_a_file_does_not_say_stays_as_it_was(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "[gate]\n", "; nothing\n", "\n\n"};

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct gate gate, plain;
        char *error = NULL, *path = put_text("backbench.ini", texts[i], 0644);
        gate_init(&gate);
        gate_init(&plain);
        assert_int_equal(gate_read(&gate, path, &error), 0);
        assert_int_equal(gates_of(&gate), gates_of(&plain));
        assert_memory_equal(gate.margins, plain.margins, sizeof plain.margins);
        assert_int_equal(gate.workloads.count, 0);
        assert_false(gate.is_named);
        gate_release(&gate);
        free(path);
    }
}

static void a_margin_is_what_the_file_says(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        enum metric metric;
        double margin;
    } table[] = {
        {"cost = 2%", METRIC_COST, .02},           {"cost = .5 %", METRIC_COST, .005},
        {"p50 = 0.5%", METRIC_P50, .005},          {"p99 = 12.5%", METRIC_P99, .125},
        {"memory = .1%", METRIC_MEMORY, .001},     {"throughput = 100%", METRIC_THROUGHPUT, 1},
        {"saturated = 3%", METRIC_SATURATED, .03},
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct gate gate, plain;
        char *text = text_format("[gate]\n%s\n", table[i].line), *error = NULL;
        char *path = put_text("backbench.ini", text, 0644);
        gate_init(&gate);
        gate_init(&plain);
        if (gate_read(&gate, path, &error) != 0)
            fail_msg("%s: %s", table[i].line, error);
        plain.margins[table[i].metric] = table[i].margin;
        print_message("# %s\n", table[i].line);
        assert_memory_equal(gate.margins, plain.margins, sizeof plain.margins);
        gate_release(&gate);
        free(text);
        free(path);
    }
}

static void of_named_workloads_alone_a_metric_gates(void **state)
{
    (void)state;
    struct gate gate;
    char *error = NULL;
    char *path =
        put_text("backbench.ini", "[gate]\nworkloads = plaintext, json\nmetrics = p99\n", 0644);

    gate_init(&gate);
    assert_int_equal(gate_read(&gate, path, &error), 0);
    assert_int_equal(gate.workloads.count, 2);
    assert_true(gate_takes(&gate, METRIC_P99, "plaintext"));
    assert_true(gate_takes(&gate, METRIC_P99, "json"));
    assert_false(gate_takes(&gate, METRIC_P99, "echo"));
    assert_false(gate_takes(&gate, METRIC_P99, "plain"));
    assert_false(gate_takes(&gate, METRIC_COST, "json"));
    gate_release(&gate);
    free(path);
}

/* Each sentence begins with the file; what stands here follows it. */
static const struct {
    const char *text, *says;
} refused_gates[] = {
    {"cost = 2%\n", ":1: \"cost\" stands before any section: put [gate] above it"},
    {"\n[gates]\n", ":2: unknown section [gates]: did you mean \"gate\"?"},
    {"[accept]\ncost = 2%\n", ":1: unknown section [accept]: known are gate"},
    {"[gate]\n[gate]\n", ":2: [gate] stands twice, first on line 1"},
    {"[gate\ncost = 2%\n", ":1: the section's ] is missing"},
    {"[gate] cost = 2%\n", ":1: behind the section's ] stands more: begin a new line"},
    {"[gate]\nmetric = cost\n", ":2: unknown key \"metric\" in [gate]: did you mean \"metrics\"?"},
    {"[gate]\ncosts = 2%\n", ":2: unknown key \"costs\" in [gate]: did you mean \"cost\"?"},
    {"[gate]\nbudget = 12m\n", ":2: unknown key \"budget\" in [gate]: known are metrics, "
                               "workloads, cost, p50, p99, memory, saturated, throughput, "
                               "p99-solo, memory-idle, instructions, consistency"},
    {"[gate]\nmetrics = cost, latency\n",
     ":2: unknown metric \"latency\": known are cost, p50, p99, memory, saturated, throughput, "
     "instructions, consistency"},
    {"[gate]\nmetrics = p99-solo\n", ":2: p99-solo gates with p99: write that"},
    {"[gate]\nmetrics = cost memory-idle\n", ":2: memory-idle gates with memory: write that"},
    {"[gate]\nconsistency = 2%\n", ":2: consistency is a verdict of its own: it has no margin"},
    {"[gate]\nmetrics = p95\n", ":2: unknown metric \"p95\": did you mean \"p99\"?"},
    {"[gate]\nmetrics = cost cost\n", ":2: metrics names \"cost\" twice"},
    {"[gate]\nmetrics =\n", ":2: metrics has no value"},
    {"[gate]\nmetrics = ,\n", ":2: metrics names none"},
    {"[gate]\nmetrics = cost\nmetrics = p50\n", ":3: metrics is said twice"},
    {"[gate]\nworkloads = json json\n", ":2: workloads names \"json\" twice"},
    {"[gate]\nworkloads = ; none\n", ":2: workloads has no value"},
    {"[gate]\ncost = 2%\np50 = 3%\ncost = 2%\n", ":4: cost is said twice"},
    {"[gate]\ncost = 0.02\n", ":2: cost = 0.02 is no percentage: write it as 2%"},
    {"[gate]\ncost = 0.07\n", ":2: cost = 0.07 is no percentage: write it as 7%"},
    {"[gate]\ncost = 2\n", ":2: cost = 2 is no percentage: write it as 2%"},
    {"[gate]\ncost = fast\n", ":2: cost = fast is no percentage: write one as 2%"},
    {"[gate]\ncost = -2%\n", ":2: cost = -2% is no percentage: write one as 2%"},
    {"[gate]\ncost = 2%%\n", ":2: cost = 2%% is no percentage: write one as 2%"},
    {"[gate]\ncost = 1e1%\n", ":2: cost = 1e1% is no percentage: write one as 2%"},
    {"[gate]\ncost = 2,5%\n", ":2: cost = 2,5% is no percentage: write one as 2%"},
    {"[gate]\ncost = nan%\n", ":2: cost = nan% is no percentage: write one as 2%"},
    {"[gate]\ncost = %\n", ":2: cost = % is no percentage: write one as 2%"},
    {"[gate]\ncost = .%\n", ":2: cost = .% is no percentage: write one as 2%"},
    {"[gate]\ncost = 0%\n", ":2: cost = 0%: give a margin from 0.1% to 100%"},
    {"[gate]\ncost = .09%\n", ":2: cost = .09%: give a margin from 0.1% to 100%"},
    {"[gate]\ncost = 100.1%\n", ":2: cost = 100.1%: give a margin from 0.1% to 100%"},
    {"[gate]\ncost 2%\n", ":2: neither [section], nor key = value, nor ; comment"},
};

static void each_mistake_in_a_gate_is_named_with_its_line(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused_gates / sizeof *refused_gates; i++) {
        struct gate gate;
        char *error = NULL, *path = put_text("backbench.ini", refused_gates[i].text, 0644);
        gate_init(&gate);
        if (gate_read(&gate, path, &error) != -1)
            fail_msg("%s: is taken", refused_gates[i].text);
        assert_string_equal(behind(error, "backbench.ini"), refused_gates[i].says);
        gate_release(&gate);
        free(error);
        free(path);
    }
}

static void a_list_says_what_gates_instead_of_a_file(void **state)
{
    (void)state;
    static const struct {
        const char *names;
        unsigned gates;
        const char *says;
    } table[] = {
        {"cost,p99", COST | P99, NULL},
        {"memory", MEMORY, NULL},
        {"cost, cost", 0, "the list names \"cost\" twice"},
        {"", 0, "the list names none"},
        {"p99-solo", 0, "p99-solo gates with p99: write that"},
        {"p95", 0, "unknown metric \"p95\": did you mean \"p99\"?"},
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct gate gate;
        char *error = NULL;
        gate_init(&gate);
        assert_int_equal(gate_name_metrics(&gate, table[i].names, &error), table[i].says ? -1 : 0);
        if (table[i].says)
            assert_string_equal(error, table[i].says);
        else
            assert_int_equal(gates_of(&gate), table[i].gates);
        assert_true(gate.is_named);
        gate_release(&gate);
        free(error);
    }
}

static void a_file_that_is_not_there_is_named(void **state)
{
    (void)state;
    struct gate gate;
    char *error = NULL;

    gate_init(&gate);
    assert_int_equal(gate_read(&gate, "/nowhere/x.ini", &error), -1);
    assert_string_equal(error, "/nowhere/x.ini cannot be read: No such file or directory");
    gate_release(&gate);
    free(error);
}

static void a_metric_is_found_by_its_name_and_no_other(void **state)
{
    (void)state;
    for (int i = 0; i < METRICS; i++)
        assert_int_equal(metric_find(metric_info((enum metric)i)->name), i);
    assert_int_equal(metric_find(""), -1);
    assert_int_equal(metric_find("Cost"), -1);
    assert_int_equal(metric_find("cos"), -1);
}

/* Which of all metrics gate on a workload. */
static unsigned taken_on(const struct gate *gate, const char *workload)
{
    unsigned bits = 0;
    for (int i = 0; i < METRICS; i++)
        bits |= gate_takes(gate, (enum metric)i, workload) ? 1u << i : 0;
    return bits;
}

static void the_text_of_a_gate_is_read_as_the_same(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "[gate]\nmetrics = cost\n",
        "[gate]\nmetrics = p99 consistency\nworkloads = json, plaintext\n",
        "[gate]\ncost = .1%\np50 = 12.345%\np99 = 100%\nmemory = .7 %\np99-solo = "
        "33.333333333333%\n",
        "[gate]\nworkloads=a,b,c\nmemory-idle=1.1%\ninstructions=0.29%\n",
    };

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct gate gate, again;
        char *error = NULL, *path = put_text("backbench.ini", texts[i], 0644);
        gate_init(&gate);
        gate_init(&again);
        assert_int_equal(gate_read(&gate, path, &error), 0);
        char *text = gate_text(&gate), *second;
        print_message("# %s\n", texts[i]);
        assert_int_equal(gate_read_text(&again, text, "here", &error), 0);
        assert_int_equal(taken_on(&again, "json"), taken_on(&gate, "json"));
        assert_int_equal(taken_on(&again, "b"), taken_on(&gate, "b"));
        assert_memory_equal(again.margins, gate.margins, sizeof gate.margins);
        assert_string_equal(second = gate_text(&again), text);
        gate_release(&gate);
        gate_release(&again);
        free(second);
        free(text);
        free(path);
    }
}

static void a_mistake_in_a_text_is_named_with_its_line(void **state)
{
    (void)state;
    struct gate gate;
    char *error = NULL;

    gate_init(&gate);
    assert_int_equal(gate_read_text(&gate, "[gate]\nmetrics=costs\n", "here", &error), -1);
    assert_string_equal(error, "here:2: unknown metric \"costs\": did you mean \"cost\"?");
    gate_release(&gate);
    free(error);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_file_the_metrics_say_what_gates),
        IN_FOLDER(a_file_says_which_metrics_gate),
        IN_FOLDER(what_a_file_does_not_say_stays_as_it_was),
        IN_FOLDER(a_margin_is_what_the_file_says),
        IN_FOLDER(of_named_workloads_alone_a_metric_gates),
        IN_FOLDER(each_mistake_in_a_gate_is_named_with_its_line),
        cmocka_unit_test(a_list_says_what_gates_instead_of_a_file),
        IN_FOLDER(the_text_of_a_gate_is_read_as_the_same),
        cmocka_unit_test(a_mistake_in_a_text_is_named_with_its_line),
        cmocka_unit_test(a_file_that_is_not_there_is_named),
        cmocka_unit_test(a_metric_is_found_by_its_name_and_no_other),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("gate", tests, NULL, NULL);
}
