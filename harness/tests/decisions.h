/* Decisions made up for the tests of their forms: one that is calm, one that
 * is not, names that would break each form, one with nothing in it, more
 * rows than a comment holds, a duel, one on a machine that disagrees with
 * itself, and those that a side has broken or kept from being measured. */
#ifndef TESTS_DECISIONS_H
#define TESTS_DECISIONS_H

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/decision.h"

#define NASTY "a<b>&|\"c,d:e%f`*_[]#\x01\x1b\n\r\t]]>"
#define BROKEN_UTF8                                                                                \
    "\xff\xc0\xaf\xed\xa0\x80\xc2\x9b" /* no UTF-8, and a command of terminals, CSI */
#define UMLAUT "größe 🐎"

static inline struct decision_row *decisions_add(struct decision *decision, const char *server,
                                                 const char *workload, enum metric metric,
                                                 double change)
{
    static const double bases[METRICS] = {4620,   71000,  153000,  3565158, 5120,
                                          212000, 121000, 3145728, 1234.4,  NAN};
    struct decision_row *row = decision_add(decision, server, workload, metric);
    row->base = bases[metric];
    row->head = bases[metric] * (1 + change);
    row->base_count = row->head_count = 15;
    row->ratio = (struct estimate){1 + change, .995 + change, 1.004 + change, 15, .004};
    if (metric == METRIC_COST || metric == METRIC_P50 || metric == METRIC_P99)
        row->rate_rps = 20000;
    else if (metric == METRIC_P99_SOLO)
        row->rate_rps = 10000;
    decision_judge(row);
    return row;
}

static inline void decisions_calm(struct decision *decision)
{
    decisions_add(decision, "epoll", "plaintext", METRIC_COST, .0002);
    decisions_add(decision, "epoll", "plaintext", METRIC_THROUGHPUT, .001);
    decisions_add(decision, "uring", "plaintext", METRIC_COST, .009)->word = DECISION_SMALL;
    decisions_add(decision, "pool", "plaintext", METRIC_COST, .0002);
}

static inline void decisions_worse(struct decision *decision)
{
    decisions_calm(decision);
    decisions_add(decision, "epoll", "json", METRIC_COST, .041);
    decisions_add(decision, "epoll", "json", METRIC_SATURATED, .072)->accepted =
        xstrdup("the parser now checks UTF-8");
    decisions_add(decision, "uring", "json", METRIC_COST, -.05);
    decisions_add(decision, "uring", "json", METRIC_THROUGHPUT, -.2);
    struct decision_row *row = decisions_add(decision, "uring", "json", METRIC_P99, .12);
    row->word = DECISION_SUSPECT;
    row->why = xstrdup("two runs alone cannot say whether it is the change or the day");
    row = decision_add(decision, "uring", "plaintext", METRIC_P99);
    row->word = DECISION_INVALID;
    row->why = xstrdup("the generator was late in base");
    row = decisions_add(decision, "thread", "plaintext", METRIC_P50, .003);
    row->ratio.low = .9;
    row->ratio.high = 1.1;
    decision_judge(row);
    row->why = xstrdup("runs of this machine are up to 11 % from their middle anyhow");
    row = decision_add(decision, "pool", "plaintext", METRIC_MEMORY);
    row->word = DECISION_INCOMPARABLE;
    row->why = xstrdup("other workers: 1 and 2");
    row = decisions_add(decision, "mhd", "plaintext", METRIC_MEMORY, .01);
    row->word = DECISION_RATIO_ONLY;
    row->ratio.low = row->ratio.high = row->smallest = NAN;
    strings_add(&decision->notes, "The kernel was updated between the two runs.");
}

static inline void decisions_nasty(struct decision *decision)
{
    static char longest[201];
    memset(longest, 'n', sizeof longest - 1);
    decisions_add(decision, NASTY, NASTY, METRIC_COST, .05)->why = xstrdup(NASTY);
    decisions_add(decision, BROKEN_UTF8, UMLAUT, METRIC_P99, .2)->why = xstrdup(BROKEN_UTF8);
    decisions_add(decision, longest, longest, METRIC_MEMORY, .1)->accepted = xstrdup(longest);
    decisions_add(decision, UMLAUT, UMLAUT, METRIC_COST, 0);
    decisions_add(decision, UMLAUT, UMLAUT, METRIC_P50, 12000)->rate_rps = 123456;
    decisions_add(decision, NASTY, UMLAUT, METRIC_P50, .3)->word = DECISION_SUSPECT;
    strings_add(&decision->notes, NASTY);
    strings_add(&decision->notes, longest);
}

static inline void decisions_many(struct decision *decision)
{
    for (int i = 0; i < 1440; i++) {
        char server[32], workload[32];
        snprintf(server, sizeof server, "server-%d", i % 24);
        snprintf(workload, sizeof workload, "workload-%d", i / 24 % 10);
        decisions_add(decision, server, workload, (enum metric)(i / 240), i % 97 == 0 ? .06 : 0);
    }
}

static inline void decisions_all_worse(struct decision *decision)
{
    static char longest[2000];
    memset(longest, '*', sizeof longest - 1);
    for (int i = 0; i < 720; i++)
        decisions_add(decision, longest, longest, METRIC_COST, .06)->why = xstrdup(longest);
    for (int i = 0; i < 100; i++)
        strings_add(&decision->notes, longest);
}

static inline void decisions_counted(struct decision *decision, const char *workload, double change,
                                     const char *why)
{
    struct decision_row *row =
        decisions_add(decision, "epoll", workload, METRIC_INSTRUCTIONS, change);
    row->is_counted = true;
    row->base_count = row->head_count = 2;
    row->ratio.low = row->ratio.high = NAN;
    row->smallest = row->margin;
    row->word = change > row->margin ? DECISION_REGRESSED : DECISION_EQUIVALENT;
    row->is_confirmed = row->word == DECISION_REGRESSED;
    row->why = why ? xstrdup(why) : NULL;
}

static inline void decisions_grows(struct decision *decision, enum decision_word word,
                                   const char *why)
{
    struct decision_row *row = decision_add(decision, "epoll", "plaintext", METRIC_CONSISTENCY);
    row->word = word;
    row->why = xstrdup(why);
}

static inline struct decision_row *decisions_unknown(struct decision *decision,
                                                     const char *workload, enum metric metric,
                                                     double change, const char *why)
{
    struct decision_row *row = decisions_add(decision, "epoll", workload, metric, change);
    row->ratio.low = 1 + change - .03;
    row->ratio.high = 1 + change + .03;
    decision_judge(row);
    row->word = DECISION_INCONCLUSIVE;
    row->why = why ? xstrdup(why) : NULL;
    return row;
}

static inline void decisions_machine(struct decision *decision, const char *self_check)
{
    decision->self_check = xstrdup(self_check);
    decision->resolution =
        xstrdup("In 11 blocks this machine tells apart 0.6 % of cost, 0.4 % of p50, 3 % of p99, "
                "8 % of p99-solo, 0.5 % of memory.");
}

static inline void decisions_duel(struct decision *decision)
{
    decisions_add(decision, "epoll", "plaintext", METRIC_COST, .041)->is_confirmed = true;
    decisions_add(decision, "epoll", "plaintext", METRIC_P50, .002);
    decisions_unknown(decision, "plaintext", METRIC_P99, .072,
                      "+7.2 % at first, not confirmed by 11 fresh blocks (+0.8 % [-2.1, +3.9])");
    decisions_unknown(decision, "plaintext", METRIC_P99_SOLO, .04, NULL)->more_blocks = 14;
    decisions_add(decision, "epoll", "plaintext", METRIC_MEMORY, .001);
    decisions_add(decision, "epoll", "plaintext", METRIC_MEMORY_IDLE, -.06);
    decisions_counted(decision, "plaintext", .028,
                      "parse_head +210 (+41 %), write_head +12; memcpy -3");
    decisions_grows(decision, DECISION_EQUIVALENT,
                    "neither grows by more than 87 bytes per million requests");
    decisions_add(decision, "epoll", "plaintext", METRIC_SATURATED, .05)->gates = false;
    decisions_add(decision, "epoll", "plaintext", METRIC_THROUGHPUT, -.001);
    struct decision_row *row = decisions_add(decision, "epoll", "json", METRIC_COST, .05);
    row->is_confirmed = true;
    row->accepted = xstrdup("the parser now checks UTF-8");
    row = decision_add(decision, "epoll", "json", METRIC_P99);
    row->why = xstrdup("no block has a p99 that the generator vouches for");
    decisions_unknown(decision, "json", METRIC_P50, .01, "2 of 11 blocks were lost")->more_blocks =
        1;
    decisions_counted(decision, "json", .001, NULL);
    decisions_machine(decision, "The base against its own copy: cost +0.1 % [-0.3, +0.4], p50 "
                                "0.0 % [-0.4, +0.5], p99 +0.9 % [-1.8, +2.7]: they agree.");
    strings_add(&decision->notes, "saturated gates nothing in a duel: it is for information.");
}

static inline void decisions_split(struct decision *decision)
{
    static const enum metric metrics[] = {METRIC_COST, METRIC_P50, METRIC_P99, METRIC_MEMORY};
    for (size_t i = 0; i < sizeof metrics / sizeof *metrics; i++) {
        struct decision_row *row = decisions_add(decision, "epoll", "plaintext", metrics[i], .041);
        row->word = DECISION_INVALID;
        row->why = xstrdup("the machine disagrees with itself");
    }
    decisions_grows(decision, DECISION_INVALID, "the machine disagrees with itself");
    decisions_machine(decision, "The base against its own copy: cost +3.2 % [+2.6, +3.9], and on 6 "
                                "fresh blocks +2.9 % [+2.2, +3.5]: they differ.");
    decision->disagrees = true;
}

static inline void decisions_head_broke(struct decision *decision)
{
    decisions_add(decision, "epoll", "plaintext", METRIC_COST, .0002);
    decision->broken = xstrdup("head failed in 11 of its 11 rounds: killed by signal 11");
    decision->is_head_broken = true;
}

static inline void decisions_base_broke(struct decision *decision)
{
    decision_add(decision, "epoll", "plaintext", METRIC_COST)->why =
        xstrdup("base has no round that could be used");
    decision->broken = xstrdup("base failed in 11 of its 11 rounds: killed by signal 11");
}

/* What is concluded already is not concluded again. */
static inline void decisions_head_refused(struct decision *decision)
{
    decision->headline = xstrdup("Nothing was measured: HEAD does not build");
    decision->exit_code = 1;
}

static inline void decisions_base_refused(struct decision *decision)
{
    decision->headline = xstrdup("Nothing was measured: main, 100 % of it, does not build");
    decision->exit_code = 4;
}

static inline void decisions_none(struct decision *decision)
{
    (void)decision;
}

static const struct decisions_case {
    const char *name;
    void (*fill)(struct decision *decision);
    unsigned exit_code;
} decisions[] = {
    {"calm", decisions_calm, 0},
    {"worse", decisions_worse, 1},
    {"nasty", decisions_nasty, 1},
    {"many", decisions_many, 1},
    {"all-worse", decisions_all_worse, 1},
    {"none", decisions_none, 4},
    {"duel", decisions_duel, 1},
    {"split", decisions_split, 4},
    {"head-broke", decisions_head_broke, 1},
    {"base-broke", decisions_base_broke, 4},
    {"head-refused", decisions_head_refused, 1},
    {"base-refused", decisions_base_refused, 4},
};
enum { DECISIONS = sizeof decisions / sizeof *decisions };

static struct gate decisions_gate;

/* Released by decision_release, and the gate after it by gate_release. */
static inline void decisions_make(struct decision *decision, const struct decisions_case *of)
{
    gate_init(&decisions_gate);
    decision_init(decision, "1a2b3c4", "<b>5d6e7f8|", &decisions_gate);
    of->fill(decision);
    if (!decision->headline)
        decision_conclude(decision, false);
}

static inline void decisions_release(struct decision *decision)
{
    decision_release(decision);
    gate_release(&decisions_gate);
}

#endif
