/* What a comparison comes to: a word for each row, and of all
 * of them a sentence and an exit code. */
#include "decision_room.h"

/* ---- rows ---- */

static void a_row_begins_without_a_number(void **state)
{
    (void)state;
    strings_add(&gate.workloads, "json");
    gate.margins[METRIC_COST] = .03;
    const struct decision_row *row = decision_add(&decision, "epoll", "json", METRIC_COST);

    assert_string_equal(row->server, "epoll");
    assert_string_equal(row->workload, "json");
    assert_true(isnan(row->base) && isnan(row->head) && isnan(row->smallest));
    assert_true(isnan(row->ratio.value) && !estimate_has_interval(&row->ratio));
    assert_true(row->margin == .03);
    assert_int_equal(row->word, DECISION_INVALID);
    assert_true(row->gates);
    assert_false(decision_is_worse(row));
    assert_false(decision_add(&decision, "epoll", "plaintext", METRIC_COST)->gates);
    assert_false(decision_add(&decision, "epoll", "json", METRIC_THROUGHPUT)->gates);
}

static void the_word_follows_from_interval_and_margin(void **state)
{
    (void)state;
    /* margins: cost 1 %, p99 5 %, throughput 2 % */
    static const struct {
        const char *name;
        enum metric metric;
        double value, low, high;
        enum decision_word word;
    } table[] = {
        {"dearer", METRIC_COST, 1.04, 1.03, 1.05, DECISION_REGRESSED},
        {"cheaper", METRIC_COST, .96, .95, .97, DECISION_IMPROVED},
        {"the same", METRIC_COST, 1.001, .995, 1.005, DECISION_EQUIVALENT},
        {"a little dearer, and perhaps more", METRIC_COST, 1.009, 1.001, 1.02, DECISION_SMALL},
        {"a little cheaper, and perhaps more", METRIC_COST, .992, .98, .999, DECISION_SMALL},
        {"dearer, or cheaper", METRIC_COST, 1.04, .99, 1.09, DECISION_INCONCLUSIVE},
        {"below another metric's margin", METRIC_P99, 1.04, 1.03, 1.05, DECISION_EQUIVALENT},
        {"too few readings", METRIC_COST, 1.04, NAN, NAN, DECISION_INCONCLUSIVE},
        {"less throughput", METRIC_THROUGHPUT, .96, .95, .97, DECISION_REGRESSED},
        {"more throughput", METRIC_THROUGHPUT, 1.04, 1.03, 1.05, DECISION_IMPROVED},
        {"throughput as it was", METRIC_THROUGHPUT, 1, .99, 1.01, DECISION_EQUIVALENT},
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct decision_row *row = decision_add(&decision, "epoll", "json", table[i].metric);
        row->ratio = estimate(table[i].value, table[i].low, table[i].high);
        decision_judge(row);
        print_message("# %s\n", table[i].name);
        assert_string_equal(decision_word(row->word), decision_word(table[i].word));
    }
}

static void worse_is_more_but_of_throughput(void **state)
{
    (void)state;
    for (int i = 0; i < METRIC_CONSISTENCY; i++) {
        bool less = i == METRIC_THROUGHPUT;
        struct decision_row *row = add("epoll", (enum metric)i, 1.1, DECISION_SUSPECT);
        assert_true(decision_is_worse(row) == !less);
        row->ratio.value = .9;
        assert_true(decision_is_worse(row) == less);
        row->ratio.value = 1;
        assert_false(decision_is_worse(row));
    }
}

static void the_smallest_effect_is_what_moves_the_interval_or_is_worth_a_word(void **state)
{
    (void)state;
    static const struct {
        enum metric metric;
        double value, low, high, smallest;
    } table[] = {
        {METRIC_COST, 1, .95, 1.02, 1 / .95 - 1}, /* what lies below decides */
        {METRIC_COST, 1, .999, 1.02, .01},        /* the margin */
        {METRIC_COST, 2, 1.6, 2.2, .25},          /* wherever it lies */
        {METRIC_THROUGHPUT, 1, .99, 1.25, .25},   /* of what falls, what lies above */
        {METRIC_THROUGHPUT, .5, .49, .55, .1},
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct decision_row *row = decision_add(&decision, "epoll", "json", table[i].metric);
        row->ratio = estimate(table[i].value, table[i].low, table[i].high);
        decision_judge(row);
        assert_float_equal(row->smallest, table[i].smallest, 1e-9);
    }
    struct decision_row *row = decision_add(&decision, "epoll", "json", METRIC_COST);
    row->ratio = estimate(1.1, NAN, NAN);
    decision_judge(row);
    assert_true(isnan(row->smallest));
}

static void the_resolution_is_what_the_interval_alone_tells(void **state)
{
    (void)state;
    struct decision_row *row = add("epoll", METRIC_COST, 1, DECISION_EQUIVALENT);
    row->ratio = estimate(1.001, .999, 1.02);
    assert_float_equal(decision_resolution(row), 1.001 / .999 - 1, 1e-6);
    row = add("epoll", METRIC_THROUGHPUT, 1, DECISION_EQUIVALENT);
    row->ratio = estimate(1, .99, 1.25);
    assert_float_equal(decision_resolution(row), .25, 1e-9);
    row->ratio = estimate(1, NAN, NAN);
    assert_true(isnan(decision_resolution(row)));
}

static void what_is_counted_needs_no_interval(void **state)
{
    (void)state;
    /* margins: instructions 1 %, throughput 2 % */
    static const struct {
        enum metric metric;
        double value;
        enum decision_word word;
    } table[] = {
        {METRIC_INSTRUCTIONS, 1.0101, DECISION_REGRESSED},
        {METRIC_INSTRUCTIONS, 1.0099, DECISION_EQUIVALENT},
        {METRIC_INSTRUCTIONS, 1, DECISION_EQUIVALENT},
        {METRIC_INSTRUCTIONS, .9901, DECISION_EQUIVALENT},
        {METRIC_INSTRUCTIONS, .9899, DECISION_IMPROVED},
        {METRIC_INSTRUCTIONS, NAN, DECISION_INVALID},
        {METRIC_THROUGHPUT, .97, DECISION_REGRESSED},
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct decision_row *row = decision_add(&decision, "epoll", "json", table[i].metric);
        row->is_counted = true;
        row->ratio = estimate(table[i].value, NAN, NAN);
        row->word = DECISION_SUSPECT;
        decision_judge(row);
        print_message("# %g\n", table[i].value);
        assert_string_equal(decision_word(row->word), decision_word(table[i].word));
        assert_true(isnan(table[i].value) ? isnan(row->smallest) : row->smallest == row->margin);
    }
}

/* ---- what follows ---- */

static void a_regression_that_gates_fails(void **state)
{
    (void)state;
    struct decision_row *row = add("epoll", METRIC_COST, 1.041, DECISION_REGRESSED);
    row->rate_rps = 20000;
    row->ratio = estimate(1.041, 1.036, 1.045);
    add("epoll", METRIC_P50, 1, DECISION_EQUIVALENT);
    decision_conclude(&decision, false);
    expect(1, "epoll on plaintext: CPU per request at 20,000/s +4.1 % [+3.6, +4.5], past your "
              "1 %: REGRESSED.");
}

static void the_worst_by_its_own_margin_is_named_and_the_others_counted(void **state)
{
    (void)state;
    add("uring", METRIC_P99, 1.08, DECISION_REGRESSED);  /* 1.6 margins of 5 % */
    add("epoll", METRIC_COST, 1.03, DECISION_REGRESSED); /* 3 of 1 % */
    decision_conclude(&decision, false);
    expect(1, "epoll on plaintext: CPU per request +3.0 % [+2.0, +4.0], past your 1 %: REGRESSED; "
              "so is 1 more.");
    add("uv", METRIC_P50, 1.03, DECISION_REGRESSED);
    add("uv", METRIC_P99, 1.9, DECISION_SUSPECT); /* of another word */
    decision_conclude(&decision, true);
    expect(1, "epoll on plaintext: CPU per request +3.0 % [+2.0, +4.0], past your 1 %: REGRESSED; "
              "so are 2 more.");
}

static void what_fresh_blocks_confirmed_says_so(void **state)
{
    (void)state;
    add("epoll", METRIC_COST, 1.041, DECISION_REGRESSED)->is_confirmed = true;
    decision_conclude(&decision, false);
    expect(1, "epoll on plaintext: CPU per request +4.1 % [+3.1, +5.1], past your 1 %: REGRESSED, "
              "confirmed.");
    add("epoll", METRIC_P50, 1.041, DECISION_REGRESSED)->is_confirmed = true;
    decision_conclude(&decision, false);
    expect(1, "epoll on plaintext: CPU per request +4.1 % [+3.1, +5.1], past your 1 %: REGRESSED, "
              "confirmed; so is 1 more.");
}

static void a_loss_of_throughput_is_shown_as_it_is_seen(void **state)
{
    (void)state;
    gate.gates[METRIC_THROUGHPUT] = true;
    struct decision_row *row = add("epoll", METRIC_THROUGHPUT, .9, DECISION_REGRESSED);
    row->ratio = estimate(.9, .89, .91);
    decision_conclude(&decision, false);
    expect(1, "epoll on plaintext: throughput -10.0 % [-11.0, -9.0], past your 2 %: REGRESSED.");
}

static void what_does_not_gate_fails_nothing(void **state)
{
    (void)state;
    add("epoll", METRIC_THROUGHPUT, .5, DECISION_REGRESSED);
    add("epoll", METRIC_COST, 1, DECISION_EQUIVALENT);
    decision_conclude(&decision, true);
    expect(0, "Nothing became worse (1 EQUIVALENT).");
}

static void where_nothing_gates_all_is_counted(void **state)
{
    (void)state;
    add("epoll", METRIC_THROUGHPUT, .5, DECISION_REGRESSED);
    decision_conclude(&decision, true);
    expect(0, "Nothing of this gates (1 REGRESSED).");
}

static void a_workload_of_the_gate_that_was_not_measured_is_noted(void **state)
{
    (void)state;
    strings_add(&gate.workloads, "plaintxt");
    strings_add(&gate.workloads, "plaintext");
    add("epoll", METRIC_COST, 1, DECISION_EQUIVALENT);
    decision_conclude(&decision, false);
    expect(0, "Nothing became worse (1 EQUIVALENT).");
    assert_int_equal(decision.notes.count, 1);
    assert_string_equal(decision.notes.items[0],
                        "The gate names the workload plaintxt, which was not measured here.");
}

/* Misspelt, it would let everything pass. */
static void a_gate_of_other_workloads_is_no_pass(void **state)
{
    (void)state;
    strings_add(&gate.workloads, "plaintxt");
    add("epoll", METRIC_COST, 1, DECISION_EQUIVALENT);
    decision_conclude(&decision, false);
    expect(3, "Nothing can be said: no workload that the gate names was measured in both.");
}

static void a_gate_of_other_metrics_is_no_pass(void **state)
{
    (void)state;
    char *error = NULL;
    assert_int_equal(gate_name_metrics(&gate, "p99", &error), 0);
    add("epoll", METRIC_COST, 1, DECISION_EQUIVALENT);
    decision_conclude(&decision, false);
    expect(3, "Nothing can be said: nothing that the gate names was measured in both.");
}

/* As without the instrument, which is no matter of noise. */
static void what_cannot_be_counted_passes_even_if_one_is_strict(void **state)
{
    (void)state;
    add("epoll", METRIC_COST, 1, DECISION_EQUIVALENT);
    add("epoll", METRIC_INSTRUCTIONS, NAN, DECISION_INVALID)->is_counted = true;
    decision_conclude(&decision, true);
    expect(0, "Nothing is known to have become worse (1 EQUIVALENT, 1 INVALID).");
}

/* Of rows that gate, a word each; what is 0 otherwise is what is at hand. */
static const struct {
    const char *name;
    struct {
        enum metric metric;
        double ratio;
        enum decision_word word;
    } rows[3];
    unsigned exit_code, strict_code;
    const char *headline;
} outcomes[] = {
    {"better, the same and a little different pass",
     {{METRIC_COST, .9, DECISION_IMPROVED},
      {METRIC_P50, 1, DECISION_EQUIVALENT},
      {METRIC_P99, 1.02, DECISION_SMALL}},
     0,
     0,
     "Nothing became worse (1 IMPROVED, 1 EQUIVALENT, 1 SMALL)."},
    {"what is not known passes, unless one is strict",
     {{METRIC_COST, 1.02, DECISION_INCONCLUSIVE}, {METRIC_P50, 1, DECISION_EQUIVALENT}},
     0,
     3,
     "Nothing is known to have become worse (1 EQUIVALENT, 1 INCONCLUSIVE)."},
    {"what has no number is not known either",
     {{METRIC_COST, NAN, DECISION_INVALID}, {METRIC_P50, 1, DECISION_EQUIVALENT}},
     0,
     3,
     "Nothing is known to have become worse (1 EQUIVALENT, 1 INVALID)."},
    {"nor is other work",
     {{METRIC_COST, NAN, DECISION_INCOMPARABLE}, {METRIC_P50, 1, DECISION_EQUIVALENT}},
     0,
     0,
     "Nothing is known to have become worse (1 EQUIVALENT, 1 INCOMPARABLE)."},
    {"all inconclusive is no failure",
     {{METRIC_COST, 1.02, DECISION_INCONCLUSIVE}},
     0,
     3,
     "Nothing is known to have become worse (1 INCONCLUSIVE)."},
    {"what is suspect for the worse is not decided",
     {{METRIC_COST, 1.1, DECISION_SUSPECT}, {METRIC_P50, 1, DECISION_EQUIVALENT}},
     3,
     3,
     "epoll on plaintext: CPU per request +10.0 % [+8.9, +11.1], past your 1 %: SUSPECT."},
    {"what is suspect for the better stops nobody",
     {{METRIC_COST, .9, DECISION_SUSPECT}, {METRIC_P50, 1, DECISION_EQUIVALENT}},
     0,
     0,
     "Nothing became worse (1 EQUIVALENT, 1 SUSPECT)."},
    {"a regression comes before what is suspect",
     {{METRIC_COST, 1.5, DECISION_SUSPECT}, {METRIC_P99, 1.1, DECISION_REGRESSED}},
     1,
     1,
     "epoll on plaintext: p99 +10.0 % [+8.9, +11.1], past your 5 %: REGRESSED."},
    {"nothing has a number",
     {{METRIC_COST, NAN, DECISION_INVALID}, {METRIC_P50, NAN, DECISION_INVALID}},
     3,
     3,
     "Nothing can be said."},
    {"all of it is other work",
     {{METRIC_COST, NAN, DECISION_INCOMPARABLE}},
     4,
     4,
     "Nothing can be compared."},
    {"other work, and no number",
     {{METRIC_COST, NAN, DECISION_INCOMPARABLE}, {METRIC_P50, NAN, DECISION_INVALID}},
     3,
     3,
     "Nothing can be said."},
    {"other machines give ratios, whatever they are",
     {{METRIC_COST, 1.5, DECISION_RATIO_ONLY}, {METRIC_P50, NAN, DECISION_INVALID}},
     0,
     0,
     "Ratios only, for information: the runs are of different machines."},
    {"there is nothing", {{METRIC_COST, 0, 0}}, 4, 4, "Nothing can be compared."},
};

static void the_code_follows_from_the_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof outcomes / sizeof *outcomes; i++) {
        decision_end(NULL);
        decision_begin(NULL);
        for (size_t r = 0; r < 3 && outcomes[i].rows[r].ratio != 0; r++)
            add("epoll", outcomes[i].rows[r].metric, outcomes[i].rows[r].ratio,
                outcomes[i].rows[r].word);
        print_message("# %s\n", outcomes[i].name);
        decision_conclude(&decision, true);
        expect(outcomes[i].strict_code, outcomes[i].headline);
        decision_conclude(&decision, false);
        expect(outcomes[i].exit_code, outcomes[i].headline);
    }
}

static void where_nothing_is_known_the_first_reason_is_said(void **state)
{
    (void)state;
    add("epoll", METRIC_THROUGHPUT, NAN, DECISION_INVALID)->why = xstrdup("it gates nothing");
    add("epoll", METRIC_COST, NAN, DECISION_INVALID);
    add("epoll", METRIC_P50, NAN, DECISION_INVALID)->why = xstrdup("the disk is full");
    add("epoll", METRIC_P99, NAN, DECISION_INVALID)->why = xstrdup("it rains");
    decision_conclude(&decision, false);
    expect(3, "Nothing can be said: the disk is full.");
    for (size_t i = 0; i < decision.count; i++)
        decision.rows[i].word = DECISION_INCOMPARABLE;
    decision_conclude(&decision, false);
    expect(4, "Nothing can be compared: the disk is full.");
}

static void a_base_that_is_missing_is_allowed_or_not(void **state)
{
    (void)state;
    decision_without_base(&decision, "old/ holds no result", false);
    expect(4, "No baseline: old/ holds no result.");
    decision_without_base(&decision, "old/ holds no result", true);
    expect(0, "No baseline: old/ holds no result.");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DECISION(a_row_begins_without_a_number),
        IN_DECISION(the_word_follows_from_interval_and_margin),
        IN_DECISION(worse_is_more_but_of_throughput),
        IN_DECISION(the_smallest_effect_is_what_moves_the_interval_or_is_worth_a_word),
        IN_DECISION(the_resolution_is_what_the_interval_alone_tells),
        IN_DECISION(what_is_counted_needs_no_interval),
        IN_DECISION(a_regression_that_gates_fails),
        IN_DECISION(what_fresh_blocks_confirmed_says_so),
        IN_DECISION(the_worst_by_its_own_margin_is_named_and_the_others_counted),
        IN_DECISION(a_loss_of_throughput_is_shown_as_it_is_seen),
        IN_DECISION(what_does_not_gate_fails_nothing),
        IN_DECISION(where_nothing_gates_all_is_counted),
        IN_DECISION(a_workload_of_the_gate_that_was_not_measured_is_noted),
        IN_DECISION(a_gate_of_other_workloads_is_no_pass),
        IN_DECISION(a_gate_of_other_metrics_is_no_pass),
        IN_DECISION(what_cannot_be_counted_passes_even_if_one_is_strict),
        IN_DECISION(the_code_follows_from_the_words),
        IN_DECISION(where_nothing_is_known_the_first_reason_is_said),
        IN_DECISION(a_base_that_is_missing_is_allowed_or_not),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("decision", tests, NULL, NULL);
}
