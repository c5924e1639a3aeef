/* Searches step by step. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "analyse/capacity.h"

/* What was answered to what the search asked for: P, F, L and S by enum capacity_trial_kind. In
 * what was asked, a rate that is to be confirmed ends with c. */
struct script {
    const char *name;
    double p, throughput_rps;
    const char *answers;
    const char *asked;
    enum capacity_end end;
    uint32_t rate_rps, passed_rps, failed_rps;
};

#define CLIMB "20000 30000 45000 67500 101250 "
#define DOWN  "20000 20000 13333 13333 8888 8888 5925 5925 3950 3950 2633 2633 1755 1755 1170 1170 "

static const struct script scripts[] = {
    {"a search begins at a fifth of what the look saw", .99, 100000, "", "", CAPACITY_GOES_ON,
     20000, 0, 0},
    {"without a look it begins at 1,000", .99, NAN, "", "", CAPACITY_GOES_ON, 1000, 0, 0},
    {"a look that is missing is none", .99, (double)MISSING, "", "", CAPACITY_GOES_ON, 1000, 0, 0},
    {"without a look it begins where p can be judged", .9999, NAN, "", "", CAPACITY_GOES_ON, 8384,
     0, 0},
    {"it does not begin below what can be judged", .999, 1000, "", "", CAPACITY_GOES_ON, 850, 0, 0},
    {"one pass is enough to climb", .99, 100000, "PPPP", "20000 30000 45000 67500 ",
     CAPACITY_GOES_ON, 101250, 67500, 0},
    {"one failure is tried again", .99, 100000, "PPPPF", CLIMB, CAPACITY_GOES_ON, 101250, 67500, 0},
    {"two failures of two end the ascent", .99, 100000, "PPPPFF", CLIMB "101250 ", CAPACITY_GOES_ON,
     82670, 67500, 101250},
    {"a failure can be outvoted", .99, 100000, "PPPPFPP", CLIMB "101250 101250 ", CAPACITY_GOES_ON,
     151875, 101250, 0},
    {"two of three fail", .99, 100000, "PPPPFPF", CLIMB "101250 101250 ", CAPACITY_GOES_ON, 82670,
     67500, 101250},
    {"between pass and failure one pass is not enough", .99, 100000, "PPPPFFP",
     CLIMB "101250 82670 ", CAPACITY_GOES_ON, 82670, 67500, 101250},
    {"four halvings, and the last that passed is confirmed", .99, 100000, "PPPPFFPPPPFFPP",
     CLIMB "101250 82670 82670 91490 91490 96246 96246 93838 93838 ", CAPACITY_GOES_ON, 93838,
     93838, 96246},
    {"found when all long trials pass", .99, 100000, "PPPPFFPPPPFFPPPPP",
     CLIMB "101250 82670 82670 91490 91490 96246 96246 93838 93838 93838c 93838c 93838c ",
     CAPACITY_FOUND, 93838, 93838, 96246},
    {"one long trial that fails lowers the rate by 3 %", .99, 100000, "PPPPFFPPPPFFPPPF",
     CLIMB "101250 82670 82670 91490 91490 96246 96246 93838 93838 93838c 93838c ",
     CAPACITY_GOES_ON, 91022, 91490, 93838},
    {"what short trials passed is confirmed as well", .99, 100000, "PPPPFFPPPPFFPPPFFPPP",
     CLIMB "101250 82670 82670 91490 91490 96246 96246 93838 93838 93838c 93838c 91022c 88291c "
           "88291c 88291c ",
     CAPACITY_FOUND, 88291, 88291, 91022},
    {"after ten steps down a server is unsteady", .99, 100000, "PPPPFFFFFFFFFFFFFFFFFFFFF",
     CLIMB "101250 82670 82670 74701 74701 71009 71009 69232 69232 67500c 65475c 63510c 61604c "
           "59755c 57962c 56223c 54536c 52899c 51312c 49772c ",
     CAPACITY_UNSTEADY, 0, 45000, 49772},
    {"late twice ends it at least at what passed", .99, 100000, "PPPLL",
     "20000 30000 45000 67500 67500 ", CAPACITY_AT_LEAST, 45000, 45000, 0},
    {"late once is tried again", .99, 100000, "PPPLP", "20000 30000 45000 67500 67500 ",
     CAPACITY_GOES_ON, 101250, 67500, 0},
    {"late, on time, late is not twice in a row", .99, 100000, "PPPPFFLFLP",
     CLIMB "101250 82670 82670 82670 82670 ", CAPACITY_GOES_ON, 82670, 67500, 101250},
    {"late between pass and failure leaves both", .99, 100000, "PPPPFFLL",
     CLIMB "101250 82670 82670 ", CAPACITY_AT_LEAST, 67500, 67500, 101250},
    {"late from the first is no bound", .99, 100000, "LL", "20000 20000 ", CAPACITY_UNDECIDED, 0, 0,
     0},
    {"one pass of two does not make a bound", .99, 100000, "PPPPFFPLL",
     CLIMB "101250 82670 82670 82670 ", CAPACITY_AT_LEAST, 67500, 67500, 101250},
    {"what is spoiled is tried again three times", .99, 100000, "PSSSP",
     "20000 30000 30000 30000 30000 ", CAPACITY_GOES_ON, 45000, 30000, 0},
    {"and then given up", .99, 100000, "PSSSS", "20000 30000 30000 30000 30000 ",
     CAPACITY_UNDECIDED, 0, 20000, 0},
    {"a usable trial between sets the count back", .99, 100000, "PPPPSSSFSSS",
     CLIMB "101250 101250 101250 101250 101250 101250 ", CAPACITY_GOES_ON, 101250, 67500, 0},
    {"where the first fails it goes down by a third", .99, 100000, "FFFF",
     "20000 20000 13333 13333 ", CAPACITY_GOES_ON, 8888, 0, 13333},
    {"down to a pass, then between", .99, 100000, "FFFFP", "20000 20000 13333 13333 8888 ",
     CAPACITY_GOES_ON, 10886, 8888, 13333},
    {"none where the least that can be judged fails", .999, 100000, "FFFFFFFFFFFFFFFFFF",
     DOWN "850 850 ", CAPACITY_NONE, 0, 0, 850},
    {"the least that can be judged may pass", .999, 100000, "FFFFFFFFFFFFFFFFP", DOWN "850 ",
     CAPACITY_GOES_ON, 997, 850, 1170},
    {"none where it fails the long trials there", .999, 3000, "PFFFFFFFFFFF",
     "850 1275 1275 1041 1041 941 941 894 894 872 872 850c ", CAPACITY_NONE, 0, 0, 850},
    {"a server too slow for p is not tried at all", .999, 600, "", "", CAPACITY_TOO_FEW, 0, 0, 0},
    {"the same server can be judged by p99", .99, 600, "", "", CAPACITY_GOES_ON, 120, 0, 0},
    {"whole numbers end a search where nothing lies between", .5, 10, "PFFFFPPP",
     "3 5 5 4 4 3c 3c 3c ", CAPACITY_FOUND, 3, 3, 4},
    {"what was confirmed is found, not what a short trial passed above it", .5, 320,
     "PPFFFFFFFFPPPPFPPP", "64 96 144 144 118 118 106 106 101 101 98 98 99 99 99c 96c 96c 96c ",
     CAPACITY_FOUND, 96, 96, 99},
    {"so near to one no server is fast enough", .9999999, 1e6, "", "", CAPACITY_TOO_FEW, 0, 0, 0},
};

static enum capacity_trial_kind kind_of(char letter)
{
    return letter == 'P'   ? CAPACITY_PASSED
           : letter == 'F' ? CAPACITY_FAILED
           : letter == 'L' ? CAPACITY_LATE
                           : CAPACITY_SPOILED;
}

static struct capacity_search sought(double p, double look_rps, unsigned confirm_s)
{
    return (struct capacity_search){{p, 5000000}, look_rps, 3, confirm_s};
}

static void play(const struct script *script, struct capacity *next, char *asked, size_t size)
{
    struct capacity_search search = sought(script->p, script->throughput_rps, 10);
    struct capacity_trial trials[CAPACITY_TRIALS_MOST] = {0};
    size_t count = 0, used = 0;
    asked[0] = '\0';
    capacity_next(next, &search, trials, 0);
    for (const char *answer = script->answers; *answer && next->end == CAPACITY_GOES_ON; answer++) {
        used += (size_t)snprintf(asked + used, size - used, "%u%s ", next->rate_rps,
                                 next->confirms ? "c" : "");
        trials[count++] = (struct capacity_trial){next->rate_rps, next->confirms, kind_of(*answer)};
        capacity_next(next, &search, trials, count);
    }
}

static void searches_step_by_step(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++) {
        const struct script *script = &scripts[i];
        struct capacity next;
        char asked[600];
        play(script, &next, asked, sizeof asked);
        uint32_t first_rps = *asked ? (uint32_t)strtoul(asked, NULL, 10) : next.rate_rps;
        if (strcmp(asked, script->asked) != 0 || next.first_rps != first_rps ||
            next.end != script->end || next.rate_rps != script->rate_rps ||
            next.passed_rps != script->passed_rps || next.failed_rps != script->failed_rps)
            fail_msg("%s: asked %send %d, rate %u, passed %u, failed %u", script->name, asked,
                     (int)next.end, next.rate_rps, next.passed_rps, next.failed_rps);
    }
}

/* Never ending: passes and failures and disturbances by turns, whatever is asked. */
static void no_search_goes_on_for_ever(void **state)
{
    (void)state;
    static const char *const turns[] = {"P",    "F",    "PF",  "FP",   "LP",
                                        "SSSP", "SSSF", "PFS", "LFLP", "PPPPFFSL"};
    for (size_t i = 0; i < sizeof turns / sizeof *turns; i++) {
        char answers[400], asked[8000];
        for (size_t n = 0; n + 1 < sizeof answers; n++)
            answers[n] = turns[i][n % strlen(turns[i])];
        answers[sizeof answers - 1] = '\0';
        struct script script = {.p = .99, .throughput_rps = 100000, .answers = answers};
        struct capacity next;
        play(&script, &next, asked, sizeof asked);
        if (next.end == CAPACITY_GOES_ON || next.trials_count > CAPACITY_TRIALS_MOST)
            fail_msg("%s goes on after %u trials", turns[i], next.trials_count);
    }
}

/* As where an older version asked for other rates. */
static void trials_that_were_not_asked_for_are_passed_over(void **state)
{
    (void)state;
    static const struct capacity_trial trials[] = {{20000, false, CAPACITY_PASSED},
                                                   {25000, false, CAPACITY_FAILED},
                                                   {30000, true, CAPACITY_FAILED},
                                                   {30000, false, CAPACITY_PASSED}};
    struct capacity_search search = sought(.99, 100000, 10);
    struct capacity next;
    capacity_next(&next, &search, trials, 4);
    assert_int_equal(next.end, CAPACITY_GOES_ON);
    assert_int_equal(next.rate_rps, 45000);
    assert_int_equal(next.failed_rps, 0);
    assert_int_equal(next.trials_count, 4);
}

static const struct window {
    const char *name;
    double p;
    uint32_t rate_rps;
    unsigned confirm_s, window_s, confirming_s;
} windows[] = {
    {"fast: three seconds are enough", .99, 100000, 10, 3, 10},
    {"p99 at 500/s: 20 misses in 4 s, and room for what is left out", .99, 500, 10, 6, 10},
    {"slow: so long as it takes, also to confirm", .99, 100, 10, 27, 27},
    {"thirty seconds are the most", .99, 89, 10, 30, 30},
    {"also where more would be needed", .99, 20, 10, 30, 30},
    {"far out", .999, 5000, 10, 6, 10},
    {"long trials may be short", .99, 100000, 1, 3, 3},
    {"and longer than thirty", .99, 100000, 60, 3, 60},
};

/* The first trial is at the rate that is looked at, so the search goes on from there. */
static void trials_last_as_long_as_it_takes_to_judge(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof windows / sizeof *windows; i++) {
        const struct window *window = &windows[i];
        struct capacity_search search = sought(window->p, NAN, window->confirm_s);
        struct capacity next;
        struct capacity_trial spoiled = {window->rate_rps, false, CAPACITY_SPOILED};
        capacity_next(&next, &search, &spoiled, 1);
        if (next.rate_rps != window->rate_rps || next.window_s != window->window_s)
            fail_msg("%s: %u s at %u/s", window->name, next.window_s, next.rate_rps);
    }
}

static void long_trials_last_as_long_as_is_said_and_no_less_than_it_takes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof windows / sizeof *windows; i++) {
        const struct window *window = &windows[i];
        struct capacity_search search = sought(window->p, NAN, window->confirm_s);
        struct capacity next = {.rate_rps = window->rate_rps};
        struct capacity_trial trials[CAPACITY_TRIALS_MOST] = {0};
        for (size_t count = 0; !next.confirms; count++) { /* it passes there, and nowhere above */
            bool passes = next.rate_rps == window->rate_rps;
            trials[count] = (struct capacity_trial){next.rate_rps, false,
                                                    passes ? CAPACITY_PASSED : CAPACITY_FAILED};
            capacity_next(&next, &search, trials, count + 1);
            assert_int_equal(next.end, CAPACITY_GOES_ON);
        }
        if (next.rate_rps != window->rate_rps || next.window_s != window->confirming_s)
            fail_msg("%s: %u s at %u/s", window->name, next.window_s, next.rate_rps);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(searches_step_by_step),
        cmocka_unit_test(no_search_goes_on_for_ever),
        cmocka_unit_test(trials_that_were_not_asked_for_are_passed_over),
        cmocka_unit_test(trials_last_as_long_as_it_takes_to_judge),
        cmocka_unit_test(long_trials_last_as_long_as_is_said_and_no_less_than_it_takes),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("capacity", tests, NULL, NULL);
}
