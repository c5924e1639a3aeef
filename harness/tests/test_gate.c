/* What a user wants to be stopped by, and what is accepted for a while, as files say it; and what a wrong one is answered. */
#include "own_folder.h"

#include "data/gate.h"

/* What an error says behind the file's name; the caller's to free is the error. */
static const char *behind(const char *error, const char *name)
{
    const char *below = below_folder(error);
    assert_memory_equal(below, name, strlen(name));
    return below + strlen(name);
}

/* ---- the gate */

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
                               "workloads, cost, p50, p99, memory, saturated, throughput"},
    {"[gate]\nmetrics = cost, latency\n", ":2: unknown metric \"latency\": known are cost, p50, "
                                          "p99, memory, saturated, throughput"},
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

/* ---- what is accepted */

static void reads_what_is_accepted(void **state)
{
    (void)state;
    struct acceptances accepted;
    char *error = NULL;
    char *path = put_text("accepted.ini",
                          "; until the next release\n"
                          "[epoll plaintext cost]\n"
                          "until = 2026-12-31\n"
                          "reason = the parser now checks UTF-8, twice\n"
                          "\n"
                          "[ *  *\tp99 ]\n"
                          "  reason = timers\n"
                          "  until = 2028-02-29\n"
                          "[a-server-with-a-name-that-is-longer-than-most * throughput]\n"
                          "until=0001-01-01\n"
                          "reason=r\n",
                          0644);

    if (acceptances_read(&accepted, path, &error) != 0)
        fail_msg("%s", error);
    assert_int_equal(accepted.count, 3);
    const struct acceptance *one = accepted.items;
    assert_string_equal(one->server, "epoll");
    assert_string_equal(one->workload, "plaintext");
    assert_int_equal(one->metric, METRIC_COST);
    assert_string_equal(one->until, "2026-12-31");
    assert_string_equal(one->reason, "the parser now checks UTF-8, twice");
    assert_int_equal(one->line, 2);
    one++;
    assert_string_equal(one->server, "*");
    assert_string_equal(one->workload, "*");
    assert_int_equal(one->metric, METRIC_P99);
    assert_string_equal(one->until, "2028-02-29");
    assert_string_equal(one->reason, "timers");
    assert_int_equal(one->line, 6);
    one++;
    assert_string_equal(one->server, "a-server-with-a-name-that-is-longer-than-most");
    assert_int_equal(one->metric, METRIC_THROUGHPUT);
    assert_int_equal(one->line, 9);
    acceptances_release(&accepted);
    free(path);
}

static void a_file_without_sections_accepts_nothing(void **state)
{
    (void)state;
    struct acceptances accepted;
    char *error = NULL, *path = put_text("accepted.ini", "; none\n", 0644);

    assert_int_equal(acceptances_read(&accepted, path, &error), 0);
    assert_int_equal(accepted.count, 0);
    acceptances_release(&accepted);
    free(path);
}

static void a_day_is_one_of_the_calendar(void **state)
{
    (void)state;
    static const struct {
        const char *day, *says; /* NULL: it is one */
    } table[] = {
        {"2026-01-31", NULL},
        {"2026-02-28", NULL},
        {"2024-02-29", NULL},
        {"2000-02-29", NULL},
        {"2026-12-31", NULL},
        {"2026-02-30", "is a day that does not exist"},
        {"2026-02-29", "is a day that does not exist"},
        {"2100-02-29", "is a day that does not exist"},
        {"2026-04-31", "is a day that does not exist"},
        {"2026-06-31", "is a day that does not exist"},
        {"2026-09-31", "is a day that does not exist"},
        {"2026-11-31", "is a day that does not exist"},
        {"2026-12-32", "is a day that does not exist"},
        {"2026-01-00", "is a day that does not exist"},
        {"2026-00-10", "is a day that does not exist"},
        {"2026-13-10", "is a day that does not exist"},
        {"31.12.2026", "is no day: write one as 2026-12-31"},
        {"2026-12-3", "is no day: write one as 2026-12-31"},
        {"2026-12-311", "is no day: write one as 2026-12-31"},
        {"2026-12-31 12:00", "is no day: write one as 2026-12-31"},
        {"26-12-31", "is no day: write one as 2026-12-31"},
        {"-026-12-31", "is no day: write one as 2026-12-31"},
        {"2026/12/31", "is no day: write one as 2026-12-31"},
        {"never", "is no day: write one as 2026-12-31"},
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct acceptances accepted;
        char *text = text_format("[epoll json cost]\nreason = r\nuntil = %s\n", table[i].day);
        char *error = NULL, *path = put_text("accepted.ini", text, 0644);
        int status = acceptances_read(&accepted, path, &error);
        print_message("# %s\n", table[i].day);
        assert_int_equal(status, table[i].says ? -1 : 0);
        if (table[i].says) {
            char *says = text_format(":3: until = %s %s", table[i].day, table[i].says);
            assert_string_equal(behind(error, "accepted.ini"), says);
            free(says);
        } else
            assert_string_equal(accepted.items[0].until, table[i].day);
        acceptances_release(&accepted);
        free(error);
        free(path);
        free(text);
    }
}

#define WHOLE "until = 2026-12-31\nreason = r\n"
#define FORM                                                                                       \
    " is not a server, a workload and a metric: write them as [epoll plaintext cost], and * for "  \
    "any server or workload"

static const struct {
    const char *text, *says;
} refused_acceptances[] = {
    {WHOLE, ":1: \"until\" stands before any section: put one as [epoll plaintext cost] above it"},
    {"[epoll cost]\n" WHOLE, ":1: [epoll cost] names no workload: [epoll * cost] is for any of "
                             "them"},
    {"[epoll]\n" WHOLE, ":1: [epoll]" FORM},
    {"[epoll json]\n" WHOLE, ":1: [epoll json]" FORM},
    {"[epoll json cost p99]\n" WHOLE, ":1: [epoll json cost p99]" FORM},
    {"[]\n" WHOLE, ":1: []" FORM},
    {"[epoll json costs]\n" WHOLE, ":1: unknown metric \"costs\": did you mean \"cost\"?"},
    {"[epoll json *]\n" WHOLE, ":1: unknown metric \"*\": known are cost, p50, p99, memory, "
                               "saturated, throughput"},
    {"[epoll json cost\n" WHOLE, ":1: the section's ] is missing"},
    {"[epoll json cost] until = 2026-12-31\n", ":1: behind the section's ] stands more: begin a "
                                               "new line"},
    {"[epoll json cost]\n" WHOLE "\n[epoll  json  cost]\n" WHOLE,
     ":5: [epoll json cost] stands twice, first on line 1"},
    {"[a b p50]\n" WHOLE "[* b p99]\n" WHOLE "[* b p99]\n" WHOLE,
     ":7: [* b p99] stands twice, first on line 4"},
    {"[epoll json cost]\nuntil = 2026-12-31\nuntil = 2026-12-31\n", ":3: until is said twice"},
    {"[epoll json cost]\nreason = a\nreason = b\n", ":3: reason is said twice"},
    {"[epoll json cost]\nuntil =\n", ":2: until has no value: write a day as 2026-12-31"},
    {"[epoll json cost]\nreason =  \n", ":2: reason says nothing: write why it is accepted"},
    {"[epoll json cost]\nreason = ; why\n", ":2: reason says nothing: write why it is accepted"},
    {"[epoll json cost]\nuntill = 2026-12-31\n", ":2: unknown key \"untill\": did you mean "
                                                 "\"until\"?"},
    {"[epoll json cost]\nmargin = 5%\n", ":2: unknown key \"margin\": known are until, reason"},
    {"\n[epoll json cost]\nreason = r\n\n\n", ":2: [epoll json cost] has no until: add the last "
                                              "day, as in until = 2026-12-31"},
    {"\n[epoll json cost]\nuntil = 2026-12-31\n\n[epoll json p99]\n" WHOLE,
     ":2: [epoll json cost] has no reason: add why it is accepted, as in reason = the parser now "
     "checks UTF-8"},
    {"[epoll json cost]\n[epoll json p99]\n" WHOLE, ":1: [epoll json cost] has no until: add the "
                                                    "last day, as in until = 2026-12-31"},
    {"[epoll json cost]\n" WHOLE "nonsense\n", ":4: neither [section], nor key = value, nor ; "
                                               "comment"},
};

static void each_mistake_in_what_is_accepted_is_named_with_its_line(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused_acceptances / sizeof *refused_acceptances; i++) {
        struct acceptances accepted;
        char *error = NULL, *path = put_text("accepted.ini", refused_acceptances[i].text, 0644);
        if (acceptances_read(&accepted, path, &error) != -1)
            fail_msg("%s: is taken", refused_acceptances[i].text);
        assert_string_equal(behind(error, "accepted.ini"), refused_acceptances[i].says);
        acceptances_release(&accepted);
        free(error);
        free(path);
    }
}

/* ---- both */

static void a_file_that_is_not_there_is_named(void **state)
{
    (void)state;
    static const char says[] = "/nowhere/x.ini cannot be read: No such file or directory";
    struct gate gate;
    struct acceptances accepted;
    char *error = NULL;

    gate_init(&gate);
    assert_int_equal(gate_read(&gate, "/nowhere/x.ini", &error), -1);
    assert_string_equal(error, says);
    gate_release(&gate);
    free(error);
    assert_int_equal(acceptances_read(&accepted, "/nowhere/x.ini", &error), -1);
    assert_string_equal(error, says);
    acceptances_release(&accepted);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_file_the_metrics_say_what_gates),
        IN_FOLDER(a_file_says_which_metrics_gate),
        IN_FOLDER(what_a_file_does_not_say_stays_as_it_was),
        IN_FOLDER(a_margin_is_what_the_file_says),
        IN_FOLDER(of_named_workloads_alone_a_metric_gates),
        IN_FOLDER(each_mistake_in_a_gate_is_named_with_its_line),
        IN_FOLDER(reads_what_is_accepted),
        IN_FOLDER(a_file_without_sections_accepts_nothing),
        IN_FOLDER(a_day_is_one_of_the_calendar),
        IN_FOLDER(each_mistake_in_what_is_accepted_is_named_with_its_line),
        cmocka_unit_test(a_file_that_is_not_there_is_named),
        cmocka_unit_test(a_metric_is_found_by_its_name_and_no_other),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("gate", tests, NULL, NULL);
}
