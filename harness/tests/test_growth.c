/* From two counts to a cost, from costs to a budget's verdict
 * and its sentence, and the budget's file there and back. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "analyse/growth.h"
#include "tests/own_folder.h"

static void near(double actual, double expected)
{
    if (!(fabs(actual - expected) <= 1e-9))
        fail_msg("got %.9f, expected %.9f", actual, expected);
}

static void what_both_runs_have_falls_out_of_the_slope(void **state)
{
    (void)state;
    struct counts few = {0}, many = {0};
    counts_add(&few, "start", 500000);
    counts_add(&few, "parse", 20 * 300);
    counts_add(&few, "write", 20 * 80);
    counts_add(&many, "start", 500000);
    counts_add(&many, "write", 120 * 80);
    counts_add(&many, "parse", 120 * 300);
    counts_add(&many, "turn", 50); /* not in the shorter run at all */
    struct costs costs;
    costs_find(&costs, &few, &many, 100);
    assert_int_equal(costs.count, 3);
    assert_string_equal(costs.items[0].name, "parse"); /* the largest first */
    near(costs.items[0].each, 300);
    assert_string_equal(costs.items[1].name, "write");
    near(costs_of(&costs, "turn"), .5);
    near(costs_of(&costs, "start"), 0);
    near(costs.total, 380.5);
    costs_release(&costs);
    counts_release(&few);
    counts_release(&many);
}

static void a_function_that_did_less_in_the_longer_run_lowers_the_total_only(void **state)
{
    (void)state;
    struct counts few = {0}, many = {0};
    counts_add(&few, "start", 1100);
    counts_add(&many, "start", 1000);
    counts_add(&many, "parse", 10000);
    struct costs costs;
    costs_find(&costs, &few, &many, 100);
    assert_int_equal(costs.count, 1);
    near(costs.total, 99);
    costs_release(&costs);
    counts_release(&few);
    counts_release(&many);
}

/* Costs made by hand; the total may hold more than is named. */
static struct profile_row row_of(double total, double parse, double write)
{
    struct cost *items = xcalloc(2, sizeof(*items));
    items[0] = (struct cost){xstrdup("parse"), parse};
    items[1] = (struct cost){xstrdup("write"), write};
    return (struct profile_row){
        .server = xstrdup("epoll"),
        .workload = xstrdup("plaintext"),
        .instructions = {.items = items, .count = 2, .total = total},
    };
}

static void row_release(struct profile_row *row)
{
    free(row->server);
    free(row->workload);
    costs_release(&row->instructions);
}

static void a_row_is_judged_by_its_total_and_blamed_on_functions(void **state)
{
    (void)state;
    static const struct {
        double total, parse, write;
        enum growth_verdict verdict;
        const char *sentence;
    } table[] = {
        {882, 303, 80, GROWTH_WITHIN,
         "epoll plaintext: 882 instructions a request, budget 882 (+0.0 %)"},
        {899, 303, 80, GROWTH_WITHIN,
         "epoll plaintext: 899 instructions a request, budget 882 (+1.9 %)"},
        {912, 330, 80, GROWTH_OVER,
         "epoll plaintext: 912 instructions a request, budget 882 (+3.4 %); grew: parse 303 → 330 "
         "(+27)"},
        {940, 323, 110, GROWTH_OVER,
         "epoll plaintext: 940 instructions a request, budget 882 (+6.6 %); grew: write 80 → 110 "
         "(+30), parse 303 → 323 (+20)"},
        {920, 303.4, 80, GROWTH_OVER,
         "epoll plaintext: 920 instructions a request, budget 882 (+4.3 %); grew: no function "
         "alone, many a little"},
        {850, 290, 80, GROWTH_UNDER,
         "epoll plaintext: 850 instructions a request, budget 882 (-3.6 %): the budget can be "
         "lowered"},
    };
    struct budget budget = {0};
    budget_add(&budget, "epoll", "plaintext", "total", 882);
    budget_add(&budget, "epoll", "plaintext", "parse", 303);
    budget_add(&budget, "epoll", "plaintext", "write", 80);
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct profile_row row = row_of(table[i].total, table[i].parse, table[i].write);
        struct growth growth;
        growth_find(&growth, &budget, &row);
        char *sentence = growth_sentence(&growth, &row);
        assert_string_equal(sentence, table[i].sentence);
        assert_int_equal(growth.verdict, table[i].verdict);
        free(sentence);
        growth_release(&growth);
        row_release(&row);
    }
    budget_release(&budget);
}

static void a_function_without_a_line_is_new_once_it_is_worth_a_line(void **state)
{
    (void)state;
    struct budget budget = {0};
    budget_add(&budget, "epoll", "plaintext", "total", 800);
    budget_add(&budget, "epoll", "plaintext", "parse", 300);
    struct profile_row large = row_of(1000, 300, 10), small = row_of(1000, 300, 9.9);
    struct growth growth;
    growth_find(&growth, &budget, &large);
    char *sentence = growth_sentence(&growth, &large);
    assert_non_null(strstr(sentence, "grew: write – → 10 (+10)"));
    free(sentence);
    growth_release(&growth);
    growth_find(&growth, &budget, &small);
    assert_int_equal(growth.count, 0);
    growth_release(&growth);
    row_release(&large);
    row_release(&small);
    budget_release(&budget);
}

static void a_row_without_a_budget_is_said_and_fails_nobody(void **state)
{
    (void)state;
    struct budget budget = {0};
    budget_add(&budget, "epoll", "json", "total", 1);
    budget_add(&budget, "uring", "plaintext", "total", 1);
    struct profile_row row = row_of(882, 303, 80);
    struct growth growth;
    growth_find(&growth, &budget, &row);
    assert_int_equal(growth.verdict, GROWTH_UNKNOWN);
    char *sentence = growth_sentence(&growth, &row);
    assert_string_equal(sentence, "epoll plaintext: 882 instructions a request, no budget yet");
    free(sentence);
    growth_release(&growth);
    row_release(&row);
    budget_release(&budget);
}

static void a_budget_is_read_as_it_was_written_and_sorted(void **state)
{
    (void)state;
    struct budget budget = {.build = xstrdup("gcc 12.2.0 -O3, glibc 2.36")}, again;
    struct profile_row row = row_of(882.4, 302.6, 8.8 /* below 1 % */);
    budget_add(&budget, "uring", "json", "libuv.so.1 (no symbol)", 7);
    budget_add(&budget, "uring", "json", "total", 900);
    growth_budget(&budget, &row);
    char *path = text_format("%s/budget", folder), *error = NULL;
    assert_int_equal(budget_write(&budget, path, "# first\n", &error), 0);
    FILE *file = fopen(path, "r");
    char text[512] = "";
    assert_true(fread(text, 1, sizeof(text) - 1, file) > 0);
    fclose(file);
    assert_string_equal(text, "# first\n"
                              "build gcc 12.2.0 -O3, glibc 2.36\n"
                              "epoll plaintext total 882\n"
                              "epoll plaintext parse 303\n"
                              "uring json total 900\n"
                              "uring json libuv.so.1_(no_symbol) 7\n");
    assert_int_equal(budget_read(&again, path, &error), 0);
    assert_string_equal(again.build, budget.build);
    assert_int_equal(again.count, 4);
    assert_int_equal(budget_find(&again, "uring", "json", "libuv.so.1 (no symbol)")->instructions,
                     7);
    assert_null(budget_find(&again, "uring", "plaintext", "total"));
    budget_release(&again);
    budget_release(&budget);
    row_release(&row);
    free(path);
}

static void a_line_that_is_no_budget_is_refused_with_its_number(void **state)
{
    (void)state;
    static const char *const table[] = {
        "epoll plaintext total\n",    "epoll plaintext total 1 2\n",
        "epoll plaintext total -1\n", "epoll plaintext total many\n",
        "build a\nbuild b\n",         "epoll json total 1\nepoll json total 2\n",
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        char *path = put_text("budget", table[i], 0644), *error = NULL;
        struct budget budget;
        assert_int_equal(budget_read(&budget, path, &error), -1);
        assert_non_null(strstr(below_folder(error), i < 4 ? "budget:1: " : "budget:2: "));
        free(error);
        free(path);
        budget_release(&budget);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_both_runs_have_falls_out_of_the_slope),
        cmocka_unit_test(a_function_that_did_less_in_the_longer_run_lowers_the_total_only),
        cmocka_unit_test(a_row_is_judged_by_its_total_and_blamed_on_functions),
        cmocka_unit_test(a_function_without_a_line_is_new_once_it_is_worth_a_line),
        cmocka_unit_test(a_row_without_a_budget_is_said_and_fails_nobody),
        IN_FOLDER(a_budget_is_read_as_it_was_written_and_sorted),
        IN_FOLDER(a_line_that_is_no_budget_is_refused_with_its_number),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
