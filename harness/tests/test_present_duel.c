/* What a duel has to say beyond a comparison of two stored results, in all forms alike. */
#include "present_decision_room.h"

#include <jansson.h>

static const struct {
    const char *name;
    form_write *write;
} forms[] = {
    {"text", write_text},
    {"Markdown", present_decision_markdown},
    {"JSON", present_decision_json},
    {"GitHub", present_decision_github},
    {"JUnit", present_decision_junit},
};
enum { FORMS = sizeof forms / sizeof *forms };

static void says_in_all(const char *name, const char *const words[FORMS])
{
    for (size_t i = 0; i < FORMS; i++) {
        text_width = 1000;
        char *text = form_of_case(name, forms[i].write);
        text_width = 80;
        print_message("# %s\n", forms[i].name);
        if (words[i])
            has(text, words[i]);
        free(text);
    }
}

static void a_confirmed_regression_says_so(void **state)
{
    (void)state;
    static const char *const words[FORMS] = {
        "\n  REGRESSED, confirmed\n  epoll   cost ",
        "| **REGRESSED, confirmed** | epoll on plaintext | cost, 20\u00a0k/s |",
        "\"confirmed\": true",
        "+4.1 %25 [+3.6, +4.5], REGRESSED, confirmed; ",
        "<failure type=\"REGRESSED\" message=\"4.62 µs, then 4.81 µs: +4.1 % [+3.6, +4.5], "
        "REGRESSED, confirmed; ",
    };
    says_in_all("duel", words);
}

static void one_that_does_not_gate_was_not_confirmed(void **state)
{
    (void)state;
    static const char *const words[FORMS] = {
        "\n  REGRESSED, does not gate\n  epoll   saturated ",
        "| REGRESSED, does not gate | epoll on plaintext | saturated |",
        "\"confirmed\": false",
        NULL,
        "+5.0 % [+4.5, +5.4], REGRESSED; a change counts from 2 %, and is told apart from 2 % on; "
        "does not gate",
    };
    says_in_all("duel", words);
}

static void one_that_was_not_confirmed_says_what_was_found(void **state)
{
    (void)state;
    static const char *const words[FORMS] = {
        "\n    +7.2 % at first, not confirmed by 11 fresh blocks (+0.8 % [-2.1, +3.9])\n",
        "\n- epoll on plaintext, p99: +7.2 % at first, not confirmed by 11 fresh blocks (+0.8 % "
        "\\[-2.1, +3.9\\])\n",
        "\"why\": \"+7.2 % at first, not confirmed by 11 fresh blocks",
        NULL,
        "<skipped type=\"INCONCLUSIVE\" message=\"153 µs, then 164 µs: +7.2 %",
    };
    says_in_all("duel", words);
}

static void what_more_blocks_would_decide_says_how_many(void **state)
{
    (void)state;
    static const char *const words[FORMS] = {
        "\n    about 14 more blocks would decide it\n",
        "\n- epoll on plaintext, p99-solo: about 14 more blocks would decide it\n",
        "\"more_blocks\": 14",
        NULL,
        "is told apart from 5 % on; about 14 more blocks would decide it\"/>",
    };
    static const char *const beside[FORMS] = {
        "\n    2 of 11 blocks were lost\n    about one more block would decide it\n",
        "p50: 2 of 11 blocks were lost; about one more block would decide it\n",
        "\"more_blocks\": 1\n",
        NULL,
        "; 2 of 11 blocks were lost; about one more block would decide it\"/>",
    };
    says_in_all("duel", words);
    says_in_all("duel", beside);
}

static void instructions_are_counted_and_name_the_functions(void **state)
{
    (void)state;
    static const char *const words[FORMS] = {
        " instructions    1,234    1,269  +2.8 %, counted          1 %     1 %\n"
        "    parse_head +210 (+41 %), write_head +12; memcpy -3\n",
        "| instructions | 1,234 | 1,269 | +2.8\u00a0%, counted | 1\u00a0%, 1\u00a0% |",
        "\"base_per_request\": 1234.4",
        "::error title=epoll on plaintext%3A instructions per request::1,234, then 1,269: +2.8 "
        "%25, counted, REGRESSED, confirmed; a change counts from 1 %25, and is told apart from 1 "
        "%25 on; parse_head +210 (+41 %25), write_head +12; memcpy -3\n",
        "message=\"1,234, then 1,269: +2.8 %, counted, REGRESSED, confirmed; ",
    };
    says_in_all("duel", words);
}

static void consistency_is_a_verdict_without_figures(void **state)
{
    (void)state;
    static const char *const words[FORMS] = {
        " consistency         –        –  –                          –       –\n"
        "    neither grows by more than 87 bytes per million requests\n",
        "| EQUIVALENT, does not gate | epoll on plaintext | consistency | – | – | – | – |",
        "\"ratio\": \"it is a verdict and no figure\"",
        NULL,
        "<system-out>EQUIVALENT; neither grows by more than 87 bytes per million requests; does "
        "not gate</system-out>",
    };
    says_in_all("duel", words);
}

static void the_legend_says_what_a_server_alone_is_asked_for(void **state)
{
    (void)state;
    static const char *const words[FORMS] = {
        " p99-solo: p99 of each server alone, at half the rate of a pair. ",
        " p99-solo: p99 of each server alone, at half the rate of a pair. ",
    };
    says_in_all("duel", words);
    char *text = form_of_case("duel", write_text);
    has(text,
        "\nclosed. counted: of a request, in user mode; what is not timed has no interval.\n");
    has(text, "\nplaintext, paced at 20,000/s\n");
    has(text, "\n  epoll   p99-solo       121 µs");
    free(text);
}

static void medians_apart(struct decision *decision)
{
    decisions_add(decision, "epoll", "plaintext", METRIC_P99_SOLO, .04)->head *= 1.06;
}

static void medians_as_told(struct decision *decision)
{
    decisions_add(decision, "epoll", "plaintext", METRIC_P99_SOLO, .04)->head *= 1.04;
}

/* The median of ratios is not the ratio of medians. */
static void a_change_that_is_not_that_of_the_medians_beside_it_is_explained(void **state)
{
    (void)state;
    static const struct decisions_case cases[] = {{"apart", medians_apart, 0},
                                                  {"as told", medians_as_told, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct decision decision;
        decisions_make(&decision, &cases[i]);
        char *text = form_of(&decision, write_text);
        (i == 0 ? has : has_not)(text, " change: the median of the ratios");
        free(text);
        decisions_release(&decision);
    }
}

static void the_self_check_and_the_resolution_are_told(void **state)
{
    (void)state;
    static const char *const words[FORMS] = {
        "\n\nThe base against its own copy: cost +0.1 % [-0.3, +0.4], p50 0.0 % [-0.4, +0.5], p99 "
        "+0.9 % [-1.8, +2.7]: they agree.\n\nIn 11 blocks this machine tells apart 0.6 % of cost, ",
        "\n\nThe base against its own copy: cost +0.1 % \\[-0.3, +0.4\\], p50 0.0 % \\[-0.4, "
        "+0.5\\], p99 +0.9 % \\[-1.8, +2.7\\]: they agree. In 11 blocks this machine tells apart "
        "0.6 % of cost, 0.4 % of p50, 3 % of p99, 8 % of p99-solo, 0.5 % of memory.\n\n<sub>",
        "\"resolution\": \"In 11 blocks this machine tells apart",
        "::notice title=self-check::The base against its own copy: cost +0.1 %25 [-0.3, +0.4], ",
        "<testcase classname=\"this machine\" name=\"resolution\">\n      <system-out>In 11 blocks",
    };
    says_in_all("duel", words);
}

static void a_machine_that_disagrees_with_itself_decides_nothing(void **state)
{
    (void)state;
    static const char *const words[FORMS] = {
        "\n    the machine disagrees with itself\n",
        "\n- epoll on plaintext, cost, and 3 more: the machine disagrees with itself\n",
        "\"disagrees\": true",
        "::notice title=self-check::",
        "<testcase classname=\"this machine\" name=\"self-check\">\n      <skipped "
        "type=\"INVALID\" "
        "message=\"The base against its own copy: cost +3.2 %",
    };
    says_in_all("split", words);
    char *text = form_of_case("split", present_decision_junit);
    has(text, "tests=\"7\" failures=\"0\" errors=\"0\">");
    has_not(text, "<failure");
    free(text);
    text = form_of_case("split", present_decision_github);
    has_not(text, "::error");
    free(text);
}

/* Exit code 1: the head's doing. */
static void a_head_that_broke_fails_in_all_forms(void **state)
{
    (void)state;
    static const char *const words[FORMS] = {
        "BROKEN: head failed in 11 of its 11 rounds: killed by signal 11.\n",
        "**BROKEN: head failed in 11 of its 11 rounds: killed by signal 11.**\n",
        "\"broken\": \"head failed in 11 of its 11 rounds: killed by signal 11\"",
        "::error title=backbench::BROKEN: head failed in 11 of its 11 rounds: ",
        "<testsuite name=\"decision\" tests=\"1\" failures=\"1\" errors=\"0\" skipped=\"0\">\n"
        "    <testcase classname=\"decision\" name=\"&#60;b&#62;5d6e7f8| against 1a2b3c4\">\n"
        "      <failure type=\"BROKEN\" message=\"BROKEN: head failed in 11 of ",
    };
    static const char *const rows[FORMS] = {
        "\n  EQUIVALENT\n  epoll   cost ",
        "| EQUIVALENT | epoll on plaintext | cost, 20\u00a0k/s |",
        "\"verdict\": \"EQUIVALENT\"",
        NULL,
        "\" tests=\"2\" failures=\"1\" errors=\"0\">\n",
    };
    says_in_all("head-broke", words);
    says_in_all("head-broke", rows);
}

static void a_base_that_broke_is_an_error_in_all_forms(void **state)
{
    (void)state;
    static const char *const words[FORMS] = {
        "Nothing can be compared: base failed in 11 of its 11 rounds: killed by signal 11.\n",
        "**Nothing can be compared: base failed in 11 of its 11 rounds: killed by signal 11.**\n",
        "\"broken\": \"base failed in 11 of its 11 rounds: killed by signal 11\"",
        "::warning title=backbench::Nothing can be compared: base failed in 11 of its 11 rounds: ",
        "      <error type=\"BROKEN\" message=\"Nothing can be compared: base failed in 11 of its ",
    };
    says_in_all("base-broke", words);
}

static void what_could_not_be_measured_is_no_pass_in_any_form(void **state)
{
    (void)state;
    static const char *const head[FORMS] = {
        "Nothing was measured: HEAD does not build\n",
        "**Nothing was measured: HEAD does not build**\n",
        "\"broken\": null",
        "::error title=backbench::Nothing was measured: HEAD does not build\n",
        "\" tests=\"1\" failures=\"1\" errors=\"0\">\n  <testsuite name=\"decision\" tests=\"1\" "
        "failures=\"1\" errors=\"0\" skipped=\"0\">\n    <testcase classname=\"decision\" "
        "name=\"&#60;b&#62;5d6e7f8| against 1a2b3c4\">\n      <failure type=\"REFUSED\" "
        "message=\"Nothing was measured: HEAD does not build\"/>\n    </testcase>\n  "
        "</testsuite>\n",
    };
    static const char *const base[FORMS] = {
        NULL,
        NULL,
        "\"exit_code\": 4",
        "::warning title=backbench::Nothing was measured: main, 100 %25 of it, does not build\n",
        "\" tests=\"1\" failures=\"0\" errors=\"1\">\n  <testsuite name=\"decision\" tests=\"1\" "
        "failures=\"0\" errors=\"1\" skipped=\"0\">\n    <testcase classname=\"decision\" "
        "name=\"&#60;b&#62;5d6e7f8| against 1a2b3c4\">\n      <error type=\"REFUSED\" ",
    };
    says_in_all("head-refused", head);
    says_in_all("base-refused", base);
    static const char *const names[] = {"head-broke", "base-broke", "head-refused", "base-refused"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char *text = form_of_case(names[i], present_decision_github);
        has_not(text, "::notice");
        free(text);
    }
}

/* One word each in what a metric is called, in the legend and in the manual. */
static void the_legend_says_what_memory_is(void **state)
{
    (void)state;
    static const char *const words[FORMS] = {
        " memory: what a server has allocated (anonymous and shared), no pages of files. "
        "memory-idle: the same after the load, once its connections are closed. ",
        " memory: what a server has allocated (anonymous and shared), no pages of files. "
        "memory-idle: the same after the load, once its connections are closed. ",
    };
    says_in_all("duel", words);
    char *text = form_of_case("calm", write_text);
    has_not(text, "allocated");
    free(text);
}

/* What only a duel has, two stored results have not. */
static void a_comparison_says_nothing_of_it(void **state)
{
    (void)state;
    static const char *const words[] = {"confirmed",   "counted",    "solo",
                                        "self-check",  "more block", "=\"this machine",
                                        "tells apart", "of blocks"};
    for (size_t i = 0; i < FORMS; i++)
        for (size_t j = 0; forms[i].write != present_decision_json && j < 8; j++) {
            char *text = form_of_case("worse", forms[i].write);
            has_not(text, words[j]);
            free(text);
        }
    json_error_t error;
    char *text = form_of_case("worse", present_decision_json);
    json_t *json = json_loads(text, 0, &error);
    assert_true(json_is_null(json_object_get(json, "self_check")));
    assert_true(json_is_null(json_object_get(json, "resolution")));
    assert_true(json_is_false(json_object_get(json, "disagrees")));
    json_decref(json);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_confirmed_regression_says_so),
        cmocka_unit_test(one_that_does_not_gate_was_not_confirmed),
        cmocka_unit_test(one_that_was_not_confirmed_says_what_was_found),
        cmocka_unit_test(what_more_blocks_would_decide_says_how_many),
        cmocka_unit_test(instructions_are_counted_and_name_the_functions),
        cmocka_unit_test(consistency_is_a_verdict_without_figures),
        cmocka_unit_test(the_legend_says_what_a_server_alone_is_asked_for),
        cmocka_unit_test(a_change_that_is_not_that_of_the_medians_beside_it_is_explained),
        cmocka_unit_test(the_self_check_and_the_resolution_are_told),
        cmocka_unit_test(a_machine_that_disagrees_with_itself_decides_nothing),
        cmocka_unit_test(a_head_that_broke_fails_in_all_forms),
        cmocka_unit_test(a_base_that_broke_is_an_error_in_all_forms),
        cmocka_unit_test(what_could_not_be_measured_is_no_pass_in_any_form),
        cmocka_unit_test(the_legend_says_what_memory_is),
        cmocka_unit_test(a_comparison_says_nothing_of_it),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("present_duel", tests, NULL, NULL);
}
