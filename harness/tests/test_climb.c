/* Whether a server goes on to the next rate of its curve. */
#include "analyse/climb.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { RATE = 1000, ABOVE = 999, BELOW = 1001 };

/* What became of its rounds, a letter each: . served, F failed by its own fault, L late, D late and
 * disturbed, f failed and late, d disturbed, n noisy, I interrupted. */
static const struct {
    const char *name, *rounds;
    double look_rps; /* against RATE */
    enum climb_end end;
} cases[] = {
    {"all served", "......", BELOW, CLIMB_GOES_ON},
    {"half failed", "FFF...", BELOW, CLIMB_GOES_ON},
    {"more than half failed", "FFFF..", BELOW, CLIMB_FAILED},
    {"half were late", "LLL...", BELOW, CLIMB_GOES_ON},
    {"more than half were late", ".LLLL.", BELOW, CLIMB_LATE},
    {"two and two of six are more than half only together", "FFLL..", BELOW, CLIMB_BOTH},
    {"one and two of six are not", "FLL...", BELOW, CLIMB_GOES_ON},
    {"one that failed and was late failed", "ffff..", BELOW, CLIMB_FAILED},
    {"it counts once", "fff...", BELOW, CLIMB_GOES_ON},
    {"who is disturbed goes on", "dddddd", BELOW, CLIMB_GOES_ON},
    {"also with a late generator", "DDDDDD", BELOW, CLIMB_GOES_ON},
    {"but not above what the look saw", "DDDDDD", ABOVE, CLIMB_LATE},
    {"at that it does", "DDDDDD", RATE, CLIMB_GOES_ON},
    {"nor with failures beside them", "DDFF..", ABOVE, CLIMB_BOTH},
    {"disturbed alone it goes on there as well", "dddddd", ABOVE, CLIMB_GOES_ON},
    {"noise is no failure", "nnnnnn", BELOW, CLIMB_GOES_ON},
    {"the first two may be all", "FF", BELOW, CLIMB_FAILED},
    {"what was interrupted does not count", "FFIII", BELOW, CLIMB_FAILED},
    {"no round", "", BELOW, CLIMB_GOES_ON},
};

static struct round round_of(char letter)
{
    struct round round;
    round_init(&round);
    round.rate_rps = RATE;
    if (letter == 'F' || letter == 'f')
        outcome_add(&round.outcome, REASON_OVERLOADED, "made up");
    if (letter == 'L' || letter == 'D' || letter == 'f')
        outcome_add(&round.outcome, REASON_GEN_LATE, "made up");
    if (letter == 'D' || letter == 'd')
        outcome_add(&round.outcome, REASON_INTERFERED, "made up");
    if (letter == 'n')
        outcome_add(&round.outcome, REASON_NOISY, "made up");
    if (letter == 'I')
        outcome_add(&round.outcome, REASON_INTERRUPTED, "made up");
    return round;
}

static void a_server_goes_on_unless_most_of_its_rounds_are_lost(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct climb climb = {0};
        for (const char *letter = cases[i].rounds; *letter; letter++) {
            struct round round = round_of(*letter);
            climb_count(&climb, &round, cases[i].look_rps);
        }
        if (climb_end(&climb) != cases[i].end)
            fail_msg("%s: %d", cases[i].name, (int)climb_end(&climb));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_server_goes_on_unless_most_of_its_rounds_are_lost),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("climb", tests, NULL, NULL);
}
